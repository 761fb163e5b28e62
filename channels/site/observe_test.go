package site

import (
	"os"
	"strings"
	"testing"

	"tongfa/channels"
	"tongfa/press"
)

// withFiles is an item with an attachment and a picture.
func (w *town) withFiles() press.Entry {
	return w.entry(func(e *press.Entry) {
		e.Revision.Attachments = []press.Asset{{Digest: w.memory.Put([]byte("%PDF 1")), Name: "附件1.pdf", MIME: "application/pdf", Size: 6}}
		png := press.Asset{Digest: w.memory.Put([]byte("png")), Name: "图.png", MIME: "image/png", Width: 2, Height: 2, Size: 3}
		e.Revision.Images = []press.Asset{png}
		e.Revision.Body = append(e.Revision.Body, press.Block{Kind: press.Figure, Picture: &press.Picture{Digest: png.Digest, Alt: "图", Caption: "图一"}})
	})
}

func TestWhatAnObserverSees(t *testing.T) {
	write := func(t *testing.T, name, data string) {
		if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		spoil  func(t *testing.T, w *town, page, attachment, picture string)
		status press.SightingStatus
		detail string
	}{
		"nothing":           {func(*testing.T, *town, string, string, string) {}, press.SeenEqual, ""},
		"attachment":        {func(t *testing.T, _ *town, _, file, _ string) { write(t, file, "%PDF 2") }, press.SeenDiffers, "文件“附件1.pdf”与审签的文件不同"},
		"picture":           {func(t *testing.T, _ *town, _, _, file string) { write(t, file, "gif!") }, press.SeenDiffers, "文件“图.png”与审签的文件不同"},
		"attachment gone":   {func(t *testing.T, _ *town, _, file, _ string) { os.Remove(file) }, press.SeenDiffers, "文件“附件1.pdf”打不开（HTTP 404）"},
		"page gone":         {func(t *testing.T, _ *town, page, _, _ string) { os.Remove(page) }, press.SeenGone, "HTTP 404"},
		"page without text": {func(t *testing.T, _ *town, page, _, _ string) { write(t, page, "<p>x</p>") }, press.SeenDiffers, "找不到正文"},
		"link taken out": {func(t *testing.T, w *town, page, _, _ string) {
			data, _ := os.ReadFile(page)
			write(t, page, strings.Replace(string(data), "<li><a href=", "<li><a data-href=", -1))
		}, press.SeenDiffers, "没有附件“附件1.pdf”的链接"},
		"title changed": {func(t *testing.T, w *town, page, _, _ string) {
			data, _ := os.ReadFile(page)
			write(t, page, strings.Replace(string(data), "第1项工作的通知</span>", "第2项工作的通知</span>", 1))
		}, press.SeenDiffers, "标题第"},
		"no answer":         {func(_ *testing.T, w *town, _, _, _ string) { w.breakGet(0, false) }, press.SeenBlind, "没有看到"},
		"bad gateway":       {func(_ *testing.T, w *town, _, _, _ string) { w.breakGet(0, true) }, press.SeenBlind, "HTTP 502"},
		"file not answered": {func(_ *testing.T, w *town, _, _, _ string) { w.breakGet(1, false) }, press.SeenBlind, "没有看到"},
		"file bad gateway":  {func(_ *testing.T, w *town, _, _, _ string) { w.breakGet(2, true) }, press.SeenBlind, "HTTP 502"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			e := w.publish(w.withFiles())[0]
			dir := filesDir(w.path(e))
			c.spoil(t, w, w.site.abs(w.path(e)), w.site.abs(dir+"/"+channels.FileName(e.Revision.Attachments[0])), w.site.abs(dir+"/"+channels.FileName(e.Revision.Images[0])))
			s, err := w.site.Observe(t.Context(), e)
			if err != nil || s.Status != c.status || !strings.Contains(s.Detail, c.detail) {
				t.Errorf("seen %v %q, %v; want %v %q", s.Status, s.Detail, err, c.status, c.detail)
			}
			if s.Copy != e.Copy.ID || s.URL != w.site.Address(e) || s.At != w.clock() {
				t.Errorf("the sighting is of copy %d at %s, %s", s.Copy, s.URL, s.At)
			}
		})
	}
}
