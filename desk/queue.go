package desk

import (
	"net/http"
	"strconv"

	"tongfa/ledger"
	"tongfa/press"
)

// queueLine is one item that waits for a review.
type queueLine struct {
	ledger.OnDesk
	Mine   []press.Step // that who looks may give
	Others []press.Step // that wait for somebody else
	Done   []press.Approval
	Why    string
	URL    string
}

// queuePage is what waits for reviews: for who looks first, then for others.
type queuePage struct {
	frame
	Pile    string // review, draft, returned
	Mine    []queueLine
	Others  []queueLine
	Next    int64
	Limited bool
}

// longQueue is how many items of a pile one page looks at.
const longQueue = 100

func (d *desk) reviewQueue(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	p := queuePage{frame: d.frame(r, d.t(r, "审签"), "review"), Pile: "review"}
	state := press.Submitted
	switch r.URL.Query().Get("pile") {
	case "draft":
		p.Pile, state = "draft", press.Draft
	case "returned":
		p.Pile, state = "returned", press.Returned
	}
	pile, err := d.Ledger.OnDesk(r.Context(), ledger.Pile{State: state, After: max(0, after), Limit: longQueue})
	if err != nil {
		d.fail(w, r, err)
		return
	}
	for _, o := range pile {
		l := queueLine{OnDesk: o, Done: o.Approvals, URL: to("items", string(o.Item.ID), "review")}
		if state == press.Draft && p.May(press.MayFile) {
			l.URL = to("items", string(o.Item.ID), "edit")
		}
		for _, f := range d.reviewOffers(r, o.Item, o.Digest, o.Approvals) {
			switch {
			case f.May:
				l.Mine = append(l.Mine, f.Step)
			case f.Given == nil || !f.Given.Pass:
				l.Others = append(l.Others, f.Step)
				if l.Why == "" {
					l.Why = f.Why
				}
			}
		}
		if len(l.Mine) > 0 || state != press.Submitted && o.By == personOf(r).Name {
			p.Mine = append(p.Mine, l)
		} else {
			p.Others = append(p.Others, l)
		}
	}
	if len(pile) == longQueue {
		p.Next = pile[len(pile)-1].N
	}
	d.show(w, r, http.StatusOK, "queue", p)
}
