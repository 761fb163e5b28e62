package press

import (
	"fmt"
	"time"
)

// Round (校次) is one proof of a numbered issue: what was read, and what the readers said of it.
type Round struct {
	Number   int // 1 for 一校
	At       time.Time
	By       string
	Version  int // of the plan
	Contents Contents
	Digest   string // of the contents
	Made
	Readings []Reading // in the order in which they were said
}

// Made is what was made of a proof.
type Made struct {
	Of    string // digest of the contents that it was made from; "" when nobody says
	As    int    // the round that its pages say it is; 0 when they say none
	Pages int
	Block []byte     // the verification block, as JSON; nil when no files were made
	Files []MadeFile // that it vouches for
}

// MadeFile is one line of a verification block.
type MadeFile struct {
	Format string `json:"format"`
	Name   string `json:"name,omitempty"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
	SM3    string `json:"sm3"`
	Same   bool   `json:"same_text"`
}

// Reading is what a reader (校对人) said of a round: that it may stand, or one remark.
type Reading struct {
	ID    int64
	Round int
	At    time.Time
	By    string
	Pass  bool
	Item  ItemID // the article that a remark is about; "" for the whole
	Place string // as the reader has it: 第2段, 第15页, 封面
	Text  string

	Settled time.Time // when somebody said what became of the remark; zero while it is open
	Settler string
	Mended  bool // else it stays as it is
	Outcome string
}

// Open reports whether nobody has said yet what became of a remark.
func (r Reading) Open() bool { return !r.Pass && r.Settled.IsZero() }

// Open are the remarks on a round that nobody has settled.
func (r Round) Open() (out []Reading) {
	for _, x := range r.Readings {
		if x.Open() {
			out = append(out, x)
		}
	}
	return out
}

// Passed is the last reader who let the round pass; "" for nobody.
func (r Round) Passed() (by string) {
	for _, x := range r.Readings {
		if x.Pass {
			by = x.By
		}
	}
	return by
}

// RoundMark is what stands across the pages of a round. It has a figure, as a 一 that stands aslant is taken for a dash.
func RoundMark(n int) string { return fmt.Sprintf("校样 第%d校", n) }

// Ordinal is the round as editors call it: 一校, 二校, 三校.
func Ordinal(n int) string {
	digits := []rune("〇一二三四五六七八九")
	switch {
	case n < 1 || n > 99:
		return "清样"
	case n < 10:
		return string(digits[n]) + "校"
	}
	s := ""
	if n >= 20 {
		s = string(digits[n/10])
	}
	s += "十"
	if n%10 > 0 {
		s += string(digits[n%10])
	}
	return s + "校"
}

// Unlike are the names of the files that were made otherwise than when the round was pulled: the program, a font or the configuration is another.
func (r Round) Unlike(again Made) (names []string) {
	for _, f := range again.Files {
		for _, was := range r.Files {
			if was.Format == f.Format && was.SHA256 != f.SHA256 {
				names = append(names, f.Name)
			}
		}
	}
	return names
}
