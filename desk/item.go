package desk

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// itemPage is everything of one item.
type itemPage struct {
	frame
	asked
	Facts   []fact
	Handed  *ledger.Submission // that it was taken in from
	Stages  []stage
	First   time.Time // first public time, on whatever channel it was
	Why     string    // what several copies have to say alike, once
	Todo    []todoLine
	Plan    []ledger.Planned // what a correction would do, where a newer text is approved than is public
	Copies  []copyLine
	History history
	Alarms  []press.Alarm
	Related []ledger.Related
	Errata  []ledger.Erratum
	Text    string // of the newest revision
	TextCut bool
}

// fact is one line of the metadata.
type fact struct {
	Name, Value string
	Word        bool // the value is a word of ours, not the item's
}

// copyLine is one copy, with the lines of older generations beneath the newest.
type copyLine struct {
	press.Copy
	Old     bool
	Hand    bool           // it waits for a person
	Kept    bool           // it need not show a later text
	Remarks []press.Remark // that stand beside its text
	Changes []press.Change // what the last look saw instead of the approved text
	Offers  []offer
}

// needsHand reports whether a copy in this state waits for a person.
func needsHand(s press.CopyState) bool {
	return s == press.CopyUnknown || s == press.CopyNeedsHand || s == press.CopyRefused || s == press.CopyDiffers
}

// Bounds of what an item's page shows.
const (
	mostText     = 6000 // characters of the text
	mostAlarms   = 10
	mostVersions = 20
	mostFindings = 30
)

func (d *desk) item(w http.ResponseWriter, r *http.Request) {
	a, ok := d.about(w, r)
	if !ok {
		return
	}
	p, err := d.itemPage(r, a)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p.Done = d.t(r, done(r.URL.Query().Get("done")))
	d.show(w, r, http.StatusOK, "item", p)
}

func (d *desk) itemPage(r *http.Request, a asked) (p itemPage, err error) {
	s := a.Story
	acts, err := d.attempts(r.Context(), s.Item.ID)
	if err != nil {
		return p, err
	}
	remarks, err := d.remarks(r.Context(), s)
	if err != nil {
		return p, err
	}
	head := s.Revisions[len(s.Revisions)-1]
	p = itemPage{frame: d.frame(r, s.Title, "matrix"), asked: a, Facts: d.facts(r, s.Item, head), Stages: stages(s), First: firstSeen(s), Todo: d.todoLines(r, s, a.Offers),
		Copies: copyLines(s, remarks, a.Offers), Plan: d.plan(r.Context(), s), Why: shared(s.Copies)}
	p.History = part(timeline(s, acts), 0, fewEvents, s.Item.ID, nil)
	p.Text = press.Text(head.Body)
	p.TextCut = len(p.Text) > len(shortened(p.Text, mostText))
	p.Text = shortened(p.Text, mostText)
	for i := range p.Copies {
		p.Copies[i].quiet(s, p.Why)
	}
	if p.Why == s.Blocked {
		p.Why = "" // the findings say it
	}
	if p.Alarms, err = d.Ledger.AlarmsAbout(r.Context(), s.Item.ID, mostAlarms); err != nil {
		return p, err
	}
	if p.Related, err = d.Ledger.Related(r.Context(), s.Item.ID); err != nil {
		return p, err
	}
	if p.Errata, err = d.Ledger.ErrataOf(r.Context(), s.Item.ID); err != nil {
		return p, err
	}
	handed, ok, err := d.Ledger.SubmissionOf(r.Context(), s.Item.ID)
	if ok {
		p.Handed = &handed
	}
	return p, err
}

// Versions are the newest revisions, newest first.
func (p itemPage) Versions() []press.Revision {
	out := slices.Clone(p.Story.Revisions)
	slices.Reverse(out)
	return out[:min(len(out), mostVersions)]
}

// Findings are those that stop the item or that somebody should look at.
func (p itemPage) Findings() []press.Finding {
	all := p.allFindings()
	return all[:min(len(all), mostFindings)]
}

// MoreFindings is how many are left out.
func (p itemPage) MoreFindings() int { return max(0, len(p.allFindings())-mostFindings) }

