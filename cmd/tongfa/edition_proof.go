package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"

	"tongfa/channels"
	"tongfa/press"
	"tongfa/scheduler"
)

// proofer is the plan of a channel and what draws its proofs; false for a channel whose editions nobody composes.
func (h *house) proofer(name string) (press.Plan, channels.Proofer, bool) {
	i := slices.IndexFunc(h.lanes, func(c scheduler.Channel) bool { return c.Plan.Channel == name })
	if i < 0 || h.lanes[i].Plan.Room() == 0 {
		return press.Plan{}, nil, false
	}
	p, ok := h.lanes[i].Driver.(channels.Proofer)
	return h.lanes[i].Plan, p, ok
}

// sections are the sections of a channel's issues; none where it has none.
func (h *house) sections(name string) []string {
	i := slices.IndexFunc(h.lanes, func(c scheduler.Channel) bool { return c.Plan.Channel == name })
	if i < 0 {
		return nil
	}
	if s, ok := h.lanes[i].Driver.(interface{ Sections() []string }); ok {
		return s.Sections()
	}
	return nil
}

// mostSheets bounds the files of a proof.
const mostSheets = 5000

var linked = regexp.MustCompile(`(?:href|src)="([^"#?:]+)"`)

// writeProof draws the proof of an edition, file by file as its pages name them, into a folder.
func (h *house) writeProof(ctx context.Context, a *app, key, dir string) error {
	line, err := h.led.Edition(ctx, key)
	if err != nil {
		return err
	}
	p, d, ok := h.proofer(line.Slot.Channel)
	if !ok {
		return fmt.Errorf("渠道“%s”没有清样可看", line.Slot.Channel)
	}
	e, err := h.led.Numbering(ctx, p, line.Edition)
	if err != nil {
		return err
	}
	first, err := d.Proof(ctx, e, "")
	if err != nil {
		return err
	}
	seen := map[string]bool{first.Go: true}
	for todo := []string{first.Go}; len(todo) > 0 && len(seen) < mostSheets; todo = todo[1:] {
		s, err := d.Proof(ctx, e, todo[0])
		if errors.Is(err, channels.ErrNoSheet) || s.Go != "" {
			continue
		}
		if err != nil {
			return err
		}
		for _, m := range linked.FindAllSubmatch(s.Data, -1) {
			link, err := url.PathUnescape(html.UnescapeString(string(m[1])))
			name := path.Join(path.Dir(todo[0]), link)
			if err == nil && fs.ValidPath(name) && !seen[name] {
				seen[name] = true
				todo = append(todo, name)
			}
		}
		to := filepath.Join(dir, filepath.FromSlash(todo[0]))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return fmt.Errorf("写不了清样：%w", err)
		}
		if err := os.WriteFile(to, s.Data, 0o644); err != nil {
			return fmt.Errorf("写不了清样：%w", err)
		}
	}
	if !a.json {
		fmt.Fprintf(a.out, "清样写在 %s，用浏览器打开 %s\n", dir, filepath.Join(dir, filepath.FromSlash(first.Go)))
	}
	return h.writeFormats(ctx, a, e, dir)
}
