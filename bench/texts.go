package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/oracle"
)

// textBytes is about how long each text is.
const textBytes = 1 << 20

// makeTexts makes the texts, each in Simplified and in Traditional, and files
// of them in folder.
func makeTexts(folder string) (simplified, traditional []text, err error) {
	article, err := os.ReadFile("../testdata/article.zh-Hans.txt")
	if err != nil {
		return nil, nil, err
	}
	toTraditional, err := han.New("s2tw")
	if err != nil {
		return nil, nil, err
	}
	for name, data := range map[string]string{
		"article": repeat(string(article)),
		"html":    repeat(asHTML(string(article))),
		"keys":    allKeys(),
	} {
		for _, converted := range []bool{false, true} {
			t := text{name: name, data: []byte(data), file: filepath.Join(folder, name+"-s.txt")}
			if converted {
				t = text{name: name, data: []byte(toTraditional.Convert(data)), file: filepath.Join(folder, name+"-t.txt")}
				traditional = append(traditional, t)
			} else {
				simplified = append(simplified, t)
			}
			if err := os.WriteFile(t.file, t.data, 0o644); err != nil {
				return nil, nil, err
			}
		}
	}
	return simplified, traditional, nil
}

func repeat(s string) string { return strings.Repeat(s, 1+textBytes/len(s)) }

// asHTML puts each sentence of an article into markup, as web pages do.
func asHTML(article string) string {
	article = strings.ReplaceAll(article, "。", "。</span><span class=\"sentence\" data-id=\"17\">")
	return strings.ReplaceAll(article, "\n\n", "</span></p>\n<p style=\"margin: 1em 0\"><span class=\"sentence\">")
}

// allKeys joins phrases of the dictionaries at random: text in which nearly
// every character needs the slow way.
func allKeys() string {
	r := rand.New(rand.NewPCG(1, 2))
	phrases := oracle.Load().Dictionaries["STPhrases.txt"]
	var b strings.Builder
	for b.Len() < textBytes {
		b.WriteString(phrases[r.IntN(len(phrases))][0])
	}
	return b.String()
}
