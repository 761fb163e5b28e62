package press

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Contents (内容) is everything of a numbered issue that its proof shows and that people can change: two proofs with equal contents are set alike.
type Contents struct {
	Year       int        `json:"year"`
	Number     int        `json:"number"`
	Total      int        `json:"total"`
	Supplement bool       `json:"supplement,omitempty"`
	Title      string     `json:"title"`
	Name       string     `json:"name,omitempty"`
	Dated      string     `json:"dated"` // the day on its cover
	Articles   []Placed   `json:"articles"`
	Errata     []Misprint `json:"errata,omitempty"`
	WithIndex  bool       `json:"with_index,omitempty"` // it carries the index of its year
	Index      []Indexed  `json:"index,omitempty"`      // of the issues before it
}

// Placed is an article in its place: the order of the list is the order of the issue.
type Placed struct {
	Item      ItemID `json:"item"`
	Revision  int    `json:"revision"`
	Digest    string `json:"digest"`
	Section   string `json:"section,omitempty"`
	Title     string `json:"title"`
	DocNumber string `json:"doc_number,omitempty"`
}

// Misprint is what the issue corrects in an earlier one, as its proof has it.
type Misprint struct {
	Item       ItemID   `json:"item"`
	Title      string   `json:"title"`
	DocNumber  string   `json:"doc_number,omitempty"`
	Year       int      `json:"year"`
	Number     int      `json:"number"`
	Supplement bool     `json:"supplement,omitempty"` // that issue was one
	Reason     string   `json:"reason"`
	Changes    []Change `json:"changes,omitempty"`
}

// ContentsOf are the contents of an issue in its order, with the number that it has or would have. It bears the day on which it is due, or on which it was
// composed where that is later.
func ContentsOf(e Edition, zone *time.Location) Contents {
	day := e.Due()
	if e.Composed.After(day) {
		day = e.Composed
	}
	c := Contents{Year: e.Year, Number: e.Number, Total: e.Total, Supplement: e.Supplement, Title: e.Title, Name: e.Name, Dated: day.In(zone).Format(time.DateOnly),
		WithIndex: e.WithIndex, Index: e.Index}
	for _, en := range e.Entries {
		c.Articles = append(c.Articles, Placed{Item: en.Item.ID, Revision: en.Revision.Number, Digest: en.Revision.Digest, Section: en.Section,
			Title: en.Revision.Title, DocNumber: en.Revision.Meta.DocNumber})
	}
	for _, x := range e.Errata {
		c.Errata = append(c.Errata, Misprint{x.Item, x.Title, x.DocNumber, x.Year, x.Number, x.Supplement, x.Reason, x.Changes})
	}
	return c
}

