package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func newRequest(tb testing.TB) *http.Request {
	tb.Helper()
	return httptest.NewRequest(http.MethodPost, "/cgi-bin/draft/count", nil)
}

// BenchmarkPublish is one whole publish without the network: picture, draft, submit, get. It reports the slowest one and what the world holds.
func BenchmarkPublish(b *testing.B) {
	for name, o := range map[string]Options{
		"memory": {}, "bounded": {EffectsMax: 10000}, "journal": {SaveEffects: true, State: filepath.Join(b.TempDir(), "wechat.state")},
	} {
		b.Run(name, func(b *testing.B) { benchPublish(b, o) })
	}
}

func benchPublish(b *testing.B, o Options) {
	w, call := benchWorld(b, o)
	picture := pngBytes(9, 4)
	cover := call("/cgi-bin/material/add_material?type=image&", picture)["media_id"]
	var slowest time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		call("/cgi-bin/media/uploadimg?", picture)
		article := map[string]any{
			"title": "公告", "content": "<section><p style=\"text-indent:2em\">正文</p></section>", "thumb_media_id": cover,
			"content_source_url": fmt.Sprintf("https://example.gov.cn/%d", i),
		}
		draft := call("/cgi-bin/draft/add?", map[string]any{"articles": []any{article}})["media_id"]
		id := call("/cgi-bin/freepublish/submit?", map[string]any{"media_id": draft})["publish_id"]
		if out := call("/cgi-bin/freepublish/get?", map[string]any{"publish_id": id}); out["publish_status"] != 0.0 {
			b.Fatal(out)
		}
		slowest = max(slowest, time.Since(start))
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(len(w.world.Accounts[appid].Posts.List))/b.Elapsed().Seconds(), "publishes/s")
	b.ReportMetric(float64(slowest.Microseconds())/1000, "slowest-ms")
	b.ReportMetric(float64(len(w.world.Effects)), "effects")
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MB")
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkBatchget pages through a box of five thousand drafts.
func BenchmarkBatchget(b *testing.B) {
	_, call := benchWorld(b, Options{})
	cover := call("/cgi-bin/material/add_material?type=image&", pngBytes(9, 4))["media_id"]
	for range 5000 {
		call("/cgi-bin/draft/add?", map[string]any{"articles": []any{map[string]any{"title": "公告", "content": "正文", "thumb_media_id": cover}}})
	}
	for i := 0; b.Loop(); i++ {
		out := call("/cgi-bin/draft/batchget?", map[string]any{"offset": i % 4980, "count": 20, "no_content": 1})
		if out["item_count"] != 20.0 {
			b.Fatal(out)
		}
	}
}

func benchWorld(b *testing.B, o Options) (*WeChat, func(path string, in any) map[string]any) {
	o.Accounts, o.Quotas, o.Review = []Account{{AppID: appid, Secret: secret}}, map[string]int{"*": -1}, -1
	w, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	var token string
	call := func(path string, in any) map[string]any {
		kind, data := "application/json", []byte(nil)
		if raw, ok := in.([]byte); ok {
			kind, data = "multipart/form-data; boundary=x", append([]byte("--x\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.png\"\r\n\r\n"), raw...)
			data = append(data, "\r\n--x--\r\n"...)
		} else if data, err = json.Marshal(in); err != nil {
			b.Fatal(err)
		}
		req := httptest.NewRequest(http.MethodPost, path+"access_token="+token, bytes.NewReader(data))
		req.Header.Set("Content-Type", kind)
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, req)
		var out map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
			b.Fatal(err)
		}
		return out
	}
	token, _ = call("/cgi-bin/stable_token?", map[string]any{"grant_type": "client_credential", "appid": appid, "secret": secret})["access_token"].(string)
	return w, call
}
