package typeset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
	"unicode/utf16"
)

// Face is one TrueType face (字体), ready to be asked. It is safe for concurrent use, and keeps the bytes it was made of.
type Face struct {
	Name   string // what the file calls itself, as its licence lets
	Family string // what readers without the file take: 宋体, 黑体, 楷体, 仿宋
	Bold   bool

	upem            int
	ascent, descent int // of the face, in its own units; descent is negative
	glyphs          int // how many
	metrics         int // how many of them have an advance of their own
	tables          map[string][]byte
	wide            []wideRange // of the cmap
	longLoca        bool
}

// wideRange maps a range of characters to glyphs that follow each other.
type wideRange struct {
	from, to rune
	glyph    uint32
}

// ErrNoEmbedding is in the error of ParseFace when the licence bits of a face (OS/2 fsType) forbid that a document carries it.
var ErrNoEmbedding = errors.New("the face forbids embedding")

// ParseFace reads a TrueType file. What it says of itself is not believed: every offset is checked against the file.
func ParseFace(data []byte) (*Face, error) {
	f := &Face{tables: map[string][]byte{}}
	if err := f.readTables(data); err != nil {
		return nil, err
	}
	if err := f.readMetrics(); err != nil {
		return nil, err
	}
	if err := f.readCmap(); err != nil {
		return nil, err
	}
	f.Name = f.readName(1)
	if os2 := f.tables["OS/2"]; len(os2) >= 10 {
		// Bits 1 to 3 say which embedding is allowed: 2 alone is "restricted licence". Bit 9 allows bitmaps only.
		if t := be16(os2, 8); t&0xf == 2 || t&0x200 != 0 {
			return nil, fmt.Errorf("%s: %w (fsType %#x)", f.Name, ErrNoEmbedding, t)
		}
	}
	return f, nil
}

func be16(b []byte, at int) int { return int(binary.BigEndian.Uint16(b[at:])) }
func be32(b []byte, at int) int { return int(binary.BigEndian.Uint32(b[at:])) }
func signed(n int) int          { return int(int16(n)) }

func (f *Face) readTables(data []byte) error {
	if len(data) < 12 {
		return errors.New("not a TrueType file: too short")
	}
	switch v := be32(data, 0); v {
	case 0x00010000, 0x74727565:
	case 0x4f54544f:
		return errors.New("OpenType with PostScript outlines (CFF) is not supported, use the TrueType file")
	case 0x74746366:
		return errors.New("font collections (ttc) are not supported, use the TrueType file of one face")
	default:
		return fmt.Errorf("not a TrueType file: it begins with %#x", v)
	}
	for i := range be16(data, 4) {
		at := 12 + 16*i
		if at+16 > len(data) {
			return errors.New("table directory is cut off")
		}
		off, size := be32(data, at+8), be32(data, at+12)
		if off > len(data) || size > len(data)-off {
			return fmt.Errorf("table %q lies outside of the file", data[at:at+4])
		}
		f.tables[string(data[at:at+4])] = data[off : off+size]
	}
	for name, least := range map[string]int{"head": 54, "hhea": 36, "maxp": 6, "hmtx": 4, "cmap": 4, "loca": 4, "glyf": 0} {
		if t, ok := f.tables[name]; !ok || len(t) < least {
			return fmt.Errorf("table %q is missing or too short", name)
		}
	}
	return nil
}

func (f *Face) readMetrics() error {
	head, hhea := f.tables["head"], f.tables["hhea"]
	f.upem, f.longLoca = be16(head, 18), be16(head, 50) == 1
	f.ascent, f.descent = signed(be16(hhea, 4)), signed(be16(hhea, 6))
	f.glyphs, f.metrics = be16(f.tables["maxp"], 4), be16(hhea, 34)
	entry := 2
	if f.longLoca {
		entry = 4
	}
	switch {
	case f.upem < 16 || f.upem > 16384:
		return fmt.Errorf("units per em is %d", f.upem)
	case f.metrics < 1 || f.metrics > f.glyphs || len(f.tables["hmtx"]) < 4*f.metrics:
		return errors.New("table hmtx is too short")
	case len(f.tables["loca"]) < entry*(f.glyphs+1):
		return errors.New("table loca is too short")
	}
	return nil
}

// readCmap reads the character map: format 12 if there is one, else 4.
func (f *Face) readCmap() error {
	cmap := f.tables["cmap"]
	var best []byte
	for i := range be16(cmap, 2) {
		at := 4 + 8*i
		if at+8 > len(cmap) {
			return errors.New("table cmap is cut off")
		}
		platform, encoding, off := be16(cmap, at), be16(cmap, at+2), be32(cmap, at+4)
		if off+8 > len(cmap) || platform != 0 && (platform != 3 || encoding != 1 && encoding != 10) {
			continue
		}
		switch be16(cmap, off) {
		case 12:
			return f.readCmap12(cmap[off:])
		case 4:
			best = cmap[off:]
		}
	}
	if best == nil {
		return errors.New("there is no character map for Unicode")
	}
	return f.readCmap4(best)
}

