package desk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
)

// caller is another system that uses the API of a world's desk, with a token. Whatever it is answered is held against openapi.yaml.
type caller struct {
	*world
	secret string
}

// call lets a system in with rights.
func (w *world) call(name string, rights ...press.Right) caller {
	w.Helper()
	secret, _, err := w.ledger.AddToken(w.Context(), ledger.Token{Name: name, Rights: rights}, ledger.Who{Name: "王某", Role: press.Operator}, w.now)
	w.must(err)
	return caller{w, secret}
}

// apiWorld is a world whose desk lets nobody in without a token, and has all that the API needs.
func apiWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	o := w.options()
	o.Guest = nil
	var mu sync.Mutex
	o.Wake = func() { // many may call at once
		mu.Lock()
		defer mu.Unlock()
		w.woken++
	}
	o.Reading = func() intake.Options {
		return intake.Options{Location: shanghai(), Channels: []string{"site", "wechat", "gazette"}}
	}
	o.Plan = func(channel string) (press.Plan, error) {
		if channel != "gazette" {
			return press.Plan{Channel: channel}, nil
		}
		return press.Plan{Channel: channel, Issues: &press.Issues{FirstYear: 2026, FirstNo: 1, FirstTotal: 1, Title: func(e press.Edition) string { return fmt.Sprintf("第%d期", e.Number) }}}, nil
	}
	o.Amends = func() map[string]bool { return map[string]bool{"site": true} }
	o.Webhooks = func() []Webhook {
		return []Webhook{{"oa", "https://oa.example.gov.cn/hooks", []string{"item.live"}}}
	}
	w.desk = New(o)
	return w
}

func everyRight() []press.Right {
	var out []press.Right
	for _, i := range press.Rights() {
		out = append(out, i.Right)
	}
	return out
}

// apiAnswer is what the API answered.
type apiAnswer struct {
	status int
	head   http.Header
	body   []byte
	doc    map[string]any
}

