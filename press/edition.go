package press

import (
	"fmt"
	"strings"
	"time"
)

// Copy (副本) is one item on one channel, generation n. It is what must never exist twice.
type Copy struct {
	ID         int64
	Item       ItemID
	Channel    string
	Generation int // from 1; the next exists only after this one was withdrawn or refused
	State      CopyState
	Revision   int // the revision that was composed; 0 while waiting
	Marker     string
	URL        string
	Ref        string // what the channel calls it: article id, edition number
	Since      time.Time
	Edition    string    // key of the edition that claims it
	ReadyAt    time.Time // waiting: not before this instant
	Note       string    // one sentence for a person: what it waits for, or what is wrong
	FirstSeen  time.Time // first public time: the first verified sighting, never changed
	NextLook   time.Time // when the public copy is looked at next
	Looks      int       // sightings so far that were equal, which thins the timetable
	Task       string    // what a person has still to do about a public copy, such as a correction that no interface can make
	Amending   int       // the revision that an act under way is bringing the public copy to; 0: none
	Kept       int       // the newest revision that the public copy need not show: a person left the older text, or an erratum corrects it
}

// Slot (时段) is a moment at which a channel puts something out.
type Slot struct {
	Channel string
	At      time.Time
}

// Edition (期) is everything one channel puts out in one act.
type Edition struct {
	Key      string // channel@slot#sequence
	Slot     Slot
	Seq      int
	Year     int // gazette: the year its number counts in
	Number   int // gazette: number within the year, 0 for other channels
	Total    int // gazette: running total number since the first issue; 0 for a supplement
	Title    string
	State    EditionState
	Composed time.Time
	Entries  []Entry
	Errata   []Correction // what a numbered issue corrects in earlier ones

	// Of an edition that people compose.
	Name   string // what it is called beside its number, such as 专刊; "" for nothing
	ByHand bool   // people put it in order, which stays

	// Supplement (增刊) is set for an issue of a gazette that stands outside of its numbers: it is counted with the other supplements of its
	// year, and has no running total number.
	Supplement bool

	// WithIndex is set for an issue that carries the index of its year (年度总目录): Index, which is what earlier issues have printed, and what it prints itself.
	WithIndex bool
	Index     []Indexed

	Version int       // of the plan: how often it was changed
	IssueAt time.Time // when it goes out by a person's word; zero: not without one more
	Stopped string    // why it did not go out at that moment, for people
	Proof   int       // of a frozen issue: the proof round that it equals; 0 for none
}

// Due is the moment at which an edition is to go out: the one that a person named, else its slot.
func (e Edition) Due() time.Time {
	if e.IssueAt.After(e.Slot.At) {
		return e.IssueAt
	}
	return e.Slot.At
}

// EditionKey writes the key of an edition: channel@slot#sequence, the slot in UTC.
func EditionKey(s Slot, seq int) string {
	return fmt.Sprintf("%s@%s#%d", s.Channel, s.At.UTC().Format(time.RFC3339), seq)
}

// IssueName is how people name an issue of a gazette: 2026年第4号, or 2026年增刊第1期 for a supplement.
func IssueName(year, number int, supplement bool) string {
	return fmt.Sprintf("%d年%s", year, IssueNumber(number, supplement))
}

// IssueNumber is the name of an issue within its year: 第4号, or 增刊第1期.
func IssueNumber(number int, supplement bool) string {
	if supplement {
		return fmt.Sprintf("增刊第%d期", number)
	}
	return fmt.Sprintf("第%d号", number)
}

// IssueName is how people name the edition, once it is numbered.
func (e Edition) IssueName() string { return IssueName(e.Year, e.Number, e.Supplement) }

// EditionState is where an edition stands.
type EditionState string

// An edition is composed (closed, its copies claimed), then out, or ended without going out. A gazette issue is planned and
// frozen by people before that.
const (
	EditionPlanned EditionState = "planned"  // 编排中: entries may still come and go
	EditionFrozen  EditionState = "frozen"   // 已定稿: numbered, waits to be issued
	EditionOpen    EditionState = "composed" // 发布中: claimed, its act is under way
	EditionOut     EditionState = "out"      // 已发布
	EditionFailed  EditionState = "failed"   // 未发布: refused or given up; its claims are released
	EditionPart    EditionState = "partly"   // 部分发布: some entries out, some refused
)

