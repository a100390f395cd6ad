package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/model"
)

// builtInTrainer reads with the items of the built-in model.
func builtInTrainer(t *testing.T) *trainer {
	t.Helper()
	s2t, err := han.New("s2t")
	if err != nil {
		t.Fatal(err)
	}
	t2s, err := han.New("t2s")
	if err != nil {
		t.Fatal(err)
	}
	return &trainer{items: model.BuiltIn(), reader: newReader(s2t, t2s)}
}

// TestReaderSeesWhatTheEngineSees: the same decision, whether the trainer reads
// a line or han converts it.
func TestReaderSeesWhatTheEngineSees(t *testing.T) {
	tr := builtInTrainer(t)
	s2tw, err := han.New("s2tw", han.WithContext())
	if err != nil {
		t.Fatal(err)
	}
	article, err := os.ReadFile(filepath.Join("..", "..", "testdata", "article.zh-Hans.txt"))
	if err != nil {
		t.Fatal(err)
	}
	d := model.BuiltIn().Decider("s2t", "tw")
	n := 0
	for line := range strings.Lines(string(article)) {
		line = strings.TrimSuffix(line, "\n")
		var wanted []int
		tr.reader.each(line, d, nil, func(item *model.Item, w *model.Window, _ int) {
			if item.Settled() {
				return
			}
			chosen := w.Prior
			settled := d.Trusts(item, w.Prior, w.Left[0], w.Right[0]) ||
				w.Prior == 0 && d.Glance(item, w.Left[0], w.Right[0]) ||
				d.TrustsPair(item, w.Prior, model.Pair(w.Left[:2]), model.Pair(w.Right[:2]))
			if !item.Clear(w) && !settled {
				chosen, _ = d.Choose(item, w)
			}
			wanted = append(wanted, chosen)
		})
		var got []int
		for _, c := range s2tw.Align(line).Choices {
			got = append(got, c.Chosen)
		}
		if !slices.Equal(got, wanted) {
			t.Errorf("%s: the engine chose %v, the trainer %v", line, got, wanted)
		}
		n += len(got)
	}
	if n < 100 {
		t.Errorf("only %d decisions", n)
	}
}

// TestOptimize learns from made-up examples in which one feature tells all.
func TestOptimize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var g group
	for range 2000 {
		gold := uint8(r.IntN(2))
		features := []uint32{1 << 28, r.Uint32(), uint32(2+gold) << 28}
		g.examples = append(g.examples, example{features: features, gold: gold})
	}
	g.weight = 1
	p := packer{settings{epochs: 3, settle: 2, slots: 12, rate: 0.15, decay: 1e-3, drop: 0.3, often: 0.5}, 1, 400, nil}
	keys := &trainer{candidates: []int{2}}
	p.keys = keys.keys([]group{g})
	learn := func() *weights { return optimize(p.settings, []int{2}, []group{g}, p.keep) }
	w := learn()
	if !slices.Equal(w.cells, learn().cells) {
		t.Error("the same examples gave other weights")
	}
	telling := func(k uint32) float32 { return w.of(0, model.Key(k<<28, 1)) }
	if telling(3) < 1 || telling(2) > -1 {
		t.Errorf("weights %g and %g of the features that tell", telling(2), telling(3))
	}
	table := p.pack(w, 0)
	if got := table.Of(model.Key(3<<28, 1)); got < scale {
		t.Errorf("packed weight %d of what tells and is often asked for", got)
	}
}

func TestMargin(t *testing.T) {
	looks := func(reversed ...int32) (all []look) {
		for lead := int32(1); lead <= 50; lead++ {
			for range 200 {
				all = append(all, look{lead: lead})
			}
		}
		for _, lead := range reversed {
			all = append(all, look{lead, true})
		}
		return all
	}
	for name, test := range map[string]struct {
		looks []look
		want  int32
	}{
		"none":                {nil, 0},
		"few":                 {looks()[:900], 0},
		"all alike":           {looks(), 1},
		"one reversed":        {looks(25), 1},
		"many far from there": {looks(3, 3, 3, 3, 3), 4},
		"many in all":         {looks(50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40), 0},
	} {
		if got := margin(test.looks, 0.001, 0.02); got != test.want {
			t.Errorf("%s: %d, not %d", name, got, test.want)
		}
	}
}

