package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestEveryFaultSpoilsTheReplyAndKeepsItsPromiseAboutTheEffect(t *testing.T) {
	for _, c := range []struct {
		kind   string
		status int // 0: the connection breaks
		body   string
		effect bool
	}{
		{"drop", 0, "", true},
		{"drop-before", 0, "", false},
		{"drop-after", 0, "", true},
		{"502", 502, "502 Bad Gateway", false},
		{"502-before", 502, "502 Bad Gateway", false},
		{"502-after", 502, "502 Bad Gateway", true},
		{"504-after", 504, "504 Gateway Time-out", true},
		{"html-page", 200, "<html>", false},
		{"html-page-after", 200, "<html>", true},
		{"empty-200", 200, "", true},
		{"empty-200-before", 200, "", false},
		{"empty-object", 200, "{}", true},
		{"minus1", 200, `"errcode":-1`, false},
		{"minus1-before", 200, `"errcode":-1`, false},
		{"minus1-after", 200, `"errcode":-1`, true},
		{"errcode", 200, `"errcode":53501`, false},
		{"truncated", 200, `{"item":[],"media_id"`, true},
		{"cut", 0, "", true},
		{"cut-before", 0, "", false},
		{"delay", 200, "media_id", true},
		{"delay-after", 200, "media_id", true},
		{"late", 200, "media_id", true},
	} {
		t.Run(c.kind, func(t *testing.T) {
			r := newRig(t, Options{})
			if err := r.Inject(Fault{Path: "/cgi-bin/draft/add", Kind: c.kind, Code: 53501}); err != nil {
				t.Fatal(err)
			}
			in := body(t, map[string]any{"articles": []any{r.article(marker)}})
			resp, got, err := r.send(http.MethodPost, "/cgi-bin/draft/add", "application/json", in)
			switch {
			case c.status == 0 && err == nil:
				t.Errorf("the connection held: %s %q", resp.Status, got)
			case c.status != 0 && (err != nil || resp.StatusCode != c.status):
				t.Errorf("%v, %v", resp, err)
			case c.body == "" && c.status != 0 && len(got) != 0, !strings.Contains(string(got), c.body):
				t.Errorf("body %q", got)
			case c.kind == "truncated" && json.Valid(got):
				t.Errorf("body is whole: %q", got)
			}
			if n := len(r.Drafts()); n != map[bool]int{true: 1}[c.effect] {
				t.Errorf("%d drafts", n)
			}
			entries := r.Log()
			if last := entries[len(entries)-1]; last.Fault != c.kind || last.Path != "/cgi-bin/draft/add" {
				t.Errorf("log %+v", last)
			}
			if len(r.Faults()) != 0 || r.draft(marker) == "" {
				t.Error("the fault struck more than once")
			}
		})
	}
}

func TestFaultsChooseTheirCalls(t *testing.T) {
	r := newRig(t, Options{Accounts: []Account{{AppID: appid, Secret: secret}, {AppID: other, Secret: secret}}})
	script := func(f Fault) []int {
		r.ClearFaults()
		f.Kind, f.Code = "errcode", 50002
		if err := r.Inject(f); err != nil {
			t.Fatal(err)
		}
		var got []int
		for range 5 {
			got = append(got, code(r.get("/cgi-bin/draft/count"))/50002)
		}
		return got
	}
	for name, c := range map[string]struct {
		f    Fault
		want string
	}{
		"the first":       {Fault{Path: "/cgi-bin/draft/count"}, "10000"},
		"the third":       {Fault{Path: "/cgi-bin/draft/count", Nth: 3}, "00100"},
		"two from second": {Fault{Path: "/cgi-bin/draft/*", Nth: 2, Times: 2}, "01100"},
		"all":             {Fault{Times: -1}, "11111"},
		"another path":    {Fault{Path: "/cgi-bin/draft/add"}, "00000"},
		"this account":    {Fault{AppID: appid}, "10000"},
		"another account": {Fault{AppID: other}, "00000"},
		"always by rate":  {Fault{Rate: 1}, "11111"},
	} {
		var got strings.Builder
		for _, n := range script(c.f) {
			got.WriteByte('0' + byte(n))
		}
		if got.String() != c.want {
			t.Errorf("%s: %s, want %s", name, got.String(), c.want)
		}
	}
	r.ClearFaults()
	if err := r.Inject(Fault{Kind: "drop"}, Fault{Kind: "nonsense"}); err == nil || len(r.Faults()) != 0 {
		t.Errorf("unknown kind: %v, armed %v", err, r.Faults())
	}
}

