package desk

import (
	"errors"
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
	Problem string // what is wrong with the answer
}

// retryAsk is one copy, the answers that fit its state, and the one chosen.
type retryAsk struct {
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
	a, err := d.retryAsk(r, r.URL.Query().Get("channel"))
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if len(a.Choices) == 0 {
		d.noRetry(w, r)
		return
	}
	if before := r.URL.Query(); before.Get("hint") != "" { // back from the check page
		a.Chosen, a.Link = before.Get("hint"), before.Get("link")
	}
	d.show(w, r, http.StatusOK, "retry", retryPage{d.frame(r, "处理："+a.Name, "matrix"), a, ""})
}

func (d *desk) noRetry(w http.ResponseWriter, r *http.Request) {
	d.refuse(w, r, http.StatusNotFound, "这篇稿件在这个渠道上没有可以处理的", "请回到稿件页查看它现在的状态。")
}

// retryAsk reads the copy that is asked about. It has no choices when there is none.
func (d *desk) retryAsk(r *http.Request, channel string) (retryAsk, error) {
	s, err := d.Ledger.Story(r.Context(), r.PathValue("id"), d.Now())
	if err != nil {
		return retryAsk{}, err
	}
	a := retryAsk{Item: s.Item, Name: s.Title}
	i := slices.IndexFunc(s.Copies, func(c press.Copy) bool { return c.Channel == channel })
	if _, err := s.Item.State.Move(press.Retry, press.Operator); i < 0 || err != nil {
		return a, nil
	}
	a.Copy = s.Copies[i]
	a.Choices = choicesFor(a.Item, a.Copy, s.Todo)
	if len(a.Choices) > 0 {
		a.Chosen = a.Choices[0].Value
	}
	return a, nil
}

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
		d.refuse(w, r, http.StatusBadRequest, "提交的内容读不出来，没有执行", "请回到稿件页重新操作。")
		return
	}
	a, err := d.retryAsk(r, r.PostForm.Get("channel"))
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if len(a.Choices) == 0 {
		d.noRetry(w, r)
		return
	}
	a.Chosen, a.Link = r.PostForm.Get("hint"), strings.TrimSpace(r.PostForm.Get("link"))
	if problem := a.problem(r.PostForm.Get("seen")); problem != "" {
		d.show(w, r, http.StatusUnprocessableEntity, "retry", retryPage{d.frame(r, "处理："+a.Name, "matrix"), a, problem})
		return
	}
	if a.Choice().Final && r.PostForm.Get("sure") != "yes" {
		d.show(w, r, http.StatusOK, "check", checkPage{d.frame(r, "请核对："+a.Name, "matrix"), a})
		return
	}
	d.record(w, r, a)
}

// problem is what is wrong with an answer, in words for the person who gave it.
func (a retryAsk) problem(seen string) string {
	switch {
	case seen != a.Seen():
		return "这一份的状态在您填写期间已变为“" + a.Copy.State.Name() + "”，没有执行。请看过现在的情况再选。"
	case a.Choice().Value == "":
		return "请选择一项。"
	case a.Chosen == hintLink:
		return linkProblem(a.Link)
	}
	return ""
}

func linkProblem(s string) string {
	const most = 2000
	if s == "" {
		return "请填写公众看到的链接。"
	}
	u, err := url.Parse(s)
	odd := strings.ContainsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) })
	if err != nil || odd || len(s) > most || u.Hostname() == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "链接写得不对：应当以 https:// 或 http:// 开头，请从浏览器地址栏完整复制。"
	}
	return ""
}

// record makes the move.
func (d *desk) record(w http.ResponseWriter, r *http.Request, a retryAsk) {
	h := ledger.Hint{Absent: a.Chosen == hintAbsent || a.Chosen == hintFree, Done: a.Chosen == hintDone, Leave: a.Chosen == hintLeave}
	if a.Chosen == hintLink {
		h.Link = a.Link
	}
	n, err := d.Ledger.Retry(r.Context(), string(a.Item.ID), a.Copy.Channel, h, d.by(r, press.MayRetry), d.Now())
	if err != nil {
		d.moveFailed(w, r, a, err)
		return
	}
	d.wake()
	code := a.Chosen
	switch {
	case n == 0:
		code = "nothing"
	case h.Absent && a.Item.State == press.Withdrawn:
		code = "down"
	}
	http.Redirect(w, r, to("items", string(a.Item.ID))+"?done="+code, http.StatusSeeOther)
}

// moveFailed shows why the ledger did not take a move. Its refusals are words for people; what is wrong with the disk is a trouble.
func (d *desk) moveFailed(w http.ResponseWriter, r *http.Request, a retryAsk, err error) {
	var t *press.Trouble
	if errors.As(err, &t) {
		d.fail(w, r, err)
		return
	}
	d.show(w, r, http.StatusConflict, "retry", retryPage{d.frame(r, "处理："+a.Name, "matrix"), a, err.Error() + "。没有执行。"})
}
