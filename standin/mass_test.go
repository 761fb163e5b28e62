package standin

import (
	"strings"
	"testing"
	"time"
)

func (r *rig) mass(mediaID, clientID string) map[string]any {
	r.t.Helper()
	return r.post("/cgi-bin/message/mass/sendall", map[string]any{
		"filter": map[string]any{"is_to_all": true, "tag_id": ""}, "mpnews": map[string]any{"media_id": mediaID}, "msgtype": "mpnews",
		"send_ignore_reprint": 0, "clientmsgid": clientID,
	})
}

func (r *rig) massStatus(msgID any) any {
	r.t.Helper()
	return r.post("/cgi-bin/message/mass/get", map[string]any{"msg_id": msgID})["msg_status"]
}

func TestAMassMessageIsSentOnceAndListedNowhere(t *testing.T) {
	r := newRig(t, Options{Review: time.Minute})
	draft := r.draft(marker)
	out := r.mass(draft, "pubkey-1")
	r.want(0, out)
	id := out["msg_id"]
	if got := r.massStatus(id); got != "SENDING" {
		t.Errorf("status %v", got)
	}
	r.clock.add(time.Minute)
	if got := r.massStatus(id); got != "SEND_SUCCESS" {
		t.Errorf("status %v", got)
	}
	r.want(40007, r.post("/cgi-bin/draft/get", map[string]any{"media_id": draft}))
	if list := r.post("/cgi-bin/freepublish/batchget", map[string]any{"offset": 0, "count": 20}); list["total_count"] != 0.0 {
		t.Errorf("a pushed article is listed: %v", list)
	}
	live := r.Live(marker)
	if len(live) != 1 || !live[0].Pushed {
		t.Fatalf("live %+v", live)
	}
	r.want(53600, r.post("/cgi-bin/freepublish/getarticle", map[string]any{"article_id": live[0].ArticleID}))
}

func TestClientmsgidIsRememberedForADay(t *testing.T) {
	r := newRig(t, Options{Accounts: []Account{{AppID: appid, Secret: secret, MassPerDay: -1}}})
	first := r.mass(r.draft(marker), "pubkey-1")
	r.want(0, first)
	again := r.draft(marker)
	r.want(45066, r.mass(again, "pubkey-1"))
	r.clock.add(time.Minute)
	out := r.mass(again, "pubkey-1")
	if code(out) != 45065 || out["msg_id"] != first["msg_id"] {
		t.Errorf("after a minute: %v", out)
	}
	r.clock.add(24*time.Hour - time.Minute - time.Second)
	r.token = r.stable(appid)
	r.want(45065, r.mass(again, "pubkey-1"))
	r.clock.add(time.Second)
	r.want(0, r.mass(again, "pubkey-1")) // only safe inside 24 hours, as documented
	r.want(45067, r.mass(again, strings.Repeat("x", 33)))
}

func TestAnOmittedClientmsgidIsDerivedFromTheContent(t *testing.T) {
	r := newRig(t, Options{Accounts: []Account{{AppID: appid, Secret: secret, MassPerDay: -1}}})
	first := r.mass(r.draft(marker), "")
	r.want(0, first)
	r.clock.add(2 * time.Minute)
	if out := r.mass(r.draft(marker), ""); code(out) != 45065 || out["msg_id"] != first["msg_id"] {
		t.Errorf("same content: %v", out)
	}
	a := r.article(marker)
	a["title"] = "另一篇"
	r.want(0, r.mass(r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{a}})["media_id"].(string), ""))
}

func TestMassQuotaByKindOfAccount(t *testing.T) {
	r := newRig(t, Options{})
	r.want(0, r.mass(r.draft(marker), "a"))
	r.want(45028, r.mass(r.draft(marker), "b"))
	r.clock.t = time.Date(2026, 3, 3, 0, 0, 0, 0, beijing)
	r.token = r.stable(appid)
	if err := r.Decide(appid, Outcome{Status: 3}); err != nil {
		t.Fatal(err)
	}
	r.want(0, r.mass(r.draft(marker), "c"))
	r.clock.add(time.Second)
	r.want(0, r.mass(r.draft(marker), "d")) // a failed one does not count

	r = newRig(t, Options{Accounts: []Account{{AppID: appid, Secret: secret, Service: true}}})
	for _, id := range []string{"a", "b", "c", "d"} {
		r.want(0, r.mass(r.draft(marker), id))
	}
	r.want(45028, r.mass(r.draft(marker), "e"))
	r.clock.t = time.Date(2026, 4, 1, 0, 0, 0, 0, beijing)
	r.token = r.stable(appid)
	r.want(0, r.mass(r.draft(marker), "e"))
}

