package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func asExit(err error, e *interface{ ExitCode() int }) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	*e = exit
	return true
}

func itoa(n int) string { return strconv.Itoa(n) }

// office is a folder with a configuration of three channels, whose outside is a stand-in in a process of its own.
type office struct {
	t                  testing.TB
	dir                string
	deskAt, siteAt, wx string
	outside            *exec.Cmd
}

// officeYAML has one value for each %s: desk, site, stand-in, and more keys of the WeChat channel.
const officeYAML = `office: 示例区人民政府办公室
data: ./data
listen: %[1]s
allow_private: [127.0.0.0/8]
verify: {after: [10s, 1m]}
channels:
  site:
    kind: site
    when: on release
    rehearsal: true
    root: ./public
    url: http://%[2]s
    serve: %[2]s
    site_name: 示例区人民政府
    site_id_code: "3700000001"
  wechat:
    kind: wechat
    after: [site]
    rehearsal: true
    concurrency: 4
    appid: wx0123456789abcdef
    secret: {file: secret}
    mode: publish
    base_url: http://%[3]s
    articles: http://%[3]s
    settle: 100ms
    %[4]s
  gazette:
    kind: gazette
    when: ["@every 2s"]
    rehearsal: true
    issue: auto
    name: 示例区人民政府公报
`

// hurried is a WeChat channel that is asked more in a minute than an office does in a day.
const hurried = `when: on release
    poll: [1s, 1s, 1s, 2s, 5s]
    quotas: {draft_add: 1000000, draft_batchget: 1000000, freepublish_submit: 1000000, freepublish_get: 1000000, freepublish_batchget: 1000000,
      freepublish_getarticle: 1000000, material_add_material: 1000000, media_uploadimg: 1000000, freepublish_delete: 1000000}`

// strict is one as it is in real life: eight articles in a message, and the platform's own quotas.
const strict = `when: ["@every 3s"]
    per_message: 8
    poll: [1500ms, 2s, 5s]`

func newOffice(t testing.TB) *office {
	t.Helper()
	return newOfficeWith(t, hurried, "--review", "300ms", "--unlimited")
}

// newOfficeWith makes an office whose WeChat channel and stand-in are set up in this way.
func newOfficeWith(t testing.TB, wechat string, outside ...string) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), deskAt: freePort(t), siteAt: freePort(t), wx: freePort(t)}
	o.write("secret", []byte("rehearsal-only"))
	o.write("tongfa.yaml", fmt.Appendf(nil, officeYAML, o.deskAt, o.siteAt, o.wx, wechat))
	o.outside = o.start(append([]string{"standin", "wechat", "--listen", o.wx}, outside...)...)
	t.Cleanup(func() { kill(o.outside) })
	o.until("the stand-in answers", func() bool { return o.get("http://"+o.wx+"/_standin/effects", nil) == nil })
	return o
}

func (o *office) write(name string, data []byte) {
	o.t.Helper()
	path := filepath.Join(o.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		o.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		o.t.Fatal(err)
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs tongfa in the office's folder and lets it go on. What it says is shown when the test fails.
func (o *office) start(args ...string) *exec.Cmd {
	o.t.Helper()
	c := exec.Command("tongfa", args...)
	c.Dir = o.dir
	log := &lastLines{}
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		if o.t.Failed() {
			o.t.Logf("tongfa %s said:\n%s", strings.Join(args, " "), log.String())
		}
	})
	return c
}

// tongfa runs a command to its end and returns what it printed.
func (o *office) tongfa(args ...string) (stdout string, code int) {
	o.t.Helper()
	c := exec.Command("tongfa", args...)
	c.Dir = o.dir
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var e interface{ ExitCode() int }
	if err != nil && !asExit(err, &e) {
		o.t.Fatal(err)
	}
	if err != nil {
		code = e.ExitCode()
	}
	if errs.Len() > 0 {
		o.t.Logf("tongfa %s: %s", strings.Join(args, " "), errs.String())
	}
	return out.String(), code
}

// kill ends a process as a power cut does, and waits until it is gone.
func kill(c *exec.Cmd) {
	_ = c.Process.Kill()
	_ = c.Wait()
}

// get reads JSON, or only asks when v is nil.
// signIn admits somebody who may do everything and signs her in at the running desk. It gives the line of a request that says so.
func (o *office) signIn() string {
	o.t.Helper()
	const password = "稻田里的 blue lantern"
	c := exec.Command("tongfa", "user", "add", "wang.mou", "--name", "王某", "--role", "publisher,operator,drafter", "--password", "--keep")
	c.Dir, c.Stdin = o.dir, strings.NewReader(password+"\n")
	if out, err := c.CombinedOutput(); err != nil {
		o.t.Fatalf("user add: %v\n%s", err, out)
	}
	o.until("the desk answers", func() bool { return o.get("http://"+o.deskAt+"/sign-in", nil) == nil })
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.PostForm("http://"+o.deskAt+"/sign-in", url.Values{"login": {"wang.mou"}, "password": {password}})
	if err != nil {
		o.t.Fatal(err)
	}
	defer r.Body.Close()
	for _, k := range r.Cookies() {
		if k.Name == "tongfa" {
			return "Cookie: tongfa=" + k.Value
		}
	}
	o.t.Fatalf("no session after signing in: %s", r.Status)
	return ""
}

