package standin

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"
)

func TestAScriptIsOneLineAndBack(t *testing.T) {
	line := "draft/add@2=drop freepublish/get@1x3=errcode(45009) *%0.02=any message/mass/get=delay(30s) callback*=early /s/*x-1=504-after " +
		"draft/addx2=huge(4)&wx0123456789abcdef datacube*=hang"
	s, err := ParseScript(line)
	if err != nil {
		t.Fatal(err)
	}
	want := Script{
		{Path: "/cgi-bin/draft/add", Nth: 2, Kind: "drop"}, {Path: "/cgi-bin/freepublish/get", Nth: 1, Times: 3, Kind: "errcode", Code: 45009},
		{Rate: 0.02, Kind: "any"}, {Path: "/cgi-bin/message/mass/get", Kind: "delay", Delay: 30 * time.Second}, {Path: "callback*", Kind: "early"},
		{Path: "/s/*", Times: -1, Kind: "504-after"}, {Path: "/cgi-bin/draft/add", Times: 2, Kind: "huge", Code: 4, AppID: appid},
		{Path: "/cgi-bin/datacube*", Kind: "hang"},
	}
	if !slices.Equal(s, want) {
		t.Errorf("%+v", s)
	}
	again, err := ParseScript(s.String())
	if want[1].Nth = 0; err != nil || !slices.Equal(again, want) {
		t.Errorf("%s: %v", s, err)
	}
	for _, bad := range []string{"draft/add", "draft/add=nothing", "draft/add=delay(soon)", "draft/add@x=drop", "draft/add%much=drop", "draft/add=drop(5",
		"callback*=drop", "draft/add=early", "draft/add=late-after", "draft/add=steal-before", "=any-after"} {
		if _, err := ParseScript(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestAStormRepeatsWithItsSeedAndFitsOneLine(t *testing.T) {
	kinds := map[string]bool{}
	for seed := range uint64(300) {
		s := Storm(seed, 10)
		if !slices.Equal(s, Storm(seed, 10)) || slices.Equal(s, Storm(seed+1, 10)) {
			t.Fatal("the seed does not decide")
		}
		again, err := ParseScript(s.String())
		if err != nil {
			t.Fatal(err)
		}
		for i := range again {
			again[i].Nth = max(again[i].Nth, 1)
			kinds[again[i].Kind] = true
		}
		if !slices.Equal(s, again) {
			t.Fatalf("%s\n%s", s, again)
		}
	}
	if len(kinds) < 40 {
		t.Errorf("only %d kinds of fault in 3,000", len(kinds))
	}
}

// inProcess is a stand-in whose faults do not wait, with a client that gives up after half a minute.
func inProcess(t *testing.T) (*WeChat, *http.Client) {
	t.Helper()
	w, err := New(Options{Accounts: []Account{{AppID: appid, Secret: secret}}, NoWait: true, Review: -1, Quotas: map[string]int{"*": -1}})
	if err != nil {
		t.Fatal(err)
	}
	return w, &http.Client{
		Transport: w.Transport(), Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func login(c *http.Client) (*http.Response, []byte, error) {
	in := `{"grant_type":"client_credential","appid":"` + appid + `","secret":"` + secret + `"}`
	resp, err := c.Post("https://api.example.com/cgi-bin/stable_token", "application/json", strings.NewReader(in))
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, b, err
}

func TestNothingWaitsWithoutASocket(t *testing.T) {
	for _, c := range []struct {
		kind    string
		delay   time.Duration
		timeout bool // the client sees that it gave up
		effect  int  // tokens
	}{
		{"hang", 0, true, 0}, {"hang-after", 0, true, 1}, {"delay", time.Minute, true, 0}, {"delay", time.Second, false, 1},
		{"delay-after", time.Minute, true, 1}, {"late", time.Minute, true, 1}, {"late", time.Second, false, 1},
		{"drip", time.Minute, true, 1}, {"drip", time.Second, false, 1},
	} {
		w, client := inProcess(t)
		if err := w.Inject(Fault{Kind: c.kind, Delay: c.delay}); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, _, err := login(client)
		var late interface{ Timeout() bool }
		if got := errors.As(err, &late) && late.Timeout(); got != c.timeout || err != nil && !got {
			t.Errorf("%s %s: %v", c.kind, c.delay, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %s", c.kind, took)
		}
		if c.kind == "late" && c.timeout {
			if n := tokens(w); n != 0 {
				t.Errorf("%d tokens before it is late", n)
			}
			w.Travel(c.delay)
		}
		if n := tokens(w); n != c.effect {
			t.Errorf("%s %s: %d tokens, want %d", c.kind, c.delay, n, c.effect)
		}
	}
}

func TestWhatArrivesOfASpoiltReply(t *testing.T) {
	for kind, check := range map[string]func(*http.Response, []byte, error) bool{
		"unreachable": func(_ *http.Response, _ []byte, err error) bool { return errors.Is(err, syscall.ECONNREFUSED) },
		"403":         func(r *http.Response, _ []byte, _ error) bool { return r.StatusCode == 403 },
		"407":         func(r *http.Response, _ []byte, _ error) bool { return r.StatusCode == 407 },
		"503":         func(r *http.Response, _ []byte, _ error) bool { return r.StatusCode == 503 },
		"redirect": func(r *http.Response, _ []byte, _ error) bool {
			return r.StatusCode == 302 && r.Header.Get("Location") != ""
		},
		"gzip":       func(_ *http.Response, b []byte, err error) bool { return err == nil && json.Valid(b) },
		"gzip-wrong": func(_ *http.Response, _ []byte, err error) bool { return errors.Is(err, gzip.ErrHeader) },
		"garbage":    func(_ *http.Response, b []byte, err error) bool { return err == nil && !utf8.Valid(b) },
		"huge": func(_ *http.Response, b []byte, err error) bool {
			return err == nil && len(b) > 32<<20 && json.Valid(b)
		},
		"cut": func(_ *http.Response, b []byte, err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF) && len(b) > 0
		},
		"drip": func(_ *http.Response, b []byte, err error) bool { return err == nil && json.Valid(b) },
	} {
		w, client := inProcess(t)
		if err := w.Inject(Fault{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		if resp, b, err := login(client); !check(resp, b, err) {
			t.Errorf("%s: %v %.80q %v", kind, resp, b, err)
		}
	}
}

func TestTheDateOfRepliesIsTheClocksAndMayBeWrong(t *testing.T) {
	r := newRig(t, Options{})
	date := func() time.Time {
		resp, _, err := r.send(http.MethodGet, "/cgi-bin/draft/count", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		at, err := http.ParseTime(resp.Header.Get("Date"))
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	r.Travel(time.Minute) // of the platform, not of the wire
	if at := date(); !at.Equal(r.clock.now()) {
		t.Errorf("date %s", at)
	}
	if err := r.Inject(Fault{Kind: "skew", Delay: -time.Hour}); err != nil {
		t.Fatal(err)
	}
	if at := date(); !at.Equal(r.clock.now().Add(-time.Hour)) {
		t.Errorf("skewed %s", at)
	}
	r.SetSkew(2 * time.Minute)
	if at := date(); !at.Equal(r.clock.now().Add(2 * time.Minute)) {
		t.Errorf("always skewed %s", at)
	}
}

func TestTheWorldChangesBetweenTwoCalls(t *testing.T) {
	for kind, want := range map[string]int{"expire": 42001, "steal": 40001, "steal-classic": 0, "revoke": 48001} {
		r := newRig(t, Options{})
		draft := r.draft(marker)
		if err := r.Inject(Fault{Path: "/cgi-bin/freepublish/submit", Kind: kind}); err != nil {
			t.Fatal(err)
		}
		out := r.post("/cgi-bin/freepublish/submit", map[string]any{"media_id": draft})
		if got := code(out); got != want {
			t.Errorf("%s: %d, want %d", kind, got, want)
		}
		if last := r.Log()[len(r.Log())-1]; last.Fault != kind {
			t.Errorf("%s is not in the log: %+v", kind, last)
		}
	}
}

func TestAnyFaultIsOneOfAll(t *testing.T) {
	run := func(seed int64) (string, int) {
		w, client := inProcess(t)
		w.o.Seed = seed
		if err := w.Inject(Fault{Rate: 0.5, Kind: "any"}); err != nil {
			t.Fatal(err)
		}
		kinds := map[string]bool{}
		for range 200 {
			_, _, _ = login(client)
		}
		var b strings.Builder
		for _, e := range w.Log() {
			b.WriteString(e.Fault + " ")
			kinds[e.Fault] = true
		}
		return b.String(), len(kinds)
	}
	a, n := run(1)
	again, _ := run(1)
	b, _ := run(2)
	if a != again || a == b || n < 20 {
		t.Errorf("%d kinds\n%s\n%s", n, a, again)
	}
}

func TestSlowDripsBehindASocket(t *testing.T) {
	r := newRig(t, Options{})
	if err := r.Inject(Fault{Path: "/cgi-bin/draft/count", Kind: "drip", Delay: 32 * time.Millisecond}, Fault{Path: "/cgi-bin/draft/count", Kind: "gzip"},
		Fault{Path: "/cgi-bin/draft/add", Kind: "hang-after"}); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	r.want(0, r.get("/cgi-bin/draft/count"))
	if took := time.Since(start); took < 32*time.Millisecond {
		t.Errorf("took %s", took)
	}
	r.want(0, r.get("/cgi-bin/draft/count"))
	ctx, giveUp := context.WithCancel(t.Context())
	in := body(t, map[string]any{"articles": []any{r.article(marker)}})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.address("/cgi-bin/draft/add"), bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan error)
	go func() {
		_, err := http.DefaultClient.Do(req)
		gone <- err
	}()
	for len(r.Drafts()) == 0 { // the effect comes first
		runtime.Gosched()
	}
	giveUp()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWhatIsArmedReadsAsItWasWritten(t *testing.T) {
	r := newRig(t, Options{})
	line := "draft/add=drop freepublish/get@2x3=errcode(45009) *%0.1=any draft/get%0.5x4=cut callback*=hold"
	s, err := ParseScript(line)
	if err := errors.Join(err, r.Inject(s...)); err != nil {
		t.Fatal(err)
	}
	if got := r.armedScript().String(); got != line {
		t.Errorf("%s\n%s", got, line)
	}
}

func TestTimeSpansForPeople(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "不到一秒", 2 * time.Second: "2秒", 90 * time.Minute: "1小时30分", 49*time.Hour + time.Minute: "2天1小时1分",
	} {
		if got := lasts(d); got != want {
			t.Errorf("%s: %s", d, got)
		}
	}
}

func FuzzParseScript(f *testing.F) {
	f.Add("draft/add@2=drop freepublish/get@1x3=errcode(45009) *%0.02=any message/mass/get=delay(30s)(7) callback*=early&wx1 /s/*x-1=504-after")
	f.Add("x=drop xx3=drop @x=drop *%NaN=any =drop draft/add%1e-9x2=late(1ns)")
	f.Fuzz(func(t *testing.T, line string) {
		s, err := ParseScript(line)
		if err != nil {
			return
		}
		again, err := ParseScript(s.String())
		if err != nil || again.String() != s.String() {
			t.Errorf("%q is written %q and read %q: %v", line, s, again, err)
		}
	})
}