func TestTheAdministratorDecides(t *testing.T) {
	ask := func(t *testing.T) (*rig, string, int64) {
		r := newRig(t, Options{})
		if err := r.RequireConfirm(appid, true); err != nil {
			t.Fatal(err)
		}
		draft := r.draft(marker)
		out := r.mass(draft, "a")
		r.want(89505, out)
		again := r.mass(draft, "a")
		if list := r.Waiting(); len(list) != 1 || float64(list[0].MsgID) != out["msg_id"] || len(list[0].Titles) != 1 {
			t.Fatalf("waiting: %+v", list)
		}
		if code(again) != 89504 || again["msg_id"] != out["msg_id"] {
			t.Fatalf("asked again: %v", again)
		}
		return r, draft, int64(out["msg_id"].(float64))
	}
	t.Run("yes", func(t *testing.T) {
		r, draft, id := ask(t)
		r.clock.add(29 * time.Minute)
		if err := r.ConfirmMass(appid, id, true); err != nil {
			t.Fatal(err)
		}
		r.clock.add(time.Second)
		if got := r.massStatus(id); got != "SEND_SUCCESS" || len(r.Live(marker)) != 1 {
			t.Errorf("status %v", got)
		}
		r.clock.add(time.Hour)
		if len(r.Live(marker)) != 1 {
			t.Error("the patience of the administrator ended after her answer")
		}
		r.want(40007, r.post("/cgi-bin/draft/get", map[string]any{"media_id": draft}))
	})
	t.Run("no", func(t *testing.T) {
		r, draft, id := ask(t)
		if err := r.ConfirmMass(appid, id, false); err != nil {
			t.Fatal(err)
		}
		if got := r.massStatus(id); got != "SEND_FAIL" || len(r.Live(marker)) != 0 {
			t.Errorf("status %v", got)
		}
		r.want(0, r.post("/cgi-bin/draft/get", map[string]any{"media_id": draft}))
		if err := r.ConfirmMass(appid, id, true); err == nil {
			t.Error("answered twice")
		}
	})
	t.Run("silence", func(t *testing.T) {
		r, _, id := ask(t)
		r.clock.add(30*time.Minute - time.Second)
		if got := r.massStatus(id); got != "SENDING" {
			t.Errorf("before: %v", got)
		}
		r.clock.add(time.Second)
		if got := r.massStatus(id); got != "SEND_FAIL" || len(r.Waiting()) != 0 {
			t.Errorf("after: %v", got)
		}
	})
}

func TestMassErrors(t *testing.T) {
	r := newRig(t, Options{})
	draft := r.draft(marker)
	send := func(change map[string]any) int {
		in := map[string]any{
			"filter": map[string]any{"is_to_all": true, "tag_id": ""}, "mpnews": map[string]any{"media_id": draft}, "msgtype": "mpnews",
		}
		for k, v := range change {
			in[k] = v
		}
		return code(r.post("/cgi-bin/message/mass/sendall", in))
	}
	for name, c := range map[string]struct {
		change map[string]any
		want   int
	}{
		"no tag_id":       {map[string]any{"filter": map[string]any{"is_to_all": true}}, 40152},
		"no tag":          {map[string]any{"filter": map[string]any{"is_to_all": false, "tag_id": ""}}, 40152},
		"text":            {map[string]any{"msgtype": "text"}, 40008},
		"unknown draft":   {map[string]any{"mpnews": map[string]any{"media_id": "x"}}, 40007},
		"draft not named": {map[string]any{"mpnews": map[string]any{}}, 41006},
	} {
		if got := send(c.change); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	r.want(40059, r.post("/cgi-bin/message/mass/get", map[string]any{"msg_id": 5}))
	r.want(40059, r.post("/cgi-bin/message/mass/delete", map[string]any{"msg_id": 5}))
	auto := true
	if err := r.EditDraft(appid, draft, Edit{AutoSaved: &auto}); err != nil {
		t.Fatal(err)
	}
	if got := send(nil); got != 48021 {
		t.Errorf("auto-saved: %d", got)
	}
}

func TestMassDeleteAndPreview(t *testing.T) {
	r := newRig(t, Options{})
	draft := r.draft(marker, marker+"b")
	preview := map[string]any{"towxname": "someone", "msgtype": "mpnews", "mpnews": map[string]any{"media_id": draft}}
	if out := r.post("/cgi-bin/message/mass/preview", preview); code(out) != 0 || out["msg_id"] == nil {
		t.Errorf("preview: %v", out)
	}
	delete(preview, "towxname")
	r.want(40003, r.post("/cgi-bin/message/mass/preview", preview))
	if len(r.Articles()) != 0 {
		t.Fatal("a preview made something public")
	}
	id := r.mass(draft, "a")["msg_id"]
	r.clock.add(time.Second)
	r.want(40060, r.post("/cgi-bin/message/mass/delete", map[string]any{"msg_id": id, "article_idx": 3}))
	r.want(0, r.post("/cgi-bin/message/mass/delete", map[string]any{"msg_id": id, "article_idx": 1}))
	if len(r.Live(marker)) != 0 || len(r.Live(marker+"b")) != 1 || r.massStatus(id) != "SEND_SUCCESS" {
		t.Error("not the first article was deleted")
	}
	r.want(0, r.post("/cgi-bin/message/mass/delete", map[string]any{"url": r.Live(marker + "b")[0].URL}))
	if got := r.massStatus(id); got != "DELETE" {
		t.Errorf("status %v", got)
	}
}
