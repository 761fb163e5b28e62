package standin

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestBodyPicturesAreJPGOrPNGBelowOneMegabyte(t *testing.T) {
	r := newRig(t, Options{})
	const path = "/cgi-bin/media/uploadimg"
	for _, c := range []struct {
		name, file string
		data       []byte
		want       int
	}{
		{"png", "a.png", pngBytes(2, 2), 0},
		{"jpg under a wrong name", "a.gif", jpgBytes(), 0},
		{"gif under a right name", "a.png", []byte("GIF89a......"), 40005},
		{"webp", "a.jpg", []byte("RIFF\x00\x00\x00\x00WEBPVP8 "), 40005},
		{"one byte below", "a.png", padded(pngBytes(2, 2), 1<<20-1), 0},
		{"exactly one megabyte", "a.png", padded(pngBytes(2, 2), 1<<20), 40009},
		{"empty", "a.png", nil, 44001},
	} {
		if got := code(r.upload(path, "media", c.file, c.data)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	r.want(41005, r.upload(path, "file", "a.png", pngBytes(2, 2)))
	r.want(41005, r.post(path, "{}"))
}

func TestUploadedPictureIsPlainTextJSONAndLoadable(t *testing.T) {
	r := newRig(t, Options{})
	data := jpgBytes()
	kind, form := multipartBody(t, "media", "a.jpg", data)
	resp, raw, err := r.send(http.MethodPost, "/cgi-bin/media/uploadimg", kind, form)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); got != "text/plain" {
		t.Errorf("Content-Type %q", got)
	}
	if !bytes.Contains(raw, []byte(`http:\/\/`)) {
		t.Errorf("slashes are not escaped: %s", raw)
	}
	first := r.upload("/cgi-bin/media/uploadimg", "media", "a.jpg", data)["url"].(string)
	second := r.upload("/cgi-bin/media/uploadimg", "media", "a.jpg", data)["url"].(string)
	if first == second || !strings.HasPrefix(first, r.url+"/mmbiz_jpg/") {
		t.Errorf("urls %s and %s", first, second)
	}
	got, err := http.Get(first)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	if err != nil || !bytes.Equal(b, data) || got.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("picture: %v, %d bytes, %s", err, len(b), got.Header.Get("Content-Type"))
	}
}

func TestPicturesMayLiveOnAnotherHost(t *testing.T) {
	r := newRig(t, Options{PictureURL: "http://pictures.example.com/"})
	up := r.upload("/cgi-bin/media/uploadimg", "media", "a.png", pngBytes(2, 2))["url"].(string)
	if !strings.HasPrefix(up, "http://pictures.example.com/mmbiz_png/") {
		t.Error(up)
	}
}

func TestMaterialRules(t *testing.T) {
	r := newRig(t, Options{})
	const add = "/cgi-bin/material/add_material?type="
	for _, c := range []struct {
		name, kind string
		data       []byte
		want       int
	}{
		{"gif image", "image", []byte("GIF89a......"), 0},
		{"bmp image", "image", []byte("BM......"), 0},
		{"webp image", "image", []byte("RIFF....WEBP"), 40005},
		{"ten megabytes", "image", padded(pngBytes(2, 2), 10<<20), 0},
		{"more than ten megabytes", "image", padded(pngBytes(2, 2), 10<<20+1), 40009},
		{"jpg thumb", "thumb", jpgBytes(), 0},
		{"png thumb", "thumb", pngBytes(2, 2), 40005},
		{"large thumb", "thumb", padded(jpgBytes(), 64<<10+1), 40012},
		{"video", "video", jpgBytes(), 40004},
	} {
		if got := code(r.upload(add+c.kind, "media", "x", c.data)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	if out := r.upload(add+"thumb", "media", "x", jpgBytes()); out["url"] != nil || out["media_id"] == nil {
		t.Errorf("a thumb has no url: %v", out)
	}
	if out := r.get("/cgi-bin/material/get_materialcount"); out["image_count"] != 4.0 {
		t.Errorf("count %v", out)
	}
	list := r.post("/cgi-bin/material/batchget_material", map[string]any{"type": "image", "offset": 0, "count": 2})
	if list["total_count"] != 4.0 || list["item_count"] != 2.0 {
		t.Errorf("list %v", list)
	}
	r.want(40035, r.post("/cgi-bin/material/batchget_material", map[string]any{"type": "image", "offset": 0, "count": 21}))
	r.want(0, r.post("/cgi-bin/material/del_material", map[string]any{"media_id": r.cover}))
	r.want(40007, r.post("/cgi-bin/material/del_material", map[string]any{"media_id": r.cover}))
	r.want(40007, r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{r.article("")}}))
}

func TestAFreshMaterialIsUnknownToDraftsForAWhile(t *testing.T) {
	r := newRig(t, Options{Visible: 3 * time.Second})
	add := func() map[string]any {
		return r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{r.article("")}})
	}
	r.want(40007, add())
	r.clock.add(3 * time.Second)
	r.want(0, add())
}

func TestALargeRequestIsRefused(t *testing.T) {
	r := newRig(t, Options{BodyMax: 1 << 16})
	resp, _, err := r.send(http.MethodPost, "/cgi-bin/draft/add", "application/json", bytes.Repeat([]byte(" "), 1<<17))
	if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Fatal(err, resp)
	}
}

func TestIdentifiersRepeatWithTheSeedOnly(t *testing.T) {
	id := func(seed int64) string { return newRig(t, Options{Seed: seed}).cover }
	if a, b, c := id(1), id(1), id(2); a != b || a == c || len(a) != 64 {
		t.Errorf("%s %s %s", a, b, c)
	}
	w, err := New(Options{Accounts: []Account{{AppID: appid}}})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for range 1000 {
		seen[w.newID("x", 22)] = true
	}
	if len(seen) != 1000 {
		t.Error(fmt.Sprint(len(seen), " different identifiers of 1000"))
	}
}
