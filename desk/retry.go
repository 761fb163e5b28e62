package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"tongfa/ledger"
	"tongfa/press"
)

// retryPage asks a person what she knows that no interface tells.
type retryPage struct {
	frame
	retryAsk
	Problems problems
}

// retryAsk is one copy, the answers that fit its state, and the one chosen.
type retryAsk struct {
	Story   ledger.Story // as it was found
	Item    press.Item
	Name    string // title of the item
	Copy    press.Copy
	Choices []choice
	Chosen  string
	Link    string
}

// choice is one answer.
type choice struct {
	Value, Word, Help string
	Final             bool // it cannot be undone: it is asked once more
}

// The answers, see ledger.Hint.
const (
	hintLook   = "look"
	hintAgain  = "again"
	hintLink   = "link"
	hintAbsent = "absent"
	hintFree   = "free" // of what may be out already: it is not
	hintDone   = "done"
	hintLeave  = "leave"
)

// choicesFor are the answers that fit where a copy stands, and what the ledger says is open about it. What is to come down asks for other ones
// than what is to go out.
func choicesFor(it press.Item, c press.Copy, todo []ledger.Todo) []choice {
	switch {
	case it.State == press.Withdrawn:
		return choicesDown(c)
	case c.Task != "":
		return choicesAsked(c, todo)
	}
	look := choice{hintLook, "再看一次", "不会重复发布：先查看渠道上的实际情况，再决定下一步。", false}
	link := choice{hintLink, "已经人工发布，登记链接", "填写公众看到的地址。系统会去核验，与已签发的文本一致才算“已核验”。", true}
	absent := choice{hintAbsent, "确认没有发布，重新发布", "只有在渠道后台亲自查过、确实没有时才选。选错会造成重复发布。", true}
	switch c.State {
	case press.Waiting:
		if doubted(c, todo) {
			return choicesDoubted()
		}
		return []choice{{hintLook, "重新检查能否发布", "不会提前发布：只是马上重新检查所等待的条件。", false}}
	case press.CopyHanded:
		return []choice{look, link}
	case press.CopyUnknown, press.CopyNeedsHand:
		return []choice{look, link, absent}
	case press.CopyRefused:
		return []choice{{hintAgain, "问题已处理，重新发布", "平台没有通过的原因已经处理好。会作为新的一份重新发布。", true}}
	case press.CopyLive, press.CopyDiffers:
		return []choice{look, link}
	case press.CopyVerified:
		return []choice{look}
	}
	return nil
}

// choicesAsked are the answers about a public copy that a person was asked to change.
func choicesAsked(c press.Copy, todo []ledger.Todo) []choice {
	out := []choice{
		{hintDone, "已经改好", "按要求在渠道后台改好了。系统马上去核验公开的页面。", true},
		{hintLook, "再看一次", "还没有改：只是再看一次公开的页面。", false},
	}
	if slices.ContainsFunc(todo, func(t ledger.Todo) bool { return t.Channel == c.Channel && offers(t, "--leave") }) {
		out = append(out, choice{hintLeave, "决定不改，保留原样", "公开的内容保持现在的样子，以后不再提醒这一次改动。", true})
	}
	return out
}

// offers reports whether the help of something open has an option of the command line.
func offers(t ledger.Todo, option string) bool {
	return slices.ContainsFunc(t.Help, func(h ledger.Help) bool { return slices.Contains(strings.Fields(h.Command), option) })
}

// doubted reports whether a waiting copy may be out there already. Nothing else is open about one that no edition has claimed.
func doubted(c press.Copy, todo []ledger.Todo) bool {
	return c.State == press.Waiting && c.Edition == "" &&
		slices.ContainsFunc(todo, func(t ledger.Todo) bool { return t.Channel == c.Channel && offers(t, "--absent") })
}

// choicesDoubted are the answers about a copy that waits because it may be out there already.
func choicesDoubted() []choice {
	return []choice{
		{hintLook, "还没有查明，重新检查", "不会发布：只是马上重新检查所等待的条件。", false},
		{hintLink, "已经发布过，登记链接", "填写公众看到的地址。系统认领它，去核验，不再发布。", true},
		{hintFree, "确认没有发布过，照常发布", "只有在渠道上亲自查过、确实没有时才选。选错会造成重复发布。", true},
	}
}

