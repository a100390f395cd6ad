// Package han converts Chinese text between Simplified and Traditional
// characters and between the standards of the mainland, Taiwan, Hong Kong and
// Japan. Its results are byte for byte those of OpenCC 1.4.
//
//	c, err := han.New("s2twp") // Simplified to Taiwan, with vocabulary
//	…
//	c.Convert("鼠标和软件") // 滑鼠和軟體
//
// A [Converter] comes from a [Profile]'s name ([New]), from two language tags
// ([NewForTags]) or from an OpenCC configuration file ([LoadConfig]). It is
// immutable, may be shared by any number of goroutines, and offers
//
//   - [Converter.Convert] and [Converter.Append] for text in memory,
//   - [Converter.NewStream] and [Converter.NewTransformer] for text that comes
//     in pieces, of any length in bounded memory, with the same result,
//   - [Converter.Align] for which piece of the text became which,
//   - [Converter.Inspect] for how it came about.
//
// # Invalid UTF-8
//
// Bytes that are not UTF-8 are kept exactly and belong to no phrase.
// [Converter.ConvertStrict] and [Converter.NewStrictTransformer] refuse them
// instead, with the offset of the first.
//
// # Conversion loses
//
// Converting there and back does not give the text one began with: several
// Traditional characters share a Simplified one, and several words of one
// region share a word of another.
package han
