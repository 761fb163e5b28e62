package main

import (
	"net/http"
	"testing"
	"time"
)

// TestCallbacksMakeItLiveAtOnce has an account whose channel would ask for the outcome an hour later.
func TestCallbacksMakeItLiveAtOnce(t *testing.T) {
	const key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	o := newOfficeWith(t, `when: on release
    callback: {token: {file: token}, aes_key: {file: key}}
    poll: [1h]`)
	kill(o.outside)
	o.write("token", []byte("rehearsal-token"))
	o.write("key", []byte(key))
	url := "http://" + o.deskAt + callbackPath("wechat")
	o.outside = o.start("standin", "wechat", "--listen", o.wx, "--review", "2s", "--callback", url, "--callback-token", "rehearsal-token",
		"--callback-mode", "safe", "--callback-key", key)
	o.until("the stand-in answers again", func() bool { return o.get("http://"+o.wx+"/_standin/effects", nil) == nil })
	if out, code := o.tongfa("add", o.item(1, map[string]any{"channels": []string{"site", "wechat"}})); code != 0 {
		t.Fatalf("filing ended with %d: %s", code, out)
	}
	d := o.start("serve")
	defer kill(d)
	began := time.Now()
	o.until("the article is seen, an hour before it would be asked for", func() bool { return o.status().everywhere("verified") })
	t.Logf("verified %s after the start; the platform took 2s", time.Since(began).Round(100*time.Millisecond))
	// The proxy may pass on the name that the platform called. The desk does not answer to it.
	for path, want := range map[string]int{
		callbackPath("wechat"): http.StatusForbidden, callbackPath("wechat") + "?signature=abc&timestamp=1&nonce=2&echostr=x": http.StatusForbidden,
		callbackPath("site"): http.StatusMisdirectedRequest, "/": http.StatusMisdirectedRequest,
	} {
		if got := o.asked("www.example.gov.cn", path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

// asked is the status that the daemon answers to a stranger who calls it by a name.
func (o *office) asked(name, path string) int {
	o.t.Helper()
	req, err := http.NewRequest("GET", "http://"+o.deskAt+path, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	req.Host = name
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	r.Body.Close()
	return r.StatusCode
}
