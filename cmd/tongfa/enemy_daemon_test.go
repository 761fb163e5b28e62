package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tongfa/ledger"
)

// file hands in items with these numbers for these channels.
func (o *office) file(from, to int, channels ...string) {
	o.t.Helper()
	args := []string{"add"}
	for n := from; n <= to; n++ {
		args = append(args, o.item(n, map[string]any{"channels": channels}))
	}
	if text, code := o.said(args...); code != 0 {
		o.t.Fatalf("add ended with %d:\n%s", code, text)
	}
}

// states are what the copies of an item say of themselves, by channel.
func (o *office) states(external string) map[string]map[string]string {
	o.t.Helper()
	for _, it := range o.status().Items {
		if it.External == external {
			return it.Channels
		}
	}
	o.t.Fatalf("%s is not in the ledger", external)
	return nil
}

// order lets somebody act at the stand-in.
func (o *office) order(act string, body any) {
	o.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		o.t.Fatal(err)
	}
	r, err := http.Post("http://"+o.wx+"/_standin/"+act, "application/json", bytes.NewReader(b))
	if err != nil {
		o.t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		o.t.Fatalf("%s: %s", act, r.Status)
	}
}

// TestOneDaemonAtATime runs commands beside a daemon, and without one.
func TestOneDaemonAtATime(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.file(1, 2, "site", "wechat")
	d := o.start("serve")
	defer func() { kill(d) }()
	o.until("both are out", func() bool { return o.status().everywhere("verified") })
	for _, command := range []string{"serve", "pass"} {
		text, code := o.said(command)
		t.Logf("second %s: exit %d  %s", command, code, text)
		o.judge("second "+command, text, code, exitFailed, "正由另一个进程使用")
	}
	began := time.Now()
	text, code := o.said("withdraw", "oa-00001", "--reason", "内容有误")
	if took := time.Since(began); code != 0 || !strings.Contains(text, "已撤回") || took > 3*time.Second {
		t.Errorf("withdrawn by the daemon: exit %d after %s:\n%s", code, took, text)
	} else {
		t.Logf("withdrawn by the daemon in %s", took.Round(time.Millisecond))
	}
	if text, code := o.said("retry", "oa-00002"); code != 0 {
		t.Errorf("retry beside the daemon: exit %d\n%s", code, text)
	}
	kill(d)
	text, code = o.said("withdraw", "oa-00002", "--reason", "内容有误")
	if code != 0 || !strings.Contains(text, "已撤回") || strings.Contains(text, "已核验") {
		t.Errorf("withdrawn without a daemon: exit %d\n%s", code, text)
	}
	for _, a := range o.articles() {
		if !a.Deleted {
			t.Errorf("still on WeChat: %s", a.Title)
		}
	}
	text, code = o.said("withdraw", "oa-00002", "--reason", "又一次")
	t.Logf("withdrawn twice: exit %d  %s", code, text)
	o.judge("withdrawn twice", text, code, exitFailed, "已撤回")
}

// TestAddressesThatAreTaken starts the daemon where others listen already. Nothing may be done then.
func TestAddressesThatAreTaken(t *testing.T) {
	t.Parallel()
	o := quietOffice(t)
	o.file(1, 1, "site")
	for _, addr := range []string{o.deskAt, o.siteAt} {
		other := exec.Command("tongfa", "standin", "wechat", "--listen", addr)
		if err := other.Start(); err != nil {
			t.Fatal(err)
		}
		o.until("the other one listens", func() bool { return o.get("http://"+addr+"/_standin/effects", nil) == nil })
		text, code := o.said("serve")
		kill(other)
		t.Logf("taken: exit %d  %s", code, lastLine(text))
		if code != exitFailed || !strings.Contains(text, addr) || !strings.Contains(text, "占用") {
			t.Errorf("exit %d:\n%s", code, text)
		}
	}
	if s := o.status(); !s.everywhere("waiting") && !s.everywhere("not_wanted") && o.states("oa-00001")["site"]["state"] != "waiting" {
		t.Errorf("something was done: %v", s.tally())
	}
}

