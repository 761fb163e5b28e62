package standin

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

func (r *rig) total(path string) float64 {
	r.t.Helper()
	n, _ := r.post(path, map[string]any{"offset": 0, "count": 20, "no_content": 1})["total_count"].(float64)
	return n
}

func TestListsMayLagBehind(t *testing.T) {
	r := newRig(t, Options{DraftListed: time.Minute, PostListed: 10 * time.Minute})
	old := r.draft("https://example.gov.cn/old")
	r.clock.add(time.Minute)
	fresh := r.draft("https://example.gov.cn/fresh")
	if n := r.total("/cgi-bin/draft/batchget"); n != 1 || r.get("/cgi-bin/draft/count")["total_count"] != 1.0 {
		t.Errorf("%v drafts listed", n)
	}
	item := r.post("/cgi-bin/draft/batchget", map[string]any{"offset": 0, "count": 20})["item"].([]any)[0].(map[string]any)
	if item["media_id"] != old {
		t.Errorf("listed: %v", item)
	}
	r.want(0, r.post("/cgi-bin/draft/get", map[string]any{"media_id": fresh})) // only the list does not know it
	r.clock.add(time.Minute)
	if n := r.total("/cgi-bin/draft/batchget"); n != 2 {
		t.Errorf("%v drafts listed a minute later", n)
	}
	r.published(marker)
	if n := r.total("/cgi-bin/freepublish/batchget"); n != 0 || len(r.Live(marker)) != 1 {
		t.Errorf("%v listed at once", n)
	}
	r.clock.add(10 * time.Minute)
	if n := r.total("/cgi-bin/freepublish/batchget"); n != 1 {
		t.Errorf("%v listed ten minutes later", n)
	}
}

func TestASubmittedDraftMayLingerInTheBox(t *testing.T) {
	r := newRig(t, Options{DraftLinger: time.Minute})
	draft := r.draft(marker)
	r.submit(draft)
	r.clock.add(30 * time.Second) // published long since
	r.want(0, r.post("/cgi-bin/draft/get", map[string]any{"media_id": draft}))
	r.want(40007, r.post("/cgi-bin/freepublish/submit", map[string]any{"media_id": draft}))
	if len(r.Live(marker)) != 1 {
		t.Error("not public")
	}
	r.clock.add(30 * time.Second)
	r.want(40007, r.post("/cgi-bin/draft/get", map[string]any{"media_id": draft}))
}

func TestTheNastiestWorldPublishesADraftTwice(t *testing.T) {
	for _, s := range []Switches{{SubmitTwice: true}, {SubmitTwice: true, DraftLeavesLate: true}} {
		r := newRig(t, Options{Switch: s})
		draft := r.draft(marker)
		first, second := r.submit(draft), r.submit(draft)
		r.clock.add(9 * time.Second)
		third := r.submit(draft)
		r.clock.add(10 * time.Second)
		r.want(40007, r.post("/cgi-bin/freepublish/submit", map[string]any{"media_id": draft}))
		if first == second || second == third || len(r.Live(marker)) != 3 {
			t.Errorf("%+v: %d live", s, len(r.Live(marker)))
		}
		if twice := r.Twice(); len(twice) != 1 || twice[0] != marker {
			t.Errorf("Twice: %v", twice)
		}
	}
}

func TestTheLimiterOfSubmissionsIsNotTheQuota(t *testing.T) {
	r := newRig(t, Options{SubmitMax: 2, SubmitPer: time.Minute})
	a, b := r.draft("https://example.gov.cn/a"), r.draft("https://example.gov.cn/b")
	r.submit(a)
	r.clock.add(30 * time.Second)
	r.submit(b)
	again := r.draft(marker)
	r.want(53501, r.post("/cgi-bin/freepublish/submit", map[string]any{"media_id": again}))
	quota := r.post("/cgi-bin/openapi/quota/get", map[string]any{"cgi_path": "/cgi-bin/freepublish/submit"})["quota"].(map[string]any)
	if quota["remain"] != 97.0 {
		t.Errorf("quota %v", quota)
	}
	r.clock.add(30 * time.Second)
	r.submit(again)
	if len(r.Twice()) != 0 {
		t.Error(r.Twice())
	}
}

func TestATrialAccountAlwaysFails(t *testing.T) {
	r := newRig(t, Options{Accounts: []Account{{AppID: appid, Secret: secret, Trial: true}}})
	if out := r.published(marker); out["publish_status"] != 3.0 || len(r.Live(marker)) != 0 {
		t.Error(out)
	}
}

