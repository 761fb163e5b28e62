package press

import (
	"fmt"
	"slices"
)

// State is where an item stands. The editorial states are moved by State.Move; the states of publication are derived from
// the copies by Overall and are never stored.
type State string

// Editorial states, in the order of a normal life.
const (
	Draft     State = "draft"     // 草稿
	Submitted State = "submitted" // 待审
	Returned  State = "returned"  // 退回
	Approved  State = "approved"  // 已签发
	Withdrawn State = "withdrawn" // 已撤回
)

// States of publication of an approved item.
const (
	Scheduled State = "scheduled"   // 待发布
	GoingOut  State = "going_out"   // 发布中
	Everyone  State = "live"        // 已发布, everywhere it is wanted
	Partly    State = "partly_live" // 部分发布
	Hand      State = "needs_hand"  // 需人工处理
	Corrected State = "corrected"   // 已更正: live in a later revision than the first
)

// Name is the state as people see it.
func (s State) Name() string {
	switch s {
	case Draft:
		return "草稿"
	case Submitted:
		return "待审"
	case Returned:
		return "退回"
	case Approved:
		return "已签发"
	case Withdrawn:
		return "已撤回"
	case Scheduled:
		return "待发布"
	case GoingOut:
		return "发布中"
	case Everyone:
		return "已发布"
	case Partly:
		return "部分发布"
	case Hand:
		return "需人工处理"
	case Corrected:
		return "已更正"
	}
	return string(s)
}

// Verbs of the editorial process. Publish, Amend, Withdraw and Annotate are also acts, see Act.
const (
	Submit  Verb = "submit"  // 送审
	Sign    Verb = "sign"    // 审签: one review of one revision
	Approve Verb = "approve" // 签发: the last missing sign-off was given
	Return  Verb = "return"  // 退回
	Save    Verb = "save"    // 存稿: a new revision that is still being written
	Revise  Verb = "revise"  // 修改: a new revision, which needs new approvals
	Hold    Verb = "hold"    // 暂缓
	Release Verb = "release" // 解除暂缓
	Retry   Verb = "retry"   // 重试: a person has seen to what was wrong

	Reschedule Verb = "reschedule" // 改期: another time for what is not going out yet
)

// Name is the verb as people see it.
func (v Verb) Name() string {
	switch v {
	case Submit:
		return "送审"
	case Sign:
		return "审签"
	case Approve:
		return "签发"
	case Return:
		return "退回"
	case Save:
		return "存稿"
	case Revise:
		return "修改"
	case Hold:
		return "暂缓"
	case Release:
		return "解除暂缓"
	case Retry:
		return "重试"
	case Reschedule:
		return "改期"
	case Publish:
		return "发布"
	case Amend:
		return "更正"
	case Withdraw:
		return "撤回"
	case Annotate:
		return "标注"
	}
	return string(v)
}

// Role is the part a person plays in one move.
type Role string

// Roles of an office. System is the program itself, which never approves.
const (
	Drafter         Role = "drafter"
	Registrar       Role = "registrar" // files item packages and vouches for the approvals that come with them
	Reviewer        Role = "reviewer"
	SecrecyReviewer Role = "secrecy_reviewer"
	Publisher       Role = "publisher"
	NewMediaEditor  Role = "new_media_editor"
	GazetteEditor   Role = "gazette_editor"
	Supervisor      Role = "supervisor" // sees everything, moves nothing
	Operator        Role = "operator"
	System          Role = "system"
)

// Roles are the roles that people can have, in the order in which they are shown.
func Roles() []Role {
	return []Role{Drafter, Registrar, Reviewer, SecrecyReviewer, Publisher, NewMediaEditor, GazetteEditor, Supervisor, Operator}
}

// Transition is one line of the table of moves.
type Transition struct {
	From State
	Verb Verb
	To   State
	By   []Role
}

