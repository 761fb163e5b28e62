package standin

import (
	"testing"
	"time"
)

func TestQuotaStartsAnewAtBeijingMidnight(t *testing.T) {
	r := newRig(t, Options{})
	r.clock.t = time.Date(2026, 3, 2, 15, 59, 0, 0, time.UTC) // 23:59 in Beijing
	r.token = r.stable(appid)
	probe := map[string]any{"offset": 0, "count": 1, "no_content": 1}
	for i := range 100 {
		if got := code(r.post("/cgi-bin/freepublish/batchget", probe)); got != 0 {
			t.Fatalf("call %d: %d", i+1, got)
		}
	}
	r.want(45009, r.post("/cgi-bin/freepublish/batchget", probe))
	r.want(53502, r.status(1)) // another path has its own
	r.clock.add(time.Minute)
	r.want(0, r.post("/cgi-bin/freepublish/batchget", probe))
}

func TestQuotaGetTellsWhatIsLeft(t *testing.T) {
	r := newRig(t, Options{Quotas: map[string]int{"/cgi-bin/freepublish/get": 7, "/cgi-bin/draft/count": -1}})
	r.status(1)
	quota := func(path string) map[string]any {
		q, _ := r.post("/cgi-bin/openapi/quota/get", map[string]any{"cgi_path": path})["quota"].(map[string]any)
		return q
	}
	if q := quota("/cgi-bin/freepublish/get"); q["daily_limit"] != 7.0 || q["used"] != 1.0 || q["remain"] != 6.0 {
		t.Errorf("quota %v", q)
	}
	if q := quota("/cgi-bin/freepublish/delete"); q["daily_limit"] != 10.0 || q["remain"] != 10.0 {
		t.Errorf("quota %v", q)
	}
	r.want(76021, r.post("/cgi-bin/openapi/quota/get", map[string]any{"cgi_path": "/cgi-bin/x"}))
	r.want(76003, r.post("/cgi-bin/openapi/quota/get", map[string]any{}))
}

func TestQuotasCanBeCleared(t *testing.T) {
	r := newRig(t, Options{Quotas: map[string]int{"/cgi-bin/draft/count": 1}})
	clear := map[string]any{"appid": appid}
	r.want(40013, r.post("/cgi-bin/clear_quota", map[string]any{"appid": other}))
	for i := range 10 {
		r.want(0, r.get("/cgi-bin/draft/count"))
		r.want(45009, r.get("/cgi-bin/draft/count"))
		path := []string{"/cgi-bin/clear_quota", "/cgi-bin/openapi/clear_quota"}[i%2]
		r.want(0, r.post(path, clear))
	}
	r.want(48006, r.post("/cgi-bin/clear_quota", clear))
	r.want(48006, r.post("/cgi-bin/clear_quota/v2?appid="+appid+"&appsecret="+secret, ""))
	r.want(40125, r.post("/cgi-bin/clear_quota/v2?appid="+appid+"&appsecret=no", ""))
	r.clock.t = time.Date(2026, 4, 1, 0, 0, 0, 0, beijing)
	r.token = r.stable(appid)
	r.want(0, r.post("/cgi-bin/clear_quota", clear))
}

func TestOneStarReplacesEveryQuota(t *testing.T) {
	r := newRig(t, Options{Quotas: map[string]int{"*": 2, "/cgi-bin/draft/get": 3}})
	for path, want := range map[string]int{"/cgi-bin/freepublish/get": 2, "/cgi-bin/draft/get": 3} {
		n := 0
		for code(r.post(path, map[string]any{"media_id": "x", "publish_id": 1})) != 45009 {
			n++
		}
		if n != want {
			t.Errorf("%s: %d calls, want %d", path, n, want)
		}
	}
}

func TestARidExplainsItself(t *testing.T) {
	r := newRig(t, Options{})
	r.want(40007, r.post("/cgi-bin/draft/get", map[string]any{"media_id": "x"}))
	entries := r.Log()
	last := entries[len(entries)-1]
	out := r.post("/cgi-bin/openapi/rid/get", map[string]any{"rid": last.Rid})
	if last.Code != 40007 || out["request"].(map[string]any)["request_url"] != "/cgi-bin/draft/get" {
		t.Errorf("rid %q: %v", last.Rid, out)
	}
	r.want(76001, r.post("/cgi-bin/openapi/rid/get", map[string]any{"rid": "x"}))
}
