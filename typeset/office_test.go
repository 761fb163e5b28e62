package typeset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"testing"
)

// renamed is the built-in Kai with another name and other licence bits.
func renamed(t testing.TB, name string, fsType uint16) []byte {
	t.Helper()
	packed, err := fontFiles.ReadFile("font/kai.ttf.gz")
	if err != nil {
		t.Fatal(err)
	}
	f, err := ParseFace(unzip(t, packed))
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string][]byte{}
	for n, data := range f.tables {
		tables[n] = bytes.Clone(data)
	}
	tables["name"] = nameTable(name)
	binary.BigEndian.PutUint16(tables["OS/2"][8:], fsType)
	return assemble(tables)
}

// TestTheOfficesFacesComeFirst sets titles in the office's 小标宋 and leaves everything else.
func TestTheOfficesFacesComeFirst(t *testing.T) {
	t.Parallel()
	f, family, err := OfficeFace(renamed(t, "方正小标宋_GBK", 8))
	if err != nil || family != FamilyTitle {
		t.Fatal(family, err)
	}
	s, fs := WithOffice(Gazette(), faces(t), []*Face{f})
	if s.Title[0] == Gazette().Title[0] || s.Body[0] != Song || fs[s.Title[0]] != f {
		t.Fatalf("title %v, body %v", s.Title, s.Body)
	}
	p := Verify(issue(t), files(t, issue(t), s, fs))
	if !p.Same() {
		t.Error(p.Files)
	}
	for _, name := range []string{"SimSun", "FangSong_GB2312", "方正黑体_GBK", "KaiTi"} {
		if _, _, err := OfficeFace(renamed(t, name, 0)); err != nil {
			t.Error(name, err)
		}
	}
}

// TestAFaceThatMayNotBeEmbeddedIsRefused reads the licence bits.
func TestAFaceThatMayNotBeEmbeddedIsRefused(t *testing.T) {
	t.Parallel()
	if _, _, err := OfficeFace(renamed(t, "方正小标宋_GBK", 2)); !errors.Is(err, ErrNoEmbedding) {
		t.Error(err)
	}
	if _, _, err := OfficeFace(renamed(t, "Comic", 0)); err == nil {
		t.Error("a face of no family is taken")
	}
}

// TestOtherPicturesBecomePNG takes a GIF.
func TestOtherPicturesBecomePNG(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := gif.Encode(&b, image.NewPaletted(image.Rect(0, 0, 9, 7), color.Palette{color.White, color.Black}), nil); err != nil {
		t.Fatal(err)
	}
	p, err := NewPicture(b.Bytes())
	if err != nil || p.Mime != "image/png" || p.W != 9 || p.H != 7 {
		t.Error(p.Mime, err)
	}
	if _, err := NewPicture([]byte("no picture")); err == nil {
		t.Error("no picture is taken")
	}
}
