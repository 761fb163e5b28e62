package desk

import (
	"net/http"
	"net/url"
	"slices"

	"tongfa/ledger"
	"tongfa/press"
)

// offer is one move that makes sense for an item now, and that who looks may make.
type offer struct {
	Move    string     // one of the words below
	Name    string     // in Chinese, as the button says it
	Channel string     // "" for the whole item
	Rule    press.Rule // of a waiver
	URL     string     // of the form; of a move that needs none, where it is posted to
	Post    bool
	Main    bool // somebody waits for it
}

// The moves of an item's page. The editorial ones have the names that press gives their verbs.
const (
	moveHold     = "hold"
	moveRelease  = "release"
	moveTime     = "time"
	moveCorrect  = "correct"
	moveRestore  = "restore"
	moveAnnotate = "annotate"
	moveWaive    = "waive"
	moveWithdraw = "withdraw"
	moveRetry    = "retry"
	moveLook     = "look"
	moveRevise   = "revise"
	moveSign     = "sign"
	moveEvidence = "evidence"
)

// movesNow is what a person may do about an item as it stands: what the table of moves allows from its state, in the role that she has for it,
// and what its copies give reason to. Every page and the API offer these and no others, and every form asks it again.
func movesNow(s ledger.Story, p ledger.Person) []offer {
	page := func(more ...string) string { return to(append([]string{"items", string(s.Item.ID)}, more...)...) }
	var out []offer
	for _, m := range []struct {
		right press.Right
		verb  press.Verb
		sense bool
		offer
	}{
		{signing(p), press.Sign, s.Item.State == press.Submitted, offer{Move: moveSign, Name: "审签", URL: page("review"), Main: true}},
		{press.MayWaive, press.Sign, s.Item.State == press.Submitted, offer{Move: moveWaive}},
		{press.MayHold, press.Release, s.Item.Held, offer{Move: moveRelease, Name: "解除暂缓", URL: page("release"), Main: true}},
		{press.MayCorrect, press.Amend, behind(s), offer{Move: moveCorrect, Name: "更正", URL: page("correct"), Main: true}},
		{press.MayCorrect, press.Amend, changeable(s), offer{Move: moveCorrect, Name: "改选更正方式", URL: page("correct")}},
		{press.MayCorrect, press.Amend, tampered(s), offer{Move: moveRestore, Name: "恢复公开文本", URL: page("correct") + "?restore=1", Main: true}},
		{press.MayRetry, press.Retry, true, offer{Move: moveRetry}},
		{press.MayRetry, press.Retry, true, offer{Move: moveLook}},
		{press.MayHold, press.Hold, !s.Item.Held && anyWaiting(s), offer{Move: moveHold, Name: "暂缓", URL: page("hold")}},
		{press.MayHold, press.Hold, anyWaiting(s), offer{Move: moveTime, Name: "改发布时间", URL: page("time")}},
		{press.MayCorrect, press.Annotate, anyPublic(s), offer{Move: moveAnnotate, Name: "标注", URL: page("annotate")}},
		{press.MayFile, press.Revise, true, offer{Move: moveRevise, Name: "修改稿件", URL: page("edit")}},
		{press.MayWithdraw, press.Withdraw, true, offer{Move: moveWithdraw, Name: "撤回", URL: "/withdraw?" + url.Values{"item": {string(s.Item.ID)}}.Encode()}},
		{press.MayExport, "", true, offer{Move: moveEvidence, Name: "导出证据", URL: page("evidence")}},
	} {
		if !m.sense || !allowed(s.Item, p, m.right, m.verb) {
			continue
		}
		switch m.Move {
		case moveWaive:
			out = append(out, waivers(s)...)
		case moveRetry:
			out = append(out, retries(s)...)
		case moveLook:
			out = append(out, looks(s)...)
		default:
			out = append(out, m.offer)
		}
	}
	return out
}

// allowed asks both tables: whether a person has a right, and whether a verb is a move from where an item stands in the role that she then has.
func allowed(it press.Item, p ledger.Person, right press.Right, verb press.Verb) bool {
	if !p.May(right) {
		return false
	}
	if verb == "" {
		return true
	}
	_, err := it.State.Move(verb, p.By(right).Role)
	return err == nil
}