// choicesDown are the answers for a copy that is to come down.
func choicesDown(c press.Copy) []choice {
	look := choice{hintLook, "再看一次", "先查看渠道上的实际情况：已经撤下就记为已撤回，还在就再撤一次。", false}
	link := choice{hintLink, "查到它已经公开，登记链接", "填写公众看到的地址，系统按这个地址去撤。", true}
	absent := choice{hintAbsent, "确认公众已经看不到", "只有在渠道后台亲自删除，或者查明没有发布过，才选。选错会让已撤回的内容留在网上。", true}
	switch c.State {
	case press.CopyUnknown, press.CopyNeedsHand:
		if c.URL != "" {
			return []choice{look, absent}
		}
		return []choice{look, link, absent}
	case press.CopyHanded, press.CopyLive, press.CopyDiffers, press.CopyVerified:
		return []choice{look}
	}
	return nil
}

func (d *desk) retryForm(w http.ResponseWriter, r *http.Request) {
	a, ok := d.retryAbout(w, r, r.URL.Query().Get("channel"))
	if !ok {
		return
	}
	if before := r.URL.Query(); before.Get("hint") != "" { // back from the check page
		a.Chosen, a.Link = before.Get("hint"), before.Get("link")
	}
	d.showRetry(w, r, http.StatusOK, retryPage{retryAsk: a})
}

func (d *desk) showRetry(w http.ResponseWriter, r *http.Request, status int, p retryPage) {
	p.frame = d.frame(r, d.t(r, "处理")+d.t(r, "：")+p.Name, "matrix")
	d.show(w, r, status, "retry", p)
}

// retryAbout reads the copy that a form is about. Where there is nothing to say of it, it has answered.
func (d *desk) retryAbout(w http.ResponseWriter, r *http.Request, channel string) (retryAsk, bool) {
	x, ok := d.about(w, r)
	if !ok {
		return retryAsk{}, false
	}
	a := askAbout(x.Story, channel)
	if _, ok := offered(x.Offers, moveRetry, channel); !ok || len(a.Choices) == 0 {
		what := d.t(r, "这篇稿件在这个渠道上没有可以处理的")
		d.show(w, r, http.StatusNotFound, "trouble", troublePage{frame: d.frame(r, what, "matrix"), Code: http.StatusNotFound, What: what,
			Do: d.t(r, "请回到稿件页查看它现在的状态。"), Back: to("items", a.ID())})
		return a, false
	}
	return a, true
}

// askAbout is what can be asked about an item's copy on a channel. It has no choices when there is none.
func askAbout(s ledger.Story, channel string) retryAsk {
	a := retryAsk{Story: s, Item: s.Item, Name: s.Title}
	i := slices.IndexFunc(s.Copies, func(c press.Copy) bool { return c.Channel == channel })
	if i < 0 {
		return a
	}
	a.Copy = s.Copies[i]
	if a.Choices = answers(s, a.Copy); len(a.Choices) > 0 {
		a.Chosen = a.Choices[0].Value
	}
	return a
}

// ID is the item's id as the address of a page has it.
func (a retryAsk) ID() string { return string(a.Item.ID) }

// Seen names what the person had before her when she answered, so that an answer about yesterday's state is not taken for today's.
func (a retryAsk) Seen() string { return a.Copy.Marker + "/" + string(a.Copy.State) }

// Choice is the answer that was chosen.
func (a retryAsk) Choice() choice {
	i := slices.IndexFunc(a.Choices, func(c choice) bool { return c.Value == a.Chosen })
	if i < 0 {
		return choice{}
	}
	return a.Choices[i]
}

func (d *desk) retry(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		d.refuse(w, r, http.StatusBadRequest, d.t(r, "提交的内容读不出来，没有执行"), d.t(r, "请回到稿件页重新操作。"))
		return
	}
	a, ok := d.retryAbout(w, r, r.PostForm.Get("channel"))
	if !ok {
		return
	}
	a.Chosen, a.Link = r.PostForm.Get("hint"), strings.TrimSpace(r.PostForm.Get("link"))
	if wrong := d.retryWrong(r, a); len(wrong) > 0 {
		d.showRetry(w, r, http.StatusUnprocessableEntity, retryPage{retryAsk: a, Problems: wrong})
		return
	}
	if a.Choice().Final && r.PostForm.Get("sure") != "yes" {
		d.checkRetry(w, r, a)
		return
	}
	d.record(w, r, a)
}

// retryWrong is what is wrong with an answer, in words for the person who gave it.
func (d *desk) retryWrong(r *http.Request, a retryAsk) (out problems) {
	switch {
	case r.PostForm.Get("seen") != a.Seen():
		out.add("", d.t(r, "这一份的状态在您填写期间已变为“%s”，没有执行。请看过现在的情况再选。", d.t(r, a.Copy.State.Name())))
	case a.Choice().Value == "":
		out.add("h-"+a.Choices[0].Value, d.t(r, "请选择一项。"))
	case a.Chosen == hintLink:
		out.add("link", d.linkWrong(r, a.Link))
	}
	return out
}

