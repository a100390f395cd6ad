package han_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hanconv/hanconv/han"
)

// contextCases returns the rows of a file of testdata/context, each with the
// same number of columns. A line that begins with # is a comment.
func contextCases(t *testing.T, name string, columns int) [][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "context", name))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		row := strings.Split(line, "\t")
		if len(row) != columns {
			t.Fatalf("%s:%d: %d columns, want %d", name, i+1, len(row), columns)
		}
		rows = append(rows, row)
	}
	return rows
}

// noDuplicates reports rows that share what stands in the given column.
func noDuplicates(t *testing.T, rows [][]string, column int) {
	t.Helper()
	seen := map[string]bool{}
	for _, row := range rows {
		if seen[row[column]] {
			t.Errorf("twice: %s", row[column])
		}
		seen[row[column]] = true
	}
}

// countBy counts the rows by what key makes of them.
func countBy(rows [][]string, key func([]string) string) map[string]int {
	counts := map[string]int{}
	for _, row := range rows {
		counts[key(row)]++
	}
	return counts
}

// atLeast compares counts with their minimum.
func atLeast(t *testing.T, counts, want map[string]int) {
	t.Helper()
	for key, n := range want {
		if counts[key] < n {
			t.Errorf("%s: %d cases, want at least %d", key, counts[key], n)
		}
	}
}

// converters makes converters by profile name and keeps them.
func converters(t *testing.T) func(profile string) *han.Converter {
	made := map[string]*han.Converter{}
	return func(profile string) *han.Converter {
		t.Helper()
		if made[profile] == nil {
			c, err := han.New(profile)
			if err != nil {
				t.Fatal(err)
			}
			made[profile] = c
		}
		return made[profile]
	}
}

// differsOnlyIn reports a difference between two texts of equal length other
// than the pairs allowed, each written as the character of got, then of want.
func differsOnlyIn(t *testing.T, got, want string, allowed []string) {
	t.Helper()
	g, w := []rune(got), []rune(want)
	if len(g) != len(w) {
		t.Errorf("%s and %s: %d and %d code points", got, want, len(g), len(w))
		return
	}
	for i := range g {
		if pair := string(g[i]) + string(w[i]); g[i] != w[i] && !slices.Contains(allowed, pair) {
			t.Errorf("%s and %s differ in %s", got, want, pair)
		}
	}
}

// foldedApart are the pairs of a Simplified character that folding gives and
// the one in common use: Simplified keeps them apart by sense, and the exact
// engine does not always see which.
var foldedApart = []string{"覆复", "锺钟", "著着"}

func TestContextCharactersForm(t *testing.T) {
	rows := contextCases(t, "characters.tsv", 6)
	noDuplicates(t, rows, 2)
	converter := converters(t)
	for _, row := range rows {
		target, simplified, gold, hk := row[1], row[2], row[3], row[5]
		fold := map[string]string{"tw": "tw2s", "both": "tw2s", "hk": "hk2s"}[target]
		if fold == "" {
			t.Fatalf("target %q of %s", target, simplified)
		}
		differsOnlyIn(t, converter(fold).Convert(gold), simplified, foldedApart)
		if hk == "" {
			continue
		}
		if target != "both" || hk == gold {
			t.Errorf("needs no Hong Kong form: %s", simplified)
		}
		differsOnlyIn(t, converter("hk2s").Convert(hk), simplified, foldedApart)
	}
}

func TestContextCharactersCount(t *testing.T) {
	rows := contextCases(t, "characters.tsv", 6)
	if len(rows) < 520 {
		t.Errorf("%d cases, want at least 520", len(rows))
	}
	atLeast(t, countBy(rows, func(row []string) string { return row[0] }), map[string]int{
		"crossing-phrase": 90, "name": 100, "lone-character": 30, "sense": 300, "regional": 60,
	})
	atLeast(t, countBy(rows, func(row []string) string { return row[1] }), map[string]int{"tw": 60, "hk": 60, "both": 400})
}

