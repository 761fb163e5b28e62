package press

import (
	"slices"
	"time"

	"tongfa/workday"
)

// Rule names a gate.
type Rule string

// Severity says what a finding does to an item.
type Severity string

// A Stop keeps an item from going out; a Warn is shown and does not.
const (
	Stop Severity = "stop"
	Warn Severity = "warn"
	Info Severity = "info"
)

// Name is the weight of a finding as people see it.
func (s Severity) Name() string {
	switch s {
	case Stop:
		return "不得发布"
	case Warn:
		return "请留意"
	case Info:
		return "说明"
	}
	return string(s)
}

// Finding is what a gate says.
type Finding struct {
	Rule     Rule     `json:"rule"`
	Severity Severity `json:"severity"`
	Field    string   `json:"field"`   // key of the item package: title, body, doc_number …
	Place    string   `json:"place"`   // where in it: 第3段, 附件2
	Message  string   `json:"message"` // plain Chinese: what is wrong and what to do
	Waivable bool     `json:"waivable,omitempty"`
}

// Limits are a channel's limits on what it takes; 0 means none. They are asked before anything is sent.
type Limits struct {
	Title        int // characters
	Author       int // characters
	Summary      int // characters
	TextWarn     int // characters of the whole text, above which the outside has been seen to refuse
	TextStop     int // characters of the whole text, above which it always refuses
	Pictures     int // how many
	PictureBytes int64
}

// Subject is everything the gates look at. They compute on it and ask nobody else.
type Subject struct {
	Item      Item
	Revision  Revision
	Approvals []Approval
	Waivers   []Waiver
	Steps     []Step            // sign-offs that are required beside the secrecy review; nil means first, second, final
	OnePerson bool              // small offices: one person may give several sign-offs
	Limits    map[string]Limits // by channel name; a wanted channel that is not in it does not exist
	Calendar  *workday.Calendar
	Words     *Words    // of the office's own list; nil for none
	Now       time.Time // in the office's zone
	FirstSeen time.Time // first public time on any channel; zero while nothing is out
}

// Stops reports whether any finding keeps the item from going out.
func Stops(fs []Finding) bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.Severity == Stop })
}
