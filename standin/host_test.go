package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// village is a host with two files behind a real server.
type village struct {
	t    *testing.T
	host *Host
	url  string
}

const villagePage = "<html><body><p>甲乙丙</p></body></html>"

func newVillage(t *testing.T) *village {
	t.Helper()
	dir := t.TempDir()
	v := &village{t: t, host: NewHost(dir)}
	if err := errors.Join(v.host.Put("/index.html", []byte("home")), v.host.Put("/a/n.html", []byte(villagePage))); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(v.host)
	t.Cleanup(srv.Close)
	v.url = srv.URL
	return v
}

func (v *village) get(path string) (status int, body string, err error) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, // a broken connection that was used before would be tried again
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	return res.StatusCode, string(data), err
}

func TestAHostServesAFolderAsAWebServerDoes(t *testing.T) {
	v := newVillage(t)
	for path, want := range map[string]struct {
		status int
		words  string
	}{
		"/": {200, "home"}, "/index.html": {200, "home"}, "/a/n.html": {200, "甲乙丙"}, "/a": {301, ""}, "/a/": {404, "404 Not Found"}, "/none": {404, "404 Not Found"},
		"/../../etc/passwd": {404, ""},
	} {
		if status, body, err := v.get(path); err != nil || status != want.status || !strings.Contains(body, want.words) {
			t.Errorf("%s: %d %q %v", path, status, body, err)
		}
	}
	if served := v.host.Served(); len(served) != 7 || served[0].At.IsZero() {
		t.Errorf("served: %+v", served)
	}
}

func TestAHostFailsAsItIsTold(t *testing.T) {
	v := newVillage(t)
	for name, c := range map[string]struct {
		fault  HostFault
		status int
		words  string
		broken bool
	}{
		"drop":     {HostFault{Do: HostDrop}, 0, "", true},
		"500":      {HostFault{Do: HostStatus, Status: 500, Body: "内部错误"}, 500, "内部错误", false},
		"429":      {HostFault{Do: HostStatus, Status: 429}, 429, "", false},
		"redirect": {HostFault{Do: HostRedirect, To: "https://other.example/"}, 302, "", false},
		"half":     {HostFault{Do: HostHalf}, 200, "<html>", true},
		"soft 404": {HostFault{Do: HostOther, Body: "您访问的页面不存在"}, 200, "不存在", false},
		"late":     {HostFault{Delay: time.Millisecond}, 200, "甲乙丙", false},
		"drip":     {HostFault{Do: HostDrip, Delay: time.Microsecond}, 200, "甲乙丙", false},
		"endless":  {HostFault{Do: HostEndless}, 200, "没有尽头", false},
	} {
		c.fault.Path, c.fault.Times = "/a/", 1
		if err := v.host.Fail(c.fault); err != nil {
			t.Fatal(err)
		}
		status, body, err := v.get("/a/n.html")
		if status != c.status || !strings.Contains(body, c.words) || (err != nil) != c.broken {
			t.Errorf("%s: %d %.40q %v", name, status, body, err)
		}
		if status, body, err := v.get("/a/n.html"); err != nil || status != 200 || body != villagePage {
			t.Errorf("after %s: %d %.40q %v", name, status, body, err)
		}
	}
	for _, f := range []HostFault{{Do: "dance"}, {Do: HostStatus}, {Delay: -1}} {
		if err := v.host.Fail(f); err == nil {
			t.Errorf("%+v was armed", f)
		}
	}
}

func TestAHostServesAnOldCopyUntilItIsMended(t *testing.T) {
	v := newVillage(t)
	if err := errors.Join(v.host.Fail(HostFault{Do: HostStale}), v.host.Edit("/a/n.html", "乙", "丁")); err != nil {
		t.Fatal(err)
	}
	if _, body, _ := v.get("/a/n.html"); !strings.Contains(body, "甲乙丙") {
		t.Errorf("the cache serves %q", body)
	}
	v.host.Mend()
	if _, body, _ := v.get("/a/n.html"); !strings.Contains(body, "甲丁丙") {
		t.Errorf("the mended host serves %q", body)
	}
}

func TestTheDoorOfAHostActsAndTells(t *testing.T) {
	v := newVillage(t)
	post := func(name, body string) int {
		res, err := http.Post(v.url+"/_standin/"+name, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"edit", `{"path":"/a/n.html","was":"乙","now":"戊"}`, 200}, {"edit", `{"path":"/a/n.html","was":"没有"}`, 400},
		{"inject", `{"path":"/a/n.html","data":"<script>x()</script>"}`, 200}, {"put", `{"path":"/b/x.html","data":"外来"}`, 200},
		{"replace", `{"path":"/index.html","data":"被换掉"}`, 200}, {"replace", `{"path":"/none","data":""}`, 400},
		{"fault", `{"path":"/c","do":"status","status":503}`, 200}, {"fault", `{"do":"dance"}`, 400}, {"dance", `{}`, 400}, {"edit", `{`, 400},
		{"delete", `{"path":"/none"}`, 400},
	} {
		if got := post(c.name, c.body); got != c.status {
			t.Errorf("%s %s: %d", c.name, c.body, got)
		}
	}
	for path, want := range map[string]string{"/a/n.html": "甲戊丙</p><script>x()</script></body>", "/b/x.html": "外来", "/": "被换掉"} {
		if _, body, err := v.get(path); err != nil || !strings.Contains(body, want) {
			t.Errorf("%s: %q, %v", path, body, err)
		}
	}
	if status, _, _ := v.get("/c"); status != 503 {
		t.Errorf("the armed fault answers %d", status)
	}
	var faults []HostFault
	_, body, _ := v.get("/_standin/faults")
	if err := json.Unmarshal([]byte(body), &faults); err != nil || len(faults) != 1 || faults[0].Status != 503 {
		t.Errorf("%v, %v", faults, err)
	}
	if post("mend", `{}`) != 200 || post("delete", `{"path":"/b"}`) != 200 {
		t.Error("mend and delete are refused")
	}
	if status, _, _ := v.get("/b/x.html"); status != 404 {
		t.Errorf("what was deleted answers %d", status)
	}
	var served []HostServed
	_, body, _ = v.get("/_standin/served")
	if err := json.Unmarshal([]byte(body), &served); err != nil || len(served) != 5 || served[3].Fault != HostStatus {
		t.Errorf("%v, %v", served, err)
	}
	if status, _, _ := v.get("/_standin/none"); status != 404 {
		t.Error("the door tells what it does not have")
	}
}

func TestAHostNeverLeavesItsFolder(t *testing.T) {
	h := NewHost(filepath.Join(t.TempDir(), "www"))
	if err := h.Put("/../../x.html", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(h.root, "x.html")); err != nil || !bytes.Equal(data, []byte("x")) {
		t.Errorf("%q, %v", data, err)
	}
}