// Name is the state as people see it.
func (s EditionState) Name() string {
	switch s {
	case EditionPlanned:
		return "编排中"
	case EditionFrozen:
		return "已定稿"
	case EditionOpen:
		return "发布中"
	case EditionOut:
		return "已发布"
	case EditionFailed:
		return "未发布"
	case EditionPart:
		return "部分发布"
	}
	return string(s)
}

// Entry (条目) is one copy in an edition, with everything a driver needs to render it.
type Entry struct {
	Copy     Copy
	Item     Item
	Revision Revision
	Section  string
	Position int              // within the edition, from 1
	Links    []Link           // related pages, resolved when the edition was composed
	Places   map[string]int64 // position on each shelf, see channels.Archive
	Public   time.Time        // the publication time the page prints: when the edition was composed
	Remarks  []Remark         // oldest first
}

// LinkRel says what a related page is to the entry.
type LinkRel string

// Links an entry may carry. Canonical is the item's own page on the website, which other channels point to.
const (
	LinkCanonical      LinkRel = "canonical"
	LinkInterprets     LinkRel = "interprets"     // the document this one interprets
	LinkInterpretation LinkRel = "interpretation" // the interpretation of this document
	LinkAnswers        LinkRel = "answers"        // the consultation this one answers
	LinkFeedback       LinkRel = "feedback"       // the feedback to this consultation
	LinkAmends         LinkRel = "amends"
	LinkAmendedBy      LinkRel = "amended_by"
	LinkRepeals        LinkRel = "repeals"
	LinkRepealedBy     LinkRel = "repealed_by"
)

// Name is the relation as a reader sees it above the link.
func (r LinkRel) Name() string {
	switch r {
	case LinkCanonical:
		return "网页原文"
	case LinkInterprets:
		return "解读的文件"
	case LinkInterpretation:
		return "政策解读"
	case LinkAnswers:
		return "征集公告"
	case LinkFeedback:
		return "征集反馈"
	case LinkAmends:
		return "修改的文件"
	case LinkAmendedBy:
		return "修改本文件的文件"
	case LinkRepeals:
		return "废止的文件"
	case LinkRepealedBy:
		return "废止本文件的文件"
	}
	return string(r)
}

// Link is the address of a related page on a channel.
type Link struct {
	Rel   LinkRel `json:"rel"`
	Item  ItemID  `json:"item"`
	Title string  `json:"title"`
	URL   string  `json:"url"`
}

// Link returns the first link with the given relation.
func (e Entry) Link(rel LinkRel) (Link, bool) {
	for _, l := range e.Links {
		if l.Rel == rel {
			return l, true
		}
	}
	return Link{}, false
}

// Verb is what an act does out there.
type Verb string

// The four verbs. A driver always knows Publish; the others are powers it may have.
const (
	Publish  Verb = "publish"
	Amend    Verb = "amend"
	Withdraw Verb = "withdraw"
	Annotate Verb = "annotate"
)

// Act (动作) is one change to be made on a channel.
type Act struct {
	ID      int64
	Verb    Verb
	Edition Edition // with Entries; for a withdrawal, only the entries that are withdrawn
	Seq     int     // counts the acts on one edition
	Attempt int     // how often it was tried before
	Reason  string  // withdrawal: what the public notice says
	Notice  string  // withdrawal: NoticePage, NoticeGone, or the address readers are sent to
	Opened  time.Time

	Way      Way    // amendment
	Revision int    // amendment: the revision that the copies are to show, which their entries have
	Task     string // amendment or annotation by hand: what a person is asked to do

	// Look asks to look first though nothing was begun: the ledger may be older than the world.
	Look bool

	// LookOnly forbids the act: something in the edition may not go out any more (withdrawn, held, revised), so it is only found out
	// what happened to what was begun.
	LookOnly bool
}

// How a withdrawn page answers: a notice page with title, time and reason, or nothing but the fact.
const (
	NoticePage = "notice"
	NoticeGone = "gone"
)

// Key names an act in logs and in the ledger.
func (a Act) Key() string { return fmt.Sprintf("%s/%s/%d", a.Edition.Key, a.Verb, a.Seq) }

// Status is what a channel knows of an act, or of one entry of it.
type Status string

