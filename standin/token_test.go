package standin

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func (r *rig) usable(token string) int {
	r.t.Helper()
	return code(r.get("/cgi-bin/draft/count?access_token=" + token))
}

func (r *rig) classic() string {
	r.t.Helper()
	out := r.get("/cgi-bin/token?grant_type=client_credential&appid=" + appid + "&secret=" + secret)
	s, _ := out["access_token"].(string)
	return s
}

func TestStableTokenStaysTheSameUntilFiveMinutesBeforeItsEndAndThenBothWork(t *testing.T) {
	r := newRig(t, Options{})
	first := r.token
	r.clock.add(tokenLife - tokenGrace - time.Second)
	out := r.post("/cgi-bin/stable_token", map[string]any{"grant_type": "client_credential", "appid": appid, "secret": secret})
	if out["access_token"] != first || out["expires_in"] != 301.0 {
		t.Fatalf("one second before renewal: %v", out)
	}
	r.clock.add(time.Second)
	second := r.stable(appid)
	if second == first {
		t.Fatal("the token was not renewed five minutes before its end")
	}
	if a, b := r.usable(first), r.usable(second); a != 0 || b != 0 {
		t.Fatalf("in the overlap: old %d, new %d", a, b)
	}
	r.clock.add(tokenGrace)
	if a, b := r.usable(first), r.usable(second); a != 42001 || b != 0 {
		t.Fatalf("after the overlap: old %d, new %d", a, b)
	}
}

func TestForcedRefreshKillsAtOnceAndIsRationed(t *testing.T) {
	r := newRig(t, Options{})
	force := map[string]any{"grant_type": "client_credential", "appid": appid, "secret": secret, "force_refresh": true}
	old := r.token
	out := r.post("/cgi-bin/stable_token", force)
	if r.usable(old) != 40001 || r.usable(out["access_token"].(string)) != 0 {
		t.Fatal("a forced refresh must kill the old token at once and give a good one")
	}
	r.clock.add(29 * time.Second)
	r.want(45011, r.post("/cgi-bin/stable_token", force))
	for i := range 19 {
		r.clock.add(30 * time.Second)
		if got := code(r.post("/cgi-bin/stable_token", force)); got != 0 {
			t.Fatalf("force %d: %d", i+2, got)
		}
	}
	r.clock.add(30 * time.Second)
	r.want(45009, r.post("/cgi-bin/stable_token", force))
	r.clock.add(24 * time.Hour)
	r.want(0, r.post("/cgi-bin/stable_token", force))
}

func TestClassicTokensSupersedeEachOtherButNotTheStableFamily(t *testing.T) {
	r := newRig(t, Options{})
	first, second := r.classic(), r.classic()
	if first == second || r.usable(first) != 0 {
		t.Fatal("a classic token must be new each time and the old one must have five minutes left")
	}
	r.clock.add(tokenGrace)
	if a, b, c := r.usable(first), r.usable(second), r.usable(r.token); a != 40001 || b != 0 || c != 0 {
		t.Fatalf("after five minutes: first %d, second %d, stable %d", a, b, c)
	}
	r.clock.add(tokenLife)
	if b, c := r.usable(second), r.usable(r.token); b != 42001 || c != 42001 {
		t.Fatalf("after two hours: classic %d, stable %d", b, c)
	}
}

