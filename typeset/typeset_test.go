package typeset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"tongfa/press"
)

// TestFacesAreTheOnesThatWereCut compares the built-in faces with the sums of the script that cut them, and looks for every character of GB 2312 in each.
func TestFacesAreTheOnesThatWereCut(t *testing.T) {
	t.Parallel()
	sums, err := os.ReadFile("font/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	fs := faces(t)
	for _, b := range builtin() {
		f := fs[b.name]
		if f.Name != b.name {
			t.Errorf("%s calls itself %q", b.file, f.Name)
		}
		if !strings.Contains(string(sums), hex.EncodeToString(fileSum(t, b.file))+"  "+b.file+".ttf") {
			t.Errorf("%s is not the one that was cut", b.file)
		}
		missing := 0
		for a := 0xb0; a <= 0xf7; a++ {
			for c := 0xa1; c <= 0xfe; c++ {
				s, err := simplifiedchinese.GBK.NewDecoder().Bytes([]byte{byte(a), byte(c)})
				if r := []rune(string(s)); err == nil && len(r) == 1 && (a != 0xd7 || c < 0xfa) { // the last five are not given
					if _, ok := f.Glyph(r[0]); !ok {
						missing++
					}
				}
			}
		}
		if missing > 0 {
			t.Errorf("%s lacks %d characters of GB 2312", b.name, missing)
		}
	}
}

func fileSum(t *testing.T, file string) []byte {
	t.Helper()
	packed, err := fontFiles.ReadFile("font/" + file + ".ttf.gz")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(unzip(t, packed))
	return sum[:]
}

// set are the boxes of a text in the body's face.
func set(t testing.TB, text string) []box {
	t.Helper()
	c := &composer{style: Gazette(), faces: faces(t), missed: map[rune]*Missing{}}
	bs, _ := c.boxes(span(text), setting{row: c.style.Body, size: c.style.Size})
	prepare(bs)
	return bs
}

// words of a line.
func words(bs []box, l line) string {
	var b strings.Builder
	for _, x := range bs[l.from:l.to] {
		b.WriteRune(x.r)
	}
	return b.String()
}

// TestAnyTextIsBrokenByTheRules draws texts and looks at each line: nothing lost, nothing at an edge that may not stand there, no line wider than its width.
func TestAnyTextIsBrokenByTheRules(t *testing.T) {
	t.Parallel()
	alphabet := []rune("政府公开工作要点，。；：？！、“”‘’（）《》【】〔〕·—…2026abcXYZ %℃¥№第一年月日 -/.()~")
	rapid.Check(t, func(rt *rapid.T) {
		text := string(rapid.SliceOfN(rapid.SampledFrom(alphabet), 1, 400).Draw(rt, "text"))
		width := Length(rapid.IntRange(8, 45).Draw(rt, "characters")) * 10_500
		bs := set(t, text)
		lines := new(breaker).lines(bs, width, 21_000, true, false)
		var all strings.Builder
		for i, l := range lines {
			all.WriteString(words(bs, l))
			checkLine(rt, bs, lines, i, width)
		}
		if press.Fold(all.String()) != press.Fold(text) {
			rt.Fatalf("%q became %q", text, all.String())
		}
	})
}

func checkLine(t *rapid.T, bs []box, lines []line, i int, width Length) {
	l := lines[i]
	if l.from == l.to {
		return
	}
	have := width
	if i == 0 {
		have -= 21_000
	}
	first, last := bs[l.from], bs[l.to-1]
	// A run of marks that may not be parted can be longer than a narrow line: then it is parted by nobody's rule, and stands over the edge.
	unparted := true
	for k := l.from; k < l.to-1; k++ {
		unparted = unparted && !bs[k].breakable
	}
	if l.w > have+10 && !unparted {
		t.Errorf("line %d is %d wide of %d: %q", i, l.w, have, words(bs, l))
	}
	if i > 0 && !bs[lines[i-1].to-1].breakable && bs[lines[i-1].to-1].class != space && (lines[i-1].to == l.from) {
		t.Errorf("broken where it may not: %q | %q", words(bs, lines[i-1]), words(bs, l))
	}
	if i > 0 && !first.first() {
		t.Errorf("line %d begins with %q", i, first.r)
	}
	if !l.last && !last.last() {
		t.Errorf("line %d ends with %q", i, last.r)
	}
}

// TestTheSameWorkIsTheSameBytes makes every format twice.
func TestTheSameWorkIsTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, s := range []*Style{Gazette(), Gazette16(), GazetteTwoColumns(), Official()} {
		var first [3][]byte
		for n := range 2 {
			b, err := Compose(issue(t), s, faces(t))
			if err != nil {
				t.Fatal(err)
			}
			var pdf, ofd, epub bytes.Buffer
			if err := errors.Join(WritePDF(&pdf, b, PDF{Made: made()}), WriteOFD(&ofd, b, OFD{Made: made()}), WriteEPUB(&epub, b.Work, EPUB{Made: made()})); err != nil {
				t.Fatal(err)
			}
			for i, out := range [][]byte{pdf.Bytes(), ofd.Bytes(), epub.Bytes()} {
				if n == 1 && !bytes.Equal(first[i], out) {
					t.Errorf("%s: format %d differs the second time", s.Name, i)
				}
				first[i] = out
			}
		}
		t.Logf("%s: PDF %d, OFD %d, EPUB %d bytes", s.Name, len(first[0]), len(first[1]), len(first[2]))
	}
}

