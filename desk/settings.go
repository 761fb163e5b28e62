package desk

import (
	"context"
	"net/http"
	"sync"
	"time"

	"tongfa/press"
)

// Upkeep is what the desk is told of the machine and of the file, and what it can ask for. Every function may be nil.
type Upkeep struct {
	Version string                                 // of the program
	Checks  func(ctx context.Context) []CheckLine  // what tongfa check says without asking the outside
	Backups func(ctx context.Context) Backups      // what there is
	BackUp  func(by string) bool                   // makes one now; false while one is being made
	Years   func() (builtin []int, files []string) // of holidays: what the program knows, and the files of the configuration
}

// CheckLine is the answer of one check. A hint is no failure.
type CheckLine struct {
	Name string // 台账
	Said string // for people
	OK   bool
	Hint bool
}

// Glyph stands before the line, so that it is not told by colour alone.
func (c CheckLine) Glyph() string {
	switch {
	case c.OK:
		return "✓"
	case c.Hint:
		return "!"
	}
	return "✕"
}

// Word is how it went, for who does not see glyphs.
func (c CheckLine) Word() string {
	switch {
	case c.OK:
		return "正常"
	case c.Hint:
		return "提示"
	}
	return "要处理"
}

// Class is the colour.
func (c CheckLine) Class() string {
	switch {
	case c.OK:
		return "good"
	case c.Hint:
		return "warn"
	}
	return "bad"
}

func (d *desk) settingRoutes() []route {
	return []route{
		{"GET", "/settings", press.MaySee, d.settings},
		{"POST", "/channels/{name}/test", press.MayRun, d.testChannel},
		{"GET", "/settings/holidays", press.MaySee, d.holidays},
		{"POST", "/settings/holidays", press.MaySet, d.addHolidays},
		{"POST", "/settings/holidays/{id}/drop", press.MaySet, d.dropHolidays},
		{"GET", "/settings/words", press.MaySee, d.wordlist},
		{"POST", "/settings/words", press.MaySet, d.addWords},
		{"POST", "/settings/words/drop", press.MaySet, d.dropWord},
		{"GET", "/settings/health", press.MaySee, d.health},
		{"GET", "/settings/backups", press.MaySee, d.backups},
		{"POST", "/settings/backups", press.MaySet, d.backUp},
	}
}

// settingTabs are the pages of the settings; also those that other files of this room have.
func (d *desk) settingTabs(r *http.Request, here string) []entry {
	var out []entry
	for _, e := range []struct {
		word, url string
		right     press.Right
	}{
		{"渠道", "/settings", press.MaySee},
		{"放假安排", "/settings/holidays", press.MaySee},
		{"词表", "/settings/words", press.MaySee},
		{"运行状况", "/settings/health", press.MaySee},
		{"备份", "/settings/backups", press.MaySee},
		{"接口令牌", "/settings/tokens", press.MayAdmit},
		{"事件推送", "/settings/webhooks", press.MaySet},
		{"人员", "/people", press.MayAdmit},
	} {
		if personOf(r).May(e.right) {
			out = append(out, entry{d.t(r, e.word), e.url, e.url == here})
		}
	}
	return out
}

// settingsPage (设置) is the channels, with when each strikes next and how its last test went.
type settingsPage struct {
	frame
	Tabs     []entry
	Channels []settingLine
}

type settingLine struct {
	channelLine
	Firings []time.Time
	Tested  tested
}

// fewFirings is how many of the next moments of a timetable the list shows; a channel's own page shows ten.
const (
	fewFirings  = 3
	manyFirings = 10
)

func (d *desk) settings(w http.ResponseWriter, r *http.Request) {
	cs, err := d.channels(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p := settingsPage{frame: d.frame(r, d.t(r, "设置"), "settings"), Tabs: d.settingTabs(r, "/settings")}
	for _, c := range cs {
		p.Channels = append(p.Channels, settingLine{c, d.firings(c.Name, fewFirings), d.tests.of(c.Name)})
	}
	d.show(w, r, http.StatusOK, "settings", p)
}

func (d *desk) firings(name string, most int) []time.Time {
	if d.Firings == nil {
		return nil
	}
	return d.Firings(name, d.Now(), most)
}

// tested is how a test of a channel went, or that it is under way.
type tested struct {
	At      time.Time // zero where there was none since the start
	By      string
	Running bool
	Lines   []CheckLine
}

// Class is the worst of its lines.
func (t tested) Class() string {
	worst := "good"
	for _, l := range t.Lines {
		switch {
		case l.Class() == "bad":
			return "bad"
		case l.Class() == "warn":
			worst = "warn"
		}
	}
	return worst
}

// tests are the last tests of all channels since the start.
type tests struct {
	mu  sync.Mutex
	all map[string]tested
}

func (t *tests) of(name string) tested {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all[name]
}

func (t *tests) set(name string, as tested) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[string]tested{}
	}
	t.all[name] = as
}

// begin takes the turn for a test; false while one is under way, or when the last is too fresh: the outside counts calls.
func (t *tests) begin(name, by string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := t.all[name]
	if last.Running || now.Sub(last.At).Abs() < betweenTests {
		return false
	}
	if t.all == nil {
		t.all = map[string]tested{}
	}
	t.all[name] = tested{At: now, By: by, Running: true, Lines: last.Lines}
	return true
}

const (
	betweenTests = 10 * time.Second // from one test of a channel to the next
	mostTesting  = time.Minute      // and how long one may take
	awaited      = 4 * time.Second  // how long a person is kept waiting for what came of it
)

// testChannel tries a channel from end to end. It goes on when the person leaves.
func (d *desk) testChannel(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	cs, err := d.channelNames(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	switch known := false; {
	case d.Test == nil:
		d.showChannel(w, r, http.StatusConflict, d.t(r, "这里不能测试，请系统管理员在本机运行 tongfa check。"), "")
		return
	default:
		for _, c := range cs {
			known = known || c == name
		}
		if !known {
			d.noChannel(w, r)
			return
		}
	}
	by := d.by(r, press.MayRun)
	if !d.tests.begin(name, by.Name, d.Now()) {
		d.showChannel(w, r, http.StatusTooManyRequests, d.t(r, "刚刚测试过，或者正在测试。请过10秒再试。"), "")
		return
	}
	if err := d.Ledger.Note(r.Context(), "test_channel", name, "", by, d.Now()); err != nil {
		d.tests.set(name, tested{})
		d.fail(w, r, err)
		return
	}
	done := make(chan struct{})
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), mostTesting)
	go func() {
		defer close(done)
		defer cancel()
		d.tests.set(name, tested{At: d.Now(), By: by.Name, Lines: d.Test(ctx, name)})
	}()
	select {
	case <-done:
	case <-r.Context().Done():
	case <-time.After(awaited):
	}
	http.Redirect(w, r, to("channels", name)+"?done=test#test", http.StatusSeeOther)
}

// calendarYears is what the calendar knows of the years around now.
func (d *desk) calendarYears() []yearLine {
	now := d.Now().In(d.Location).Year()
	c := d.Ledger.Calendar()
	var out []yearLine
	for y := now - 1; y <= now+2; y++ {
		out = append(out, yearLine{y, c.Knows(y)})
	}
	return out
}

type yearLine struct {
	Year  int
	Known bool
}

// notSet answers that the ledger did not take a setting: on the page again with its words, or as what is broken.
func (d *desk) notSet(w http.ResponseWriter, r *http.Request, err error, again func(problem string)) {
	said, ok := refused(err)
	if !ok {
		d.fail(w, r, err)
		return
	}
	again(said[0].Text)
}
