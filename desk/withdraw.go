package desk

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

// withdrawPage takes items back: one, or several by one decision.
type withdrawPage struct {
	frame
	Items    []withdrawing
	Query    string // what items are looked for to be taken back
	Found    []ledger.Line
	Reason   string
	Notice   string // press.NoticePage, press.NoticeGone, or "url"
	URL      string
	Problems problems
}

// withdrawing is one item, and what comes of taking it back.
type withdrawing struct {
	asked
	May   bool // there is something to take back
	Lines []checkLine
}

// Open reports whether anything can be taken back.
func (p withdrawPage) Open() bool {
	return slices.ContainsFunc(p.Items, func(x withdrawing) bool { return x.May })
}

// still has the withdrawal happen only while each item is as it was found when the request came.
func (p withdrawPage) still(r *http.Request) context.Context {
	var all []ledger.Story
	for _, x := range p.Items {
		all = append(all, x.Story)
	}
	return ledger.While(r.Context(), all...)
}

// Bounds of a withdrawal.
const (
	mostTogether = 50  // items
	mostPublic   = 200 // characters of a reason that readers see
)

// noticeURL stands for an address that readers are sent to.
const noticeURL = "url"

func (d *desk) withdrawForm(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p := withdrawPage{Notice: cmp.Or(q.Get("notice"), press.NoticePage), Reason: q.Get("reason"), URL: q.Get("url"), Query: oneLine(shortened(q.Get("q"), 200))}
	var ok bool
	if p.Items, ok = d.withdrawings(w, r, q["item"], p.notice()); !ok {
		return
	}
	if len(p.Items) == 0 {
		var err error
		if p.Found, _, err = d.Ledger.Lines(r.Context(), ledger.Filter{Title: p.Query, Limit: mostTogether}); err != nil {
			d.fail(w, r, err)
			return
		}
		p.Found = slices.DeleteFunc(p.Found, func(l ledger.Line) bool { return l.Item.State == press.Withdrawn })
	}
	d.showWithdraw(w, r, http.StatusOK, p)
}

func (d *desk) showWithdraw(w http.ResponseWriter, r *http.Request, status int, p withdrawPage) {
	title := d.t(r, "撤回")
	if len(p.Items) == 1 {
		title += d.t(r, "：") + p.Items[0].Name()
	}
	p.frame = d.frame(r, title, "matrix")
	p.Done = d.t(r, done(r.URL.Query().Get("done")))
	d.show(w, r, status, "withdraw", p)
}

// withdrawings reads the items that a withdrawal is about. Where it fails it has answered.
func (d *desk) withdrawings(w http.ResponseWriter, r *http.Request, refs []string, notice string) ([]withdrawing, bool) {
	slices.Sort(refs)
	refs = slices.Compact(refs)
	if len(refs) > mostTogether {
		d.refuse(w, r, http.StatusUnprocessableEntity, d.t(r, "一次最多撤回%d篇", mostTogether), d.t(r, "没有改动任何内容。请分几次撤回。"))
		return nil, false
	}
	kinds, err := d.kinds(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return nil, false
	}
	var out []withdrawing
	for _, ref := range refs {
		s, err := d.Ledger.Story(r.Context(), ref, d.Now())
		if err != nil {
			d.fail(w, r, err)
			return nil, false
		}
		x := withdrawing{asked: asked{s, d.offers(r, s)}}
		_, x.May = offered(x.Offers, moveWithdraw, "")
		for _, c := range s.Copies {
			x.Lines = append(x.Lines, d.takenBack(r, c, kinds[c.Channel], notice))
		}
		out = append(out, x)
	}
	return out, true
}

