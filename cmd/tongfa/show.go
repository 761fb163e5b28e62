package main

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongfa/ledger"
	"tongfa/press"
)

func (a *app) showCmd() *cobra.Command {
	return &cobra.Command{
		Use: "show 稿件", Short: "一篇稿件的来龙去脉：版本、审签、流转、回执、核验", Args: exactly(1, "哪一篇稿件（编号或来文编号）"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.within(c.Context(), func(h *house) error { return a.show(c.Context(), h, args[0]) })
		},
	}
}

// shown is an item in JSON: the line of status, and everything behind it.
type shown struct {
	statusLine
	IndexNumber string            `json:"index_number"`
	Kind        press.Kind        `json:"kind"`
	Held        bool              `json:"held"`
	ReleaseAt   string            `json:"release_at,omitempty"`
	Findings    []press.Finding   `json:"findings"`
	Revisions   []shownRevision   `json:"revisions"`
	Approvals   []shownApproval   `json:"approvals"`
	Timeline    []ledger.Moved    `json:"timeline"`
	Receipts    []ledger.Received `json:"receipts"`
	Sightings   []ledger.Seen     `json:"sightings"`
	Todo        []ledger.Todo     `json:"todo"`
	Remarks     remarksOn         `json:"remarks"`
}

// remarksOn are what stands beside the text of an item's public copies, by channel.
type remarksOn map[string][]press.Remark

func (h *house) remarks(ctx context.Context, s ledger.Story) (remarksOn, error) {
	out := remarksOn{}
	entries, err := h.led.PublicCopies(ctx, string(s.Item.ID))
	for _, e := range entries {
		if len(e.Remarks) > 0 {
			out[e.Copy.Channel] = e.Remarks
		}
	}
	return out, err
}

type shownRevision struct {
	Number int        `json:"number"`
	Title  string     `json:"title"`
	Digest string     `json:"digest"`
	At     string     `json:"at"`
	By     string     `json:"by"`
	Meta   press.Meta `json:"meta"`
	Text   string     `json:"text"`
}

type shownApproval struct {
	Revision   int        `json:"revision"`
	Step       press.Step `json:"step"`
	By         string     `json:"by"`
	Office     string     `json:"office"`
	At         string     `json:"at"`
	Pass       bool       `json:"pass"`
	Ground     string     `json:"ground,omitempty"`
	Digest     string     `json:"digest"`
	RecordedBy string     `json:"recorded_by"`
}

func (a *app) show(ctx context.Context, h *house, ref string) error {
	s, err := h.led.Story(ctx, ref, h.now())
	if err != nil {
		return err
	}
	remarks, err := h.remarks(ctx, s)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(h.story(s, remarks))
	}
	a.printStory(h, s, remarks)
	return nil
}

func (h *house) story(s ledger.Story, remarks remarksOn) shown {
	out := shown{statusLine: statusLine{s.Item.ID, s.Item.ExternalID, s.Title, s.Shown, h.cells(s.Line)},
		IndexNumber: s.Item.IndexNumber, Kind: s.Item.Kind, Held: s.Item.Held, ReleaseAt: stamp(s.Item.ReleaseAt),
		Findings: s.Findings, Timeline: s.Moves, Receipts: s.Receipts, Sightings: s.Sightings, Todo: s.Todo, Remarks: remarks}
	for _, r := range s.Revisions {
		out.Revisions = append(out.Revisions, shownRevision{r.Number, r.Title, r.Digest, stamp(r.At), r.By, r.Meta, press.Text(r.Body)})
	}
	for _, v := range s.Approvals {
		out.Approvals = append(out.Approvals, shownApproval{v.Revision, v.Step, v.By, v.Office, stamp(v.At), v.Pass, v.Ground, v.Digest, v.RecordedBy})
	}
	return out
}

// digests finds whole digests in a sentence; their beginning is enough to know them by.
var digests = regexp.MustCompile(`\b([0-9a-f]{12})[0-9a-f]{52}\b`)

