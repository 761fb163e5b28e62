package apiclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"net/http/httptest"
)

const hookSecret = "rehearsal-only-0123456789"

// receiver is another system that is told what happens.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []delivery
	refuse bool
}

type delivery struct {
	id, event, signature string
	body                 []byte
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.Server = &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.refuse {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		r.got = append(r.got, delivery{req.Header.Get("Tongfa-Delivery"), req.Header.Get("Tongfa-Event"), req.Header.Get("Tongfa-Signature"), body})
	})}}
	r.Start()
	t.Cleanup(r.Close)
	return r
}

// events are the kinds that were told of an item, each delivery once, in the order in which they came.
func (r *receiver) events(external string) (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := map[string]bool{}
	for _, d := range r.got {
		if strings.Contains(string(d.body), `"external_id":"`+external+`"`) && !seen[d.id] {
			seen[d.id] = true
			out = append(out, d.event)
		}
	}
	return out
}

func (r *receiver) refuses(yes bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = yes
}

// ask sends a request to the API.
func (o *office) ask(token, method, path string, body any) map[string]any {
	o.Helper()
	data, err := json.Marshal(body)
	o.must(err)
	r, err := http.NewRequest(method, "http://"+o.desk+path, bytes.NewReader(data))
	o.must(err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	o.must(err)
	defer res.Body.Close()
	var doc map[string]any
	o.must(json.NewDecoder(res.Body).Decode(&doc))
	if res.StatusCode >= 300 {
		o.Fatalf("%s %s: %d %v", method, path, res.StatusCode, doc)
	}
	return doc
}

func paper(external string) map[string]any {
	var as []map[string]any
	for i, step := range []string{"secrecy", "first", "second", "final"} {
		as = append(as, map[string]any{"step": step, "by": []string{"王某", "李某", "赵某", "孙某"}[i], "office": "区政府办公室", "at": fmt.Sprintf("2026-11-24T1%d:00:00+08:00", i), "result": "pass", "ground": "同意"})
	}
	return map[string]any{"external_id": external, "kind": "news", "title": "示例区召开" + external + "工作会议", "issuer": "示例区人民政府办公室", "formed_on": "2026-11-24", "disclosure": "主动公开",
		"column": "政务动态", "summary": "会议。", "channels": []string{"site"}, "body": external + "会议要求抓好落实。", "approvals": as}
}

// TestAWebhookIsToldThroughAPowerCut files items, ends the daemon at once, and starts it again: what was filed is told, in the order of each item.
func TestAWebhookIsToldThroughAPowerCut(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	o := newOffice(t, "webhooks:\n  - {name: oa, url: "+r.URL+"/hooks/, secret: {file: secret}, events: [\"*\"]}\n")
	token := o.token("OA系统", every...)
	o.ask(token, "POST", "/api/v1/items", paper("oa-1"))
	o.until("the first item is told of", func() bool { return slices.Contains(r.events("oa-1"), "item.verified") })
	r.refuses(true)
	for i := range 5 {
		o.ask(token, "POST", "/api/v1/items", paper(fmt.Sprint("oa-", i+2)))
	}
	o.kill()
	r.refuses(false)
	o.start()
	for i := range 5 {
		o.until("what was filed before the power cut is told", func() bool { return slices.Contains(r.events(fmt.Sprint("oa-", i+2)), "item.verified") })
		if got := r.events(fmt.Sprint("oa-", i+2)); !slices.Equal(got[:2], []string{"item.filed", "item.approved"}) {
			t.Errorf("told as %v", got)
		}
	}
	if got := r.events("oa-1"); !slices.Equal(got[:2], []string{"item.filed", "item.approved"}) || len(got) != len(slices.Compact(slices.Clone(got))) {
		t.Errorf("the first was told as %v", got)
	}
	list := o.ask(token, "GET", "/api/v1/webhooks", nil)
	if !strings.Contains(fmt.Sprint(list), "name:oa") || strings.Contains(fmt.Sprint(list), "/hooks/") {
		t.Errorf("webhooks %v", list)
	}
	for _, name := range []string{"log", "data/tongfa.db", "data/tongfa.db-wal"} {
		b, err := os.ReadFile(filepath.Join(o.dir, name))
		if err == nil && bytes.Contains(b, []byte(hookSecret)) {
			t.Errorf("the secret is in %s", name)
		}
	}
	if able(t, found("node"), "node") {
		r.genuine(t)
	}
}

// genuine has the receiver's code of docs/api.md judge what was received, and what was tampered with.
func (r *receiver) genuine(t *testing.T) {
	t.Helper()
	code := block(t, "js")
	r.mu.Lock()
	d := r.got[0]
	r.mu.Unlock()
	dir := t.TempDir()
	judge := `import { genuine } from "./hook.mjs";
import { readFileSync } from "node:fs";
const [secret, signature] = process.argv.slice(2);
const body = readFileSync("body");
const t = Number(signature.match(/t=(\d+)/)[1]);
console.log(genuine(secret, signature, body, t), genuine(secret, signature, Buffer.concat([body, Buffer.from(" ")]), t), genuine("other", signature, body, t), genuine(secret, signature, body, t + 301), genuine(secret, "t=,v1=", body, t));
`
	for name, text := range map[string]string{"hook.mjs": code, "judge.mjs": judge, "body": string(d.body)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command("node", "judge.mjs", hookSecret, d.signature)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "true false false false false" {
		t.Errorf("%v: %s", err, out)
	}
}