// kinds are the kinds of the channels, by name.
func (d *desk) kinds(ctx context.Context) (map[string]string, error) {
	list, err := d.Ledger.Channels(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, c := range list {
		out[c.Name] = c.Kind
	}
	return out, nil
}

// takenBack tells what a withdrawal does about one copy, by itself or by a person.
func (d *desk) takenBack(r *http.Request, c press.Copy, kind, notice string) checkLine {
	l := checkLine{Channel: c.Channel, State: c.State, URL: c.URL}
	switch {
	case c.State == press.CopyWithdrawn:
		l.What = d.t(r, "已经撤回，不用再做")
	case c.State == press.Waiting && c.Edition != "":
		l.What = d.t(r, "已经编入一期：没有开始发出的不再发出，已经开始的一旦公开马上撤下")
	case c.State == press.Waiting:
		l.What = d.t(r, "没有发布过，不再发布")
	case c.State == press.CopyRefused:
		l.What = d.t(r, "没有公开过，记为已撤回")
	case c.State == press.CopyHanded || c.State == press.CopyUnknown:
		l.What = d.t(r, "已经提交，结果还不知道：先查明，一旦查到公开马上撤下")
	case d.Withdraws != nil && !d.Withdraws()[c.Channel]:
		l.What, l.Hand = d.t(r, "没有撤下的接口：请人到渠道后台删除，再到稿件页登记"), true
	case c.State == press.CopyNeedsHand:
		l.What = d.t(r, "查看渠道上有没有草稿或文章，有就删除；删不了的列为人工待办")
	default:
		l.What = d.takenDown(r, kind, notice)
	}
	return l
}

// takenDown is what readers find afterwards.
func (d *desk) takenDown(r *http.Request, kind, notice string) string {
	switch {
	case kind == "wechat":
		return d.t(r, "删除这篇文章，读者点开看到“已删除”；阅读数、留言和原链接找不回来。接口删不了的列为人工待办")
	case kind == "gazette":
		return d.t(r, "电子公报上这一篇换成撤回说明，含有它的整期文件停止下载；纸质公报收不回")
	case notice == press.NoticeGone:
		return d.t(r, "网页和附件撤下，原网址只说“已撤下”；列表和检索同时更新")
	case notice == press.NoticePage:
		return d.t(r, "网页和附件撤下，原网址留下撤回说明，写明标题、时间和理由；列表和检索同时更新")
	}
	return d.t(r, "网页和附件撤下，访问原网址的读者转到您写的网址；列表和检索同时更新")
}

// notice is what the ledger is told of the choice.
func (p withdrawPage) notice() string {
	if p.Notice == noticeURL {
		return p.URL
	}
	return p.Notice
}

func (d *desk) withdraw(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		d.refuse(w, r, http.StatusBadRequest, d.t(r, "提交的内容读不出来，没有执行"), d.t(r, "请回到稿件页重新操作。"))
		return
	}
	f := r.PostForm
	p := withdrawPage{Reason: written(f.Get("reason")), Notice: f.Get("notice"), URL: strings.TrimSpace(f.Get("url"))}
	var ok bool
	if p.Items, ok = d.withdrawings(w, r, f["item"], p.notice()); !ok {
		return
	}
	who := d.by(r, press.MayWithdraw)
	if p.twice(f, who, d) {
		d.wake()
		d.withdrawn(w, r, p)
		return
	}
	if p.Problems = d.withdrawWrong(r, p); len(p.Problems) > 0 {
		d.showWithdraw(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	checked, agreed := sure(f)
	if !checked || !agreed {
		d.checkWithdraw(w, r, p, checked)
		return
	}
	var refs []string
	for _, x := range p.Items {
		if x.May {
			refs = append(refs, x.ID())
		}
	}
	if err := d.Ledger.WithdrawAll(p.still(r), refs, p.Reason, p.notice(), who, d.Now()); err != nil {
		if p.Problems, ok = refused(err); ok {
			d.showWithdraw(w, r, http.StatusConflict, p)
			return
		}
		d.fail(w, r, err)
		return
	}
	d.wake()
	d.withdrawn(w, r, p)
}

// twice reports whether all of it was done a moment ago by the same person: the button was pressed twice.
func (p withdrawPage) twice(f url.Values, who ledger.Who, d *desk) bool {
	return len(p.Items) > 0 && !slices.ContainsFunc(p.Items, func(x withdrawing) bool {
		return f.Get("seen."+x.ID()) == x.Seen() || !justDone(x.Story, press.Withdraw, p.Reason, who, d.Now())
	})
}

// withdrawn goes on to where the withdrawal can be followed.
func (d *desk) withdrawn(w http.ResponseWriter, r *http.Request, p withdrawPage) {
	if len(p.Items) == 1 {
		http.Redirect(w, r, to("items", p.Items[0].ID())+"?done=withdraw", http.StatusSeeOther)
		return
	}
	q := url.Values{"done": {"withdraw"}}
	for _, x := range p.Items {
		q.Add("item", x.ID())
	}
	http.Redirect(w, r, "/withdraw?"+q.Encode(), http.StatusSeeOther)
}

// withdrawWrong is what is wrong with the answers.
func (d *desk) withdrawWrong(r *http.Request, p withdrawPage) (out problems) {
	if len(p.Items) == 0 {
		out.add("", d.t(r, "请先选择要撤回的稿件。"))
	} else if !p.Open() {
		out.add("", d.t(r, "选中的稿件都已经撤回，没有要做的。"))
	}
	for _, x := range p.Items {
		if seen := r.PostForm.Get("seen." + x.ID()); seen != x.Seen() {
			out.add("", d.t(r, "“%s”：", x.Name())+d.stale(r))
		}
	}
	out.add("reason", d.reasonWrong(r, p.Reason, mostPublic))
	switch p.Notice {
	case press.NoticePage, press.NoticeGone:
	case noticeURL:
		out.add("url", d.linkWrong(r, p.URL))
	default:
		out.add("notice-notice", d.t(r, "请选择撤下以后读者看到什么。"))
	}
	return out
}

func (d *desk) checkWithdraw(w http.ResponseWriter, r *http.Request, p withdrawPage, unsure bool) {
	names := map[string]string{press.NoticePage: "留下撤回说明", press.NoticeGone: "只说已经撤下", noticeURL: "转到另一个网址"}
	c := checkPage{Heading: d.t(r, "撤回"), Button: d.t(r, "撤回"), Grave: true, Unsure: unsure, To: "/withdraw",
		Warning: d.t(r, "撤回马上开始，不能取消。已经有人看到、转发、下载的收不回。撤回以后可以修改稿件，重新审签，再作为新的一份发布。"),
		Consent: d.t(r, "我已核对标题和各渠道的做法，确认撤回这%d篇稿件", len(p.Items)),
		Hidden:  carried(r.PostForm, "item", "reason", "notice", "url")}
	c.Answers = []answer{{Name: d.t(r, "理由（公开）"), Value: p.Reason, Foreign: true}, {Name: d.t(r, "撤下以后"), Value: d.t(r, names[p.Notice])}}
	if p.Notice == noticeURL {
		c.Answers = append(c.Answers, answer{Name: d.t(r, "网址"), Value: p.URL, URL: p.URL})
	}
	back := url.Values{"reason": {p.Reason}, "notice": {p.Notice}, "url": {p.URL}}
	for _, x := range p.Items {
		c.Plans = append(c.Plans, checkPlan{ID: x.ID(), Title: x.Name(), Lines: x.Lines})
		c.Hidden = append(c.Hidden, hidden{"seen." + x.ID(), x.Seen()})
		back.Add("item", x.ID())
	}
	if len(p.Items) == 1 {
		c.ID = p.Items[0].ID()
	}
	c.Back = "/withdraw?" + back.Encode()
	d.check(w, r, c)
}
