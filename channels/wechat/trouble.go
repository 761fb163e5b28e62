package wechat

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"tongfa/press"
)

// Who has to act on the platform's side, beside the roles of the office.
const (
	accountAdmin = "公众号管理员"
	editor       = "新媒体编辑"
	operator     = "系统管理员"
)

// rule is what one errcode of the platform means: what happened, and who must do what.
type rule struct {
	remedy press.Remedy
	what   string
	who    string
	do     string
	wait   time.Duration // TryLater: how long; 0 means until the next day in Beijing
}

// later, person and text make the rules of the three kinds that are common; nothing was executed in any of them.
func later(wait time.Duration, what, do string) rule { return rule{press.TryLater, what, "", do, wait} }
func person(who, what, do string) rule               { return rule{press.AskPerson, what, who, do, 0} }
func text(what, do string) rule                      { return rule{press.ChangeText, what, editor, do, 0} }
func fault(what string) rule {
	return rule{press.AskPerson, what, operator, "把代码和原文发给软件维护人员；稿件请先在公众平台人工处理", 0}
}

// codeRules is the table of errcodes. Messages are not stable text, so only the number counts.
func codeRules() map[int]rule {
	table := map[int]rule{
		40001: {press.TryAgain, "微信不接受当前的访问凭证，稍后用新的凭证重试", "", "", 0},
		42001: {press.TryAgain, "微信的访问凭证已过期，稍后用新的凭证重试", "", "", 0},
		40014: person(operator, "微信说访问凭证不合法", "核对 appid 和 base_url 是否属于同一个公众号"),
		40013: person(operator, "公众号的 AppID 不对", "到公众平台“设置与开发→开发接口管理”核对 AppID，改配置后重新启动"),
		40125: person(operator, "公众号的 AppSecret 不对，可能已被重置", "到公众平台重置并取得新的 AppSecret，更新密钥后重新启动"),
		40243: person(accountAdmin, "公众号的 AppSecret 已被冻结", "到公众平台“开发接口管理”解除冻结"),
		50004: person(accountAdmin, "公众号被禁止获取访问凭证", "到公众平台查看通知并处理"),
		50007: person(accountAdmin, "公众号账号已被冻结", "到公众平台查看冻结原因并申请解除"),
		50002: person(accountAdmin, "公众号的使用受到限制（冻结、注销或处罚）", "到公众平台查看通知并处理；处理好以前不会再发"),
		89503: person(accountAdmin, "本机的 IP 第一次调用接口，需要管理员在微信里确认", "在手机微信的“公众平台安全助手”里确认，然后点“重试”"),
		89506: later(24*time.Hour, "管理员拒绝了本机 IP 的调用，24小时内不能再申请", "请公众号管理员核实拒绝的原因"),
		89507: later(time.Hour, "管理员拒绝了本机 IP 的调用，1小时内不能再申请", "请公众号管理员核实拒绝的原因"),
		61004: person(accountAdmin, "本机的 IP 没有在第三方平台登记", "到第三方平台登记本机 IP"),

		45009: later(0, "微信接口今日的调用次数已用完", "次日零时后自动继续；急件请在公众平台人工处理"),
		45011: later(time.Minute, "微信接口这一分钟的调用次数已用完", "稍后自动继续"),
		42010: later(time.Minute, "操作过于频繁", "稍后自动继续"),
		45066: later(90*time.Second, "同一条群发在一分钟内重复提交", "稍后自动核对"),
		53501: later(20*time.Minute, "微信提示发布过于频繁", "稍后自动继续"),
		45028: later(0, "本周期的群发次数已用完", "次日自动再试；急件请新媒体编辑改用“发布”或人工处理"),
		61450: {press.TryAgain, "微信系统出错，稍后自动重试", "", "", 0},

		45001: text("图片等素材超过平台的大小限制", "换用较小的图片"),
		45002: text("正文超过平台的长度限制", "缩短正文，或拆成几篇"),
		45003: text("标题超过平台的长度限制", "填写简短标题（32字以内）"),
		45004: text("摘要超过平台的长度限制", "缩短内容概述（120字以内）"),
		45005: text("阅读原文的链接超过平台的长度限制", "缩短网页地址"),
		45006: text("图片链接超过平台的长度限制", "换用其他图片"),
		45007: text("语音超过平台的限制", "去掉语音"),
		45008: text("一条消息里的文章超过平台的篇数限制", "减少每条消息的篇数（配置 per_message）"),
		45110: text("作者名超过平台的长度限制", "把作者缩短到16字以内"),
		45166: text("平台认为正文含有不允许的内容（常见于外部链接）", "检查正文里的链接、嵌入内容，修改后重新送审"),
		41039: text("阅读原文的链接不合法", "检查网页地址"),
		40004: text("图片的类型平台不支持", "换成 JPG 或 PNG 图片"),
		40005: text("图片的格式平台不支持", "换成 JPG 或 PNG 图片"),
		40006: text("图片的大小不合要求", "换用其他图片"),
		40009: text("图片超过平台的大小限制", "换用较小的图片"),
		40012: text("封面超过平台的大小限制", "换用较小的封面"),
		40137: text("图片的格式平台不支持", "换成 JPG 或 PNG 图片"),
		53402: text("平台裁剪封面失败", "换一张封面（900×383 像素为宜）"),
		53503: text("草稿没有通过平台的发布检查，内容可能违规", "到公众平台草稿箱预览，按提示修改正文后重新送审"),

		45062: person(editor, "草稿里带有广告", "到公众平台草稿箱去掉广告"),
		45064: person(editor, "正文引用了没有关联的小程序", "去掉小程序，或先到公众平台关联"),
		48001: person(accountAdmin, "公众号没有这个接口的权限（未认证，或平台收回了权限）", "到公众平台查看认证和接口权限；在此之前把渠道的 mode 改成 draft，由人点发布"),
		48004: person(accountAdmin, "公众号的接口被平台封禁", "到公众平台查看封禁原因并处理"),
		48008: person(accountAdmin, "公众号没有发送这类消息的权限", "到公众平台查看接口权限"),
		48021: person(editor, "草稿在公众平台上被打开过，最后一次是自动保存的", "到公众平台草稿箱核对这篇草稿，人工群发，再登记链接"),
		48022: person(editor, "草稿里有接口上传的视频，不能群发", "到公众平台处理这篇草稿"),
		53500: person(accountAdmin, "公众号的发布功能被平台封禁", "到公众平台查看通知并处理；处理好以前不会再发"),
		53504: person(editor, "草稿里用了只有后台才支持的功能，接口不能发布", "到公众平台草稿箱人工发布，再登记链接"),
		53505: person(editor, "草稿在公众平台上被打开过，需要先人工保存", "到公众平台草稿箱核对这篇草稿，人工点“发布”"),
		41040: person(editor, "草稿声明了原创，接口不能群发", "到公众平台人工群发，再登记链接"),
		88000: person(accountAdmin, "公众号没有留言功能", "把渠道配置里的 comment 改成 false"),
		40007: person(editor, "平台找不到这份素材或草稿", "到公众平台草稿箱和素材库核对"),
		53600: person(editor, "平台没有这篇已发布的文章", "到公众平台“发表记录”核对"),
		53502: person(editor, "平台没有这次发布的记录", "到公众平台“发表记录”核对"),
		40059: person(editor, "平台没有这次群发的记录", "到公众平台“发表记录”核对"),
	}
	for code, what := range map[int]string{
		41001: "请求里没有访问凭证", 41002: "请求里没有 AppID", 41004: "请求里没有 AppSecret", 41005: "请求里没有文件", 41006: "请求里没有素材编号",
		40114: "文章的序号不对", 40121: "素材的类型不对", 40060: "文章的序号不对", 40152: "群发的对象不对", 40035: "请求的参数不对", 40066: "接口的地址不对",
		43002: "请求的方法不对", 44001: "上传的文件是空的", 44002: "请求的内容是空的", 44003: "图文消息是空的", 44004: "正文是空的", 47001: "请求的格式不对",
		45067: "群发的编号太长", 45103: "这个接口已经下线", 61451: "请求的参数不对",
	} {
		table[code] = fault(what)
	}
	return table
}