// TestEveryCharacterIsDrawn compares the text of the elements of a book with what its runs draw.
func TestEveryCharacterIsDrawn(t *testing.T) {
	t.Parallel()
	for _, s := range []*Style{Gazette(), GazetteTwoColumns(), Official()} {
		w := issue(t)
		b, err := Compose(w, s, faces(t))
		if err != nil {
			t.Fatal(err)
		}
		drawn := map[int]*strings.Builder{}
		for _, p := range b.Pages {
			for _, r := range p.Runs {
				if r.Element < 0 {
					continue
				}
				e := r.Element
				for b.Elements[e].Role.inline() {
					e = b.Elements[e].Parent
				}
				if drawn[e] == nil {
					drawn[e] = &strings.Builder{}
				}
				for _, g := range r.Glyphs {
					drawn[e].WriteString(g.Text)
				}
			}
		}
		for i, e := range b.Elements {
			got := ""
			if drawn[i] != nil {
				got = drawn[i].String()
			}
			want := press.Fold(e.Text)
			if e.Parent >= 0 && b.Elements[e.Parent].Role == RoleItem && strings.HasSuffix(press.Fold(got), want) {
				continue // its mark stands before it
			}
			if press.Fold(got) != want {
				t.Errorf("%s: %s says %q and draws %q", s.Name, e.Role, e.Text, got)
			}
		}
	}
}

// TestAMissingCharacterStopsTheWork names every one with its place.
func TestAMissingCharacterStopsTheWork(t *testing.T) {
	t.Parallel()
	w := issue(t)
	w.Sections[1].Articles[0].Body = append(w.Sections[1].Articles[0].Body, press.P("地名用字：𰻝、𰻝面。"))
	_, err := Compose(w, Gazette(), faces(t))
	var missing MissingError
	if !errors.As(err, &missing) || len(missing) != 1 || missing[0].Char != '𰻝' || missing[0].Count != 2 {
		t.Fatalf("the error is %v", err)
	}
	if say := err.Error(); !strings.Contains(say, "U+30EDD") || !strings.Contains(say, "第2篇第3段") {
		t.Errorf("it says %s", say)
	}
}

// TestABrokenFaceIsRefused cuts a face off, and turns its bytes over, everywhere.
func TestABrokenFaceIsRefused(t *testing.T) {
	t.Parallel()
	packed, err := fontFiles.ReadFile("font/hei.ttf.gz")
	if err != nil {
		t.Fatal(err)
	}
	data := unzip(t, packed)
	for _, n := range []int{0, 4, 11, 12, 100, 400, len(data) / 2} {
		if _, err := ParseFace(data[:n]); err == nil {
			t.Errorf("a face of %d bytes is taken", n)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		broken := bytes.Clone(data[:4096])
		broken = append(broken, data[4096:]...)
		at := rapid.IntRange(0, 4095).Draw(rt, "at")
		broken[at] ^= byte(rapid.IntRange(1, 255).Draw(rt, "bits"))
		f, err := ParseFace(broken)
		if err != nil {
			return
		}
		for r := rune(0x4e00); r < 0x4e40; r++ { // whatever it says now, it does not panic
			if g, ok := f.Glyph(r); ok {
				f.Advance(g, 10_000)
				f.outline(g)
			}
		}
	})
}
