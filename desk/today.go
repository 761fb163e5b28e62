package desk

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// How much of each thing the page of today shows; the rest is a link away.
const (
	todayAhead  = 30
	todayOut    = 12
	todayFew    = 8
	weekFew     = 3
	mostTerms   = 12
	fewFindings = 3
)

// todayPage is what goes out today and this week, and what keeps it from going out. What needs a hand stands first.
type todayPage struct {
	frame
	Date    string
	Kind    string // working day, holiday, or weekend, in words
	Dead    string // why nothing goes out; "" while all is well
	Verdict verdict
	Urgent  []concern
	Blocked concerns
	Waiting []concerns
	Ahead   agendaDay
	Out     []agendaLine
	Gone    int
	Week    []weekDay
	Terms   []termLine
	Fresh   []freshLine // channels, and columns that are near their limit
	Calm    []freshLine // the other columns
	Tasks   int
}

// verdict is the day in one sentence.
type verdict struct {
	Class, Glyph, Word string
}

// concern is one thing that somebody must see to.
type concern struct {
	Mark    mark
	Title   string
	URL     string
	Channel string
	At      time.Time
	Word    string   // what At is
	Note    string   // what is wrong and what to do, in the words of the ledger
	Notes   []string // several
	Act     string   // address of the form that helps
}

// Still is a concern for somebody who may only look.
func (c concern) Still() concern {
	c.Act = ""
	return c
}

// concerns are several of one sort.
type concerns struct {
	Name, Who string
	List      []concern
	More      string // address of the rest; "" when these are all
}

// weekDay is a day of this week in short.
type weekDay struct {
	agendaDay
	Name  string // 周四
	Off   string // why it is no working day; "" for one
	Today bool
}

// Short is the date without the year.
func (d agendaDay) Short() string { return d.Date.String()[5:] }

// termLine is a statutory period that runs.
type termLine struct {
	ledger.Owed
	Left  string
	Class string // stop, warn, info
	Glyph string
	Due   string
	Basis string
}

// freshLine is how fresh a column or an account is.
type freshLine struct {
	ledger.Updated
	Name  string
	Class string
	Glyph string
	Age   string
	Left  string
	Basis string
}

func (d *desk) todayRoutes() []route {
	return []route{
		{"GET", "/{$}", press.MaySee, d.today},
		{"GET", "/brief", press.MaySee, d.brief},
		{"GET", "/calendar", press.MaySee, d.calendar},
		{"GET", "/calendar/{date}", press.MaySee, d.calendarDay},
		{"GET", "/items/{id}/time", press.MayHold, d.whenForm},
		{"POST", "/items/{id}/time", press.MayHold, d.when},
	}
}

func (d *desk) today(w http.ResponseWriter, r *http.Request) { d.dayPage(w, r, "today") }

func (d *desk) dayPage(w http.ResponseWriter, r *http.Request, name string) {
	a, err := d.agenda(r.Context(), langOf(r), "", "")
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p := todayPage{frame: d.frame(r, d.t(r, "今天"), "today")}
	p.Date, p.Kind = d.longDate(r, a.today()), d.dayKind(langOf(r), a.today())
	for _, fill := range []func(context.Context, *agenda, *todayPage) error{d.todayHealth, d.todayPlan, d.todayUrgent, d.todayWaiting, d.todayWeek, d.todayTerms, d.todayFresh} {
		if err := fill(r.Context(), a, &p); err != nil {
			d.fail(w, r, err)
			return
		}
	}
	p.Verdict = d.verdict(a, p)
	if name == "brief" { // paper has no buttons
		for i, c := range p.Urgent {
			p.Urgent[i] = c.Still()
		}
	}
	d.show(w, r, http.StatusOK, name, p)
}

// todayHealth says whether anybody is at work.
func (d *desk) todayHealth(ctx context.Context, a *agenda, p *todayPage) error {
	p.Dead = d.dead()
	if p.Dead == "" && d.Ledger.Holder() == "" {
		p.Dead = d.say(a.lang, "没有进程持有发布权，什么也不会发布。请系统管理员启动 tongfa serve。")
	}
	h, err := d.Ledger.Health(ctx, a.now)
	p.Tasks = h.NeedsHand + h.Tasks + h.Differs + h.Refused + h.Unknown
	return err
}

