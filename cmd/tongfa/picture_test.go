package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"tongfa/channels"
	"tongfa/intake"
	"tongfa/press"
	"tongfa/typeset"
)

// What a picture shows, in the words that were handed in with it, reaches whoever cannot see it, and its caption everybody: on pages, in the tags of a PDF
// and in the EPUB. WeChat's articles and the gazette's pages have tests of their own.
func TestWordsOfAPictureReachEveryFormat(t *testing.T) {
	const alt, caption = "供暖热源分布：城北两处、城南一处", "图1 全区供暖热源分布"
	const gif = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
	p, err := intake.ReadBytes("a.md", []byte("---\ntitle: 关于供暖的通知\nkind: notice\n---\n正文。\n\n!["+alt+"]("+gif+" \""+caption+"\")\n"), nil, intake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := channels.WriteHTML(&page, p.Revision.Body, channels.HTMLOptions{Picture: func(press.Picture) channels.Placed { return channels.Placed{Src: "a.gif"} }}); err != nil {
		t.Fatal(err)
	}
	s := typeset.StyleOf("gazette")
	w, err := workOf(p, s)
	if err != nil {
		t.Fatal(err)
	}
	faces, err := typeset.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	files, _, err := typeset.Make(w, typeset.Making{Style: s, Faces: faces, Formats: []typeset.Format{typeset.FormatPDF, typeset.FormatEPUB, typeset.FormatHTML}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"page": page.String(), "EPUB": unzipped(t, files[typeset.FormatEPUB]), "HTML": string(files[typeset.FormatHTML])} {
		if !strings.Contains(text, `alt="`+alt+`"`) || !strings.Contains(text, "<figcaption>"+caption+"</figcaption>") {
			t.Errorf("%s: no %s or no %s", name, alt, caption)
		}
	}
	hex := ""
	for _, u := range utf16.Encode([]rune(alt)) {
		hex += fmt.Sprintf("%04X", u)
	}
	if !bytes.Contains(files[typeset.FormatPDF], []byte("/Alt <FEFF"+hex+">")) {
		t.Error("the tag of the figure in the PDF does not say what it shows")
	}
}

func unzipped(t *testing.T, data []byte) (all string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
	}
	return all
}
