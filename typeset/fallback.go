package typeset

import (
	"fmt"
	"slices"
)

// Fallback loads a face that is asked last. It may be called for one work after the other, and may give the same face again.
type Fallback func() (*Face, error)

// fallBack adds the fallback faces that have some of the missing characters to the end of every row, and reports whether there were any. The style and the faces that
// were given stay as they are.
func (m *Making) fallBack(none MissingError) (found bool, err error) {
	s, all := *m.Style, Faces{}
	for n, f := range m.Faces {
		all[n] = f
	}
	left := slices.Clone(none)
	for i, load := range m.Fallback {
		if len(left) == 0 {
			break
		}
		f, err := load()
		if err != nil {
			return false, fmt.Errorf("load a fallback face: %w", err)
		}
		before := len(left)
		left = slices.DeleteFunc(left, func(x Missing) bool { return f.hasAll(string(x.Char)) })
		if len(left) == before {
			continue
		}
		name := fmt.Sprintf("%s (fallback %d)", f.Name, i+1)
		all[name], found = f, true
		for _, row := range []*Fonts{&s.Body, &s.Strong, &s.Head, &s.Kai, &s.Title} {
			*row = append(slices.Clone(*row), name)
		}
	}
	m.Style, m.Faces = &s, all
	return found, nil
}