// todayPlan is what went out today and what is still to go out.
func (d *desk) todayPlan(ctx context.Context, a *agenda, p *todayPage) error {
	start, end := a.midnight(a.today()), a.midnight(a.today().AddDays(1))
	out, err := d.Ledger.LastPuts(ctx, "", "", start, end, todayOut)
	if err != nil {
		return err
	}
	if p.Gone = len(out); p.Gone == todayOut {
		if p.Gone, err = d.Ledger.CountPuts(ctx, "", "", start, end, mostDay); err != nil {
			return err
		}
	}
	p.Ahead.Date = a.today()
	for _, x := range out {
		if line := a.put(x); x.OutAt.IsZero() {
			p.Ahead.Lines = append(p.Ahead.Lines, line)
			p.Gone--
		} else {
			p.Out = append(p.Out, line)
		}
	}
	items, n, err := a.items(start, end, todayAhead)
	if err != nil {
		return err
	}
	n += len(p.Ahead.Lines)
	p.Ahead.Lines = append(p.Ahead.Lines, items...)
	slices.SortStableFunc(p.Ahead.Lines, func(x, y agendaLine) int { return x.At.Compare(y.At) })
	p.Ahead.Lines = p.Ahead.Lines[:min(len(p.Ahead.Lines), todayAhead)]
	p.Ahead.More = max(0, n-len(p.Ahead.Lines))
	return nil
}

// todayUrgent is what is late, asked, or needs a hand: the worst first.
func (d *desk) todayUrgent(ctx context.Context, a *agenda, p *todayPage) error {
	channels, err := d.channels(ctx)
	if err != nil {
		return err
	}
	for _, c := range channels {
		p.Urgent = append(p.Urgent, d.channelConcerns(a.lang, c)...)
	}
	late, err := d.Ledger.Late(ctx, a.now, todayFew)
	if err != nil {
		return err
	}
	for _, c := range late {
		p.Urgent = append(p.Urgent, concern{Mark: mark{"needs_hand", "!", "逾期未发"}, Title: c.Title, URL: to("items", string(c.Item.ID)), Channel: c.Copy.Channel,
			At: c.Copy.ReadyAt, Word: d.say(a.lang, "应发"), Note: c.Copy.Note})
	}
	slow, err := d.Ledger.Slow(ctx, a.now, todayFew)
	if err != nil {
		return err
	}
	for _, e := range slow {
		if e.Wrong == 0 {
			x := a.put(e)
			p.Urgent = append(p.Urgent, concern{Mark: markGoing, Title: x.Title, URL: x.URL, Channel: e.Slot.Channel, At: e.Slot.At, Word: d.say(a.lang, "应发")})
		}
	}
	hand, _, err := d.Ledger.Lines(ctx, ledger.Filter{State: press.Hand, Limit: todayFew})
	if err != nil {
		return err
	}
	for _, l := range hand {
		p.Urgent = append(p.Urgent, handConcerns(l)...)
	}
	return nil
}

// channelConcerns is what is wrong with a channel as a whole.
func (d *desk) channelConcerns(lang string, c channelLine) []concern {
	var out []concern
	x := concern{Mark: mark{"needs_hand", "!", "渠道"}, Title: d.called(lang, c.Name), URL: to("channels", c.Name)}
	switch {
	case c.Paused:
		x.Mark, x.At, x.Word, x.Note = mark{"needs_hand", "‖", "渠道已暂停"}, c.PausedAt, d.say(lang, "自"), c.PausedBy+"："+c.Reason
		out = append(out, x)
	case c.Shut():
		x.Mark, x.At, x.Note = mark{"needs_hand", "‖", "渠道待普查"}, c.Closed, c.ShutSays()
		out = append(out, x)
	case c.Trouble != "":
		x.Mark, x.At, x.Word, x.Note = mark{"needs_hand", "!", "渠道有故障"}, c.TroubleAt, d.say(lang, "自"), c.Trouble
		out = append(out, x)
	}
	for _, at := range c.Asked {
		x.Mark, x.At, x.Word, x.Note = mark{"needs_hand", "?", "错过的时段待决定"}, at, d.say(lang, "时段"), ""
		out = append(out, x)
	}
	return out
}

