package desk

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/workday"
)

// mostWords bounds a reason, in characters.
const mostWords = 500

// apiMoves are the addresses that change something. Each executes a request with an Idempotency-Key once.
func (d *desk) apiMoves() []route {
	moves := []route{
		{"POST", "/api/v1/items/{id}/approvals", press.MaySee, d.apiSign}, // which right it needs, the step says
		{"POST", "/api/v1/items/{id}/hold", press.MayHold, d.apiHold},
		{"POST", "/api/v1/items/{id}/release", press.MayHold, d.apiRelease},
		{"POST", "/api/v1/items/{id}/reschedule", press.MayHold, d.apiReschedule},
		{"POST", "/api/v1/items/{id}/correct", press.MayCorrect, d.apiCorrect},
		{"POST", "/api/v1/items/{id}/annotate", press.MayCorrect, d.apiAnnotate},
		{"POST", "/api/v1/items/{id}/withdraw", press.MayWithdraw, d.apiWithdraw},
		{"POST", "/api/v1/items/{id}/retry", press.MayRetry, d.apiRetry},
		{"POST", "/api/v1/items/{id}/waive", press.MayWaive, d.apiWaive},
		{"POST", "/api/v1/channels/{name}/pause", press.MayRun, d.apiPause},
		{"POST", "/api/v1/channels/{name}/resume", press.MayRun, d.apiResume},
		{"POST", "/api/v1/alarms/{id}/take", press.MayAnswer, d.apiTake},
		{"POST", "/api/v1/editions/{key}/put", press.MayCompose, d.apiPut},
		{"POST", "/api/v1/editions/{key}/drop", press.MayCompose, d.apiDrop},
		{"POST", "/api/v1/editions/{key}/arrange", press.MayCompose, d.apiArrange},
		{"POST", "/api/v1/editions/{key}/freeze", press.MayIssue, d.apiFreeze},
		{"POST", "/api/v1/editions/{key}/issue", press.MayIssue, d.apiIssue},
	}
	for i := range moves {
		moves[i].do = d.once(moves[i].do)
	}
	return moves
}

// moved makes a move on an item and answers with where it stands then. With If-Match nothing is done when the item is not as the caller saw it.
func (d *desk) moved(w http.ResponseWriter, r *http.Request, move func(ctx context.Context, ref string, now time.Time) error) {
	ref, ctx := r.PathValue("id"), r.Context()
	if seen := r.Header.Get("If-Match"); seen != "" {
		s, err := d.Ledger.Story(ctx, ref, d.Now())
		if err != nil {
			d.apiFail(w, r, err)
			return
		}
		doc, err := d.itemDoc(r, s)
		if err != nil {
			d.apiFail(w, r, err)
			return
		}
		ctx = ledger.While(ctx, s)
		if tag, _, err := tagged(doc); err != nil || !tagIn(seen, tag) {
			d.problem(w, r, apiProblem{Status: http.StatusPreconditionFailed, Code: "stale", Detail: "请重新读取稿件，看过现在的情况再决定"})
			return
		}
	}
	if err := move(ctx, ref, d.Now()); err != nil {
		d.apiFail(w, r, err)
		return
	}
	d.wake()
	d.standing(w, r, ref)
}

// wordy is what is wrong with a text of a move; nil for nothing.
func wordy(field, text string, must bool) []fieldProblem {
	switch n := utf8.RuneCountInString(strings.TrimSpace(text)); {
	case n == 0 && must:
		return []fieldProblem{{Field: field, Message: "必须写明"}}
	case n > mostWords:
		return []fieldProblem{{Field: field, Message: fmt.Sprintf("太长，请写在%d字以内", mostWords)}}
	}
	return nil
}

