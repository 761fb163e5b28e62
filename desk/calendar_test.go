package desk

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tongfa/press"
)

func TestCalendarOfAMonth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	status, body := w.get("/calendar")
	if status != http.StatusOK {
		t.Fatal(status)
	}
	if n := strings.Count(body, `aria-current="date"`); n != 1 {
		t.Errorf("today is marked %d times", n)
	}
	head := regexp.MustCompile(`(?s)<thead><tr>(.*?)</tr>`).FindStringSubmatch(body)[1]
	if names := regexp.MustCompile(`周.`).FindAllString(head, -1); strings.Join(names, "") != "周一周二周三周四周五周六周日" {
		t.Errorf("the week begins with %v", names)
	}
	for _, s := range []string{"<caption>2026年11月", "周末", "已核验", "待发布", to("items", string(ids["waiting"]), "time"), `draggable="true"`, "on=2026-10-01", "on=2026-12-01"} {
		if !strings.Contains(body, s) {
			t.Errorf("the month does not say %q", s)
		}
	}
	if strings.Contains(body, "未导入") {
		t.Error("the holidays of 2026 are not known")
	}
	for _, c := range cells(t, body) {
		if strings.Contains(c.text, "data-move") {
			t.Error(c)
		}
		if c.day != "" && c.day < "2026-11-25" {
			t.Errorf("something may be dropped on the past: %s", c.day)
		}
	}
	if _, body = w.get("/calendar?on=2026-10-05"); !strings.Contains(body, "国庆节放假") || !strings.Contains(body, "上班（调休）") {
		t.Error("October does not mark its holidays and the weekend that is worked for them")
	}
	if _, body = w.get("/calendar?on=2029-05-03"); !strings.Contains(body, "2029年放假安排未导入") || !strings.Contains(body, "暂定") {
		t.Error("that the holidays of 2029 are not known is not said")
	}
}

type tableCell struct{ day, text string }

func cells(t *testing.T, body string) []tableCell {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var out []tableCell
	var text func(n *html.Node) string
	text = func(n *html.Node) string {
		s := ""
		if n.Type == html.TextNode {
			s = n.Data
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			s += text(c)
		}
		return s
	}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "td" {
			c := tableCell{text: strings.Join(strings.Fields(text(n)), " ")}
			for _, a := range n.Attr {
				if a.Key == "data-day" {
					c.day = a.Val
				}
			}
			out = append(out, c)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	return out
}

// A week has a lane for each channel, with the windows of its timetable.
func TestCalendarOfAWeek(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.busy()
	_, body := w.get("/calendar?view=week")
	got := cells(t, body)
	if len(got) != 3*7 {
		t.Fatalf("%d cells", len(got))
	}
	account := got[7:14]
	if !strings.HasPrefix(account[5].text, "时段 07:30 18:00") {
		t.Errorf("Saturday of the account: %q", account[5].text)
	}
	if !strings.Contains(account[3].text, "18:00") || !strings.Contains(account[3].text, "老旧小区") {
		t.Errorf("what waits for the account on Thursday: %q", account[3].text)
	}
	if strings.Contains(body, "2026-11-23 – 2026-11-29") == false || strings.Count(body, `<th scope="row">`) != 3 || !strings.Contains(body, "随到随发") {
		t.Error("the week is not whole")
	}
	_, body = w.get("/calendar?view=week&channel=site")
	if len(cells(t, body)) != 7 {
		t.Error("the filter shows other channels")
	}
}

func TestCalendarOfADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range dayMost + 20 {
		w.fileAt("网站稿件", time.Date(2026, 11, 27, 9, 0, 0, 0, shanghai()), true, "site")
	}
	_, body := w.get("/calendar/2026-11-27")
	if strings.Count(body, `class="when"`) != dayMost || !strings.Contains(body, "另有20件") || !strings.Contains(body, "?skip=120") || len(body) > 100_000 {
		t.Errorf("the first part of a full day: %d lines, %d bytes", strings.Count(body, `class="when"`), len(body))
	}
	_, body = w.get("/calendar/2026-11-27?skip=120")
	if strings.Count(body, `class="when"`) != 20 || strings.Contains(body, "另有") {
		t.Errorf("the second part: %d lines", strings.Count(body, `class="when"`))
	}
	_, body = w.get("/calendar?on=2026-11-27")
	if !strings.Contains(body, "另有137件") || !strings.Contains(body, `href="/calendar/2026-11-27"`) {
		t.Error("the month does not lead to the full day")
	}
	if _, body = w.get("/calendar/2026-11-27?kind=budget"); !strings.Contains(body, "这一天没有安排") {
		t.Error("the filter shows other kinds")
	}
	for _, bad := range []string{"/calendar/2026-02-30", "/calendar/tomorrow", "/calendar/0001-01-01", "/calendar/9999-12-31"} {
		if status, _ := w.get(bad); status != http.StatusNotFound {
			t.Errorf("%s: %d", bad, status)
		}
	}
	for _, odd := range []string{"?on=9999-12-31", "?on=x&view=y&kind=z&channel=%3Cscript%3E", "/2026-11-27?skip=-5", "/2026-11-27?skip=99999999999"} {
		if status, body := w.get("/calendar" + odd); status != http.StatusOK || strings.Contains(body, "<script>") && !strings.Contains(body, "desk.js") {
			t.Errorf("%s: %d", odd, status)
		}
	}
}

// What went out stands at the time at which it did, with the time that it was planned for.
func TestCalendarSaysActualAndPlanned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.file("示例区人民政府办公室关于做好冬季供暖保障工作的通知", "site")
	w.now = w.now.Add(-time.Second).Add(3*time.Minute + time.Second)
	w.publish("site", press.Receipt{Status: press.Live}, nil)
	_, body := w.get("/calendar/2026-11-25")
	for _, s := range []string{"10:03:02", "原定", "10:00:00", "晚3分2秒", "已发布"} {
		if !strings.Contains(body, s) {
			t.Errorf("the day does not say %q", s)
		}
	}
}
