package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongfa/press"
	"tongfa/workday"
)

func day(s string) press.Date {
	d, err := workday.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// handedInBy is a submission with papers, and their bytes.
func handedInBy(unit, number string, papers ...press.Paper) (Submission, map[string][]byte) {
	s := Submission{Unit: unit, Title: unit + "关于印发" + number + "的通知", DocNumber: number, FormedOn: day("2026-11-20"), HandedBy: "王某"}
	files := map[string][]byte{}
	for _, p := range papers {
		data := []byte(unit + number + string(p))
		sum := sha256.Sum256(data)
		digest := hex.EncodeToString(sum[:])
		files[digest] = data
		s.Papers = append(s.Papers, SubmissionPaper{Kind: p, Asset: press.Asset{Digest: digest, Name: p.Name() + ".txt", MIME: "text/plain", Size: int64(len(data))}})
	}
	return s, files
}

func (b *testBench) receive(unit, number string, change func(*Submission), papers ...press.Paper) Submission {
	b.Helper()
	s, files := handedInBy(unit, number, papers...)
	if change != nil {
		change(&s)
	}
	out, what, err := b.Receive(b.ctx, s, files, registrar, b.now)
	must(b, err)
	equal(b, "outcome", what, New)
	return out
}

func TestReceiptsAreNumberedWithoutGapsHoweverManyComeAtOnce(t *testing.T) {
	b := setup(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var got []int
	for i := range 60 {
		wg.Go(func() {
			s, files := handedInBy("示例区农业农村局", fmt.Sprintf("示农发〔2026〕%d号", i), press.FinalText)
			if i%4 == 0 { // it is refused, and takes no number
				for d := range files {
					files[d] = []byte("另一份")
				}
			}
			if i%4 == 1 { // it fails inside the write
				s, files = handedInBy("示例区农业农村局", "示农发〔2026〕2号", press.SignedScan)
				s.Title = fmt.Sprint("别的标题", i)
			}
			out, what, err := b.Receive(b.ctx, s, files, registrar, b.now)
			if err == nil && what == New {
				mu.Lock()
				got = append(got, out.Number)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.Sort(got)
	for i, n := range got {
		equal(t, "number", n, i+1)
	}
	if len(got) < 29 {
		t.Fatalf("only %d were received", len(got))
	}
	b.now = time.Date(2027, 1, 1, 0, 30, 0, 0, china) // still 2026 in UTC
	equal(t, "first of the year", b.receive("示例区司法局", "示司发〔2026〕1号", nil).Receipt(), "报送〔2027〕1号")
	s, err := b.FindSubmission(b.ctx, "2027-1")
	must(t, err)
	equal(t, "found", s.Unit, "示例区司法局")
	if _, err := b.FindSubmission(b.ctx, "报送〔2027〕2号"); !errors.Is(err, ErrNoSubmission) {
		t.Fatal(err)
	}
}

// The working days of National Day 2026: the 20th of September, a Sunday, and the 10th of October, a Saturday, are worked.
func TestLatenessCountsWorkingDaysOverHolidays(t *testing.T) {
	b := setup(t)
	b.Ledger.rules.Calendar = workday.Builtin()
	must(t, b.reset(b.ctx))
	for i, c := range []struct {
		formed, received, due string
		late                  int
	}{
		{"2026-09-18", "2026-10-09", "2026-10-09", 0}, // 20 21 22 23 24, 28 29 30, 8 9: the 25th to 27th and the 1st to 7th are off
		{"2026-09-18", "2026-10-10", "2026-10-09", 1}, // a Saturday that is worked
		{"2026-09-18", "2026-10-11", "2026-10-09", 1}, // the Sunday after
		{"2026-09-18", "2026-10-13", "2026-10-09", 3},
		{"2026-09-11", "2026-09-24", "2026-09-24", 0},
		{"2026-09-11", "2026-09-25", "2026-09-24", 1}, // a holiday: nothing is open, and it is late all the same
		{"2026-09-11", "2026-09-11", "2026-09-24", 0},
	} {
		s := b.receive("示例区教育局", fmt.Sprintf("示教发〔2026〕%d号", i), func(s *Submission) { s.FormedOn, s.ReceivedOn = day(c.formed), day(c.received) })
		if s.DueOn != day(c.due) || s.Late != c.late {
			t.Errorf("issued %s, received %s: due %s, %d late; want %s, %d", c.formed, c.received, s.DueOn, s.Late, c.due, c.late)
		}
	}
	for name, change := range map[string]func(*Submission){
		"without a day":          func(s *Submission) { s.FormedOn = press.Date{} },
		"issued tomorrow":        func(s *Submission) { s.FormedOn = day("2099-01-01") },
		"received before issued": func(s *Submission) { s.ReceivedOn = day("2026-11-01") },
		"received tomorrow":      func(s *Submission) { s.ReceivedOn = day("2099-01-01") },
		"without a unit":         func(s *Submission) { s.Unit = " \n" },
		"without a title":        func(s *Submission) { s.Title = "" },
		"an endless title":       func(s *Submission) { s.Title = strings.Repeat("长", mostHanded+1) },
		"a paper of no kind":     func(s *Submission) { s.Papers = []SubmissionPaper{{Kind: "x"}} },
		"a paper without bytes": func(s *Submission) {
			s.Papers = []SubmissionPaper{{Kind: press.FinalText, Asset: press.Asset{Digest: "00"}}}
		},
	} {
		s, files := handedInBy("示例区教育局", "示教发〔2026〕99号")
		change(&s)
		var lacking *Lacking
		if _, _, err := b.Receive(b.ctx, s, files, registrar, b.now); !errors.As(err, &lacking) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheSameSubmissionTwiceIsOne(t *testing.T) {
	b := setup(t)
	first := b.receive("示例区水务局", "示水发[2026]3号", nil, press.FinalText)
	equal(t, "number as the standard has it", first.DocNumber, "示水发〔2026〕3号")
	equal(t, "missing", fmt.Sprint(first.Missing()), "[scan note legality]")
	s, files := handedInBy("示例区水务局", "示水发[2026]3号", press.FinalText)
	again, what, err := b.Receive(b.ctx, s, files, registrar, b.now.Add(time.Hour))
	must(t, err)
	equal(t, "outcome", what, Same)
	equal(t, "receipt", again.Receipt(), first.Receipt())

	s2, files2 := handedInBy("示例区水务局", "示水发〔2026〕3号", press.FinalText, press.SignedScan)
	if _, _, err := b.Receive(b.ctx, s2, files2, registrar, b.now); err == nil || !strings.Contains(err.Error(), first.Receipt()) {
		t.Fatalf("another text under the same number: %v", err)
	}
	papers, more := handedInBy("示例区水务局", "补", press.SignedScan, press.FinalText)
	must(t, b.AddPapers(b.ctx, first.N, papers.Papers, more, publisher, b.now))
	now, err := b.Submission(b.ctx, first.N)
	must(t, err)
	equal(t, "missing", fmt.Sprint(now.Missing()), "[note legality]")
	final, _ := now.Paper(press.FinalText)
	equal(t, "the last counts", final.Digest, papers.Papers[1].Digest)
	_, what, err = b.Receive(b.ctx, s, files, registrar, b.now)
	must(t, err)
	equal(t, "the first once more", what, Same)

	must(t, b.ReturnSubmission(b.ctx, first.N, "不是定稿", publisher, b.now))
	if b.ReturnSubmission(b.ctx, first.N, "再退", publisher, b.now) == nil || b.AddPapers(b.ctx, first.N, papers.Papers, more, publisher, b.now) == nil {
		t.Fatal("a submission that was returned was moved")
	}
	equal(t, "handed in anew", b.receive("示例区水务局", "示水发〔2026〕3号", nil, press.FinalText, press.SignedScan).Receipt(), "报送〔2026〕2号")
	for _, q := range []string{`UPDATE submission SET title = ''`, `DELETE FROM submission`, `UPDATE paper SET name = ''`, `DELETE FROM paper`} {
		if _, err := b.writes.Exec(q); err == nil {
			t.Errorf("%s was done", q)
		}
	}
}

// policyOf is a filing of what was handed in.
func policyOf(ext, number, reg string) Filing {
	f := ready(ext, "gazette")
	f.Revision.Meta.DocNumber, f.Revision.Meta.RegNumber = number, reg
	return f
}

// printsIssue puts items into an issue and has it come out.
func (b *testBench) printsIssue(after time.Duration, items ...string) string {
	b.Helper()
	p := gazettePlan()
	key, err := b.Plan(b.ctx, p, b.now.Add(after), editor, b.now)
	must(b, err)
	for _, it := range items {
		must(b, b.Put(b.ctx, p, key, it, Edit{Who: editor}, b.now))
	}
	_, err = b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	must(b, err)
	b.pass(after)
	must(b, b.Issue(b.ctx, p, key, Edit{Who: editor}, b.now))
	b.settle(b.one("gazette"), live())
	return key
}

func (b *testBench) stands(n int64, want press.SubmissionState) Submission {
	b.Helper()
	s, err := b.Submission(b.ctx, n)
	must(b, err)
	equal(b, "state", s.Shown(), want)
	return s
}

func TestThatASubmissionIsPrintedIsReadFromTheEditions(t *testing.T) {
	b := setup(t)
	s := b.receive("示例区农业农村局", "示农发〔2026〕3号", func(s *Submission) { s.RegNumber = "XXDR-2026-0030001" }, press.FinalText)
	f := policyOf("甲", "示农发〔2026〕3号", "")
	f.Handed = s.N
	b.filed(f)
	b.filed(f) // the same once more changes nothing
	other := policyOf("别的", "示农发〔2026〕3号", "")
	other.Handed = s.N
	if _, err := b.File(b.ctx, other, b.now); err == nil || b.count(`SELECT COUNT(*) FROM item`) != 1 {
		t.Fatalf("a second item was made of a submission: %v", err)
	}
	b.stands(s.N, press.TakenIn)
	equal(t, "in the register", b.count(`SELECT COUNT(*) FROM register WHERE reg_number = 'XXDR-2026-0030001' AND source = 'submission'`), 1)

	key := b.printsIssue(24*time.Hour, "甲")
	s = b.stands(s.N, press.Printed)
	equal(t, "issue", s.Print.Edition+" "+s.Print.Title, key+" 2026年第7号（总第120号）")
	equal(t, "article", s.Print.Position, 1)
	if err := b.ReturnSubmission(b.ctx, s.N, "有误", publisher, b.now); err == nil || !strings.Contains(err.Error(), "已刊登在2026年第7号") {
		t.Fatalf("what is printed was returned: %v", err)
	}
	b.filed(policyOf("乙", "示农发〔2026〕4号", ""))
	if err := b.LinkSubmission(b.ctx, s.N, "乙", publisher, b.now); err == nil {
		t.Fatal("what is printed was linked to another item")
	}

	must(t, b.Withdraw(b.ctx, "甲", "内容有误", press.NoticePage, publisher, b.now))
	b.settle(b.one("gazette"), press.Receipt{Status: press.Gone})
	b.state("甲", "gazette", press.CopyWithdrawn)
	s = b.stands(s.N, press.TakenIn)
	equal(t, "printing", s.Print.State, WasPrinted)
	r := b.line("XXDR-2026-0030001")
	equal(t, "status", r.Status, RegMissing)
	if !strings.Contains(r.Do(), "刊登以后已撤回") {
		t.Error(r.Do())
	}
	must(t, b.LinkSubmission(b.ctx, s.N, "乙", publisher, b.now))
	b.printsIssue(24*time.Hour, "乙")
	b.stands(s.N, press.Printed)
	equal(t, "status", b.line("XXDR-2026-0030001").Status, RegPrinted)
	_, broken, err := b.chainDeeds(b.ctx)
	must(t, err)
	equal(t, "broken", len(broken), 0)
}

// line is a line of the register as it stands today.
func (b *testBench) line(reg string) RegisterLine {
	b.Helper()
	n, err := b.RegisterNumber(b.ctx, reg)
	must(b, err)
	r, _, err := b.RegisterEntry(b.ctx, n, workday.DateOf(b.now.In(china)))
	must(b, err)
	return r
}

func (b *testBench) register(reg, number, on string) int64 {
	b.Helper()
	_, err := b.ImportRegister(b.ctx, []press.Registered{{RegNumber: reg, Title: "关于" + reg + "的通知", DocNumber: number, Unit: "示例区教育局", On: day(on)}}, press.ByPerson, false, publisher, b.now)
	must(b, err)
	n, err := b.RegisterNumber(b.ctx, reg)
	must(b, err)
	return n
}

// owing are the registration numbers that an issue leaves out, and how many older ones.
func (b *testBench) owing(key string) string {
	b.Helper()
	e, err := b.Edition(b.ctx, key)
	must(b, err)
	missing, older, err := b.Owing(b.ctx, e.Edition, b.now)
	must(b, err)
	var out []string
	for _, m := range missing {
		out = append(out, m.RegNumber)
	}
	return fmt.Sprint(strings.Join(out, " "), " +", older)
}

func TestAnIssueSaysWhatItLeavesOut(t *testing.T) {
	b := setup(t)
	b.register("A", "示教发〔2026〕1号", "2026-03-01")
	b.filed(policyOf("甲", "示教发〔2026〕1号", ""))
	b.filed(policyOf("乙", "示教发〔2026〕2号", "B"))
	equal(t, "an item that is signed is registered", b.line("B").Source, press.ByItem)
	twin := policyOf("丙", "示教发〔2026〕3号", "B")
	twin.Item.Wants = nil
	b.filed(twin)
	c := b.register("C", "", "2026-11-20")
	d := b.register("D", "示教发〔2026〕4号", "2026-11-21")
	b.register("E", "示教发〔2026〕5号", "2025-12-30")
	b.register("G", "", "2025-12-29")
	b.raw(`UPDATE register SET at = $1 WHERE reg_number = 'E'`, time.Date(2025, 12, 30, 9, 0, 0, 0, china).UnixMicro())

	p := gazettePlan()
	key, err := b.Plan(b.ctx, p, start.Add(24*time.Hour), editor, b.now)
	must(t, err)
	equal(t, "all of this year, and what is known since", b.owing(key), "A C D B G +1")
	must(t, b.Explain(b.ctx, b.line("G").N, Explanation{Text: "已失效"}, editor, b.now))
	must(t, b.Put(b.ctx, p, key, "甲", Edit{Who: editor}, b.now))
	must(t, b.Put(b.ctx, p, key, "乙", Edit{Who: editor}, b.now))
	equal(t, "by its number, and by the document's", b.owing(key), "C D +1")
	must(t, b.Explain(b.ctx, c, Explanation{Text: "涉密，不刊登"}, editor, b.now))
	equal(t, "explained", b.owing(key), "D +1")

	e, err := b.Edition(b.ctx, key)
	must(t, err)
	found, err := b.Proofread(b.ctx, p, e.Edition, b.now)
	must(t, err)
	twice := 0
	var said []string
	for _, f := range found {
		if f.Rule == RuleTwice && strings.Contains(f.Message, "统一编号B，稿件"+string(b.story("丙").Item.ID)) {
			twice++
		}
		if f.Rule == RuleOwing {
			equal(t, "severity", f.Severity, press.Warn)
			said = append(said, f.Message)
		}
	}
	equal(t, "told that a number stands on two items", twice, 1)
	if len(said) != 2 || !strings.Contains(said[0], "《关于D的通知》（示教发〔2026〕4号，示例区教育局）。还没有报送。请催示例区教育局报送") || !strings.Contains(said[1], "还有1件") {
		t.Fatalf("%q", said)
	}
	s := b.receive("示例区教育局", "示教发〔2026〕4号", nil)
	if do := b.line("D").Do(); !strings.HasPrefix(do, s.Receipt()+"还没有收稿") {
		t.Error(do)
	}

	// What is put off until this issue is due again in the next, and in that one only.
	must(t, b.Explain(b.ctx, d, Explanation{Text: "下期刊登", HoldsUntil: workday.DateOf(start.Add(24 * time.Hour).In(china))}, editor, b.now))
	equal(t, "put off", b.owing(key), " +1")
	_, err = b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	must(t, err)
	b.pass(24 * time.Hour)
	must(t, b.Issue(b.ctx, p, key, Edit{Who: editor}, b.now))
	b.settle(b.one("gazette"), live())
	b.register("F", "", "2026-11-26")
	next, err := b.Plan(b.ctx, p, b.now.Add(72*time.Hour), editor, b.now)
	must(t, err)
	equal(t, "the next issue", b.owing(next), "F D +1")
	must(t, b.Explain(b.ctx, d, Explanation{}, editor, b.now))
	equal(t, "taken back", b.owing(next), "F +2")
	if b.Explain(b.ctx, d, Explanation{}, editor, b.now) == nil || b.Explain(b.ctx, d, Explanation{Text: "x", HoldsUntil: day("2020-01-01")}, editor, b.now) == nil ||
		b.Explain(b.ctx, 999, Explanation{Text: "x"}, editor, b.now) == nil {
		t.Error("an explanation was taken that explains nothing")
	}
	_, words, err := b.RegisterEntry(b.ctx, d, day("2026-11-27"))
	must(t, err)
	equal(t, "explanations", len(words), 2)
	equal(t, "by", words[1].By, editor.Name)

	whole, err := b.Complete(b.ctx, day("2026-01-01"), day("2026-12-31"), day("2026-11-27"))
	must(t, err)
	equal(t, "complete", fmt.Sprintf("%+v", whole), "{From:2026-01-01 To:2026-12-31 Printed:2 Coming:0 Explained:1 Missing:2 More:false}")
	lines, _, err := b.RegisterLines(b.ctx, RegisterFilter{Missing: true, On: day("2026-11-27")})
	must(t, err)
	equal(t, "missing", len(lines), 3)
}

func TestTheRegisterIsImported(t *testing.T) {
	b := setup(t)
	lines := func(second string) []press.Registered {
		return []press.Registered{{RegNumber: "A", Title: "甲", Unit: "教育局", On: day("2026-03-01")}, {RegNumber: "B", Title: second, DocNumber: "示教发[2026]2号", Unit: "教育局", On: day("2026-03-02")}}
	}
	outcomes := func(second string, dry bool) (out string) {
		got, err := b.ImportRegister(b.ctx, lines(second), press.ByTable, dry, publisher, b.now)
		must(t, err)
		for _, x := range got {
			out += string(x.Outcome) + " "
		}
		return out
	}
	equal(t, "dry", outcomes("乙", true), "new new ")
	equal(t, "written by a dry run", b.count(`SELECT COUNT(*) FROM register`), 0)
	equal(t, "in earnest", outcomes("乙", false), "new new ")
	equal(t, "once more", outcomes("乙", false), "same same ")
	equal(t, "changed", outcomes("丙", false), "same revised ")
	equal(t, "title", b.line("B").Title, "丙")
	if _, err := b.ImportRegister(b.ctx, []press.Registered{{RegNumber: "C", Title: "丁", Unit: "教育局", On: day("2099-01-01")}}, press.ByTable, false, publisher, b.now); err == nil {
		t.Error("a day to come was taken")
	}
	b.register("H", "示教发〔2026〕8号", "2026-11-02") // due on the 16th
	equal(t, "overdue", b.line("H").Overdue, 7)
	b.receive("示例区教育局", "示教发〔2026〕8号", nil)
	equal(t, "overdue once it was handed in", b.line("H").Overdue, 0)
	for day, want := range map[string]int{"2026-03-01": 1, "2026-03-03": 2} {
		f := RegisterFilter{To: workday.Date{Year: 2026, Month: 3, Day: int(day[9] - '0')}, Unit: "教育局", Limit: 1, On: workday.DateOf(b.now)}
		n := 0
		for {
			got, next, err := b.RegisterLines(b.ctx, f)
			must(t, err)
			n += len(got)
			if f.After = next; next == "" {
				break
			}
		}
		equal(t, "until "+day, n, want)
	}
}

func TestSubmissionsAreListedByPagesAndNoticed(t *testing.T) {
	b := setup(t)
	for i := range 7 {
		unit := []string{"示例区教育局", "示例区水务局"}[i%2]
		s := b.receive(unit, fmt.Sprintf("示发〔2026〕%d号", i+1), func(s *Submission) {
			if i%3 == 0 {
				s.FormedOn = day("2026-10-20")
			}
		})
		if i == 4 {
			must(t, b.ReturnSubmission(b.ctx, s.N, "缺扫描件", publisher, b.now))
		}
		if i < 2 {
			f := policyOf(fmt.Sprint("稿", i), fmt.Sprintf("示发〔2026〕%d号", i+1), "")
			f.Handed = s.N
			b.filed(f)
		}
	}
	b.register("R1", "示发〔2026〕1号", "2026-11-21")
	b.register("R2", "示发〔2026〕90号", "2026-11-21")
	b.printsIssue(24*time.Hour, "稿0")
	for name, c := range map[string]struct {
		f    SubmissionFilter
		want string
	}{
		"all":      {SubmissionFilter{}, "7 6 5 4 3 2 1"},
		"of one":   {SubmissionFilter{Unit: "示例区水务局"}, "6 4 2"},
		"returned": {SubmissionFilter{State: press.SentBack}, "5"},
		"taken":    {SubmissionFilter{State: press.TakenIn}, "2"},
		"printed":  {SubmissionFilter{State: press.Printed}, "1"},
		"late":     {SubmissionFilter{Late: true}, "7 4 1"},
		"number":   {SubmissionFilter{Number: "示发[2026]4号"}, "4"},
		"receipt":  {SubmissionFilter{Number: "报送〔2026〕2号"}, "2"},
	} {
		c.f.Limit = 2
		var got []string
		for {
			list, next, err := b.Submissions(b.ctx, c.f)
			must(t, err)
			for _, s := range list {
				got = append(got, fmt.Sprint(s.Number))
			}
			if c.f.Before = next; next == 0 {
				break
			}
		}
		equal(t, name, strings.Join(got, " "), c.want)
	}
	n, err := b.Notice(b.ctx, day("2026-10-01"), day("2026-12-31"))
	must(t, err)
	equal(t, "notice", fmt.Sprintf("%+v", n.Units),
		"[{Unit:示例区教育局 Submitted:3 InTime:1 Late:2 DaysLate:16 Printed:1 NotPrinted:2 Returned:1 Owed:1} {Unit:示例区水务局 Submitted:3 InTime:2 Late:1 DaysLate:16 Printed:0 NotPrinted:3 Returned:0 Owed:0}]")
	equal(t, "sum", n.Sum.Submitted, 6)
	units, err := b.Units(b.ctx)
	must(t, err)
	equal(t, "units", strings.Join(units, " "), "示例区教育局 示例区水务局")
}

func TestEveryPageOfSubmissionsAndOfTheRegisterGoesByAnIndex(t *testing.T) {
	b := setup(t)
	look := func(what any, query string) {
		t.Helper()
		for _, step := range b.explained(query) {
			if walks(step) || strings.Contains(step, "TEMP B-TREE") && !strings.Contains(step, "UNION") {
				t.Errorf("%+v: %s", what, step)
			}
			if regexp.MustCompile(`SEARCH (submission|register|r) USING INDEX`).MatchString(step) && !strings.Contains(step, "=") && !strings.Contains(step, "<") && !strings.Contains(step, ">") {
				t.Errorf("%+v reads a whole index: %s", what, step)
			}
		}
	}
	for _, unit := range []string{"", "教育局"} {
		for _, late := range []bool{false, true} {
			for _, state := range append(press.SubmissionStates(), "") {
				f := SubmissionFilter{Unit: unit, State: state, Late: late, Before: 9}
				query, _ := f.query(50)
				look(f, query)
			}
		}
		f := RegisterFilter{Unit: unit}
		query, _ := f.query("2026-01-01", 9)
		look(f, query)
	}
}
