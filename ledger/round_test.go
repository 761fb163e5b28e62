package ledger

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

var reader = Who{"孙某", press.Reviewer}

// issueOf plans an issue with items that are ready.
func (b *testBench) issueOf(p press.Plan, refs ...string) string {
	b.Helper()
	key, err := b.Plan(b.ctx, p, start.Add(24*time.Hour), editor, b.now)
	must(b, err)
	for _, ext := range refs {
		b.filed(ready(ext, "gazette"))
		must(b, b.Put(b.ctx, p, key, ext, Edit{Who: editor}, b.now))
	}
	return key
}

func (b *testBench) pulled(p press.Plan, key string) press.Round {
	b.Helper()
	r, err := b.PullProof(b.ctx, p, key, press.Made{}, Edit{Who: editor}, b.now)
	must(b, err)
	return r
}

// changedSince is what the ledger says changed since the last round.
func (b *testBench) changedSince(p press.Plan, key string) string {
	b.Helper()
	e, err := b.Edition(b.ctx, key)
	must(b, err)
	_, turns, ok, err := b.Since(b.ctx, p, e.Edition, b.now)
	must(b, err)
	if !ok {
		return "没有校样"
	}
	return press.SayTurns(turns)
}

func (b *testBench) proofFindings(p press.Plan, key string) string {
	b.Helper()
	e, err := b.Edition(b.ctx, key)
	must(b, err)
	found, err := b.Proofread(b.ctx, p, e.Edition, b.now)
	must(b, err)
	var out []string
	for _, f := range found {
		if f.Rule == RuleProof || f.Rule == RuleRemark {
			out = append(out, string(f.Severity)+" "+f.Message)
		}
	}
	return strings.Join(out, "\n")
}

