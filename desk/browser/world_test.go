package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The people of the office, by what they type to sign in. Each has one role.
var people = []struct{ login, name, role string }{
	{"nigao", "钱某", "drafter"},
	{"baomi", "王某", "secrecy_reviewer"},
	{"chushen", "李某", "reviewer"},
	{"fushen", "赵某", "reviewer"},
	{"zhongshen", "孙某", "reviewer"},
	{"fabu", "周某", "publisher"},
	{"xinmeiti", "吴某", "new_media_editor"},
	{"gongbao", "郑某", "gazette_editor"},
	{"ducha", "冯某", "supervisor"},
	{"guanli", "陈某", "operator"},
}

const password = "kaiyuan-7-shuilu"

// scratch is a folder for what all tests share, and atLast what is done when they are over.
var (
	scratch string
	atLast  []func()
)

// program is tongfa, built once from this tree.
var program = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(scratch, "tongfa")
	out, err := exec.Command("go", "build", "-o", bin, "tongfa/cmd/tongfa").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build tongfa: %w\n%s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tongfa-browser-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	scratch = dir
	defer os.RemoveAll(dir)
	code := m.Run()
	for _, end := range atLast {
		end()
	}
	return code
}

// office is a daemon at work in a folder of the test's own.
type office struct {
	testing.TB
	dir, desk, site, wechat string
	daemon                  *exec.Cmd
	said                    *lines
}

const officeYAML = `office: 示例区人民政府办公室
data: ./data
listen: %[1]s
allow_private: [127.0.0.0/8]
verify: {after: [5s, 10s, %[4]s]}
standin:
  wechat:
    listen: %[3]s
    state: data/standin-wechat.json
    review: 300ms
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
    when: on release
    after: [site]
    rehearsal: true
    account: 示例区发布
    appid: wx0123456789abcdef
    secret: {file: secret}
    mode: publish
    base_url: http://%[3]s
    articles: http://%[3]s
    poll: [1s, 1s, 2s]
  gazette:
    kind: gazette
    when: ["0 9 1 1,4,7,10 *"]
    rehearsal: true
    name: 示例区人民政府公报
`

// newOffice makes an office, its people, and starts its daemon, which looks at what is public twice and then seldom.
func newOffice(t testing.TB) *office { t.Helper(); return officeThatLooks(t, time.Hour) }

// officeThatLooks makes an office whose daemon goes on looking at what is public every so often.
func officeThatLooks(t testing.TB, every time.Duration) *office {
	t.Helper()
	o := &office{TB: t, dir: t.TempDir(), desk: freeAddress(t), site: freeAddress(t), wechat: freeAddress(t)}
	o.write("secret", "rehearsal-only")
	o.write("tongfa.yaml", fmt.Sprintf(officeYAML, o.desk, o.site, o.wechat, every))
	var all []string
	for _, p := range people {
		o.person(p.login, p.name, p.role)
		all = append(all, p.role)
	}
	o.person("quanbu", "褚某", all...) // who may do everything
	o.start()
	return o
}

// in is the office in the hands of a test of a part: what fails is that test.
func (o *office) in(t testing.TB) *office {
	mine := *o
	mine.TB = t
	return &mine
}

// china is the time of the office.
var china = time.FixedZone("CST", 8*60*60)

// person adds somebody to the office.
func (o *office) person(login, name string, roles ...string) {
	o.Helper()
	o.typed(password+"\n", "user", "add", login, "--name", name, "--role", strings.Join(roles, ","), "--office", "区政府办公室", "--password", "--keep")
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) write(name, text string) string {
	o.Helper()
	path := filepath.Join(o.dir, name)
	o.must(os.MkdirAll(filepath.Dir(path), 0o755))
	o.must(os.WriteFile(path, []byte(text), 0o600))
	return path
}

// given are the addresses that tests have: the system gives one anew as soon as nobody listens there.
var given sync.Map

func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		if _, taken := given.LoadOrStore(l.Addr().String(), true); !taken {
			return l.Addr().String()
		}
	}
	t.Fatal("the system gives the same address again and again")
	return ""
}

// lines keeps what a process says.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.b.String()
	return s[max(0, len(s)-4000):]
}

func (o *office) command(args ...string) *exec.Cmd {
	o.Helper()
	bin, err := program()
	o.must(err)
	c := exec.Command(bin, args...)
	c.Dir = o.dir
	return c
}