func (o *office) get(url string, v any) error {
	r, err := http.Get(url)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, r.Status)
	}
	if v == nil {
		_, err = io.Copy(io.Discard, r.Body)
		return err
	}
	return json.NewDecoder(r.Body).Decode(v)
}

// until waits for something outside this process, looking ten times a second for two minutes.
func (o *office) until(what string, ok func() bool) {
	o.t.Helper()
	o.within(2*time.Minute, what, ok)
}

func (o *office) within(d time.Duration, what string, ok func() bool, told ...func() any) {
	o.t.Helper()
	t := time.NewTicker(100 * time.Millisecond)
	defer t.Stop()
	end := time.After(d)
	for !ok() {
		select {
		case <-t.C:
		case <-end:
			for _, tell := range told {
				o.t.Logf("at the end: %v", tell())
			}
			o.t.Fatalf("waited in vain: %s", what)
		}
	}
}

type statusOut struct {
	Items []struct {
		ID       string                       `json:"id"`
		External string                       `json:"external_id"`
		Title    string                       `json:"title"`
		State    string                       `json:"state"`
		Channels map[string]map[string]string `json:"channels"`
	} `json:"items"`
	After string `json:"after"`
}

// status reads the whole matrix.
func (o *office) status() statusOut {
	o.t.Helper()
	var all statusOut
	for after := ""; ; {
		text, code := o.tongfa("status", "--json", "--limit", "1000", "--after", after)
		if code != 0 {
			o.t.Fatalf("status ended with %d", code)
		}
		var page statusOut
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			o.t.Fatal(err)
		}
		all.Items = append(all.Items, page.Items...)
		if after = page.After; after == "" {
			return all
		}
	}
}

// everywhere reports whether every item is in a state on every channel where it is wanted.
func (s statusOut) everywhere(state string) bool {
	for _, it := range s.Items {
		for _, c := range it.Channels {
			if c["state"] != state && c["state"] != "not_wanted" {
				return false
			}
		}
	}
	return len(s.Items) > 0
}

// onTheWay counts the copies that an edition has claimed and that are not known to be public.
func (s statusOut) onTheWay() int {
	n := 0
	for _, it := range s.Items {
		for _, c := range it.Channels {
			switch c["state"] {
			case "waiting", "handed_over", "unknown":
				if c["edition"] != "" {
					n++
				}
			}
		}
	}
	return n
}

// tally counts the copies by channel, state and note.
func (s statusOut) tally() map[string]int {
	n := map[string]int{}
	for _, it := range s.Items {
		for name, c := range it.Channels {
			n[name+" "+c["state"]+" "+c["note"]]++
		}
	}
	return n
}

// article is what a reader of the account finds.
type article struct {
	Title, Marker, URL, Text string
	Deleted, Banned          bool
}

func (o *office) articles() []article {
	o.t.Helper()
	var out []article
	if err := o.get("http://"+o.wx+"/_standin/articles", &out); err != nil {
		o.t.Fatal(err)
	}
	return out
}

// package writes an item package with all its approvals, wanted on all three channels.
func (o *office) item(n int, more map[string]any) string {
	o.t.Helper()
	day := time.Now().Add(-48 * time.Hour).Format("2006-01-02")
	at := time.Now().Add(-30 * time.Hour).Format(time.RFC3339)
	approvals := []map[string]any{}
	for i, step := range []string{"secrecy", "first", "second", "final"} {
		approvals = append(approvals, map[string]any{"step": step, "by": []string{"王某", "李某", "赵某", "孙某"}[i], "office": "区政府办公室",
			"at": at, "result": "pass", "ground": "同意公开"})
	}
	p := map[string]any{
		"external_id": fmt.Sprintf("oa-%05d", n), "kind": "notice", "title": fmt.Sprintf("示例区人民政府办公室关于第%d号事项的通知", n),
		"doc_number": fmt.Sprintf("示政办发〔%s〕%d号", day[:4], n), "issuer": "示例区人民政府办公室", "formed_on": day, "theme": "综合政务",
		"genre": "通知", "disclosure": "主动公开", "column": "通知公告", "channels": []string{"site", "wechat", "gazette"},
		"summary": "样例事项", "approvals": approvals, "body_format": "markdown",
		"body": fmt.Sprintf("各街道办事处，区政府各部门：\n\n现就第%d号事项通知如下，请认真贯彻执行。\n\n# 一、总体要求\n\n按照有关规定办理第%d号事项，确保按时完成。", n, n),
	}
	for k, v := range more {
		p[k] = v
	}
	b, err := json.Marshal(p)
	if err != nil {
		o.t.Fatal(err)
	}
	name := fmt.Sprintf("in/%d/%05d.json", n/1000, n)
	o.write(name, b)
	return name
}

// lastLines keeps the end of what a process says.
type lastLines struct{ b bytes.Buffer }

func (l *lastLines) Write(p []byte) (int, error) {
	if l.b.Len() > 1<<20 {
		l.b.Next(l.b.Len() / 2)
	}
	return l.b.Write(p)
}

func (l *lastLines) String() string {
	var lines []string
	for s := bufio.NewScanner(&l.b); s.Scan(); {
		lines = append(lines, s.Text())
	}
	return strings.Join(lines[max(0, len(lines)-60):], "\n")
}
