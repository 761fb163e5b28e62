package desk

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// filled puts real names into the path of a route. A part that this test does not know is an error: a new route is tried like every other.
func filled(t *testing.T, path string, names map[string]string) string {
	t.Helper()
	return regexp.MustCompile(`\{[^}]*\}`).ReplaceAllStringFunc(path, func(part string) string {
		if part == "{$}" {
			return ""
		}
		name, ok := names[strings.TrimSuffix(strings.Trim(part, "{}"), "...")]
		if !ok {
			t.Fatalf("%s: nobody told this test what to put for %s", path, part)
		}
		return url.PathEscape(name)
	})
}

// finer are the routes that look at the step of a review before they let somebody do it: with the right to see alone nothing is done.
var finer = map[string][]press.Right{
	"POST /items/{id}/review":           {press.MaySign, press.MayClear},
	"POST /api/v1/items/{id}/approvals": {press.MaySign, press.MayClear},
}

// TestEveryRoleAtEveryRoute asks for each address as somebody of each role, and as nobody: it is answered if and only if the table of rights
// says so.
func TestEveryRoleAtEveryRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	w.real()
	somebody := w.person("somebody", "某某", press.Drafter)
	names := map[string]string{"id": string(ids["verified"]), "person": fmt.Sprint(somebody.ID), "key": w.copy(ids["unknown"], "wechat").Edition, "name": "wechat",
		"channel": "site", "path": "index.html", "n": "1", "digest": strings.Repeat("ab", 32), "date": "2026-11-25"}
	nobody := w.browser()
	for i, role := range append(press.Roles(), "") {
		if testing.Short() && i%3 > 0 {
			continue // the whole table is tried in the long run
		}
		b := nobody
		if role != "" {
			b = w.signedIn(fmt.Sprintf("role%d", i), "角色"+role.Name(), role)
		}
		for _, r := range (&desk{}).table() {
			if r.right == "" {
				continue // for everybody; what it does with nobody is tried elsewhere
			}
			form := url.Values(nil)
			if r.method == http.MethodPost {
				form = url.Values{}
			}
			what := fmt.Sprintf("%s %s as %s", r.method, r.path, role)
			res, text := b.visit(r.method, filled(t, r.path, names), form, briefly)
			at := res.Header.Get("Location")
			switch may := role.Has(r.right); {
			case role == "" && strings.HasPrefix(r.path, "/api/"):
				if res.StatusCode != 401 || res.Header.Get("Content-Type") != "application/problem+json" {
					t.Errorf("%s: %d", what, res.StatusCode)
				}
			case role == "":
				if res.StatusCode != 303 || !strings.HasPrefix(at, "/sign-in") {
					t.Errorf("%s: %d %s", what, res.StatusCode, at)
				}
			case !may:
				if res.StatusCode != 403 {
					t.Errorf("%s: %d, want 403", what, res.StatusCode)
				}
			case finer[r.method+" "+r.path] != nil: // of an empty form, which has no step, nothing comes
				if res.StatusCode < 400 || res.StatusCode != 403 && !slices.ContainsFunc(finer[r.method+" "+r.path], role.Has) && res.StatusCode/100 != 4 {
					t.Errorf("%s: %d", what, res.StatusCode)
				}
			case res.StatusCode == 403 || res.StatusCode == 401 || strings.HasPrefix(at, "/sign-in") || res.StatusCode == 500:
				t.Errorf("%s: %d %s although the role has %s\n%.300s", what, res.StatusCode, at, r.right, text)
			}
		}
	}
}

// briefly ends what would not end by itself: a stream.
func briefly(r *http.Request) {
	if r.Method == http.MethodGet {
		ctx, cancel := context.WithTimeout(r.Context(), 400*time.Millisecond)
		context.AfterFunc(ctx, cancel)
		*r = *r.WithContext(ctx)
	}
}

