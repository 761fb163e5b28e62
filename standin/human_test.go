package standin

import (
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func ptr[T any](v T) *T { return &v }

func TestAHumanEditsADraft(t *testing.T) {
	r := newRig(t, Options{})
	draft := r.draft(marker, marker+"b")
	before := r.post("/cgi-bin/draft/get", map[string]any{"media_id": draft})["update_time"]
	r.clock.add(time.Minute)
	if err := r.EditDraft("", draft, Edit{Index: 1, Title: ptr("改过的标题"), Find: "第一段", Put: "首段"}); err != nil {
		t.Fatal(err)
	}
	out := r.post("/cgi-bin/draft/get", map[string]any{"media_id": draft})
	second := out["news_item"].([]any)[1].(map[string]any)
	if out["update_time"] == before || second["title"] != "改过的标题" || second["content"] != "<p>正文首段。</p><p>正文第二段。</p>" {
		t.Errorf("after the edit: %v", out)
	}
	for name, e := range map[string]Edit{"index": {Index: 2}, "text": {Find: "没有的话"}} {
		if err := r.EditDraft(appid, draft, e); !errors.Is(err, ErrNoSuch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.EditDraft(appid, "x", Edit{}); !errors.Is(err, ErrNoSuch) {
		t.Error(err)
	}
	if err := r.EditDraft("wx0000000000000000", draft, Edit{}); !errors.Is(err, ErrNoSuch) {
		t.Error(err)
	}
}

func TestConsoleFeaturesAndAutoSavingBlockTheAPI(t *testing.T) {
	r := newRig(t, Options{})
	draft := r.draft(marker)
	submit := func() int { return code(r.post("/cgi-bin/freepublish/submit", map[string]any{"media_id": draft})) }
	for _, c := range []struct {
		edit Edit
		want int
	}{
		{Edit{ConsoleOnly: ptr(true)}, 53504}, {Edit{ConsoleOnly: ptr(false), AutoSaved: ptr(true)}, 53505}, {Edit{}, 0},
	} {
		if err := r.EditDraft(appid, draft, c.edit); err != nil {
			t.Fatal(err)
		}
		if got := submit(); got != c.want {
			t.Errorf("%+v: %d, want %d", c.edit, got, c.want)
		}
	}
}

func TestAHumanPublishesPushesAndDeletesDrafts(t *testing.T) {
	r := newRig(t, Options{})
	list := func() any {
		return r.post("/cgi-bin/freepublish/batchget", map[string]any{"offset": 0, "count": 20})["total_count"]
	}
	if err := r.PublishDraft(appid, r.draft("https://example.gov.cn/p")); err != nil {
		t.Fatal(err)
	}
	if len(r.Live("https://example.gov.cn/p")) != 1 || list() != 1.0 {
		t.Error("published by hand, but not listed")
	}
	if err := r.MassSendDraft(appid, r.draft("https://example.gov.cn/m")); err != nil {
		t.Fatal(err)
	}
	r.clock.add(time.Second)
	if len(r.Live("https://example.gov.cn/m")) != 1 || list() != 1.0 {
		t.Error("pushed by hand: it must be public and not listed")
	}
	r.want(45028, r.mass(r.draft(marker), "a")) // the console spends the same quota
	if err := r.MassSendDraft(appid, r.draft(marker)); err == nil {
		t.Error("a second push by hand on one day")
	}
	draft := r.draft(marker)
	if err := r.DeleteDraft(appid, draft); err != nil {
		t.Fatal(err)
	}
	r.want(40007, r.post("/cgi-bin/draft/get", map[string]any{"media_id": draft}))
	if err := r.PublishDraft(appid, draft); !errors.Is(err, ErrNoSuch) {
		t.Error(err)
	}
}

func TestWhatAReaderFindsAfterHumanActs(t *testing.T) {
	r := newRig(t, Options{})
	id := r.submit(r.draft(marker))
	r.clock.add(time.Second)
	address := link(r.status(id), 0)
	if err := r.EditArticle(address, Edit{Find: "第一段", Put: "首段"}); err != nil {
		t.Fatal(err)
	}
	if page := r.readPage(address); !strings.Contains(page, "正文首段。") || !r.Live(marker)[0].Edited {
		t.Error("the edit does not show")
	}
	r.SetCaptcha(true)
	if page := r.readPage(address); !strings.Contains(page, "环境异常") || !strings.Contains(page, "完成验证后即可继续访问") || strings.Contains(page, "正文") {
		t.Error("no captcha")
	}
	r.SetCaptcha(false)
	if err := r.BanArticle(address); err != nil {
		t.Fatal(err)
	}
	if page := r.readPage(address); !strings.Contains(page, "此内容因违规无法查看") || r.status(id)["publish_status"] != 6.0 || len(r.Live(marker)) != 0 {
		t.Error("not banned")
	}
	address = link(r.published(marker), 0)
	if err := r.DeleteArticle(address); err != nil {
		t.Fatal(err)
	}
	if page := r.readPage(address); !strings.Contains(page, "该内容已被发布者删除") || len(r.Live(marker)) != 0 {
		t.Error("not deleted")
	}
	if page := r.readPage(r.url + "/s/unknown"); !strings.Contains(page, "链接已失效") {
		t.Error("an unknown page")
	}
	if err := r.DeleteArticle("unknown"); !errors.Is(err, ErrNoSuch) {
		t.Error(err)
	}
}

func TestTravelMovesTheWorld(t *testing.T) {
	r := newRig(t, Options{Review: time.Hour})
	id := r.submit(r.draft(marker))
	r.Travel(time.Hour)
	if len(r.Live(marker)) != 1 || r.status(id)["publish_status"] != 0.0 {
		t.Error("the review did not end")
	}
	r.Travel(24 * time.Hour)
	r.want(42001, r.get("/cgi-bin/draft/count"))
}

func TestEveryActHasACommand(t *testing.T) {
	r := newRig(t, Options{})
	r.token = r.stable(appid)
	do := func(name string, in any, want int) {
		t.Helper()
		resp, b, err := r.send(http.MethodPost, "/_standin/"+name, "application/json", body(t, in))
		if err != nil || resp.StatusCode != want {
			t.Errorf("%s: %v %s", name, err, b)
		}
	}
	draft := r.draft(marker)
	do("edit-draft", map[string]any{"media_id": draft, "title": "甲"}, 200)
	do("publish-draft", map[string]any{"media_id": draft}, 200)
	address := r.Live(marker)[0].URL
	do("edit-article", map[string]any{"article": address, "content": "<p>乙</p>"}, 200)
	do("ban-article", map[string]any{"article": address}, 200)
	do("delete-article", map[string]any{"article": address}, 200)
	do("mass-draft", map[string]any{"media_id": r.draft(marker)}, 200)
	do("delete-draft", map[string]any{"media_id": r.draft(marker)}, 200)
	do("decide", map[string]any{"outcomes": []any{map[string]any{"status": 4}}}, 200)
	do("decide", map[string]any{"outcomes": []any{map[string]any{"status": 9}}}, 422)
	do("require-confirm", map[string]any{"on": true}, 200)
	do("power", map[string]any{"mass": false}, 200)
	do("allow-ip", map[string]any{"ip": "192.0.2.1"}, 200)
	do("confirm-ips", map[string]any{"on": false}, 200)
	do("expire-tokens", map[string]any{}, 200)
	do("steal-tokens", map[string]any{}, 200)
	do("call-from", map[string]any{"ip": "192.0.2.1"}, 200)
	do("captcha", map[string]any{"on": true}, 200)
	do("travel", map[string]any{"seconds": 1.5}, 200)
	do("faults", map[string]any{"faults": []any{map[string]any{"path": "/x", "kind": "drop", "delay": 5}}}, 200)
	do("clear-faults", map[string]any{}, 200)
	do("save", map[string]any{}, 200)
	do("confirm-mass", map[string]any{"msg_id": 1, "yes": true}, 404)
	do("nothing", map[string]any{}, 404)
	do("captcha", map[string]any{"of": true}, 400)
	resp, _, err := r.send(http.MethodPost, "/_standin/captcha", "text/plain", []byte("{}"))
	if err != nil || resp.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a form of a foreign page could act: %v", resp)
	}
	for _, list := range []string{"effects", "effects?since=99999", "articles", "drafts", "log", "log?since=3", "faults", "waiting"} {
		resp, b, err := r.send(http.MethodGet, "/_standin/"+list, "", nil)
		if err != nil || resp.StatusCode != 200 || !strings.HasPrefix(string(b), "[") {
			t.Errorf("%s: %v %.80s", list, err, b)
		}
	}
}

// button finds the buttons of the start page: act, body and what it asks for.
var button = regexp.MustCompile(`data-act="([^"]*)" data-body="([^"]*)"(?: data-ask="([^":]*)[^"]*")?`)

func TestEveryButtonOfTheStartPageChangesThePage(t *testing.T) {
	start := func() (*rig, string) {
		r := newRig(t, Options{Accounts: []Account{{AppID: appid, Secret: secret, MassPerDay: -1}}})
		r.published("https://example.gov.cn/a")
		if err := errors.Join(r.RequireConfirm(appid, true), r.Inject(Fault{Path: "/x", Kind: "drop"})); err != nil {
			t.Fatal(err)
		}
		r.mass(r.draft("https://example.gov.cn/c"), "c")
		r.draft("https://example.gov.cn/d")
		return r, r.readPage(r.url + "/")
	}
	_, page := start()
	seen := map[string]bool{}
	for i, m := range button.FindAllStringSubmatch(page, -1) {
		r, before := start()
		m = button.FindAllStringSubmatch(before, -1)[i]
		var order map[string]any
		if err := json.Unmarshal([]byte(html.UnescapeString(m[2])), &order); err != nil {
			t.Fatalf("%s: %v", m[0], err)
		}
		if answer, ok := map[string]any{"seconds#": 61, "seed#": 7, "script": "draft/add=drop"}[m[3]]; ok {
			order[strings.TrimSuffix(m[3], "#")] = answer
		} else if m[3] != "" {
			order[m[3]] = "正文第一段。"
		}
		seen[m[1]] = true
		effects := len(r.Effects())
		resp, b, err := r.send(http.MethodPost, "/_standin/"+m[1], "application/json", body(t, order))
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %v %s", m[0], err, b)
		}
		if r.readPage(r.url+"/") == before && len(r.Effects()) == effects {
			t.Errorf("%s changes nothing", m[0])
		}
	}
	if len(seen) < 14 {
		t.Errorf("buttons for %v only", seen)
	}
}

func TestSavingByHandMayLoseTheDataAttributes(t *testing.T) {
	for _, lost := range []bool{false, true} {
		r := newRig(t, Options{Switch: Switches{EditDropsData: lost}})
		up, _ := r.upload("/cgi-bin/media/uploadimg", "media", "a.png", pngBytes(3, 3))["url"].(string)
		article := r.article(marker)
		article["content"] = `<section data-wxk="k1"><p>正文</p><img src="` + up + `"></section>`
		id, _ := r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{article}})["media_id"].(string)
		if err := r.EditDraft(appid, id, Edit{Title: ptr("改过的标题")}); err != nil {
			t.Fatal(err)
		}
		content, _ := r.post("/cgi-bin/draft/get", map[string]any{"media_id": id})["news_item"].([]any)[0].(map[string]any)["content"].(string)
		if strings.Contains(content, "data-wxk") == lost || !strings.Contains(content, "data-src=") {
			t.Errorf("lost %v: %s", lost, content)
		}
	}
}