func TestWhatChangedSinceTheLastRound(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	key := b.issueOf(p, "甲", "乙")
	equal(t, "before the first", b.changedSince(p, key), "没有校样")
	r := b.pulled(p, key)
	equal(t, "number", r.Number, 1)
	equal(t, "title", r.Contents.Title, "2026年第7号（总第120号）")
	equal(t, "at once", b.changedSince(p, key), "内容没有变化")
	equal(t, "the same once more", b.pulled(p, key).Number, 2)

	b.filed(ready("丙", "gazette"))
	must(t, b.Put(b.ctx, p, key, "丙", Edit{Who: editor}, b.now))
	id := func(ext string) press.ItemID { return b.story(ext).Item.ID }
	title := b.story("丙").Title
	equal(t, "added", b.changedSince(p, key), "增加第3篇《"+title+"》")
	must(t, b.Arrange(b.ctx, key, []Place{{id("乙"), "文件"}, {id("甲"), ""}, {id("丙"), ""}}, Edit{Who: editor}, b.now))
	must(t, b.Drop(b.ctx, p, key, "甲", Edit{Who: editor}, b.now))
	must(t, b.Rename(b.ctx, key, "专刊", Edit{Who: editor}, b.now))
	to, err := b.Replan(b.ctx, key, start.Add(48*time.Hour), Edit{Who: editor}, b.now)
	must(t, err)
	got := b.changedSince(p, to)
	for _, want := range []string{"期名改动：“”→“专刊”", "出版日期改动", "增加第2篇", "移出原第1篇", "从栏目“”换到“文件”"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	rounds, err := b.Rounds(b.ctx, to)
	must(t, err)
	equal(t, "rounds after the move", len(rounds), 2)
	b.pulled(p, to)
	equal(t, "after the third", b.changedSince(p, to), "内容没有变化")
}

func TestANewRevisionIsToldWordByWord(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	key := b.issueOf(p, "甲")
	r := b.pulled(p, key)
	f := ready("甲", "gazette")
	f.Revision.Body = []press.Block{press.P("第一段。"), press.P("各街道办事处要认真组织。")}
	b.filed(f)
	must(t, b.Put(b.ctx, p, key, "甲", Edit{Who: editor}, b.now))
	e, err := b.Edition(b.ctx, key)
	must(t, err)
	_, turns, _, err := b.Since(b.ctx, p, e.Edition, b.now)
	must(t, err)
	changed, err := b.Differences(b.ctx, turns)
	must(t, err)
	if len(changed) != 1 || changed[0].Kind != press.TurnRevised || changed[0].From != 1 || changed[0].To != 2 || len(changed[0].Difference.Changes) == 0 {
		t.Fatalf("%+v", changed)
	}
	was, err := b.RoundEdition(b.ctx, key, r)
	must(t, err)
	equal(t, "revision of the round", was.Entries[0].Revision.Number, 1)
	equal(t, "the same contents", press.ContentsOf(was, b.Zone()).Sum(), r.Digest)
}

func TestTheErrataOfAnIssueAreInItsProof(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	old := b.issueOf(p, "旧")
	_, err := b.Freeze(b.ctx, p, old, Edit{Who: editor}, b.now)
	must(t, err)
	b.now = start.Add(25 * time.Hour)
	must(t, b.Issue(b.ctx, p, old, Edit{Who: editor}, b.now))
	b.settle(b.one("gazette"), live())
	key, err := b.Plan(b.ctx, p, b.now.Add(time.Hour), editor, b.now)
	must(t, err)
	b.filed(ready("新", "gazette"))
	must(t, b.Put(b.ctx, p, key, "新", Edit{Who: editor}, b.now))
	b.pulled(p, key)
	c := b.copy("旧", "gazette")
	b.raw(`INSERT INTO erratum (copy, channel, was, revision, reason, at) VALUES ($1, 'gazette', 1, 1, '数字有误', $2)`, c.ID, b.now.UnixMicro())
	if got := b.changedSince(p, key); !strings.Contains(got, "增加更正") {
		t.Error(got)
	}
	r := b.pulled(p, key)
	e, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	must(t, err)
	equal(t, "frozen as round", e.Proof, r.Number)
}

func TestARoundIsNeverChanged(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	key := b.issueOf(p, "甲")
	b.pulled(p, key)
	must(t, b.RemarkProof(b.ctx, key, press.Reading{Round: 1, Place: "第2段", Text: "“的”应为“地”"}, reader, b.now))
	must(t, b.SettleRemark(b.ctx, key, 1, true, "", editor, b.now))
	for _, q := range []string{
		`UPDATE round SET contents = '{}'`, `UPDATE round SET by = '钱某'`, `UPDATE round SET pages = 3`, `DELETE FROM round`,
		`UPDATE reading SET pass = 1`, `DELETE FROM reading`, `UPDATE reading_end SET mended = 0`, `DELETE FROM reading_end`,
	} {
		if _, err := b.writes.Exec(q); err == nil || !strings.Contains(err.Error(), "never") {
			t.Errorf("%s: %v", q, err)
		}
	}
	deeds, err := b.Deeds(b.ctx, DeedFilter{About: key})
	must(t, err)
	var did []string
	for _, d := range deeds {
		did = append(did, d.Verb)
	}
	equal(t, "deeds", strings.Join(did, " "), "settle_remark remark_proof pull_proof put_entry plan_edition")
}

func TestStaleProofs(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	key := b.issueOf(p, "甲", "乙")
	e, err := b.Edition(b.ctx, key)
	must(t, err)
	must(t, b.Rename(b.ctx, key, "专刊", Edit{Who: editor}, b.now))
	if _, err := b.PullProof(b.ctx, p, key, press.Made{}, Edit{Who: editor, Seen: e.Version}, b.now); !errors.Is(err, ErrStale) {
		t.Errorf("a plan that was changed meanwhile: %v", err)
	}
	if _, err := b.PullProof(b.ctx, p, key, press.Made{Of: "0000"}, Edit{Who: editor}, b.now); !errors.Is(err, ErrStale) {
		t.Errorf("files of other contents: %v", err)
	}
	b.pulled(p, key)
	b.pulled(p, key)
	if err := b.PassProof(b.ctx, key, 1, reader, b.now); !errors.Is(err, ErrStale) {
		t.Errorf("an older round passed: %v", err)
	}
	must(t, b.RemarkProof(b.ctx, key, press.Reading{Round: 1, Text: "封面日期"}, reader, b.now))
	if err := b.PassProof(b.ctx, key, 3, reader, b.now); err == nil {
		t.Error("a round passed that is not there")
	}
	must(t, b.SettleRemark(b.ctx, key, 1, false, "日期不错", editor, b.now))
	if err := b.SettleRemark(b.ctx, key, 1, true, "", editor, b.now); !errors.Is(err, ErrStale) {
		t.Errorf("settled twice: %v", err)
	}
	for _, x := range []press.Reading{{Round: 2}, {Round: 2, Text: strings.Repeat("长", 1001)}, {Round: 2, Text: "x", Item: "2026-000000"}, {Round: 2, Text: "x", Place: strings.Repeat("长", 61)}, {Round: 9, Text: "x"}} {
		if err := b.RemarkProof(b.ctx, key, x, reader, b.now); err == nil {
			t.Errorf("a remark was taken: %+v", x)
		}
	}
	must(t, b.RemarkProof(b.ctx, key, press.Reading{Round: 2, Text: "标题"}, reader, b.now))
	if err := b.SettleRemark(b.ctx, key, 2, false, " ", editor, b.now); err == nil {
		t.Error("left as it is without a reason")
	}
	if err := b.SettleRemark(b.ctx, "gazette@2026-01-01T00:00:00Z#1", 2, true, "", editor, b.now); err == nil {
		t.Error("settled under another issue")
	}
	wechat, err := b.Plan(b.ctx, handPlan(), start.Add(time.Hour), editor, b.now)
	must(t, err)
	if _, err := b.PullProof(b.ctx, handPlan(), wechat, press.Made{}, Edit{Who: editor}, b.now); err == nil {
		t.Error("a round of a channel without numbers")
	}
}

func TestFreezeAgainstTheLastProof(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	p.Issues.Proofs = 2
	key := b.issueOf(p, "甲", "乙")
	refused := func(want string) {
		t.Helper()
		if _, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now); err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("want %q, got %v", want, err)
		}
	}
	refused("须有2个校次，现在有0个")
	b.pulled(p, key)
	refused("现在有1个")
	must(t, b.RemarkProof(b.ctx, key, press.Reading{Round: 1, Text: "标题"}, reader, b.now))
	b.pulled(p, key)
	refused("一校还有1条意见没有处理")
	must(t, b.SettleRemark(b.ctx, key, 1, true, "", editor, b.now))
	refused("二校还没有人通过")
	must(t, b.PassProof(b.ctx, key, 2, reader, b.now))
	must(t, b.Rename(b.ctx, key, "专刊", Edit{Who: editor}, b.now))
	refused("二校以后内容有变化：期名改动")
	must(t, b.Rename(b.ctx, key, "", Edit{Who: editor}, b.now))
	equal(t, "said", b.proofFindings(p, key), "info 各校次都只有孙某一人读过，可以的话换一个人再读")
	e, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	must(t, err)
	equal(t, "round", e.Proof, 2)
	line, err := b.Edition(b.ctx, key)
	must(t, err)
	equal(t, "on record", line.Proof, 2)
	deeds, err := b.Deeds(b.ctx, DeedFilter{About: key, Verb: "freeze_edition"})
	must(t, err)
	equal(t, "deed", deeds[0].Detail, "2026年第7号（总第120号） 与二校相同")
	must(t, b.RemarkProof(b.ctx, key, press.Reading{Round: 2, Text: "又见一处"}, reader, b.now))
	if _, err := b.PullProof(b.ctx, p, key, press.Made{}, Edit{Who: editor}, b.now); err == nil {
		t.Error("a round of a frozen issue")
	}
	must(t, b.Withdraw(b.ctx, "乙", "不发了", press.NoticePage, Who{"王某", press.Publisher}, b.now))
	must(t, b.Drop(b.ctx, p, key, "乙", Edit{Who: editor}, b.now))
	line, err = b.Edition(b.ctx, key)
	must(t, err)
	equal(t, "after something was taken out", line.Proof, 0)
	must(t, b.Abandon(b.ctx, key, "不出了", Edit{Who: editor}, b.now))
	if err := b.PassProof(b.ctx, key, 2, reader, b.now); err == nil {
		t.Error("an abandoned issue was read")
	}
	rounds, err := b.Rounds(b.ctx, key)
	must(t, err)
	equal(t, "rounds stay", len(rounds), 2)
}

