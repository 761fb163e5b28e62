package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// ask sends a request as it is written, byte for byte, and returns the status and the whole answer. Status 0 is a closed connection.
func ask(t testing.TB, addr, request string) (status int, answer string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, request); err != nil && len(request) < 1<<16 {
		t.Fatal(err) // of more than it wants to read, a server may hang up
	}
	r := bufio.NewReader(c)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	_ = resp.Header.Write(&b)
	_, _ = io.Copy(&b, io.LimitReader(resp.Body, 1<<20)) // what came of a broken answer is judged all the same
	return resp.StatusCode, b.String()
}

// TestHostileRequestsAreAnswered asks all three servers of a running house for what they must not give and do.
func TestHostileRequestsAreAnswered(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.put("public/.hidden", "不该看到")
	if err := os.Symlink("/etc/passwd", filepath.Join(o.dir, "public", "out.txt")); err != nil {
		t.Fatal(err)
	}
	o.item(1, map[string]any{"channels": []string{"site"}})
	if text, code := o.said("add", "in"); code != 0 {
		t.Fatal(text)
	}
	d := o.start("serve")
	defer kill(d)
	o.until("the item is verified", func() bool { return o.status().everywhere("verified") })
	before := o.status()

	signed := o.signIn()
	get := func(host, path string, more ...string) string {
		if host == o.deskAt {
			more = append(more, signed)
		}
		return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + strings.Join(append(more, ""), "\r\n") + "\r\n"
	}
	post := func(host, path, kind, body string, more ...string) string {
		if host == o.deskAt {
			more = append(more, signed)
		}
		return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n%s",
			path, host, kind, len(body), strings.Join(append(more, ""), "\r\n"), body)
	}
	const form = "application/x-www-form-urlencoded"
	site, desk, wx := o.siteAt, o.deskAt, o.wx
	for _, c := range []struct {
		name, at, request string
		want              []int
	}{
		{"site: up and out", site, get(site, "/../secret"), []int{404, 301, 400}},
		{"site: up and out, escaped", site, get(site, "/%2e%2e/secret"), []int{404, 301, 400}},
		{"site: up and out, twice escaped", site, get(site, "/%252e%252e/secret"), []int{404}},
		{"site: up and out, slash escaped", site, get(site, "/..%2fsecret"), []int{404, 301, 400}},
		{"site: up and out, DOS", site, get(site, `/..\..\secret`), []int{404, 400}},
		{"site: up and out, DOS escaped", site, get(site, "/content/..%5c..%5c..%5csecret"), []int{404}},
		{"site: two slashes", site, get(site, "//etc/passwd"), []int{404, 301}},
		{"site: another host after two slashes", site, get(site, "//example.com/%2f.."), []int{404, 301}},
		{"site: NUL", site, get(site, "/index.html%00.css"), []int{404, 400}},
		{"site: hidden file", site, get(site, "/.hidden"), []int{404}},
		{"site: link out", site, get(site, "/out.txt"), []int{404}},
		{"site: folder", site, get(site, "/content/2026/"), []int{404}},
		{"site: stream of a file", site, get(site, "/index.html::$DATA"), []int{404}},
		{"site: long path", site, get(site, "/"+strings.Repeat("a/", 20_000)), []int{404, 414, 431}},
		{"site: huge header", site, get(site, "/", "X: "+strings.Repeat("a", 200_000)), []int{431, 0}},
		{"site: many ranges", site, get(site, "/index.html", "Range: bytes="+strings.Repeat("0-0,", 2000)+"0-1"), []int{200, 206, 416}},
		{"site: writing", site, post(site, "/index.html", form, "a=b"), []int{405}},
		{"site: deleting", site, "DELETE /index.html HTTP/1.1\r\nHost: " + site + "\r\nConnection: close\r\n\r\n", []int{405}},
		{"site: header in a search", site, get(site, "/search?q=%0d%0aSet-Cookie:%20a=b"), []int{200}},
		{"site: script in a search", site, get(site, "/search?q=%3Cscript%3Ealert(1)%3C/script%3E"), []int{200}},
		{"site: quotes in a search", site, get(site, "/search?q=%22%20OR%20%22*%20NEAR("), []int{200}},
		{"site: page that is none", site, get(site, "/search?q=%E9%80%9A%E7%9F%A5&page=-99999999999999999999"), []int{200}},
		{"site: search of a megabyte", site, get(site, "/search?q="+strings.Repeat("a", 1<<20)), []int{431, 414, 0}},
		{"site: no HTTP at all", site, "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", []int{400, 0}},
		{"site: two lengths", site, "POST / HTTP/1.1\r\nHost: " + site + "\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", []int{400}},
		{"desk: another host", desk, get("evil.example", "/"), []int{421}},
		{"desk: no host", desk, "GET / HTTP/1.0\r\n\r\n", []int{421, 400}},
		{"desk: another host's address", desk, get("192.0.2.1", "/"), []int{421}},
		{"desk: form of another origin", desk, post(desk, "/channels/site/pause", form, "reason=x", "Origin: http://evil.example", "Sec-Fetch-Site: cross-site"), []int{403}},
		{"desk: form without an origin's word", desk, post(desk, "/channels/site/pause", form, "reason=x", "Origin: null"), []int{403}},
		{"desk: huge form", desk, post(desk, "/channels/site/pause", form, "reason="+strings.Repeat("a", 1<<20)), []int{400, 413, 422, 0}},
		{"desk: form cut off", desk, "POST /channels/site/pause HTTP/1.1\r\nHost: " + desk + "\r\nConnection: close\r\n" + signed + "\r\nContent-Type: " + form + "\r\nContent-Length: 5\r\n\r\n%%%zz", []int{400, 422}},
		{"desk: pausing what is not there", desk, post(desk, "/channels/weibo/pause", form, "reason=x"), []int{404}},
		{"desk: retry of nothing", desk, post(desk, "/items/none/retry", form, "channel=site&hint=look"), []int{404}},
		{"desk: retry of what cannot be", desk, post(desk, "/items/oa-00001/retry", form, "channel=wechat&hint=absent&sure=yes"), []int{404}},
		{"desk: SQL for an id", desk, get(desk, "/items/x'%20OR%201=1--"), []int{404}},
		{"desk: up and out", desk, get(desk, "/static/../../secret"), []int{404, 301, 307}},
		{"desk: up and out, escaped", desk, get(desk, "/static/%2e%2e%2fdesk.go"), []int{404, 301, 307}},
		{"desk: cursor that is none", desk, get(desk, "/matrix?after=%7E%7E%7E"), []int{400, 404}},
		{"desk: cursor that is none, API", desk, get(desk, "/api/v1/items?after=%7E%7E%7E"), []int{400}},
		{"desk: limit that is none, API", desk, get(desk, "/api/v1/items?limit=-5&state=%27"), []int{200, 400}},
		{"desk: script in a search", desk, get(desk, "/matrix?q=%3Cscript%3Ealert(1)%3C/script%3E"), []int{200}},
		{"desk: edition that is none", desk, get(desk, "/editions/%00"), []int{404}},
		{"desk: nobody has signed in", desk, "GET /matrix HTTP/1.1\r\nHost: " + desk + "\r\nConnection: close\r\n\r\n", []int{303}},
		{"desk: nobody has signed in, API", desk, "GET /api/v1/items HTTP/1.1\r\nHost: " + desk + "\r\nConnection: close\r\n\r\n", []int{401}},
		{"desk: deleting", desk, "DELETE /items/oa-00001 HTTP/1.1\r\nHost: " + desk + "\r\nConnection: close\r\n\r\n", []int{405, 404}},
		{"stand-in: form from a page", wx, post(wx, "/_standin/travel", form, "seconds=99999"), []int{415}},
		{"stand-in: half an order", wx, post(wx, "/_standin/travel", "application/json", `{"seconds": 1`), []int{400}},
		{"stand-in: unknown key", wx, post(wx, "/_standin/travel", "application/json", `{"years": 1}`), []int{400}},
		{"stand-in: unknown act", wx, post(wx, "/_standin/explode", "application/json", `{}`), []int{404}},
		{"stand-in: unknown fault", wx, post(wx, "/_standin/faults", "application/json", `{"faults":[{"kind":"fire"}]}`), []int{422}},
		{"stand-in: up and out", wx, get(wx, "/s/..%2f..%2fsecret"), []int{404, 200, 301}},
		{"stand-in: body without end", wx, post(wx, "/cgi-bin/draft/add?access_token=x", "application/json", strings.Repeat("a", 30<<20)), []int{413, 200, 0}},
	} {
		status, answer := ask(t, c.at, c.request)
		first, _, _ := strings.Cut(answer[strings.Index(answer, "\r\n\r\n")+1:], "\n")
		t.Logf("%-36s %d  %.100s", c.name, status, strings.TrimSpace(first))
		good := false
		for _, w := range c.want {
			good = good || w == status
		}
		if !good {
			t.Errorf("%s: %d, want one of %d:\n%.1500s", c.name, status, c.want, answer)
		}
		for _, word := range []string{"goroutine ", ".go:", "不该看到", "rehearsal-only", "root:x:", "<script>alert", "\r\nSet-Cookie:", "Location: //", "Location: http"} {
			if strings.Contains(answer, word) {
				t.Errorf("%s: the answer has %q:\n%.1500s", c.name, word, answer)
			}
		}
		if strings.HasPrefix(c.name, "desk") && status >= 403 && !chinese(answer) {
			t.Errorf("%s: not for an editor:\n%.500s", c.name, answer)
		}
	}
	if text, _ := o.said("channel", "list", "--json"); strings.Contains(text, `"paused": true`) || !reflect.DeepEqual(o.status(), before) {
		t.Error("a refused request changed something")
	}
	if err := o.get("http://"+desk+"/healthz", nil); err != nil {
		t.Error("after all this:", err)
	}
}