func TestTokenErrors(t *testing.T) {
	r := newRig(t, Options{})
	const grant = "/cgi-bin/token?grant_type=client_credential"
	for _, c := range []struct {
		name, path string
		want       int
	}{
		{"no grant", "/cgi-bin/token?appid=" + appid + "&secret=" + secret, 40002},
		{"no appid", grant + "&secret=" + secret, 41002},
		{"unknown appid", grant + "&appid=wx0000000000000000&secret=" + secret, 40013},
		{"no secret", grant + "&appid=" + appid, 41004},
		{"wrong secret", grant + "&appid=" + appid + "&secret=no", 40125},
		{"no token", "/cgi-bin/draft/count?access_token=", 41001},
		{"malformed token", "/cgi-bin/draft/count?access_token=abc", 40014},
		{"unknown token", "/cgi-bin/draft/count?access_token=" + strings.Repeat("a", 136), 40001},
		{"unknown path", "/cgi-bin/draft/nothing", 40066},
	} {
		if got := code(r.get(c.path)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	r.want(43001, r.post("/cgi-bin/draft/count", "{}"))
	r.want(43002, r.get("/cgi-bin/draft/add"))
	r.want(43002, r.get("/cgi-bin/stable_token"))
	r.want(44002, r.post("/cgi-bin/stable_token", ""))
	r.want(40125, r.post("/cgi-bin/stable_token", map[string]any{"grant_type": "client_credential", "appid": appid, "secret": "no"}))
}

func TestAllowListGuardsEveryCallAndNamesTheCaller(t *testing.T) {
	r := newRig(t, Options{Accounts: []Account{{AppID: appid, Secret: secret, AllowIPs: []string{"127.0.0.1", "198.51.100.0/24"}}}})
	r.CallFrom("203.0.113.7")
	for path, out := range map[string]map[string]any{
		"stable_token": r.post("/cgi-bin/stable_token", map[string]any{"grant_type": "client_credential", "appid": appid, "secret": secret}),
		"draft/count":  r.get("/cgi-bin/draft/count"),
	} {
		if code(out) != 40164 || !strings.Contains(out["errmsg"].(string), "203.0.113.7") {
			t.Errorf("%s: %v", path, out)
		}
	}
	r.CallFrom("198.51.100.9")
	r.want(0, r.get("/cgi-bin/draft/count"))
	r.CallFrom("203.0.113.7")
	if err := r.AllowIP(appid, "203.0.113.0/29"); err != nil {
		t.Fatal(err)
	}
	r.want(0, r.get("/cgi-bin/draft/count"))
	if err := r.AllowIP(appid, "203.0.113.*"); err == nil {
		t.Error("a pattern with a star was admitted")
	}
}

func TestANewAddressWaitsForTheAdministrator(t *testing.T) {
	r := newRig(t, Options{})
	if err := r.RequireIPConfirm(appid, true); err != nil {
		t.Fatal(err)
	}
	ask := map[string]any{"grant_type": "client_credential", "appid": appid, "secret": secret}
	r.CallFrom("203.0.113.7")
	r.want(89503, r.post("/cgi-bin/stable_token", ask))
	if err := r.AllowIP(appid, "203.0.113.7"); err != nil {
		t.Fatal(err)
	}
	r.want(0, r.post("/cgi-bin/stable_token", ask))
	r.CallFrom("203.0.113.8")
	r.want(89503, r.post("/cgi-bin/stable_token", ask))
}

func TestTokensEndBeforeTheirTime(t *testing.T) {
	r := newRig(t, Options{})
	for _, c := range []struct {
		end  func(string) error
		want int
	}{{r.ExpireTokens, 42001}, {r.StealTokens, 40001}} {
		classic, stable := r.classic(), r.stable(appid)
		if err := c.end(appid); err != nil {
			t.Fatal(err)
		}
		if a, b := r.usable(classic), r.usable(stable); a != c.want || b != c.want {
			t.Errorf("classic %d, stable %d, want %d", a, b, c.want)
		}
		if fresh := r.stable(appid); fresh == stable || r.usable(fresh) != 0 || r.usable(r.classic()) != 0 {
			t.Errorf("after %d no token works", c.want)
		}
	}
	if err := r.ExpireTokens("wx0000000000000000"); err == nil {
		t.Error("tokens of an unknown account ended")
	}
}

func TestTokensOfOneAccountDoNotOpenTheOther(t *testing.T) {
	r := newRig(t, Options{Accounts: []Account{{AppID: appid, Secret: secret}, {AppID: other, Secret: secret}}})
	id := r.draft("https://example.gov.cn/1")
	publishID := r.submit(id)
	cover, mine := r.cover, r.token
	r.token = r.stable(other)
	r.want(40007, r.post("/cgi-bin/draft/get", map[string]any{"media_id": id}))
	r.want(53502, r.status(publishID))
	a := r.article("")
	a["thumb_media_id"] = cover
	r.want(40007, r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{a}}))
	r.token = mine
	r.want(0, r.status(publishID))
}

func TestNoSecretOrTokenReachesTheLog(t *testing.T) {
	r := newRig(t, Options{})
	r.classic()
	resp, b, err := r.send(http.MethodGet, "/_standin/log", "", nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(err, resp)
	}
	if s := string(b); strings.Contains(s, secret) || strings.Contains(s, r.token) || !strings.Contains(s, "/cgi-bin/token") {
		t.Errorf("log: %s", s)
	}
}
