package typeset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/emmansun/gmsm/sm3"

	"tongfa/press"
)

// Proof is what was found when the files of a work were read again (四种格式，一份文字): the verification block of an edition. It is published as JSON beside
// the files, and whoever has it and a file can find out whether the file is the one that was issued, and whether it says the same as the others.
type Proof struct {
	Format     string        `json:"format"` // ProofFormat
	Title      string        `json:"title"`
	Volume     string        `json:"volume,omitempty"`
	Edition    *Numbered     `json:"edition,omitempty"` // of an issue
	Characters int           `json:"characters"`        // of the text, blank space not counted
	Text       Digests       `json:"text"`              // of the folded text in UTF-8
	SameText   bool          `json:"same_text"`         // all files say what the work says
	Files      []Checked     `json:"files"`
	Articles   []ArticleText `json:"articles,omitempty"` // of an issue, in their order
}

// ProofFormat names the form of a verification block.
const ProofFormat = "tongfa-verify/1"

// Numbered is which issue a verification block is about.
type Numbered struct {
	Year       int    `json:"year"`
	Number     int    `json:"number"`
	Total      int    `json:"total,omitempty"`
	Supplement bool   `json:"supplement,omitempty"`
	Date       string `json:"date"`               // 2026-11-24
	Version    int    `json:"version,omitempty"`  // of the files: above 0 they were made anew
	Why        string `json:"why,omitempty"`      // they were made anew
	Instead    string `json:"replaces,omitempty"` // the verification block of the files as they were issued
}

// ArticleText is the text of one article: its title, its number, and what stands under them.
type ArticleText struct {
	Article    int     `json:"article"`
	Title      string  `json:"title"`
	Number     string  `json:"number,omitempty"`
	Characters int     `json:"characters"`
	Text       Digests `json:"text"`
}

// Digests of the same bytes, by the international and by the national standard.
type Digests struct {
	SHA256 string `json:"sha256"`
	SM3    string `json:"sm3"`
}

// Checked is one file.
type Checked struct {
	Format  Format `json:"format"`
	Name    string `json:"name,omitempty"`    // of the file, as the caller likes
	Article int    `json:"article,omitempty"` // which article alone it is made of; 0 for the whole
	Bytes   int    `json:"bytes"`
	Digests
	Same       bool   `json:"same_text"`
	Difference string `json:"difference,omitempty"` // the first one, in Chinese for editors
}

// DigestsOf are the digests of some bytes.
func DigestsOf(data []byte) Digests {
	a, b := sha256.Sum256(data), sm3.Sum(data)
	return Digests{hex.EncodeToString(a[:]), hex.EncodeToString(b[:])}
}

// Verify reads the text of each file again and compares it with the work's, character by character. The files come back in the order of Formats.
func Verify(w *Work, files map[Format][]byte) Proof {
	want := press.Fold(w.Text())
	p := Proof{Format: ProofFormat, Title: w.Name, Volume: w.Volume, Characters: len([]rune(want)), Text: DigestsOf([]byte(want))}
	for _, f := range Formats() {
		data, ok := files[f]
		if !ok {
			continue
		}
		c := Checked{Format: f, Bytes: len(data), Digests: DigestsOf(data)}
		text, err := Extract(f, data)
		switch got := press.Fold(text); {
		case err != nil:
			c.Difference = "读不出文字：" + err.Error()
		case got != want:
			c.Difference = w.difference([]rune(want), []rune(got))
		default:
			c.Same = true
		}
		p.Files = append(p.Files, c)
	}
	p.SameText = p.Same()
	return p
}

// Same reports whether all files say what the work says.
func (p Proof) Same() bool {
	return !slices.ContainsFunc(p.Files, func(c Checked) bool { return !c.Same })
}

// JSON is the verification block as it is published.
func (p Proof) JSON() []byte {
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil { // unreachable: nothing in it that JSON cannot say
		panic(err)
	}
	return append(data, '\n')
}

// difference names the first place where two texts part, with its article.
func (w *Work) difference(want, got []rune) string {
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	return fmt.Sprintf("%s：应当是“%s”，文件里是“%s”", w.articleAt(at), around(want, at), around(got, at))
}

// around is a few characters from a place on.
func around(rs []rune, at int) string {
	if at >= len(rs) {
		return "（到此为止）"
	}
	return string(rs[max(0, at-6):min(len(rs), at+10)])
}

// articleAt is the article in which a character of the folded text stands.
func (w *Work) articleAt(at int) string {
	type start struct {
		at    int
		title string
	}
	var all []start
	n, pos := 0, 0
	count := func(s string) { pos += len([]rune(press.Fold(s))) }
	for _, s := range w.Sections {
		all = append(all, start{pos, "栏目“" + s.Title + "”"})
		count(s.heading())
		for i := range s.Articles {
			n++
			all = append(all, start{pos, fmt.Sprintf("第%d篇《%s》", n, strings.TrimSpace(s.Articles[i].Title))})
			count(s.Articles[i].text())
		}
	}
	i := sort.Search(len(all), func(i int) bool { return all[i].at > at })
	if i == 0 {
		return "文件开头"
	}
	return all[i-1].title
}
