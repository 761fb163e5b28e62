package config

import (
	"net/netip"
	"time"

	"tongfa/press"
	"tongfa/typeset"
)

// Config is what the operator wrote, checked and with its defaults filled in.
type Config struct {
	File          string // where it was read
	Office        string
	USCC          string // 统一社会信用代码 of the office, the first part of every index number; may be empty
	Timezone      *time.Location
	Data          string         // folder of the ledger, its lock, backups; absolute
	Listen        string         // address of the desk
	Desk          string         // address of the desk as people reach it, without a slash at the end; "" where they reach it at Listen
	Proxies       []netip.Prefix // reverse proxies on other machines, whose X-Forwarded-For is believed
	SignIn        SignIn
	AllowPrivate  []netip.Prefix
	Holidays      []string     // files for workday.Parse, absolute
	Steps         []press.Step // sign-offs beside the secrecy review
	OnePerson     bool         // one person may give several sign-offs
	VerifyEvery   Verify
	Alarms        Alarms
	Webhooks      []Webhook // who is told what happens
	Channels      []Channel // in the order of the file
	Standin       *Standin  // the WeChat stand-in that serve starts with the daemon; nil in real life
	Clock         Clock
	BackupEvery   time.Duration
	BackupKeep    int
	MaxAttachment int64 // bytes

	// MissingSecrets lists the secrets that were named but are not there (yet). Whoever wants to reach a channel must
	// refuse to start while it is not empty; whoever only looks at the ledger may go on.
	MissingSecrets []Problem
}

// Channel finds a channel by its name.
func (c *Config) Channel(name string) (Channel, bool) {
	for _, ch := range c.Channels {
		if ch.Name == name {
			return ch, true
		}
	}
	return Channel{}, false
}

// Verify is when a public copy is looked at again.
type Verify struct {
	After  []time.Duration // after each equal sighting in turn; the last one repeats
	Survey time.Duration   // from one survey of everything that a channel shows to the next; 0 for none
}

// Clock is by whom this machine's clock is checked.
type Clock struct {
	Hosts []string      // addresses whose answers tell the time; nil means the channels' own addresses outside of this machine
	None  bool          // hosts was written and is empty: nobody is asked
	Every time.Duration // how often they are asked
	Most  time.Duration // how far this machine may be off
}

// The kinds of channel, as the key kind names them.
const (
	KindSite    = "site"
	KindWeChat  = "wechat"
	KindGazette = "gazette"
)

// Channel is one channel as the operator named it. Exactly one of Site, WeChat and Gazette is set.
type Channel struct {
	Name        string
	Title       string          // what people call it on the desk
	Kind        string          // KindSite, KindWeChat or KindGazette
	When        press.Timetable // nil: on release
	Spec        string          // When as it was written, to tell whether it was changed
	After       []string        // channels whose copy must be verified first
	Wait        time.Duration   // how long a slot stays open for copies whose prerequisite is going out
	Late        string          // publish, next or ask: what to do with a slot that was missed
	PerEdition  int             // copies in one edition; 0 means no limit
	Concurrency int             // acts at once
	Every       time.Duration   // least time between the beginnings of two acts; 0 for none
	Looks       int             // public copies that are looked at in a second, at most
	Rehearsal   bool            // everything behind it is a stand-in: the clock may be set forward
	Site        *Site
	WeChat      *WeChat
	Gazette     *Gazette
}

// Site is a built-in government website.
type Site struct {
	Root     string // folder that a web server serves, absolute
	URL      string // public address of Root, without a slash at the end
	Serve    string // address on which the daemon itself serves Root; empty: another web server does
	Name     string // SiteName: the registered name of the site
	IDCode   string // SiteIDCode: ten digits
	Domain   string // SiteDomain; from URL if absent
	Contact  string // one line of the footer: address, telephone
	ICP      string // ICP备案编号
	Police   string // 公安机关备案号
	Columns  []Column
	PageSize int // entries on a list page
}

// Column is a column (栏目) of a website.
type Column struct {
	Name        string
	Path        string // folder of its pages, Latin letters; made from the name's digest if absent
	Description string
	Keywords    string
	Type        string // ColumnType of the website guide; the name if absent
}

// WeChat is an official account (公众号).
type WeChat struct {
	Account  string // the account's name as readers know it
	AppID    string
	Secret   Secret // empty if it is among Config.MissingSecrets
	Mode     string // draft, publish or mass
	BaseURL  string
	Author   string          // default author line; the item's issuer if absent
	Comment  bool            // open the comments
	Poll     []time.Duration // waits between looks at an edition under review; the last one repeats
	Recover  time.Duration   // how long a vanished submission is looked for before a person is asked
	Settle   time.Duration   // how long an unanswered step is left alone before it is looked for
	Quotas   map[string]int  // calls a day, where the account has other limits than a new one
	Articles string          // base address of the account's articles; https://mp.weixin.qq.com if absent
	Callback Callback        // how the platform signs what it sends here
}

// Gazette is an electronic gazette (政府公报电子版).
type Gazette struct {
	Root      string // folder of its pages, absolute
	URL       string // public address of Root, without a slash at the end
	Name      string // 刊名
	Sections  []Section
	Issue     string // auto or manual: whether an edition is frozen and issued at its slot without a person
	Proofs    int    // rounds of proofs that must have been read before an issue is frozen; 0: what is missing is only said
	First     First
	Host      string   // 主办
	Statement string   // the office's own words on the legal effect of the printed text
	Within    int      // working days after being issued within which departments hand in their documents
	Fonts     []string // TrueType files of the office's own, absolute; each was read, and may be embedded
	Fallback  []string // those that are asked last, and read only for a character that none of the others has
	Watermark string   // across every page of PDF and OFD; "" for none

	PDFSignature, OFDSignature *typeset.Credential // who signs; nil for nobody
	OFDAttachments             bool                // the attachments of articles go along in the OFD
}

// Section is a section (栏目) of the gazette with the kinds and columns of items that belong in it.
type Section struct {
	Name    string
	Kinds   []press.Kind
	Columns []string
}

// First is the number the next edition gets when the ledger knows none: an office that moves to Tongfa goes on counting.
type First struct {
	Year, Number, Total int
}

// Standin starts the WeChat stand-in together with the daemon, for rehearsals.
type Standin struct {
	Listen string
	State  string // file that keeps it over a restart, absolute
	Review time.Duration
}
