package model_test

import (
	"testing"

	"github.com/hanconv/hanconv/model"
)

func TestKind(t *testing.T) {
	kinds := map[uint8]string{}
	for _, same := range []string{"\x00", "0９", "a", " .", "一鿿㐀", "，。！", "「々あ😀"} {
		for _, c := range same {
			k := model.Kind(uint32(c))
			if kinds[k] != "" && kinds[k] != same {
				t.Errorf("%q is of the kind of %q", c, kinds[k])
			}
			kinds[k] = same
		}
	}
	if len(kinds) != 7 {
		t.Errorf("%d kinds", len(kinds))
	}
}

// TestSurroundClasses: a neighbour has its class in the model, or its kind.
func TestSurroundClasses(t *testing.T) {
	f := small(t)
	f.Classes = make(model.Classes, model.LastClassed+1-model.FirstClassed)
	f.Classes['尼'-model.FirstClassed] = 2
	d := open(t, f).Decider("s2t", "tw")
	w := model.Window{Left: [model.Reach]uint32{'尼', '国'}, Right: [model.Reach]uint32{'，'}}
	d.Surround('发', &w)
	kind := func(c rune) uint8 { return model.Kind(uint32(c)) }
	if w.LeftClass[0] <= 7 || w.LeftClass[1] != kind('国') || w.RightClass != [2]uint8{kind('，'), kind(0)} {
		t.Errorf("classes %v and %v", w.LeftClass, w.RightClass)
	}
	without := open(t, small(t)).Decider("s2t", "tw")
	if without.Surround('发', &w); w.LeftClass[0] != kind('尼') {
		t.Errorf("class %d in a model without any", w.LeftClass[0])
	}
}

func TestInName(t *testing.T) {
	f := small(t)
	f.Classes = make(model.Classes, model.LastClassed+1-model.FirstClassed)
	for c, class := range map[rune]byte{'坦': model.ClassForeign, '伊': model.ClassForeign, '加': model.ClassRather, '文': model.ClassGiven, '王': model.ClassSurname, '二': 1} {
		f.Classes[c-model.FirstClassed] = class
	}
	d := open(t, f).Decider("s2t", "tw")
	for around, want := range map[string]bool{
		"去坦发伊加": true, "坦伊发，，": true, "，，发伊加": true, "，王发文，": true,
		"去坦发湖边": false, "二二发二二": false, "坦，发，伊": false, "，，发，，": false,
	} {
		c := []rune(around)
		w := model.Window{Left: [model.Reach]uint32{uint32(c[1]), uint32(c[0])}, Right: [model.Reach]uint32{uint32(c[3]), uint32(c[4])}}
		if d.Surround('发', &w); w.InName() != want {
			t.Errorf("%s: %t, want %t", around, w.InName(), want)
		}
	}
}
