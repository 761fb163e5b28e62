package desk

import (
	"net/http"

	"tongfa/press"
)

// holdPage keeps an item back, or lets it go on.
type holdPage struct {
	frame
	asked
	Release  bool
	Reason   string
	Why      string // what the one who held it wrote
	Problems problems
}

// Waiting are the copies that are kept back.
func (p holdPage) Waiting() (out []press.Copy) {
	for _, c := range p.Story.Copies {
		if c.State == press.Waiting {
			out = append(out, c)
		}
	}
	return out
}

// Going are the copies that it comes too late for.
func (p holdPage) Going() (out []press.Copy) {
	for _, c := range p.Story.Copies {
		if c.State != press.Waiting && c.State != press.CopyWithdrawn {
			out = append(out, c)
		}
	}
	return out
}

func (d *desk) holdForm(release bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, ok := d.about(w, r)
		if !ok {
			return
		}
		if !d.mayHold(w, r, a, release) {
			return
		}
		d.showHold(w, r, http.StatusOK, holdPage{asked: a, Release: release})
	}
}

// mayHold asks whether the move makes sense now, and answers when it does not.
func (d *desk) mayHold(w http.ResponseWriter, r *http.Request, a asked, release bool) bool {
	move, verb := moveHold, press.Hold
	if release {
		move, verb = moveRelease, press.Release
	}
	_, ok := offered(a.Offers, move, "")
	if !ok {
		d.notNow(w, r, a, verb, press.MayHold)
	}
	return ok
}

func (d *desk) showHold(w http.ResponseWriter, r *http.Request, status int, p holdPage) {
	title := "暂缓发布"
	if p.Release {
		title = "解除暂缓"
		for _, m := range p.Story.Moves {
			if m.Verb == string(press.Hold) {
				p.Why = m.Detail
			}
		}
	}
	p.frame = d.frame(r, d.t(r, title)+d.t(r, "：")+p.Name(), "matrix")
	d.show(w, r, status, "hold", p)
}

func (d *desk) hold(release bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, ok := d.about(w, r)
		if !ok {
			return
		}
		p := holdPage{asked: a, Release: release, Reason: written(r.PostForm.Get("reason"))}
		who, verb, code := d.by(r, press.MayHold), press.Hold, "hold"
		if release {
			verb, code, p.Reason = press.Release, "release", ""
		}
		if r.PostForm.Get("seen") != a.Seen() && justDone(a.Story, verb, p.Reason, who, d.Now()) {
			d.after(w, r, a.Story.Item.ID, code)
			return
		}
		if !d.mayHold(w, r, a, release) {
			return
		}
		if r.PostForm.Get("seen") != a.Seen() {
			p.Problems.add("", d.stale(r))
		}
		if !release {
			p.Problems.add("reason", d.reasonWrong(r, p.Reason, mostReason))
		}
		if len(p.Problems) > 0 {
			d.showHold(w, r, http.StatusUnprocessableEntity, p)
			return
		}
		var err error
		if release {
			err = d.Ledger.Release(a.still(r), a.ID(), who, d.Now())
		} else {
			err = d.Ledger.Hold(a.still(r), a.ID(), p.Reason, who, d.Now())
		}
		if err != nil {
			if p.Problems, ok = refused(err); ok {
				d.showHold(w, r, http.StatusConflict, p)
				return
			}
			d.fail(w, r, err)
			return
		}
		d.after(w, r, a.Story.Item.ID, code)
	}
}
