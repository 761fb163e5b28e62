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
	Copies   []copyLine
	Timeline []event
	Text     string // of the newest revision
}

// fact is one line of the metadata.
type fact struct{ Name, Value string }

// copyLine is one copy, with the lines of older generations beneath the newest.
type copyLine struct {
	press.Copy
	Old   bool
	Retry bool // a person's word may help it on
}

// Hand reports whether the copy waits for a person.
func (c copyLine) Hand() bool { return needsHand(c.State) }

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
	p := itemPage{frame: d.frame(s.Title, "matrix"), Story: s, Facts: facts(s.Item, head), Copies: copyLines(s),
		Timeline: timeline(s, concerning(s.Item.ID, acts)), Text: press.Text(head.Body)}
	p.Why = shared(s.Copies)
	for i := range p.Copies {
		if n := &p.Copies[i].Note; *n != "" && (*n == p.Why || *n == s.Blocked) {
			*n = ""
		}
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

func copyLines(s ledger.Story) []copyLine {
	var out []copyLine
	_, err := s.Item.State.Move(press.Retry, press.Operator)
	for _, c := range s.Copies {
		out = append(out, copyLine{Copy: c, Retry: err == nil && len(choicesFor(s.Item, c)) > 0})
		for _, old := range s.All {
			if old.Channel == c.Channel && old.ID != c.ID {
				out = append(out, copyLine{Copy: old, Old: true})
			}
		}
	}
	return out
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

// concerning leaves out the withdrawals of other items of the same editions.
func concerning(id press.ItemID, acts []actLine) []actLine {
	return slices.DeleteFunc(acts, func(a actLine) bool {
		return a.Verb == press.Withdraw && !slices.ContainsFunc(a.Edition.Entries, func(e press.Entry) bool { return e.Item.ID == id })
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