func TestASupplementHasRoundsOfItsOwn(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	key := b.issueOf(p, "甲")
	b.pulled(p, key)
	must(t, b.Supplement(b.ctx, p, key, true, Edit{Who: editor}, b.now))
	if got := b.changedSince(p, key); !strings.Contains(got, "期号改动") {
		t.Error(got)
	}
	r := b.pulled(p, key)
	was, err := b.RoundEdition(b.ctx, key, r)
	must(t, err)
	equal(t, "made again", press.ContentsOf(was, b.Zone()).Sum(), r.Digest)
	e, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	must(t, err)
	equal(t, "frozen as", e.Proof, 2)
}

// TestWhatIsMissingIsOnlySaid is an office that asks for no rounds.
func TestWhatIsMissingIsOnlySaid(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	key := b.issueOf(p, "甲")
	equal(t, "said", b.proofFindings(p, key), "warn 这一期还没有出过校样；请出校样，读过以后再定稿")
	e, err := b.Freeze(b.ctx, p, key, Edit{Who: editor}, b.now)
	must(t, err)
	equal(t, "round", e.Proof, 0)
}

func TestRoundsAreBounded(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	key := b.issueOf(p, "甲")
	for i := range mostRounds {
		equal(t, "number", b.pulled(p, key).Number, i+1)
	}
	_, err := b.PullProof(b.ctx, p, key, press.Made{}, Edit{Who: editor}, b.now)
	if want := fmt.Sprintf("最多%d次", mostRounds); err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
}