// The answers of a look or of an act.
const (
	Absent     Status = "absent"      // proved not to be there: the act may be made
	CannotTell Status = "cannot_tell" // neither proved there nor proved absent: look again, never act
	HandedOver Status = "handed_over" // 已提交: accepted, not yet public
	Live       Status = "live"        // 已发布: the channel says it is public
	Gone       Status = "gone"        // 已撤回: the channel says it is no longer public (the effect of a withdrawal)
	Refused    Status = "refused"     // 平台未通过: the text must change
	NeedsHand  Status = "needs_hand"  // 需人工处理: a person must do something outside
	PutOff     Status = "put_off"     // 稍后再试: an attempt of which nothing was executed; only ever recorded, never a driver's answer
)

// Name is the answer as people see it.
func (s Status) Name() string {
	switch s {
	case Absent:
		return "确认未发布"
	case CannotTell:
		return "结果待核实"
	case HandedOver:
		return "已提交"
	case Live:
		return "已发布"
	case Gone:
		return "已撤回"
	case Refused:
		return "平台未通过"
	case NeedsHand:
		return "需人工处理"
	case PutOff:
		return "稍后再试"
	}
	return string(s)
}

// Receipt (回执) is what a channel knows of an act.
type Receipt struct {
	Ref    string // the channel's name for the whole edition
	URL    string
	Status Status
	Note   string    // for a person: why, and what to do
	Again  time.Time // when to look next, for a status that is not final; zero lets the scheduler choose
	Raw    string    // the channel's own last answer, scrubbed of secrets
	Parts  []Part    // per entry, in order; empty means that the receipt speaks for all
}

// Part is a receipt's word on one entry.
type Part struct {
	Copy   int64
	Status Status
	Ref    string
	URL    string
	Note   string
}

// PartOf returns what the receipt says of a copy, falling back to what it says of the whole.
func (r Receipt) PartOf(id int64) Part {
	for _, p := range r.Parts {
		if p.Copy == id {
			return p
		}
	}
	return Part{Copy: id, Status: r.Status, Ref: r.Ref, URL: r.URL, Note: r.Note}
}

// SightingStatus is what a check saw.
type SightingStatus string

// What a check may see. Blind means that it could not look, which says nothing about the page.
const (
	SeenEqual   SightingStatus = "equal"   // 一致
	SeenDiffers SightingStatus = "differs" // 不一致
	SeenGone    SightingStatus = "gone"    // 已不存在
	SeenBanned  SightingStatus = "banned"  // 被平台屏蔽
	SeenMoved   SightingStatus = "moved"   // 被跳转
	SeenBlind   SightingStatus = "blind"   // 无法查看
)

// Name is what was seen, as people see it.
func (s SightingStatus) Name() string {
	switch s {
	case SeenEqual:
		return "一致"
	case SeenDiffers:
		return "不一致"
	case SeenGone:
		return "已不存在"
	case SeenBanned:
		return "被平台屏蔽"
	case SeenMoved:
		return "被跳转"
	case SeenBlind:
		return "无法查看"
	}
	return string(s)
}

// Sighting (核验) is what a check saw of one copy in public.
type Sighting struct {
	Copy     int64
	Revision int // that it was compared with; 0: not told
	Status   SightingStatus
	Digest   string // of the folded text that was seen
	URL      string
	Detail   string   // for a person: the first difference, or why it could not look
	Changes  []Change // between the approved text and what was seen, word by word; the first few
	At       time.Time
	Elapsed  time.Duration
}

// Timetable is when a channel puts things out. The zero time means never again. One date and a cron line are the same kind of thing.
type Timetable interface {
	Next(after time.Time) time.Time
}

// Once is a timetable of a single moment.
type Once time.Time

// Next returns the moment while it is ahead.
func (o Once) Next(after time.Time) time.Time {
	if t := time.Time(o); t.After(after) {
		return t
	}
	return time.Time{}
}

// Timetables strikes whenever one of its members does.
type Timetables []Timetable

// Next returns the earliest of the members' next moments.
func (ts Timetables) Next(after time.Time) time.Time {
	var best time.Time
	for _, t := range ts {
		if n := t.Next(after); !n.IsZero() && (best.IsZero() || n.Before(best)) {
			best = n
		}
	}
	return best
}

// TitleWithin is the title where a channel allows at most max characters: the full title if it fits, else the short one if
// there is one. It never cuts a title; a title that does not fit is a gate's finding.
func (r Revision) TitleWithin(max int) string {
	if max <= 0 || runes(r.Title) <= max || strings.TrimSpace(r.ShortTitle) == "" {
		return r.Title
	}
	return r.ShortTitle
}
