package desk

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

// itemPage is everything of one item.
type itemPage struct {
	frame
	Story    ledger.Story
	Facts    []fact
	Why      string // what several copies have to say alike, once
	Todo     []todoLine
	Plan     []ledger.Planned // what a correction would do, where a newer text is approved than is public
	Copies   []copyLine
	Timeline []event
	Text     string // of the newest revision
}

// fact is one line of the metadata.
type fact struct{ Name, Value string }

// copyLine is one copy, with the lines of older generations beneath the newest.
type copyLine struct {
	press.Copy
	Old     bool
	Retry   bool           // a person's word may help it on
	Hand    bool           // it waits for a person
	Kept    string         // what of a later text it need not show
	Remarks []press.Remark // that stand beside its text
	Changes []press.Change // what the last look saw instead of the approved text
}

// needsHand reports whether a copy in this state waits for a person.
func needsHand(s press.CopyState) bool {
	return s == press.CopyUnknown || s == press.CopyNeedsHand || s == press.CopyRefused || s == press.CopyDiffers
}

func (d *desk) item(w http.ResponseWriter, r *http.Request) {
	s, err := d.Ledger.Story(r.Context(), r.PathValue("id"), d.Now())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	acts, err := d.actsOf(r.Context(), editionsOf(s))
	if err != nil {
		d.fail(w, r, err)
		return
	}
	head := s.Revisions[len(s.Revisions)-1]
	remarks, err := d.remarks(r.Context(), s)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p := itemPage{frame: d.frame(r, s.Title, "matrix"), Story: s, Facts: facts(s.Item, head), Todo: todoLines(s), Copies: copyLines(s, remarks),
		Timeline: timeline(s, concerning(s.Item.ID, acts)), Text: press.Text(head.Body)}
	p.Plan = d.plan(r.Context(), s)
	p.Why = shared(s.Copies)
	for i := range p.Copies {
		p.Copies[i].quiet(s, p.Why)
	}
	if p.Why == s.Blocked {
		p.Why = "" // the findings say it
	}
	p.Done = done(r.URL.Query().Get("done"))
	d.show(w, r, http.StatusOK, "item", p)
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

func copyLines(s ledger.Story, remarks map[string][]press.Remark) []copyLine {
	var out []copyLine
	for _, c := range s.Copies {
		out = append(out, copyLine{Copy: c, Retry: len(answers(s, c)) > 0, Hand: needsHand(c.State) || c.Task != "", Kept: kept(s.Item, c), Remarks: remarks[c.Channel], Changes: lastChanges(s, c)})
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

// kept says why a public copy shows an older text than the one that is approved by now, where that is settled.
func kept(it press.Item, c press.Copy) string {
	if !c.State.Public() || c.Revision >= it.Head || c.Kept <= c.Revision {
		return ""
	}
	return fmt.Sprintf("这里保留第%d版的文字：第%d版的改动已决定不在这里改，或者另行刊登", c.Revision, c.Kept)
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

// editionsOf are the keys of the editions that an item was ever in.
func editionsOf(s ledger.Story) []string {
	var keys []string
	for _, c := range s.Copies {
		keys = append(keys, c.Edition)
	}
	for _, r := range s.Receipts {
		keys = append(keys, r.Edition)
	}
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(k string) bool { return k == "" })
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

// concerning leaves out what was done about other items of the same editions.
func concerning(id press.ItemID, acts []actLine) []actLine {
	return slices.DeleteFunc(acts, func(a actLine) bool {
		return a.Verb != press.Publish && !slices.ContainsFunc(a.Edition.Entries, func(e press.Entry) bool { return e.Item.ID == id })
	})
}

func facts(it press.Item, r press.Revision) []fact {
	m := r.Meta
	date := func(zero bool, s string) string {
		if zero {
			return ""
		}
		return s
	}
	size := func(n int, unit string) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprintf("%d%s", n, unit)
	}
	all := []fact{
		{"类别", it.Kind.Name()}, {"索引号", it.IndexNumber}, {"来源编号", it.ExternalID}, {"文号", m.DocNumber}, {"发布机构", m.Issuer},
		{"信息来源", m.Source}, {"作者", m.Author}, {"成文日期", date(m.FormedOn.IsZero(), m.FormedOn.String())},
		{"批准日期", date(m.ApprovedOn.IsZero(), m.ApprovedOn.String())}, {"主题分类", m.Theme}, {"体裁分类", m.Genre},
		{"公开属性", string(m.Disclosure)}, {"不公开依据", m.DisclosureGround}, {"有效性", string(m.Validity)}, {"栏目", m.Column},
		{"短标题", r.ShortTitle}, {"内容概述", m.Summary}, {"关键词", strings.Join(m.Keywords, "、")},
		{"同时发布", strings.Join(it.BelongsWith, "、")}, {"图片", size(len(r.Images), "幅")}, {"附件", size(len(r.Attachments), "个")},
		{"登记人", it.FiledBy},
	}
	return slices.DeleteFunc(all, func(f fact) bool { return f.Value == "" })
}

// RuleName is the rule of a finding or a waiver, for the template.
func (itemPage) RuleName(r press.Rule) string { return ruleName(r) }

// FieldName is the field that a finding is about, for the template.
func (itemPage) FieldName(f press.Finding) string { return fieldName(f.Field) }