// TestTrust: a neighbour is trusted that stood often enough and never fell, the
// first candidate's more often than another's; of pairs fewer examples do, and only
// such are noted as settle what nothing else does.
func TestTrust(t *testing.T) {
	tr := builtInTrainer(t)
	tr.words, tr.settled, tr.clear, tr.candidates = nil, nil, nil, []int{2, 2}
	tr.options.fit.trusted, tr.options.fit.trustedBoth = 4, 2
	tr.options.fit.trustedPair, tr.options.fit.trustedNear = 1, 3
	at := func(prior uint8, left, right uint32, pairs ...uint32) example {
		e := example{prior: prior, features: make([]uint32, model.GlanceFeatures)}
		e.features[model.TrustFeatures], e.features[model.TrustFeatures+1] = spread(left), spread(right)
		for i, p := range pairs {
			e.pairs[i] = spread(p)
		}
		return e
	}
	falls := at(1, 5, 6, 50, 60, 61)
	falls.features[0] = 7
	weights, _ := model.NewWeights(8, []model.Entry{{Key: model.Key(7, 1), Weight: -100}})
	tr.train = []*sample{{text: &text{}, table: "tw", examples: slices.Concat(
		slices.Repeat([]example{at(0, 1, 2, 10, 11, 12)}, 4),   // both neighbours, so no pair
		slices.Repeat([]example{at(0, 21, 22, 20, 23, 24)}, 3), // the pairs
		slices.Repeat([]example{at(1, 4, 5, 40, 41, 42)}, 2),   // its right neighbour falls below
		[]example{at(0, 31, 32, 50, 33, 34), falls},            // the pair around falls with the other
	)}}
	f := &model.File{Tables: []model.Table{{Region: "tw", Weights: weights}}}
	tr.setTrust(f)
	var trusted []uint32
	for member := range uint32(100) {
		if f.Tables[0].Trust.Has(spread(member)) {
			trusted = append(trusted, member)
		}
	}
	if want := []uint32{1, 2, 4, 20, 23, 24, 40}; !slices.Equal(trusted, want) {
		t.Errorf("trusted %v, want %v", trusted, want)
	}
}

// spread makes a hash of a small number.
func spread(n uint32) uint32 { return n * 0x9E3779B1 }

func TestWeigh(t *testing.T) {
	groups := []group{{examples: make([]example, 900)}, {examples: make([]example, 100)}, {examples: make([]example, 100)}}
	weigh(groups, []string{"law", "novel", "novel"}, 0)
	if whole := 900 * groups[0].weight; whole < 549 || whole > 551 {
		t.Errorf("law weighs %g, want half of 1100", whole)
	}
	if groups[1].weight != groups[2].weight || groups[1].weight < groups[0].weight {
		t.Errorf("weights %g, %g, %g", groups[0].weight, groups[1].weight, groups[2].weight)
	}
}

var words = fstest.MapFS{"dict.txt": {Data: []byte(strings.Join([]string{
	"少数 100 n", "数组 5 n", "组织 500 n", "愿意 100 v", "爱迪生 10 nr", "里昂纳多 3 nrt", "陈水扁 9 nr", "发明 90 v", "",
}, "\n"))}}

func TestSegmenter(t *testing.T) {
	s := newSegmenter(words)
	cuts := s.cuts([]rune("少数组织愿意"))
	if want := []bool{true, false, true, false, true, false, true}; !slices.Equal(cuts, want) {
		t.Errorf("cuts %v, want %v", cuts, want)
	}
}

