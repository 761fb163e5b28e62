package desk

import (
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

// statusName is what a receipt says, in the words of press.Status's own comments.
func statusName(s press.Status) string {
	switch s {
	case press.Absent:
		return "确认未发布"
	case press.CannotTell:
		return "结果待核实"
	case press.HandedOver:
		return "已提交"
	case press.Live:
		return "已发布"
	case press.Gone:
		return "已撤回"
	case press.Refused:
		return "平台未通过"
	case press.NeedsHand:
		return "需人工处理"
	case press.PutOff:
		return "稍后再试"
	}
	return string(s)
}

// seenName is what a check saw, in the words of press.SightingStatus's own comments.
func seenName(s press.SightingStatus) string {
	switch s {
	case press.SeenEqual:
		return "一致"
	case press.SeenDiffers:
		return "不一致"
	case press.SeenGone:
		return "已不存在"
	case press.SeenBanned:
		return "被平台屏蔽"
	case press.SeenMoved:
		return "被跳转"
	case press.SeenBlind:
		return "无法查看"
	}
	return string(s)
}

// moveName is the verb of a line of history. The ledger writes a few that are no verbs of press.
func moveName(verb string) string {
	switch verb {
	case "file":
		return "收稿"
	case "reschedule":
		return "改发布时间"
	case "compose":
		return "编入一期"
	case "look":
		return "核验"
	case "give_up":
		return "放弃本期"
	case "freeze":
		return "清样定稿"
	case "issue":
		return "发行"
	}
	return press.Verb(verb).Name()
}

// turnName tells a change of state in a line of history: of a copy where it names a channel, else of the item.
func turnName(m ledger.Moved) string {
	name := func(s string) string {
		if m.Channel != "" {
			return press.CopyState(s).Name()
		}
		return press.State(s).Name()
	}
	if m.Was == m.Now || m.Now == "" {
		return ""
	}
	if m.Was == "" {
		return name(m.Now)
	}
	return name(m.Was) + " → " + name(m.Now)
}

// severityName is how much a finding weighs.
func severityName(s press.Severity) string {
	switch s {
	case press.Stop:
		return "不得发布"
	case press.Warn:
		return "请留意"
	}
	return "说明"
}

// kindName is the kind of a channel, where the desk knows it.
func kindName(kind string) string {
	switch kind {
	case "site", "cms":
		return "网站"
	case "wechat":
		return "公众号"
	case "gazette":
		return "公报"
	}
	return kind
}

// fieldName is the key of the item package as an editor knows it.
func fieldName(key string) string {
	names := map[string]string{
		"title": "标题", "short_title": "短标题", "body": "正文", "doc_number": "文号", "issuer": "发布机构", "formed_on": "成文日期",
		"approved_on": "批准日期", "theme": "主题分类", "genre": "体裁分类", "disclosure": "公开属性", "column": "栏目", "channels": "渠道",
		"summary": "内容概述", "keywords": "关键词", "cover": "封面", "attachments": "附件", "approvals": "审签", "relations": "关联文件",
		"release_at": "发布时间", "belongs_with": "同时发布", "kind": "类别", "images": "图片", "validity": "有效性", "source": "信息来源",
		"author": "作者", "disclosure_ground": "不公开依据",
	}
	first, rest, nested := strings.Cut(key, ".")
	n, ok := names[first]
	switch {
	case !ok:
		return key
	case nested:
		return n + "." + rest
	}
	return n
}
