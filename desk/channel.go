package desk

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongfa/ledger"
	"tongfa/press"
)

// channelPage is one channel, with the switch that stops and starts it.
type channelPage struct {
	frame
	Line     channelLine
	Editions []ledger.EditionLine
	Pauses   []ledger.Paused
	Surveyed time.Time // when everything that it shows was last gone through
	Complete bool      // to the end
	Dead     string    // why nothing is done at all, such as a clock that is not to be trusted
	Firings  []time.Time
	Missed   []ledger.MissedSlot
	CanTest  bool
	Tested   tested
	Problem  string
	Reason   string
}

// fewEditions is how many of the last editions a channel's page shows.
const fewEditions = 10

// fewPauses is how many of the last pauses it shows.
const fewPauses = 20

func (d *desk) channel(w http.ResponseWriter, r *http.Request) {
	d.showChannel(w, r, http.StatusOK, "", "")
}

func (d *desk) showChannel(w http.ResponseWriter, r *http.Request, status int, problem, reason string) {
	name := r.PathValue("name")
	cs, err := d.channels(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	i := slices.IndexFunc(cs, func(c channelLine) bool { return c.Name == name })
	if i < 0 {
		d.noChannel(w, r)
		return
	}
	p := channelPage{frame: d.frame(r, d.t(r, "渠道")+" "+d.called(langOf(r), name), "settings"), Line: cs[i], Dead: d.dead(), Problem: problem, Reason: reason}
	if p.Surveyed, p.Complete, err = d.Ledger.LastSurvey(r.Context(), name); err != nil {
		d.fail(w, r, err)
		return
	}
	if p.Editions, err = d.Ledger.Editions(r.Context(), name, time.Time{}, fewEditions); err != nil {
		d.fail(w, r, err)
		return
	}
	if p.Pauses, err = d.Ledger.Pauses(r.Context(), name, fewPauses); err != nil {
		d.fail(w, r, err)
		return
	}
	if p.Missed, err = d.Ledger.Missed(r.Context(), name, fewPauses); err != nil {
		d.fail(w, r, err)
		return
	}
	p.Firings, p.CanTest, p.Tested = d.firings(name, manyFirings), d.Test != nil, d.tests.of(name)
	p.Done = d.channelDone(r)
	d.show(w, r, status, "channel", p)
}

// channelDone is what was just done, in words.
func (d *desk) channelDone(r *http.Request) string {
	switch r.URL.Query().Get("done") {
	case "pause":
		return d.t(r, "渠道已暂停。已经开始的动作会做完，新的动作不再开始。")
	case "resume":
		return d.t(r, "渠道已恢复。")
	case "catch-up":
		return d.t(r, "已记录。错过的时段现在补发，结果会出现在期次里。")
	case "test":
		return d.t(r, "已测试，结果在下面。没有改动任何内容。")
	}
	return ""
}

// SlotWord is what became of a slot that was missed.
func (channelPage) SlotWord(s press.SlotState) string {
	switch s {
	case press.SlotSkipped:
		return "已跳过"
	case press.SlotAsked:
		return "等人决定"
	case press.SlotOpen:
		return "正在补发"
	}
	return "已补发"
}

func (d *desk) noChannel(w http.ResponseWriter, r *http.Request) {
	d.refuse(w, r, http.StatusNotFound, d.t(r, "没有这个渠道"), d.t(r, "渠道的名字在配置文件里，请核对。"))
}

// mostReason bounds the reason of a pause, in characters.
const mostReason = 200

func (d *desk) pause(w http.ResponseWriter, r *http.Request) {
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	switch n := utf8.RuneCountInString(reason); {
	case n == 0:
		d.showChannel(w, r, http.StatusUnprocessableEntity, d.t(r, "请写明暂停的原因，接班的同事要看。"), "")
		return
	case n > mostReason:
		d.showChannel(w, r, http.StatusUnprocessableEntity, d.t(r, "原因太长，请写在200字以内。"), reason)
		return
	}
	d.turnChannel(w, r, true, reason)
}

func (d *desk) resume(w http.ResponseWriter, r *http.Request) { d.turnChannel(w, r, false, "") }

// turnChannel stops or starts a channel. A channel that is already so is left as it is, with the name and the reason it has.
func (d *desk) turnChannel(w http.ResponseWriter, r *http.Request, paused bool, reason string) {
	name := r.PathValue("name")
	cs, err := d.Ledger.Channels(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	i := slices.IndexFunc(cs, func(c ledger.ChannelState) bool { return c.Name == name })
	switch {
	case i < 0:
		d.noChannel(w, r)
		return
	case cs[i].Paused == paused:
		http.Redirect(w, r, to("channels", name), http.StatusSeeOther)
		return
	case paused:
		err = d.Ledger.Pause(r.Context(), name, reason, d.by(r, press.MayRun), d.Now())
	default:
		err = d.Ledger.Unpause(r.Context(), name, d.by(r, press.MayRun), d.Now())
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	d.wake()
	code := "resume"
	if paused {
		code = "pause"
	}
	http.Redirect(w, r, to("channels", name)+"?done="+code, http.StatusSeeOther)
}

// catchUp puts out now what a missed slot should have put out. It cannot be undone, so the person must have ticked that she is sure.
func (d *desk) catchUp(w http.ResponseWriter, r *http.Request) {
	at, err := time.Parse(time.RFC3339Nano, r.PostFormValue("at"))
	name := r.PathValue("name")
	cs, err2 := d.channels(r.Context())
	if err2 != nil {
		d.fail(w, r, err2)
		return
	}
	i := slices.IndexFunc(cs, func(c channelLine) bool { return c.Name == name })
	switch {
	case i < 0:
		d.noChannel(w, r)
		return
	case err != nil || !slices.ContainsFunc(cs[i].Asked, at.Equal):
		d.showChannel(w, r, http.StatusUnprocessableEntity, d.t(r, "这个时段已经不在等待决定，没有执行。"), "")
		return
	case r.PostFormValue("sure") != "yes":
		d.showChannel(w, r, http.StatusUnprocessableEntity, d.t(r, "补发以后不能收回。请先勾选确认，再补发。"), "")
		return
	}
	if err := d.Ledger.AnswerSlot(r.Context(), name, at, d.by(r, press.MayRun), d.Now()); err != nil {
		d.fail(w, r, err)
		return
	}
	d.wake()
	http.Redirect(w, r, to("channels", name)+"?done=catch-up", http.StatusSeeOther)
}

// Stamp is a moment as a form carries it, for the template.
func (channelPage) Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// Recent are the last editions as a list, for the template.
func (p channelPage) Recent() editionsPage { return editionsPage{Rows: p.Editions} }
