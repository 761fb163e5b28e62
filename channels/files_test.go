package channels

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tongfa/press"
)

func TestNamesOfFilesAreHarmless(t *testing.T) {
	for _, c := range []struct{ name, mime, want string }{
		{"附件1.pdf", "application/pdf", "abababab-附件1.pdf"}, {`C:\公文\表 1.XLSX`, "", "abababab-表_1.xlsx"}, {"../../x.html", "", "abababab-x.bin"},
		{"x.php", "application/pdf", "abababab-x.pdf"}, {"x.svg", "image/svg+xml", "abababab-x.bin"}, {"a.php.pdf", "", "abababab-a_php.pdf"},
		{".htaccess", "", "abababab-.bin"}, {"x\x00y?.csv", "", "abababab-x_y.csv"}, {"", "image/png", "abababab-.png"}, {"..", "", "abababab-.bin"},
		{"图", "image/png; x", "abababab-图.png"}, {strings.Repeat("长", 200) + ".pdf", "", "abababab-" + strings.Repeat("长", 33) + ".pdf"},
	} {
		if got := FileName(press.Asset{Digest: strings.Repeat("ab", 32), Name: c.name, MIME: c.mime}); got != c.want {
			t.Errorf("%q (%s) is stored as %q, want %q", c.name, c.mime, got, c.want)
		}
	}
}

func TestAttachmentsAreListedAndPicturesPlaced(t *testing.T) {
	r := press.Revision{
		Images:      []press.Asset{{Name: "图.png", Digest: "0123456789", Width: 8, Height: 4}},
		Attachments: []press.Asset{{Name: "表.xlsx", Digest: "abcdefabcd", Size: 5 << 20}, {Name: "表.xlsx", Digest: "abcdefabcd", Size: 5 << 20}},
	}
	href := func(name string) string { return "/f/" + name }
	links := FileLinks(r, href)
	if want := (FileLink{"表.xlsx", "/f/abcdefab-表.xlsx", "XLSX", "5.0 MB"}); len(links) != 2 || links[0] != want {
		t.Errorf("links %v", links)
	}
	at := Pictures(r, href)
	if got, want := at(press.Picture{Digest: "0123456789"}), (Placed{"/f/01234567-图.png", 8, 4}); got != want {
		t.Errorf("placed %v", got)
	}
	if got := at(press.Picture{Digest: "other"}); got != (Placed{}) {
		t.Errorf("a picture of elsewhere is placed %v", got)
	}
	if all := FilesOf(r); len(all) != 2 {
		t.Errorf("files %v", all)
	}
	for size, want := range map[int64]string{0: "0 字节", 1023: "1023 字节", 1 << 10: "1 KB", 300 << 10: "300 KB"} {
		if got := SizeText(size); got != want {
			t.Errorf("%d bytes are %q, want %q", size, got, want)
		}
	}
}

type oneBlob struct {
	data []byte
	err  error
}

func (b oneBlob) Blob(context.Context, string) ([]byte, error) { return b.data, b.err }

func TestOnlyWhatWasApprovedIsHandedOut(t *testing.T) {
	digest := hexDigest([]byte("a"))
	if got, err := Approved(t.Context(), oneBlob{data: []byte("a")}, digest, "文件“甲”"); err != nil || string(got) != "a" {
		t.Errorf("%q, %v", got, err)
	}
	for _, c := range []struct {
		b      oneBlob
		remedy press.Remedy
		words  string
	}{
		{oneBlob{data: []byte("b")}, press.AskPerson, "文件“甲”与审签时不是同一个文件"}, {oneBlob{err: errors.New("no such row")}, press.TryAgain, "从台账读取文件“甲”失败"},
	} {
		_, err := Approved(t.Context(), c.b, digest, "文件“甲”")
		if tr := press.TroubleOf(err); tr.Remedy != c.remedy || !strings.Contains(tr.Say(), c.words) {
			t.Errorf("%+v", tr)
		}
	}
}

func TestOnlyHarmlessEndingsAreThoseOfFiles(t *testing.T) {
	for _, a := range []press.Asset{{Digest: "0123456789", Name: "a.html"}, {Digest: "0123456789", Name: "表.PDF"}, {Digest: "0123456789", Name: "x.php", MIME: "image/png"}} {
		if name := FileName(a); !Harmless(name) {
			t.Errorf("%s became %s, which is not harmless", a.Name, name)
		}
	}
	if Harmless("x.html") || Harmless("x.svg") || Harmless("x") {
		t.Error("what a browser runs is called harmless")
	}
}