// handConcerns are the copies of an item that a person must see to.
func handConcerns(l ledger.Line) []concern {
	var out []concern
	for _, c := range l.Copies {
		if note := cmp.Or(c.Task, c.Behind(l.Item), c.Note); needsHand(c.State) || c.Task != "" || c.Behind(l.Item) != "" {
			x := concern{Mark: mark{string(c.State), c.State.Glyph(), c.State.Name()}, Title: l.Title, URL: to("items", string(l.Item.ID)), Channel: c.Channel, At: c.Since, Note: note}
			if needsHand(c.State) || c.Task != "" {
				x.Act = to("items", string(l.Item.ID), "retry") + "?" + url.Values{"channel": {c.Channel}}.Encode()
			}
			out = append(out, x)
		}
	}
	return out
}

// patient is how long the page looks for what is rare among much that waits.
const patient = 20 * time.Millisecond

// todayWaiting is what a gate stops, and who waits for whom.
func (d *desk) todayWaiting(ctx context.Context, a *agenda, p *todayPage) error {
	stopped, err := d.Ledger.Stopped(ctx, todayFew)
	if err != nil {
		return err
	}
	for _, l := range stopped {
		x := waitsFor(l, ledger.ForGate)
		if _, err := d.stops(ctx, a, l, &x); err != nil {
			return err
		}
		p.Blocked.List = append(p.Blocked.List, x)
	}
	if len(stopped) == todayFew {
		p.Blocked.More = "/matrix?copy=gate"
	}
	for _, q := range []struct {
		name, who, more string
		f               ledger.Filter
	}{
		{"等审签", "审核人、保密审查员", "/matrix?state=submitted", ledger.Filter{State: press.Submitted}},
		{"已退回，等修改", "拟稿人", "/matrix?state=returned", ledger.Filter{State: press.Returned}},
		{"已暂缓", "发布科", "/matrix?copy=hold", ledger.Filter{Waits: ledger.ForRelease}},
		{"等前面的渠道", "", "", ledger.Filter{Waits: "after"}},
		{"等同时发布的稿件", "", "", ledger.Filter{Waits: "group"}},
		{"可能已经发布过，等人说明", "发布科", "/strangers", ledger.Filter{Waits: ledger.ForStranger}},
		{"恢复以后待查明", "发布科", "/strangers", ledger.Filter{Waits: ledger.ForRestore}},
	} {
		q.f.Limit, q.f.Within = todayFew, patient
		lines, next, err := d.Ledger.Lines(ctx, q.f)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			continue
		}
		c := concerns{Name: q.name, Who: q.who}
		if next != "" {
			c.More = q.more
		}
		for _, l := range lines {
			x := waitsFor(l, q.f.Waits)
			if q.f.State == press.Submitted {
				stopped, err := d.stops(ctx, a, l, &x)
				if err != nil {
					return err
				}
				if stopped {
					p.Blocked.List = append(p.Blocked.List, x)
					continue
				}
			}
			c.List = append(c.List, x)
		}
		if len(c.List) > 0 {
			p.Waiting = append(p.Waiting, c)
		}
	}
	return nil
}

// stops puts what stops an item into a concern, each finding with its remedy. Where nothing but signatures is missing it waits for who signs, and
// is not stopped.
func (d *desk) stops(ctx context.Context, a *agenda, l ledger.Line, x *concern) (bool, error) {
	found, err := d.Ledger.Stops(ctx, l.Item.ID, a.now)
	if err != nil || len(found) == 0 {
		return false, err
	}
	x.Note, x.Channel = "", ""
	var steps []string
	for _, f := range found {
		if f.Unsigned() {
			steps = append(steps, d.say(a.lang, f.Place))
			continue
		}
		x.Notes = append(x.Notes, f.Message)
	}
	if len(x.Notes) == 0 {
		x.Notes = []string{d.say(a.lang, "还差：%s", strings.Join(steps, d.say(a.lang, "、")))}
		return false, nil
	}
	if len(x.Notes) > fewFindings {
		x.Notes = append(x.Notes[:fewFindings], d.say(a.lang, "另有%d项没有通过", len(x.Notes)-fewFindings))
	}
	return true, nil
}

