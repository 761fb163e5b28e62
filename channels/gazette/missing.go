package gazette

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"tongfa/press"
	"tongfa/typeset"
)

// ownCharacters are the office's own faces as far as which characters they have, each read once it is needed.
type ownCharacters struct {
	mu    sync.Mutex
	faces map[string]*typeset.Face // by file
}

// bare are faces without their outlines. A file that cannot be read now is asked again.
func (o *ownCharacters) bare(paths []string, read func(path string) (*typeset.Face, error)) (out []*typeset.Face, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.faces == nil {
		o.faces = map[string]*typeset.Face{}
	}
	for _, path := range paths {
		if o.faces[path] == nil {
			f, err := read(path)
			if err != nil {
				return nil, err
			}
			o.faces[path] = f.Bare()
		}
		out = append(out, o.faces[path])
	}
	return out, nil
}

// missing are the characters of an issue that no face has. Nothing is laid out for it, and the office's own faces are read only if those that come with the program do
// not have everything, those of the fallback only then if they are needed as well.
func (c *Channel) missing(ed press.Edition) (typeset.MissingError, error) {
	r := record{Name: c.cfg.Name, Host: c.cfg.Host, Statement: c.cfg.Statement, Year: ed.Year, Number: ed.Number, Total: ed.Total, Supplement: ed.Supplement, Theme: ed.Name,
		Errata: errataIn(ed)}
	for _, e := range ed.Entries {
		r.Articles = append(r.Articles, article{Position: e.Position, Section: e.Section, Title: e.Revision.Title, DocNumber: e.Revision.Meta.DocNumber, Item: string(e.Item.ID)})
	}
	w := c.workOf(r, ed.Entries)
	faces, err := typeset.Characters()
	if err != nil {
		return nil, fmt.Errorf("read faces: %w", err)
	}
	missing := missed(w, typeset.Gazette(), faces)
	if len(missing) > 0 && len(c.cfg.Fonts) > 0 {
		own, err := c.own.bare(c.cfg.Fonts, ownFace)
		if err != nil {
			return nil, err
		}
		style, all := typeset.WithOffice(typeset.Gazette(), faces, own)
		missing = missed(w, style, all)
	}
	if len(missing) > 0 && len(c.cfg.Fallback) > 0 {
		last, err := c.own.bare(c.cfg.Fallback, fallbackFace)
		if err != nil {
			return nil, err
		}
		missing = slices.DeleteFunc(missing, func(m typeset.Missing) bool {
			return slices.ContainsFunc(last, func(f *typeset.Face) bool { _, ok := f.Glyph(m.Char); return ok })
		})
	}
	return missing, nil
}

func missed(w *typeset.Work, s *typeset.Style, faces typeset.Faces) (missing typeset.MissingError) {
	errors.As(typeset.Missed(w, s, faces), &missing)
	return missing
}

// ownFace reads a face of the office's own.
func ownFace(path string) (*typeset.Face, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, faceTrouble(path, err)
	}
	f, _, err := typeset.OfficeFace(data)
	if err != nil {
		return nil, faceTrouble(path, err)
	}
	return f, nil
}

// fallbackFace reads a face that is asked last, of whatever family.
func fallbackFace(path string) (*typeset.Face, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, faceTrouble(path, err)
	}
	f, err := typeset.ParseFace(data)
	if err != nil {
		return nil, faceTrouble(path, err)
	}
	return f, nil
}
