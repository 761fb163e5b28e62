package desk

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// firings is the timetable of the world: the account at 07:30 and 18:00, the gazette at 09:00 on the first of each quarter.
func firings(name string, after time.Time, most int) []time.Time {
	var out []time.Time
	y, m, day := after.In(shanghai()).Date()
	for t := time.Date(y, m, day, 0, 0, 0, 0, shanghai()); len(out) < most && t.Before(after.AddDate(2, 0, 0)); t = t.AddDate(0, 0, 1) {
		var at []time.Duration
		switch {
		case name == "wechat":
			at = []time.Duration{7*time.Hour + 30*time.Minute, 18 * time.Hour}
		case name == "gazette" && t.Day() == 1 && t.Month()%3 == 1:
			at = []time.Duration{9 * time.Hour}
		}
		for _, d := range at {
			if f := t.Add(d); f.After(after) && len(out) < most {
				out = append(out, f)
			}
		}
	}
	return out
}

func (w *world) agendaOf(date string, most int) agendaDay {
	w.Helper()
	day, err := workday.ParseDate(date)
	w.must(err)
	d := &desk{Options: w.options()}
	d.Location = shanghai()
	a, err := d.agenda(w.Context(), chinese, "", "")
	w.must(err)
	out, err := a.day(day, most)
	w.must(err)
	return out
}

// What is ready in the evening goes out by the first slot of the morning, and stands there, not where it became ready.
func TestAgendaPutsItemsAtTheSlotThatTakesThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // Wednesday, 10:00
	at := func(title string, ready time.Time, wants ...string) { w.fileAt(title, ready, true, wants...) }
	at("晚上就绪", time.Date(2026, 11, 25, 20, 0, 0, 0, shanghai()), "wechat")
	at("正好六点", time.Date(2026, 11, 26, 18, 0, 0, 0, shanghai()), "wechat")
	at("网站当时", time.Date(2026, 11, 25, 20, 0, 0, 0, shanghai()), "site")
	at("现在就绪", time.Time{}, "wechat")
	at("公报", time.Date(2026, 11, 25, 20, 0, 0, 0, shanghai()), "gazette")
	said := func(date string) string {
		var out []string
		for _, x := range w.agendaOf(date, 50).Lines {
			out = append(out, x.Title+"@"+x.At.Format("15:04:05"))
		}
		return strings.Join(out, " ")
	}
	for date, want := range map[string]string{
		"2026-11-24": "",
		"2026-11-25": "现在就绪@18:00:00 网站当时@20:00:00",
		"2026-11-26": "晚上就绪@07:30:00 正好六点@18:00:00",
		"2026-11-27": "",
		"2027-01-01": "公报@09:00:00",
		"2027-04-01": "",
	} {
		if got := said(date); got != want {
			t.Errorf("%s: %q, want %q", date, got, want)
		}
	}
}

// A day of many says how many more there are, and one line stands for an item that goes out on several channels in the same minute.
func TestAgendaOfABusyDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 30 {
		w.fileAt("网站和公众号", time.Date(2026, 11, 27, 18, 0, 0, 0, shanghai()), true, "site", "wechat")
	}
	x := w.agendaOf("2026-11-27", 4)
	if len(x.Lines) != 4 || x.More != 26 || len(x.Lines[0].Channels) != 2 {
		t.Errorf("%d lines, %d more, %v", len(x.Lines), x.More, x.Lines)
	}
	if x = w.agendaOf("2026-11-27", 100); len(x.Lines) != 30 || x.More != 0 {
		t.Errorf("%d lines, %d more", len(x.Lines), x.More)
	}
}

// In a cell of today what is still to go out stands before what is out already.
func TestACellOfTodayShowsWhatIsStillToCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 5 {
		w.out("已经发布", "site")
	}
	w.fileAt("傍晚发布", time.Date(2026, 11, 25, 17, 0, 0, 0, shanghai()), true, "site")
	x := w.agendaOf("2026-11-25", 3)
	if len(x.Lines) != 3 || x.Lines[2].Title != "傍晚发布" || x.More != 3 {
		t.Errorf("%d more, %+v", x.More, x.Lines)
	}
}

func TestTodaySaysWhatNeedsAHandFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.busy()
	status, body := w.get("/")
	if status != 200 {
		t.Fatal(status)
	}
	for _, s := range []string{"要人处理", "渠道已暂停", "与原文不一致", "等审签", "今天还要发布", "法定期限", "公众号", "还没有发布过"} {
		if !strings.Contains(body, s) {
			t.Errorf("today does not say %q", s)
		}
	}
	if strings.Index(body, "要人处理") > strings.Index(body, "今天还要发布") {
		t.Error("what needs a hand does not come first")
	}
	if strings.Contains(body, "全部已核验") {
		t.Error("all is called well")
	}
}

// At five o'clock: everything out, everything seen.
func TestTodayAllVerified(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lease, err := w.ledger.Take(w.Context(), "test", w.now)
	w.must(err)
	defer lease.Release()
	_, body := w.get("/")
	if !strings.Contains(body, "今天没有安排发布") || strings.Contains(body, "要人处理") {
		t.Error("an empty day is not called empty")
	}
	w.out("示例区人民政府办公室关于做好冬季供暖保障工作的通知", "site")
	w.out("示例区便民服务中心元旦假期办事安排", "site")
	_, body = w.get("/")
	if !strings.Contains(body, "今天2条全部已核验") {
		t.Error("the two of today are not called verified")
	}
	if !strings.Contains(body, "10:00:02") || !strings.Contains(body, "晚2秒") {
		t.Error("when it really went out is not said to the second")
	}
	w.dead = errLost
	if _, body = w.get("/"); strings.Contains(body, "全部已核验") || !strings.Contains(body, "没有在发布") {
		t.Error("a daemon that does nothing is called well")
	}
}

func TestTodayCountsStatutoryDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, formed := range []string{"2026-10-20", "2026-10-28", "2026-12-30"} { // the last is in the future: a mistake, no period
		day, err := workday.ParseDate(formed)
		w.must(err)
		f := ledger.Filing{
			Item:     press.Item{ExternalID: formed, Kind: press.Notice, Wants: []press.Want{{Channel: "site"}}},
			Revision: press.Revision{Title: "成文于" + formed, Body: []press.Block{press.P("正文。")}, Meta: press.Meta{FormedOn: day, Disclosure: press.Proactive}},
			By:       ledger.Who{Name: "王某", Role: press.Registrar},
		}
		_, err = w.ledger.File(w.Context(), f, w.now)
		w.must(err)
	}
	_, body := w.get("/")
	for _, s := range []string{"已超期6个工作日", "今天是最后一天", "2026-11-25"} {
		if !strings.Contains(body, s) {
			t.Errorf("today does not say %q", s)
		}
	}
	side := body[strings.Index(body, "法定期限"):]
	if strings.Contains(side, "成文于2026-12-30") {
		t.Error("a period runs before it has begun")
	}
	if _, body = w.get("/", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "lang", Value: "en"}) }); !strings.Contains(body, "6 working days overdue") {
		t.Error("not said in English")
	}
}
