package press

import (
	"slices"
	"unicode/utf8"
)

// Difference is what lies between two revisions of an item, word by word.
type Difference struct {
	Was     int      `json:"was"`
	Now     int      `json:"now"`
	Changes []Change `json:"changes,omitempty"` // of the title, then of the text
	More    int      `json:"more,omitempty"`    // that are not listed
	Files   []string `json:"files,omitempty"`   // attachments and pictures that came (＋), went or were replaced (－)
}

// Bounds of what is listed.
const (
	mostChanges = 60
	mostAround  = 400 // characters of one change
	mostFiles   = 20
)

// Between compares two revisions. It lists as much as a person reads.
func Between(was, now Revision) Difference {
	d := Difference{Was: was.Number, Now: now.Number, Files: filesBetween(was, now)}
	all := append(Diff(was.Title, now.Title), Diff(Text(was.Body), Text(now.Body))...)
	if len(all) > mostChanges {
		all, d.More = all[:mostChanges], len(all)-mostChanges
	}
	for _, c := range all {
		c.Was, c.Now = clipped(c.Was), clipped(c.Now)
		d.Changes = append(d.Changes, c)
	}
	return d
}

// clipped is a text with as much of it as one change shows.
func clipped(s string) string {
	if utf8.RuneCountInString(s) <= mostAround {
		return s
	}
	return string([]rune(s)[:mostAround]) + "…"
}

// filesBetween are the names of the files that are not the same.
func filesBetween(was, now Revision) (out []string) {
	old, young := slices.Concat(was.Attachments, was.Images), slices.Concat(now.Attachments, now.Images)
	has := func(list []Asset, a Asset) bool {
		return slices.ContainsFunc(list, func(b Asset) bool { return a.Name == b.Name && a.Digest == b.Digest })
	}
	for _, a := range old {
		if !has(young, a) {
			out = append(out, "－"+a.Name)
		}
	}
	for _, a := range young {
		if !has(old, a) {
			out = append(out, "＋"+a.Name)
		}
	}
	if len(out) > mostFiles {
		out = append(out[:mostFiles], "…")
	}
	return out
}
