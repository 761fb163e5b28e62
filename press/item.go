package press

import (
	"time"

	"tongfa/workday"
)

// Date is a day without a time, so that who speaks of a revision's dates needs no calendar.
type Date = workday.Date

// ItemID names an item for ever, for example "20261124-7kq2md". It is given by the ledger, is safe in a file name
// and in a URL, and is never used again, not even after a restore of an older ledger.
type ItemID string

// Kind is what sort of document an item is. It decides which metadata is required and which statutory clock runs.
type Kind string

// The kinds of product.md, in the order of the item package.
const (
	Policy         Kind = "policy"
	Interpretation Kind = "interpretation"
	Notice         Kind = "notice"
	News           Kind = "news"
	Budget         Kind = "budget"
	Enforcement    Kind = "enforcement"
	Personnel      Kind = "personnel"
	Consultation   Kind = "consultation"
	Feedback       Kind = "feedback"
	Proposal       Kind = "proposal"
	Meeting        Kind = "meeting"
	List           Kind = "list"
	ReportKind     Kind = "report"
	OtherKind      Kind = "other"
)

// Kinds lists every kind with the name an editor sees.
func Kinds() []struct {
	Kind Kind
	Name string
} {
	return []struct {
		Kind Kind
		Name string
	}{
		{Policy, "政策文件"}, {Interpretation, "政策解读"}, {Notice, "通知公告"}, {News, "政务动态"},
		{Budget, "财政预决算"}, {Enforcement, "行政执法"}, {Personnel, "人事信息"}, {Consultation, "意见征集"},
		{Feedback, "征集反馈"}, {Proposal, "建议提案"}, {Meeting, "会议公开"}, {List, "清单目录"},
		{ReportKind, "报告"}, {OtherKind, "其他"},
	}
}

// Name is the kind as an editor sees it; an unknown kind names itself.
func (k Kind) Name() string {
	for _, e := range Kinds() {
		if e.Kind == k {
			return e.Name
		}
	}
	return string(k)
}

// Valid reports whether k is one of Kinds.
func (k Kind) Valid() bool { return k.Name() != string(k) }

// Disclosure is the disclosure attribute (公开属性), decided at the source of a document.
type Disclosure string

// The three attributes of the 2019 regulation on the disclosure of government information.
const (
	Proactive Disclosure = "主动公开"
	OnRequest Disclosure = "依申请公开"
	Withheld  Disclosure = "不予公开"
)

// Validity is whether a document is in force (有效性).
type Validity string

// The validities a catalogue shows.
const (
	InForce  Validity = "有效"
	Expired  Validity = "失效"
	Repealed Validity = "废止"
	Amended  Validity = "已修改"
)

// Item (稿件) is the identity of something to be published: what stays the same while its text is revised.
type Item struct {
	ID          ItemID
	ExternalID  string // the id the sending office system gave it; unique; may be empty
	Kind        Kind
	IndexNumber string // 索引号: given once, never changed, never used again
	State       State  // editorial state of the newest revision
	Held        bool   // 暂缓: approved, but a person keeps it back
	Head        int    // number of the newest revision
	Wants       []Want
	ReleaseAt   time.Time // not before this instant on any channel; zero means as soon as approved
	BelongsWith []string  // external ids (or ids) of what must go out at the same moment or not at all
	FiledAt     time.Time
	FiledBy     string // the registrar who vouches for what came with it
}

// Want says that an item is wanted on a channel.
type Want struct {
	Channel   string
	NotBefore time.Time // zero means the item's ReleaseAt
}

// RelationType says how one document stands to another.
type RelationType string

// The relations of product.md. "Belongs with" is not a relation but a condition of release, see Item.BelongsWith.
const (
	Interprets RelationType = "interprets" // 解读
	Amends     RelationType = "amends"     // 修改
	Repeals    RelationType = "repeals"    // 废止
	Answers    RelationType = "answers"    // 反馈
)

// Relation points from a revision to another item by that item's external id (or id).
type Relation struct {
	Type RelationType `json:"type"`
	To   string       `json:"to"`
}

// Meta is the metadata of the disclosure catalogue that belongs to one revision.
type Meta struct {
	DocNumber        string       `json:"doc_number,omitempty"` // 文号
	RegNumber        string       `json:"reg_number,omitempty"` // 统一编号: by which a normative document was registered
	Issuer           string       `json:"issuer,omitempty"`     // 发布机构
	Source           string       `json:"source,omitempty"`     // 信息来源; empty means Issuer
	Author           string       `json:"author,omitempty"`
	FormedOn         workday.Date `json:"formed_on"`            // 成文日期
	ApprovedOn       workday.Date `json:"approved_on"`          // budgets: the day of approval, from which the 20 days run
	Theme            string       `json:"theme,omitempty"`      // 主题分类, "大类\小类"
	Genre            string       `json:"genre,omitempty"`      // 体裁分类
	Validity         Validity     `json:"validity,omitempty"`   // 有效性
	Disclosure       Disclosure   `json:"disclosure,omitempty"` // 公开属性
	DisclosureGround string       `json:"ground,omitempty"`     // why it is not open, where it is not
	Column           string       `json:"column,omitempty"`     // 栏目
	Summary          string       `json:"summary,omitempty"`    // 内容概述
	Keywords         []string     `json:"keywords,omitempty"`   // 关键词
	Relations        []Relation   `json:"relations,omitempty"`
}

// Asset is a file that belongs to a revision, named by the SHA-256 of its bytes. The bytes are in the ledger.
type Asset struct {
	Digest string `json:"digest"` // lower-case hex
	Name   string `json:"name"`   // as readers see it, without any folder
	MIME   string `json:"mime"`   // recognised from the content, not from the name
	Size   int64  `json:"size"`   // bytes
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
}

// Revision (版本) is one immutable state of an item's text.
type Revision struct {
	Item        ItemID
	Number      int // from 1
	Title       string
	ShortTitle  string // used where a channel's limit is shorter than Title
	Body        []Block
	Meta        Meta
	Cover       *Asset
	Images      []Asset // every picture a figure of Body names
	Attachments []Asset // in the order readers see them
	Digest      string  // of the canonical encoding, see Revision.Sum
	At          time.Time
	By          string
}

// Step is one of the reviews that a revision needs before it may go out.
type Step string

// SecrecyReview (保密审查) is always needed. The sign-offs are configured; these three are the default (三审).
const (
	SecrecyReview Step = "secrecy"
	FirstReview   Step = "first"
	SecondReview  Step = "second"
	FinalReview   Step = "final"
)

// Name is the step as an editor sees it.
func (s Step) Name() string {
	switch s {
	case SecrecyReview:
		return "保密审查"
	case FirstReview:
		return "初审"
	case SecondReview:
		return "复审"
	case FinalReview:
		return "终审"
	}
	return string(s)
}

// Approval (审签) is one review or sign-off: who said what about exactly which text.
type Approval struct {
	Item       ItemID
	Revision   int
	Digest     string // the revision's digest at the moment of signing
	Step       Step
	By         string
	Office     string
	At         time.Time
	Pass       bool
	Ground     string
	RecordedBy string // the registrar, where it was handed in and not given at the desk
}

// Waiver is a named person's decision to let one waivable finding pass.
type Waiver struct {
	Item     ItemID
	Revision int
	Rule     Rule
	By       string
	Reason   string
	At       time.Time
}