// TestALateIssueBearsTheDayOfItsFreeze is an issue whose moment has gone by: each day that passes puts another one on its cover.
func TestALateIssueBearsTheDayOfItsFreeze(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	key := b.issueOf(p, "甲")
	b.now = start.Add(30 * time.Hour)
	r := b.pulled(p, key)
	equal(t, "at once", b.changedSince(p, key), "内容没有变化")
	b.pass(24 * time.Hour)
	if got := b.changedSince(p, key); !strings.Contains(got, "出版日期改动") {
		t.Error(got)
	}
	was, err := b.RoundEdition(b.ctx, key, r)
	must(t, err)
	equal(t, "the round keeps its day", press.ContentsOf(was, b.Zone()).Sum(), r.Digest)
}

// TestTheIndexOfTheYearIsMadeAgainAsItWas is a round of an issue that carries the index of its year, and loses it afterwards.
func TestTheIndexOfTheYearIsMadeAgainAsItWas(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	key := b.issueOf(p, "甲")
	must(t, b.YearIndex(b.ctx, p, key, true, Edit{Who: editor}, b.now))
	r := b.pulled(p, key)
	must(t, b.YearIndex(b.ctx, p, key, false, Edit{Who: editor}, b.now))
	if got := b.changedSince(p, key); !strings.Contains(got, "年度总目录改动") {
		t.Error(got)
	}
	was, err := b.RoundEdition(b.ctx, key, r)
	must(t, err)
	equal(t, "made again", press.ContentsOf(was, b.Zone()).Sum(), r.Digest)
}

// TestTheCheckFindsARoundThatWasAltered is somebody who writes into the file itself.
func TestTheCheckFindsARoundThatWasAltered(t *testing.T) {
	b := setup(t)
	p := gazettePlan()
	key := b.issueOf(p, "甲")
	b.pulled(p, key)
	b.pulled(p, key)
	_, broken, err := b.Chain(b.ctx)
	must(t, err)
	equal(t, "broken", len(broken), 0)
	b.raw(`CREATE TABLE was AS SELECT * FROM round`)
	b.raw(`DROP TRIGGER round_stays`)
	b.raw(`UPDATE round SET contents = replace(contents, '2026', '2027') WHERE number = 2`)
	_, broken, err = b.Chain(b.ctx)
	must(t, err)
	if len(broken) != 1 || broken[0].Why != "这一次校样的内容被改动或者删去" {
		t.Errorf("%+v", broken)
	}
	b.raw(`DROP TRIGGER round_kept`)
	b.raw(`DELETE FROM round`)
	_, broken, err = b.Chain(b.ctx)
	must(t, err)
	equal(t, "broken", len(broken), 2)
	b.raw(`INSERT INTO round SELECT * FROM was`)
	_, broken, err = b.Chain(b.ctx)
	must(t, err)
	equal(t, "broken", len(broken), 0)
}
