package typeset

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"sort"
	"unicode/utf16"
)

// subset is the part of a face that a book uses: a TrueType file of its own (字体子集). A glyph that stands for two texts is in it twice, so that each number
// has one text.
type subset struct {
	face  *Face
	ids   map[glyphText]uint16 // in the subset
	order []glyphText          // by number, from 1
	more  map[string][]byte    // tables besides those that every file has
}

type glyphText struct {
	id   uint16 // in the face
	text string
}

// subsets collects what each face is used for, in an order that depends on the book only.
func subsets(b *Book, more ...Run) (map[*Face]*subset, []*subset) {
	by := map[*Face]*subset{}
	var all []*subset
	take := func(r *Run) {
		s := by[r.Face]
		if s == nil {
			s = &subset{face: r.Face, ids: map[glyphText]uint16{}}
			by[r.Face] = s
			all = append(all, s)
		}
		for _, g := range r.Glyphs {
			s.ids[glyphText{g.ID, g.Text}] = 0
		}
	}
	for i := range b.Pages {
		for k := range b.Pages[i].Runs {
			take(&b.Pages[i].Runs[k])
		}
	}
	for i := range more {
		take(&more[i])
	}
	for _, s := range all {
		for gt := range s.ids {
			s.order = append(s.order, gt)
		}
		slices.SortFunc(s.order, func(a, b glyphText) int {
			if a.id != b.id {
				return int(a.id) - int(b.id)
			}
			return bytes.Compare([]byte(a.text), []byte(b.text))
		})
		for i, gt := range s.order {
			s.ids[gt] = uint16(i + 1)
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].face.Name < all[j].face.Name })
	return by, all
}

// Flags of a composite glyph.
const (
	argsAreWords  = 0x0001
	haveScale     = 0x0008
	moreParts     = 0x0020
	haveTwoScales = 0x0040
	haveMatrix    = 0x0080
)

// parts are the offsets in an outline where it names the glyphs that it is made of.
func parts(outline []byte) []int {
	if len(outline) < 10 || signed(be16(outline, 0)) >= 0 {
		return nil
	}
	var out []int
	for at := 10; at+4 <= len(outline); {
		flags := be16(outline, at)
		out = append(out, at+2)
		at += 6
		if flags&argsAreWords != 0 {
			at += 2
		}
		switch {
		case flags&haveScale != 0:
			at += 2
		case flags&haveTwoScales != 0:
			at += 4
		case flags&haveMatrix != 0:
			at += 8
		}
		if flags&moreParts == 0 {
			break
		}
	}
	return out
}

// file is the TrueType file: the outlines as they are, what they are made of after them, and tables of its own.
func (s *subset) file() []byte {
	f := s.face
	old := []uint16{0} // by new number
	for _, gt := range s.order {
		old = append(old, gt.id)
	}
	extra := map[uint16]uint16{}
	var glyf bytes.Buffer
	size := 0
	for _, id := range old {
		size += len(f.outline(id)) + 4
	}
	glyf.Grow(size)
	loca := []uint32{0}
	for n := 0; n < len(old); n++ { // it grows while it is read
		o := f.outline(old[n])
		if len(parts(o)) > 0 {
			o = bytes.Clone(o)
		}
		for _, at := range parts(o) {
			part := uint16(be16(o, at))
			id, ok := extra[part]
			if !ok {
				id = uint16(len(old))
				extra[part] = id
				old = append(old, part)
			}
			binary.BigEndian.PutUint16(o[at:], id)
		}
		glyf.Write(o)
		for glyf.Len()%4 != 0 {
			glyf.WriteByte(0)
		}
		loca = append(loca, uint32(glyf.Len()))
	}
	var loc, hmtx []byte
	for _, l := range loca {
		loc = binary.BigEndian.AppendUint32(loc, l)
	}
	for _, id := range old {
		bearing := uint16(0)
		if t := f.tables["hmtx"]; int(id) < f.metrics {
			bearing = uint16(be16(t, 4*int(id)+2))
		} else if at := 4*f.metrics + 2*(int(id)-f.metrics); at+2 <= len(t) {
			bearing = uint16(be16(t, at))
		}
		hmtx = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(hmtx, uint16(f.advance(id))), bearing)
	}
	head, hhea, maxp := bytes.Clone(f.tables["head"]), bytes.Clone(f.tables["hhea"]), bytes.Clone(f.tables["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0) // its checksum is put in last
	binary.BigEndian.PutUint16(head[50:], 1)
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(old)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(old)))
	tables := map[string][]byte{"glyf": glyf.Bytes(), "loca": loc, "hmtx": hmtx, "head": head, "hhea": hhea, "maxp": maxp,
		"cmap": s.cmap(), "name": nameTable(f.Name), "post": postTable(), "OS/2": f.tables["OS/2"]}
	maps.Copy(tables, s.more)
	return assemble(tables)
}