// JSON is the canonical writing of contents.
func (c Contents) JSON() []byte {
	c.Articles, c.Errata = slices.Clone(some(c.Articles)), slices.Clone(some(c.Errata))
	for i := range c.Errata {
		c.Errata[i].Changes = some(c.Errata[i].Changes)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(c) // nothing in it that JSON cannot say
	return bytes.ReplaceAll(bytes.TrimSpace(b.Bytes()), []byte(`\ufffd`), []byte("\ufffd"))
}

// Sum is the digest of contents: SHA-256 over their canonical writing, in lower-case hex.
func (c Contents) Sum() string {
	sum := sha256.Sum256(c.JSON())
	return hex.EncodeToString(sum[:])
}

// TurnKind is how the contents of an issue may change.
type TurnKind string

// The kinds, in the order in which they are told.
const (
	TurnNumber   TurnKind = "number"   // 期号: year, number, total number or title
	TurnName     TurnKind = "name"     // 期名
	TurnDated    TurnKind = "dated"    // 出版日期
	TurnAdded    TurnKind = "added"    // 增加
	TurnDropped  TurnKind = "dropped"  // 移出
	TurnSection  TurnKind = "section"  // 换栏目
	TurnMoved    TurnKind = "moved"    // 调整次序
	TurnRevised  TurnKind = "revised"  // 换新版本
	TurnCorrects TurnKind = "corrects" // 增加更正
	TurnSpares   TurnKind = "spares"   // 取消更正
	TurnErratum  TurnKind = "erratum"  // 改更正
	TurnErrata   TurnKind = "errata"   // 更正的次序
	TurnIndex    TurnKind = "index"    // 年度总目录
)

// Name is the kind as people see it.
func (k TurnKind) Name() string {
	switch k {
	case TurnNumber:
		return "期号改动"
	case TurnName:
		return "期名改动"
	case TurnDated:
		return "出版日期改动"
	case TurnAdded:
		return "增加"
	case TurnDropped:
		return "移出"
	case TurnSection:
		return "换栏目"
	case TurnMoved:
		return "调整次序"
	case TurnRevised:
		return "换新版本"
	case TurnCorrects:
		return "增加更正"
	case TurnSpares:
		return "取消更正"
	case TurnErratum:
		return "更正的文字改动"
	case TurnErrata:
		return "更正的次序改动"
	case TurnIndex:
		return "年度总目录改动"
	}
	return string(k)
}

// Turn is one thing that changed between two proofs of an issue.
type Turn struct {
	Kind  TurnKind `json:"kind"`
	Item  ItemID   `json:"item,omitempty"`
	Title string   `json:"title,omitempty"` // of the article, as the later proof has it
	Was   string   `json:"was,omitempty"`
	Now   string   `json:"now,omitempty"`
	From  int      `json:"from,omitempty"` // the place in the earlier proof, from 1; of a revised article its revision there
	To    int      `json:"to,omitempty"`   // in the later one
}

// Article is the title as a sentence names it: within 《》, those of its own becoming 〈〉.
func (t Turn) Article() string {
	return "《" + strings.NewReplacer("《", "〈", "》", "〉").Replace(t.Title) + "》"
}

// Say is the turn in one sentence.
func (t Turn) Say() string {
	article := t.Article()
	switch t.Kind {
	case TurnNumber, TurnName, TurnDated, TurnIndex:
		return fmt.Sprintf("%s：“%s”→“%s”", t.Kind.Name(), t.Was, t.Now)
	case TurnAdded:
		return fmt.Sprintf("增加第%d篇%s", t.To, article)
	case TurnDropped:
		return fmt.Sprintf("移出原第%d篇%s", t.From, article)
	case TurnSection:
		return fmt.Sprintf("%s从栏目“%s”换到“%s”", article, t.Was, t.Now)
	case TurnMoved:
		return fmt.Sprintf("%s从第%d篇调到第%d篇", article, t.From, t.To)
	case TurnRevised:
		return fmt.Sprintf("%s由第%d版换成第%d版", article, t.From, t.To)
	case TurnErrata:
		return t.Kind.Name()
	}
	return t.Kind.Name() + article
}

// SayTurns tells what changed in one sentence, the first few by name.
func SayTurns(turns []Turn) string {
	if len(turns) == 0 {
		return "内容没有变化"
	}
	const few = 5
	var out []string
	for _, t := range turns[:min(len(turns), few)] {
		out = append(out, t.Say())
	}
	s := strings.Join(out, "；")
	if n := len(turns) - few; n > 0 {
		s += "；另有" + strconv.Itoa(n) + "处"
	}
	return s
}

// Turns is what changed between the contents of two proofs: nothing if and only if they are equal. Of articles that stay, as few as possible are told to
// have moved, so that one that is put in first does not seem to move all others.
func Turns(was, now Contents) (out []Turn) {
	if was.Sum() == now.Sum() {
		return nil
	}
	if was.Year != now.Year || was.Number != now.Number || was.Total != now.Total || was.Supplement != now.Supplement || was.Title != now.Title && was.Name == now.Name {
		a, b := was.Title, now.Title // which tell the name as well
		if a == b {
			a, b = was.count(), now.count()
		}
		out = append(out, Turn{Kind: TurnNumber, Was: a, Now: b})
	}
	if was.Name != now.Name {
		out = append(out, Turn{Kind: TurnName, Was: was.Name, Now: now.Name})
	}
	if was.Dated != now.Dated {
		out = append(out, Turn{Kind: TurnDated, Was: was.Dated, Now: now.Dated})
	}
	out = append(out, articleTurns(was.Articles, now.Articles)...)
	out = append(out, errataTurns(was.Errata, now.Errata)...)
	if was.WithIndex != now.WithIndex || !slices.Equal(was.Index, now.Index) {
		out = append(out, Turn{Kind: TurnIndex, Was: was.indexed(), Now: now.indexed()})
	}
	return out
}

// indexed says what the index of the year lists of the issues before.
func (c Contents) indexed() string {
	if !c.WithIndex {
		return "没有"
	}
	gone := 0
	for _, x := range c.Index {
		if x.Withdrawn {
			gone++
		}
	}
	return fmt.Sprintf("前面各期%d篇，其中撤回%d篇", len(c.Index), gone)
}

// count is how an issue is counted.
func (c Contents) count() string {
	if c.Supplement {
		return IssueName(c.Year, c.Number, true)
	}
	return fmt.Sprintf("%s（总第%d号）", IssueName(c.Year, c.Number, false), c.Total)
}

func articleTurns(was, now []Placed) (out []Turn) {
	from, to := places(was, Placed.key), places(now, Placed.key)
	for i, a := range now {
		if _, ok := from[a.key()]; !ok {
			out = append(out, Turn{Kind: TurnAdded, Item: a.Item, Title: a.Title, Now: a.Section, To: i + 1})
		}
	}
	for i, a := range was {
		if _, ok := to[a.key()]; !ok {
			out = append(out, Turn{Kind: TurnDropped, Item: a.Item, Title: a.Title, Was: a.Section, From: i + 1})
		}
	}
	var order []int // of those that stay in their section, the places that they had
	for _, a := range now {
		if i, ok := from[a.key()]; ok && was[i].Section == a.Section {
			order = append(order, i)
		}
	}
	stay := rising(order)
	for k, a := range now {
		i, ok := from[a.key()]
		if !ok {
			continue
		}
		if b := was[i]; b.Section != a.Section {
			out = append(out, Turn{Kind: TurnSection, Item: a.Item, Title: a.Title, Was: b.Section, Now: a.Section, From: i + 1, To: k + 1})
		} else if !stay[i] {
			out = append(out, Turn{Kind: TurnMoved, Item: a.Item, Title: a.Title, From: i + 1, To: k + 1})
		}
		if b := was[i]; b.Revision != a.Revision || b.Digest != a.Digest || b.Title != a.Title || b.DocNumber != a.DocNumber {
			out = append(out, Turn{Kind: TurnRevised, Item: a.Item, Title: a.Title, From: b.Revision, To: a.Revision})
		}
	}
	return out
}

func errataTurns(was, now []Misprint) (out []Turn) {
	from, to := places(was, Misprint.key), places(now, Misprint.key)
	for i, x := range now {
		if _, ok := from[x.key()]; !ok {
			out = append(out, Turn{Kind: TurnCorrects, Item: x.Item, Title: x.Title, Now: x.text(), To: i + 1})
		}
	}
	for i, x := range was {
		if _, ok := to[x.key()]; !ok {
			out = append(out, Turn{Kind: TurnSpares, Item: x.Item, Title: x.Title, Was: x.text(), From: i + 1})
		}
	}
	var order []int
	for k, x := range now {
		i, ok := from[x.key()]
		if !ok {
			continue
		}
		order = append(order, i)
		if y := was[i]; y.Title != x.Title || y.DocNumber != x.DocNumber || y.Reason != x.Reason || !slices.Equal(y.Changes, x.Changes) {
			out = append(out, Turn{Kind: TurnErratum, Item: x.Item, Title: x.Title, Was: y.text(), Now: x.text(), From: i + 1, To: k + 1})
		}
	}
	if !slices.IsSorted(order) {
		out = append(out, Turn{Kind: TurnErrata})
	}
	return out
}

// key is what makes it the same article in two proofs.
func (a Placed) key() string { return string(a.Item) }

// key is what makes it the same correction in two proofs.
func (x Misprint) key() string {
	return fmt.Sprintf("%s %s", x.Item, IssueName(x.Year, x.Number, x.Supplement))
}

// text is what the issue says of the misprint, for a person to compare.
func (x Misprint) text() string {
	s := []string{x.Reason}
	for _, c := range x.Changes {
		s = append(s, c.Before+"“"+c.Was+"”→“"+c.Now+"”"+c.After)
	}
	return strings.Join(s, "\n")
}

// places is where each of a list stands. No two of an issue have the same key: an item is in it once.
func places[T any](list []T, key func(T) string) map[string]int {
	out := map[string]int{}
	for i, x := range list {
		out[key(x)] = i
	}
	return out
}

// rising is the longest part of a list of different numbers that rises: what need not be moved for all to be in order.
func rising(list []int) map[int]bool {
	best, before := make([]int, len(list)), make([]int, len(list)) // the longest that ends here, and what comes before in it
	last := -1
	for i, n := range list {
		best[i], before[i] = 1, -1
		for j := range i {
			if list[j] < n && best[j]+1 > best[i] {
				best[i], before[i] = best[j]+1, j
			}
		}
		if last < 0 || best[i] > best[last] {
			last = i
		}
	}
	out := map[int]bool{}
	for ; last >= 0; last = before[last] {
		out[list[last]] = true
	}
	return out
}