func (p itemPage) allFindings() []press.Finding {
	return slices.DeleteFunc(slices.Clone(p.Story.Findings), func(f press.Finding) bool { return f.Severity == press.Info })
}

// Signed are the newest reviews, the newest last.
func (p itemPage) Signed() []press.Approval {
	return p.Story.Approvals[max(0, len(p.Story.Approvals)-mostVersions):]
}

// Remarked are the findings that only say how something was reckoned.
func (p itemPage) Remarked() []press.Finding {
	return slices.DeleteFunc(slices.Clone(p.Story.Findings), func(f press.Finding) bool { return f.Severity != press.Info })
}

// Moves are the offers that are about the whole item, or about a finding; those of a channel stand beside its copy.
func (p itemPage) Moves() (out []offer) {
	for _, o := range p.Offers {
		if o.Channel == "" && o.Rule == "" {
			out = append(out, o)
		}
	}
	return out
}

// Waive is the offer to let a finding pass; "" for none.
func (p itemPage) Waive(f press.Finding) string {
	for _, o := range p.Offers {
		if o.Move == moveWaive && o.Rule == f.Rule && f.Severity == press.Stop {
			return o.URL
		}
	}
	return ""
}

// stage is one station of an item's way, in one line.
type stage struct {
	Name    string
	At      time.Time
	By      string
	Done    bool
	Bad     bool
	Missing string // what it waits for
}

// stages are the stations of an item's way: filed, reviewed, cleared, scheduled, out, seen.
func stages(s ledger.Story) []stage {
	out := []stage{{Name: "收稿", At: s.Item.FiledAt, By: s.Item.FiledBy, Done: true}}
	for _, step := range []press.Step{press.FirstReview, press.SecondReview, press.FinalReview, press.SecrecyReview} {
		for _, a := range slices.Backward(s.Approvals) {
			if a.Step == step && a.Revision == s.Item.Head {
				out = append(out, stage{Name: step.Name(), At: a.At, By: a.By, Done: a.Pass, Bad: !a.Pass})
				break
			}
		}
	}
	over := s.Item.State == press.Withdrawn
	approved := stage{Name: "签发", Missing: missing(over, "待审")}
	for _, m := range s.Moves {
		switch {
		case m.Verb == string(press.Approve):
			approved = stage{Name: "签发", At: m.At, Done: true}
		case m.Verb == string(press.Revise): // of a new text nobody has said anything yet
			approved = stage{Name: "签发", Missing: missing(over, "待审")}
		}
	}
	out = append(out, approved)
	if !s.Item.ReleaseAt.IsZero() {
		out = append(out, stage{Name: "不早于", At: s.Item.ReleaseAt, Done: true})
	}
	public := stage{Name: "首次公开", At: firstSeen(s), Missing: missing(over, "尚未")}
	public.Done = !public.At.IsZero()
	return append(out, public)
}

// missing is what a station waits for; what was withdrawn waits for nothing.
func missing(over bool, waits string) string {
	if over {
		return "没有"
	}
	return waits
}

// Alike is the page where what failed on a channel alike is seen to together; "" where each has to be seen to by itself.
func (c copyLine) Alike() string {
	for _, o := range c.Offers {
		if o.Move == moveRetry && o.Main && c.Task == "" && slices.Contains(retriesPage{}.States(), c.State) {
			return "/retry?" + url.Values{"channel": {c.Channel}, "copy": {string(c.State)}}.Encode()
		}
	}
	return ""
}

// firstSeen is the first public time of an item on any channel.
func firstSeen(s ledger.Story) (first time.Time) {
	for _, c := range s.All {
		if !c.FirstSeen.IsZero() && (first.IsZero() || c.FirstSeen.Before(first)) {
			first = c.FirstSeen
		}
	}
	return first
}

// attempts are the acts about an item with their steps.
func (d *desk) attempts(ctx context.Context, id press.ItemID) ([]actLine, error) {
	list, err := d.Ledger.Attempts(ctx, id)
	var out []actLine
	for _, a := range list {
		act := press.Act{Verb: a.Verb, Way: a.Way}
		act.Edition.Key, act.Edition.Slot.Channel = a.Edition, a.Channel
		out = append(out, actLine{act, a.Steps})
	}
	return out, err
}

