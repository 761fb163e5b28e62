package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/intake"
	"tongfa/press"
)

// watchedYAML is an office with a website that is looked at every second, and two receivers. It has one value for each %s: desk, site, robot and
// mail server.
const watchedYAML = `office: 示例区人民政府办公室
data: ./data
listen: %[1]s
allow_private: [127.0.0.0/8]
verify: {after: [1s]}
desk: https://desk.example.gov.cn
alarms:
  gather: 5s
  wecom: {url: {file: robot}, base_url: "%[3]s"}
  email: {smtp: "%[4]s", tls: none, from: tongfa@example.gov.cn, to: [zhiban@example.gov.cn], level: incident}
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
`

// letterbox keeps what a receiver was sent.
type letterbox struct {
	mu    sync.Mutex
	texts []string
}

func (l *letterbox) put(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts = append(l.texts, text)
}

// has counts the messages that hold all of the words.
func (l *letterbox) has(words ...string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.texts {
		all := true
		for _, w := range words {
			all = all && strings.Contains(t, w)
		}
		if all {
			n++
		}
	}
	return n
}

// robotServer stands in for the server of a robot.
func robotServer(t *testing.T) (*letterbox, *httptest.Server) {
	box := &letterbox{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct {
			Text struct{ Content string }
		}
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil || r.URL.Query().Get("key") != "0000-example-key" {
			t.Errorf("the robot is asked at %s: %v", r.URL, err)
		}
		box.put(m.Text.Content)
		fmt.Fprint(w, `{"errcode":0,"errmsg":"ok"}`)
	}))
	t.Cleanup(s.Close)
	return box, s
}

// mailServer stands in for a mail server without encryption.
func mailServer(t *testing.T) (*letterbox, string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box := &letterbox{}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { defer c.Close(); takeMail(c, box) })
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return box, l.Addr().String()
}

func takeMail(c net.Conn, box *letterbox) {
	fmt.Fprint(c, "220 mail\r\n")
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if !strings.HasPrefix(line, "DATA") {
			fmt.Fprint(c, "250 ok\r\n")
			continue
		}
		fmt.Fprint(c, "354 go on\r\n")
		var raw bytes.Buffer
		for line, err = in.ReadString('\n'); err == nil && line != ".\r\n"; line, err = in.ReadString('\n') {
			raw.WriteString(line)
		}
		_, body, _ := strings.Cut(raw.String(), "\r\n\r\n")
		text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
		if err != nil {
			text = []byte(err.Error())
		}
		box.put(string(text))
		fmt.Fprint(c, "250 queued\r\n")
	}
}