// run runs a command to its end, which must be good, and returns what it printed.
func (o *office) run(args ...string) string { o.Helper(); return o.typed("", args...) }

func (o *office) typed(stdin string, args ...string) string {
	o.Helper()
	c := o.command(args...)
	c.Stdin = strings.NewReader(stdin)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil && c.ProcessState.ExitCode() != stoppedByGate {
		o.Fatalf("tongfa %s: %v\n%s%s", strings.Join(args, " "), err, out, errs.Bytes())
	}
	return string(out)
}

// stoppedByGate is how "add" ends when it has taken an item that a gate keeps from going out.
const stoppedByGate = 3

// start starts the daemon and waits until it is ready.
func (o *office) start() {
	o.Helper()
	c, said := o.command("serve"), &lines{}
	c.Stdout, c.Stderr = said, said
	o.must(c.Start())
	o.daemon, o.said = c, said
	o.Cleanup(func() {
		if o.Failed() {
			o.Logf("the daemon said:\n%s", said)
		}
		_ = c.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		_ = c.Wait()
	})
	o.until("the desk answers", func() bool {
		r, err := http.Get("http://" + o.desk + "/readyz")
		if err != nil {
			return false
		}
		return r.Body.Close() == nil && r.StatusCode == http.StatusOK
	})
}

// patience is how long anything may take on a machine that does ten things at once.
const patience = 90 * time.Second

func (o *office) until(what string, is func() bool) {
	o.Helper()
	end := time.Now().Add(patience)
	for tick := time.NewTicker(50 * time.Millisecond); !is(); <-tick.C {
		if time.Now().After(end) {
			o.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// item is what "tongfa status --json" says of one item.
type item struct {
	ID         string `json:"id"`
	ExternalID string `json:"external_id"`
	Title      string `json:"title"`
	State      string `json:"state"`
	Channels   map[string]struct{ State, URL, Edition, Note string }
}

func (o *office) status() map[string]item {
	o.Helper()
	var doc struct{ Items []item }
	o.must(json.Unmarshal([]byte(o.run("status", "--json", "--limit", "500")), &doc))
	out := map[string]item{}
	for _, it := range doc.Items {
		out[it.ExternalID] = it
	}
	return out
}

// verified waits until an item is seen to be right on a channel.
func (o *office) verified(external, channel string) item {
	o.Helper()
	o.until(external+" is verified on "+channel, func() bool { return o.status()[external].Channels[channel].State == "verified" })
	return o.status()[external]
}

const itemMD = `---
external_id: %[1]s
kind: news
title: %[2]s
issuer: 示例区人民政府办公室
source: 示例区人民政府办公室
formed_on: %[3]s
theme: 综合政务
genre: 其他
disclosure: 主动公开
column: 政务动态
channels: [%[4]s]
summary: 例行会议研究冬季供暖保障。
keywords: [供暖, 便民]
%[5]s---

今天上午，示例区召开例行会议（%[1]s），研究冬季供暖保障和便民服务工作。

会议指出，要加强设备巡检，畅通服务热线[^1]，确保群众温暖过冬。

[^1]: 服务热线见<https://www.example.gov.cn/tel>。
`

const signedYAML = `approvals:
  - {step: secrecy, by: 王某, office: 区政府办公室, at: %[1]s, result: pass, ground: 不涉及国家秘密和个人隐私}
  - {step: first, by: 李某, office: 区政府办公室, at: %[1]s, result: pass}
  - {step: second, by: 赵某, office: 区政府办公室, at: %[1]s, result: pass}
  - {step: final, by: 孙某, office: 区政府办公室, at: %[1]s, result: pass}
`

// file hands in an item, signed or not, for some channels, with more lines of its front matter, and returns its id.
func (o *office) file(external, title, channels string, signed bool, more string) string {
	o.Helper()
	now := time.Now()
	if signed {
		more += fmt.Sprintf(signedYAML, now.Add(-time.Hour).Format(time.RFC3339))
	}
	path := o.write("in/"+external+".md", fmt.Sprintf(itemMD, external, title, now.Format(time.DateOnly), channels, more))
	o.run("add", path)
	return o.status()[external].ID
}

// fetch is what stands at a public address.
func (o *office) fetch(url string) (int, string) {
	o.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	o.must(err)
	res, err := http.DefaultClient.Do(req)
	o.must(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	o.must(err)
	return res.StatusCode, string(body)
}
