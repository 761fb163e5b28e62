package typeset

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"tongfa/press"
)

// tool runs a program of Debian on a file, and ends the test with a word where it is not installed.
func tool(t *testing.T, name, pack string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, "no "+name+": install Debian's "+pack)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v: %s", name, err, out)
	}
	return string(out)
}

// onDisk puts a file of an issue where a program finds it.
func onDisk(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pdfOf(t *testing.T, w *Work, m Making) []byte {
	t.Helper()
	m.Style, m.Faces, m.Made, m.Formats = Gazette(), faces(t), made(), []Format{FormatPDF}
	out, _, err := Make(w, m)
	if err != nil {
		t.Fatal(err)
	}
	return out[FormatPDF]
}

// TestThePDFIsStrictlyValid asks pdfcpu, which is strict, about every style, with and without a watermark.
func TestThePDFIsStrictlyValid(t *testing.T) {
	api.DisableConfigDir()
	conf := model.NewDefaultConfiguration()
	conf.ValidationMode = model.ValidationStrict
	for _, s := range []*Style{Gazette(), Gazette16(), GazetteTwoColumns(), Official()} {
		if err := api.Validate(bytes.NewReader(files(t, issue(t), s, faces(t))[FormatPDF]), conf); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	if err := api.Validate(bytes.NewReader(pdfOf(t, issue(t), Making{Watermark: "清样 不得外传"})), conf); err != nil {
		t.Errorf("with a watermark: %v", err)
	}
}

func TestQpdfHasNothingAgainstThePDF(t *testing.T) {
	out := tool(t, "qpdf", "qpdf", "--check", onDisk(t, "issue.pdf", pdfOf(t, issue(t), Making{})))
	if !strings.Contains(out, "No syntax or stream encoding errors") {
		t.Error(out)
	}
}

// TestPopplerReadsThePDF looks at it through an independent reader: fonts, tags, and every character of the text.
func TestPopplerReadsThePDF(t *testing.T) {
	w := issue(t)
	path := onDisk(t, "issue.pdf", pdfOf(t, w, Making{}))
	lines := strings.Split(strings.TrimSpace(tool(t, "pdffonts", "poppler-utils", path)), "\n")[2:]
	for _, l := range lines {
		if !regexp.MustCompile(`CID TrueType +Identity-H +yes +yes +yes`).MatchString(l) {
			t.Errorf("a font is not embedded, cut and readable: %s", l)
		}
	}
	tags := tool(t, "pdfinfo", "poppler-utils", "-struct", path)
	for _, want := range []string{"Document", "H1", "H2", "Table", "TH", "TD", "Figure", "Link", "TOC", "Art"} {
		if !regexp.MustCompile(`(?m)^\s*` + want + `\b`).MatchString(tags) {
			t.Errorf("no tag %s", want)
		}
	}
	text := tool(t, "pdftotext", "poppler-utils", "-enc", "UTF-8", path, "-")
	have := map[rune]int{}
	for _, r := range press.Fold(text) {
		have[r]++
	}
	for _, r := range press.Fold(w.Text()) {
		if have[r]--; have[r] < 0 {
			t.Errorf("pdftotext does not find %q often enough", r)
		}
	}
	if strings.Contains(tool(t, "pdfinfo", "poppler-utils", path), "Tagged:          no") {
		t.Error("not tagged")
	}
}

// TestTheWatermarkIsNoText draws one: a reader sees it, and the text is what it was.
func TestTheWatermarkIsNoText(t *testing.T) {
	t.Parallel()
	w := issue(t)
	data := pdfOf(t, w, Making{Watermark: "清样 不得外传"})
	if bytes.Equal(data, pdfOf(t, w, Making{})) {
		t.Error("nothing is drawn")
	}
	if p := Verify(w, map[Format][]byte{FormatPDF: data}); !p.Same() {
		t.Error(p.Files[0].Difference)
	}
	_, _, err := Make(w, Making{Style: Gazette(), Faces: faces(t), Formats: []Format{FormatPDF}, Watermark: "𰻝"})
	var none MissingError
	if !errors.As(err, &none) {
		t.Errorf("a watermark of a character that there is not: %v", err)
	}
}

// TestASignedOFDTellsWhatWasChanged signs an OFD that carries an original along, and then changes a part.
func TestASignedOFDTellsWhatWasChanged(t *testing.T) {
	t.Parallel()
	w := issue(t)
	b, err := Compose(w, Gazette(), faces(t))
	if err != nil {
		t.Fatal(err)
	}
	var plain, out bytes.Buffer
	o := OFD{Made: made(), Attachments: []Attached{{Name: "原件 <1>.docx", Data: []byte("original")}}}
	if err := WriteOFD(&plain, b, o); err != nil {
		t.Fatal(err)
	}
	if err := CheckOFD(plain.Bytes(), gbt35275); !errors.Is(err, ErrNotSigned) {
		t.Error(err)
	}
	o.Signer = credential(t, sm2Key(t))
	if err := WriteOFD(&out, b, o); err != nil {
		t.Fatal(err)
	}
	if err := CheckOFD(out.Bytes(), gbt35275); err != nil {
		t.Fatal(err)
	}
	if p := Verify(w, map[Format][]byte{FormatOFD: out.Bytes()}); !p.Same() {
		t.Error(p.Files[0].Difference)
	}
	for name, data := range map[string][]byte{"Doc_0/Attachs/file_1": []byte("another"), "Doc_0/More.xml": []byte("<x/>"), "Doc_0/Signs/Sign_1/SignedValue.dat": []byte("no")} {
		if err := CheckOFD(replaced(t, out.Bytes(), name, data), gbt35275); err == nil {
			t.Errorf("%s was changed, and nobody noticed", name)
		}
	}
}

// TestEpubcheckHasNothingAgainstTheEPUB runs the check of the people who wrote the standard.
func TestEpubcheckHasNothingAgainstTheEPUB(t *testing.T) {
	jar := "/usr/share/java/epubcheck.jar"
	if _, err := os.Stat(jar); err != nil {
		missing(t, "no epubcheck: install Debian's epubcheck")
	}
	out := tool(t, "java", "default-jre-headless", "-jar", jar, onDisk(t, "issue.epub", files(t, issue(t), Gazette(), faces(t))[FormatEPUB]))
	if !strings.Contains(out, "0 fatals / 0 errors / 0 warnings / 0 infos") {
		t.Error(out)
	}
}

// TestAnArticleByItself makes the PDF of each article beside that of the whole.
func TestAnArticleByItself(t *testing.T) {
	t.Parallel()
	w := issue(t)
	for _, s := range w.Sections {
		for _, a := range s.Articles {
			one := w.Single(a)
			p := Verify(one, files(t, one, Gazette(), faces(t)))
			if !p.Same() || p.Title != a.Title || !strings.Contains(one.Text(), a.Title) {
				t.Error(fmt.Sprint(p))
			}
		}
	}
}
