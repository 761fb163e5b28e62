package standin

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestDraftLimitsAndTheirCodes(t *testing.T) {
	r := newRig(t, Options{ContentMax: 5000, ContentBytes: 20000})
	word := func(n int) string { return strings.Repeat("字", n) }
	for _, c := range []struct {
		name  string
		field string
		value any
		want  int
	}{
		{"title of 64", "title", word(64), 0},
		{"title of 65", "title", word(65), 45003},
		{"no title", "title", " ", 44003},
		{"author of 16", "author", word(16), 0},
		{"author of 17", "author", word(17), 45110},
		{"digest of 128", "digest", word(128), 0},
		{"digest of 129", "digest", word(129), 45004},
		{"content of 5000", "content", word(5000), 0},
		{"content of 5001", "content", word(5001), 45002},
		{"content of 20000 bytes", "content", strings.Repeat("x", 20000), 45002},
		{"no content", "content", "", 44004},
		{"source of 1 kB", "content_source_url", "https://example.gov.cn/" + strings.Repeat("a", 1024-23), 0},
		{"source of more", "content_source_url", "https://example.gov.cn/" + strings.Repeat("a", 1024-22), 41039},
		{"source is no link", "content_source_url", "example.gov.cn/a", 41039},
		{"source of another scheme", "content_source_url", "ftp://example.gov.cn/a", 41039},
		{"no cover", "thumb_media_id", "", 40007},
		{"unknown cover", "thumb_media_id", "abc", 40007},
		{"kind", "article_type", "video", 40035},
		{"news", "article_type", "news", 0},
		{"newspic without pictures", "article_type", "newspic", 40007},
		{"crop", "pic_crop_235_1", "0_0.1_1_0.525547", 0},
		{"crop with seven decimals", "pic_crop_235_1", "0_0.1234567_1_1", 53402},
		{"crop upside down", "pic_crop_1_1", "0.5_0_0.25_1", 53402},
		{"title is a number", "title", 7, 47001},
		{"comments as a string", "need_open_comment", "1", 0},
		{"comments as nonsense", "need_open_comment", "yes", 47001},
	} {
		a := r.article("https://example.gov.cn/1")
		a[c.field] = c.value
		if got := code(r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{a}})); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestDefaultContentLimitIsAMegabyteNotTwentyThousandCharacters(t *testing.T) {
	r := newRig(t, Options{})
	for n, want := range map[int]int{20001: 0, 1<<20 - 1: 0, 1 << 20: 45002} {
		a := r.article("")
		a["content"] = strings.Repeat("x", n)
		if got := code(r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{a}})); got != want {
			t.Errorf("%d bytes: %d, want %d", n, got, want)
		}
	}
}

func TestDraftShapes(t *testing.T) {
	r := newRig(t, Options{MaxArticles: 2})
	id := r.draft("https://example.gov.cn/1", "https://example.gov.cn/2")
	one := r.article("https://example.gov.cn/3")
	for _, c := range []struct {
		name, path string
		body       any
		want       int
	}{
		{"add without articles", "/cgi-bin/draft/add", map[string]any{"articles": []any{}}, 44003},
		{"add with an object", "/cgi-bin/draft/add", map[string]any{"articles": one}, 47001},
		{"add too many", "/cgi-bin/draft/add", map[string]any{"articles": []any{one, one, one}}, 45008},
		{"add broken JSON", "/cgi-bin/draft/add", `{"articles":[`, 47001},
		{"add nothing", "/cgi-bin/draft/add", "", 44002},
		{"add not UTF-8", "/cgi-bin/draft/add", "{\"articles\":[{\"title\":\"\xb9\xab\"}]}", 47001},
		{"update with an array", "/cgi-bin/draft/update", map[string]any{"media_id": id, "index": 0, "articles": []any{one}}, 47001},
		{"update without article", "/cgi-bin/draft/update", map[string]any{"media_id": id, "index": 0}, 44003},
		{"update index", "/cgi-bin/draft/update", map[string]any{"media_id": id, "index": 2, "articles": one}, 40114},
		{"update unknown", "/cgi-bin/draft/update", map[string]any{"media_id": "x", "index": 0, "articles": one}, 40007},
		{"update the second", "/cgi-bin/draft/update", map[string]any{"media_id": id, "index": 1, "articles": one}, 0},
		{"get without media_id", "/cgi-bin/draft/get", map[string]any{}, 41006},
		{"get unknown", "/cgi-bin/draft/get", map[string]any{"media_id": "x"}, 40007},
		{"batchget none", "/cgi-bin/draft/batchget", map[string]any{"offset": 0, "count": 0}, 40035},
		{"batchget too many", "/cgi-bin/draft/batchget", map[string]any{"offset": 0, "count": 21}, 40035},
		{"batchget with true", "/cgi-bin/draft/batchget", map[string]any{"offset": 0, "count": 20, "no_content": true}, 0},
		{"delete unknown", "/cgi-bin/draft/delete", map[string]any{"media_id": "x"}, 40007},
	} {
		if got := code(r.post(c.path, c.body)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	out := r.post("/cgi-bin/draft/get", map[string]any{"media_id": id})
	second := out["news_item"].([]any)[1].(map[string]any)
	if second["content_source_url"] != "https://example.gov.cn/3" {
		t.Errorf("the second article was not updated: %v", second)
	}
	if page := r.readPage(second["url"].(string)); !strings.Contains(page, "草稿预览") {
		t.Error("the temporary link does not show a preview")
	}
	r.want(0, r.post("/cgi-bin/draft/delete", map[string]any{"media_id": id}))
	if page := r.readPage(second["url"].(string)); !strings.Contains(page, "链接已失效") {
		t.Error("the temporary link outlived its draft")
	}
}

func TestSuccessfulAddHasNoErrcodeAndUndocumentedFields(t *testing.T) {
	r := newRig(t, Options{})
	out := r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{r.article("")}})
	_, hasCode := out["errcode"]
	_, hasItem := out["item"]
	if hasCode || !hasItem {
		t.Errorf("reply %v", out)
	}
}

