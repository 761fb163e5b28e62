package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"tongfa/ledger"
	"tongfa/press"
)

// retriesPage is what one failure of a channel has left behind: several copies that a person helps on by one word.
type retriesPage struct {
	frame
	Channels []string
	Channel  string
	State    press.CopyState
	Rows     []retryRow
	Next     string
	Problems problems
}

// retryRow is one copy.
type retryRow struct {
	retryAsk
	Chosen bool
}

// States are those that one word may help several copies on from. What nobody knows of each, such as its link, is asked one by one.
func (retriesPage) States() []press.CopyState {
	return []press.CopyState{press.CopyRefused, press.CopyUnknown, press.CopyNeedsHand, press.CopyDiffers}
}

// Hint is the word: what was refused goes out as the next generation, everything else is looked at.
func (p retriesPage) hint() string {
	if p.State == press.CopyRefused {
		return hintAgain
	}
	return hintLook
}

// Word is the word as the page says it.
func (p retriesPage) Word() string {
	if p.State == press.CopyRefused {
		return "问题已处理，重新发布"
	}
	return "再看一次"
}

func (d *desk) retriesForm(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p := retriesPage{Channel: q.Get("channel"), State: press.CopyState(q.Get("copy"))}
	d.showRetries(w, r, http.StatusOK, p, q.Get("after"))
}

// showRetries lists the copies of a channel in a state.
func (d *desk) showRetries(w http.ResponseWriter, r *http.Request, status int, p retriesPage, after string) {
	list, err := d.Ledger.Channels(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	for _, c := range list {
		p.Channels = append(p.Channels, c.Name)
	}
	if !slices.Contains(p.Channels, p.Channel) && len(p.Channels) > 0 {
		p.Channel = p.Channels[0]
	}
	if !slices.Contains(p.States(), p.State) {
		p.State = press.CopyRefused
	}
	lines, next, err := d.Ledger.Lines(r.Context(), ledger.Filter{Channel: p.Channel, Copy: p.State, After: after, Limit: mostTogether})
	if err != nil {
		d.fail(w, r, err)
		return
	}
	for _, l := range lines {
		row := retryRow{retryAsk: retryAsk{Item: l.Item, Name: l.Title}, Chosen: len(p.Problems) == 0 || slices.Contains(r.PostForm["item"], string(l.Item.ID))}
		for _, c := range l.Copies {
			if c.Channel == p.Channel {
				row.Copy = c
			}
		}
		p.Rows = append(p.Rows, row)
	}
	if next != "" {
		p.Next = "/retry?" + url.Values{"channel": {p.Channel}, "copy": {string(p.State)}, "after": {next}}.Encode()
	}
	p.frame = d.frame(r, d.t(r, "成批处理"), "matrix")
	p.Done = d.retriesDone(r)
	d.show(w, r, status, "retries", p)
}

// retriesDone says how many were done, and how many were left out.
func (d *desk) retriesDone(r *http.Request) string {
	q := r.URL.Query()
	done, err := strconv.Atoi(q.Get("done"))
	left, err2 := strconv.Atoi(q.Get("left"))
	if err != nil || err2 != nil || r.Method != http.MethodGet || min(done, left) < 0 || max(done, left) > mostTogether {
		return ""
	}
	if left > 0 {
		return d.t(r, "已记录%d篇。另有%d篇的状态已经变化，没有执行，请看过再决定。", done, left)
	}
	return d.t(r, "已记录%d篇。系统马上去做，结果会出现在各稿件的时间线里。", done)
}

func (d *desk) retries(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		d.refuse(w, r, http.StatusBadRequest, d.t(r, "提交的内容读不出来，没有执行"), d.t(r, "请回到稿件页重新操作。"))
		return
	}
	f := r.PostForm
	p := retriesPage{Channel: f.Get("channel"), State: press.CopyState(f.Get("copy"))}
	switch {
	case !slices.Contains(p.States(), p.State):
		p.Problems.add("", d.t(r, "请选择一项。"))
	case len(f["item"]) == 0:
		p.Problems.add("", d.t(r, "请先选择稿件。"))
	case len(f["item"]) > mostTogether:
		p.Problems.add("", d.t(r, "一次最多处理%d篇。", mostTogether))
	}
	if len(p.Problems) > 0 {
		d.showRetries(w, r, http.StatusUnprocessableEntity, p, "")
		return
	}
	if checked, agreed := sure(f); p.hint() == hintAgain && (!checked || !agreed) {
		d.checkRetries(w, r, p, checked)
		return
	}
	done, left := 0, 0
	for _, id := range f["item"] {
		ok, err := d.retryOne(r, p, id, f.Get("seen."+id))
		if err != nil {
			d.fail(w, r, err)
			return
		}
		if ok {
			done++
		} else {
			left++
		}
	}
	d.wake()
	q := url.Values{"channel": {p.Channel}, "copy": {string(p.State)}, "done": {strconv.Itoa(done)}, "left": {strconv.Itoa(left)}}
	http.Redirect(w, r, "/retry?"+q.Encode(), http.StatusSeeOther)
}

// retryOne does what retry does, for one of several: with the same questions, and left out where the answer is no.
func (d *desk) retryOne(r *http.Request, p retriesPage, id, seen string) (bool, error) {
	s, err := d.Ledger.Story(r.Context(), id, d.Now())
	if err != nil {
		return false, err
	}
	a := askAbout(s, p.Channel)
	a.Chosen = p.hint()
	if a.Seen() != seen || a.Copy.State != p.State || a.Choice().Value == "" {
		return false, nil
	}
	if _, ok := offered(d.offers(r, s), moveRetry, p.Channel); !ok {
		return false, nil
	}
	n, err := d.Ledger.Retry(ledger.While(r.Context(), s), id, p.Channel, ledger.Hint{}, d.by(r, press.MayRetry), d.Now())
	if _, no := refused(err); no {
		return false, nil
	}
	return n > 0, err
}

func (d *desk) checkRetries(w http.ResponseWriter, r *http.Request, p retriesPage, unsure bool) {
	f := r.PostForm
	c := checkPage{Heading: d.t(r, "成批处理"), Unsure: unsure, To: "/retry", Back: "/retry?" + url.Values{"channel": {p.Channel}, "copy": {string(p.State)}}.Encode(),
		Warning: d.t(r, "确认后，每一篇生成新的一份，在条件具备时重新发布。平台没有通过的原因没有处理好的，还会被拒绝。"),
		Consent: d.t(r, "我已核对，确认重新发布这%d篇", len(f["item"])), Hidden: carried(f, "channel", "copy", "item")}
	c.Answers = []answer{{Name: d.t(r, "所在渠道"), Value: d.called(langOf(r), p.Channel)}, {Name: d.t(r, "您的认定"), Value: d.t(r, p.Word())}}
	for _, id := range f["item"] {
		s, err := d.Ledger.Story(r.Context(), id, d.Now())
		if err != nil {
			d.fail(w, r, err)
			return
		}
		a := askAbout(s, p.Channel)
		c.Hidden = append(c.Hidden, hidden{"seen." + id, f.Get("seen." + id)})
		c.Plans = append(c.Plans, checkPlan{ID: id, Title: s.Title, Lines: []checkLine{{Channel: p.Channel, State: a.Copy.State, What: a.Copy.Note, Foreign: true}}})
	}
	d.check(w, r, c)
}
