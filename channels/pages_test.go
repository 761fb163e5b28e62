package channels

import (
	"testing"
	"testing/fstest"
)

func TestPagesStandInTheirFrame(t *testing.T) {
	files := fstest.MapFS{
		"pages/frame.html": {Data: []byte(`<title>{{.Title}}</title>{{template "content" .}}`)},
		"pages/a.html":     {Data: []byte(`{{define "content"}}<p>{{.Title}}</p>{{end}}`)},
	}
	pages, err := ParsePages(files)
	if err != nil || len(pages) != 1 {
		t.Fatal(pages, err)
	}
	got, err := pages.Render("a", struct{ Title string }{"甲&乙"})
	if err != nil || string(got) != "<title>甲&amp;乙</title><p>甲&amp;乙</p>" {
		t.Errorf("%s, %v", got, err)
	}
	for name, data := range map[string]any{"b": nil, "a": struct{ Other int }{}} {
		if _, err := pages.Render(name, data); err == nil {
			t.Errorf("page %q was written", name)
		}
	}
	files["pages/a.html"].Data = []byte(`{{define`)
	if _, err := ParsePages(files); err == nil {
		t.Error("a broken template was read")
	}
}
