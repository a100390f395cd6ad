package model_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hanconv/hanconv/model"
)

// small is a model with two items and a table that prefers what weights say.
func small(t testing.TB) *model.File {
	t.Helper()
	f := &model.File{
		Version: "test",
		Stages: []model.Stage{
			{Name: "s2t", Items: []model.ItemRecord{
				{Source: "发", Candidates: []string{"發", "髮"}},
				{Source: "台", Candidates: []string{"臺台", "檯", "颱"}},
			}},
			{Name: "twp", Items: []model.ItemRecord{
				{Source: "程序", Candidates: []string{"程序", "程式"}, Folded: "程序"},
				{Source: "程序員", Candidates: []string{"程序員", "程式設計師"}, Folded: "程序员"},
			}},
		},
		Tables: []model.Table{{Region: "tw", Weights: make(model.Weights, 1<<12), Scale: 20, Temperature: 1}},
		Words:  model.NewWordSet(64),
	}
	return f
}

func open(t testing.TB, f *model.File) *model.Model {
	t.Helper()
	data, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLookUp(t *testing.T) {
	m := open(t, small(t))
	d := m.Decider("s2t", "tw")
	it := d.Char('台')
	if it == nil || it.Word() || it.Index('台') != 0 || it.Index('臺') != 0 || it.Index('颱') != 2 || it.Index('发') != -1 {
		t.Fatalf("item of 台: %+v", it)
	}
	if got := it.Form(0, '台') + it.Form(0, '檯') + it.Form(1, '台'); got != "台臺檯" {
		t.Errorf("forms %s, want 台臺檯", got)
	}
	if d.Char('程') != nil || d.Char('𠮷') != nil || d.Char(-1) != nil {
		t.Error("characters that are no items were found")
	}
	words := m.Decider("twp", "tw").Words('程')
	if len(words) != 2 || words[0].Source != "程序員" || !words[1].Word() {
		t.Errorf("words that begin with 程: %v", words)
	}
	if m.Decider("s2t", "nowhere") != nil || m.Decider("none", "tw") != nil {
		t.Error("a decider for an unknown region or stage")
	}
}

// TestChoose sets the weight of one feature and sees the choice turn.
func TestChoose(t *testing.T) {
	f := small(t)
	it := open(t, f).Decider("s2t", "tw").Char('发')
	w := model.Window{Prior: 0}
	w.Left[0] = '头'
	features, _, _ := model.Features(it, &w)
	if len(features) < 10 {
		t.Fatalf("%d features", len(features))
	}
	f.Tables[0].Weights = weightsFor(t, features, 20)
	d := open(t, f).Decider("s2t", "tw")
	chosen, scores := d.Choose(d.Char('发'), &w)
	if chosen != 1 {
		t.Fatalf("chose %d by scores %v", chosen, scores)
	}
	if p := d.Confidence(it, scores, 1); p < 0.999 {
		t.Errorf("confidence %g after %d features of weight 1", p, len(features))
	}
	other := model.Window{}
	if chosen, _ := d.Choose(d.Char('台'), &other); chosen != 0 {
		t.Errorf("another item chose %d", chosen)
	}
}

// weightsFor gives each feature the same weight for the second candidate.
func weightsFor(t *testing.T, features []uint32, weight int8) model.Weights {
	t.Helper()
	var entries []model.Entry
	for _, h := range features {
		entries = append(entries, model.Entry{Key: model.Key(h, 1), Weight: weight})
	}
	weights, left := model.NewWeights(1<<12, entries)
	if len(left) > 0 {
		t.Fatalf("%d of %d weights found no room", len(left), len(entries))
	}
	return weights
}

// TestGlance: the first candidate stands if it leads by the margin, by what the
// neighbours alone say.
func TestGlance(t *testing.T) {
	f := small(t)
	var w model.Window
	w.Left[0], w.Right[0], w.Right[1] = '头', '很', '长'
	features, _, _ := model.Features(open(t, f).Decider("s2t", "tw").Char('发'), &w)
	f.Tables[0].Weights = weightsFor(t, features, -3)
	const lead = 3*model.GlanceFeatures + model.Benefit
	for margin, want := range map[int32]bool{0: false, 1: true, lead: true, lead + 1: false} {
		f.Tables[0].Margins = []int32{margin}
		d := open(t, f).Decider("s2t", "tw")
		if got := d.Glance(d.Char('发'), '头', '很'); got != want {
			t.Errorf("margin %d of a lead of %d: %v", margin, lead, got)
		}
		if d.Glance(d.Char('台'), '头', '很') {
			t.Errorf("margin %d: another item was settled", margin)
		}
	}
}

// TestTrust: the first candidate is trusted beside one neighbour, another between
// two, and what is in no text is not.
func TestTrust(t *testing.T) {
	f := small(t)
	fa := open(t, f).Decider("s2t", "tw").Char('发')
	left, _ := model.TrustKeys(fa.ID(), 0, '出', 0)
	left1, right1 := model.TrustKeys(fa.ID(), 1, '头', '型')
	f.Tables[0].Trust = model.NewTrust([]uint32{left, left1, right1})
	d := open(t, f).Decider("s2t", "tw")
	for _, c := range []struct {
		prior       int
		left, right rune
		want        bool
	}{
		{0, '出', '了', true}, {0, '了', '出', false}, {0, '头', '型', false},
		{1, '头', '型', true}, {1, '头', '了', false}, {1, '了', '型', false}, {1, '出', '了', false},
	} {
		if got := d.Trusts(d.Char('发'), c.prior, uint32(c.left), uint32(c.right)); got != c.want {
			t.Errorf("candidate %d between %c and %c: %t, want %t", c.prior, c.left, c.right, got, c.want)
		}
	}
	if d.Trusts(d.Char('台'), 0, '出', '了') {
		t.Error("another item is trusted")
	}
}

// TestTrustPair: any candidate is trusted between two neighbours, the first also
// behind two or before two.
func TestTrustPair(t *testing.T) {
	f := small(t)
	fa := open(t, f).Decider("s2t", "tw").Char('发')
	var members []uint32
	for prior := range 2 {
		around, _, _ := model.TrustPairKeys(fa.ID(), prior, model.Pair{'一', '二'}, model.Pair{'三', '四'})
		_, before, _ := model.TrustPairKeys(fa.ID(), prior, model.Pair{'五', '六'}, model.Pair{})
		_, _, behind := model.TrustPairKeys(fa.ID(), prior, model.Pair{}, model.Pair{'七', '八'})
		members = append(members, around, before, behind)
	}
	f.Tables[0].Trust = model.NewTrust(members)
	d := open(t, f).Decider("s2t", "tw")
	for _, c := range []struct {
		text          string // the two before and the two behind
		first, second bool
	}{
		{"零一三零", true, true}, {"六五零零", true, false}, {"零零七八", true, false},
		{"零三一零", false, false}, {"五六零零", false, false}, {"零零八七", false, false}, {"七八五六", false, false},
	} {
		r := []rune(c.text)
		left, right := model.Pair{uint32(r[1]), uint32(r[0])}, model.Pair{uint32(r[2]), uint32(r[3])}
		for prior, want := range []bool{c.first, c.second} {
			if got := d.TrustsPair(d.Char('发'), prior, left, right); got != want {
				t.Errorf("candidate %d in %s: %t, want %t", prior, c.text, got, want)
			}
		}
	}
}

// TestTrustErrsSeldom asks a set of many members for others.
func TestTrustErrsSeldom(t *testing.T) {
	f := small(t)
	var members []uint32
	for c := range uint32(20_000) {
		left, _ := model.TrustKeys(0, 0, c, 0)
		members = append(members, left)
	}
	f.Tables[0].Trust = model.NewTrust(members)
	d := open(t, f).Decider("s2t", "tw")
	fa := d.Char('发')
	missing, wrong := 0, 0
	for c := range uint32(20_000) {
		if !d.Trusts(fa, 0, c, 1<<20) {
			missing++
		}
		if d.Trusts(fa, 1, c, c) || d.Trusts(fa, 0, c+1<<21, 1<<20) {
			wrong++
		}
	}
	if missing > 2400 || wrong > 20 {
		t.Errorf("%d members are missing, %d others are taken for some, of 20,000", missing, wrong)
	}
}

// TestWeights: what is put in comes out, the first entries if there is no room
// for all, and of other keys few are taken for one of them.
func TestWeights(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var entries []model.Entry
	for range 1000 {
		entries = append(entries, model.Entry{Key: r.Uint32(), Weight: int8(1 + r.IntN(127))})
	}
	for _, size := range []int{8, 100, 1600, 64_000} {
		weights, left := model.NewWeights(size, entries)
		wrong := 0
		for _, e := range entries {
			if !slices.Contains(left, e.Key) && weights.Of(e.Key) != int32(e.Weight) {
				wrong++ // another key of its bucket has the same check
			}
		}
		if kept := len(entries) - len(left); kept > size/2 || kept < min(4, size/2) || wrong > 2+kept/50 {
			t.Errorf("%d bytes keep %d entries, %d of them wrong", size, kept, wrong)
		}
	}
	weights, _ := model.NewWeights(64_000, entries)
	found := 0
	for range 100_000 {
		if weights.Of(r.Uint32()) != 0 {
			found++
		}
	}
	if found > 1000 { // an eighth of the buckets' slots are taken: 1/2 of a slot each, 1/256
		t.Errorf("%d of 100,000 other keys have a weight", found)
	}
}

func TestConfidenceSums(t *testing.T) {
	d := open(t, small(t)).Decider("s2t", "tw")
	it := d.Char('台')
	s := model.Scores{10, -30, 25}
	sum := 0.0
	for k := range it.Candidates {
		sum += d.Confidence(it, s, k)
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("probabilities add up to %g", sum)
	}
}

// TestFeaturesTellApart: every part of a window changes some feature.
func TestFeaturesTellApart(t *testing.T) {
	m := open(t, small(t))
	character, word := m.Decider("s2t", "tw").Char('发'), m.Decider("twp", "tw").Words('程')[0]
	hashes := func(w model.Window) string {
		features, opinions, speak := model.Features(character, &w)
		of, oo, os := model.Features(word, &w)
		features, opinions, speak = append(features, of...), append(opinions, oo...), append(speak, os...)
		var b []byte
		for _, h := range slices.Concat(features, opinions) {
			b = binary.LittleEndian.AppendUint32(b, h)
		}
		for _, k := range speak {
			b = append(b, byte(k))
		}
		return string(b)
	}
	base := hashes(model.Window{})
	for name, w := range map[string]model.Window{
		"left":   {Left: [model.Reach]uint32{'头'}},
		"right":  {Right: [model.Reach]uint32{'头'}},
		"second": {Right: [model.Reach]uint32{0, '头'}},
		"far":    {Far: [2 * model.FarReach]uint32{'头'}},
		"prior":  {Prior: 1},
		"vote":   {Votes: []model.Vote{{Left: 1, Candidate: 1}}},
		"words":  {Words: 4},
		"cross":  {CrossLeft: true},
	} {
		if hashes(w) == base {
			t.Errorf("%s changes no feature", name)
		}
	}
}

func TestWordSet(t *testing.T) {
	s := model.NewWordSet(1 << 12)
	words := strings.Fields("发明 头发 组织 少数 起跑线 二十年")
	for _, w := range words {
		s.Add(normalized(w))
	}
	for _, w := range words {
		if !s.Has(normalized(w)) {
			t.Errorf("%s was added", w)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	wrong := 0
	for range 1000 {
		if s.Has([]uint32{0x4E00 + r.Uint32N(20000), 0x4E00 + r.Uint32N(20000)}) {
			wrong++
		}
	}
	if wrong > 10 {
		t.Errorf("%d of 1000 words that were not added", wrong)
	}
	if model.WordSet(nil).Has(normalized("发明")) {
		t.Error("an empty set has a word")
	}
}

func normalized(word string) (out []uint32) {
	for _, c := range word {
		out = append(out, model.Normalize(c))
	}
	return out
}

// TestCross: 组织 lies across the right border of 数组 in 少数组织, 少数 across
// the left one.
func TestCross(t *testing.T) {
	f := small(t)
	f.Stages[1].Items = append(f.Stages[1].Items, model.ItemRecord{Source: "數組", Candidates: []string{"數組", "陣列"}, Folded: "数组"})
	f.Words = model.NewWordSet(1 << 12)
	f.Words.Add(normalized("组织"))
	f.Words.Add(normalized("少数"))
	d := open(t, f).Decider("twp", "tw")
	it := d.Words('數')[0]
	for _, c := range []struct {
		left, right     rune
		onLeft, onRight bool
	}{{'少', '织', true, true}, {'个', '织', false, true}, {'少', '里', true, false}, {'个', '里', false, false}} {
		w := model.Window{}
		w.Set(-1, model.Normalize(c.left))
		w.Set(0, model.Normalize(c.right))
		if d.Cross(it, &w); w.CrossLeft != c.onLeft || w.CrossRight != c.onRight {
			t.Errorf("%c数组%c: crossed %v, %v", c.left, c.right, w.CrossLeft, w.CrossRight)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	good, err := small(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	broken := map[string][]byte{
		"empty":       nil,
		"other magic": append([]byte("hanconv\x04"), good[9:]...),
		"directory":   good[:20],
		"truncated":   good[:len(good)-1],
		"longer":      append(slices.Clone(good), 0),
	}
	for name, change := range map[string]func(*model.File){
		"scale":      func(f *model.File) { f.Tables[0].Scale = 0 },
		"size":       func(f *model.File) { f.Tables[0].Weights = make(model.Weights, 13) },
		"candidates": func(f *model.File) { f.Stages[0].Items[0].Candidates = []string{"發"} },
		"no source":  func(f *model.File) { f.Stages[0].Items[0].Source = "" },
		"trust":      func(f *model.File) { f.Tables[0].Trust = make(model.Trust, 13) },
		"words":      func(f *model.File) { f.Words = make([]byte, 48) },
	} {
		f := small(t)
		change(f)
		data, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		broken[name] = data
	}
	for name, data := range broken {
		if m, err := model.Open(data); err == nil {
			t.Errorf("%s: opened as %s", name, m.Version())
		}
	}
}

func TestBuiltIn(t *testing.T) {
	m := model.BuiltIn()
	if len(m.Fingerprint()) != 16 || m.Version() == "" || len(m.Sources()) < 10 {
		t.Errorf("fingerprint %q, version %q, %d sources", m.Fingerprint(), m.Version(), len(m.Sources()))
	}
	for _, s := range m.Sources() {
		if s.Name == "" || s.Version == "" || s.License == "" {
			t.Errorf("source %+v", s)
		}
	}
	for stage, region := range map[string]string{"s2t": "tw", "twp": "tw", "hkp": "hk", "t2s": "cn", "tw2sp": "cn", "hk2sp": "cn"} {
		if d := m.Decider(stage, region); d == nil || len(d.Items()) < 10 {
			t.Errorf("nothing to decide at %s for %s", stage, region)
		}
	}
}

func FuzzOpen(f *testing.F) {
	good, err := small(f).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:40])
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := model.Open(data)
		if err != nil {
			return
		}
		if d := m.Decider("s2t", "tw"); d != nil {
			w := model.Window{}
			for _, it := range d.Items() {
				d.Choose(it, &w)
			}
		}
	})
}

func BenchmarkChoose(b *testing.B) {
	d := model.BuiltIn().Decider("s2t", "tw")
	it := d.Char('发')
	var windows [256]model.Window
	r := rand.New(rand.NewPCG(5, 6))
	for i := range windows {
		for k := range model.Reach {
			windows[i].Left[k], windows[i].Right[k] = 0x4E00+r.Uint32N(3000), 0x4E00+r.Uint32N(3000)
		}
	}
	b.ResetTimer()
	for i := range b.N {
		d.Choose(it, &windows[i&255])
	}
}