// linkWrong is what is wrong with an address of a public page.
func (d *desk) linkWrong(r *http.Request, s string) string {
	const most = 2000
	if s == "" {
		return d.t(r, "请填写公众看到的链接。")
	}
	u, err := url.Parse(s)
	odd := strings.ContainsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) })
	if err != nil || odd || len(s) > most || u.Hostname() == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return d.t(r, "链接写得不对：应当以 https:// 或 http:// 开头，请从浏览器地址栏完整复制。")
	}
	return ""
}

// checkRetry shows the answer once more.
func (d *desk) checkRetry(w http.ResponseWriter, r *http.Request, a retryAsk) {
	form := to("items", a.ID(), "retry")
	back := url.Values{"channel": {a.Copy.Channel}, "hint": {a.Chosen}}
	c := checkPage{Heading: a.Name, ID: a.ID(), Warning: d.t(r, a.warning()), To: form,
		Hidden: []hidden{{"channel", a.Copy.Channel}, {"seen", a.Seen()}, {"hint", a.Chosen}}}
	c.Answers = []answer{
		{Name: d.t(r, "稿件"), Value: a.Name, Foreign: true}, {Name: d.t(r, "所在渠道"), Value: d.called(langOf(r), a.Copy.Channel)},
		{Name: d.t(r, "现在的状态"), State: a.Copy.State, Since: a.Copy.Since, Value: d.plainly(a.Copy.Note), Foreign: true},
		{Name: d.t(r, "您的认定"), Value: d.t(r, a.Choice().Word)},
	}
	if a.Chosen == hintLink {
		c.Answers = append(c.Answers, answer{Name: d.t(r, "链接"), Value: a.Link, URL: a.Link})
		c.Hidden = append(c.Hidden, hidden{"link", a.Link})
		back.Set("link", a.Link)
	}
	c.Back = form + "?" + back.Encode()
	d.check(w, r, c)
}

// warning is what follows from the answer, in Chinese.
func (a retryAsk) warning() string {
	down := a.Item.State == press.Withdrawn
	switch {
	case a.Chosen == hintAbsent && down:
		return "确认后，现在这一份记为已撤回，系统不再去撤。如果公众其实还看得到，已撤回的内容就会留在网上。"
	case a.Chosen == hintLink && down:
		return "确认后，这个地址记入台账，系统随即去撤。记录不能删除。"
	case a.Chosen == hintFree:
		return "确认后，这一份照常发布。如果渠道上其实已经有了，公众会看到两份，而且无法自动收回。"
	case a.Chosen == hintDone:
		return "确认后，要求人工做的记为已完成，系统马上去核验。页面上其实没有改好的，会显示为与原文不一致。"
	case a.Chosen == hintLeave:
		return "确认后，公开的内容保持现在的样子。记录不能删除；以后再有新的一版，仍会提醒。"
	case a.Chosen == hintAbsent:
		return "确认后，现在这一份记为未发布，系统会生成新的一份并重新发布。如果渠道上其实已经有了，公众会看到两份，而且无法自动收回。"
	case a.Chosen == hintLink:
		return "确认后，这个地址记入台账，作为这一份的公开链接，不再由系统发布这一份。记录不能删除。"
	}
	return "确认后，系统会生成新的一份，在条件具备时重新发布。"
}

// record makes the move.
func (d *desk) record(w http.ResponseWriter, r *http.Request, a retryAsk) {
	h := ledger.Hint{Absent: a.Chosen == hintAbsent || a.Chosen == hintFree, Done: a.Chosen == hintDone, Leave: a.Chosen == hintLeave}
	if a.Chosen == hintLink {
		h.Link = a.Link
	}
	n, err := d.Ledger.Retry(ledger.While(r.Context(), a.Story), a.ID(), a.Copy.Channel, h, d.by(r, press.MayRetry), d.Now())
	if err != nil {
		said, ok := refused(err)
		if !ok {
			d.fail(w, r, err)
			return
		}
		d.showRetry(w, r, http.StatusConflict, retryPage{retryAsk: a, Problems: said})
		return
	}
	code := a.Chosen
	switch {
	case n == 0:
		code = "nothing"
	case h.Absent && a.Item.State == press.Withdrawn:
		code = "down"
	}
	d.after(w, r, a.Item.ID, code)
}
