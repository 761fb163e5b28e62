package site

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"tongfa/channels"
	"tongfa/press"
)

func (w *town) get(path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.site.Handler(nil).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec
}

func TestKindsOfWithdrawal(t *testing.T) {
	for _, c := range []struct {
		notice   string
		status   int
		says     []string
		keepsOut []string
	}{
		{press.NoticePage, http.StatusGone, []string{"本页内容已撤回", "第2项工作", "2026-11-24 18:00", "内容有误，经研究予以撤回"}, []string{"坚持以人民为中心"}},
		{"", http.StatusGone, []string{"本页内容已撤回", "第2项工作"}, []string{"坚持以人民为中心"}},
		{"javascript:alert(1)", http.StatusGone, []string{"本页内容已撤回"}, []string{"javascript:"}},
		{press.NoticeGone, http.StatusGone, []string{"本页内容已撤回，不再提供"}, []string{"第2项工作", "经研究予以撤回", "坚持以人民为中心"}},
		{"https://new.example.gov.cn/a?b=1&c=2", http.StatusOK, []string{`content="5; url=https://new.example.gov.cn/a?b=1&amp;c=2"`, "已移至新的地址"}, []string{"坚持以人民为中心"}},
	} {
		t.Run(c.notice, func(t *testing.T) {
			w := newTown(t)
			w.publish(w.entry())
			pdf := []byte("%PDF")
			e := w.publish(w.entry(func(e *press.Entry) {
				e.Revision.Attachments = []press.Asset{{Digest: w.memory.Put(pdf), Name: "附件.pdf", MIME: "application/pdf"}}
			}))[0]
			file := w.site.href(filesDir(w.path(e)) + "/" + channels.FileName(e.Revision.Attachments[0]))
			if rec := w.get(file); rec.Code != http.StatusOK || rec.Body.String() != "%PDF" {
				t.Fatalf("before: %s answers %d", file, rec.Code)
			}
			w.withdraw(c.notice, e)
			rec := w.get("/" + w.path(e))
			if rec.Code != c.status {
				t.Errorf("the page answers %d, want %d", rec.Code, c.status)
			}
			page := rec.Body.String()
			for _, s := range c.says {
				if !strings.Contains(page, s) {
					t.Errorf("the page does not say %q", s)
				}
			}
			for _, s := range c.keepsOut {
				if strings.Contains(page, s) {
					t.Errorf("the page still says %q", s)
				}
			}
			if rec := w.get(file); rec.Code != http.StatusNotFound {
				t.Errorf("its file answers %d", rec.Code)
			}
			for _, list := range []string{"index.html", "tzgg/index.html", "tzgg/page-1.html", "catalog/2026/index.html", themeDir("综合政务") + "/page-1.html"} {
				if got := w.shown(list); slices.Contains(got, 2) || !slices.Contains(got, 1) {
					t.Errorf("%s shows %v, want item 1 only", list, got)
				}
			}
			for _, list := range []string{"feed.xml", "sitemap-2026-11-1.xml", "search/2026-11-1.json"} {
				if strings.Contains(w.tree()[list], "a00002") {
					t.Errorf("%s still has the item", list)
				}
			}
			if s, err := w.site.Observe(t.Context(), e); err != nil || s.Status != press.SeenGone {
				t.Errorf("it is seen %v %q, %v", s.Status, s.Detail, err)
			}
		})
	}
}

// A call to publish that comes after the withdrawal of the same copy brings nothing back; the next generation is published anew.
func TestWhatWasWithdrawnStaysSo(t *testing.T) {
	w := newTown(t)
	ed := w.compose(w.entry())
	a := w.memory.Open(press.Publish, ed)
	if _, err := w.deliver(a); err != nil {
		t.Fatal(err)
	}
	w.withdraw(press.NoticePage, ed.Entries...)
	late := w.memory.Open(press.Publish, ed)
	r, err := w.site.Publish(t.Context(), late, w.memory.Journal(late.ID))
	if err != nil || r.Status != press.Gone || w.get("/"+w.path(ed.Entries[0])).Code != http.StatusGone {
		t.Errorf("a late publication: %v, %v", r.Status, err)
	}
	again := w.entry(func(e *press.Entry) { e.Item.ID, e.Copy.Generation = ed.Entries[0].Item.ID, 2 })
	e := w.publish(again)[0]
	if text, _ := channels.TextIn(w.read(w.path(e)), articleID); press.Fold(text) != press.Fold(press.Text(e.Revision.Body)) {
		t.Errorf("the second generation reads %q", text)
	}
	if got := w.shown("tzgg/index.html"); !slices.Equal(got, []int{1}) {
		t.Errorf("the column shows %v, want the item once", got)
	}
}

func TestANoticeKeepsItsTime(t *testing.T) {
	w := newTown(t)
	e := w.publish(w.entry())[0]
	w.withdraw(press.NoticePage, e)
	before := w.tree()
	w.advance(1 << 40)
	w.withdraw(press.NoticePage, e)
	if c := changed(before, w.tree()); len(c) > 0 {
		t.Errorf("a second withdrawal changed %v", c)
	}
}
