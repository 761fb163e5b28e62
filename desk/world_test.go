package desk

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// world is a ledger in a folder of the test's own, with three channels, and a desk upon it.
type world struct {
	testing.TB
	ledger *ledger.Ledger
	now    time.Time
	desk   http.Handler
	woken  int
	dead   error
	serial int
	roles  []press.Role // of who sits at the desk

	presses *presses // make the files of proofs
}

func shanghai() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

func newWorld(t testing.TB) *world {
	t.Helper()
	l, err := ledger.Open(context.Background(), filepath.Join(t.TempDir(), "ledger.db"), ledger.Rules{
		Zone: shanghai(), Calendar: workday.Builtin(), Limits: map[string]press.Limits{"site": {}, "wechat": {}, "gazette": {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{TB: t, ledger: l, presses: &presses{}, now: time.Date(2026, 11, 25, 10, 0, 0, 0, shanghai()),
		roles: []press.Role{press.Publisher, press.Operator, press.Reviewer, press.SecrecyReviewer}}
	for _, c := range []string{"site", "wechat", "gazette"} {
		w.must(l.Register(t.Context(), c, c))
	}
	w.desk = New(w.options())
	return w
}

func (w *world) options() Options {
	return Options{
		Ledger: w.ledger, Office: "示例区人民政府办公室", Now: func() time.Time { return w.now },
		Wake:  func() { w.woken++ },
		Alive: func() error { return w.dead },
		Channel: func(_ context.Context, name string) Outlook {
			next := time.Date(2026, 11, 25, 18, 0, 0, 0, shanghai())
			switch name {
			case "site":
				return Outlook{OnRelease: true}
			case "wechat":
				return Outlook{Next: next, Quotas: []press.Quota{{Name: "/cgi-bin/draft/add", PerDay: 1000, Reserve: 50},
					{Name: "/cgi-bin/freepublish/submit", PerDay: 100, Reserve: 10}, {Name: "/cgi-bin/freepublish/get", PerDay: 18, Reserve: 6}}}
			}
			return Outlook{Next: next}
		},
		Firings: firings,
		Means:   func() map[string][]press.Means { return allMeans },
		Compose: w.composing,
		Guest:   &ledger.Person{Name: "王某", Roles: w.roles},
		Preview: func(_ context.Context, _ string, e press.Entry) (channels.Preview, error) {
			return channels.Preview{Page: []byte("<!DOCTYPE html><title>" + html.EscapeString(e.Revision.Title) + "</title><link rel=\"stylesheet\" href=\"/a.css\"><script>alert(1)</script><p>" + html.EscapeString(press.Text(e.Revision.Body)) + "<a href=\"https://evil.example/\">x</a>"),
				Files: []channels.PreviewFile{{URL: "/a.css", MIME: "text/css; charset=utf-8", Data: []byte("p{}")}}}, nil
		},
		Webhooks: func() []Webhook {
			return []Webhook{{"oa", "https://oa.example.gov.cn/…", []string{"item.live", "*"}}}
		},
		Gauges: func(context.Context) []Gauge {
			return []Gauge{{"备份", "3小时前", false}, {"磁盘", "仅余4%", true}}
		},
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// file hands in a news item that no gate stops.
func (w *world) file(title string, wants ...string) press.ItemID {
	return w.fileAt(title, time.Time{}, true, wants...)
}

func (w *world) fileAt(title string, release time.Time, signed bool, wants ...string) press.ItemID {
	w.Helper()
	w.serial++
	f := ledger.Filing{
		Item: press.Item{ExternalID: fmt.Sprintf("oa-2026-%04d", w.serial), Kind: press.News, ReleaseAt: release},
		Revision: press.Revision{
			Title: title,
			Body: []press.Block{{Kind: press.Paragraph, Spans: []press.Span{{Text: fmt.Sprintf(
				"十一月二十五日上午，示例区召开第%d次例行会议，研究冬季供暖保障和便民服务工作。", w.serial)}}}},
			Meta: press.Meta{
				Issuer: "示例区人民政府办公室", Source: "示例区人民政府办公室", FormedOn: workday.Date{Year: 2026, Month: time.November, Day: 24},
				Disclosure: press.Proactive, Column: "政务动态", Theme: "综合政务", Genre: "其他", Summary: "例行会议研究冬季供暖保障。",
				Keywords: []string{"供暖", "便民"}, Validity: press.InForce,
			},
		},
		By: ledger.Who{Name: "王某", Role: press.Registrar},
	}
	for _, c := range wants {
		f.Item.Wants = append(f.Item.Wants, press.Want{Channel: c})
	}
	if signed {
		people := map[press.Step]string{press.SecrecyReview: "王某", press.FirstReview: "李某", press.SecondReview: "赵某", press.FinalReview: "孙某"}
		for _, s := range []press.Step{press.SecrecyReview, press.FirstReview, press.SecondReview, press.FinalReview} {
			f.Approvals = append(f.Approvals, press.Approval{Step: s, By: people[s], Office: "区政府办公室", At: w.now.Add(-time.Hour), Pass: true, Ground: "同意公开"})
		}
	}
	out, err := w.ledger.File(w.Context(), f, w.now)
	w.must(err)
	if signed && press.Stops(out.Findings) {
		w.Fatalf("a gate stops the item: %+v", out.Findings)
	}
	return out.ID
}

// publish composes what is due on a channel and settles each act with the receipt given.
func (w *world) publish(channel string, r press.Receipt, failed error) {
	w.Helper()
	p := press.Plan{Channel: channel, Max: 1}
	if channel == "wechat" {
		p.After = []string{"site"}
	}
	_, err := w.ledger.Compose(w.Context(), p, w.now, w.now)
	w.must(err)
	acts, err := w.ledger.Begin(w.Context(), channel, w.now, 100)
	w.must(err)
	for _, a := range acts {
		j := w.ledger.Journal(a, func() time.Time { return w.now })
		if channel == "wechat" {
			w.must(j.Spend(w.Context(), press.Quota{Name: "/cgi-bin/freepublish/submit", PerDay: 1000}, 1))
			w.must(j.Spend(w.Context(), press.Quota{Name: "/cgi-bin/freepublish/get", PerDay: 1000}, 2))
		}
		w.must(j.Intend(w.Context(), "submit"))
		if failed == nil {
			w.must(j.Done(w.Context(), "submit", "job-"+fmt.Sprint(a.ID)))
		}
		own := r
		if own.Status == press.Live {
			own.URL = fmt.Sprintf("https://www.example.gov.cn/%s/%d.html", channel, a.ID)
		}
		w.now = w.now.Add(2 * time.Second)
		w.must(w.ledger.Settle(w.Context(), a, own, failed, w.now))
	}
}

// saw records a sighting of an item's copy on a channel.
func (w *world) saw(id press.ItemID, channel string, s press.SightingStatus, detail string) {
	w.Helper()
	c := w.copy(id, channel)
	w.now = w.now.Add(3 * time.Second)
	w.must(w.ledger.Saw(w.Context(), press.Sighting{Copy: c.ID, Status: s, Digest: strings.Repeat("ab", 32), URL: c.URL, Detail: detail, At: w.now}, w.now))
}

func (w *world) copy(id press.ItemID, channel string) press.Copy {
	w.Helper()
	s, err := w.ledger.Story(w.Context(), string(id), w.now)
	w.must(err)
	for _, c := range s.Copies {
		if c.Channel == channel {
			return c
		}
	}
	w.Fatalf("%s is not wanted on %s", id, channel)
	return press.Copy{}
}

// out publishes an item on the website and sees it there.
func (w *world) out(title string, wants ...string) press.ItemID {
	w.Helper()
	id := w.file(title, wants...)
	w.publish("site", press.Receipt{Status: press.Live}, nil)
	w.saw(id, "site", press.SeenEqual, "")
	return id
}

var errLost = &press.Trouble{Remedy: press.LookFirst, What: "提交后没有收到公众号的应答", Do: "系统会先查看再决定", Code: "timeout",
	Raw: "read tcp: i/o timeout <script>alert(1)</script>", Err: errors.New("timeout")}

const hostile = `<script>alert("1")</script>'"><img src=x onerror=alert(1)> javascript:alert(1) {{.}}`

// busy fills the world with an item in every state that a person meets.
func (w *world) busy() map[string]press.ItemID {
	w.Helper()
	ids := map[string]press.ItemID{}
	ids["verified"] = w.out("示例区人民政府办公室关于做好冬季供暖保障工作的通知", "site", "wechat", "gazette")
	w.publish("wechat", press.Receipt{Status: press.Live, Ref: "2247483650"}, nil)
	w.saw(ids["verified"], "wechat", press.SeenEqual, "")
	w.now = w.now.Add(3 * time.Minute)
	ids["differs"] = w.out("关于《示例区城乡居民医疗保险实施细则》的政策解读", "site")
	w.saw(ids["differs"], "site", press.SeenDiffers, "第3段：应为“二十日”，看到“二十二日”")
	ids["refused"] = w.out("示例区2026年第四季度行政执法统计公告", "site", "wechat")
	w.publish("wechat", press.Receipt{Status: press.Refused, Note: "标题超过64字，请修改短标题后重新发布", Raw: `{"errcode":45003}`}, nil)
	ids["hand"] = w.out("区长主持召开区政府第58次常务会议", "site", "wechat")
	w.publish("wechat", press.Receipt{Status: press.NeedsHand, Note: "草稿已放入公众号后台，请新媒体编辑登录后台点击发布"}, nil)
	ids["handed"] = w.out("示例区“十五五”规划纲要（草案）公开征求意见", "site", "wechat")
	w.publish("wechat", press.Receipt{Status: press.HandedOver, Note: "公众号平台审核中", Again: w.now.Add(time.Hour)}, nil)
	ids["live"] = w.file("示例区人民政府关于公布行政规范性文件清理结果的决定", "site", "wechat")
	w.publish("site", press.Receipt{Status: press.Live}, nil)
	ids["unknown"] = w.out("示例区便民服务中心元旦假期办事安排", "site", "wechat")
	w.publish("wechat", press.Receipt{}, errLost)
	ids["waiting"] = w.fileAt("示例区2027年老旧小区改造计划", w.now.Add(26*time.Hour), true, "site", "wechat", "gazette")
	ids["stopped"] = w.fileAt("示例区2026年财政预算调整方案", time.Time{}, false, "site", "wechat")
	ids["hostile"] = w.fileAt(hostile, w.now.Add(time.Hour), true, "site")
	ids["withdrawn"] = w.fileAt("关于暂停部分窗口服务的通知", w.now.Add(time.Hour), true, "site")
	w.must(w.ledger.Withdraw(w.Context(), string(ids["withdrawn"]), "内容有误", press.NoticePage, ledger.Who{Name: "王某", Role: press.Publisher}, w.now))
	_, err := w.ledger.Plan(w.Context(), press.Plan{Channel: "gazette", Issues: &press.Issues{}}, w.now.Add(240*time.Hour), ledger.Who{Name: "王某", Role: press.GazetteEditor}, w.now)
	w.must(err)
	w.must(w.ledger.Pause(w.Context(), "gazette", "等待终审清样", ledger.Who{Name: "李某", Role: press.GazetteEditor}, w.now))
	w.now = w.now.Add(5 * time.Minute)
	return ids
}

// ask sends a request as a browser on this machine would.
func (w *world) ask(method, target string, form url.Values, more ...func(*http.Request)) *http.Response {
	w.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+target, body)
	r.RemoteAddr = "127.0.0.1:50000"
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, m := range more {
		m(r)
	}
	rec := httptest.NewRecorder()
	w.desk.ServeHTTP(rec, r)
	return rec.Result()
}

func (w *world) get(target string, more ...func(*http.Request)) (int, string) {
	w.Helper()
	res := w.ask("GET", target, nil, more...)
	b, err := io.ReadAll(res.Body)
	w.must(err)
	return res.StatusCode, string(b)
}

func (w *world) post(target string, form url.Values, more ...func(*http.Request)) (*http.Response, string) {
	w.Helper()
	res := w.ask("POST", target, form, more...)
	b, err := io.ReadAll(res.Body)
	w.must(err)
	return res, string(b)
}