// Moves is the whole editorial process. What is not in it cannot be done.
func Moves() []Transition {
	editors := []Role{Drafter, Registrar, Publisher, Operator}
	signers := []Role{Reviewer, SecrecyReviewer, Registrar, Publisher, Operator}
	office := []Role{Publisher, Operator, NewMediaEditor, GazetteEditor}
	chief := []Role{Publisher, Operator}
	return []Transition{
		{Draft, Submit, Submitted, editors},
		{Draft, Save, Draft, editors},
		{Returned, Save, Draft, editors},
		{Submitted, Save, Draft, editors},
		{Approved, Save, Draft, editors},
		{Draft, Annotate, Draft, chief}, // what is public, while a later text is written
		{Draft, Retry, Draft, office},
		{Draft, Revise, Submitted, editors},
		{Returned, Submit, Submitted, editors},
		{Returned, Revise, Submitted, editors},
		{Submitted, Revise, Submitted, editors},
		{Submitted, Sign, Submitted, signers},
		{Submitted, Return, Returned, signers},
		{Submitted, Approve, Approved, []Role{System}},
		{Approved, Revise, Submitted, editors},
		{Approved, Hold, Approved, office},
		{Approved, Release, Approved, office},
		{Approved, Retry, Approved, office},
		{Approved, Amend, Approved, chief},
		{Approved, Annotate, Approved, chief},
		{Submitted, Annotate, Submitted, chief}, // what is public, whatever becomes of the newer text
		{Returned, Annotate, Returned, chief},
		{Draft, Reschedule, Draft, office},
		{Submitted, Reschedule, Submitted, office},
		{Returned, Reschedule, Returned, office},
		{Approved, Reschedule, Approved, office},
		{Submitted, Hold, Submitted, office},
		{Submitted, Release, Submitted, office},
		{Submitted, Retry, Submitted, office},
		{Draft, Withdraw, Withdrawn, chief},
		{Submitted, Withdraw, Withdrawn, chief},
		{Returned, Withdraw, Withdrawn, chief},
		{Approved, Withdraw, Withdrawn, chief},
		{Withdrawn, Retry, Withdrawn, office},
		{Withdrawn, Revise, Submitted, editors},
	}
}

// Move is the state after a person in a role has made a move. The error says in plain Chinese why it cannot be made.
func (s State) Move(v Verb, by Role) (State, error) {
	for _, t := range Moves() {
		if t.From != s || t.Verb != v {
			continue
		}
		if !slices.Contains(t.By, by) {
			return s, fmt.Errorf("“%s”不能由%s来做", v.Name(), by.Name())
		}
		return t.To, nil
	}
	return s, fmt.Errorf("稿件处于“%s”，不能%s", s.Name(), v.Name())
}

// Name is the role as people see it.
func (r Role) Name() string {
	switch r {
	case Drafter:
		return "拟稿人"
	case Registrar:
		return "收稿登记人"
	case Reviewer:
		return "审核人"
	case SecrecyReviewer:
		return "保密审查员"
	case Publisher:
		return "发布科"
	case NewMediaEditor:
		return "新媒体编辑"
	case GazetteEditor:
		return "公报编辑"
	case Supervisor:
		return "督查"
	case Operator:
		return "系统管理员"
	case System:
		return "系统"
	}
	return string(r)
}

// Help says in a few words what a role is for.
func (r Role) Help() string {
	switch r {
	case Drafter:
		return "起草、录入稿件，送审"
	case Registrar:
		return "登记办公系统送来的稿件和审签"
	case Reviewer:
		return "初审、复审、终审"
	case SecrecyReviewer:
		return "公开前的保密审查"
	case Publisher:
		return "排期、发布、更正、撤回"
	case NewMediaEditor:
		return "看公众号等渠道是否都发出，处理异常"
	case GazetteEditor:
		return "编排、定稿、发行公报"
	case Supervisor:
		return "查看一切，导出证据，不改动"
	case Operator:
		return "管理机器、渠道、人员，不经手稿件"
	}
	return ""
}

// CopyState is where one copy stands: an item on a channel.
type CopyState string

// The states of a copy, as people see them in the matrix.
const (
	NotWanted     CopyState = "not_wanted"
	Waiting       CopyState = "waiting"     // 待发布: not composed, or composed and not yet handed over
	CopyHanded    CopyState = "handed_over" // 已提交
	CopyUnknown   CopyState = "unknown"     // 结果待核实
	CopyLive      CopyState = "live"        // 已发布（待核验）
	CopyVerified  CopyState = "verified"    // 已核验
	CopyDiffers   CopyState = "differs"     // 与原文不一致
	CopyRefused   CopyState = "refused"     // 平台未通过
	CopyNeedsHand CopyState = "needs_hand"  // 需人工处理
	CopyWithdrawn CopyState = "withdrawn"   // 已撤回
)

