package wechat

import (
	"fmt"

	"tongfa/press"
)

// Means tells how an account can be brought to show a later text, the best way first. No interface changes what was published; what was sent to
// followers cannot be taken back from their phones, so that a person's small edit comes first there.
func (c *Channel) Means() []press.Means {
	again := press.Means{Way: press.Republish}
	byHand := press.Means{Way: press.ByHand, What: "请新媒体编辑登录公众平台，在“发表记录”里打开这篇文章的“修改”，照更正后的文本改好并提交" +
		"（只能改动少量文字，以后台的提示为准；文章的链接不变），平台通过后标记已完成。改动太多、后台不让改的，选“撤下重发”"}
	leave := press.Means{Way: press.Leave, What: "公众号上的原文不动，其他渠道照常更正；差别会一直显示在核验结果里"}
	switch c.c.Mode {
	case modeMass:
		again.What = "已经推送到读者手机上的消息收不回，原文章删除后读者点开只看到“已删除”；新的文本另外群发一次，要占用一次群发次数，链接会变"
		return []press.Means{byHand, again, leave}
	case modeDraft:
		again.What = "还在草稿箱、没有被人改动过的草稿自动删除，更正后的文本重新放进草稿箱，由新媒体编辑发布；已经发布的文章先删除（" + c.deletions() +
			"），再由新媒体编辑发布新的草稿，链接会变"
		return []press.Means{again, byHand, leave}
	}
	again.What = "已发布的文章不能用接口修改：先删除原文章（" + c.deletions() + "），再把更正后的文本作为新文章发布。链接会变，阅读数和留言不保留，" +
		"从删除到新文章通过审核之间读者看不到它"
	return []press.Means{again, byHand, leave}
}

// deletions tells what deleting costs. How many are left today is in the ledger's count, under the same name.
func (c *Channel) deletions() string {
	q := c.quota(pubDelete)
	return fmt.Sprintf("删除不能恢复，接口每天只能删除%d次，更正最多用%d次，其余留给紧急撤回，用完的次日零时后继续", q.PerDay, q.PerDay-c.quota(pubReplace).Reserve)
}