// printTodo tells what is open, what happens next by itself, and what a person can do.
func (a *app) printTodo(list []ledger.Todo, zone *time.Location) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(a.out, "\n待办")
	for _, t := range list {
		way := t.Verb.Name()
		if t.Way != "" {
			way += "（" + t.Way.Name() + "）"
		}
		line := fmt.Sprintf("%s %s：%s；自%s起", t.Channel, way, cmp.Or(t.What, t.State.Name()), at(t.Since, zone))
		if t.Tries > 0 {
			line += fmt.Sprintf("，已试%d次", t.Tries)
		}
		line += "；下一步：" + t.Next
		if !t.At.IsZero() {
			line += "（" + at(t.At, zone) + "）"
		}
		paragraph(a.out, "  ", line)
		for _, h := range t.Help {
			if h.Command != "" { // to wait: what comes next is said
				fmt.Fprintf(a.out, "    %s：%s\n", h.Name, h.Command)
			}
		}
	}
}

// printCopies tells where an item stands on each channel. What is open there is told after them, once.
func (a *app) printCopies(h *house, s ledger.Story, remarks remarksOn) {
	fmt.Fprintln(a.out, "\n渠道")
	for _, c := range s.Copies {
		shows := ""
		if c.Revision > 0 {
			shows = fmt.Sprintf("第%d版，", c.Revision)
		}
		paragraph(a.out, "  ", strings.TrimSpace(fmt.Sprintf("%s：%s，%s%s %s", c.Channel, cell(c), shows, at(c.Since, h.cfg.Timezone), c.URL)))
		open := slices.ContainsFunc(s.Todo, func(t ledger.Todo) bool { return t.Channel == c.Channel })
		if note := cmp.Or(c.Task, c.Note, c.Behind(s.Item)); note != "" && !open {
			paragraph(a.out, "    ", note)
		}
		if !c.FirstSeen.IsZero() {
			fmt.Fprintf(a.out, "    首次公开 %s\n", at(c.FirstSeen, h.cfg.Timezone))
		}
		for _, m := range remarks[c.Channel] {
			paragraph(a.out, "    ", strings.TrimSpace(fmt.Sprintf("%s %s %s %s", m.Kind.Name(), at(m.At, h.cfg.Timezone), m.Text, m.URL)))
		}
	}
}

func (a *app) printStory(h *house, s ledger.Story, remarks remarksOn) {
	zone := h.cfg.Timezone
	row := func(form string, args ...any) {
		paragraph(a.out, "  ", strings.Join(strings.Fields(fmt.Sprintf(form, args...)), " "))
	}
	r := s.Revisions[len(s.Revisions)-1]
	paragraph(a.out, "", titled(s.Title))
	fmt.Fprintf(a.out, "%s  %s  索引号 %s  第%d版 %.12s\n", s.Item.ID, s.Shown.Name(), s.Item.IndexNumber, r.Number, r.Digest)
	if s.Item.Held {
		fmt.Fprintln(a.out, "已暂缓")
	}
	a.printCopies(h, s, remarks)
	a.printTodo(s.Todo, zone)
	if len(s.Findings) > 0 {
		fmt.Fprintln(a.out, "\n门禁")
		findings(a.out, s.Findings)
	}
	fmt.Fprintln(a.out, "\n审签")
	for _, v := range s.Approvals {
		word := map[bool]string{true: "通过", false: "未通过"}[v.Pass]
		row("第%d版 %s %s（%s）%s %s %s", v.Revision, v.Step.Name(), v.By, v.Office, word, at(v.At, zone), v.Ground)
	}
	fmt.Fprintln(a.out, "\n流转")
	for _, m := range s.Moves {
		row("%s %s %s %s %s %s", at(m.At, zone), m.Channel, m.What(), m.Turn(), m.By, digests.ReplaceAllString(m.Detail, "$1"))
	}
	fmt.Fprintln(a.out, "\n回执")
	for _, v := range s.Receipts {
		row("%s %s %s %s %s %s", at(v.At, zone), v.Channel, v.Verb.Name(), v.Status.Name(), v.URL, v.Note)
	}
	fmt.Fprintln(a.out, "\n核验")
	for _, v := range s.Sightings {
		row("%s %s %s %d次 %s", at(v.LastAt, zone), v.Channel, v.Status.Name(), v.Times, v.Detail)
		a.printChanges(v.Changes)
	}
}
