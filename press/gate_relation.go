package press

import (
	"slices"
	"strings"
)

// relations reminds of what belongs together. Whether the other item exists is not known here.
func (c *check) relations() {
	switch c.Item.Kind {
	case Policy:
		if !c.together() {
			c.warn(ruleRelation, "belongs_with", "", "提醒：政策文件应当与解读同步发布，最迟不超过3个工作日。请在belongs_with中写明解读稿；已经另行安排或者不需要解读的，可以不理会")
		}
	case Interpretation:
		if !c.related(Interprets) {
			c.warn(ruleRelation, "relations", "", "没有写明解读的是哪份文件，文件与解读无法互相链接。请在relations中填写interprets")
		}
	case Feedback:
		if !c.related(Answers) {
			c.warn(ruleRelation, "relations", "", "没有写明反馈的是哪次征集。请在relations中填写answers")
		}
	}
}

func (c *check) together() bool {
	return slices.ContainsFunc(c.Item.BelongsWith, func(ref string) bool { return !blank(ref) })
}

func (c *check) related(t RelationType) bool {
	return slices.ContainsFunc(c.Revision.Meta.Relations, func(r Relation) bool { return r.Type == t && strings.TrimSpace(r.To) != "" })
}