var refusedIP = regexp.MustCompile(`invalid ip ([0-9A-Fa-f.:]+)`)

// refusal is what an errcode asks for.
func (c *Channel) refusal(ep endpoint, code int, msg string) *press.Trouble {
	t := &press.Trouble{
		Code: strconv.Itoa(code), Raw: c.scrub(fmt.Sprintf("errcode=%d errmsg=%s", code, msg)), Err: fmt.Errorf("%s: errcode %d", ep.path, code),
	}
	r, known := codeRules()[code]
	switch {
	case code == -1 || !known && code != 40164:
		r = unsure(ep, code)
	case code == 40164:
		r = c.notListed(msg)
	case code == 40001 && ep == stableToken:
		r = codeRules()[40125]
	}
	t.Remedy, t.What, t.Who, t.Do = r.remedy, r.what, r.who, r.do
	if r.remedy == press.TryLater {
		t.When = c.o.Now().Add(r.wait)
		if r.wait == 0 {
			t.When = nextDay(c.o.Now())
		}
	}
	return t
}

// unsure is a code that leaves open whether anything was executed: the busy system, and what nobody has seen before.
func unsure(ep endpoint, code int) rule {
	switch {
	case code == -1 && ep.once:
		return rule{press.LookFirst, "微信系统繁忙，结果待核实", "", "", 0}
	case code == -1:
		return rule{press.TryAgain, "微信系统繁忙，稍后自动重试", "", "", 0}
	case ep.once:
		return rule{press.LookFirst, "微信返回了没有见过的错误，结果待核实", "", "如果反复出现，请系统管理员凭 rid 在公众平台查询", 0}
	}
	return fault("微信返回了没有见过的错误")
}

// notListed is a call from an address that is not on the account's allow-list.
func (c *Channel) notListed(msg string) rule {
	ip := "（见原文）"
	if m := refusedIP.FindStringSubmatch(msg); m != nil {
		ip = m[1]
	}
	return person(accountAdmin, "本机的出口 IP "+ip+" 不在公众号的 IP 白名单里",
		"登录公众平台，在“设置与开发→开发接口管理→IP 白名单”里加入 "+ip+"，约5分钟后生效，然后点“重试”")
}

// beijing is where the platform's days begin and end.
func beijing() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

// nextDay is five minutes into the platform's next day.
func nextDay(now time.Time) time.Time {
	y, m, d := now.In(beijing()).Date()
	return time.Date(y, m, d+1, 0, 5, 0, 0, beijing())
}

// coded reports whether err is the platform's refusal with one of these codes.
func coded(err error, codes ...int) bool {
	var t *press.Trouble
	if !errors.As(err, &t) {
		return false
	}
	n, notNumber := strconv.Atoi(t.Code)
	return notNumber == nil && slices.Contains(codes, n)
}

func tokenRefused(err error) bool { return coded(err, 40001, 40014, 42001) }
