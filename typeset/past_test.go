package typeset

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"tongfa/press"
)

func TestPagesOfAPDFThatOthersMade(t *testing.T) {
	files, book, err := Make(one("通知", []press.Block{press.P("正文")}), Making{Style: Gazette(), Faces: faces(t), Formats: []Format{FormatPDF}, Made: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	good := files[FormatPDF]
	if n, err := PagesOf(good); err != nil || n != len(book.Pages) {
		t.Errorf("%d pages, %v", n, err)
	}
	var secret bytes.Buffer
	conf := model.NewAESConfiguration("leser", "besitzer", 256)
	if err := api.Encrypt(bytes.NewReader(good), &secret, conf); err != nil {
		t.Fatal(err)
	}
	script := bytes.Replace(good, []byte("/Type /Catalog"), []byte("/Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"), 1)
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"nothing", nil, ErrNotPDF}, {"a page", []byte("<html>%PDF-1.7 %%EOF"), ErrNotPDF}, {"half of it", good[:len(good)/2], ErrCutPDF},
		{"encrypted", secret.Bytes(), ErrEncrypted}, {"with a script", script, ErrActive}, {"head and end only", []byte("%PDF-1.7\n%%EOF\n"), ErrUnreadable},
		{"an object that is its own end", []byte("%PDF-1.7\nstartxref\n0\n%%EOF\n"), ErrUnreadable},
		{"a vast table", []byte("%PDF-1.7\nxref\n40000000000 1\n0000000000 65535 f \ntrailer\n<< /Size 1 >>\nstartxref\n9\n%%EOF\n"), ErrUnreadable},
		{"a vast stream", bytes.Replace(good, []byte("/Size "), []byte("/Size 9999999"), 1), ErrUnreadable},
		{"a table of itself", []byte(strings.Repeat("%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Prev 9 >>\nstartxref\n9\n%%EOF\n", 1)), ErrUnreadable},
	} {
		if n, err := PagesOf(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %d pages, %v", c.name, n, err)
		}
	}
}

func FuzzPagesOf(f *testing.F) {
	f.Add([]byte("%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Count 1 /Kids [] >>\nendobj\nxref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \ntrailer\n<< /Size 3 /Root 1 0 R >>\nstartxref\n113\n%%EOF\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if n, err := PagesOf(data); err == nil && n < 1 {
			t.Errorf("%d pages", n)
		}
	})
}
