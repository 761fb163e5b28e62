package gazette

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tongfa/channels"
	"tongfa/press"
)

// stepAmend is the one step of an amendment: the files of the issues that it concerns.
const stepAmend = "amend"

// Means tells the one way in which an issue is corrected.
func (c *Channel) Means() []press.Means {
	return []press.Means{{Way: press.Erratum, What: "已出刊的公报一字不改：原文页加注更正说明，更正的内容刊登在下一期公报的“更正”栏"}}
}

// Amend puts the remarks of each entry on its page and makes the issued bytes of its page and files again where they are not what they were.
// An act that brings a text up in place can only bring back the text that was issued; it mends all of the issue, and the lists that show it.
func (c *Channel) Amend(ctx context.Context, a press.Act, j channels.Journal) (press.Receipt, error) {
	steps, err := j.Steps(ctx)
	if err != nil {
		return press.Receipt{}, fmt.Errorf("read journal: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	plans, err := c.plans(ctx, a)
	if err != nil {
		return press.Receipt{}, err
	}
	_, begun := channels.StepNamed(steps, stepAmend)
	if open(plans) || begun && !done(steps, stepAmend) {
		if err := c.amendStep(ctx, plans, j); err != nil {
			return press.Receipt{}, err
		}
		if plans, err = c.plans(ctx, a); err != nil {
			return press.Receipt{}, err
		}
	}
	if restores(a) {
		if err := c.listStep(ctx, a.Edition, steps, j); err != nil {
			return press.Receipt{}, err
		}
	}
	return c.amended(a, plans), nil
}

func (c *Channel) amendStep(ctx context.Context, plans []plan, j channels.Journal) error {
	if err := j.Intend(ctx, stepAmend); err != nil {
		return fmt.Errorf("record intent: %w", err)
	}
	for _, p := range plans {
		if err := c.carryOut(p); err != nil {
			return err
		}
	}
	if err := j.Done(ctx, stepAmend, ""); err != nil {
		return fmt.Errorf("record amendment: %w", err)
	}
	return nil
}

// lookAmended says whether every page is as an act wants it. A step that a crash interrupted is made again, as nobody knows whether its last rename
// is on the disk and its folder closed.
func (c *Channel) lookAmended(ctx context.Context, a press.Act, steps []channels.Step) (press.Receipt, error) {
	plans, err := c.plans(ctx, a)
	if err != nil {
		return press.Receipt{}, err
	}
	_, begun := channels.StepNamed(steps, stepAmend)
	if !a.LookOnly && begun && !done(steps, stepAmend) {
		return press.Receipt{Status: press.Absent}, nil
	}
	r := c.amended(a, plans)
	if open(plans) || r.Status == press.NeedsHand {
		return press.Receipt{Status: press.Absent}, nil
	}
	if restores(a) && !a.LookOnly {
		lists, err := c.listsOf(a.Edition)
		if err != nil {
			return press.Receipt{}, err
		}
		if !c.fresh(lists) {
			return press.Receipt{Status: press.Absent}, nil
		}
	}
	return r, nil
}

// open reports whether there is something left to write.
func open(plans []plan) bool {
	return slices.ContainsFunc(plans, func(p plan) bool { return len(p.writes)+len(p.away) > 0 })
}

// plans are what an act comes to, issue by issue, from what is on the disk.
func (c *Channel) plans(ctx context.Context, a press.Act) (plans []plan, err error) {
	byIssue := map[place][]press.Entry{}
	var issues []place
	for _, e := range a.Edition.Entries {
		p, err := placeOf(a.Edition, e)
		if err != nil {
			return nil, err
		}
		e.Position, p = p.article, p.wholeIssue()
		if byIssue[p] == nil {
			issues = append(issues, p)
		}
		byIssue[p] = append(byIssue[p], e)
	}
	for _, p := range issues {
		pl, err := c.planOf(ctx, a, p, byIssue[p])
		if err != nil {
			return nil, err
		}
		plans = append(plans, pl)
	}
	return plans, nil
}

// planOf is what an act comes to in one issue. An issue that cannot be read is a person's matter: nothing says what it held.
func (c *Channel) planOf(ctx context.Context, a press.Act, p place, entries []press.Entry) (plan, error) {
	k := c.kept(p)
	r, own, there, err := c.recordFor(a, p, entries, k)
	if !there && (err == nil || errors.Is(err, errForeign)) {
		return plan{issue: p, lost: []string{recordName}}, nil
	}
	if err != nil {
		return plan{}, err
	}
	w, err := c.readWithdrawals(p)
	if err != nil {
		return plan{}, err
	}
	if restores(a) {
		w = w.withOwn(keptFile(c.keptReplacedAt(p), ownWithdrawn))
	}
	pl := planner{c: c, record: r, kept: k, gone: w, entries: map[string]press.Entry{}, plan: plan{issue: p, withdrawn: map[int]bool{}}}
	for _, e := range entries {
		if err := pl.take(a, e); err != nil {
			return plan{}, err
		}
	}
	if own {
		pl.recordItself()
	}
	for _, f := range r.Files {
		if restores(a) || pl.concerns(f.Path) {
			if err := pl.file(ctx, f); err != nil {
				return plan{}, err
			}
		}
	}
	if restores(a) {
		err = pl.replacedFiles(ctx)
	}
	return pl.plan, err
}

// amended is the receipt of an act of which nothing is left to write.
func (c *Channel) amended(a press.Act, plans []plan) press.Receipt {
	out := press.Receipt{Status: press.Gone, Note: "各篇都已撤回，没有改动"}
	for _, e := range a.Edition.Entries {
		p := c.amendedPart(a, e, plans)
		if p.Status != press.Gone {
			out.Status, out.Note = press.Live, ""
		}
		out.Parts = append(out.Parts, p)
	}
	var notes []string
	for _, p := range plans {
		out.Ref, out.URL = p.issue.issue(), c.cfg.URL+"/"+p.issue.issue()+"/"
		if len(p.lost) > 0 {
			notes = append(notes, p.note())
		}
	}
	if len(notes) > 0 {
		out.Status, out.Note = press.NeedsHand, strings.Join(notes, "；")
	}
	return out
}

func (c *Channel) amendedPart(a press.Act, e press.Entry, plans []plan) press.Part {
	at, _ := placeOf(a.Edition, e) // plans has asked
	out := press.Part{Copy: e.Copy.ID, Status: press.Live, Ref: at.ref(), URL: c.cfg.URL + "/" + at.page()}
	for _, p := range plans {
		switch {
		case p.issue != at.wholeIssue():
		case p.withdrawn[at.article]:
			out.Status = press.Gone
		case p.spoilt(at):
			out.Status, out.Note = press.NeedsHand, p.note()
		}
	}
	return out
}