// TestEnemies tries what somebody may try who is not welcome, each with the answer that it gets.
func TestEnemies(t *testing.T) {
	t.Parallel()
	w := newWorld(t).real(func(o *Options) { o.Address = &url.URL{Scheme: "https", Host: "desk.example.gov.cn"} })
	b := w.signedIn("sun", "孙某", press.Operator, press.Publisher)
	li := w.person("li", "李某", press.Drafter)
	host := func(h string) func(*http.Request) { return func(r *http.Request) { r.Host = h } }
	cross := func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://evil.example")
	}
	oldCross := func(r *http.Request) { // a browser over plain http says only where it comes from
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Set("Origin", "http://evil.example")
	}
	seen := url.Values{"seen": {stateOf(li)}, "sure": {"yes"}}
	disable := to("people", fmt.Sprint(li.ID), "disable")
	for _, c := range []struct {
		name, method, target string
		form                 url.Values
		how                  func(*http.Request)
		want                 int
		words                string
	}{
		{"a form on a foreign page", "POST", disable, seen, cross, 403, "不是从编辑台的页面发出"},
		{"the same from an old browser", "POST", disable, seen, oldCross, 403, "不是从编辑台的页面发出"},
		{"from a sandboxed frame", "POST", disable, seen, func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") }, 403, "不是从编辑台"},
		{"signing somebody in as the attacker", "POST", "/sign-in", url.Values{"login": {"li"}, "password": {lantern}}, cross, 403, "不是从编辑台"},
		{"signing out from a foreign page", "POST", "/sign-out", url.Values{}, cross, 403, "不是从编辑台"},
		{"a form filled in before somebody else changed it", "POST", disable, url.Values{"seen": {"1"}, "sure": {"yes"}}, nil, 409, "没有执行"},
		{"a move by GET", "GET", disable + "?sure=yes&seen=" + stateOf(li), nil, nil, 404, "没有这个页面"},
		{"signing out by GET", "GET", "/sign-out", nil, nil, 404, "没有这个页面"},
		{"a name that resolves to this machine", "GET", "/matrix", nil, host("evil.example"), 421, "不认识这个访问地址"},
		{"a host like ours", "GET", "/matrix", nil, host("desk.example.gov.cn.evil.example"), 421, "不认识"},
		{"our own host", "GET", "/matrix", nil, host("desk.example.gov.cn"), 200, "孙某"},
		{"our own host with a port, in capitals", "GET", "/matrix", nil, host("DESK.example.gov.cn:443"), 200, "孙某"},
		{"an oversize form", "POST", "/sign-in", url.Values{"login": {strings.Repeat("x", 1<<20)}, "password": {"x"}}, nil, 413, "太大"},
		{"an oversize login", "POST", "/sign-in", url.Values{"login": {strings.Repeat("x", 10_000)}, "password": {"x"}}, nil, 422, "登录名或者密码不对"},
		{"an oversize password", "POST", "/sign-in", url.Values{"login": {"li"}, "password": {strings.Repeat("x", 10_000)}}, nil, 422, "登录名或者密码不对"},
		{"a broken form", "POST", "/people/add", nil, func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.URL.RawQuery = "%zz"
		}, 400, "读不出来"},
		{"a hostile name", "POST", "/people/add", url.Values{"login": {"x1"}, "name": {"a\r\nSet-Cookie: a=b"}, "role": {"drafter"}}, nil, 422, "控制字符"},
		{"a login of SQL", "POST", "/people/add", url.Values{"login": {"x' OR 1=1--"}, "name": {"某"}, "role": {"drafter"}}, nil, 422, "登录名要用"},
		{"a page of people of SQL", "GET", "/people?after=%27%20OR%201%3D1--", nil, nil, 200, ""},
		{"a role that one cannot have", "POST", "/people/add", url.Values{"login": {"x2"}, "name": {"某"}, "role": {"system"}}, nil, 422, "没有叫“system”的角色"},
		{"a cookie of rubbish", "GET", "/matrix", nil, func(r *http.Request) { r.Header.Set("Cookie", "tongfa="+strings.Repeat("%00'\"", 100)) }, 303, ""},
		{"a language of scripts", "GET", "/sign-in", nil, func(r *http.Request) { r.Header.Set("Cookie", `lang="><script>; theme="><script>`) }, 200, ""},
		{"SSO where there is none", "GET", "/sign-in/oidc/back?code=x&state=y", nil, nil, 404, "没有这个页面"},
	} {
		how := c.how
		if how == nil {
			how = func(*http.Request) {}
		}
		res, text := b.visit(c.method, c.target, c.form, how)
		t.Logf("%-50s %d", c.name, res.StatusCode)
		if res.StatusCode != c.want || !strings.Contains(text, c.words) {
			t.Errorf("%s: %d, want %d with %q\n%.600s", c.name, res.StatusCode, c.want, c.words, text)
		}
		h := res.Header
		if h.Get("X-Frame-Options") != "DENY" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || h.Get("X-Content-Type-Options") != "nosniff" ||
			h.Get("Cache-Control") == "" {
			t.Errorf("%s: headers %v", c.name, h)
		}
		if strings.Contains(text, "<script>") {
			t.Errorf("%s: a script on the page", c.name)
		}
	}
	if p := w.person("li", "李某"); !p.Disabled.IsZero() {
		t.Error("one of them worked")
	}
}

