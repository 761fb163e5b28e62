package typeset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/emmansun/gmsm/sm3"

	"tongfa/press"
)

// Proof is what was found when the files of a work were read again (四种格式，一份文字): the verification block of an edition.
type Proof struct {
	Title      string    `json:"title"`
	Volume     string    `json:"volume,omitempty"`
	Characters int       `json:"characters"` // of the text, blank space not counted
	Text       Digests   `json:"text"`       // of the folded text in UTF-8
	Files      []Checked `json:"files"`
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
	p := Proof{Title: w.Name, Volume: w.Volume, Characters: len([]rune(want)), Text: DigestsOf([]byte(want))}
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
	return p
}

// Same reports whether all files say what the work says.
func (p Proof) Same() bool {
	for _, f := range p.Files {
		if !f.Same {
			return false
		}
	}
	return true
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
