package gazette

import (
	"fmt"
	"regexp"
	"strconv"

	"tongfa/press"
)

// place is where an article stands: the third one of number 4 of 2026. An issue as such has article 0.
type place struct{ year, number, article int }

func (p place) issue() string { return fmt.Sprintf("%04d/%02d", p.year, p.number) }
func (p place) ref() string   { return fmt.Sprintf("%s/%02d", p.issue(), p.article) }
func (p place) page() string  { return p.ref() + ".html" }

// wholeIssue is the place of the issue in which an article stands.
func (p place) wholeIssue() place { return place{year: p.year, number: p.number} }

var placeForm = regexp.MustCompile(`^(\d{4})/(\d{2,3})/(\d{2,4})$`)

// parsePlace reads a Ref that Arrange or a receipt wrote.
func parsePlace(ref string) (place, bool) {
	m := placeForm.FindStringSubmatch(ref)
	if m == nil {
		return place{}, false
	}
	n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v }
	return place{n(1), n(2), n(3)}, true
}

// placeOf is the place of an entry in its edition. What was published knows it even where the edition is not at hand.
func placeOf(ed press.Edition, e press.Entry) (place, error) {
	if ed.Year > 0 && ed.Number > 0 && e.Position > 0 {
		return place{ed.Year, ed.Number, e.Position}, nil
	}
	if p, ok := parsePlace(e.Copy.Ref); ok {
		return p, nil
	}
	return place{}, &press.Trouble{Remedy: press.AskPerson, Who: press.GazetteEditor.Name(), What: "这一期公报还没有编号，不能发行",
		Do: "先定稿，定稿时编号", Err: fmt.Errorf("edition %s has no number", ed.Key)}
}
