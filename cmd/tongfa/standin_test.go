package main

import (
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func startRehearsal(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var r rehearsal
	f := pflag.NewFlagSet("wechat", pflag.ContinueOnError)
	r.flags(f)
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	w, err := r.start()
	if err != nil {
		return "", err
	}
	var lines []string
	for _, one := range w.Faults() {
		lines = append(lines, one.String())
	}
	return strings.Join(lines, " "), w.Close()
}

func TestTheFlagsOfARehearsal(t *testing.T) {
	got, err := startRehearsal(t, "--faults", "draft/add@2=drop callback*=early", "--storm", "0.05", "--seed", "7", "--callback", "http://127.0.0.1:8080/wechat",
		"--callback-mode", "safe", "--callback-key", strings.Repeat("a", 43), "--review", "90m")
	if err != nil || got != "draft/add@2=drop callback*=early *%0.05=any" {
		t.Errorf("%q, %v", got, err)
	}
	for name, args := range map[string][]string{
		"a fault that is none":    {"--faults", "draft/add=flood"},
		"a share above one":       {"--storm", "1.5"},
		"a mode that is none":     {"--callback", "http://127.0.0.1:8080/", "--callback-mode", "loud"},
		"a key that is too short": {"--callback", "http://127.0.0.1:8080/", "--callback-mode", "safe", "--callback-key", "abc"},
	} {
		if _, err := startRehearsal(t, args...); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestTheHostOfARehearsalFailsAsAsked(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a.html"), []byte("<html>一</html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := failingHost(root, []string{"/b/=status:503", "/c.html=redirect:http://127.0.0.1/a.html", "/d.html=other:换了 a=b:c"})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/a.html": "200 <html>一</html>", "/b/x.html": "503 ", "/c.html": "302 ", "/d.html": "200 换了 a=b:c"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		body, _ := io.ReadAll(w.Body)
		if got := itoa(w.Code) + " " + string(body); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	for _, bad := range []string{"drop", "a.html=drop", "/a.html=", "/a.html=explode", "/a.html=status", "/a.html=status:9", "/a.html=slow:soon"} {
		if _, err := failingHost(root, []string{bad}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if _, err := failingHost(filepath.Join(root, "none"), nil); err == nil {
		t.Error("a folder that is none is taken")
	}
}
