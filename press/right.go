package press

import "slices"

// Right is something that people are let do at the desk and by the HTTP API. The table of Rights says which roles have it; it is the one place
// that is asked. What the editorial process allows in a state is another question, which Moves answers: a person needs both.
type Right string

// The rights of an office.
const (
	MaySee      Right = "see"      // 查看: everything that the desk shows, and look up what is on record
	MayFile     Right = "file"     // 收稿: hand in items, revise them, send them to review
	MayReceive  Right = "receive"  // 报送: take in what departments hand in, keep the register of normative documents
	MaySign     Right = "sign"     // 审签: the sign-offs, pass and return
	MayClear    Right = "clear"    // 保密审查: the secrecy review
	MayHold     Right = "hold"     // 排期: hold, release, and move to another time
	MayRetry    Right = "retry"    // 处理: look again, retry, say what is out there
	MayCorrect  Right = "correct"  // 更正: correct and annotate what is public
	MayWithdraw Right = "withdraw" // 撤回
	MayWaive    Right = "waive"    // 放行: waive a finding, with a reason
	MayCompose  Right = "compose"  // 编排: what goes into an edition, in which order
	MayRead     Right = "read"     // 校对: read proofs, let them pass or say what to mend
	MayIssue    Right = "issue"    // 定稿: freeze and issue an edition, say why a document is not printed
	MayRun      Right = "run"      // 渠道: pause, resume, test, answer for missed slots
	MayAnswer   Right = "answer"   // 值守: take alarms, say what a stranger is
	MayExport   Right = "export"   // 取证: evidence, and the record as a file
	MaySet      Right = "set"      // 设置: holidays, word lists, backups
	MayAdmit    Right = "admit"    // 人员: accounts, roles, tokens of the API
)

// RightInfo is one line of the table of rights.
type RightInfo struct {
	Right Right
	Name  string // as people see it
	Help  string // what it lets a person do
	Roles []Role
}

// Rights is who may do what. The operator sees to the machine and to accounts and has no hand in what is published; the supervisor sees and
// takes proof, and moves nothing.
func Rights() []RightInfo {
	all := Roles()
	office := []Role{Publisher, NewMediaEditor, GazetteEditor}
	watch := []Role{Publisher, NewMediaEditor, GazetteEditor, Operator}
	return []RightInfo{
		{MaySee, "查看", "查看编辑台的全部页面和台账", all},
		{MayFile, "收稿", "录入、上传、修改稿件，送审", []Role{Drafter, Registrar, Publisher}},
		{MayReceive, "报送", "登记部门报送和规范性文件，退回、收稿", []Role{Drafter, Registrar, Publisher, GazetteEditor}},
		{MaySign, "审签", "初审、复审、终审，通过或者退回", []Role{Reviewer, Publisher}},
		{MayClear, "保密审查", "保密审查，通过或者退回", []Role{SecrecyReviewer}},
		{MayHold, "排期", "暂缓、解除暂缓、改发布时间", office},
		{MayRetry, "处理", "再看一次、重试、登记人工发布的链接", watch},
		{MayCorrect, "更正", "更正、标注已公开的稿件", []Role{Publisher}},
		{MayWithdraw, "撤回", "撤回稿件", []Role{Publisher}},
		{MayWaive, "放行", "写明理由，放行可以放行的检查结果", []Role{Publisher}},
		{MayCompose, "编排", "编排公报和公众号的一期", office},
		{MayRead, "校对", "校对公报的校样，通过或者提意见", []Role{Drafter, Registrar, Reviewer, Publisher, NewMediaEditor, GazetteEditor}},
		{MayIssue, "定稿", "清样定稿、发行，说明不刊登的原因", []Role{Publisher, GazetteEditor}},
		{MayRun, "渠道", "暂停、恢复、测试渠道，决定错过的时段", watch},
		{MayAnswer, "值守", "接手告警，说明台账外内容", watch},
		{MayExport, "取证", "导出证据和操作记录", []Role{Publisher, Supervisor, Operator}},
		{MaySet, "设置", "放假安排、词表、备份", []Role{Operator}},
		{MayAdmit, "人员", "账号、角色和接口令牌", []Role{Operator}},
	}
}

// Has reports whether a role has a right.
func (r Role) Has(right Right) bool {
	return slices.ContainsFunc(Rights(), func(i RightInfo) bool { return i.Right == right && slices.Contains(i.Roles, r) })
}

// Machine is the role in which the owner of a token of the API, who has rights and no roles, makes a move.
func Machine(right Right) Role {
	for _, i := range Rights() {
		if i.Right == right {
			return i.Roles[0]
		}
	}
	return ""
}
