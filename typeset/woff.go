package typeset

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"slices"
	"sort"
	"unicode/utf8"

	"tongfa/press"
)

// webFont is the part of a face that a page needs, as WOFF 1.0: each table of the TrueType file compressed by itself. WOFF2 would be smaller by a tenth and
// wants Brotli, for which there is no room in the time that an edition takes.
func webFont(f *Face, used map[rune]uint16) []byte {
	s := &subset{face: f, ids: map[glyphText]uint16{}}
	for r, g := range used {
		s.order = append(s.order, glyphText{g, string(r)})
	}
	slices.SortFunc(s.order, func(a, b glyphText) int { return bytes.Compare([]byte(a.text), []byte(b.text)) })
	s.more = map[string][]byte{"GPOS": s.halves()}
	return woff(s.file())
}

// halves is a table GPOS of one feature, halt: by how much each mark that fills one half of its square can be narrowed, and from which side. A browser that has it
// sets marks beside each other closer, as in print (text-spacing-trim).
func (s *subset) halves() []byte {
	var values, glyphs []byte
	n := uint16(0)
	half := uint16(s.face.upem / 2)
	be := binary.BigEndian
	for i, gt := range s.order {
		r, _ := utf8.DecodeRuneInString(gt.text)
		c := classOf(r)
		if !c.mark() || s.face.advance(gt.id) < s.face.upem*9/10 {
			continue
		}
		shift := uint16(0)
		if c == opening {
			shift = -half
		}
		values = be.AppendUint16(be.AppendUint16(values, shift), -half)
		glyphs = be.AppendUint16(glyphs, uint16(i+1))
		n++
	}
	if n == 0 {
		return nil
	}
	var b bytes.Buffer
	put(&b, uint32(0x00010000), uint16(10), uint16(30), uint16(44)) // where the scripts, the features and the lookups are
	put(&b, uint16(1), []byte("DFLT"), uint16(8), uint16(4), uint16(0), uint16(0), uint16(0xffff), uint16(1), uint16(0))
	put(&b, uint16(1), []byte("halt"), uint16(8), uint16(0), uint16(1), uint16(0))
	put(&b, uint16(1), uint16(4), uint16(1), uint16(0), uint16(1), uint16(8)) // one lookup, of single adjustments
	put(&b, uint16(2), 8+4*n, uint16(0x0005), n, values, uint16(1), n, glyphs)
	return b.Bytes()
}

// woff packs a TrueType file.
func woff(file []byte) []byte {
	n := be16(file, 4)
	type table struct{ entry, packed []byte }
	tables := make([]table, n)
	packer := zlib.NewWriter(nil)
	size := 44 + 20*n
	for i := range tables {
		e := file[12+16*i : 28+16*i]
		off, length := be32(e, 8), be32(e, 12)
		data := file[off : off+length]
		if z := deflated(packer, data); len(z) < length {
			data = z
		}
		tables[i] = table{e, data}
		size += (len(data) + 3) &^ 3
	}
	var out bytes.Buffer
	put(&out, uint32(0x774f4646), uint32(0x00010000), uint32(size), uint16(n), uint16(0), uint32(len(file)), uint16(1), uint16(0), make([]byte, 20))
	at := 44 + 20*n
	for _, t := range tables {
		out.Write(t.entry[:4])
		put(&out, uint32(at), uint32(len(t.packed)))
		out.Write(t.entry[12:16]) // how long it is
		out.Write(t.entry[4:8])   // its checksum
		at += (len(t.packed) + 3) &^ 3
	}
	for _, t := range tables {
		out.Write(t.packed)
		for out.Len()%4 != 0 {
			out.WriteByte(0)
		}
	}
	return out.Bytes()
}

func deflated(zw *zlib.Writer, data []byte) []byte {
	var z bytes.Buffer
	zw.Reset(&z)
	_, _ = zw.Write(data) // a Buffer takes everything
	_ = zw.Close()
	return z.Bytes()
}

// webFonts are the faces that a text on the screen is set in, each with the characters that it is used for.
type webFonts struct {
	faces  Faces
	used   map[*Face]map[rune]uint16
	missed map[rune]*Missing
}

// use notes a text that is set in a row of faces. Where no face has a character, where says where it stands.
func (w *webFonts) use(row Fonts, text, where string) {
	for _, r := range text {
		blank := r == ' ' || r == '\u3000'
		if r < ' ' || press.Fold(string(r)) == "" && !blank {
			continue
		}
		f, g, ok := w.faces.find(row, r)
		if !ok && blank {
			continue
		}
		if !ok {
			if w.missed[r] == nil {
				w.missed[r] = &Missing{Char: r, Where: where}
			}
			w.missed[r].Count++
			continue
		}
		if w.used[f] == nil {
			w.used[f] = map[rune]uint16{}
		}
		w.used[f][r] = g
	}
}

func (w *webFonts) missing() error {
	if len(w.missed) == 0 {
		return nil
	}
	var out MissingError
	for _, m := range w.missed {
		out = append(out, *m)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Char < out[j].Char })
	return out
}
