package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// office is a client that makes its calls one after the other and never again, whatever comes back.
type office struct {
	t     *testing.T
	c     *http.Client
	token string
}

func (o *office) call(path, kind string, in []byte) map[string]any {
	resp, err := o.c.Post("https://api.example.com/cgi-bin/"+path+"access_token="+o.token, kind, bytes.NewReader(in))
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	var out map[string]any
	if err != nil || json.Unmarshal(b, &out) != nil {
		return nil
	}
	return out
}

func (o *office) ask(path string, in any) map[string]any {
	return o.call(path+"?", "application/json", body(o.t, in))
}

// work goes once through everything that a publication and what follows it may call.
func (o *office) work(round int) {
	o.token, _ = o.ask("stable_token", map[string]any{"grant_type": "client_credential", "appid": appid, "secret": secret})["access_token"].(string)
	kind, form := multipartBody(o.t, "media", "a.png", pngBytes(9, 4))
	o.call("media/uploadimg?", kind, form)
	cover := o.call("material/add_material?type=image&", kind, form)["media_id"]
	for i := range 3 {
		article := map[string]any{"title": "公告", "content": "<p>正文</p>", "thumb_media_id": cover, "content_source_url": fmt.Sprintf("%s/%d/%d", marker, round, i)}
		draft := o.ask("draft/add", map[string]any{"articles": []any{article}})["media_id"]
		o.ask("draft/update", map[string]any{"media_id": draft, "index": 0, "articles": article})
		o.ask("draft/get", map[string]any{"media_id": draft})
		o.ask("draft/batchget", map[string]any{"offset": 0, "count": 20})
		if i == 2 {
			id := o.ask("message/mass/sendall", map[string]any{
				"filter": map[string]any{"is_to_all": true, "tag_id": ""}, "mpnews": map[string]any{"media_id": draft}, "msgtype": "mpnews",
				"clientmsgid": fmt.Sprint(round),
			})["msg_id"]
			o.ask("message/mass/get", map[string]any{"msg_id": id})
			o.ask("message/mass/delete", map[string]any{"msg_id": id})
			return
		}
		id := o.ask("freepublish/submit", map[string]any{"media_id": draft})["publish_id"]
		done := o.ask("freepublish/get", map[string]any{"publish_id": id})
		o.ask("freepublish/batchget", map[string]any{"offset": 0, "count": 20, "no_content": 1})
		o.ask("freepublish/getarticle", map[string]any{"article_id": done["article_id"]})
		o.ask("freepublish/delete", map[string]any{"article_id": done["article_id"], "index": 1})
	}
}

func TestStormsLeaveAWorldThatHoldsTogether(t *testing.T) {
	for seed := range uint64(60) {
		clock := &clock{t: time.Date(2026, 3, 2, 10, 0, 0, 0, beijing)}
		s := &server{}
		o := Options{
			Now: clock.now, NoWait: true, SaveEffects: true, State: filepath.Join(t.TempDir(), "wechat.state"), Seed: int64(seed), Caller: s,
			Accounts: []Account{{AppID: appid, Secret: secret, MassPerDay: -1, Callback: Callback{URL: "https://oa.example.gov.cn/", Token: callbackToken}}},
		}
		if o.Switch.DraftLeavesLate = seed%2 == 0; seed%3 == 0 {
			o.DraftLinger = 2 * time.Second
		}
		w, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		script := Storm(seed, 12)
		if err := w.Inject(script...); err != nil {
			t.Fatal(err)
		}
		client := &office{t: t, c: &http.Client{Transport: w.Transport(), Timeout: 30 * time.Second}}
		for round := range 3 {
			client.work(round)
			clock.add(time.Minute)
			w.Deliver(t.Context())
		}
		clock.add(time.Hour)
		w.Deliver(t.Context())
		check(t, w, s, script)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Join(w.dump(), "\n") != strings.Join(again.dump(), "\n") {
			t.Errorf("seed %d: the world is not what its journal says: %s", seed, script)
		}
	}
}

// check holds what no fault may break: what is public was submitted once, every job ended, and no callback told what is not so.
func check(t *testing.T, w *WeChat, s *server, script Script) {
	t.Helper()
	accepted, public := 0, 0
	for _, e := range w.Effects() {
		switch e.Kind {
		case "submit", "mass":
			accepted++
		case "published", "pushed":
			public++
		}
	}
	if twice := w.Twice(); accepted != public || len(w.Articles()) != public || len(twice) > 0 {
		t.Errorf("%d accepted, %d ended, %d public, twice %v: %s", accepted, public, len(w.Articles()), twice, script)
	}
	pages := map[string]bool{}
	for _, a := range w.Articles() {
		pages[a.URL] = true
	}
	for _, l := range s.letters {
		n := l.read(t)
		for _, one := range n.Publish.Detail.Item {
			if !pages[one.URL] {
				t.Errorf("a callback tells of %s: %s", one.URL, script)
			}
		}
	}
}
