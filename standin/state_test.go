package standin

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// restart closes nothing: it is what a killed process leaves behind, read by the next one.
func (r *rig) restart(o Options) *rig {
	r.t.Helper()
	o.Now = r.clock.now
	next := newRig(r.t, o)
	next.clock = r.clock
	return next
}

func TestTheWorldSurvivesARestart(t *testing.T) {
	o := Options{State: filepath.Join(t.TempDir(), "wechat.json"), Review: time.Minute}
	r := newRig(t, o)
	done := r.submit(r.draft(marker))
	up := r.upload("/cgi-bin/media/uploadimg", "media", "a.png", pngBytes(3, 3))["url"].(string)
	r.clock.add(time.Minute)
	address := link(r.status(done), 0)
	if err := r.RequireConfirm(appid, true); err != nil {
		t.Fatal(err)
	}
	asked := int64(r.mass(r.draft("https://example.gov.cn/m"), "key")["msg_id"].(float64))
	kept := r.draft("https://example.gov.cn/kept")
	running := r.submit(r.draft("https://example.gov.cn/running"))
	r.status(1)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(o.State)
	if err != nil || strings.Contains(string(b), secret) {
		t.Fatalf("state file: %v, or it holds the secret", err)
	}
	if info, err := os.Stat(o.State); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("state file: %v %v", info.Mode(), err)
	}

	next := r.restart(o)
	if next.token != r.token {
		t.Error("the token did not survive")
	}
	next.want(0, next.post("/cgi-bin/draft/get", map[string]any{"media_id": kept}))
	if got := next.status(running)["publish_status"]; got != 1.0 {
		t.Errorf("running job: %v", got)
	}
	next.clock.add(time.Minute)
	if got := next.status(running)["publish_status"]; got != 0.0 || len(next.Live("https://example.gov.cn/running")) != 1 {
		t.Errorf("running job a minute later: %v", got)
	}
	path := func(s string) string { return s[strings.Index(s[8:], "/")+8:] }
	if !strings.Contains(next.readPage(next.url+path(address)), "正文第一段") {
		t.Error("the page did not survive")
	}
	next.readPage(next.url + path(up))
	if err := next.ConfirmMass(appid, asked, true); err != nil {
		t.Error(err)
	}
	next.clock.add(time.Minute)
	if next.massStatus(asked) != "SEND_SUCCESS" || len(next.Live(marker)) != 1 {
		t.Error("the mass message did not survive, or an article doubled")
	}
	quota := next.post("/cgi-bin/openapi/quota/get", map[string]any{"cgi_path": "/cgi-bin/freepublish/get"})["quota"].(map[string]any)
	if quota["used"] != 4.0 {
		t.Errorf("quota %v", quota)
	}
	fresh := next.draft("https://example.gov.cn/fresh")
	if fresh == kept || len(next.Drafts()) != 2 {
		t.Errorf("drafts %v", next.Drafts())
	}
}

func TestSaveEffectsLeavesNothingForAKilledProcessToLose(t *testing.T) {
	o := Options{State: filepath.Join(t.TempDir(), "wechat.json"), SaveEffects: true}
	r := newRig(t, o)
	id := r.submit(r.draft(marker)) // and the process is killed
	next := r.restart(o)
	r.clock.add(time.Second)
	if out := next.status(id); out["publish_status"] != 0.0 {
		t.Errorf("after the kill: %v", out)
	}
}

func TestSaveWritesOnlyWhatChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wechat.json")
	r := newRig(t, Options{State: path})
	if err := r.Save(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := r.Save(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("written again without a change")
	}
	r.draft(marker)
	if err := r.Save(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestNewRefusesWhatItCannotUse(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one := []Account{{AppID: appid}}
	for name, o := range map[string]Options{
		"no account":       {},
		"no appid":         {Accounts: []Account{{}}},
		"same appid twice": {Accounts: []Account{{AppID: appid}, {AppID: appid}}},
		"damaged state":    {Accounts: one, State: write("damaged", `{"Version":1,"Accounts":{`)},
		"another version":  {Accounts: one, State: write("version", `{"Version":99}`)},
		"state is a dir":   {Accounts: one, State: dir},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	w, err := New(Options{Accounts: one, State: filepath.Join(dir, "no", "such", "dir")})
	if err != nil {
		t.Fatal(err)
	}
	w.SetCaptcha(true)
	if err := w.Close(); err == nil {
		t.Error("saved into a missing folder")
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	o := Options{Quotas: map[string]int{"*": -1}, State: filepath.Join(t.TempDir(), "wechat.json"), Review: -1}
	r := newRig(t, o)
	const workers, each = 8, 10
	var wg sync.WaitGroup
	for n := range workers {
		wg.Go(func() {
			for i := range each {
				m := fmt.Sprintf("https://example.gov.cn/%d/%d", n, i)
				id := r.submit(r.draft(m))
				if out := r.status(id); out["publish_status"] != 0.0 {
					t.Errorf("%s: %v", m, out)
				}
				if i%5 == 0 {
					r.Effects()
					r.Articles()
					r.Drafts()
					r.Log()
					if err := r.Save(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if list := r.Articles(); len(list) != workers*each {
		t.Fatalf("%d articles", len(list))
	}
	for n := range workers {
		if live := r.Live(fmt.Sprintf("https://example.gov.cn/%d/0", n)); len(live) != 1 {
			t.Errorf("worker %d: %d live", n, len(live))
		}
	}
}

func TestTheLogIsBounded(t *testing.T) {
	r := newRig(t, Options{Quotas: map[string]int{"*": -1}})
	for range 2*logLength + 50 {
		r.note(newRequest(t), reply{}, nil)
	}
	list := r.Log()
	if len(list) != logLength || list[0].Seq != list[logLength-1].Seq-logLength+1 || cap(r.requests) > 4*logLength {
		t.Errorf("%d entries from %d", len(list), list[0].Seq)
	}
}
