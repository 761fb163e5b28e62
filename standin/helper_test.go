package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	appid  = "wx0123456789abcdef"
	other  = "wxfedcba9876543210"
	secret = "0123456789abcdef0123456789abcdef"
)

// clock is the injected time of a test.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

// rig is a stand-in on a real connection with a clock that stands still.
type rig struct {
	t *testing.T
	*WeChat
	url   string
	clock *clock
	token string
	cover string
}

// newRig starts a stand-in; the rig has a stable token and a cover of the first account.
func newRig(t *testing.T, o Options) *rig {
	t.Helper()
	r := &rig{t: t, clock: &clock{t: time.Date(2026, 3, 2, 10, 0, 0, 0, beijing)}}
	if o.Now == nil {
		o.Now = r.clock.now
	}
	if o.Accounts == nil {
		o.Accounts = []Account{{AppID: appid, Secret: secret, Name: "示例区发布"}}
	}
	if o.State == "" { // every test also is one of the journal
		o.State, o.SaveEffects = filepath.Join(t.TempDir(), "wechat.state"), true
		t.Cleanup(func() { r.sameAfterRestart(o) })
	}
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(w)
	t.Cleanup(srv.Close)
	r.WeChat, r.url = w, srv.URL
	r.token = r.stable(appid)
	r.cover = r.newCover()
	return r
}

// sameAfterRestart compares the world with what a new process reads from its journal.
func (r *rig) sameAfterRestart(o Options) {
	if err := r.Close(); err != nil {
		r.t.Error(err)
	}
	next, err := New(o)
	if err != nil {
		r.t.Error(err)
		return
	}
	mine, its := r.dump(), next.dump()
	for i := range max(len(mine), len(its)) {
		if i >= len(mine) || i >= len(its) || mine[i] != its[i] {
			r.t.Fatalf("the journal differs at %d:\n%.600s\n%.600s", i, at(mine, i), at(its, i))
		}
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "nothing"
}

// dump writes every thing of a world.
func (w *WeChat) dump() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, t := range w.everything() {
		b, err := json.Marshal(w.valueOf(t))
		if err != nil {
			panic(err)
		}
		out = append(out, fmt.Sprint(t, " ", string(b)))
	}
	return out
}

func (r *rig) stable(id string) string {
	r.t.Helper()
	out := r.post("/cgi-bin/stable_token", map[string]any{"grant_type": "client_credential", "appid": id, "secret": secret})
	s, _ := out["access_token"].(string)
	return s
}

func (r *rig) newCover() string {
	r.t.Helper()
	s, _ := r.upload("/cgi-bin/material/add_material?type=image", "media", "cover.png", pngBytes(9, 4))["media_id"].(string)
	return s
}

// address adds the rig's token to a path, unless the path has one.
func (r *rig) address(path string) string {
	if !strings.Contains(path, "access_token=") && r.token != "" {
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		path += sep + "access_token=" + url.QueryEscape(r.token)
	}
	return r.url + path
}

// send returns what arrives, or an error of the connection.
func (r *rig) send(method, path, kind string, body []byte) (*http.Response, []byte, error) {
	req, err := http.NewRequest(method, r.address(path), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, b, err
}

func (r *rig) json(method, path, kind string, body []byte) map[string]any {
	r.t.Helper()
	_, b, err := r.send(method, path, kind, body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		r.t.Fatalf("%s %s: %v in %.200q", method, path, err, b)
	}
	return out
}

// post sends v as JSON; a string goes as it is.
func (r *rig) post(path string, v any) map[string]any {
	r.t.Helper()
	return r.json(http.MethodPost, path, "application/json", body(r.t, v))
}

func body(t *testing.T, v any) []byte {
	t.Helper()
	if s, ok := v.(string); ok {
		return []byte(s)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (r *rig) get(path string) map[string]any {
	r.t.Helper()
	return r.json(http.MethodGet, path, "", nil)
}

func (r *rig) upload(path, field, name string, b []byte) map[string]any {
	r.t.Helper()
	kind, form := multipartBody(r.t, field, name, b)
	return r.json(http.MethodPost, path, kind, form)
}

func multipartBody(t *testing.T, field, name string, b []byte) (kind string, form []byte) {
	t.Helper()
	var buf bytes.Buffer
	m := multipart.NewWriter(&buf)
	p, err := m.CreateFormFile(field, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), buf.Bytes()
}

// code is the errcode of a reply, 0 when there is none.
func code(out map[string]any) int {
	n, _ := out["errcode"].(float64)
	return int(n)
}

func (r *rig) want(want int, out map[string]any) {
	r.t.Helper()
	if got := code(out); got != want {
		r.t.Fatalf("errcode %d, want %d: %v", got, want, out)
	}
}

func (r *rig) article(marker string) map[string]any {
	return map[string]any{
		"title": "关于示例区公开征求意见的公告", "author": "某办公室", "digest": "摘要", "content": "<p>正文第一段。</p><p>正文第二段。</p>",
		"content_source_url": marker, "thumb_media_id": r.cover,
	}
}

// draft adds a draft with one article for each marker.
func (r *rig) draft(markers ...string) string {
	r.t.Helper()
	var list []any
	for _, m := range markers {
		list = append(list, r.article(m))
	}
	out := r.post("/cgi-bin/draft/add", map[string]any{"articles": list})
	id, _ := out["media_id"].(string)
	if id == "" {
		r.t.Fatalf("draft/add: %v", out)
	}
	return id
}

func (r *rig) submit(mediaID string) int64 {
	r.t.Helper()
	out := r.post("/cgi-bin/freepublish/submit", map[string]any{"media_id": mediaID})
	r.want(0, out)
	return int64(out["publish_id"].(float64))
}

func (r *rig) status(publishID int64) map[string]any {
	r.t.Helper()
	return r.post("/cgi-bin/freepublish/get", map[string]any{"publish_id": publishID})
}

// published publishes a draft with the markers and returns the reply of freepublish/get.
func (r *rig) published(markers ...string) map[string]any {
	r.t.Helper()
	id := r.submit(r.draft(markers...))
	r.clock.add(time.Second)
	return r.status(id)
}

// link is the i-th article_url of a freepublish/get reply.
func link(out map[string]any, i int) string {
	detail, _ := out["article_detail"].(map[string]any)
	items, _ := detail["item"].([]any)
	s, _ := items[i].(map[string]any)["article_url"].(string)
	return s
}

// readPage is what a reader gets at an address of the stand-in.
func (r *rig) readPage(address string) string {
	r.t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		r.t.Fatalf("GET %s: %s", address, resp.Status)
	}
	return string(b)
}

func pngBytes(w, h int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	m.Set(0, 0, color.RGBA{200, 30, 30, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func jpgBytes() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// padded makes a picture of exactly n bytes.
func padded(b []byte, n int) []byte { return append(b, make([]byte, n-len(b))...) }