func TestScriptedFaultsStrikeOneAfterTheOther(t *testing.T) {
	r := newRig(t, Options{})
	if err := r.Inject(Fault{Kind: "errcode", Code: 45011}, Fault{Kind: "minus1"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{45011, -1, 0} {
		r.want(want, r.get("/cgi-bin/draft/count"))
	}
}

func TestRandomFaultsFollowTheSeedAndTheirRate(t *testing.T) {
	run := func(seed int64) string {
		r := newRig(t, Options{Seed: seed, Quotas: map[string]int{"*": -1}})
		if err := r.Inject(Fault{Path: "/cgi-bin/draft/count", Rate: 0.2, Kind: "minus1"}); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for range 500 {
			b.WriteByte('0' - byte(code(r.get("/cgi-bin/draft/count"))))
		}
		return b.String()
	}
	a, again, b := run(1), run(1), run(2)
	if a != again || a == b {
		t.Error("the seed does not decide")
	}
	if n := strings.Count(a, "1"); n < 60 || n > 140 {
		t.Errorf("%d of 500 at a rate of 0.2", n)
	}
}

func TestDelaysAndClientsThatGiveUp(t *testing.T) {
	for _, c := range []struct {
		kind   string
		giveUp bool
		early  int // token calls that took effect before the client gave up
		effect int // ... and in the end
		took   time.Duration
	}{
		{"delay", false, 1, 1, 10 * time.Second},
		{"delay", true, 0, 0, 3 * time.Second},
		{"delay-after", false, 1, 1, 10 * time.Second},
		{"delay-after", true, 1, 1, 3 * time.Second},
		{"late", false, 1, 1, 10 * time.Second},
		{"late", true, 0, 1, 3 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			w, err := New(Options{Accounts: []Account{{AppID: appid, Secret: secret}}})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Inject(Fault{Kind: c.kind, Delay: 10 * time.Second}); err != nil {
				t.Fatal(err)
			}
			client := &http.Client{Transport: w.Transport()}
			if c.giveUp {
				client.Timeout = 3 * time.Second
			}
			start := time.Now()
			in := body(t, map[string]any{"grant_type": "client_credential", "appid": appid, "secret": secret})
			_, err = client.Post("https://api.example.com/cgi-bin/stable_token", "application/json", bytes.NewReader(in))
			if took := time.Since(start); (err != nil) != c.giveUp || took != c.took {
				t.Errorf("%s, gives up %v: %v, took %v", c.kind, c.giveUp, err, took)
			}
			if n := tokens(w); c.giveUp && n != c.early {
				t.Errorf("%s: %d tokens when the client gave up", c.kind, n)
			}
			<-time.After(time.Minute) // the call has gone its way
			if n := tokens(w); n != c.effect {
				t.Errorf("%s, gives up %v: %d tokens", c.kind, c.giveUp, n)
			}
		})
	}
}

func TestALateCallBehindAConnectionOutlivesItsClient(t *testing.T) {
	r := newRig(t, Options{})
	if err := r.Inject(Fault{Path: "/cgi-bin/draft/add", Kind: "late", Delay: time.Hour}); err != nil {
		t.Fatal(err)
	}
	ctx, giveUp := context.WithCancel(t.Context())
	in := body(t, map[string]any{"articles": []any{r.article(marker)}})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.address("/cgi-bin/draft/add"), bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan error)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		gone <- err
	}()
	for !r.hasErrand() { // until the call has arrived
		runtime.Gosched()
	}
	giveUp()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if n := len(r.Drafts()); n != 0 {
		t.Errorf("%d drafts before it is late", n)
	}
	r.clock.add(time.Hour)
	if n := len(r.Drafts()); n != 1 {
		t.Errorf("%d drafts after the hour", n)
	}
}

func (r *rig) hasErrand() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.pending) > 0
}

func TestTheErrcodeOfTheAllowListNamesTheCaller(t *testing.T) {
	r := newRig(t, Options{})
	if err := r.Inject(Fault{Kind: "errcode", Code: 40164}); err != nil {
		t.Fatal(err)
	}
	r.CallFrom("2001:db8::7")
	out := r.get("/cgi-bin/draft/count")
	if msg, _ := out["errmsg"].(string); code(out) != 40164 || !strings.Contains(msg, "invalid ip  ipv6 2001:db8::7, not in whitelist") {
		t.Error(out)
	}
}

// tokens looks at the world and counts what was issued.
func tokens(w *WeChat) int {
	w.enter()
	defer w.mu.Unlock()
	return len(w.world.Tokens)
}

func TestFaultsOnArticlePages(t *testing.T) {
	r := newRig(t, Options{})
	address := link(r.published(marker), 0)
	if err := r.Inject(Fault{Path: "/s/*", Kind: "504"}); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusGatewayTimeout {
		t.Error(resp.Status)
	}
	r.readPage(address)
}

func TestTheTransportBreaksAsAConnectionDoes(t *testing.T) {
	for kind, want := range map[string]struct {
		call, read bool // fails
	}{"drop": {true, true}, "cut": {false, true}, "502": {false, false}} {
		w, err := New(Options{Accounts: []Account{{AppID: appid, Secret: secret}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Inject(Fault{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		resp, err := (&http.Client{Transport: w.Transport()}).Get("https://api.example.com/cgi-bin/get_api_domain_ip")
		if (err != nil) != want.call {
			t.Fatalf("%s: %v", kind, err)
		}
		if err != nil {
			continue
		}
		b, err := io.ReadAll(resp.Body)
		if (err != nil) != want.read || len(b) == 0 {
			t.Errorf("%s: %v after %q", kind, err, b)
		}
	}
}