func put(w *bytes.Buffer, values ...any) {
	for _, v := range values {
		_ = binary.Write(w, binary.BigEndian, v) // a Buffer takes everything
	}
}

// cmap maps characters to the subset, in both formats: readers of OFD look glyphs up by it.
func (s *subset) cmap() []byte {
	type pair struct {
		r  rune
		id uint16
	}
	var all []pair
	for i, gt := range s.order {
		if r := []rune(gt.text); len(r) == 1 {
			all = append(all, pair{r[0], uint16(i + 1)})
		}
	}
	slices.SortFunc(all, func(a, b pair) int { return int(a.r) - int(b.r) })
	all = slices.CompactFunc(all, func(a, b pair) bool { return a.r == b.r })
	bmp := all
	if i := slices.IndexFunc(all, func(p pair) bool { return p.r > 0xfffe }); i >= 0 {
		bmp = all[:i]
	}
	n := len(bmp) + 1
	power, log := 1, 0 // browsers refuse a face whose search helpers are wrong
	for power*2 <= n {
		power, log = power*2, log+1
	}
	be := binary.BigEndian
	var four, twelve bytes.Buffer
	put(&four, uint16(4), uint16(16+8*n), uint16(0), uint16(2*n), uint16(2*power), uint16(log), uint16(2*(n-power)))
	var codes, deltas []byte
	for _, p := range bmp {
		codes, deltas = be.AppendUint16(codes, uint16(p.r)), be.AppendUint16(deltas, p.id-uint16(p.r))
	}
	codes, deltas = be.AppendUint16(codes, 0xffff), be.AppendUint16(deltas, 1)
	put(&four, codes, uint16(0), codes, deltas, make([]byte, 2*n))
	put(&twelve, uint16(12), uint16(0), uint32(16+12*len(all)), uint32(0), uint32(len(all)))
	var groups []byte
	for _, p := range all {
		groups = be.AppendUint32(be.AppendUint32(be.AppendUint32(groups, uint32(p.r)), uint32(p.r)), uint32(p.id))
	}
	twelve.Write(groups)
	var out bytes.Buffer
	put(&out, uint16(0), uint16(2), uint16(3), uint16(1), uint32(20), uint16(3), uint16(10), uint32(20+four.Len()))
	out.Write(four.Bytes())
	out.Write(twelve.Bytes())
	return out.Bytes()
}

func nameTable(name string) []byte {
	var text bytes.Buffer
	for _, u := range utf16.Encode([]rune(name)) {
		put(&text, u)
	}
	var out bytes.Buffer
	ids := []uint16{1, 4, 6}
	put(&out, uint16(0), uint16(len(ids)), uint16(6+12*len(ids)))
	for _, id := range ids {
		put(&out, uint16(3), uint16(1), uint16(0x409), id, uint16(text.Len()), uint16(0))
	}
	out.Write(text.Bytes())
	return out.Bytes()
}

func postTable() []byte {
	t := make([]byte, 32)
	binary.BigEndian.PutUint32(t, 0x00030000)
	return t
}

// assemble makes a TrueType file of its tables.
func assemble(tables map[string][]byte) []byte {
	var names []string
	for n, t := range tables {
		if t != nil {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	power, log := 1, 0
	for power*2 <= len(names) {
		power, log = power*2, log+1
	}
	var out bytes.Buffer
	size := 12
	for _, n := range names {
		size += 16 + len(tables[n]) + 3
	}
	out.Grow(size)
	put(&out, uint32(0x00010000), uint16(len(names)), uint16(power*16), uint16(log), uint16(len(names)*16-power*16))
	at, headAt := 12+16*len(names), 0
	for _, n := range names {
		t := tables[n]
		if n == "head" {
			headAt = at
		}
		out.WriteString(n)
		put(&out, checksum(t), uint32(at), uint32(len(t)))
		at += (len(t) + 3) &^ 3
	}
	for _, n := range names {
		out.Write(tables[n])
		for out.Len()%4 != 0 {
			out.WriteByte(0)
		}
	}
	file := out.Bytes()
	binary.BigEndian.PutUint32(file[headAt+8:], 0xb1b0afba-checksum(file))
	return file
}

func checksum(t []byte) (sum uint32) {
	for ; len(t) >= 4; t = t[4:] {
		sum += binary.BigEndian.Uint32(t)
	}
	var rest [4]byte
	copy(rest[:], t)
	return sum + binary.BigEndian.Uint32(rest[:])
}