// characterSenses are the one-to-many characters whose choice changes the
// meaning, each with the counterparts that have three cases or more.
const characterSenses = `
丑:丑醜 于:於于 云:雲云 仆:僕仆 仑:崙侖 余:余餘 冬:冬鼕 冲:沖衝 准:准準 几:幾几 出:出齣 别:別彆
刮:颳刮 制:制製 勋:勳 卜:蔔卜 卷:卷捲 历:歷曆 发:發髮 只:只隻 台:台臺颱檯 吁:籲吁 合:合 后:後后
向:向嚮 咸:咸鹹 哄:鬨哄 回:回迴 团:團糰 复:複復覆 夸:誇夸 奸:奸姦 姜:姜薑 尽:盡儘 局:局侷 干:乾干幹
弥:瀰彌 当:當噹 征:征徵 御:禦御 恶:惡噁 抵:抵牴 据:據据 斗:斗鬥 术:術朮 朱:硃朱 朴:朴樸 松:松鬆
板:板闆 梁:樑梁 沈:瀋沈 系:系係繫 累:累纍 脏:髒臟 致:致緻 舍:捨舍 苏:甦蘇囌 范:范範 荡:盪蕩 获:獲穫
蒙:矇濛蒙 蔑:蔑衊 表:表錶 谷:穀谷 辟:辟闢 酸:酸痠 里:裡里 钟:鐘鍾 面:面麵 须:須鬚
`

func TestContextCharactersCoverEverySense(t *testing.T) {
	counts := map[string]int{}
	for _, row := range contextCases(t, "characters.tsv", 6) {
		simplified, gold := []rune(row[2]), []rune(row[3])
		pairs := map[string]bool{}
		for i := range simplified {
			pairs[string(simplified[i])+string(gold[i])] = true
		}
		for pair := range pairs {
			counts[pair]++
		}
	}
	for _, entry := range strings.Fields(characterSenses) {
		simplified, senses, _ := strings.Cut(entry, ":")
		for _, sense := range senses {
			if pair := simplified + string(sense); counts[pair] < 3 {
				t.Errorf("%s: %d cases", pair, counts[pair])
			}
		}
	}
}

func TestContextSimplifiedForm(t *testing.T) {
	rows := contextCases(t, "simplified.tsv", 5)
	noDuplicates(t, rows, 2)
	if len(rows) < 120 {
		t.Errorf("%d cases, want at least 120", len(rows))
	}
	atLeast(t, countBy(rows, func(row []string) string { return row[1] }), map[string]int{"tw": 80, "hk": 35})
	converter := converters(t)
	for _, row := range rows {
		fold := map[string]string{"tw": "tw2s", "hk": "hk2s"}[row[1]]
		if fold == "" {
			t.Fatalf("source %q of %s", row[1], row[2])
		}
		pair := strings.ReplaceAll(row[4], "=", "")
		if utf8.RuneCountInString(pair) != 2 || !strings.Contains(row[2], pair[:3]) || !strings.Contains(row[3], pair[3:]) {
			t.Errorf("%s: the note %q names no choice in it", row[2], row[4])
		}
		differsOnlyIn(t, converter(fold).Convert(row[2]), row[3],
			[]string{"着著", "著着", "干乾", "征徵", "伙夥", "覆复", "甚什", "祇只"})
	}
}

// plainProfile is each vocabulary profile's without the vocabulary.
var plainProfile = map[string]string{"s2twp": "s2tw", "s2hkp": "s2hk", "tw2sp": "tw2s", "hk2sp": "hk2s"}

func TestContextVocabularyForm(t *testing.T) {
	converter := converters(t)
	rows := contextCases(t, "vocabulary.tsv", 6)
	noDuplicates(t, rows, 2)
	for _, row := range rows {
		profile, polarity, source, term, gold := row[0], row[1], row[2], row[3], row[4]
		if plainProfile[profile] == "" || polarity != "+" && polarity != "-" {
			t.Fatalf("profile %q, polarity %q of %s", profile, polarity, source)
		}
		if term == "" || gold == "" || !strings.Contains(source, term) {
			t.Errorf("%s: term %q, gold %q", source, term, gold)
		}
		plain := converter(plainProfile[profile]).Convert(source)
		kept := slices.ContainsFunc(strings.Split(gold, "/"), func(g string) bool {
			return strings.Contains(plain, g)
		})
		if kept != (polarity == "-") {
			t.Errorf("%s %s: %s in %s is %v", polarity, source, gold, plain, kept)
		}
	}
}

func TestContextVocabularyCount(t *testing.T) {
	rows := contextCases(t, "vocabulary.tsv", 6)
	atLeast(t, countBy(rows, func(row []string) string { return row[1] }), map[string]int{"+": 320, "-": 320})
	atLeast(t, countBy(rows, func(row []string) string { return row[0] + row[1] }), map[string]int{
		"s2twp+": 180, "s2twp-": 180, "tw2sp+": 75, "tw2sp-": 75, "s2hkp+": 28, "s2hkp-": 28, "hk2sp+": 28, "hk2sp-": 25,
	})
	if terms := countBy(rows, func(row []string) string { return row[3] }); len(terms) < 120 {
		t.Errorf("%d terms, want at least 120", len(terms))
	}
}
