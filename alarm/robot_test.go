package alarm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/press"
)

// group is a server that stands in for the platforms, and keeps what it is sent.
type group struct {
	*httptest.Server
	mu     sync.Mutex
	got    []map[string]any
	asked  []*http.Request
	status int
	answer string
}

func newGroup(t *testing.T) *group {
	g := &group{status: 200, answer: `{"errcode":0,"errmsg":"ok","code":0,"msg":"success"}`}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		m := map[string]any{}
		if err := json.Unmarshal(b, &m); err != nil {
			t.Errorf("it was sent %q", b)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.got, g.asked = append(g.got, m), append(g.asked, r)
		w.WriteHeader(g.status)
		fmt.Fprint(w, g.answer)
	}))
	t.Cleanup(g.Close)
	return g
}

const robotKey = "1f8a2b3c-key-of-a-robot"

var moment = time.UnixMilli(1795600800123)

func robots(g *group, secret, keyword string) map[string]Receiver {
	out := map[string]Receiver{}
	for name, r := range map[string]struct {
		made    func(Robot) (Receiver, error)
		address string
	}{
		"wecom":    {WeCom, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=" + robotKey},
		"dingtalk": {DingTalk, "https://oapi.dingtalk.com/robot/send?access_token=" + robotKey},
		"feishu":   {Feishu, "https://open.feishu.cn/open-apis/bot/v2/hook/" + robotKey},
	} {
		got, err := r.made(Robot{URL: r.address, Secret: secret, Keyword: keyword, BaseURL: g.URL, Now: func() time.Time { return moment }})
		if err != nil {
			panic(err)
		}
		out[name] = got
	}
	return out
}

// The signatures were computed apart, with Python's hmac by the platforms' descriptions.
func TestEachRobotIsSpokenToInItsOwnWay(t *testing.T) {
	g := newGroup(t)
	for name, want := range map[string]struct{ path, text, query string }{
		"wecom":    {"/cgi-bin/webhook/send", "text.content", "key=" + robotKey},
		"dingtalk": {"/robot/send", "text.content", "access_token=" + robotKey + "&sign=0LK04zNO5RYWPLmcXsvkRKHKOogSy0Wqa5e0lnW%2FYIY%3D&timestamp=1795600800123"},
		"feishu":   {"/open-apis/bot/v2/hook/" + robotKey, "content.text", ""},
	} {
		g.got, g.asked = nil, nil
		if err := robots(g, "SECsecret-of-the-signature", "告警")[name].Send(t.Context(), Message{Text: "页面不见了"}); err != nil {
			t.Fatal(name, err)
		}
		m, r := g.got[0], g.asked[0]
		outer, inner, _ := strings.Cut(want.text, ".")
		text := m[outer].(map[string]any)[inner].(string)
		if text != "告警\n页面不见了" {
			t.Errorf("%s: the text is %q", name, text)
		}
		if r.URL.Path != want.path || r.Method != "POST" || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: %s %s", name, r.Method, r.URL)
		}
		if name == "dingtalk" && r.URL.RawQuery != want.query {
			t.Errorf("the signature of DingTalk: %s", r.URL.RawQuery)
		}
		if name == "feishu" && (m["timestamp"] != "1795600800" || m["sign"] != "uTCaeB2pEpz50DHrfZLlb2KZH6Fz9X7y9+qgg7WGNeE=" || m["msg_type"] != "text") {
			t.Errorf("the signature of Feishu: %v", m)
		}
	}
}

func TestARefusalIsReadThoughTheStatusIs200(t *testing.T) {
	g := newGroup(t)
	for _, c := range []struct{ robot, answer, code, words string }{
		{"wecom", `{"errcode":93000,"errmsg":"invalid webhook url"}`, "93000", "重新添加"},
		{"wecom", `{"errcode":45009,"errmsg":"api freq out of limit"}`, "45009", "限流"},
		{"wecom", `{"errcode":99999,"errmsg":"?"}`, "99999", "没有收下"},
		{"dingtalk", `{"errcode":310000,"errmsg":"keywords not in content"}`, "310000", "关键词"},
		{"dingtalk", `{"errcode":130101,"errmsg":"send too fast"}`, "130101", "太快"},
		{"feishu", `{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}`, "19021", "签名"},
		{"feishu", `{"code":19024,"msg":"Key Words Not Found"}`, "19024", "关键词"},
		{"feishu", `{"StatusCode":9499,"StatusMessage":"Bad Request"}`, "9499", "太快"},
		{"feishu", `<html>portal</html>`, "HTTP 200", "认识的答复"},
		{"wecom", `{"answer":42}`, "HTTP 200", "认识的答复"},
	} {
		g.answer = c.answer
		err := robots(g, "", "")[c.robot].Send(t.Context(), Message{Text: "x"})
		tr := press.TroubleOf(err)
		if err == nil || tr.Code != c.code || !strings.Contains(tr.Say(), c.words) || tr.Do == "" {
			t.Errorf("%s %s: %v", c.robot, c.answer, err)
		}
	}
	g.answer, g.status = `{"errcode":0,"code":0}`, 502
	for name, r := range robots(g, "", "") {
		if r.Send(t.Context(), Message{Text: "x"}) == nil {
			t.Errorf("%s: 502 is taken for a success", name)
		}
	}
}

func TestNoSecretIsInAnyErrorOfARobot(t *testing.T) {
	g := newGroup(t)
	g.answer = `{"errcode":1,"code":1,"errmsg":"no robot ` + robotKey + ` with SECsecret-of-the-signature","msg":"no ` + robotKey + `"}`
	all := []error{}
	for _, r := range robots(g, "SECsecret-of-the-signature", "") {
		all = append(all, r.Send(t.Context(), Message{Text: "x"}))
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	for _, r := range robots(g, "SECsecret-of-the-signature", "") {
		all = append(all, r.Send(gone, Message{Text: "x"}))
	}
	g.Close()
	for _, r := range robots(g, "SECsecret-of-the-signature", "") {
		all = append(all, r.Send(t.Context(), Message{Text: "x"}))
	}
	for _, err := range all {
		tr := press.TroubleOf(err)
		if err == nil || tr.What == "" || tr.Who == "" {
			t.Errorf("%v", err)
		}
		for _, s := range []string{robotKey, "SECsecret"} {
			if told := fmt.Sprintf("%v %+v %s %s", err, err, tr.Raw, tr.Say()); strings.Contains(told, s) {
				t.Errorf("a secret is in %s", told)
			}
		}
	}
}

func TestARobotTalksToItsPlatformOnly(t *testing.T) {
	for _, address := range []string{"", "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x", "https://evil.example/?qyapi.weixin.qq.com", "https://qyapi.weixin.qq.com@evil.example/", "https://qyapi.weixin.qq.com.evil.example/"} {
		if _, err := WeCom(Robot{URL: address}); press.RemedyOf(err) != press.AskPerson {
			t.Errorf("%q is taken: %v", address, err)
		}
	}
	r, err := WeCom(Robot{URL: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x"})
	if err != nil || r.(*robot).address != "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x" {
		t.Fatal(r, err)
	}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	g := newGroup(t)
	g.Config.Handler = http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect)
	if robots(g, "", "")["wecom"].Send(t.Context(), Message{Text: "x"}) == nil {
		t.Error("a redirect is taken for a success")
	}
}
