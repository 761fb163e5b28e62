package desk

import (
	"strings"

	"tongfa/press"
)

// stepName is what a driver's step does. What follows the name of a step, such as a marker, is for the machine.
func stepName(step string) string {
	name, _, _ := strings.Cut(step, " ")
	switch name {
	case "page":
		return "写网页"
	case "lists":
		return "更新列表"
	case "issue":
		return "制作期刊"
	case "withdraw":
		return "换成撤回说明"
	case "amend":
		return "改成现在的文本和附注"
	case "restored":
		return "恢复以后先查找"
	case "forget":
		return "取出不再发布的草稿"
	case "draft":
		return "建草稿"
	case "submit":
		return "提交发布"
	case "send":
		return "群发"
	case "delete":
		return "删除"
	}
	return step
}

// quotaName is what the calls do that a quota limits.
func quotaName(path string) string {
	names := map[string]string{
		"draft/add": "新建草稿", "draft/get": "查看草稿", "draft/delete": "删除草稿", "draft/batchget": "查草稿列表",
		"freepublish/submit": "提交发布", "freepublish/get": "查发布结果", "freepublish/getarticle": "查看文章",
		"freepublish/batchget": "查已发列表", "freepublish/delete": "删除文章",
		"message/mass/sendall": "群发", "message/mass/get": "查群发结果", "message/mass/delete": "删除群发",
	}
	if n, ok := names[strings.TrimPrefix(path, "/cgi-bin/")]; ok {
		return n
	}
	return path
}

// called is what people call a channel.
func (d *desk) called(lang, channel string) string {
	if title := d.Titles[channel]; title != "" {
		return d.say(lang, title)
	}
	return channel
}

// ruleName is what a rule of the gates asks for.
func ruleName(r press.Rule) string {
	for _, info := range press.Rules() {
		if info.Code == r {
			return info.Name
		}
	}
	return string(r)
}

// fieldName is the key of the item package as an editor knows it.
func fieldName(key string) string {
	names := map[string]string{
		"title": "标题", "short_title": "短标题", "body": "正文", "doc_number": "文号", "reg_number": "统一编号", "issuer": "发布机构", "formed_on": "成文日期",
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