func TestReviewTimeCanBeChangedWhileItRuns(t *testing.T) {
	r := newRig(t, Options{})
	if err := r.SetReview(appid, 3*time.Hour); err != nil {
		t.Fatal(err)
	}
	id := r.submit(r.draft(marker))
	r.clock.add(3*time.Hour - time.Second)
	r.token = r.stable(appid)
	if out := r.status(id); out["publish_status"] != 1.0 {
		t.Error(out)
	}
	r.clock.add(time.Second)
	if out := r.status(id); out["publish_status"] != 0.0 {
		t.Error(out)
	}
}

func TestTheAdministratorMayRefuseAnAddress(t *testing.T) {
	r := newRig(t, Options{})
	if err := r.RequireIPConfirm(appid, true); err != nil {
		t.Fatal(err)
	}
	login := func() int {
		return code(r.post("/cgi-bin/stable_token", map[string]any{"grant_type": "client_credential", "appid": appid, "secret": secret}))
	}
	if got := login(); got != 89503 {
		t.Errorf("a new address: %d", got)
	}
	for _, c := range []struct {
		day  bool
		want int
		last time.Duration
	}{{false, 89507, time.Hour}, {true, 89506, 24 * time.Hour}} {
		if err := r.RefuseIP(appid, "127.0.0.1", c.day); err != nil {
			t.Fatal(err)
		}
		r.clock.add(c.last - time.Second)
		if got := login(); got != c.want {
			t.Errorf("refused: %d, want %d", got, c.want)
		}
		r.clock.add(time.Second)
		if got := login(); got != 89503 {
			t.Errorf("when the refusal is over: %d", got)
		}
	}
	if err := r.AllowIP(appid, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	if got := login(); got != 0 {
		t.Errorf("confirmed: %d", got)
	}
}

func TestAnotherProgramTakesTheClassicToken(t *testing.T) {
	r := newRig(t, Options{})
	stable := r.token
	classic := func() string {
		s, _ := r.get(fmt.Sprintf("/cgi-bin/token?grant_type=client_credential&appid=%s&secret=%s", appid, secret))["access_token"].(string)
		return s
	}
	r.token = classic()
	if err := r.StealClassic(appid); err != nil {
		t.Fatal(err)
	}
	r.clock.add(5*time.Minute - time.Second)
	r.want(0, r.get("/cgi-bin/draft/count"))
	r.clock.add(time.Second)
	r.want(40001, r.get("/cgi-bin/draft/count"))
	r.token = stable
	r.want(0, r.get("/cgi-bin/draft/count"))
}

func TestTemporaryForeignAndPinnedMaterials(t *testing.T) {
	r := newRig(t, Options{Accounts: []Account{{AppID: appid, Secret: secret}, {AppID: other, Secret: secret}}})
	add := func(cover string) int {
		a := r.article(marker)
		a["thumb_media_id"] = cover
		return code(r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{a}}))
	}
	temporary, _ := r.upload("/cgi-bin/media/upload?type=image", "media", "a.png", pngBytes(3, 3))["media_id"].(string)
	mine := r.token
	r.token = r.stable(other)
	foreign := r.newCover()
	r.token = mine
	if a, b, c := add(temporary), add(foreign), add(r.cover); temporary == "" || a != 40007 || b != 40007 || c != 0 {
		t.Errorf("temporary %q: %d, foreign: %d, own: %d", temporary, a, b, c)
	}
	del := func() int { return code(r.post("/cgi-bin/material/del_material", map[string]any{"media_id": r.cover})) }
	if err := r.PinMaterial(appid, r.cover, true); err != nil {
		t.Fatal(err)
	}
	if got := del(); got != 48005 {
		t.Errorf("a material of the menu: %d", got)
	}
	if err := r.PinMaterial(appid, r.cover, false); err != nil {
		t.Fatal(err)
	}
	if got := del(); got != 0 || add(r.cover) != 40007 {
		t.Errorf("deleted: %d", got)
	}
	if err := r.PinMaterial(appid, r.cover, false); err == nil {
		t.Error("a deleted material is pinned")
	}
}

func TestAFreshMassMessageMayBeUnknown(t *testing.T) {
	r := newRig(t, Options{MassKnown: 10 * time.Second})
	id := r.mass(r.draft(marker), "key")["msg_id"]
	r.want(40059, r.post("/cgi-bin/message/mass/get", map[string]any{"msg_id": id}))
	r.clock.add(10 * time.Second)
	if got := r.massStatus(id); got != "SEND_SUCCESS" {
		t.Error(got)
	}
}

