package desk

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tongfa/ledger"
	"tongfa/press"
)

// settlePage is the step of an edition that is irreversible, or nearly so: it is frozen, issued, or ended. It shows everything that the step is about.
type settlePage struct {
	frame
	planned
	proofed
	Step    string // freeze, issue or end
	Seen    int
	Key     string
	Sure    bool   // what was chosen is shown once more
	Choice  string // how: only or timed, now or at, thaw, untime or abandon
	At      string
	Moment  time.Time // At, read
	Reason  string
	Problem string
	Field   string // of the form that the problem is about
}

// step shows what a step is about, and asks how.
func (d *desk) step(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, ok := d.settlePage(w, r, name)
		if !ok {
			return
		}
		if p.At == "" {
			p.At = d.editionStamp(p.Slot.At)
			if p.Late() {
				p.At = d.editionStamp(d.Now().Add(time.Hour).Truncate(time.Hour))
			}
		}
		d.show(w, r, http.StatusOK, "settle", p)
	}
}

func (d *desk) settlePage(w http.ResponseWriter, r *http.Request, name string) (settlePage, bool) {
	key := r.PathValue("key")
	e, err := d.planned(r, key)
	if err != nil {
		d.refuseEdition(w, r, err)
		return settlePage{}, false
	}
	title := map[string]string{"freeze": d.t(r, "清样定稿"), "issue": d.t(r, "发行"), "end": d.t(r, "撤销或放弃")}[name]
	p := settlePage{frame: d.frame(r, title+" "+d.editionName(langOf(r), e.Edition), "editions"), planned: e, Step: name, Seen: e.Version, Key: key,
		Choice: r.FormValue("how"), At: r.FormValue("at"), Reason: strings.TrimSpace(r.FormValue("reason"))}
	if p.proofed, err = d.proofed(r.Context(), e); err != nil {
		d.fail(w, r, err)
		return p, false
	}
	w.Header().Set("Content-Security-Policy", framing)
	if !p.fits() {
		d.refuse(w, r, http.StatusConflict, d.t(r, "这一期现在是“%s”，不能做这一步", d.t(r, e.State.Name())), d.t(r, "请回到这一期的页面，看它现在的样子。"))
		return p, false
	}
	return p, true
}

// fits reports whether the edition is where the step begins.
func (p settlePage) fits() bool {
	switch p.Step {
	case "freeze":
		return p.Planned()
	case "issue":
		return p.Frozen()
	}
	return p.Open()
}

// Late reports whether the slot of the edition has come.
func (p settlePage) Late() bool { return !p.Slot.At.After(p.Now) }

// Blocked reports whether nothing can be asked, as something must be mended first.
func (p settlePage) Blocked() bool { return p.Step != "end" && (p.Stops() || p.Blank()) }

// settle takes a step, once the person has seen it once more and everything is still as she saw it.
func (d *desk) settle(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, ok := d.settlePage(w, r, name)
		if !ok {
			return
		}
		seen, _ := strconv.Atoi(r.PostFormValue("seen"))
		switch {
		case p.Blocked():
			p.Problem = d.t(r, "有不能发布的稿件或者缺项，没有执行。请先处理下面列出的问题。")
		case seen != p.Version:
			p.Problem = d.t(r, "您看着的时候，别人改动了这一期，没有执行。请看过现在的样子，再确认。")
		default:
			p.Problem, p.Field = d.misreadStep(r, &p)
		}
		if p.Problem != "" {
			status := http.StatusUnprocessableEntity
			if seen != p.Version {
				status = http.StatusConflict
			}
			d.show(w, r, status, "settle", p)
			return
		}
		if r.PostFormValue("sure") != "yes" {
			p.Sure = true
			d.show(w, r, http.StatusOK, "settle", p)
			return
		}
		code, err := d.takeStep(r, p)
		if err != nil {
			p.Problem = d.plainly(say(err))
			status := http.StatusUnprocessableEntity
			if errors.Is(err, ledger.ErrStale) {
				status = http.StatusConflict
			}
			d.show(w, r, status, "settle", p)
			return
		}
		d.wake()
		http.Redirect(w, r, to("editions", p.Key)+"?done="+code, http.StatusSeeOther)
	}
}

// misreadStep is what is wrong with the answer, and the field that it is about.
func (d *desk) misreadStep(r *http.Request, p *settlePage) (problem, field string) {
	switch p.Choice {
	case "only", "now":
	case "timed":
		p.Moment = p.Slot.At
		if p.Late() {
			return d.t(r, "预定的时间已经过去，不能定为到点发出。"), "how"
		}
	case "at":
		at, ok := d.editionTime(p.At)
		switch {
		case !ok:
			return d.t(r, "时间没有写对，请写成 2026-12-01 09:00 的样子。"), "at"
		case !at.After(d.Now()):
			return d.t(r, "这个时刻已经过去，请写一个将来的时刻。"), "at"
		case at.Before(p.Slot.At.Truncate(time.Minute)):
			return d.t(r, "不能早于这一期预定的时间。"), "at"
		}
		p.Moment = at
	case "thaw", "untime", "abandon":
		switch n := utf8.RuneCountInString(p.Reason); {
		case n == 0:
			return d.t(r, "请写明原因，记录里要有。"), "reason"
		case n > mostReason:
			return d.t(r, "原因太长，请写在200字以内。"), "reason"
		}
	default:
		return d.t(r, "请选择一项。"), "how"
	}
	if p.Choice == "now" && !p.Late() {
		return d.t(r, "还没有到这一期预定的时间，不能提前发行。"), "how"
	}
	if fits := map[string]string{"freeze": "only timed", "issue": "now at", "end": "thaw untime abandon"}[p.Step]; !strings.Contains(" "+fits+" ", " "+p.Choice+" ") {
		return d.t(r, "请选择一项。"), "how"
	}
	return "", ""
}

// takeStep makes the step.
func (d *desk) takeStep(r *http.Request, p settlePage) (code string, err error) {
	ed := ledger.Edit{Who: d.by(r, press.MayIssue), Seen: p.Version}
	ctx, now := r.Context(), d.Now()
	switch p.Choice {
	case "only", "timed":
		e, err := d.Ledger.Freeze(ctx, p.Plan, p.Key, ed, now)
		if err != nil || p.Choice == "only" {
			return "freeze", err
		}
		ed.Seen = e.Version
		return "timed", d.Ledger.IssueAt(ctx, p.Plan, p.Key, p.Moment, ed, now)
	case "now":
		return "issue", d.Ledger.Issue(ctx, p.Plan, p.Key, ed, now)
	case "at":
		return "timed", d.Ledger.IssueAt(ctx, p.Plan, p.Key, p.Moment, ed, now)
	case "thaw":
		return "thaw", d.Ledger.Thaw(ctx, p.Key, p.Reason, ed, now)
	case "untime":
		return "untimed", d.Ledger.CallOff(ctx, p.Key, p.Reason, ed, now)
	}
	return "abandon", d.Ledger.Abandon(ctx, p.Key, p.Reason, ed, now)
}
