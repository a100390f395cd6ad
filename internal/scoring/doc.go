// Package scoring compares conversions with what people wrote.
//
// A set holds pairs of texts, one a line: what is to be converted, a TAB, and
// what it should become. Both have the same number of code points, so that each
// character of the source has one that is right. A character counts if the
// right one is a Han character.
//
// [Variants] make characters equal between which only house style chooses, and
// [Ambiguous] names the characters of the source that have several results.
package scoring
