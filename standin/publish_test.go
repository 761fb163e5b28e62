package standin

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const marker = "https://example.gov.cn/doc/1?wxk=abc123"

func TestAPublishIsAcceptedThenReviewedThenPublic(t *testing.T) {
	r := newRig(t, Options{Review: time.Minute})
	draft := r.draft(marker)
	out := r.post("/cgi-bin/freepublish/submit", map[string]any{"media_id": draft})
	if out["errcode"] != 0.0 || out["article_url"] != nil || out["publish_id"] != out["msg_data_id"] {
		t.Fatalf("submit: %v", out)
	}
	id := int64(out["publish_id"].(float64))
	r.want(40007, r.post("/cgi-bin/draft/get", map[string]any{"media_id": draft}))
	r.want(40007, r.post("/cgi-bin/freepublish/submit", map[string]any{"media_id": draft}))
	r.clock.add(59 * time.Second)
	if out := r.status(id); out["publish_status"] != 1.0 || out["article_detail"] != nil || len(r.Articles()) != 0 {
		t.Fatalf("under review: %v", out)
	}
	r.clock.add(time.Second)
	out = r.status(id)
	if out["publish_status"] != 0.0 {
		t.Fatalf("after review: %v", out)
	}
	page := r.readPage(link(out, 0))
	for _, part := range []string{
		`id="activity-name">关于示例区公开征求意见的公告</h1>`, `id="js_name">示例区发布</a>`, `id="js_content"><p>正文第一段。</p><p>正文第二段。</p></div>`,
		`id="publish_time" class="rich_media_meta rich_media_meta_text" style="font-style:normal">2026年3月2日 10:01</em>`,
		`id="js_view_source" href="https://example.gov.cn/doc/1?wxk=abc123"`, `<meta property="og:title" content="关于示例区公开征求意见的公告">`,
	} {
		if !strings.Contains(page, part) {
			t.Errorf("page lacks %s", part)
		}
	}
	live := r.Live(marker)
	if len(live) != 1 || live[0].Text != "正文第一段。\n正文第二段。" || live[0].URL != link(out, 0) {
		t.Errorf("live: %+v", live)
	}
}

func TestTheReadbackOfAPublishedArticle(t *testing.T) {
	r := newRig(t, Options{})
	article := r.published(marker)["article_id"]
	out := r.post("/cgi-bin/freepublish/getarticle", map[string]any{"article_id": article})
	one := out["news_item"].([]any)[0].(map[string]any)
	if one["content_source_url"] != marker || one["is_deleted"] != false || one["content"] == nil {
		t.Errorf("getarticle: %v", one)
	}
	list := r.post("/cgi-bin/freepublish/batchget", map[string]any{"offset": 0, "count": 20, "no_content": 1})
	if list["total_count"] != 1.0 || list["item"].([]any)[0].(map[string]any)["article_id"] != article {
		t.Errorf("batchget: %v", list)
	}
	r.want(53600, r.post("/cgi-bin/freepublish/getarticle", map[string]any{"article_id": "x"}))
	r.want(53502, r.status(17))
	r.want(40007, r.post("/cgi-bin/freepublish/submit", map[string]any{"media_id": "x"}))
	r.want(41006, r.post("/cgi-bin/freepublish/submit", map[string]any{}))
}

func TestDecidedOutcomes(t *testing.T) {
	for status, fails := range map[int]int{0: 0, 2: 1, 3: 1, 4: 1} {
		r := newRig(t, Options{})
		if err := r.Decide(appid, Outcome{Status: status, After: time.Hour}); err != nil {
			t.Fatal(err)
		}
		draft := r.draft(marker)
		id := r.submit(draft)
		r.clock.add(time.Hour - time.Second)
		if out := r.status(id); out["publish_status"] != 1.0 {
			t.Errorf("status %d came early: %v", status, out)
		}
		r.clock.add(time.Second)
		out := r.status(id)
		if out["publish_status"] != float64(status) || len(out["fail_idx"].([]any)) != fails || len(r.Live(marker)) != 1-fails {
			t.Errorf("status %d: %v", status, out)
		}
		r.want(40007, r.post("/cgi-bin/draft/get", map[string]any{"media_id": draft}))
	}
	if err := newRig(t, Options{}).Decide(appid, Outcome{Status: 5}); err == nil {
		t.Error("outcome 5 cannot be decided")
	}
}

func TestWhenTheDraftLeavesTheBoxIsASwitch(t *testing.T) {
	for _, c := range []struct {
		s                     Switches
		status                int
		inReview, afterReview bool
	}{
		{Switches{}, 0, false, false},
		{Switches{}, 4, false, false},
		{Switches{DraftLeavesLate: true}, 0, true, false},
		{Switches{DraftLeavesLate: true, RefusedDraftBack: true}, 4, true, true},
		{Switches{RefusedDraftBack: true}, 4, false, true},
		{Switches{RefusedDraftBack: true}, 0, false, false},
	} {
		r := newRig(t, Options{Switch: c.s})
		if err := r.Decide(appid, Outcome{Status: c.status}); err != nil {
			t.Fatal(err)
		}
		draft := r.draft(marker)
		r.submit(draft)
		there := func() bool { return code(r.post("/cgi-bin/draft/get", map[string]any{"media_id": draft})) == 0 }
		during := there()
		r.want(40007, r.post("/cgi-bin/freepublish/submit", map[string]any{"media_id": draft}))
		r.clock.add(time.Second)
		if after := there(); during != c.inReview || after != c.afterReview {
			t.Errorf("%+v, status %d: in review %v, after %v", c.s, c.status, during, after)
		}
		if c.afterReview { // and it can be submitted again
			r.submit(draft)
			r.clock.add(time.Second)
			if n := len(r.Live(marker)); n != 1 {
				t.Errorf("%+v: %d live after the second try", c.s, n)
			}
		}
	}
}