func TestErrmsgCarriesNoise(t *testing.T) {
	r := newRig(t, Options{})
	var hints int
	for range 4 {
		msg := r.post("/cgi-bin/draft/get", map[string]any{"media_id": "x"})["errmsg"].(string)
		if !strings.HasPrefix(msg, "invalid media_id") || !strings.Contains(msg, "rid: ") {
			t.Errorf("errmsg %q", msg)
		}
		if strings.Contains(msg, "hint: [") {
			hints++
		}
	}
	if hints == 0 || hints == 4 {
		t.Errorf("%d of 4 with a hint", hints)
	}
}

func TestEmptyDigestIsTakenFromTheBodyOfASingleArticleOnly(t *testing.T) {
	r := newRig(t, Options{})
	a := r.article("")
	a["digest"], a["content"] = "", "<p>"+strings.Repeat("正文", 40)+"</p>"
	digest := func(list ...any) string {
		id := r.post("/cgi-bin/draft/add", map[string]any{"articles": list})["media_id"]
		return r.post("/cgi-bin/draft/get", map[string]any{"media_id": id})["news_item"].([]any)[0].(map[string]any)["digest"].(string)
	}
	if got := digest(a); got != strings.Repeat("正文", 27) {
		t.Errorf("single: %q", got)
	}
	if got := digest(a, a); got != "" {
		t.Errorf("of two: %q", got)
	}
}

func TestBatchgetPagesThroughTheBoxNewestFirst(t *testing.T) {
	r := newRig(t, Options{})
	for i := range 25 {
		r.draft(fmt.Sprintf("https://example.gov.cn/%02d", i))
		r.clock.add(time.Second)
	}
	var got []string
	for offset := 0; offset < 25; offset += 20 {
		out := r.post("/cgi-bin/draft/batchget", map[string]any{"offset": offset, "count": 20, "no_content": 1})
		if out["total_count"] != 25.0 {
			t.Fatalf("total %v", out["total_count"])
		}
		for _, it := range out["item"].([]any) {
			content := it.(map[string]any)["content"].(map[string]any)
			one := content["news_item"].([]any)[0].(map[string]any)
			if _, ok := one["content"]; ok {
				t.Fatal("no_content was not honoured")
			}
			got = append(got, strings.TrimPrefix(one["content_source_url"].(string), "https://example.gov.cn/"))
		}
	}
	if len(got) != 25 || got[0] != "24" || got[24] != "00" {
		t.Errorf("order %v", got)
	}
	if n := r.get("/cgi-bin/draft/count")["total_count"]; n != 25.0 {
		t.Errorf("count %v", n)
	}
}

func TestStrictNumbersRefuseABool(t *testing.T) {
	r := newRig(t, Options{Switch: Switches{StrictNumbers: true}})
	r.want(47001, r.post("/cgi-bin/draft/batchget", map[string]any{"offset": 0, "count": 1, "no_content": true}))
	r.want(0, r.post("/cgi-bin/draft/batchget", map[string]any{"offset": 0, "count": 1, "no_content": 1}))
}

func TestCommentsNeedTheRight(t *testing.T) {
	r := newRig(t, Options{Accounts: []Account{{AppID: appid, Secret: secret, NoComments: true}}})
	a := r.article("")
	a["need_open_comment"] = 1
	r.want(88000, r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{a}}))
}

func TestNewspicIsPublishedWithItsPictures(t *testing.T) {
	r := newRig(t, Options{})
	a := map[string]any{
		"article_type": "newspic", "title": "图片消息", "content": "说明",
		"image_info": map[string]any{"image_list": []any{map[string]any{"image_media_id": r.cover}, map[string]any{"image_media_id": r.newCover()}}},
	}
	id := r.submit(r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{a}})["media_id"].(string))
	r.clock.add(time.Second)
	if page := r.readPage(link(r.status(id), 0)); strings.Count(page, `<img data-src=`) != 2 {
		t.Errorf("page without its two pictures: %s", page)
	}
}
