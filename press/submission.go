package press

import (
	"regexp"
	"strings"
)

// Paper (材料) is what one file of a submission is.
type Paper string

// What a department hands in with a normative document, and what else it may add.
const (
	FinalText    Paper = "final"    // 定稿电子文本: what is printed
	SignedScan   Paper = "scan"     // 盖章原件扫描件: what the text is checked against
	DraftingNote Paper = "note"     // 起草说明
	LegalityNote Paper = "legality" // 合法性审核意见
	OtherPaper   Paper = "other"
)

// Papers are the kinds of files of a submission, in the order of a form.
func Papers() []Paper { return []Paper{FinalText, SignedScan, DraftingNote, LegalityNote, OtherPaper} }

// Owed are the kinds of files that a submission is not whole without.
func Owed() []Paper { return []Paper{FinalText, SignedScan, DraftingNote, LegalityNote} }

// Name is the kind of file as people see it.
func (p Paper) Name() string {
	switch p {
	case FinalText:
		return "定稿电子文本"
	case SignedScan:
		return "盖章原件扫描件"
	case DraftingNote:
		return "起草说明"
	case LegalityNote:
		return "合法性审核意见"
	case OtherPaper:
		return "其他材料"
	}
	return string(p)
}

// SubmissionState is where a submission (报送) stands. That it is printed is never stored: the ledger's editions tell it.
type SubmissionState string

// A submission is received, and sent back or taken in as an item, which is printed in the end.
const (
	Received SubmissionState = "received"
	SentBack SubmissionState = "returned"
	TakenIn  SubmissionState = "taken"
	Printed  SubmissionState = "printed"
)

// SubmissionStates are all states, in the order of a submission's life.
func SubmissionStates() []SubmissionState {
	return []SubmissionState{Received, SentBack, TakenIn, Printed}
}

// Name is the state as people see it.
func (s SubmissionState) Name() string {
	switch s {
	case Received:
		return "已收到"
	case SentBack:
		return "已退回"
	case TakenIn:
		return "已收稿"
	case Printed:
		return "已刊登"
	}
	return string(s)
}

// Glyph stands before the word of a state, so that it is not told by colour alone.
func (s SubmissionState) Glyph() string {
	switch s {
	case SentBack:
		return "↩"
	case TakenIn:
		return "◐"
	case Printed:
		return "✓"
	}
	return "○"
}

// RegisterSource is how a normative document came to be in the register.
type RegisterSource string

// By a person's hand, out of the register of the authority that numbers such documents, or by what was filed or handed in here.
const (
	ByPerson     RegisterSource = "hand"
	ByTable      RegisterSource = "csv"
	ByItem       RegisterSource = "item"
	BySubmission RegisterSource = "submission"
)

// Name is the source as people see it.
func (s RegisterSource) Name() string {
	switch s {
	case ByPerson:
		return "手工登记"
	case ByTable:
		return "CSV导入"
	case ByItem:
		return "随稿件登记"
	case BySubmission:
		return "随报送登记"
	}
	return string(s)
}

// Registered is a normative document (规范性文件) as the register has it.
type Registered struct {
	RegNumber string // 统一编号
	Title     string
	DocNumber string
	Unit      string // that drew it up
	On        Date   // when it was registered
}

var bracketedYear = regexp.MustCompile(`[\[［【(（〔]\s*((?:19|20)[0-9]{2})\s*[\]］】)）〕]`)

// DocNumber writes a document number (文号) as the standard has it, its year in 〔〕, so that the same number is the same text whoever typed it.
func DocNumber(s string) string {
	return bracketedYear.ReplaceAllString(strings.Join(strings.Fields(s), ""), "〔$1〕")
}
