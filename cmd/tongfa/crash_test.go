//go:build unix

package main

import (
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// TestCrashEnumeration leads items through their whole lives on every channel in every mode, counts every outside call, every file operation
// and every commit of the daemon, and then kills a daemon at each of them and starts another one.
//
//	go test ./cmd/tongfa -run CrashEnumeration -v
func TestCrashEnumeration(t *testing.T) {
	began := time.Now()
	var rows []*crashRow
	var wg sync.WaitGroup
	for _, m := range crashModes() {
		row := &crashRow{m: m, reasons: map[string][]string{}}
		rows = append(rows, row)
		wg.Go(func() { t.Run(m.name, row.enumerate) })
	}
	wg.Wait()
	t.Log("\n" + crashTable(rows) + fmt.Sprintf("took %s", time.Since(began).Round(time.Second)))
}

// crashAt chooses one moment, as the table names it.
var crashAt = flag.String("crash.at", "", "kill the daemon at this moment only, such as: effect 5")

var crashAll = flag.Bool("crash.all", false, "kill the daemon at every moment, also where the usual run takes one in several")

// crashRow is what came of one mode.
type crashRow struct {
	t       *testing.T
	m       crashMode
	points  map[string]int
	runs    int
	missed  int // moments that did not come in the run that was to be killed there
	sins    map[string]int
	reasons map[string][]string // why copies were left to people: where
	alone   time.Duration       // the undisturbed life
	longest time.Duration
	where   string // where the longest was killed
	slow    []string
	mu      sync.Mutex
	slots   chan *slot
}

func (row *crashRow) enumerate(t *testing.T) {
	row.t, row.sins, row.points, row.slots = t, map[string]int{}, map[string]int{}, make(chan *slot, row.m.slots)
	for range row.m.slots {
		row.slots <- newSlot(t)
	}
	base, ok := row.live("", 0)
	if !ok {
		return
	}
	row.alone = base.took
	for _, h := range base.handed() {
		row.reasons[h] = append(row.reasons[h], "undisturbed")
	}
	base.judge(base)
	for _, it := range base.report.Items {
		t.Logf("undisturbed: %s ends as %s", it.External, it.end())
	}
	if row.m.channel == "gazette" && base.errata != 1 {
		t.Errorf("the undisturbed gazette prints %d corrections, want 1", base.errata)
	}
	row.tell(base)
	for _, p := range base.points {
		kind, _, _ := strings.Cut(p, " ")
		if row.m.files || kind != beforeFile && kind != halfWritten {
			row.points[kind]++
		}
	}
	var wg sync.WaitGroup
	for _, p := range chosen(t, base.points, row.m) {
		if *crashAt != "" && !strings.HasPrefix(p+" ", *crashAt+" ") {
			continue
		}
		wg.Go(func() { row.one(p, base) })
	}
	wg.Wait()
}

// aside is what is written beside its place, where nobody sees it before it is renamed: the folder of an issue, or one file.
var aside = regexp.MustCompile(`/\.new-`)

// alike reports whether a moment is one of the many at which something is written aside. That it is half written, that it is renamed, and that it is left
// over are moments of their own, of one file; those of the folder of an issue are all alike.
func alike(point string) bool {
	return aside.MatchString(point) && (folderAside.MatchString(point) || strings.Contains(point, " create ") || strings.Contains(point, " chmod ") || strings.Contains(point, " sync "))
}

var folderAside = regexp.MustCompile(`/\.new-s?\d+/`)

// chosen are the moments at which daemons are killed: all of them, or with -short every thirtieth. Of those alike, every fifth.
func chosen(t *testing.T, points []string, m crashMode) (out []string) {
	n, files := 0, 0
	for _, p := range points {
		if alike(p) {
			if n++; n%5 != 0 {
				continue
			}
		}
		if strings.HasPrefix(p, beforeFile) || strings.HasPrefix(p, halfWritten) {
			if files++; !m.files || m.every > 0 && !*crashAll && files%m.every != 0 {
				continue
			}
		}
		out = append(out, p)
	}
	if !testing.Short() {
		return out
	}
	t.Logf("-short: one in thirty of %d moments", len(out))
	n = 0
	return slices.DeleteFunc(out, func(string) bool { n++; return n%30 != 0 })
}

func (row *crashRow) one(point string, undisturbed *life) {
	f := strings.Fields(point)
	at, _ := strconv.Atoi(f[1])
	l, ok := row.live(f[0], at)
	if !ok {
		return
	}
	l.judge(undisturbed)
	row.tell(l)
}

// live leads one life on a free slot.
func (row *crashRow) live(kind string, at int) (*life, bool) {
	s := <-row.slots
	defer func() { row.slots <- s }()
	l := &life{s: s, m: row.m, kind: kind, at: at}
	var err error
	if s.template == "" {
		s.template, err = s.prepare(row.t.Context(), row.t, row.m)
	}
	if err == nil {
		err = l.run(row.t.Context(), s.template)
	}
	if err != nil {
		row.t.Errorf("%s, killed at %q %d (%s): %v", row.m.name, kind, at, l.died, err)
	}
	return l, err == nil
}

// tell adds a life to its row.
func (row *crashRow) tell(l *life) {
	row.mu.Lock()
	defer row.mu.Unlock()
	if l.kind != "" {
		row.runs++
		if l.died == "" {
			row.missed++
		}
		for _, h := range l.handed() {
			if _, usual := row.reasons[h]; !usual || !slices.Contains(row.reasons[h], "undisturbed") {
				row.reasons[h] = append(row.reasons[h], l.died)
			}
		}
	}
	if l.took > slowness*row.alone && l.kind != "" {
		row.slow = append(row.slow, l.slowness())
	}
	if l.took > row.longest {
		row.longest, row.where = l.took, l.died
	}
	for _, w := range l.wrong {
		kind, _, _ := strings.Cut(w, ":")
		row.sins[kind]++
		row.t.Errorf("%s, killed at %s: %s", row.m.name, l.died, w)
	}
}

// slowness is how many times as long as an undisturbed life is worth a look.
const slowness = 20

// slowness tells what a life waited for: the longest pause between two lines of its history, and what was said before it.
func (l *life) slowness() string {
	var longest time.Duration
	what := ""
	for _, it := range l.report.Items {
		for i, m := range it.Moves[:max(0, len(it.Moves)-1)] {
			if d := it.Moves[i+1].At.Sub(m.At); d > longest {
				longest, what = d, fmt.Sprintf("%s %s %s %s", m.Verb, m.Channel, m.Turn(), m.Detail)
			}
		}
	}
	return fmt.Sprintf("%s: %s, of which %s after: %s", l.died, l.took.Round(time.Millisecond), longest.Round(time.Millisecond), what)
}

func crashTable(rows []*crashRow) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "mode\tcommits\tcalls\tfile operations\truns\tnot struck\tduplicates\tlost\tearly\tunapproved\tto a person\tundisturbed\tlongest\tkilled at")
	for _, r := range rows {
		left := 0
		for _, where := range r.reasons {
			if !slices.Contains(where, "undisturbed") {
				left += len(where)
			}
		}
		fmt.Fprintf(w, "%s\t%d\t%d×2\t%d+%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\n", r.m.name, r.points[beforeCommit], r.points[beforeEffect],
			r.points[beforeFile], r.points[halfWritten], r.runs, r.missed, r.sins[twice], r.sins[lost], r.sins[early], r.sins[without], left,
			r.alone.Round(time.Millisecond), r.longest.Round(time.Millisecond), r.where)
	}
	_ = w.Flush()
	for _, r := range rows {
		for _, slow := range r.slow {
			fmt.Fprintf(&b, "%s, slow: %s\n", r.m.name, slow)
		}
		for why, where := range r.reasons {
			fmt.Fprintf(&b, "%s: left to a person: %s (%d times: %s)\n", r.m.name, why, len(where), strings.Join(where[:min(3, len(where))], "; "))
		}
	}
	return b.String()
}
