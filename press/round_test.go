package press

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func placed(list ...string) (out []Placed) {
	for _, s := range list {
		id, section, _ := strings.Cut(s, "/")
		out = append(out, Placed{Item: ItemID(id), Revision: 1, Digest: "d1", Section: section, Title: "关于" + id})
	}
	return out
}

func said(turns []Turn) string {
	var out []string
	for _, t := range turns {
		out = append(out, t.Say())
	}
	return strings.Join(out, "；")
}

func TestTurnsTellEveryKindOfChange(t *testing.T) {
	base := func() Contents {
		return Contents{Year: 2026, Number: 4, Total: 16, Title: "公报 2026年第4号", Dated: "2026-12-01", Articles: placed("甲/文件", "乙/文件", "丙/解读"),
			Errata: []Misprint{{Item: "旧", Title: "旧文", Year: 2026, Number: 3, Reason: "数字有误", Changes: []Change{{Was: "3", Now: "4"}}}, {Item: "老", Title: "老文", Year: 2026, Number: 2}}}
	}
	for _, c := range []struct {
		do   func(*Contents)
		want string
	}{
		{func(*Contents) {}, ""},
		{func(c *Contents) { c.Number, c.Title = 5, "公报 2026年第5号" }, "期号改动：“公报 2026年第4号”→“公报 2026年第5号”"},
		{func(c *Contents) { c.Total = 17 }, "期号改动：“2026年第4号（总第16号）”→“2026年第4号（总第17号）”"},
		{func(c *Contents) { c.Supplement = true }, "期号改动：“2026年第4号（总第16号）”→“2026年增刊第4期”"},
		{func(c *Contents) { c.Name, c.Title = "专刊", "公报 2026年第4号 专刊" }, "期名改动：“”→“专刊”"},
		{func(c *Contents) { c.Dated = "2026-12-02" }, "出版日期改动：“2026-12-01”→“2026-12-02”"},
		{func(c *Contents) { c.Articles = append(placed("丁/文件"), c.Articles...) }, "增加第1篇《关于丁》"},
		{func(c *Contents) { c.Articles = c.Articles[1:] }, "移出原第1篇《关于甲》"},
		{func(c *Contents) { c.Articles[2].Section = "文件" }, "《关于丙》从栏目“解读”换到“文件”"},
		{func(c *Contents) { slices.Reverse(c.Articles[:2]) }, "《关于甲》从第1篇调到第2篇"},
		{func(c *Contents) { c.Articles[1].Revision, c.Articles[1].Digest = 2, "d2" }, "《关于乙》由第1版换成第2版"},
		{func(c *Contents) { c.Errata = c.Errata[:1] }, "取消更正《老文》"},
		{func(c *Contents) { c.Errata = append(c.Errata, Misprint{Item: "新", Title: "新文"}) }, "增加更正《新文》"},
		{func(c *Contents) { c.Errata[0].Changes = []Change{{Was: "3", Now: "5"}} }, "更正的文字改动《旧文》"},
		{func(c *Contents) { slices.Reverse(c.Errata) }, "更正的次序改动"},
		{func(c *Contents) {
			c.Articles = append(placed("丁/文件"), c.Articles[2], c.Articles[0])
			c.Articles[2].Revision = 3
		}, "增加第1篇《关于丁》；移出原第2篇《关于乙》；《关于甲》从第1篇调到第3篇；《关于甲》由第1版换成第3版"},
	} {
		now := base()
		c.do(&now)
		if got := said(Turns(base(), now)); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	if got := SayTurns(nil); got != "内容没有变化" {
		t.Error(got)
	}
}

// TestNothingChangedExactlyWhenContentsAreEqual plays with random contents: two are told to be alike if and only if they are equal.
func TestNothingChangedExactlyWhenContentsAreEqual(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	contents := func() Contents {
		c := Contents{Year: 2026, Number: 1 + r.IntN(2), Total: r.IntN(2), Supplement: r.IntN(4) == 0, Title: pick("", "题"), Name: pick("", "专刊"), Dated: pick("2026-12-01", "2026-12-02")}
		for _, i := range r.Perm(4)[:r.IntN(5)] {
			c.Articles = append(c.Articles, Placed{Item: ItemID(fmt.Sprint(i)), Revision: 1 + r.IntN(2), Digest: pick("a", "b"), Section: pick("甲", "乙"), Title: "题", DocNumber: pick("", "1号")})
		}
		for _, i := range r.Perm(2)[:r.IntN(3)] {
			x := Misprint{Item: ItemID(fmt.Sprint(i)), Year: 2026, Number: 1 + r.IntN(2), Reason: pick("", "错")}
			if r.IntN(2) == 0 {
				x.Changes = []Change{{Was: pick("一", "二"), Now: "三"}}
			}
			c.Errata = append(c.Errata, x)
		}
		return c
	}
	few := []Contents{}
	for range 60 { // few enough to meet the same again
		few = append(few, contents())
	}
	equal := 0
	for range 6000 {
		a, b := few[r.IntN(len(few))], contents()
		if r.IntN(3) == 0 {
			b = few[r.IntN(len(few))]
		}
		turns, same := Turns(a, b), string(a.JSON()) == string(b.JSON())
		if (len(turns) == 0) != same {
			t.Fatalf("%s\n%s\nequal %v, but told: %s", a.JSON(), b.JSON(), same, said(turns))
		}
		if same {
			equal++
		}
	}
	if equal < 20 {
		t.Fatalf("only %d pairs were equal", equal)
	}
}

func TestContentsAreReadAgainAsTheyWere(t *testing.T) {
	e := Edition{Year: 2026, Number: 4, Total: 16, Name: "<专刊>&", Slot: Slot{At: time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC)},
		Entries: []Entry{{Item: Item{ID: "1"}, Revision: Revision{Number: 2, Digest: "x", Title: "甲\xff"}, Section: "文件"}}}
	c := ContentsOf(e, time.FixedZone("", 8*3600))
	if c.Dated != "2026-12-01" {
		t.Errorf("dated %s", c.Dated)
	}
	if got := string(c.JSON()); strings.Contains(got, `\u003c`) || strings.Contains(got, `\ufffd`) {
		t.Error(got)
	}
}

func TestOrdinal(t *testing.T) {
	for n, want := range map[int]string{0: "清样", 1: "一校", 3: "三校", 10: "十校", 12: "十二校", 20: "二十校", 31: "三十一校"} {
		if got := Ordinal(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
