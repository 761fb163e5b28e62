package desk

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"tongfa/channels"
	"tongfa/ledger"
	"tongfa/press"
)

// Composing is what the desk must know of a channel whose editions people compose. Only Plan is required.
type Composing struct {
	Plan     press.Plan
	Sections []string // of an issue, in the order in which it prints them
	Proof    channels.Proofer
	Makes    channels.Roundsman // makes the files of proof rounds; nil where there are none
	Phone    bool               // its readers hold a phone: the proof is as wide
}

// composing is what is known of a channel whose editions people compose; false for the others.
func (d *desk) composing(channel string) (Composing, bool) {
	if d.Compose == nil {
		return Composing{}, false
	}
	return d.Compose(channel)
}

// planned is an edition on its way to being frozen and issued, with everything that a person must know of it before.
type planned struct {
	ledger.EditionLine // in the order and with the number that it would have
	Composing          `json:"-"`
	Found              []press.Finding
	Trouble            string // why it cannot be numbered
	Uses               []use  // of the channel's quotas today
}

// planned reads an edition that people compose.
func (d *desk) planned(r *http.Request, key string) (p planned, err error) {
	if p.EditionLine, err = d.Ledger.Edition(r.Context(), key); err != nil {
		return p, err
	}
	c, ok := d.composing(p.Slot.Channel)
	if !ok {
		return p, errNotComposed
	}
	p.Composing = c
	e, err := d.Ledger.Numbering(r.Context(), c.Plan, p.Edition)
	if err != nil {
		p.Trouble, err = say(err), nil
		if c.Plan.Arrange != nil {
			e = c.Plan.Arrange(p.Edition)
		}
	}
	p.Edition = e
	if p.Found, err = d.Ledger.Proofread(r.Context(), c.Plan, e, d.Now()); err != nil {
		return p, err
	}
	slices.SortStableFunc(p.Found, func(a, b press.Finding) int { return weight(a) - weight(b) })
	if d.Options.Channel != nil {
		line := channelLine{ChannelState: ledger.ChannelState{Name: p.Slot.Channel}, Outlook: d.Options.Channel(r.Context(), p.Slot.Channel)}
		p.Uses, err = d.uses(r.Context(), line)
	}
	return p, err
}

var errNotComposed = errors.New("nobody composes editions of this channel")

// weight sorts findings: what stops first.
func weight(f press.Finding) int {
	return slices.Index([]press.Severity{press.Stop, press.Warn, press.Info}, f.Severity)
}

// Grave are the findings that a person must see to, or look at.
func (p planned) Grave() []press.Finding {
	return slices.DeleteFunc(slices.Clone(p.Found), func(f press.Finding) bool { return f.Severity == press.Info })
}

// Hints are the others.
func (p planned) Hints() []press.Finding {
	return slices.DeleteFunc(slices.Clone(p.Found), func(f press.Finding) bool { return f.Severity != press.Info })
}

// Owing reports whether it leaves out a registered document without a word on why.
func (p planned) Owing() bool {
	return slices.ContainsFunc(p.Found, func(f press.Finding) bool { return f.Rule == ledger.RuleOwing })
}

// Open reports whether it has not been issued yet.
func (p planned) Open() bool {
	return p.State == press.EditionPlanned || p.State == press.EditionFrozen
}

// Planned reports whether people may still change it.
func (p planned) Planned() bool { return p.State == press.EditionPlanned }

// Frozen reports whether it is settled and waits to be issued.
func (p planned) Frozen() bool { return p.State == press.EditionFrozen }

// Stops reports whether something must be mended before it can go on.
func (p planned) Stops() bool { return p.Trouble != "" || press.Stops(p.Found) }

// Room is how many entries fit.
func (p planned) Room() int { return p.Plan.Room() }

// Numbered reports whether its channel counts its editions.
func (p planned) Numbered() bool { return p.Plan.Issues != nil }

// Blank reports whether there is nothing to see of it.
func (p planned) Blank() bool { return len(p.Entries)+len(p.Errata) == 0 }

// Timed reports whether it goes out by itself.
func (p planned) Timed() bool { return p.Frozen() && !p.IssueAt.IsZero() && p.Stopped == "" }

// Quota is what is left today of what a message costs: sendings, and drafts once they run low.
func (p planned) Quota() []use {
	return slices.DeleteFunc(slices.Clone(p.Uses), func(u use) bool {
		sent := strings.HasSuffix(u.Name, "/submit") || strings.HasSuffix(u.Name, "/sendall")
		return !sent && !(strings.HasSuffix(u.Name, "draft/add") && u.Low())
	})
}

// refuseEdition answers an edition that cannot be composed, or is not there.
func (d *desk) refuseEdition(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errNotComposed) {
		d.refuse(w, r, http.StatusNotFound, d.t(r, "这个渠道的期次由系统组成，不由人编排"), d.t(r, "请从期次列表重新进入。"))
		return
	}
	d.fail(w, r, err)
}

// changedMeanwhile are the changes that others made since a version of a plan.
func (d *desk) changedMeanwhile(r *http.Request, key string, seen, now int) ([]ledger.Deed, error) {
	if seen <= 0 || seen >= now {
		return nil, nil
	}
	most := min(now-seen, 20)
	deeds, err := d.Ledger.Deeds(r.Context(), ledger.DeedFilter{About: key, Most: most + 50})
	deeds = slices.DeleteFunc(deeds, func(x ledger.Deed) bool { // what is said of a proof changes no plan
		return slices.Contains([]string{"pull_proof", "pass_proof", "remark_proof", "settle_remark"}, x.Verb)
	})
	return deeds[:min(most, len(deeds))], err
}

// editionDone says once what was done to an edition.
func (d *desk) editionDone(r *http.Request) string {
	switch r.URL.Query().Get("done") {
	case "new":
		return d.t(r, "已新开一期，可以编入稿件了。")
	case "put":
		return d.t(r, "已编入。")
	case "renew":
		return d.t(r, "已换成新版本。")
	case "drop":
		return d.t(r, "已移出，这篇稿件等下一期。")
	case "order":
		return d.t(r, "已调整。")
	case "name":
		return d.t(r, "期名已改。")
	case "announce":
		return d.t(r, "已拟好出刊消息的草稿，照常送审、签发以后才发出。")
	case "supplement", "index":
		return d.t(r, "已保存。")
	case "at":
		return d.t(r, "时间已改。")
	case "round":
		return d.t(r, "校样已出，可以下载和校对了。")
	case "freeze":
		return d.t(r, "已定稿。")
	case "timed":
		return d.t(r, "已定下时刻，到点自动发出；那时会再检查一次。")
	case "untimed":
		return d.t(r, "已取消到点发出，要发出须再由人发行。")
	case "issue":
		return d.t(r, "已发行，正在发出。结果会出现在下面。")
	case "thaw":
		return d.t(r, "已撤销定稿，可以接着编排。")
	case "abandon":
		return d.t(r, "已放弃这一期，里面的稿件等下一期。")
	}
	return ""
}

// editionTime reads a moment of a form, on the office's clock.
func (d *desk) editionTime(s string) (time.Time, bool) {
	for _, form := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(form, strings.TrimSpace(s), d.Location); err == nil && t.Year() > 2000 && t.Year() < 2200 {
			return t, true
		}
	}
	return time.Time{}, false
}

// editionStamp is a moment as a form has it.
func (d *desk) editionStamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(d.Location).Format("2006-01-02T15:04")
}