func TestTheNextDayTellsWhatAHumanPushed(t *testing.T) {
	r := newRig(t, Options{})
	if err := r.MassSendDraft(appid, r.draft("https://example.gov.cn/hand")); err != nil {
		t.Fatal(err)
	}
	own := r.published(marker)
	pushed := r.Live("https://example.gov.cn/hand")[0]
	ask := func(path, day string) map[string]any {
		return r.post("/datacube/"+path, map[string]any{"begin_date": day, "end_date": day})
	}
	today := "2026-03-02"
	r.want(61501, ask("getarticletotaldetail", today))
	r.clock.add(14 * time.Hour) // past midnight
	r.token = r.stable(appid)
	r.want(61503, ask("getarticletotaldetail", today))
	r.clock.add(8 * time.Hour)
	r.token = r.stable(appid)
	for path, want := range map[string]int{"2026/03/02": 61500, "2025-10-31": 61501, "2026-03-03": 61501} {
		r.want(want, ask("getarticletotaldetail", path))
	}
	r.want(61501, r.post("/datacube/getarticleread", map[string]any{"begin_date": "2026-03-01", "end_date": today}))
	out := ask("getarticletotaldetail", today)
	rows, _ := out["list"].([]any)
	if len(rows) != 2 {
		t.Fatalf("rows: %v", out)
	}
	for _, row := range rows {
		row := row.(map[string]any)
		switch row["publish_type"] {
		case 0.0:
			if row["content_url"] != pushed.URL || row["msgid"] != fmt.Sprintf("%d_1", pushed.Mid) {
				t.Errorf("pushed: %v", row)
			}
		case 1.0:
			if row["content_url"] != link(own, 0) {
				t.Errorf("published: %v", row)
			}
		}
	}
	for _, n := range []int{2, 3} {
		if err := r.Read(pushed.URL, today, n); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, row := range ask("getarticleread", today)["list"].([]any) {
			found = found || row.(map[string]any)["msgid"] == fmt.Sprintf("%d_1", pushed.Mid)
		}
		if found != (n >= 3) {
			t.Errorf("%d reads: counted %v", n, found)
		}
	}
	r.want(0, ask("getarticleshare", today))
	if list := r.post("/datacube/getbizsummary", map[string]any{"begin_date": "2026-02-20", "end_date": today})["list"].([]any); len(list) != 11 {
		t.Errorf("summary of %d days", len(list))
	}
	no := false
	if err := r.SetPower(appid, &no, &no); err != nil {
		t.Fatal(err)
	}
	r.want(48001, ask("getarticleread", today))
}

func TestComments(t *testing.T) {
	r := newRig(t, Options{Accounts: []Account{{AppID: appid, Secret: secret}, {AppID: other, Secret: secret, NoComments: true}}})
	id := r.submit(r.draft(marker))
	r.clock.add(time.Second)
	page := r.Live(marker)[0].URL
	call := func(what string, more map[string]any) map[string]any {
		in := map[string]any{"msg_data_id": id, "index": 0}
		for k, v := range more {
			in[k] = v
		}
		return r.post("/cgi-bin/comment/"+what, in)
	}
	if err := r.Remark(page, "没有开放"); err == nil {
		t.Error("a remark under an article without comments")
	}
	r.want(0, call("open", nil))
	for _, text := range []string{"第一条", "第二条"} {
		if err := r.Remark(page, text); err != nil {
			t.Fatal(err)
		}
	}
	list := func(kind int) []any {
		return call("list", map[string]any{"begin": 0, "count": 49, "type": kind})["comment"].([]any)
	}
	first := list(0)[1].(map[string]any)
	if len(list(0)) != 2 || first["content"] != "第一条" {
		t.Fatalf("%v", list(0))
	}
	one := map[string]any{"user_comment_id": first["user_comment_id"], "content": "谢谢"}
	r.want(0, call("markelect", one))
	if len(list(2)) != 1 || len(list(1)) != 1 {
		t.Error("not elected")
	}
	r.want(0, call("unmarkelect", one))
	r.want(0, call("reply/add", one))
	r.want(88005, call("reply/add", one))
	r.want(0, call("reply/delete", one))
	r.want(0, call("delete", one))
	r.want(88008, call("delete", one))
	r.want(88010, call("list", map[string]any{"count": 50}))
	r.want(88001, call("open", map[string]any{"index": 1}))
	r.want(0, call("close", nil))
	r.token = r.stable(other)
	r.want(88000, call("open", nil))
}

func TestEffectsAreBounded(t *testing.T) {
	r := newRig(t, Options{EffectsMax: 100, State: filepath.Join(t.TempDir(), "wechat.state")})
	for range 500 {
		r.WeChat.mu.Lock()
		r.WeChat.record(Effect{Kind: "picture"})
		r.WeChat.mu.Unlock()
	}
	list := r.Effects()
	if len(list) < 100 || len(list) > 200 || list[len(list)-1].Seq != 501 || cap(r.world.Effects) > 400 {
		t.Errorf("%d effects to %d", len(list), list[len(list)-1].Seq)
	}
	if since := r.EffectsSince(499); len(since) != 2 || since[0].Seq != 500 {
		t.Errorf("since 499: %v", since)
	}
}