// waitsFor is an item that waits, with the first thing that it says about it.
func waitsFor(l ledger.Line, w ledger.Wait) concern {
	x := concern{Title: l.Title, URL: to("items", string(l.Item.ID)), Note: l.Blocked}
	for _, c := range l.Copies {
		if !c.Free() {
			continue
		}
		if x.Note == "" && c.Note != "" {
			x.Note, x.Channel = c.Note, c.Channel
		}
		if x.At.IsZero() || c.ReadyAt.Before(x.At) {
			x.At = c.ReadyAt
		}
	}
	if l.Item.ReleaseAt.IsZero() && w != "after" {
		x.At = time.Time{} // nobody set it a time
	}
	return x
}

// todayWeek is the rest of this week, and the next one once there are few days left of it.
func (d *desk) todayWeek(_ context.Context, a *agenda, p *todayPage) error {
	first := a.today().AddDays(1)
	last := monday(first).AddDays(6)
	if last.DaysSince(a.today()) < 3 {
		last = last.AddDays(7)
	}
	for day := first; !day.After(last); day = day.AddDays(1) {
		x, err := a.day(day, weekFew)
		if err != nil {
			return err
		}
		for i := range x.Lines {
			x.Lines[i].Within = true
		}
		p.Week = append(p.Week, weekDay{agendaDay: x, Name: d.say(a.lang, weekdays[day.Weekday()]), Off: d.offWord(a.lang, day)})
	}
	return nil
}

// monday is the first day of a week.
func monday(day workday.Date) workday.Date { return day.AddDays(-(int(day.Weekday()) + 6) % 7) }

// todayTerms are the statutory periods that end first.
func (d *desk) todayTerms(ctx context.Context, a *agenda, p *todayPage) error {
	owed, err := d.Ledger.Terms(ctx, mostTerms)
	if err != nil {
		return err
	}
	slices.SortStableFunc(owed, func(x, y ledger.Owed) int { return x.Term.Due.Date.Compare(y.Term.Due.Date) })
	for _, o := range owed[:min(len(owed), mostTerms)] {
		if !o.Term.From.After(a.today()) {
			p.Terms = append(p.Terms, d.termLine(a.lang, o, a.today()))
		}
	}
	return nil
}

func (d *desk) termLine(lang string, o ledger.Owed, today workday.Date) termLine {
	x := termLine{Owed: o, Class: "info", Glyph: "◷", Due: d.due(lang, o.Term.Due), Basis: o.Term.Clock.Basis}
	left := o.Term.Left(today, d.Ledger.Calendar())
	switch {
	case left < 0:
		x.Class, x.Glyph = "stop", "!"
	case left <= 3:
		x.Class, x.Glyph = "warn", "◔"
	}
	x.Left = d.left(lang, o.Term, left)
	return x
}

// left is what remains of a statutory period, in words.
func (d *desk) left(lang string, t press.Term, left int) string {
	work := t.Clock.Unit == workday.WorkingDays
	switch {
	case left == 0:
		return d.say(lang, "今天是最后一天")
	case left < 0 && work:
		return d.say(lang, "已超期%d个工作日", -left)
	case left < 0:
		return d.say(lang, "已超期%d天", -left)
	case work:
		return d.say(lang, "还剩%d个工作日", left)
	}
	return d.say(lang, "还剩%d天", left)
}

// due is the last day of a period, with what is not certain about it.
func (d *desk) due(lang string, due workday.Due) string {
	if !due.Provisional {
		return due.Date.String()
	}
	return d.say(lang, "%s（暂定：%d年放假安排未导入）", due.Date.String(), due.Missing)
}

// todayFresh is how long ago each column and account got something new. What is nearest to its limit stands first.
func (d *desk) todayFresh(ctx context.Context, a *agenda, p *todayPage) error {
	all, err := d.Ledger.Updates(ctx)
	if err != nil {
		return err
	}
	kinds := map[string]string{}
	for _, l := range a.lanes {
		kinds[l.Name] = l.Kind
	}
	type judged struct {
		freshLine
		left int
	}
	var out []judged
	for _, u := range all {
		limit := press.FreshnessOf(kinds[u.Channel], u.Column)
		f := limit.On(u.At.In(d.Location), a.today())
		if u.At.IsZero() {
			f = limit.On(time.Time{}, a.today())
		}
		left := f.Left
		if limit.Limit == 0 {
			left = 1 << 20 // it has no limit, and stands last
		}
		out = append(out, judged{d.freshLine(a.lang, u, limit, f), left})
	}
	slices.SortStableFunc(out, func(x, y judged) int { return cmp.Compare(x.left, y.left) })
	for _, x := range out {
		if x.Column != "" && x.Class == string(press.Info) {
			p.Calm = append(p.Calm, x.freshLine)
			continue
		}
		p.Fresh = append(p.Fresh, x.freshLine)
	}
	return nil
}