// apiSign records a review. A person signs for herself; a token with the right to sign says who has signed, and vouches for it.
func (d *desk) apiSign(w http.ResponseWriter, r *http.Request) {
	var o struct {
		Step   string    `json:"step"`
		By     string    `json:"by"`
		Office string    `json:"office"`
		At     time.Time `json:"at"`
		Result string    `json:"result"`
		Ground string    `json:"ground"`
	}
	if !d.order(w, r, &o) {
		return
	}
	right := press.MaySign
	if press.Step(o.Step) == press.SecrecyReview {
		right = press.MayClear
	}
	p := personOf(r)
	if !p.May(right) {
		d.forbid(w, r, right)
		return
	}
	var bad []fieldProblem
	switch token := len(p.Rights) > 0; {
	case token && strings.TrimSpace(o.By) == "":
		bad = append(bad, fieldProblem{Field: "by", Message: "请写明是谁审签的"})
	case !token && o.By != "" && o.By != p.Name:
		bad = append(bad, fieldProblem{Field: "by", Message: "只能以本人的名义审签"})
	case !token:
		o.By, o.At = p.Name, time.Time{}
		if o.Office == "" {
			o.Office = p.Office
		}
	}
	if !slices.Contains([]string{"pass", "fail"}, o.Result) {
		bad = append(bad, fieldProblem{Field: "result", Message: "应当是 pass 或者 fail"})
	}
	if o.At.After(d.Now()) {
		bad = append(bad, fieldProblem{Field: "at", Message: "审签的时间还没有到"})
	}
	bad = slices.Concat(bad, wordy("by", o.By, false), wordy("office", o.Office, false), wordy("ground", o.Ground, o.Result == "fail"))
	if len(bad) > 0 {
		d.invalid(w, r, bad...)
		return
	}
	d.moved(w, r, func(ctx context.Context, ref string, now time.Time) error {
		a := press.Approval{Step: press.Step(o.Step), By: strings.TrimSpace(o.By), Office: o.Office, At: o.At, Pass: o.Result == "pass", Ground: o.Ground}
		if a.Office == "" {
			a.Office = d.Office
		}
		_, err := d.Ledger.Sign(ctx, ref, a, p.By(right), now)
		return err
	})
}

func (d *desk) apiHold(w http.ResponseWriter, r *http.Request) {
	var o struct {
		Reason string `json:"reason"`
	}
	if !d.order(w, r, &o) || d.bad(w, r, wordy("reason", o.Reason, true)) {
		return
	}
	d.moved(w, r, func(ctx context.Context, ref string, now time.Time) error {
		return d.Ledger.Hold(ctx, ref, o.Reason, d.by(r, press.MayHold), now)
	})
}

// bad answers what is wrong with an order, and reports whether anything is.
func (d *desk) bad(w http.ResponseWriter, r *http.Request, errs []fieldProblem) bool {
	if len(errs) > 0 {
		d.invalid(w, r, errs...)
	}
	return len(errs) > 0
}

func (d *desk) apiRelease(w http.ResponseWriter, r *http.Request) {
	if !d.order(w, r, &struct{}{}) {
		return
	}
	d.moved(w, r, func(ctx context.Context, ref string, now time.Time) error {
		return d.Ledger.Release(ctx, ref, d.by(r, press.MayHold), now)
	})
}

func (d *desk) apiReschedule(w http.ResponseWriter, r *http.Request) {
	var o struct {
		At time.Time `json:"at"`
	}
	if !d.order(w, r, &o) {
		return
	}
	if o.At.IsZero() {
		d.invalid(w, r, fieldProblem{Field: "at", Message: "必须写明，例如 2026-12-01T09:00:00+08:00"})
		return
	}
	d.moved(w, r, func(ctx context.Context, ref string, now time.Time) error {
		return d.Ledger.Reschedule(ctx, ref, o.At, d.by(r, press.MayHold), now)
	})
}

// plannedDoc is what a correction comes to on one channel.
type plannedDoc struct {
	Channel string          `json:"channel"`
	State   press.CopyState `json:"state"`
	Shows   int             `json:"shows"`
	Will    int             `json:"will"`
	Way     press.Way       `json:"way,omitempty"`
	Other   []press.Way     `json:"other,omitempty"`
	What    string          `json:"what"`
}