// Where a page sends the browser is always an address of ours, whatever it was asked to come back to.
func TestNoOpenRedirect(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"/matrix?q=a": "/matrix?q=a", "/items/x%23y": "/items/x%23y", "/": "/", "": "/",
		"//evil.example": "/", "///evil.example": "/", `/\evil.example`: "/", `\/evil.example`: "/", "https://evil.example": "/", "http:evil.example": "/",
		"javascript:alert(1)": "/", "/\t/evil.example": "/", "/\r\nSet-Cookie: a=b": "/", "/%0d%0aSet-Cookie:%20a=b": "/", "/%2F/evil.example": "/", "/%5Cevil.example": "/",
		"matrix": "/", "?q=a": "/", "/sign-out": "/", "/sign-in?next=//evil.example": "/", "/api/v1/items": "/", "/" + strings.Repeat("a", 3000): "/", " /matrix": "/", "/../..//evil.example": "/../..//evil.example",
	} {
		if got := next(s); got != want {
			t.Errorf("%q leads to %q, want %q", s, got, want)
		}
	}
	w := newWorld(t).real()
	w.person("li", "李某", press.Publisher)
	for _, evil := range []string{"//evil.example", `/\evil.example`, "https://evil.example/", "/\r\nX: y", "/%0d%0aX:%20y"} {
		for _, c := range []struct {
			target string
			form   url.Values
		}{
			{"/sign-in", url.Values{"login": {"li"}, "password": {lantern}}},
			{"/language", url.Values{"lang": {"en"}}},
			{"/theme", url.Values{"theme": {"dark"}}},
		} {
			c.form.Set("next", evil)
			res, _ := w.browser().visit("POST", c.target, c.form)
			at := res.Header.Get("Location")
			if res.StatusCode != 303 || !strings.HasPrefix(at, "/") || strings.Contains(at, "evil") || res.Header.Get("X") != "" {
				t.Errorf("%s with next=%q: %d to %q", c.target, evil, res.StatusCode, at)
			}
		}
	}
}

// A session that an attacker gave to a browser is not the one that its owner signs in to; and the cookie goes nowhere else.
func TestSessionFixationAndCookies(t *testing.T) {
	t.Parallel()
	w := newWorld(t).real()
	w.person("li", "李某", press.Publisher)
	attacker := w.browser()
	attacker.signIn("li", lantern)
	known := attacker.cookies["tongfa"]
	victim := w.browser()
	victim.cookies["tongfa"] = known
	res, _ := victim.signIn("li", lantern)
	if victim.cookies["tongfa"] == known || victim.cookies["tongfa"] == "" {
		t.Fatal("the token stays the same over a sign-in")
	}
	attacker.wants("GET", "/matrix", nil, 303, "/sign-in") // her session has become the victim's, under a name that she does not know
	victim.wants("GET", "/matrix", nil, 200)
	made := w.browser()
	made.cookies["tongfa"] = "a-token-of-my-own-making-which-nobody-gave-me"
	made.signIn("li", lantern)
	if made.cookies["tongfa"] == "a-token-of-my-own-making-which-nobody-gave-me" {
		t.Error("a made-up token became a session")
	}
	c := res.Header.Get("Set-Cookie")
	if !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") || strings.Contains(c, "Secure") || strings.Contains(c, "Max-Age") || strings.Contains(c, "Domain") {
		t.Errorf("cookie by http: %s", c)
	}
	before := victim.cookies["tongfa"]
	victim.wants("POST", "/sign-out", url.Values{}, 303)
	victim.cookies["tongfa"] = before
	victim.wants("GET", "/matrix", nil, 303) // what is signed out stays so
	s := w.real(func(o *Options) { o.Address = &url.URL{Scheme: "https", Host: "desk.example.gov.cn"} }).browser()
	res, _ = s.signIn("li", lantern)
	if c := res.Header.Get("Set-Cookie"); !strings.Contains(c, "Secure") || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("cookie by https: %s", c)
	}
	var tokens int
	if raw := w.bytes(); bytes.Contains(raw, []byte(s.cookies["tongfa"])) {
		tokens++
	}
	if tokens > 0 {
		t.Error("the ledger holds a token as it is")
	}
}

