package gazette

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"tongfa/press"
)

// place is where an article stands: the third one of number 4 of 2026, or of a supplement of that year. An issue as such has article 0.
type place struct {
	year, number, article int
	supplement            bool
}

func (p place) issue() string { return fmt.Sprintf("%04d/%s", p.year, p.folder()) }

// folder is the name of the issue's folder within its year: 04, or s1 for a supplement, so that neither can be taken for the other.
func (p place) folder() string {
	if p.supplement {
		return fmt.Sprintf("s%d", p.number)
	}
	return fmt.Sprintf("%02d", p.number)
}

// name is the issue as people name it.
func (p place) name() string { return press.IssueName(p.year, p.number, p.supplement) }

func (p place) ref() string  { return fmt.Sprintf("%s/%02d", p.issue(), p.article) }
func (p place) page() string { return p.ref() + ".html" }

// wholeIssue is the place of the issue in which an article stands.
func (p place) wholeIssue() place {
	p.article = 0
	return p
}

// of is where an article of an issue stands.
func (p place) of(article int) place {
	p.article = article
	return p
}

// folderPlace is the issue whose folder has a name, if an issue can have that one.
func folderPlace(year int, name string) (place, bool) {
	digits, supplement := strings.CutPrefix(name, "s")
	n, err := strconv.Atoi(digits)
	p := place{year: year, number: n, supplement: supplement}
	return p, err == nil && n > 0 && p.folder() == name
}

var placeForm = regexp.MustCompile(`^(\d{4})/(s?\d{1,3})/(\d{2,4})$`)

// parsePlace reads a Ref that Arrange or a receipt wrote.
func parsePlace(ref string) (place, bool) {
	m := placeForm.FindStringSubmatch(ref)
	if m == nil {
		return place{}, false
	}
	n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v }
	p, ok := folderPlace(n(1), m[2])
	p.article = n(3)
	return p, ok
}

// placeOf is the place of an entry in its edition. What was published knows it even where the edition is not at hand.
func placeOf(ed press.Edition, e press.Entry) (place, error) {
	if ed.Year > 0 && ed.Number > 0 && e.Position > 0 {
		return place{ed.Year, ed.Number, e.Position, ed.Supplement}, nil
	}
	if p, ok := parsePlace(e.Copy.Ref); ok {
		return p, nil
	}
	return place{}, &press.Trouble{Remedy: press.AskPerson, Who: press.GazetteEditor.Name(), What: "这一期公报还没有编号，不能发行",
		Do: "先定稿，定稿时编号", Err: fmt.Errorf("edition %s has no number", ed.Key)}
}
