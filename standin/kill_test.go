package standin

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const childState = "STANDIN_CHILD_STATE"

// TestMain also is the stand-in that gets killed: a process with a state file that prints its address and serves until its input ends.
func TestMain(m *testing.M) {
	path := os.Getenv(childState)
	if path == "" {
		os.Exit(m.Run())
	}
	w, err := New(childOptions(path))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(httptest.NewServer(w).URL)
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the parent ends, should it forget the kill
}

func childOptions(path string) Options {
	return Options{
		Accounts: []Account{{AppID: appid, Secret: secret}}, Quotas: map[string]int{"*": -1}, Review: -1, State: path, SaveEffects: true,
	}
}

func TestWhatWasAnsweredSurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wechat.json")
	var answered []string
	for round := range 4 {
		url, kill := startChild(t, path)
		done := make(chan string, 100)
		go publishUntilDead(&rig{t: t, url: url}, fmt.Sprintf("https://example.gov.cn/%d/", round), done)
		n := 0
		for m := range done {
			answered = append(answered, m)
			if n++; n == 5 {
				kill() // in the middle of whatever the client has begun
			}
		}
		after, err := New(childOptions(path))
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for _, m := range answered {
			if n := len(after.Live(m)); n != 1 {
				t.Errorf("round %d: %s is live %d times", round, m, n)
			}
		}
	}
	if len(answered) < 20 {
		t.Errorf("only %d publishes were answered", len(answered))
	}
}

func startChild(t *testing.T, path string) (url string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childState+"="+path)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() { // SIGKILL: nothing of the child runs any more
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	url, err = bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(url, "http") {
		t.Fatalf("the child says %q, %v", url, err)
	}
	return strings.TrimSpace(url), kill
}

// publishUntilDead publishes one article after the other and tells the marker of each that was answered, until the connection fails.
func publishUntilDead(r *rig, prefix string, done chan<- string) {
	defer close(done)
	call := func(path, kind string, in []byte) map[string]any {
		var out map[string]any
		if _, b, err := r.send(http.MethodPost, path, kind, in); err != nil || json.Unmarshal(b, &out) != nil {
			return nil
		}
		return out
	}
	login := map[string]any{"grant_type": "client_credential", "appid": appid, "secret": secret}
	r.token, _ = call("/cgi-bin/stable_token", "", body(r.t, login))["access_token"].(string)
	kind, form := multipartBody(r.t, "media", "a.png", pngBytes(9, 4))
	r.cover, _ = call("/cgi-bin/material/add_material?type=image", kind, form)["media_id"].(string)
	for i := 0; ; i++ {
		m := prefix + strconv.Itoa(i)
		draft := call("/cgi-bin/draft/add", "", body(r.t, map[string]any{"articles": []any{r.article(m)}}))["media_id"]
		out := call("/cgi-bin/freepublish/submit", "", body(r.t, map[string]any{"media_id": draft}))
		if out == nil || code(out) != 0 {
			return
		}
		done <- m
	}
}