// A page that is edited, removed, or whose attachment is replaced is an alarm at once; people hear of it, and that it is over.
func TestTamperingIsNoticedAndToldAndSoIsItsMending(t *testing.T) {
	t.Parallel()
	o := &office{t: t, dir: t.TempDir(), deskAt: freePort(t), siteAt: freePort(t)}
	robot, server := robotServer(t)
	mails, smtp := mailServer(t)
	o.write("robot", []byte("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0000-example-key"))
	o.write("tongfa.yaml", fmt.Appendf(nil, watchedYAML, o.deskAt, o.siteAt, server.URL, smtp))
	o.write("in/0/list.csv", []byte("序号,事项\n1,供暖\n"))
	o.item(1, map[string]any{"channels": []string{"site"}, "attachments": []string{"list.csv"}})
	var log bytes.Buffer
	a := &app{out: &log, err: &log, config: filepath.Join(o.dir, "tongfa.yaml")}
	err := a.within(t.Context(), func(h *house) error {
		packages, err := intake.Read(filepath.Join(o.dir, "in", "0", "00001.json"), h.reading(nil))
		if err != nil {
			return err
		}
		return a.serve(t.Context(), h, func(d *daemon) error {
			if _, err := h.file(t.Context(), packages[0], "王某", time.Now()); err != nil {
				return err
			}
			d.sched.Wake()
			for _, how := range []string{"edited", "removed", "attachment"} {
				o.tamper(d, how, robot, mails)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), "0000-example-key") {
		t.Error("the robot's key is in the log")
	}
}

// copyAt is the only copy of the office.
func (o *office) copyAt(d *daemon) press.Copy {
	o.t.Helper()
	s, err := d.led.Story(o.t.Context(), "oa-00001", time.Now())
	if err != nil {
		o.t.Fatal(err)
	}
	return s.Copies[0]
}

// tamper changes what the public sees, waits for the alarm and the messages, mends it, and waits for the others.
func (o *office) tamper(d *daemon, how string, boxes ...*letterbox) {
	o.t.Helper()
	o.until("the page is verified", func() bool { return o.copyAt(d).State == press.CopyVerified && len(o.open(d)) == 0 })
	u, err := url.Parse(o.copyAt(d).URL)
	if err != nil {
		o.t.Fatal(err)
	}
	path := filepath.Join(o.dir, "public", filepath.FromSlash(u.Path))
	words := []string{"《示例区人民政府办公室关于第1号事项的通知》", "https://desk.example.gov.cn/alarms"}
	if how == "attachment" {
		path, err = findFile(filepath.Join(o.dir, "public"), ".csv")
	}
	if err != nil {
		o.t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		o.t.Fatal(err)
	}
	began := time.Now()
	switch how {
	case "edited":
		err = os.WriteFile(path, bytes.ReplaceAll(whole, []byte("认真贯彻执行"), []byte("暂缓贯彻执行")), 0o644)
		words = append(words, "暂缓")
	case "removed":
		err = os.Remove(path)
		words = append(words, "不见了")
	case "attachment":
		err = os.WriteFile(path, []byte("序号,事项\n1,停暖\n"), 0o644)
		words = append(words, "list.csv")
	}
	if err != nil {
		o.t.Fatal(err)
	}
	var found press.Alarm
	o.quickly("the alarm", func() bool {
		open := o.open(d)
		if len(open) > 0 {
			found = open[0]
		}
		return len(open) > 0
	})
	s, err := d.led.Story(o.t.Context(), "oa-00001", time.Now())
	if err != nil {
		o.t.Fatal(err)
	}
	seen := s.Sightings[len(s.Sightings)-1]
	o.t.Logf("%s: seen after %v, alarm %v after that: %s", how, seen.At.Sub(began).Round(time.Millisecond), found.Opened.Sub(seen.At).Round(time.Millisecond), found.Text)
	if lag := found.Opened.Sub(seen.At); lag > time.Second || lag < 0 {
		o.t.Errorf("%s: the alarm opened %v after it was seen", how, lag)
	}
	for _, b := range boxes {
		before := b.has("已恢复")
		o.until("a message", func() bool { return b.has(words...) > 0 })
		o.t.Logf("%s: told after %v", how, time.Since(began).Round(time.Millisecond))
		defer o.until("a notice that it is over", func() bool { return b.has("已恢复") > before })
	}
	if err := os.WriteFile(path, whole, 0o644); err != nil {
		o.t.Fatal(err)
	}
	o.until("the alarm is over", func() bool { return len(o.open(d)) == 0 })
}

func (o *office) open(d *daemon) []press.Alarm {
	o.t.Helper()
	open, err := d.led.OpenAlarms(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	return open
}

// quickly is until, looking a hundred times a second.
func (o *office) quickly(what string, ok func() bool) {
	o.t.Helper()
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	for end := time.Now().Add(time.Minute); !ok(); <-t.C {
		if time.Now().After(end) {
			o.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// findFile finds a file below a folder by the end of its name.
func findFile(dir, ext string) (found string, err error) {
	err = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && filepath.Ext(path) == ext {
			found = path
			return filepath.SkipAll
		}
		return err
	})
	if found == "" {
		err = errors.Join(err, fmt.Errorf("no %s below %s", ext, dir))
	}
	return found, err
}

// BenchmarkVerification tells how many pages a minute the daemon looks at when more are due than it can do: pages of the website over HTTP on
// this machine, each compared with its approved text and written down.
func BenchmarkVerification(b *testing.B) {
	const items, long = 400, 10 * time.Second
	for b.Loop() {
		o := &office{t: b, dir: b.TempDir(), deskAt: freePort(b), siteAt: freePort(b)}
		yaml := fmt.Appendf(nil, siteYAML, o.deskAt, o.siteAt)
		o.write("tongfa.yaml", append(yaml, "verify: {after: [1s]}\n"...))
		a := &app{out: io.Discard, err: io.Discard, config: filepath.Join(o.dir, "tongfa.yaml")}
		err := a.within(b.Context(), func(h *house) error {
			packages := o.packages(h, items, time.Now().Add(-time.Minute), 0)
			return a.serve(b.Context(), h, func(d *daemon) error {
				for _, p := range packages {
					if _, err := h.file(b.Context(), p, "王某", time.Now()); err != nil {
						return err
					}
				}
				d.sched.Wake()
				o.verified(2 * time.Minute)
				began, before := time.Now(), o.looks(d)
				<-time.After(long)
				b.ReportMetric(float64(o.looks(d)-before)/time.Since(began).Minutes(), "pages/min")
				return nil
			})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// looks is how often all copies together were seen to be right, in a row.
func (o *office) looks(d *daemon) (n int) {
	o.t.Helper()
	entries, err := d.led.PublicPage(o.t.Context(), 0, 10_000)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, e := range entries {
		n += e.Copy.Looks
	}
	return n
}
