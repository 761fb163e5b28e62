package main

import (
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"tongfa/channels"
	"tongfa/press"
)

// smallYear has a week's worth of items, spread over a year.
var smallYear = year{number: 2019, site: 60, wechat: 20, issues: 4, categories: []figure{
	{"社会公益事业", "welfare", press.News, 24, false},
	{"执行和落实", "execution", press.ReportKind, 12, true},
	{"行政执法", "enforcement", press.Enforcement, 3, false},
	{"政策解读", "interpretation", press.Interpretation, 4, true},
}}

func smallReplay(t *testing.T, out io.Writer, faults float64) *replay {
	t.Helper()
	a := &app{out: out, err: io.Discard}
	dir := t.TempDir()
	r, err := a.newReplay(smallYear, dir, faults, 7)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.leave(); err != nil {
			t.Error(err)
		}
		if err := removeAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := r.live(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAReplayedYearAgreesWithItsFigures(t *testing.T) {
	var out strings.Builder
	r := smallReplay(t, &out, 0.1)
	got, err := r.tally(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.a.printTally(got); err != nil {
		t.Fatal(err, "\n", out.String())
	}
	if got.Compared != 60+20+20 { // and twelve reports, four policies, four interpretations in the gazette
		t.Errorf("%d copies were compared", got.Compared)
	}
	if got.Spoiled == 0 || got.Unseen == 0 || got.Restarts == 0 {
		t.Errorf("nothing went wrong in it: %+v", got)
	}
	for _, l := range got.Lines {
		if l.Report == 0 || l.Ledger != l.Report || l.World != l.Report {
			t.Errorf("%+v", l)
		}
	}
	for _, want := range []string{"微信公众号发布信息", "  20    20    20", "逐篇核对100份", "没有一期提前"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	tamperedYear(t, r)
}

// tamperedYear tampers with what stands outside after the year is over: the tally notices what is wrong.
func tamperedYear(t *testing.T, r *replay) {
	t.Helper()
	var pages []string
	root := r.h.cfg.Channels[0].Site.Root
	err := filepath.WalkDir(root, func(file string, e os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, ".html") || strings.HasPrefix(file, filepath.Join(root, "gazette")) {
			return err
		}
		page, err := os.ReadFile(file)
		if _, ok := channels.HeadOf(page); ok {
			pages = append(pages, file)
		}
		return err
	})
	if err != nil || len(pages) != smallYear.site {
		t.Fatalf("%d pages: %v", len(pages), err)
	}
	page, err := os.ReadFile(pages[1])
	if err != nil {
		t.Fatal(err)
	}
	article := r.net.wechat.Articles()[0]
	for _, err := range []error{
		os.Remove(pages[0]),
		os.WriteFile(pages[1], []byte(strings.Replace(string(page), "信息公开如下", "信息不公开如下", 1)), 0o644),
		os.WriteFile(pages[2]+".copy.html", page, 0o644),
		r.net.wechat.DeleteArticle(path.Base(article.URL)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := r.tally(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(got.Wrong, "\n")
	for _, want := range []string{"在外面有0份", "在外面有2份", "在 wechat：在外面有0份", "报告60，台账60，外面60"} {
		if want == "报告60，台账60，外面60" {
			if strings.Contains(all, want) {
				t.Errorf("a figure that agrees is called wrong:\n%s", all)
			}
			continue
		}
		if !strings.Contains(all, want) {
			t.Errorf("%q is not among\n%s", want, all)
		}
	}
	if err := (&app{out: io.Discard}).printTally(got); err == nil {
		t.Error("a year that does not agree ends well")
	}
}

func TestReplayRefusesYearsWithoutFigures(t *testing.T) {
	for _, args := range [][]string{{"replay", "--year", "2020"}, {"replay", "--faults", "-1"}, {"replay", "--faults", "80"}} {
		var out, err strings.Builder
		if code := run(t.Context(), args, strings.NewReader(""), &out, &err); code != exitUsage || err.Len() == 0 {
			t.Errorf("%v ended with %d: %s", args, code, err.String())
		}
	}
}
