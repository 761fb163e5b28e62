package wechat

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"tongfa/channels"
	"tongfa/press"
	"tongfa/standin"
)

func (w *office) sees(e press.Entry, want press.SightingStatus, words string) {
	w.t.Helper()
	s, err := w.c.Observe(context.Background(), e)
	if err != nil || s.Status != want || !strings.Contains(s.Detail, words) || s.Copy != e.Copy.ID || !s.At.Equal(w.clock()) {
		w.t.Errorf("saw %s (%s) %v, want %s (%s)", s.Status, s.Detail, err, want, words)
	}
}

func TestWhatAReaderSees(t *testing.T) {
	str := func(s string) *string { return &s }
	for name, k := range map[string]struct {
		change func(w *office, url string) error
		want   press.SightingStatus
		words  string
	}{
		"as approved": {func(*office, string) error { return nil }, press.SeenEqual, ""},
		"other words": {func(w *office, u string) error {
			return w.we.EditArticle(u, standin.Edit{Find: "依法依规", Put: "依规"})
		}, press.SeenDiffers, "正文第"},
		"other title": {func(w *office, u string) error { return w.we.EditArticle(u, standin.Edit{Title: str("通知")}) }, press.SeenDiffers, "标题"},
		"lost picture": {func(w *office, u string) error {
			return w.we.EditArticle(u, standin.Edit{Find: "<img", Put: "<s"})
		}, press.SeenDiffers, "应有1张图片，所见0张"},
		"deleted": {func(w *office, u string) error { return w.we.DeleteArticle(u) }, press.SeenGone, "删除"},
		"banned":  {func(w *office, u string) error { return w.we.BanArticle(u) }, press.SeenBanned, "屏蔽"},
		"captcha": {func(w *office, _ string) error { w.we.SetCaptcha(true); return nil }, press.SeenBlind, "验证"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newOffice(t, modePublish)
			e := w.publish(w.edition(2))[0]
			w.must(k.change(w, e.Copy.URL))
			w.sees(e, k.want, k.words)
		})
	}
}

func TestWhatCannotBeSeen(t *testing.T) {
	w := newOffice(t, modePublish)
	e := w.publish(w.edition(1))[0]
	without := e
	without.Copy.URL = ""
	w.sees(without, press.SeenBlind, "登记链接")
	wrong := e
	wrong.Copy.URL = "https://mp.example.gov.cn/s/nothing"
	w.sees(wrong, press.SeenGone, "打不开")
	w.line.breakAfter("lost_before", 0)
	w.sees(e, press.SeenBlind, "无法连接")

	answer := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(rw, r, "/elsewhere", http.StatusFound)
		case "/missing":
			http.NotFound(rw, r)
		case "/broken":
			rw.WriteHeader(http.StatusBadGateway)
		case "/odd":
			fmt.Fprint(rw, "<p>某个页面</p>")
		default:
			fmt.Fprint(rw, "<p>链接已过期</p>")
		}
	})
	w.c.o.Get = channels.NewGetter([]netip.Prefix{}, handlerTrip{answer})
	for path, want := range map[string]press.SightingStatus{
		"/moved": press.SeenMoved, "/missing": press.SeenGone, "/broken": press.SeenBlind, "/odd": press.SeenBlind, "/old": press.SeenBlind,
	} {
		e.Copy.URL = "https://mp.example.gov.cn" + path
		w.sees(e, want, "")
	}
	for from, want := range map[string]string{
		"http://mp.example.gov.cn/s?a=1#rd": "https://mp.example.gov.cn/s?a=1#rd", "https://mp.example.gov.cn/s/x": "https://mp.example.gov.cn/s/x",
		"http://www.example.gov.cn/s/x": "http://www.example.gov.cn/s/x", "": "",
	} {
		if got := w.c.secure(from); got != want {
			t.Errorf("%q is served at %q", from, got)
		}
	}
	w.c.o.Get = channels.NewGetter(nil, nil)
	e.Copy.URL = "http://127.0.0.1:9/s/x"
	w.sees(e, press.SeenBlind, "allow_private")
}

// handlerTrip answers out of a handler.
type handlerTrip struct{ h http.Handler }

func (t handlerTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	t.h.ServeHTTP(rec, r)
	res := rec.Result()
	res.Request = r
	return res, nil
}
