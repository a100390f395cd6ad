package main

import (
	"math"
	"strconv"
	"strings"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/model"
)

// simplifyReader reads decisions of stage t2s.
//
// Only 着 and 著 can be learned from texts: Hong Kong tells them apart as the
// mainland does. For the other characters the words of the mainland tell:
// where a word that keeps the Traditional character (乾隆) is likelier than one
// with the Simplified (干), it stays.
type simplifyReader struct {
	decider *model.Decider
	tw2s    *han.Converter
	reader  *reader
	words   *segmenter
	genre   string
	most    int
	seen    map[occurrence]int
}

func (r *simplifyReader) read(p pair, region string) []example {
	text := []rune(p.traditional)
	if region == "hk" {
		for i, c := range text {
			if c == '着' {
				text[i] = '著'
			}
		}
	}
	native, simplified, prior := []rune(p.traditional), []rune(p.simplified), []rune(r.tw2s.Convert(string(text)))
	if len(prior) != len(text) {
		return nil
	}
	var folded []rune
	var found []example
	for i, c := range text {
		item := r.decider.Char(c)
		if item == nil || c == '著' && region != "hk" {
			continue
		}
		gold := item.Index(native[i])
		if c != '著' {
			gold = r.words.keeps(simplified, i, item)
		}
		if gold < 0 {
			continue
		}
		key := occurrence{item.ID(), gold, r.genre}
		if r.seen[key]++; r.seen[key] > r.most {
			continue
		}
		if folded == nil {
			folded = r.reader.folded(text)
		}
		found = append(found, r.reader.simplified(r.decider, item, folded, i, prior[i], gold))
	}
	return found
}

// keeps tells whether the likeliest word around text[at] has the item's second
// candidate (1) or its first (0).
func (s *segmenter) keeps(text []rune, at int, item *model.Item) int {
	best, gold := math.Inf(1), 0
	line := append([]rune(nil), text...)
	for k, forms := range item.Candidates {
		line[at] = []rune(forms)[0]
		for from := max(0, at-3); from <= at; from++ {
			for to := max(at+1, from+2); to <= min(len(line), at+4); to++ {
				if cost, ok := s.cost[string(line[from:to])]; ok && cost < best {
					best, gold = cost, k
				}
			}
		}
	}
	return gold
}

// wordAndCount reads a line of the form "word frequency tag".
func wordAndCount(line string) (word string, count float64, ok bool) {
	f := strings.Fields(line)
	if len(f) != 3 {
		return "", 0, false
	}
	count, err := strconv.ParseFloat(f[1], 64)
	return f[0], count, err == nil && count > 0
}

func logRatio(total, count float64) float64 { return math.Log(total) - math.Log(count) }
