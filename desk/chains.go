package desk

import (
	"net/http"
	"strconv"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// Checking is how far a check of all chains is that is under way.
type Checking struct {
	Running bool
	By      string // "" for the program
	Began   time.Time
	Read    int    // records so far
	Trouble string // why the last one came to no end, for people; "" when it did
}

// chainsPage (核对记录) is what came of the last check of all chains, and the daily heads.
type chainsPage struct {
	frame
	Facts   ledger.Facts
	Going   Checking
	Can     bool // somebody can be asked to check
	Last    ledger.ChainChecked
	Known   bool // there was a last check
	Heads   []ledger.Head
	First   bool // page of heads
	Next    string
	Problem string
}

// manyHeads is how many daily heads a page shows.
const manyHeads = 31

func (d *desk) chains(w http.ResponseWriter, r *http.Request) { d.showChains(w, r, http.StatusOK, "") }

func (d *desk) showChains(w http.ResponseWriter, r *http.Request, status int, problem string) {
	p := chainsPage{frame: d.frame(r, d.t(r, "核对记录"), "record"), Can: d.CheckChains != nil, Problem: problem, First: true}
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if r.URL.Query().Has("before") && (err != nil || before < 1) {
		d.fail(w, r, ledger.ErrCursor)
		return
	}
	p.First = before == 0
	if d.Checks != nil {
		p.Going = d.Checks()
	}
	if p.Last, p.Known, err = d.Ledger.LastChecked(r.Context()); err == nil {
		p.Facts, err = d.Ledger.Facts(r.Context())
	}
	if err == nil {
		p.Heads, err = d.Ledger.Heads(r.Context(), before, manyHeads+1)
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if len(p.Heads) > manyHeads {
		p.Heads = p.Heads[:manyHeads]
		p.Next = "/record/check?before=" + strconv.FormatInt(p.Heads[manyHeads-1].N, 10)
	}
	if r.URL.Query().Get("done") == "begun" {
		p.Done = d.t(r, "已开始核对。可以离开这个页面，过一会儿再来看结果。")
	}
	d.show(w, r, status, "chains", p)
}

// checkChains begins a check of all chains, which goes on by itself.
func (d *desk) checkChains(w http.ResponseWriter, r *http.Request) {
	if d.CheckChains == nil {
		d.showChains(w, r, http.StatusConflict, d.t(r, "这里没有运行核对的服务，请系统管理员在本机运行 tongfa check。"))
		return
	}
	if !d.CheckChains(personOf(r).Name) {
		d.showChains(w, r, http.StatusConflict, d.t(r, "正在核对，请等这一次做完。"))
		return
	}
	if err := d.Ledger.Note(r.Context(), "check_chains", "", "", d.by(r, press.MayExport), d.Now()); err != nil {
		d.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/record/check?done=begun", http.StatusSeeOther)
}

// Took is how long the last check took; a second at least.
func (p chainsPage) Took() time.Duration {
	return max(p.Last.Ended.Sub(p.Last.Began), time.Second)
}

// Percent is about how much of the check under way is done, by what the last one had to read.
func (p chainsPage) Percent() int {
	return min(99, 100*p.Going.Read/max(p.Last.Read, p.Going.Read+1, 1))
}

// Short is the beginning of a hash, enough to compare by eye.
func (chainsPage) Short(hash string) string { return hash[:min(len(hash), 12)] }
