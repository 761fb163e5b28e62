package desk

import (
	"slices"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

// difference is what lies between two revisions of an item, word by word.
type difference struct {
	Was, Now int
	Changes  []press.Change
	More     int    // that are not listed
	Files    string // attachments and pictures that came, went or were replaced
}

// Bounds of what a page lists.
const (
	mostChanges = 60
	mostAround  = 400 // characters of one change
)

// between compares two revisions.
func between(was, now press.Revision) difference {
	d := difference{Was: was.Number, Now: now.Number}
	all := append(press.Diff(was.Title, now.Title), press.Diff(press.Text(was.Body), press.Text(now.Body))...)
	if len(all) > mostChanges {
		all, d.More = all[:mostChanges], len(all)-mostChanges
	}
	for _, c := range all {
		c.Was, c.Now = shortened(c.Was, mostAround), shortened(c.Now, mostAround)
		d.Changes = append(d.Changes, c)
	}
	d.Files = strings.Join(filesBetween(was, now), "、")
	return d
}

// filesBetween are the names of the files that are not the same.
func filesBetween(was, now press.Revision) (out []string) {
	old, young := slices.Concat(was.Attachments, was.Images), slices.Concat(now.Attachments, now.Images)
	has := func(list []press.Asset, a press.Asset) bool {
		return slices.ContainsFunc(list, func(b press.Asset) bool { return a.Name == b.Name && a.Digest == b.Digest })
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
	if most := 20; len(out) > most {
		out = append(out[:most], "…")
	}
	return out
}

// revisionOf finds a revision of a story.
func revisionOf(s ledger.Story, number int) (press.Revision, bool) {
	if number < 1 || number > len(s.Revisions) {
		return press.Revision{}, false
	}
	return s.Revisions[number-1], true
}
