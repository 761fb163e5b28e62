package apiclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// program is tongfa, built once from this tree.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tongfa-api-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "tongfa")
	out, err := exec.Command("go", "build", "-o", bin, "tongfa/cmd/tongfa").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build tongfa: %w\n%s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if bin, err := program(); err == nil {
		_ = os.RemoveAll(filepath.Dir(bin)) // a folder left in /tmp harms nobody
	}
	os.Exit(code)
}

// able reports whether something is here that a test needs. In CI it is, or the test fails.
func able(t *testing.T, has bool, what string) bool {
	t.Helper()
	if !has && os.Getenv("TONGFA_CI") == "1" {
		t.Fatal("CI has no", what)
	}
	if !has {
		t.Log("NOT TESTED:", what, "is not here")
	}
	return has
}

func found(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// modules is the folder with what npm brought.
func modules(t *testing.T) (string, bool) {
	t.Helper()
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	_, err = os.Stat(filepath.Join(dir, "node_modules", "openapi-fetch"))
	return dir, able(t, err == nil && found("node"), `node with "npm ci --prefix desk/apiclient/testdata"`)
}

// office is a daemon at work in a folder of the test's own: a website, and perhaps a webhook.
type office struct {
	*testing.T
	bin, dir, desk, site string
	daemon               *exec.Cmd
}

const officeYAML = `office: 示例区人民政府办公室
data: ./data
listen: %[1]s
allow_private: [127.0.0.0/8]
verify: {after: [5s, 1m]}
%[3]schannels:
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

func newOffice(t *testing.T, more string) *office {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	o := &office{T: t, bin: bin, dir: t.TempDir(), desk: freeAddress(t), site: freeAddress(t)}
	o.write("secret", hookSecret)
	o.write("tongfa.yaml", fmt.Sprintf(officeYAML, o.desk, o.site, more))
	o.start()
	t.Cleanup(o.kill)
	return o
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) write(name, text string) {
	o.Helper()
	o.must(os.WriteFile(filepath.Join(o.dir, name), []byte(text), 0o600))
}

// run runs a command of tongfa and returns what it says.
func (o *office) run(args ...string) string {
	o.Helper()
	c := exec.Command(o.bin, append([]string{"--config", filepath.Join(o.dir, "tongfa.yaml"), "--as", "测试"}, args...)...)
	var out, wrong bytes.Buffer
	c.Stdout, c.Stderr = &out, &wrong
	if err := c.Run(); err != nil {
		o.Fatalf("tongfa %v: %v\n%s%s", args, err, out.String(), wrong.String())
	}
	return strings.TrimSpace(out.String())
}

func (o *office) start() {
	o.Helper()
	o.daemon = exec.Command(o.bin, "--config", filepath.Join(o.dir, "tongfa.yaml"), "serve")
	log, err := os.OpenFile(filepath.Join(o.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	o.must(err)
	defer log.Close()
	o.daemon.Stdout, o.daemon.Stderr = log, log
	o.must(o.daemon.Start())
	o.until("the desk answers", func() bool {
		res, err := http.Get("http://" + o.desk + "/healthz")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// kill ends the daemon as a power cut would.
func (o *office) kill() {
	if o.daemon != nil {
		_ = o.daemon.Process.Kill() // it may have ended
		_ = o.daemon.Wait()
		o.daemon = nil
	}
	if o.Failed() {
		log, _ := os.ReadFile(filepath.Join(o.dir, "log"))
		o.Logf("the daemon said:\n%s", log[max(0, len(log)-4000):])
	}
}

func (o *office) until(what string, is func() bool) {
	o.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(90 * time.Second); ; {
		if is() {
			return
		}
		select {
		case <-end:
			o.Fatalf("not in time: %s", what)
		case <-tick.C:
		}
	}
}

// token makes a token with every right.
func (o *office) token(name string, scopes ...string) string {
	o.Helper()
	var made struct{ Secret string }
	o.must(json.Unmarshal([]byte(o.run("token", "add", name, "--json", "--scope", strings.Join(scopes, ","))), &made))
	if !strings.HasPrefix(made.Secret, "tf_") {
		o.Fatal("no token")
	}
	return made.Secret
}

var every = []string{"see", "file", "receive", "sign", "clear", "hold", "retry", "correct", "withdraw", "waive", "compose", "issue", "run", "answer", "set"}
