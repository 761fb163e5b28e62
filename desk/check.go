package desk

import "tongfa/press"

// checkPage shows an answer once more before what cannot be undone.
type checkPage struct {
	frame
	retryAsk
}

// Warning is what follows from the answer.
func (p checkPage) Warning() string {
	down := p.Item.State == press.Withdrawn
	switch {
	case p.Chosen == hintAbsent && down:
		return "确认后，现在这一份记为已撤回，系统不再去撤。如果公众其实还看得到，已撤回的内容就会留在网上。"
	case p.Chosen == hintLink && down:
		return "确认后，这个地址记入台账，系统随即去撤。记录不能删除。"
	case p.Chosen == hintFree:
		return "确认后，这一份照常发布。如果渠道上其实已经有了，公众会看到两份，而且无法自动收回。"
	case p.Chosen == hintDone:
		return "确认后，要求人工做的记为已完成，系统马上去核验。页面上其实没有改好的，会显示为与原文不一致。"
	case p.Chosen == hintLeave:
		return "确认后，公开的内容保持现在的样子。记录不能删除；以后再有新的一版，仍会提醒。"
	case p.Chosen == hintAbsent:
		return "确认后，现在这一份记为未发布，系统会生成新的一份并重新发布。如果渠道上其实已经有了，公众会看到两份，而且无法自动收回。"
	case p.Chosen == hintLink:
		return "确认后，这个地址记入台账，作为这一份的公开链接，不再由系统发布这一份。记录不能删除。"
	}
	return "确认后，系统会生成新的一份，在条件具备时重新发布。"
}