func (f *Face) readCmap12(t []byte) error {
	if len(t) < 16 {
		return errors.New("character map is cut off")
	}
	n := be32(t, 12)
	if n > (len(t)-16)/12 {
		return errors.New("character map is cut off")
	}
	for i := range n {
		at := 16 + 12*i
		r := wideRange{rune(be32(t, at)), rune(be32(t, at+4)), uint32(be32(t, at+8))}
		if r.from < 0 || r.from > r.to || r.to > 0x10ffff || i > 0 && r.from <= f.wide[i-1].to {
			return errors.New("character map is not in order")
		}
		f.wide = append(f.wide, r)
	}
	return nil
}

func (f *Face) readCmap4(t []byte) error {
	if len(t) < 16 {
		return errors.New("character map is cut off")
	}
	n := be16(t, 6) / 2
	if len(t) < 16+8*n {
		return errors.New("character map is cut off")
	}
	for i := range n {
		to, from, delta := be16(t, 14+2*i), be16(t, 16+2*n+2*i), be16(t, 16+4*n+2*i)
		at := 16 + 6*n + 2*i
		off := be16(t, at)
		for c := from; c <= to && c < 0xffff; c++ {
			g := (c + delta) & 0xffff
			if off != 0 {
				where := at + off + 2*(c-from)
				if where+2 > len(t) {
					return errors.New("character map is cut off")
				}
				if g = be16(t, where); g != 0 {
					g = (g + delta) & 0xffff
				}
			}
			f.addRange(rune(c), uint32(g))
		}
	}
	if !sort.SliceIsSorted(f.wide, func(i, j int) bool { return f.wide[i].to < f.wide[j].from }) {
		return errors.New("character map is not in order")
	}
	return nil
}

func (f *Face) addRange(r rune, g uint32) {
	if g == 0 {
		return
	}
	if n := len(f.wide); n > 0 && f.wide[n-1].to == r-1 && f.wide[n-1].glyph+uint32(r-f.wide[n-1].from) == g {
		f.wide[n-1].to = r
		return
	}
	f.wide = append(f.wide, wideRange{r, r, g})
}

// readName reads a name of the face, as Windows spells it; "" when it has none.
func (f *Face) readName(id int) string {
	t := f.tables["name"]
	if len(t) < 6 {
		return ""
	}
	names := be16(t, 4)
	for i := range be16(t, 2) {
		at := 6 + 12*i
		if at+12 > len(t) {
			return ""
		}
		size, off := be16(t, at+8), names+be16(t, at+10)
		if be16(t, at) != 3 || be16(t, at+6) != id || off+size > len(t) {
			continue
		}
		units := make([]uint16, size/2)
		for k := range units {
			units[k] = uint16(be16(t, off+2*k))
		}
		return string(utf16.Decode(units))
	}
	return ""
}

// Glyph is the glyph of a character, and whether the face has it.
func (f *Face) Glyph(r rune) (uint16, bool) {
	i := sort.Search(len(f.wide), func(i int) bool { return f.wide[i].to >= r })
	if i == len(f.wide) || f.wide[i].from > r {
		return 0, false
	}
	g := f.wide[i].glyph + uint32(r-f.wide[i].from)
	return uint16(g), g != 0 && g < uint32(f.glyphs)
}

// Advance is how far a glyph moves the pen at a size.
func (f *Face) Advance(glyph uint16, size Length) Length {
	return Length(f.advance(glyph)) * size / Length(f.upem)
}

func (f *Face) advance(glyph uint16) int {
	return be16(f.tables["hmtx"], 4*min(int(glyph), f.metrics-1))
}

// outline is the drawing of a glyph, as it stands in the file; nil when it draws nothing, or the file is broken there.
func (f *Face) outline(glyph uint16) []byte {
	if int(glyph) >= f.glyphs {
		return nil
	}
	var from, to int
	if loca := f.tables["loca"]; f.longLoca {
		from, to = be32(loca, 4*int(glyph)), be32(loca, 4*int(glyph)+4)
	} else {
		from, to = 2*be16(loca, 2*int(glyph)), 2*be16(loca, 2*int(glyph)+2)
	}
	if from >= to || to > len(f.tables["glyf"]) {
		return nil
	}
	return f.tables["glyf"][from:to]
}

// bearings are the blanks before and after the ink of a glyph.
func (f *Face) bearings(glyph uint16, size Length) (left, right Length) {
	o := f.outline(glyph)
	if len(o) < 10 {
		return 0, 0
	}
	from, to := signed(be16(o, 2)), signed(be16(o, 6))
	return Length(from) * size / Length(f.upem), Length(f.advance(glyph)-to) * size / Length(f.upem)
}
