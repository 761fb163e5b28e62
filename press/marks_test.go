package press

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSideBySide(t *testing.T) {
	rows := SideBySide([]string{"一、要求", "十五日前报送。", "删去的一段。", "附则"}, []string{"一、要求", "二十日前报送。", "附则", "加上的一段。"})
	var b strings.Builder
	side := func(ps []Marked) {
		for _, p := range ps {
			if p.Changed {
				b.WriteString("[" + p.Text + "]")
			} else {
				b.WriteString(p.Text)
			}
		}
	}
	for _, r := range rows {
		side(r.Was)
		b.WriteString(" | ")
		side(r.Now)
		b.WriteString("\n")
	}
	want := "一、要求 | 一、要求\n[十五]日前报送。 | [二十]日前报送。\n[删去的一段。] | \n附则 | 附则\n | [加上的一段。]\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// Nothing of either text is lost, and what is not marked is the same on both sides.
func TestMarksAreWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was, now := rapid.StringOf(rapid.SampledFrom([]rune("甲乙丙ab \n"))).Draw(t, "was"), rapid.StringOf(rapid.SampledFrom([]rune("甲乙丙ab \n"))).Draw(t, "now")
		whole := func(ps []Marked) (all, kept string) {
			for _, p := range ps {
				all += p.Text
				if !p.Changed {
					kept += p.Text
				}
			}
			return all, kept
		}
		a, b := Marks(was, now)
		allA, keptA := whole(a)
		allB, keptB := whole(b)
		if allA != was || allB != now {
			t.Fatalf("%q %q became %q %q", was, now, allA, allB)
		}
		if Fold(keptA) != Fold(keptB) {
			t.Fatalf("kept %q and %q", keptA, keptB)
		}
	})
}