// signing is the right by which a person gives her word on an item: a review, or else the secrecy review.
func signing(p ledger.Person) press.Right {
	if p.May(press.MaySign) {
		return press.MaySign
	}
	return press.MayClear
}

func anyWaiting(s ledger.Story) bool {
	return slices.ContainsFunc(s.Copies, func(c press.Copy) bool { return c.State == press.Waiting })
}

func anyPublic(s ledger.Story) bool {
	return slices.ContainsFunc(s.Copies, func(c press.Copy) bool { return c.State.Public() })
}

// behind reports whether a newer text is approved than is public, and may be shown.
func behind(s ledger.Story) bool {
	return !s.Item.Held && !press.Stops(s.Findings) && slices.ContainsFunc(s.Copies, func(c press.Copy) bool { return c.Behind(s.Item) != "" })
}

// changeable reports whether a correction that is under way may still be made in another way.
func changeable(s ledger.Story) bool {
	return !behind(s) && !s.Item.Held && !press.Stops(s.Findings) && slices.ContainsFunc(s.Copies, func(c press.Copy) bool {
		return c.State.Public() && c.Amending > c.Revision && c.Task != ""
	})
}

// tampered reports whether a public copy says something else than was approved.
func tampered(s ledger.Story) bool {
	return !s.Item.Held && slices.ContainsFunc(s.Copies, func(c press.Copy) bool { return c.State == press.CopyDiffers && c.Task == "" })
}

// waivers are the findings that somebody may let pass.
func waivers(s ledger.Story) (out []offer) {
	seen := map[press.Rule]bool{}
	for _, f := range s.Findings {
		if !f.Waivable || f.Severity != press.Stop || seen[f.Rule] {
			continue
		}
		seen[f.Rule] = true
		out = append(out, offer{Move: moveWaive, Name: "放行", Rule: f.Rule,
			URL: to("items", string(s.Item.ID), "waive") + "?" + url.Values{"rule": {string(f.Rule)}}.Encode()})
	}
	return out
}

// retries are the copies that a person's word may help on.
func retries(s ledger.Story) (out []offer) {
	for _, c := range s.Copies {
		if len(answers(s, c)) == 0 {
			continue
		}
		o := offer{Move: moveRetry, Name: "再看一次", Channel: c.Channel, Main: needsHand(c.State) || c.Task != "",
			URL: to("items", string(s.Item.ID), "retry") + "?" + url.Values{"channel": {c.Channel}}.Encode()}
		switch {
		case o.Main:
			o.Name = "处理"
		case c.State == press.Waiting:
			o.Name = "重新检查"
		}
		out = append(out, o)
	}
	return out
}

// looks are the copies that can be looked at now.
func looks(s ledger.Story) (out []offer) {
	for _, c := range s.Copies {
		if c.State.Public() {
			out = append(out, offer{Move: moveLook, Name: "现在核验", Channel: c.Channel, URL: to("items", string(s.Item.ID), "look"), Post: true})
		}
	}
	return out
}

// offers are the moves of an item that this desk can make.
func (d *desk) offers(r *http.Request, s ledger.Story) []offer {
	return slices.DeleteFunc(movesNow(s, personOf(r)), func(o offer) bool { return o.Move == moveLook && d.Look == nil })
}

// beside are the offers that stand beside a copy. Where it can be looked at now, nobody is offered to have it looked at later.
func beside(c press.Copy, list []offer) (out []offer) {
	_, looks := offered(list, moveLook, c.Channel)
	for _, o := range list {
		if o.Channel != c.Channel {
			continue
		}
		if looks && o.Move == moveRetry && !o.Main {
			o = o.besideLook(c)
		}
		if o.Move != "" {
			out = append(out, o)
		}
	}
	return out
}

// besideLook is what is left of retry beside a look: of what is verified nothing, of what is only said to be public its link.
func (o offer) besideLook(c press.Copy) offer {
	switch c.State {
	case press.CopyVerified:
		return offer{}
	case press.CopyLive:
		o.Name = "登记链接"
		o.URL += "&" + url.Values{"hint": {hintLink}}.Encode()
	}
	return o
}

// offered finds one move of a list.
func offered(list []offer, move, channel string) (offer, bool) {
	i := slices.IndexFunc(list, func(o offer) bool { return o.Move == move && o.Channel == channel })
	if i < 0 {
		return offer{}, false
	}
	return list[i], true
}