// Who tries passwords has to wait longer each time, whatever login she tries, and cannot tell which logins there are.
func TestBruteForce(t *testing.T) {
	t.Parallel()
	w := newWorld(t).real()
	w.person("li", "李某", press.Publisher)
	var said [2][]string
	for i, login := range []string{"li", "nobody.there"} {
		b := w.browser()
		b.from = fmt.Sprintf("192.0.2.%d:4000", i+1)
		for range 14 {
			res, text := b.signIn(login, "wrong password")
			m := regexp.MustCompile(`请在\d+(分钟|秒)以后`).FindString(text)
			said[i] = append(said[i], fmt.Sprint(res.StatusCode, m))
			if s := res.Header.Get("Retry-After"); s != "" {
				d, _ := time.ParseDuration(s + "s")
				if d < 5*time.Minute {
					w.now = w.now.Add(d)
				}
			}
		}
	}
	t.Log(said[0])
	if !slices.Equal(said[0], said[1]) {
		t.Errorf("a login that there is answers differently from one that there is not:\n%v\n%v", said[0], said[1])
	}
	if !slices.Contains(said[0], "429请在2秒以后") {
		t.Error("nobody has to wait")
	}
	b := w.browser()
	for range 12 {
		res, _ := b.signIn("li", "wrong password")
		if s := res.Header.Get("Retry-After"); s != "" {
			d, _ := time.ParseDuration(s + "s")
			w.now = w.now.Add(min(d, time.Minute))
		}
	}
	p := w.person("li", "李某")
	if !p.Locked.After(w.now) {
		t.Fatalf("after %d wrong passwords she is not locked", p.Failures)
	}
	if res, text := b.signIn("li", lantern); res.StatusCode != 429 || !strings.Contains(text, "分钟以后再试") {
		t.Errorf("locked, and yet: %d", res.StatusCode)
	}
	op := w.signedIn("sun", "孙某", press.Operator)
	at := to("people", fmt.Sprint(p.ID))
	op.wants("GET", at, nil, 200, "已锁定", "解除锁定")
	op.wants("POST", at+"/unlock", url.Values{"seen": {stateOf(p)}}, 303, "done=unlocked")
	if res, _ := b.signIn("li", lantern); res.StatusCode != 303 {
		t.Errorf("unlocked, and yet: %d", res.StatusCode)
	}

	spray := w.browser() // one password for many logins
	spray.from = "[2001:db8::1]:4000"
	late := 0
	for i := range 30 {
		spray.from = fmt.Sprintf("[2001:db8::%x]:4000", i+1) // the addresses of one subscriber
		if res, _ := spray.signIn(fmt.Sprintf("user%d", i), "Spring2026!x"); res.StatusCode == 429 {
			late++
		}
	}
	if late == 0 {
		t.Error("30 logins were tried from one place without a pause")
	}
}

