package typeset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"tongfa/press"
)

// rare is a character that stands in GB 18030 and in none of the faces that come with the program.
const rare = '㐂'

// rareFace is a face that has that character only: the glyph of another one.
func rareFace(t testing.TB) *Face {
	t.Helper()
	f := faces(t)[Kai]
	g, ok := f.Glyph('七')
	if !ok {
		t.Fatal("there is no 七")
	}
	tables := map[string][]byte{}
	for n, data := range f.tables {
		tables[n] = data
	}
	cmap := []byte{0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, 0, 0, 0, 0, 0, 28, 0, 0, 0, 0, 0, 0, 0, 1}
	cmap = binary.BigEndian.AppendUint32(cmap, uint32(rare))
	cmap = binary.BigEndian.AppendUint32(cmap, uint32(rare))
	tables["cmap"] = binary.BigEndian.AppendUint32(cmap, uint32(g))
	tables["name"] = nameTable("Rare Serif")
	out, err := ParseFace(assemble(tables))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestARareCharacterIsSetInTheFallback makes a work with a character that no face has: without a fallback it is refused with the place, with one it is set, and the
// fallback is loaded only for such a work.
func TestARareCharacterIsSetInTheFallback(t *testing.T) {
	t.Parallel()
	loaded := 0
	face := rareFace(t)
	m := Making{Style: Gazette(), Faces: faces(t), Made: made(), Watermark: "清样", Fallback: []Fallback{func() (*Face, error) { loaded++; return face, nil }}}
	if _, _, err := Make(issue(t), m); err != nil || loaded != 0 {
		t.Fatalf("loaded %d times for a work that needs none: %v", loaded, err)
	}
	w := issue(t)
	a := &w.Sections[1].Articles[0]
	a.Body = append(a.Body, press.P("姓名：王"+string(rare)+"。"))
	without := m
	without.Fallback = nil
	_, _, err := Make(w, without)
	var none MissingError
	if !errors.As(err, &none) || len(none) != 1 || none[0].Char != rare || !strings.Contains(err.Error(), "第2篇第3段") {
		t.Fatalf("without a fallback: %v", err)
	}
	out, _, err := Make(w, m)
	if err != nil || loaded != 1 {
		t.Fatalf("loaded %d times: %v", loaded, err)
	}
	for f, one := range out {
		if p := Verify(w, map[Format][]byte{f: one}); !p.Same() {
			t.Errorf("%s: %s", f, p.Files[0].Difference)
		}
	}
	if again, _, err := Make(w, m); err != nil || !bytes.Equal(out[FormatPDF], again[FormatPDF]) || !bytes.Equal(out[FormatOFD], again[FormatOFD]) {
		t.Errorf("made again it is another file: %v", err)
	}
	if out := tool(t, "pdftotext", "poppler-utils", onDisk(t, "rare.pdf", out[FormatPDF]), "-"); !strings.ContainsRune(out, rare) {
		t.Error("pdftotext does not find the character")
	}
	a.Body = append(a.Body, press.P("又有："+string(rune(0x2a6d6))))
	if _, _, err := Make(w, m); !errors.As(err, &none) || len(none) != 1 || none[0].Char != 0x2a6d6 {
		t.Errorf("what no fallback has either: %v", err)
	}
	m.Fallback = []Fallback{func() (*Face, error) { return nil, errors.New("gone") }}
	if _, _, err := Make(w, m); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("a fallback that cannot be read: %v", err)
	}
}