func (d *desk) freshLine(lang string, u ledger.Updated, limit press.Freshness, f press.Fresh) freshLine {
	x := freshLine{Updated: u, Name: cmp.Or(u.Column, d.say(lang, "全渠道")), Class: string(f.Level), Glyph: "●", Basis: limit.Basis}
	switch f.Level {
	case press.Stop:
		x.Glyph = "!"
	case press.Warn:
		x.Glyph = "◔"
	}
	switch {
	case f.Age < 0:
		x.Age = d.say(lang, "还没有发布过")
	case f.Age == 0:
		x.Age = d.say(lang, "今天有更新")
	default:
		x.Age = d.say(lang, "%d天前更新", f.Age)
	}
	switch {
	case limit.Limit == 0:
		x.Left = d.say(lang, "没有统一时限")
	case f.Age < 0:
		x.Left = d.say(lang, "空栏目也会被扣分")
	case f.Left < 0:
		x.Left = d.say(lang, "已超过更新时限%d天", -f.Left)
	default:
		x.Left = d.say(lang, "离更新时限还有%d天", f.Left)
	}
	return x
}

// verdict is the day in one sentence: the sentence that people want to see at five o'clock is that all of today is verified.
func (d *desk) verdict(a *agenda, p todayPage) verdict {
	tally, err := d.Ledger.Tally(a.ctx, a.midnight(a.today()), a.midnight(a.today().AddDays(1)), mostDay)
	if err != nil {
		return verdict{}
	}
	all, verified, out := 0, tally[press.CopyVerified], 0
	for s, n := range tally {
		if s == press.CopyWithdrawn {
			continue
		}
		all += n
		if s.Public() {
			out += n
		}
	}
	ahead := len(p.Ahead.Lines) + p.Ahead.More
	switch {
	case p.Dead != "":
		return verdict{"bad", "!", d.say(a.lang, "没有在发布")}
	case len(p.Urgent) > 0 || p.Tasks > 0:
		return verdict{"bad", "!", d.say(a.lang, "有%d处需要人处理；今天已发布%d条，已核验%d条，待发布%d件", max(len(p.Urgent), p.Tasks), out, verified, ahead)}
	case all > 0 && verified == all && ahead == 0:
		return verdict{"fine", "✓", d.say(a.lang, "今天%d条全部已核验", all)}
	case all == 0 && ahead == 0:
		return verdict{"", "–", d.say(a.lang, "今天没有安排发布")}
	}
	return verdict{"", "◔", d.say(a.lang, "今天已发布%d条，已核验%d条，待发布%d件", out, verified, ahead)}
}

var weekdays = []string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// longDate is a date in full.
func (d *desk) longDate(r *http.Request, day workday.Date) string {
	if langOf(r) == english {
		t := time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC)
		return t.Format("Monday 2 January 2006")
	}
	return fmt.Sprintf("%d年%d月%d日 %s", day.Year, int(day.Month), day.Day, weekdays[day.Weekday()])
}

// dayKind is whether a day is worked, in words.
func (d *desk) dayKind(lang string, day workday.Date) string {
	if word := d.offWord(lang, day); word != "" {
		return word
	}
	return d.say(lang, "工作日")
}

// offWord is what is to be said of a day that is no ordinary working day; "" for one that is.
func (d *desk) offWord(lang string, day workday.Date) string {
	s := d.Ledger.Calendar().On(day)
	switch {
	case s.Stated && s.Work:
		return d.say(lang, "上班（调休）")
	case s.Stated:
		return d.say(lang, "%s放假", d.say(lang, s.Name))
	case !s.Work && s.Missing != 0:
		return d.say(lang, "周末") + d.say(lang, "（%d年放假安排未导入）", s.Missing)
	case !s.Work:
		return d.say(lang, "周末")
	case s.Missing != 0:
		return d.say(lang, "放假安排未导入")
	}
	return ""
}
