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

func TestAJournalCutAnywhereInItsLastLineIsReadWithoutIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wechat.state")
	o := Options{State: path, SaveEffects: true, Review: -1}
	r := newRig(t, o)
	r.submit(r.draft("https://example.gov.cn/first"))
	before := r.dump()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r.submit(r.draft("https://example.gov.cn/second")) // two lines
	full, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(full), string(whole)) {
		t.Fatalf("the journal was not added to: %v", err)
	}
	o.Accounts, o.Now = r.o.Accounts, r.clock.now
	read := func(b []byte) (*WeChat, error) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return New(o)
	}
	if _, err := read(full); err != nil {
		t.Fatal(err)
	}
	last := strings.LastIndex(string(full[:len(full)-1]), "\n") + 1
	for cut := len(full); cut >= len(whole); cut-- {
		if cut < last && cut%61 != 0 && cut != len(whole) {
			continue // every byte of the last line, and some of the one before
		}
		if err := os.Truncate(path, int64(cut)); err != nil {
			t.Fatal(err)
		}
		w, err := New(o)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		first, second := len(w.Live("https://example.gov.cn/first")), len(w.Live("https://example.gov.cn/second"))
		if want := map[bool]int{true: 1}[cut == len(full)]; first != 1 || second != want {
			t.Fatalf("cut at %d of %d: %d and %d live", cut, len(full), first, second)
		}
		if cut == len(whole) && strings.Join(w.dump(), "\n") != strings.Join(before, "\n") {
			t.Fatal("without the last lines the world is not what it was")
		}
		if cut%397 == 0 { // what is written next must not stand behind half a line
			w.SetCaptcha(true)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if again, err := New(o); err != nil || !again.world.Captcha {
				t.Fatalf("cut at %d, saved and read again: %v", cut, err)
			}
			if _, err := read(full[:cut]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, at := range []int{len(whole) / 2, len(whole) - 2} { // not the last line
		b := []byte(string(full))
		b[at] ^= 1
		if _, err := read(b); err == nil {
			t.Errorf("byte %d is wrong, and nobody noticed", at)
		}
	}
	b := []byte(string(full))
	b[len(b)-3] ^= 1
	if w, err := read(b); err != nil || len(w.Live("https://example.gov.cn/second")) != 0 {
		t.Errorf("a damaged last line: %v", err)
	}
}

func TestTheJournalIsWrittenAnewWhenItHasGrown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wechat.state")
	r := newRig(t, Options{State: path, SaveEffects: true})
	r.draft(marker)
	for i := range 3 {
		r.saving.Lock()
		r.base.tail = 1 << 30
		r.saving.Unlock()
		r.SetCaptcha(i%2 == 0)
		if err := r.Save(); err != nil {
			t.Fatal(err)
		}
		if r.base.tail != 0 || r.base.size == 0 {
			t.Errorf("not written anew: %+v", r.base)
		}
		r.submit(r.draft(fmt.Sprint(marker, i)))
	}
	r.sameAfterRestart(r.o)
}

func TestADiskThatIsFullLosesNothingLater(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sub", "wechat.state")
	w, err := New(Options{Accounts: []Account{{AppID: appid}}, State: path})
	if err != nil {
		t.Fatal(err)
	}
	w.SetCaptcha(true)
	if err := w.Save(); err == nil {
		t.Fatal("saved into a missing folder")
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	w.SetSkew(time.Second)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := New(w.o)
	if err != nil || !again.world.Captcha || again.world.Skew != time.Second {
		t.Errorf("%v: %+v", err, again.world)
	}
}
