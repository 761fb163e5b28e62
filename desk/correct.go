package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

// correctPage brings what is public to the text that is approved by now, or back to what was published.
type correctPage struct {
	frame
	asked
	Restore  bool
	Plan     []correcting
	Diffs    []press.Difference
	Reason   string
	Problems problems
}

// correcting is one channel, and the ways that it has.
type correcting struct {
	ledger.Planned
	Ways []wayChoice
}

// wayChoice is one way, and what it comes to.
type wayChoice struct {
	Way    press.Way
	What   string
	Chosen bool
}

// Move is the name of the offer that leads here.
func (p correctPage) move() string {
	if p.Restore {
		return moveRestore
	}
	return moveCorrect
}

// way is the name of the field of a channel.
func way(channel string) string { return "way." + channel }

// correction is what the ledger is asked, as the answers stand.
func (d *desk) correction(s ledger.Story, answers url.Values, restore bool) ledger.Correction {
	cor := ledger.Correction{Ways: map[string]press.Way{}, Restore: restore}
	if d.Means != nil {
		cor.Means = d.Means()
	}
	for _, c := range s.Copies {
		if w := press.Way(answers.Get(way(c.Channel))); w != "" && w.Name() != string(w) {
			cor.Ways[c.Channel] = w
		}
	}
	return cor
}

// corrects reads what a correction would come to, with every way that may be chosen instead.
func (d *desk) corrects(r *http.Request, a asked, cor ledger.Correction) ([]correcting, error) {
	plan, err := d.Ledger.PlanCorrection(r.Context(), a.ID(), cor, d.Now())
	if err != nil {
		return nil, err
	}
	var out []correcting
	for _, p := range plan {
		c := correcting{Planned: p}
		if p.Way == "" {
			c.Ways = append(c.Ways, wayChoice{What: p.What, Chosen: true})
		}
		for _, w := range ways() {
			instead := cor
			instead.Ways = map[string]press.Way{p.Channel: w}
			all, err := d.Ledger.PlanCorrection(r.Context(), a.ID(), instead, d.Now())
			if _, no := refused(err); no {
				continue // the channel does not have this way
			}
			if err != nil {
				return nil, err
			}
			i := slices.IndexFunc(all, func(x ledger.Planned) bool { return x.Channel == p.Channel })
			if i >= 0 && all[i].Way == w {
				c.Ways = append(c.Ways, wayChoice{w, all[i].What, w == p.Way})
			}
		}
		if p.Way == "" && len(c.Ways) == 1 {
			c.Ways = nil // nothing can be chosen
		}
		out = append(out, c)
	}
	return out, nil
}

// ways are all there are, in the order in which a page lists them.
func ways() []press.Way {
	return []press.Way{press.InPlace, press.Erratum, press.Republish, press.ByHand, press.Leave}
}

// differences are between each text that is public and the one that is approved by now.
func differences(s ledger.Story) (out []press.Difference) {
	head, ok := revisionOf(s, s.Item.Head)
	if !ok {
		return nil
	}
	seen := map[int]bool{}
	for _, c := range s.Copies {
		was, ok := revisionOf(s, c.Revision)
		if !ok || !c.State.Public() || c.Revision >= s.Item.Head || seen[c.Revision] {
			continue
		}
		seen[c.Revision] = true
		out = append(out, press.Between(was, head))
	}
	return out
}

func (d *desk) correctForm(w http.ResponseWriter, r *http.Request) {
	a, ok := d.about(w, r)
	if !ok {
		return
	}
	q := r.URL.Query()
	d.showCorrect(w, r, http.StatusOK, correctPage{asked: a, Restore: q.Get("restore") != "", Reason: shortened(q.Get("reason"), mostPublic)}, q)
}

func (d *desk) showCorrect(w http.ResponseWriter, r *http.Request, status int, p correctPage, answers url.Values) {
	if _, ok := offered(p.Offers, p.move(), ""); !ok {
		d.notNow(w, r, p.asked, press.Amend, press.MayCorrect)
		return
	}
	var err error
	if p.Plan, err = d.corrects(r, p.asked, d.correction(p.Story, answers, p.Restore)); err != nil {
		said, ok := refused(err)
		if !ok {
			d.fail(w, r, err)
			return
		}
		status, p.Problems = http.StatusUnprocessableEntity, append(p.Problems, said...)
		p.Plan, _ = d.corrects(r, p.asked, d.correction(p.Story, nil, p.Restore))
	}
	if !p.Restore {
		p.Diffs = differences(p.Story)
	}
	title := "更正"
	if p.Restore {
		title = "恢复公开文本"
	}
	p.frame = d.frame(r, d.t(r, title)+d.t(r, "：")+p.Name(), "matrix")
	d.show(w, r, status, "correct", p)
}