func TestDeleteCountsFromOneAndZeroMeansAll(t *testing.T) {
	markers := []string{marker + "a", marker + "b", marker + "c"}
	for _, c := range []struct {
		index  any
		want   int
		live   int
		status float64
	}{
		{2, 0, 2, 0}, {0, 0, 0, 5}, {nil, 0, 0, 5}, {4, 40114, 3, 0}, {-1, 40114, 3, 0},
	} {
		r := newRig(t, Options{})
		id := r.submit(r.draft(markers...))
		r.clock.add(time.Second)
		out := r.status(id)
		in := map[string]any{"article_id": out["article_id"]}
		if c.index != nil {
			in["index"] = c.index
		}
		r.want(c.want, r.post("/cgi-bin/freepublish/delete", in))
		live := 0
		for _, m := range markers {
			live += len(r.Live(m))
		}
		if got := r.status(id)["publish_status"]; live != c.live || got != c.status {
			t.Errorf("index %v: %d live, status %v", c.index, live, got)
		}
		if c.index == 2 {
			if len(r.Live(markers[1])) != 0 || !strings.Contains(r.readPage(link(out, 1)), "该内容已被发布者删除") {
				t.Error("not the second article was deleted")
			}
			items := r.post("/cgi-bin/freepublish/getarticle", in)["news_item"].([]any)
			if items[1].(map[string]any)["is_deleted"] != true || items[0].(map[string]any)["is_deleted"] != false {
				t.Error("is_deleted is wrong")
			}
		}
	}
}

func TestIdentifiersAsStringsAndLongLinks(t *testing.T) {
	r := newRig(t, Options{Switch: Switches{StringIDs: true, LongURLs: true}})
	out := r.post("/cgi-bin/freepublish/submit", map[string]any{"media_id": r.draft(marker)})
	id, ok := out["publish_id"].(string)
	if !ok {
		t.Fatalf("publish_id %v", out["publish_id"])
	}
	r.clock.add(time.Second)
	out = r.post("/cgi-bin/freepublish/get", map[string]any{"publish_id": id})
	address := link(out, 0)
	if !strings.Contains(address, "/s?__biz=") || !strings.Contains(address, "&mid="+id+"&idx=1&sn=") {
		t.Errorf("link %s", address)
	}
	if !strings.Contains(r.readPage(address), "正文第一段") {
		t.Error("the long link does not open the page")
	}
}

func TestCapabilities(t *testing.T) {
	r := newRig(t, Options{Accounts: []Account{{AppID: appid, Secret: secret, NoPublish: true, NoMass: true}}})
	draft := r.draft(marker)
	probe := map[string]any{"offset": 0, "count": 1, "no_content": 1}
	r.want(48001, r.post("/cgi-bin/freepublish/batchget", probe))
	r.want(48001, r.post("/cgi-bin/freepublish/submit", map[string]any{"media_id": draft}))
	r.want(48001, r.post("/cgi-bin/message/mass/sendall", "{}"))
	yes := true
	if err := r.SetPower(appid, &yes, nil); err != nil {
		t.Fatal(err)
	}
	r.want(0, r.post("/cgi-bin/freepublish/batchget", probe))
	r.want(48001, r.post("/cgi-bin/message/mass/sendall", "{}"))
}

func TestADueReviewIsDatedWhenItWasDue(t *testing.T) {
	r := newRig(t, Options{Review: time.Hour})
	start := r.clock.now()
	r.submit(r.draft(marker))
	r.clock.add(72 * time.Hour)
	if live := r.Live(marker); len(live) != 1 || !live[0].At.Equal(start.Add(time.Hour)) {
		t.Errorf("live %+v", live)
	}
	effects := r.Effects()
	last := effects[len(effects)-1]
	if last.Kind != "published" || last.Marker != marker || !last.At.Equal(start.Add(time.Hour)) {
		t.Errorf("last effect %+v", last)
	}
}

func TestThousandsOfDraftsAndPublishesStayInOrder(t *testing.T) {
	r := newRig(t, Options{Quotas: map[string]int{"*": -1}})
	var ids []int64
	for i := range 300 {
		ids = append(ids, r.submit(r.draft(fmt.Sprintf("https://example.gov.cn/%d", i))))
	}
	r.clock.add(time.Second)
	for i, id := range ids {
		if out := r.status(id); out["publish_status"] != 0.0 {
			t.Fatalf("publish %d: %v", i, out)
		}
	}
	list := r.Articles()
	if len(list) != 300 || list[0].Marker != "https://example.gov.cn/0" || list[299].Marker != "https://example.gov.cn/299" {
		t.Errorf("%d articles out of order", len(list))
	}
}