func (a apiAnswer) text(path ...string) string {
	var v any = a.doc
	for _, p := range path {
		m, _ := v.(map[string]any)
		v = m[p]
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// do sends a request; a body that is no text is sent as JSON.
func (c caller) do(method, target string, body any, more ...func(*http.Request)) apiAnswer {
	c.Helper()
	var data []byte
	switch b := body.(type) {
	case nil:
	case string:
		data = []byte(b)
	case []byte:
		data = b
	default:
		var err error
		data, err = json.Marshal(b)
		c.must(err)
	}
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+target, bytes.NewReader(data))
	r.RemoteAddr = "127.0.0.1:50000"
	if c.secret != "" {
		r.Header.Set("Authorization", "Bearer "+c.secret)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, m := range more {
		m(r)
	}
	rec := httptest.NewRecorder()
	c.desk.ServeHTTP(rec, r)
	a := apiAnswer{status: rec.Code, head: rec.Header(), body: rec.Body.Bytes()}
	_ = json.Unmarshal(a.body, &a.doc) // a stream is no document
	c.described(method, r.URL, a)
	return a
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// want sends a request and wants a status, and a code where it is a problem.
func (c caller) want(status int, code, method, target string, body any, more ...func(*http.Request)) apiAnswer {
	c.Helper()
	a := c.do(method, target, body, more...)
	if a.status != status || a.text("code") != code {
		c.Fatalf("%s %s: %d %s, want %d %s\n%s", method, target, a.status, a.text("code"), status, code, a.body)
	}
	return a
}

var openAPI = sync.OnceValues(func() (map[string]any, error) {
	data, err := description()
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	m, _ := doc.(map[string]any)
	return m, err
})

// schemas compiles schemas of openapi.yaml, each once.
var schemas = struct {
	sync.Mutex
	c    *jsonschema.Compiler
	made map[string]*jsonschema.Schema
}{made: map[string]*jsonschema.Schema{}}

func (w *world) schema(pointer string) *jsonschema.Schema {
	w.Helper()
	doc, err := openAPI()
	w.must(err)
	schemas.Lock()
	defer schemas.Unlock()
	if schemas.c == nil {
		schemas.c = jsonschema.NewCompiler()
		schemas.c.DefaultDraft(jsonschema.Draft2020)
		schemas.c.AssertFormat()
		w.must(schemas.c.AddResource("http://tongfa/openapi.json", doc))
	}
	if s := schemas.made[pointer]; s != nil {
		return s
	}
	s, err := schemas.c.Compile("http://tongfa/openapi.json#" + pointer)
	w.must(err)
	schemas.made[pointer] = s
	return s
}

// pathOf is the path of openapi.yaml that an address is of.
func pathOf(doc map[string]any, u *url.URL) string {
	parts := strings.Split(u.EscapedPath(), "/")
	for p := range doc["paths"].(map[string]any) {
		if ours := strings.Split(p, "/"); len(ours) == len(parts) {
			same := true
			for i, s := range ours {
				same = same && (s == parts[i] || strings.HasPrefix(s, "{"))
			}
			if same {
				return p
			}
		}
	}
	return ""
}

func escapePointer(s string) string {
	return url.PathEscape(strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1"))
}

// described holds an apiAnswer against openapi.yaml.
func (w *world) described(method string, u *url.URL, a apiAnswer) {
	w.Helper()
	doc, err := openAPI()
	w.must(err)
	kind, _, _ := strings.Cut(a.head.Get("Content-Type"), ";")
	pointer := "/components/schemas/Problem"
	p := pathOf(doc, u)
	if p != "" && kind != "application/problem+json" {
		op, _ := doc["paths"].(map[string]any)[p].(map[string]any)[strings.ToLower(method)].(map[string]any)
		answers, _ := op["responses"].(map[string]any)
		if answers[fmt.Sprint(a.status)] == nil {
			w.Errorf("%s %s: %d is not described", method, p, a.status)
			return
		}
		pointer = "/paths/" + escapePointer(p) + "/" + strings.ToLower(method) + "/responses/" + fmt.Sprint(a.status) + "/content/" + escapePointer(kind) + "/schema"
	}
	if p != "" && kind == "application/problem+json" && a.status != http.StatusMethodNotAllowed && a.status != http.StatusMisdirectedRequest {
		op, _ := doc["paths"].(map[string]any)[p].(map[string]any)[strings.ToLower(method)].(map[string]any)
		if answers, _ := op["responses"].(map[string]any); answers[fmt.Sprint(a.status)] == nil {
			w.Errorf("%s %s: a problem with status %d is not described", method, p, a.status)
		}
		if apiProblems()[a.text("code")] == "" {
			w.Errorf("%s %s: unknown code %q", method, p, a.text("code"))
		}
	}
	if a.status == http.StatusNotModified || kind == "text/event-stream" {
		return
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.body))
	if err != nil {
		w.Errorf("%s %s: %d is no JSON: %v\n%.300s", method, u, a.status, err, a.body)
		return
	}
	if err := w.schema(pointer).Validate(v); err != nil {
		w.Errorf("%s %s: %d is not as described: %v\n%.2000s", method, u, a.status, err, a.body)
	}
}

// paper is an item package that no gate stops.
func paper(external string, signed bool, more map[string]any) map[string]any {
	p := map[string]any{
		"external_id": external, "kind": "news", "title": "示例区召开冬季供暖保障工作会议" + external, "issuer": "示例区人民政府办公室", "source": "示例区人民政府办公室",
		"formed_on": "2026-11-24", "disclosure": "主动公开", "column": "政务动态", "theme": "综合政务", "genre": "其他", "validity": "有效",
		"summary": "会议研究冬季供暖保障。", "keywords": []string{"供暖"}, "channels": []string{"site"}, "body_format": "markdown",
		"body": "十一月二十四日，示例区召开会议，研究" + external + "冬季供暖保障和便民服务工作。\n\n会议要求抓好落实。",
	}
	if signed {
		var as []map[string]any
		for i, step := range []string{"secrecy", "first", "second", "final"} {
			as = append(as, map[string]any{"step": step, "by": []string{"王某", "李某", "赵某", "孙某"}[i], "office": "区政府办公室", "at": "2026-11-24T1" + fmt.Sprint(i) + ":00:00+08:00",
				"result": "pass", "ground": "同意公开"})
		}
		p["approvals"] = as
	}
	for k, v := range more {
		p[k] = v
	}
	return p
}

// live reads a stream of events until it has had enough.
func (c caller) live(target string, enough func(text string) bool, more ...func(*http.Request)) string {
	c.Helper()
	s := httptest.NewServer(c.desk)
	defer s.Close()
	r, err := http.NewRequestWithContext(c.Context(), "GET", s.URL+target, nil)
	c.must(err)
	r.Header.Set("Authorization", "Bearer "+c.secret)
	for _, m := range more {
		m(r)
	}
	res, err := http.DefaultClient.Do(r)
	c.must(err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		b, _ := io.ReadAll(res.Body)
		c.Fatalf("stream: %d %s", res.StatusCode, b)
	}
	var all []byte
	limit := time.AfterFunc(20*time.Second, func() { res.Body.Close() })
	defer limit.Stop()
	for buf := make([]byte, 4096); !enough(string(all)) || !bytes.HasSuffix(all, []byte("\n\n")); {
		n, err := res.Body.Read(buf)
		all = append(all, buf[:n]...)
		if err != nil {
			c.Fatalf("the stream ended: %v\n%s", err, all)
		}
	}
	return string(all)
}

// event holds an event against openapi.yaml.
func (w *world) event(data string) {
	w.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(data))
	w.must(err)
	if err := w.schema("/components/schemas/Event").Validate(v); err != nil {
		w.Errorf("%s: %v", data, err)
	}
}
