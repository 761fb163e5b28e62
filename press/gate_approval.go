package press

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// integrity asks whether the text is still the one that was filed: an approval vouches for a digest, and a digest that
// does not fit its text vouches for nothing.
func (c *check) integrity() {
	if c.digest == "" {
		c.stop(ruleDigest, "formed_on", "", "日期不存在，无法登记这一版本。请改正成文日期和批准日期")
		return
	}
	if c.Revision.Digest != "" && c.Revision.Digest != c.digest {
		c.stop(ruleDigest, "body", "", "现有文本与登记时的摘要不一致，可能被改动过，不能发布。请系统管理员核对台账后重新登记这一版本")
	}
}

// disclosure lets nothing through but what was decided to be open, and believes the note under the text before the form.
func (c *check) disclosure() {
	switch d := c.Revision.Meta.Disclosure; d {
	case Proactive:
		c.disclosureNote()
	case "":
		c.stop(ruleDisclosure, "disclosure", "", "没有写明公开属性。请拟稿单位确定后填写“主动公开”，只有主动公开的稿件才能发布")
	case OnRequest, Withheld:
		c.stop(ruleDisclosure, "disclosure", "", "公开属性是“%s”，不能发布。如属填错，请拟稿单位改正并重新审签；如属实，请撤回这篇稿件", d)
	default:
		c.stop(ruleDisclosure, "disclosure", "", "公开属性“%s”无法识别，应当是主动公开、依申请公开或者不予公开", quote(string(d)))
	}
}

// closedNote is the note of GB/T 9704 that forbids what the form permits.
var closedNote = regexp.MustCompile(`^[（(【\[]?此件(?:为)?(依申请公开|不予公开|不(?:对外|宜)?公开)[。.]?[）)】\]]?$`)

func (c *check) disclosureNote() {
	for _, p := range c.pieces {
		if p.field != "body" || !strings.Contains(p.text, "此件") {
			continue
		}
		for l := range strings.SplitSeq(p.text, "\n") {
			if m := closedNote.FindStringSubmatch(Fold(l)); m != nil {
				c.stop(ruleDisclosure, p.field, p.place, "%s注明“此件%s”，与公开属性“主动公开”矛盾，不能发布。请拟稿单位核实后改正其中一处", p.where, m[1])
			}
		}
	}
}

// Unsigned reports whether a finding says that somebody's word is missing: what has no other waits for who signs.
func (f Finding) Unsigned() bool { return f.Rule == ruleSecrecy || f.Rule == ruleSignoff }

// tolerance is how far the clock of the one who signed may be ahead of ours.
const tolerance = time.Minute

// secrecy wants the newest word of the secrecy review on exactly this text to be a yes.
func (c *check) secrecy() {
	a, ok := c.latest(SecrecyReview)
	switch {
	case !ok && c.signedBefore(SecrecyReview):
		c.stop(ruleSecrecy, "approvals", SecrecyReview.Name(), "保密审查针对的是修改以前的文本。请保密审查员对现在这一版重新审查")
	case !ok:
		c.stop(ruleSecrecy, "approvals", SecrecyReview.Name(), "没有保密审查记录。请保密审查员审查正文和附件并登记结果，先审查后公开")
	case !a.Pass:
		c.stop(ruleSecrecy, "approvals", SecrecyReview.Name(), "保密审查未通过（%s%s）。请按意见修改后重新送审", quote(a.By), groundOf(a))
	default:
		c.signed(ruleSecrecy, a)
	}
}

// signoffs wants every configured review, in its order, from different people.
func (c *check) signoffs() {
	steps := c.Steps
	if steps == nil {
		steps = []Step{FirstReview, SecondReview, FinalReview}
	}
	var given []Approval
	for i, step := range steps {
		if step == SecrecyReview || slices.Contains(steps[:i], step) {
			continue // looked at already
		}
		a, ok := c.latest(step)
		name := quote(step.Name())
		switch {
		case !ok && c.signedBefore(step):
			c.stop(ruleSignoff, "approvals", name, "%s针对的是修改以前的文本。请对现在这一版重新%s", name, name)
		case !ok:
			c.stop(ruleSignoff, "approvals", name, "缺少%s。请到“审签”完成%s（tongfa approve），或者随稿件报送", name, name)
		case !a.Pass:
			c.stop(ruleSignoff, "approvals", name, "%s未通过（%s%s）。请按意见修改后重新送审", name, quote(a.By), groundOf(a))
		default:
			c.signed(ruleSignoff, a)
			given = append(given, a)
		}
	}
	c.people(given)
	c.order(given)
}

// latest is the newest word of one step on this text; of two of the same moment the one recorded later.
func (c *check) latest(step Step) (last Approval, ok bool) {
	for _, a := range c.Approvals {
		if a.Step != step || c.digest == "" || a.Digest != c.digest || !c.own(a) {
			continue
		}
		if !ok || !a.At.Before(last.At) {
			last, ok = a, true
		}
	}
	return last, ok
}

// own guards against the approvals of another item with the very same text.
func (c *check) own(a Approval) bool { return a.Item == "" || a.Item == c.Item.ID }

func (c *check) signedBefore(step Step) bool {
	return slices.ContainsFunc(c.Approvals, func(a Approval) bool { return a.Step == step && a.Digest != c.digest && c.own(a) })
}

// signed looks at what a yes must say: who, and when. A document may be signed long before it is filed here, and even
// before the date it bears, so only a moment that cannot be is refused.
func (c *check) signed(r Rule, a Approval) {
	name := quote(a.Step.Name())
	if blank(a.By) {
		c.stop(r, "approvals", name, "%s没有写明是谁作出的。请补登审签人姓名", name)
	}
	switch {
	case a.At.Year() < 1949:
		c.stop(ruleSignedAt, "approvals", name, "%s没有写明时间。请补登审签时间", name)
	case !c.Now.IsZero() && a.At.After(c.Now.Add(tolerance)):
		c.stop(ruleSignedAt, "approvals", name, "%s的时间%s晚于现在。请核对审签时间和本机时钟", name, a.At.In(c.Now.Location()).Format("2006-01-02 15:04"))
	}
}

func (c *check) people(given []Approval) {
	if c.OnePerson {
		return
	}
	for i, a := range given {
		if blank(a.By) {
			continue
		}
		j := slices.IndexFunc(given[:i], func(b Approval) bool { return Fold(b.By) == Fold(a.By) })
		if j >= 0 {
			c.stop(rulePeople, "approvals", quote(a.Step.Name()), "%s和%s都由%s作出，应当由不同的人完成。请另一人重新%s",
				quote(given[j].Step.Name()), quote(a.Step.Name()), quote(a.By), quote(a.Step.Name()))
		}
	}
}

func (c *check) order(given []Approval) {
	for i := 1; i < len(given); i++ {
		if before, a := given[i-1], given[i]; a.At.Before(before.At) {
			c.warn(ruleSignedAt, "approvals", quote(a.Step.Name()), "%s的时间早于%s。请核对两次审签的时间是否登记正确", quote(a.Step.Name()), quote(before.Step.Name()))
		}
	}
}

func groundOf(a Approval) string {
	if blank(a.Ground) {
		return ""
	}
	return "：" + quote(a.Ground)
}