// done is what the page says once after a move. It is chosen from a list, so that no link can put words into our mouth.
func done(code string) string {
	switch code {
	case "look":
		return "已记录。系统会马上再看一次，结果会出现在时间线里。"
	case "again":
		return "已记录。会作为新的一份重新发布，发布前仍会检查是否可以发布。"
	case "link":
		return "已登记链接。系统会马上去核验，核验通过后才算“已核验”。"
	case "free":
		return "已记录您的认定。条件具备时照常发布。"
	case "done":
		return "已记录。系统马上去核验公开的页面。"
	case "leave":
		return "已记录。公开的内容保持现在的样子。"
	case "known":
		return "已记录。因它停下的稿件接着发布。"
	case "absent":
		return "已记录您的认定。会作为新的一份重新发布。"
	case "down":
		return "已记录您的认定。这一份记为已撤回。"
	case "hold":
		return "已暂缓。没有发出的不再发出，直到有人解除暂缓。"
	case "release":
		return "已解除暂缓。照原定时间发布，不会提前。"
	case "withdraw":
		return "已撤回。公开的马上撤下，进展和要人做的在待办里。"
	case "correct":
		return "已记录。各渠道马上开始更正，进展和要人做的在待办里。"
	case "annotate":
		return "已标注。公开的页面马上加上说明，要人做的在待办里。"
	case "waive":
		return "已放行。没有别的问题时，稿件随即签发。"
	case "look-equal":
		return "刚刚核验：与签发的文本一致。"
	case "look-wrong":
		return "刚刚核验：与签发的文本不一致，差别在下面。"
	case "look-blind":
		return "刚刚去看，没有看到页面，不能判断。系统会再去看。"
	case "look-soon":
		return "半分钟内刚刚看过，结果在时间线里。请稍后再看。"
	case "look-busy":
		return "现在去看的人多，没有执行。请稍后再看。"
	case "time":
		return "发布时间已改。"
	case "nothing":
		return "没有需要改动的：没有正在等待的动作。"
	case "pause":
		return "渠道已暂停。已经开始的动作会做完，新的动作不再开始。"
	case "catch-up":
		return "已记录。错过的时段现在补发，结果会出现在期次里。"
	case "resume":
		return "渠道已恢复。"
	case "taken":
		return "已认领。不再提醒；恢复以后仍会通知。"
	}
	return ""
}

func copyLines(s ledger.Story, remarks map[string][]press.Remark, offers []offer) []copyLine {
	var out []copyLine
	for _, c := range s.Copies {
		l := copyLine{Copy: c, Hand: needsHand(c.State) || c.Task != "", Kept: kept(s.Item, c), Remarks: remarks[c.Channel], Changes: lastChanges(s, c),
			Offers: beside(c, offers)}
		out = append(out, l)
		for _, old := range s.All {
			if old.Channel == c.Channel && old.ID != c.ID {
				out = append(out, copyLine{Copy: old, Old: true})
			}
		}
	}
	return out
}

// plan is what a correction would do now on each channel that shows an older text than the one that is approved.
func (d *desk) plan(ctx context.Context, s ledger.Story) []ledger.Planned {
	if d.Means == nil || !slices.ContainsFunc(s.Copies, func(c press.Copy) bool { return c.Behind(s.Item) != "" }) {
		return nil
	}
	plan, err := d.Ledger.PlanCorrection(ctx, string(s.Item.ID), ledger.Correction{Means: d.Means()}, d.Now())
	if err != nil {
		d.Log.WarnContext(ctx, "plan correction", "item", s.Item.ID, "err", err)
	}
	return plan
}

// answers are what a person may say of a copy.
func answers(s ledger.Story, c press.Copy) []choice {
	if _, err := s.Item.State.Move(press.Retry, press.Operator); err != nil {
		return nil
	}
	return choicesFor(s.Item, c, s.Todo)
}

// kept reports whether a public copy shows an older text than the one that is approved by now, and that is settled.
func kept(it press.Item, c press.Copy) bool {
	return c.State.Public() && c.Revision < it.Head && c.Kept > c.Revision
}