// TestClasses sorts characters by the words they stand in.
func TestClasses(t *testing.T) {
	list := []string{"的 3000 uj", "在 900 p", "只 800 q", "走 700 v", "走路 700 v", "大国 9000 n", "二 900 m"}
	for _, name := range []string{"斯特恩", "尼斯特", "特尼斯", "斯尼特"} {
		for range 3 {
			list = append(list, name+" 2 nrt")
		}
	}
	got := classes(fstest.MapFS{"dict.txt": {Data: []byte(strings.Join(list, "\n"))}})
	for c, want := range map[rune]byte{
		'在': grammar, '的': grammar, '只': measure, '走': verb, '二': numeral, '斯': foreign, '恩': 0, '国': 0, '赵': surname,
	} {
		if class := got[c-model.FirstClassed]; class != want {
			t.Errorf("%c has class %d, want %d", c, class, want)
		}
	}
}

func TestNameSwapper(t *testing.T) {
	s := newNameSwapper(words)
	n := 0
	for range 50 {
		s.swap("昨天陈水扁说，里昂纳多来了。", func(line []rune, from, to int) {
			n++
			if from < 0 || to <= from || to > len(line) {
				t.Fatalf("name at %d to %d of %s", from, to, string(line))
			}
			if strings.Contains(string(line[from:to]), "，") {
				t.Errorf("the name %s", string(line[from:to]))
			}
		})
	}
	if n != 100 {
		t.Errorf("%d names in 50 lines, want 100", n)
	}
}

func TestCharacterItems(t *testing.T) {
	found := candidates(
		map[string][]string{"发": {"發", "髮"}, "里": {"裏", "里"}, "爱": {"愛"}, "才": {"才", "纔"}},
		map[string][]string{"恋爱": {"戀愛"}, "沈阳": {"瀋陽"}},
	)
	items := characterItems(found, map[string][]string{"裏": {"裡"}, "纔": {"才"}})
	var got []string
	for _, it := range items {
		got = append(got, it.Source+"="+strings.Join(it.Candidates, "|"))
	}
	want := []string{"发=發|髮", "恋=恋|戀", "才=才|纔", "沈=沈|瀋", "里=裏裡|里", "阳=阳|陽"}
	if !slices.Equal(got, want) {
		t.Errorf("items %v, want %v", got, want)
	}
}

func TestSourceOffset(t *testing.T) {
	c, err := han.New("tw2sp")
	if err != nil {
		t.Fatal(err)
	}
	a := c.Align("這個應用程式很好")
	at := strings.Index(a.Target, "程序")
	from, ok := sourceOffset(a, at)
	to, ok2 := sourceOffset(a, at+len("程序"))
	if !ok || !ok2 || a.Source[from:to] != "程式" {
		t.Errorf("%q, %v, %v", a.Source[from:to], ok, ok2)
	}
	if _, ok := sourceOffset(a, at+1); ok {
		t.Error("an offset inside a replaced word was led back")
	}
}

func TestEachLineRefusesMissing(t *testing.T) {
	if err := eachLine(filepath.Join(t.TempDir(), "none.txt.xz"), func(string) {}); err == nil {
		t.Error("a missing file was read")
	}
	if _, err := loadTexts(t.TempDir()); err == nil {
		t.Error("an empty folder was read")
	}
}

func TestFileIsReproducible(t *testing.T) {
	tr := builtInTrainer(t)
	tr.stages = []model.Stage{{Name: "s2t", Items: []model.ItemRecord{{Source: "发", Candidates: []string{"發", "髮"}}}}}
	tables := map[string]model.Weights{}
	for _, region := range []string{"tw", "hk", "cn"} {
		tables[region], _ = model.NewWeights(64, []model.Entry{{Key: 3, Weight: 1}})
	}
	encode := func() []byte {
		data, err := tr.file(tables).Encode()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if !bytes.Equal(encode(), encode()) {
		t.Error("the same tables gave other bytes")
	}
}