// TestClockThatWentBack lets the ledger have seen the future, so that the wall clock is wrong.
func TestClockThatWentBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.write("tongfa.yaml", []byte(strings.ReplaceAll(o.yaml(), "    rehearsal: true\n", "")))
	o.file(1, 1, "site")
	led, err := ledger.Open(t.Context(), filepath.Join(o.dir, "data", "tongfa.db"), ledger.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	if err := led.AcceptClock(t.Context(), time.Now().Add(48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := led.Close(); err != nil {
		t.Fatal(err)
	}
	text, code := o.said("pass")
	t.Logf("pass: exit %d  %s", code, text)
	o.judge("pass", text, code, exitFailed, "check --accept-clock")
	d := o.start("serve")
	defer kill(d)
	signed := o.signIn()
	o.until("the desk says it", func() bool {
		_, page := ask(t, o.deskAt, "GET /matrix HTTP/1.0\r\nHost: localhost\r\n"+signed+"\r\n\r\n")
		return strings.Contains(page, "早于台账已记录的时刻")
	})
	if got := o.states("oa-00001")["site"]["state"]; got != "waiting" {
		t.Errorf("with a wrong clock the item is %s", got)
	}
	if text, code = o.said("check", "--offline"); code != exitFailed || !strings.Contains(text, "✗ 时钟") {
		t.Errorf("check: exit %d\n%s", code, text)
	}
	if text, code = o.said("check", "--offline", "--accept-clock"); !strings.Contains(text, "✓ 时钟") {
		t.Errorf("check --accept-clock: exit %d\n%s", code, text)
	}
	o.until("it goes on by itself", func() bool { return o.states("oa-00001")["site"]["state"] == "verified" })
}

// TestToldToEnd sends SIGTERM in the middle of the work.
func TestToldToEnd(t *testing.T) {
	t.Parallel()
	items := 60
	if testing.Short() {
		items = 20
	}
	o := newOffice(t)
	o.file(1, items, "site", "wechat", "gazette")
	for n := 0; ; n++ {
		had := o.count("verified")
		d := o.start("serve")
		if n == 3 {
			defer kill(d)
			break
		}
		o.until("some more are out", func() bool { return o.count("verified") >= min(had+items/4, 3*items) })
		began := time.Now()
		if err := d.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := d.Wait(); err != nil || time.Since(began) > 15*time.Second {
			t.Errorf("ended by SIGTERM after %s: %v", time.Since(began), err)
		}
		t.Logf("ended after %s with %d verified", time.Since(began).Round(time.Millisecond), o.count("verified"))
	}
	o.until("everything is verified", func() bool { return o.status().everywhere("verified") })
	o.onceOnWeChat(items)
	o.onceOnTheSite(items)
	o.onceInTheGazette(items)
}

// TestToldToEndAtOnce sends the signal while the program is still coming up, or in the middle of a command.
func TestToldToEndAtOnce(t *testing.T) {
	t.Parallel()
	o := quietOffice(t)
	for n := range 200 {
		o.item(n+1, nil)
	}
	there := func(name string) func() bool {
		return func() bool { _, err := os.Stat(filepath.Join(o.dir, name)); return err == nil }
	}
	for i, begun := range []func() bool{there("data"), there("data/tongfa.db"), there("data/tongfa.db-wal"), there("data/tongfa.db.lock"), there("public/index.html")} {
		if err := errors.Join(os.RemoveAll(filepath.Join(o.dir, "data")), os.RemoveAll(filepath.Join(o.dir, "public"))); err != nil {
			t.Fatal(err)
		}
		d := o.start("serve")
		for end := time.Now().Add(20 * time.Second); !begun() && time.Now().Before(end); {
			runtime.Gosched()
		}
		if err := d.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := d.Wait(); err != nil {
			t.Errorf("told to end at stage %d: %v", i, err)
		}
	}
	c := exec.Command("tongfa", "add", "in")
	c.Dir = o.dir
	text, code := spoken(t, c, func(p *os.Process) {
		time.AfterFunc(150*time.Millisecond, func() { _ = p.Signal(os.Interrupt) }) // it may have ended
	})
	n := len(o.status().Items)
	t.Logf("interrupted with %d items taken in: exit %d  %.300s", n, code, text)
	if n < 200 {
		o.judge("interrupted", text[:min(len(text), 4<<10)], code, exitFailed, "中止")
	}
	if text, code := o.said("add", "in"); code != 0 || strings.Count(text, "收下 ")+strings.Count(text, "已有 ") != 200 {
		t.Errorf("again: exit %d, %d taken in, want %d", code, strings.Count(text, "收下 "), 200-n)
	}
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndex(text, "\n")+1:]
}

// count is how many copies are in a state.
func (o *office) count(state string) (n int) {
	for _, it := range o.status().Items {
		for _, c := range it.Channels {
			if c["state"] == state {
				n++
			}
		}
	}
	return n
}

// TestOutsideThatIsDown begins with everything out of reach, and lets it come back.
func TestOutsideThatIsDown(t *testing.T) {
	t.Parallel()
	const items = 5
	o := quietOffice(t)
	o.write("tongfa.yaml", []byte(strings.Replace(o.yaml(), "    serve: "+o.siteAt+"\n", "", 1))) // somebody else's web server
	o.file(1, items, "site", "wechat")
	d := o.start("serve")
	defer func() { kill(d) }()
	o.until("the pages are written, and cannot be looked at", func() bool { return o.count("live") == items })
	if text, code := o.said("check"); code != exitFailed || !strings.Contains(text, "访问不到") || !strings.Contains(text, "连接不上微信接口") {
		t.Errorf("check: exit %d\n%s", code, text)
	}
	kill(d)
	o.write("tongfa.yaml", []byte(o.yaml()))
	d = o.start("serve")
	o.until("the pages are verified, and WeChat is waited for", func() bool { return o.count("verified") == items })
	o.outside = o.start("standin", "wechat", "--listen", o.wx, "--review", "300ms", "--unlimited")
	defer kill(o.outside)
	o.until("everything is verified", func() bool { return o.status().everywhere("verified") })
	o.onceOnWeChat(items)
	o.onceOnTheSite(items)
}

// fault is a fault of the stand-in.
type fault struct {
	Path  string        `json:"path"`
	Nth   int           `json:"nth"`
	Times int           `json:"times"`
	Kind  string        `json:"kind"`
	Code  int           `json:"code"`
	Delay time.Duration `json:"delay"`
}

const (
	submit   = "/cgi-bin/freepublish/submit"
	draftAdd = "/cgi-bin/draft/add"
)

// TestFaultsOfTheOutside spoils call after call. Whatever is lost, each item is one article in the end.
func TestFaultsOfTheOutside(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	faults := []fault{
		{Path: submit, Kind: "drop"}, {Path: submit, Kind: "cut"}, {Path: submit, Kind: "empty-200"}, {Path: submit, Kind: "html-page-after"},
		{Path: submit, Kind: "minus1"}, {Path: submit, Kind: "minus1-after"}, {Path: submit, Kind: "502"}, {Path: submit, Kind: "504-after"},
		{Path: draftAdd, Kind: "drop"}, {Path: draftAdd, Kind: "truncated"}, {Path: draftAdd, Kind: "html-page"}, {Path: draftAdd, Kind: "html-page-after"},
		{Path: draftAdd, Kind: "minus1-after"}, {Path: "/cgi-bin/freepublish/get", Kind: "html-page"}, {Path: "/cgi-bin/freepublish/batchget", Kind: "drop"},
		{Path: "/cgi-bin/stable_token", Kind: "html-page"}, {Path: submit, Kind: "errcode", Code: 40001}, {Path: draftAdd, Kind: "errcode", Code: 42001},
	}
	nth := map[string]int{}
	for i := range faults {
		f := &faults[i]
		f.Times, f.Nth = 1, nth[f.Path]+1
		nth[f.Path] += 2 // every other call is spoilt
	}
	o.order("faults", map[string]any{"faults": faults})
	const items = 20
	o.file(1, items, "site", "wechat")
	d := o.start("serve")
	defer kill(d)
	var last statusOut
	o.within(90*time.Second, "everything is verified", func() bool { last = o.status(); return last.everywhere("verified") },
		func() any { return last.tally() })
	var left []fault
	if err := o.get("http://"+o.wx+"/_standin/faults", &left); err != nil || len(left) > 0 {
		t.Errorf("not all faults struck: %v (%v)", left, err)
	}
	o.onceOnWeChat(items)
}

// TestAPersonHelps lets the outside refuse until somebody has seen to it; retry finishes what was begun.
func TestAPersonHelps(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	d := o.start("serve")
	defer kill(d)
	for i, c := range []struct {
		path      string
		code      int
		say, then string
	}{
		{"/cgi-bin/*", 40164, "IP 白名单", ""},
		{submit, 48001, "权限", ""},
		{draftAdd, 53500, "封禁", ""},
		{"/cgi-bin/stable_token", 40125, "AppSecret", "expire-tokens"},
	} {
		if c.then != "" {
			o.order(c.then, map[string]any{})
		}
		o.order("faults", map[string]any{"faults": []fault{{Path: c.path, Kind: "errcode", Code: c.code, Times: -1}}})
		o.file(i+1, i+1, "site", "wechat")
		name := fmt.Sprintf("oa-%05d", i+1)
		var last map[string]string
		o.within(20*time.Second, fmt.Sprintf("%d asks for a person", c.code), func() bool {
			last = o.states(name)["wechat"]
			return last["state"] == "needs_hand" || strings.Contains(last["note"], c.say)
		}, func() any { return last })
		t.Logf("%d: %s  %s", c.code, last["state"], last["note"])
		if !strings.Contains(last["note"], c.say) || last["state"] != "needs_hand" {
			t.Errorf("%d: it does not say “%s”: %v", c.code, c.say, last)
		}
		if text, code := o.said("show", name); code != 0 || !strings.Contains(text, c.say) {
			t.Errorf("%d: show ended with %d and does not say “%s”", c.code, code, c.say)
		}
		o.order("clear-faults", map[string]any{})
		if text, code := o.said("retry", name); code != 0 {
			t.Errorf("%d: retry ended with %d:\n%s", c.code, code, text)
		}
		o.within(20*time.Second, fmt.Sprintf("%d: after retry it is out", c.code), func() bool {
			last = o.states(name)["wechat"]
			return last["state"] == "verified"
		}, func() any { return last })
	}
	o.onceOnWeChat(4)
}

// TestAllAtOnceOnTheFirstDay runs many commands at the moment at which there is no ledger yet.
func TestAllAtOnceOnTheFirstDay(t *testing.T) {
	t.Parallel()
	o := quietOffice(t)
	for n := range 4 {
		o.item(n+1, nil)
	}
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for range rounds {
		if err := os.RemoveAll(filepath.Join(o.dir, "data")); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for n := range 10 {
			args := []string{"list"}
			if n < 4 {
				args = []string{"add", fmt.Sprintf("in/0/%05d.json", n+1)}
			}
			all.Go(func() {
				if text, code := o.said(args...); code != 0 {
					t.Errorf("%v ended with %d:\n%s", args, code, text)
				}
			})
		}
		all.Wait()
		if n := len(o.status().Items); n != 4 {
			t.Errorf("%d items, want 4", n)
		}
	}
}
