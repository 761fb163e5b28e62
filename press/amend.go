package press

import "time"

// Way (更正方式) is how a channel is brought to say what is approved by now.
type Way string

// The ways that channels have.
const (
	InPlace   Way = "in_place"  // 就地更正: the same address shows the new text, with a dated remark
	Republish Way = "republish" // 撤下重发: the old text is taken back, and the new one goes out as the next generation
	Erratum   Way = "erratum"   // 刊登更正: what was issued stays; it gets a remark, and the next issue prints the correction
	ByHand    Way = "by_hand"   // 人工更正: no interface can do it, a person does and says so
	Leave     Way = "leave"     // 保留原文: a person decided that this channel keeps the older text
)

// Name is the way as people see it.
func (w Way) Name() string {
	switch w {
	case InPlace:
		return "就地更正"
	case Republish:
		return "撤下重发"
	case Erratum:
		return "下期刊登更正"
	case ByHand:
		return "人工更正"
	case Leave:
		return "保留原文"
	}
	return string(w)
}

// Means is one way that a channel has, and what it comes to there: a sentence for the plan, and for ByHand what a person is asked to do.
type Means struct {
	Way  Way    `json:"way"`
	What string `json:"what"`
}

// RemarkKind says what a remark is about.
type RemarkKind string

// A public copy is remarked on when its text was corrected, and when the document itself is no longer in force.
const (
	RemarkCorrection RemarkKind = "correction" // 更正说明
	RemarkValidity   RemarkKind = "validity"   // 有效性: 失效, 废止, 已修改
)

// Name is the heading of a remark.
func (k RemarkKind) Name() string {
	switch k {
	case RemarkCorrection:
		return "更正说明"
	case RemarkValidity:
		return "效力提示"
	}
	return string(k)
}

// Remark (附注) is a dated note that stands beside the approved text of a public copy and is no part of it.
type Remark struct {
	At       time.Time  `json:"at"`
	Kind     RemarkKind `json:"kind"`
	Validity Validity   `json:"validity,omitempty"` // of a RemarkValidity
	Text     string     `json:"text"`
	URL      string     `json:"url,omitempty"` // of what replaced, repealed or corrected it
}

// Correction (刊误) is what a numbered issue prints about an article of an earlier one.
type Correction struct {
	Item         ItemID
	Title        string
	DocNumber    string
	Year, Number int    // the issue that printed it
	Supplement   bool   // which was a supplement
	URL          string // of the article there
	Reason       string
	Changes      []Change // between the revision that was printed and the one that is approved by now
}

// Change is one difference between two texts, with a few characters around it.
type Change struct {
	Before string `json:"before"` // what both say just before it
	Was    string `json:"was"`    // "" where something was put in
	Now    string `json:"now"`    // "" where something was left out
	After  string `json:"after"`  // what both say just after it
}

// Found (台账外内容) is one thing that a channel shows, or has ready, whether the ledger knows of it or not.
type Found struct {
	Marker     string // of a copy; "" when it carries none
	Ref        string // what the channel calls it
	URL        string
	Title      string
	Revision   int       // as its page says; 0 when it does not
	Public     time.Time // when it became public; zero when the channel does not tell
	Withdrawn  bool
	Year       int // of a numbered issue
	Number     int
	Total      int
	Supplement bool   // it is a supplement, which is counted apart
	Place      int    // in the message or issue, from 1
	Imported   string // of an issue that was imported and stands as it was put there: the digest of what was imported
}