// CopyStates lists every state of a copy in the order of a normal life.
func CopyStates() []CopyState {
	return []CopyState{NotWanted, Waiting, CopyHanded, CopyUnknown, CopyLive, CopyVerified, CopyDiffers, CopyRefused, CopyNeedsHand, CopyWithdrawn}
}

// Name is the state as people see it.
func (s CopyState) Name() string {
	switch s {
	case NotWanted:
		return "不发布"
	case Waiting:
		return "待发布"
	case CopyHanded:
		return "已提交"
	case CopyUnknown:
		return "结果待核实"
	case CopyLive:
		return "已发布（待核验）"
	case CopyVerified:
		return "已核验"
	case CopyDiffers:
		return "与原文不一致"
	case CopyRefused:
		return "平台未通过"
	case CopyNeedsHand:
		return "需人工处理"
	case CopyWithdrawn:
		return "已撤回"
	}
	return string(s)
}

// Glyph goes before the word, so that a state is never told by colour alone.
func (s CopyState) Glyph() string {
	switch s {
	case Waiting:
		return "◌"
	case CopyHanded:
		return "◔"
	case CopyUnknown:
		return "?"
	case CopyLive:
		return "◐"
	case CopyVerified:
		return "●"
	case CopyDiffers:
		return "≠"
	case CopyRefused:
		return "✕"
	case CopyNeedsHand:
		return "!"
	case CopyWithdrawn:
		return "⊘"
	}
	return "–"
}

// Public reports whether readers are believed to find the copy out there.
func (s CopyState) Public() bool {
	return s == CopyLive || s == CopyVerified || s == CopyDiffers
}

// Free reports whether a copy waits and no edition has claimed it, so that its time may still be another.
func (c Copy) Free() bool { return c.State == Waiting && c.Edition == "" }

// Stands is where a copy stands, in a word: one that an edition has claimed waits no more.
func (c Copy) Stands() string {
	if c.State == Waiting && c.Edition != "" {
		return "正在发布，或者已编入一期"
	}
	return c.State.Name()
}

// Behind says that a public copy shows an older text than the one that is approved by now, and that nobody has seen to it; "" when
// there is nothing to see to: it shows the newest text, a correction is under way, or a person decided that it stays as it is.
func (c Copy) Behind(it Item) string {
	if it.State != Approved || !c.State.Public() || max(c.Revision, c.Amending, c.Kept) >= it.Head {
		return ""
	}
	return fmt.Sprintf("公开的是第%d版，已签发第%d版：请在稿件页更正（tongfa correct），或者决定保留原文", c.Revision, it.Head)
}

// Overall is the state of an item as people see it: its editorial state until it is approved, then what its newest copies say.
func Overall(it Item, copies []Copy) State {
	if it.State == Withdrawn {
		if slices.ContainsFunc(copies, func(c Copy) bool { return c.State != CopyWithdrawn }) {
			return Hand // still out there somewhere, or not known to be gone
		}
		return Withdrawn
	}
	var public, settled, moving, hand, later int
	for _, c := range copies {
		switch {
		case c.State.Public():
			public++
			if c.Revision > 1 {
				later++
			}
			switch {
			case c.Task != "", c.State == CopyDiffers, c.Behind(it) != "":
				hand++
			case c.Amending > 0:
				moving++
			}
		case c.State == CopyRefused, c.State == CopyNeedsHand, c.State == CopyUnknown:
			hand++
		case c.State == CopyHanded, c.State == Waiting && c.Edition != "":
			moving++
		case c.State == CopyWithdrawn:
			settled++
		}
	}
	switch {
	case hand > 0:
		return Hand
	case moving > 0:
		return GoingOut
	case public > 0 && public+settled == len(copies):
		if later > 0 {
			return Corrected
		}
		return Everyone
	case public > 0:
		return Partly
	case it.State == Approved:
		return Scheduled
	}
	return it.State
}
