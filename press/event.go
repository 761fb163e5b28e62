package press

import "slices"

// EventInfo is one kind of thing that other systems can be told of.
type EventInfo struct {
	Type string
	Name string // as people see it
}

// Events is everything that the stream of events and the webhooks tell of: what was decided about an item, and, with the name of a channel,
// where it stands there now. It is never made shorter: others rely on it.
func Events() []EventInfo {
	return []EventInfo{
		{"item.filed", "收稿"},
		{"item.revised", "新的一版"},
		{"item.submitted", "送审"},
		{"item.signed", "审签一步"},
		{"item.returned", "退回"},
		{"item.approved", "签发"},
		{"item.held", "暂缓"},
		{"item.released", "解除暂缓"},
		{"item.rescheduled", "改发布时间"},
		{"item.bound", "改同时发布"},
		{"item.composed", "编入一期"},
		{"item.frozen", "清样定稿"},
		{"item.issued", "发行"},
		{"item.waiting", "回到待发布"},
		{"item.handed_over", "已提交"},
		{"item.unknown", "结果待核实"},
		{"item.live", "已发布（待核验）"},
		{"item.verified", "已核验"},
		{"item.differs", "与原文不一致"},
		{"item.refused", "平台未通过"},
		{"item.needs_hand", "需人工处理"},
		{"item.correcting", "更正"},
		{"item.annotated", "标注"},
		{"item.withdrawing", "决定撤回"},
		{"item.withdrawn", "已撤回"},
		{"item.retried", "处理后再试"},
		{"item.changed", "其他变化"},
	}
}

// EventType is the kind of event that a move is: by the new state of a copy where it names a channel, else by its verb.
func EventType(verb, channel, was, now string) string {
	if channel != "" && now != "" && was != now {
		return known("item." + now)
	}
	if Verb(verb) == Sign && State(now) == Returned {
		return "item.returned"
	}
	done := map[string]string{
		"file": "filed", string(Revise): "revised", string(Save): "revised", string(Submit): "submitted", string(Sign): "signed", string(Return): "returned", string(Approve): "approved",
		string(Hold): "held", string(Release): "released", "reschedule": "rescheduled", "bind": "bound", "compose": "composed", "freeze": "frozen",
		"issue": "issued", string(Amend): "correcting", string(Annotate): "annotated", string(Withdraw): "withdrawing", string(Retry): "retried",
	}
	return known("item." + done[verb])
}

func known(kind string) string {
	if slices.ContainsFunc(Events(), func(e EventInfo) bool { return e.Type == kind }) {
		return kind
	}
	return "item.changed"
}