// apiCorrect corrects what is public, or with plan tells what it would do.
func (d *desk) apiCorrect(w http.ResponseWriter, r *http.Request) {
	var o struct {
		Reason  string               `json:"reason"`
		Ways    map[string]press.Way `json:"ways"`
		Restore bool                 `json:"restore"`
		Plan    bool                 `json:"plan"`
	}
	if !d.order(w, r, &o) {
		return
	}
	bad := wordy("reason", o.Reason, !o.Plan)
	for channel, way := range o.Ways {
		if way.Name() == string(way) {
			bad = append(bad, fieldProblem{Field: "ways." + clipped(channel), Message: "应当是 in_place、republish、erratum、by_hand、leave 之一"})
		}
	}
	if d.bad(w, r, bad) {
		return
	}
	c := ledger.Correction{Reason: o.Reason, Ways: o.Ways, Restore: o.Restore}
	if d.Means != nil {
		c.Means = d.Means()
	}
	if o.Plan {
		d.apiPlan(w, r, c)
		return
	}
	d.moved(w, r, func(ctx context.Context, ref string, now time.Time) error {
		_, err := d.Ledger.Correct(ctx, ref, c, d.by(r, press.MayCorrect), now)
		return err
	})
}

func (d *desk) apiPlan(w http.ResponseWriter, r *http.Request, c ledger.Correction) {
	plan, err := d.Ledger.PlanCorrection(r.Context(), r.PathValue("id"), c, d.Now())
	var out []plannedDoc
	for _, p := range plan {
		out = append(out, plannedDoc{p.Channel, p.Copy.State, p.Copy.Revision, p.Will, p.Way, p.Other, p.What})
	}
	replyList(d, w, r, "plan", out, err)
}

func (d *desk) apiAnnotate(w http.ResponseWriter, r *http.Request) {
	var o struct {
		Validity press.Validity `json:"validity"`
		By       string         `json:"by"`
		URL      string         `json:"url"`
		On       string         `json:"on"`
		Reason   string         `json:"reason"`
	}
	if !d.order(w, r, &o) {
		return
	}
	bad := slices.Concat(wordy("reason", o.Reason, false), wordy("by", o.By, false), wordy("url", o.URL, false), wordy("validity", string(o.Validity), true))
	a := ledger.Annotation{Validity: o.Validity, By: o.By, URL: o.URL, Reason: o.Reason}
	if o.On != "" {
		var err error
		if a.On, err = workday.ParseDate(o.On); err != nil {
			bad = append(bad, fieldProblem{Field: "on", Message: "日期要写成 2026-12-01"})
		}
	}
	if d.bad(w, r, bad) {
		return
	}
	d.moved(w, r, func(ctx context.Context, ref string, now time.Time) error {
		means := map[string]bool{}
		if d.Amends != nil {
			means = d.Amends()
		}
		a.Ref = ref
		out, err := d.Ledger.Annotate(ctx, []ledger.Annotation{a}, means, d.by(r, press.MayCorrect), now)
		if err == nil && len(out) > 0 && out[0].Problem != "" {
			return &press.Trouble{Remedy: press.AskPerson, What: out[0].Problem}
		}
		return err
	})
}

func (d *desk) apiWithdraw(w http.ResponseWriter, r *http.Request) {
	o := struct {
		Reason string `json:"reason"`
		Notice string `json:"notice"`
	}{Notice: press.NoticePage}
	if !d.order(w, r, &o) {
		return
	}
	bad := wordy("reason", o.Reason, true)
	if o.Notice != press.NoticePage && o.Notice != press.NoticeGone && d.linkWrong(r, o.Notice) != "" {
		bad = append(bad, fieldProblem{Field: "notice", Message: "应当是 notice、gone，或者读者被转去的网址"})
	}
	if d.bad(w, r, bad) {
		return
	}
	d.moved(w, r, func(ctx context.Context, ref string, now time.Time) error {
		return d.Ledger.Withdraw(ctx, ref, o.Reason, o.Notice, d.by(r, press.MayWithdraw), now)
	})
}

