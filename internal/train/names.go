package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing/fstest"
)

// Names keep characters that other words would not have, and few of them stand
// in any text. So names in the texts are replaced by others: the sentence
// around them shows the model where names stand.

// surnames of one character that are common in Chinese text, Simplified.
const surnames = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜谢邹章苏潘葛范彭郎鲁韦马方俞任袁柳鲍史唐费薛雷贺倪汤滕罗毕郝安常于傅皮齐康伍余顾孟黄穆萧尹姚邵汪祁毛狄戴宋庞熊纪舒屈项祝董梁杜阮蓝席季贾江童颜郭梅林徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房解丁宣邓洪包左石崔吉龚程陆荣翁荀惠曲甘武刘景詹叶司韶黎薄白蒲赖卓乔闻翟谭劳冉桑桂牛尚温庄晏柴瞿阎习艾容向古易廖耿匡文寇广欧利师聂曾关查荆游"

// nameForm is how Traditional text writes a character inside a name.
var nameForm = map[rune]rune{
	'于': '于', '云': '雲', '冲': '沖', '征': '征', '复': '復', '历': '歷', '岳': '岳', '郁': '郁',
	'松': '松', '谷': '谷', '里': '里', '斗': '斗', '志': '志', '咸': '咸', '升': '升', '丑': '丑',
	'朴': '朴', '余': '余', '范': '范', '沈': '沈', '姜': '姜', '钟': '鍾', '周': '周', '万': '萬',
	'游': '游', '干': '干', '累': '累', '占': '占', '布': '布', '克': '克', '扎': '扎', '卜': '卜',
	'朱': '朱', '舍': '舍', '合': '合', '后': '后', '梁': '梁', '佛': '佛', '准': '準', '板': '板',
}

// inGivenNames and inSurnames are the characters put into Chinese names, as
// often as they stand here.
var (
	inGivenNames = []rune("于于于于云冲征复历岳郁松谷里斗志咸升丑朴")
	inSurnames   = []rune("于于余范沈姜朴钟岳周谷万游丑郁")
)

// transliterated lists names of other languages with a character of this
// string: half of what is put in is 里 or 克 otherwise.
const inTransliterations = "里干于范余松云斗谷克布扎卜占姜朱沈郁志升咸冲累舍"

type nameSwapper struct {
	kind            map[string]bool // a person's or place's name: is it transliterated?
	transliterated  []string
	surname         map[rune]bool
	rng             *rand.Rand
	longest, margin int
}

// newNameSwapper reads lines of the form "word frequency tag".
func newNameSwapper(words fstest.MapFS) *nameSwapper {
	s := &nameSwapper{kind: map[string]bool{}, surname: map[rune]bool{}, rng: rand.New(rand.NewPCG(3, 4)), longest: 7, margin: 8}
	for _, c := range surnames {
		s.surname[c] = true
	}
	byCharacter := map[rune][]string{}
	for line := range strings.Lines(string(words["dict.txt"].Data)) {
		f := strings.Fields(line)
		if len(f) != 3 {
			continue
		}
		name := []rune(f[0])
		switch {
		case len(name) < 3 || len(name) > s.longest:
		case f[2] == "nrt":
			s.kind[f[0]] = true
			if strings.ContainsAny(f[0], "万亿海华公英千几") { // units and numbers that the list takes for names
				continue
			}
			for _, c := range name {
				byCharacter[c] = append(byCharacter[c], f[0])
			}
		case f[2] == "nr" && len(name) == 3 && s.surname[name[0]]:
			s.kind[f[0]] = false
		}
	}
	for _, c := range inTransliterations {
		s.transliterated = append(s.transliterated, repeat(byCharacter[c], share(c))...)
	}
	return s
}

// share is how often names with a character are put in.
func share(c rune) int {
	if strings.ContainsRune("里干于范", c) {
		return 120
	}
	return 40
}

// repeat repeats a list until it has at least n entries, or takes 400 of it.
func repeat(list []string, n int) []string {
	if len(list) == 0 {
		return nil
	}
	slices.Sort(list)
	out := slices.Clone(list[:min(len(list), 400)])
	for len(out) < n {
		out = append(out, list[:min(len(list), n-len(out))]...)
	}
	return out
}

// swap calls yield with lines in which a name was replaced, and with where the
// new one lies in code points.
func (s *nameSwapper) swap(line string, yield func(line []rune, from, to int)) {
	text := []rune(line)
	for i := 0; i < len(text); i++ {
		n, foreign := s.nameAt(text[i:])
		if n == 0 {
			continue
		}
		name := s.foreign()
		if !foreign {
			name = s.chinese(text[i : i+n])
		}
		from, to := max(0, i-s.margin), min(len(text), i+n+s.margin)
		yield(slices.Concat(text[from:i], name, text[i+n:to]), i-from, i-from+len(name))
		i += n - 1
	}
}

func (s *nameSwapper) nameAt(text []rune) (n int, foreign bool) {
	for n := min(s.longest, len(text)); n >= 3; n-- {
		if foreign, ok := s.kind[string(text[:n])]; ok {
			return n, foreign
		}
	}
	return 0, false
}

func (s *nameSwapper) foreign() []rune {
	return []rune(s.transliterated[s.rng.IntN(len(s.transliterated))])
}

// chinese changes the surname or a character of the given name, which
// sometimes is left to stand alone.
func (s *nameSwapper) chinese(name []rune) []rune {
	name = slices.Clone(name)
	given := inGivenNames[s.rng.IntN(len(inGivenNames))]
	switch s.rng.IntN(4) {
	case 0:
		name[1] = given
	case 1:
		name[2] = given
	case 2:
		name[1+s.rng.IntN(2)] = given
		name = name[1:]
	case 3:
		name[0] = inSurnames[s.rng.IntN(len(inSurnames))]
	}
	return name
}