// The only operator of an office is locked out by somebody who types wrong passwords: whoever runs the machine lets her in at once.
func TestWhoIsUnlockedOnTheServerComesInAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t).real()
	p := w.person("sun", "孙某", press.Operator)
	enemy := w.browser()
	enemy.from = "192.0.2.9:4000"
	for range 26 {
		res, _ := enemy.signIn("sun", "wrong password")
		if d, err := time.ParseDuration(res.Header.Get("Retry-After") + "s"); err == nil {
			w.now = w.now.Add(min(d, time.Minute))
		}
	}
	b := w.browser()
	if res, _ := b.signIn("sun", lantern); res.StatusCode != 429 {
		t.Fatalf("not locked: %d", res.StatusCode)
	}
	w.must(w.ledger.Unlock(t.Context(), p.ID, ledger.Who{Name: "王某", Role: press.Operator}, w.now)) // tongfa user unlock
	if res, _ := b.signIn("sun", lantern); res.StatusCode != 303 {
		t.Errorf("unlocked, and yet: %d", res.StatusCode)
	}
}

// Where a request came from is what a proxy of ours says, and never what the request says itself.
func TestWhereARequestCameFrom(t *testing.T) {
	t.Parallel()
	d := &desk{}
	d.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"127.0.0.1:5", "", "127.0.0.1"},
		{"127.0.0.1:5", "192.0.2.7", "192.0.2.7"},
		{"127.0.0.1:5", "203.0.113.9, 192.0.2.7", "192.0.2.7"}, // the first was made up by the visitor
		{"10.0.0.3:5", "192.0.2.7, 10.0.0.2", "192.0.2.7"},
		{"192.0.2.7:5", "127.0.0.1", "192.0.2.7"}, // no proxy of ours
		{"127.0.0.1:5", "rubbish", "127.0.0.1"},
		{"127.0.0.1:5", "192.0.2.7, rubbish", "127.0.0.1"},
		{"[::1]:5", "[2001:db8::1]:99", "2001:db8::1"},
		{"[::ffff:127.0.0.1]:5", "192.0.2.7", "192.0.2.7"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := d.from(r); got != c.want {
			t.Errorf("%s, forwarded for %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

// The memory of failures is bounded, and an unknown login costs what a known one does.
func TestThrottleIsBoundedAndHashesAreAlike(t *testing.T) {
	t.Parallel()
	th := &throttle{free: 1, first: time.Second, most: time.Minute, keep: time.Minute}
	now := time.Unix(0, 0)
	for i := range 3 * mostKeys {
		th.failed(fmt.Sprint(i), now)
		now = now.Add(time.Microsecond)
	}
	if len(th.seen) > mostKeys {
		t.Errorf("%d keys are kept", len(th.seen))
	}
	if a, b := strings.Split(usualHash, "$")[3], strings.Split(nobodysHash, "$")[3]; a != b {
		t.Errorf("an unknown login costs %s, a known one %s", b, a)
	}
}

// A stream that lies open ends with the session of who reads it.
func TestAStreamEndsWithItsSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t).real()
	o := w.options()
	o.Guest, o.Now = nil, func() time.Time { return w.now }
	d := &desk{Options: o}
	d.door = d.newDoor()
	reads := func(b *browser, p ledger.Person) *http.Request {
		r := withPerson(httptest.NewRequest("GET", "/live", nil), p)
		r.AddCookie(&http.Cookie{Name: "tongfa", Value: b.cookies["tongfa"]})
		return r
	}
	for name, end := range map[string]func(b *browser, p ledger.Person){
		"disabled":   func(_ *browser, p ledger.Person) { w.must(w.ledger.Disable(t.Context(), p.ID, "", operatorWho, w.now)) },
		"signed out": func(b *browser, _ ledger.Person) { b.visit("POST", "/sign-out", url.Values{}) },
		"idle":       func(*browser, ledger.Person) { w.now = w.now.Add(3 * time.Hour) },
	} {
		b := w.signedIn("li."+strings.ReplaceAll(name, " ", ""), "李某"+name, press.Publisher)
		p := w.person("li."+strings.ReplaceAll(name, " ", ""), "")
		r := reads(b, p)
		if !d.stillIn(r) {
			t.Errorf("%s: the stream ends before anything happened", name)
		}
		end(b, p)
		if d.stillIn(r) {
			t.Errorf("%s: the stream goes on", name)
		}
	}
}