func (d *desk) correct(w http.ResponseWriter, r *http.Request) {
	a, ok := d.about(w, r)
	if !ok {
		return
	}
	f := r.PostForm
	p := correctPage{asked: a, Restore: f.Get("restore") != "", Reason: written(f.Get("reason"))}
	who := d.by(r, press.MayCorrect)
	if f.Get("seen") != a.Seen() && justDone(a.Story, press.Amend, p.said(), who, d.Now()) {
		d.after(w, r, a.Story.Item.ID, "correct")
		return
	}
	if _, ok := offered(a.Offers, p.move(), ""); !ok {
		d.notNow(w, r, a, press.Amend, press.MayCorrect)
		return
	}
	if f.Get("seen") != a.Seen() {
		p.Problems.add("", d.stale(r))
	}
	if !p.Restore || p.Reason != "" {
		p.Problems.add("reason", d.reasonWrong(r, p.Reason, mostPublic))
	}
	if len(p.Problems) > 0 {
		d.showCorrect(w, r, http.StatusUnprocessableEntity, p, f)
		return
	}
	cor := d.correction(a.Story, f, p.Restore)
	cor.Reason = p.Reason
	checked, agreed := sure(f)
	if !checked || !agreed {
		d.checkCorrect(w, r, p, cor, checked)
		return
	}
	if _, err := d.Ledger.Correct(a.still(r), a.ID(), cor, who, d.Now()); err != nil {
		if p.Problems, ok = refused(err); ok {
			d.showCorrect(w, r, http.StatusConflict, p, f)
			return
		}
		d.fail(w, r, err)
		return
	}
	d.after(w, r, a.Story.Item.ID, "correct")
}

// said is how the ledger's history begins to tell it.
func (p correctPage) said() string {
	if p.Reason == "" {
		return "恢复公开文本"
	}
	return p.Reason
}

func (d *desk) checkCorrect(w http.ResponseWriter, r *http.Request, p correctPage, cor ledger.Correction, unsure bool) {
	plan, err := d.Ledger.PlanCorrection(r.Context(), p.ID(), cor, d.Now())
	if err != nil {
		said, ok := refused(err)
		if !ok {
			d.fail(w, r, err)
			return
		}
		p.Problems = said
		d.showCorrect(w, r, http.StatusUnprocessableEntity, p, nil)
		return
	}
	c := checkPage{Heading: p.Name(), ID: p.ID(), Unsure: unsure, To: to("items", p.ID(), "correct"), Grave: true,
		Consent: d.t(r, "我已核对各渠道的做法，确认更正"), Button: d.t(r, "更正"),
		Warning: d.t(r, "确认后马上开始。已经公开的改动会留下更正说明和记录，不能取消。"),
		Hidden:  append(carried(r.PostForm, "reason", "restore"), hidden{"seen", p.Seen()})}
	back := url.Values{"reason": {p.Reason}}
	if p.Reason != "" {
		c.Answers = append(c.Answers, answer{Name: d.t(r, "理由（公开）"), Value: p.Reason, Foreign: true})
	}
	if p.Restore {
		back.Set("restore", "1")
		c.Consent, c.Button = d.t(r, "我已核对各渠道的做法，确认恢复"), d.t(r, "恢复公开文本")
		c.Warning = d.t(r, "确认后马上开始，记入台账，不能取消。")
		c.Answers = append(c.Answers, answer{Name: d.t(r, "要做的"), Value: d.t(r, "把公开的页面恢复成已经发布的那一版，文字没有新的改动")})
	}
	lines := checkPlan{ID: p.ID(), Title: p.Name()}
	for _, x := range plan {
		l := checkLine{Channel: x.Channel, State: x.Copy.State, Way: d.t(r, "不用做"), What: x.What, Foreign: true, Hand: x.Way == press.ByHand}
		if x.Way != "" {
			l.Way = d.t(r, x.Way.Name())
			c.Hidden = append(c.Hidden, hidden{way(x.Channel), string(x.Way)})
			back.Set(way(x.Channel), string(x.Way))
		}
		lines.Lines = append(lines.Lines, l)
	}
	c.Plans = []checkPlan{lines}
	if !p.Restore {
		c.Diffs = differences(p.Story)
	}
	c.Back = to("items", p.ID(), "correct") + "?" + back.Encode()
	d.check(w, r, c)
}

// NothingToDo reports whether no channel has anything to do.
func (p correctPage) NothingToDo() bool {
	return !slices.ContainsFunc(p.Plan, func(c correcting) bool { return len(c.Ways) > 0 })
}

// Field is the name of the field of a channel, for the template.
func (c correcting) Field() string { return way(c.Channel) }

// Mark is an id for a field of the page.
func (c correcting) Mark(w wayChoice) string {
	return strings.Join([]string{"h", c.Channel, string(w.Way)}, "-")
}

// Instead is what was seen on a channel in the place of the approved text.
func (p correctPage) Instead(c press.Copy) []press.Change { return lastChanges(p.Story, c) }