// lastChanges are what was seen last instead of a copy's approved text.
func lastChanges(s ledger.Story, c press.Copy) []press.Change {
	if c.State != press.CopyDiffers {
		return nil
	}
	for _, v := range slices.Backward(s.Sightings) {
		if v.Channel == c.Channel && v.Status != press.SeenBlind {
			return v.Changes
		}
	}
	return nil
}

// remarks are what stands beside the text of an item's public copies, by channel.
func (d *desk) remarks(ctx context.Context, s ledger.Story) (map[string][]press.Remark, error) {
	if !slices.ContainsFunc(s.Copies, func(c press.Copy) bool { return c.State.Public() }) {
		return nil, nil
	}
	entries, err := d.Ledger.PublicCopies(ctx, string(s.Item.ID))
	if err != nil {
		return nil, err
	}
	out := map[string][]press.Remark{}
	for _, e := range entries {
		if len(e.Remarks) > 0 {
			out[e.Copy.Channel] = e.Remarks
		}
	}
	return out, nil
}

// quiet leaves out of a copy's line what the page says elsewhere.
func (c *copyLine) quiet(s ledger.Story, why string) {
	for _, t := range s.Todo {
		if c.Old || t.Channel != c.Channel {
			continue
		}
		c.Task = ""
		if t.What == c.Note {
			c.Note = ""
		}
	}
	if c.Note == why || c.Note == s.Blocked {
		c.Note = ""
	}
}

// actLine is one act with what it intended and did.
type actLine struct {
	press.Act
	Steps []press.JournalStep
}

// actsOf reads the acts on editions with their steps.
func (d *desk) actsOf(ctx context.Context, editions []string) ([]actLine, error) {
	var out []actLine
	for _, key := range editions {
		acts, err := d.Ledger.Acts(ctx, key)
		if err != nil {
			return nil, err
		}
		for _, a := range acts {
			steps, err := d.Ledger.Journal(a, d.Now).Steps(ctx)
			if err != nil {
				return nil, err
			}
			out = append(out, actLine{a, steps})
		}
	}
	return out, nil
}

func (d *desk) facts(r *http.Request, it press.Item, v press.Revision) []fact {
	m := v.Meta
	date := func(zero bool, s string) string {
		if zero {
			return ""
		}
		return s
	}
	size := func(n int, form string) string {
		if n == 0 {
			return ""
		}
		return d.t(r, form, n)
	}
	all := []fact{
		{"类别", it.Kind.Name(), true}, {"索引号", it.IndexNumber, false}, {"来源编号", it.ExternalID, false}, {"文号", m.DocNumber, false}, {"统一编号", m.RegNumber, false},
		{"发布机构", m.Issuer, false}, {"信息来源", m.Source, false}, {"作者", m.Author, false}, {"成文日期", date(m.FormedOn.IsZero(), m.FormedOn.String()), false},
		{"批准日期", date(m.ApprovedOn.IsZero(), m.ApprovedOn.String()), false}, {"主题分类", m.Theme, false}, {"体裁分类", m.Genre, false},
		{"公开属性", string(m.Disclosure), true}, {"不公开依据", m.DisclosureGround, false}, {"有效性", string(m.Validity), true}, {"栏目", m.Column, false},
		{"短标题", v.ShortTitle, false}, {"内容概述", m.Summary, false}, {"关键词", strings.Join(m.Keywords, "、"), false},
		{"图片", size(len(v.Images), "%d幅"), true}, {"附件", size(len(v.Attachments), "%d个"), true}, {"登记人", it.FiledBy, false},
	}
	return slices.DeleteFunc(all, func(f fact) bool { return f.Value == "" })
}

// RuleName is the rule of a finding or a waiver, for the template.
func (itemPage) RuleName(r press.Rule) string { return ruleName(r) }

// FieldName is the field that a finding is about, for the template.
func (itemPage) FieldName(f press.Finding) string { return fieldName(f.Field) }

// mostChain bounds the moves of which the page shows the hash; the whole chain is on the pages of the history.
const mostChain = 50

// Chain are the newest moves with their hashes.
func (p itemPage) Chain() []ledger.Moved { return p.Story.Moves[max(0, len(p.Story.Moves)-mostChain):] }
