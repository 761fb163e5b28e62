package gazette

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tongfa/press"
)

// Title names an issue: 示例区人民政府公报 2026年第4号（总第123号） 专刊.
func (c *Channel) Title(e press.Edition) string {
	return strings.TrimSpace(c.cfg.Name + " " + numberText(e.Year, e.Number, e.Total, e.Supplement) + " " + e.Name)
}

// Sections are the sections of an issue, in the order in which it prints them.
func (c *Channel) Sections() []string {
	var names []string
	for _, s := range c.cfg.Sections {
		names = append(names, s.Name)
	}
	return names
}

func numberText(year, number, total int, supplement bool) string {
	name := press.IssueName(year, number, supplement)
	if total <= 0 || supplement {
		return name
	}
	return fmt.Sprintf("%s（总第%d号）", name, total)
}

// Arrange puts the entries of an issue in order and gives them their section and position; once the issue has its number, also
// their place, by which Address knows them. Within a section, what people put in order stays so. The entries of the edition it was given stay as they are.
func (c *Channel) Arrange(e press.Edition) press.Edition {
	e.Entries = slices.Clone(e.Entries)
	for i := range e.Entries {
		e.Entries[i].Section = c.sectionOf(e.Entries[i])
	}
	slices.SortStableFunc(e.Entries, func(a, b press.Entry) int {
		if e.ByHand {
			return cmp.Compare(c.rank(a.Section), c.rank(b.Section))
		}
		return cmp.Or(
			cmp.Compare(c.rank(a.Section), c.rank(b.Section)),
			cmp.Compare(dayOf(a), dayOf(b)),
			compareNumbers(a.Revision.Meta.DocNumber, b.Revision.Meta.DocNumber))
	})
	for i := range e.Entries {
		e.Entries[i].Position = i + 1
		if e.Year > 0 && e.Number > 0 {
			e.Entries[i].Copy.Ref = place{e.Year, e.Number, i + 1, e.Supplement}.ref()
		}
	}
	return e
}

// unsorted is the section of what no configured section takes.
const unsorted = "其他"

// sectionOf is the section a person chose, else the first that takes the item's column, else the first that takes its kind.
func (c *Channel) sectionOf(e press.Entry) string {
	if c.rank(e.Section) < len(c.cfg.Sections) {
		return e.Section
	}
	for _, s := range c.cfg.Sections {
		if slices.Contains(s.Columns, e.Revision.Meta.Column) {
			return s.Name
		}
	}
	for _, s := range c.cfg.Sections {
		if slices.Contains(s.Kinds, e.Item.Kind) {
			return s.Name
		}
	}
	return unsorted
}

// rank is the place of a section in the configuration; what is not there comes last.
func (c *Channel) rank(section string) int {
	for i, s := range c.cfg.Sections {
		if s.Name == section {
			return i
		}
	}
	return len(c.cfg.Sections)
}

// dayOf is the day an item was formed, in a form that sorts; one without a day comes last.
func dayOf(e press.Entry) string {
	return cmp.Or(formedOn(e.Revision.Meta), "9999")
}

var numberPart = regexp.MustCompile(`\d+|\D+`)

// compareNumbers compares document numbers so that 〔2026〕2号 comes before 〔2026〕10号.
func compareNumbers(a, b string) int {
	return slices.CompareFunc(numberPart.FindAllString(a, -1), numberPart.FindAllString(b, -1), func(x, y string) int {
		if x[0] <= '9' && y[0] <= '9' && x[0] >= '0' && y[0] >= '0' {
			x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
		}
		return cmp.Compare(x, y)
	})
}