// apiRetry records what a person knows that no interface tells. What is said of every channel at once is only that it be tried again.
func (d *desk) apiRetry(w http.ResponseWriter, r *http.Request) {
	var o struct {
		Channel string `json:"channel"`
		Link    string `json:"link"`
		Absent  bool   `json:"absent"`
		Done    bool   `json:"done"`
		Leave   bool   `json:"leave"`
	}
	if !d.order(w, r, &o) {
		return
	}
	said := 0
	for _, yes := range []bool{o.Link != "", o.Absent, o.Done, o.Leave} {
		if yes {
			said++
		}
	}
	var bad []fieldProblem
	switch {
	case said > 1:
		bad = append(bad, fieldProblem{Field: "link", Message: "link、absent、done、leave 只能写一个"})
	case said == 1 && o.Channel == "":
		bad = append(bad, fieldProblem{Field: "channel", Message: "必须写明是哪个渠道"})
	case o.Link != "" && d.linkWrong(r, o.Link) != "":
		bad = append(bad, fieldProblem{Field: "link", Message: d.linkWrong(r, o.Link)})
	}
	if d.bad(w, r, bad) {
		return
	}
	d.moved(w, r, func(ctx context.Context, ref string, now time.Time) error {
		n, err := d.Ledger.Retry(ctx, ref, o.Channel, ledger.Hint{Link: o.Link, Absent: o.Absent, Done: o.Done, Leave: o.Leave}, d.by(r, press.MayRetry), now)
		if err == nil && n == 0 {
			err = &press.Trouble{Remedy: press.AskPerson, What: "没有可以重试的渠道"}
		}
		return err
	})
}

func (d *desk) apiWaive(w http.ResponseWriter, r *http.Request) {
	var o struct {
		Rule   press.Rule `json:"rule"`
		Reason string     `json:"reason"`
	}
	if !d.order(w, r, &o) || d.bad(w, r, slices.Concat(wordy("rule", string(o.Rule), true), wordy("reason", o.Reason, true))) {
		return
	}
	d.moved(w, r, func(ctx context.Context, ref string, now time.Time) error {
		_, err := d.Ledger.Waive(ctx, ref, o.Rule, o.Reason, d.by(r, press.MayWaive), now)
		return err
	})
}

func (d *desk) apiPause(w http.ResponseWriter, r *http.Request) {
	var o struct {
		Reason string `json:"reason"`
	}
	if !d.order(w, r, &o) || d.bad(w, r, wordy("reason", o.Reason, true)) {
		return
	}
	d.apiTurn(w, r, func(c ledger.ChannelState, who ledger.Who) error {
		if c.Paused {
			return nil // with the name and the reason that it has
		}
		return d.Ledger.Pause(r.Context(), c.Name, o.Reason, who, d.Now())
	})
}

func (d *desk) apiResume(w http.ResponseWriter, r *http.Request) {
	if !d.order(w, r, &struct{}{}) {
		return
	}
	d.apiTurn(w, r, func(c ledger.ChannelState, who ledger.Who) error {
		if !c.Paused {
			return nil
		}
		return d.Ledger.Unpause(r.Context(), c.Name, who, d.Now())
	})
}

// apiTurn stops or starts a channel, and answers with how it is then.
func (d *desk) apiTurn(w http.ResponseWriter, r *http.Request, turn func(ledger.ChannelState, ledger.Who) error) {
	name := r.PathValue("name")
	named := func(c channelLine) bool { return c.Name == name }
	cs, err := d.channels(r.Context())
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	i := slices.IndexFunc(cs, named)
	if i < 0 {
		d.problem(w, r, apiProblem{Status: http.StatusNotFound, Code: "no_channel"})
		return
	}
	if err := turn(cs[i].ChannelState, d.by(r, press.MayRun)); err != nil {
		d.apiFail(w, r, err)
		return
	}
	d.wake()
	if cs, err = d.channels(r.Context()); err != nil {
		d.apiFail(w, r, err)
		return
	}
	reply(w, http.StatusOK, "application/json", channelOf(cs[slices.IndexFunc(cs, named)]))
}

func (d *desk) apiTake(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		d.problem(w, r, apiProblem{Status: http.StatusNotFound, Code: "no_alarm"})
		return
	}
	if !d.order(w, r, &struct{}{}) {
		return
	}
	if err := d.Ledger.TakeAlarm(r.Context(), id, d.by(r, press.MayAnswer), d.Now()); err != nil {
		d.apiFail(w, r, err)
		return
	}
	d.apiAlarms(w, r)
}
