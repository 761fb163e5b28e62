package channels

import (
	"testing"
	"testing/fstest"
	"time"

	"tongfa/press"
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

func TestAPageTellsItsRevisionAndRemarks(t *testing.T) {
	const open = "<!doctype html>\n<html lang=\"zh-CN\" data-marker=\"m\""
	for page, want := range map[string]Head{
		open + ">":                         {Marker: "m"},
		open + ` data-withdrawn="notice">`: {Marker: "m", Withdrawn: "notice"},
		open + ` data-revision="3" data-remarks="1795600000-2-0123456789ab" data-validity="废止">`: {Marker: "m", Revision: 3, Remarks: "1795600000-2-0123456789ab", Validity: "废止"},
		open + ` data-revision="3" data-withdrawn="gone">`:                                       {Marker: "m", Revision: 3, Withdrawn: "gone"},
	} {
		if got, ok := HeadOf([]byte(page)); !ok || got != want {
			t.Errorf("%s: %+v %v", page, got, ok)
		}
	}
	for _, page := range []string{"", "<html>", open + ` data-revision="x">`, open + ` onload="x">`} {
		if got, ok := HeadOf([]byte(page)); ok {
			t.Errorf("%q is read as %+v", page, got)
		}
	}
}

func TestRemarksAreToldApart(t *testing.T) {
	one := []press.Remark{{Kind: press.RemarkCorrection, Text: "甲"}}
	two := append(one, press.Remark{Kind: press.RemarkValidity, Validity: press.Repealed, Text: "乙"})
	later := []press.Remark{{At: time.Unix(7, 0), Kind: press.RemarkValidity, Validity: press.InForce, Text: "丁"}} // takes the place of both
	other := []press.Remark{{Kind: press.RemarkCorrection, Text: "丙"}}
	if RemarksKey(nil) != "" || RemarksKey(one) == RemarksKey(other) || RemarksKey(one) == RemarksKey(two) {
		t.Errorf("%q %q %q", RemarksKey(one), RemarksKey(other), RemarksKey(two))
	}
	entry := func(revision int, remarks []press.Remark) press.Entry {
		return press.Entry{Copy: press.Copy{Marker: "m"}, Revision: press.Revision{Number: revision}, Remarks: remarks}
	}
	head := Head{Marker: "m", Revision: 2, Remarks: RemarksKey(one)}
	for _, c := range []struct {
		head  Head
		e     press.Entry
		older bool
	}{
		{head, entry(1, two), true}, {head, entry(2, nil), true}, {head, entry(2, one), false}, {head, entry(2, two), false}, {head, entry(3, nil), false},
		{head, entry(2, later), false}, {Head{Marker: "m", Revision: 2, Remarks: RemarksKey(later)}, entry(2, two), true},
		{Head{Marker: "m"}, entry(1, nil), false}, {Head{Marker: "other", Revision: 2}, entry(1, nil), false},
	} {
		if got := c.head.Older(c.e); got != c.older {
			t.Errorf("a page with %+v, an entry with revision %d and %d remarks: older %v", c.head, c.e.Revision.Number, len(c.e.Remarks), got)
		}
	}
}
