package desk

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// pullRound begins a new round. It goes on when the person leaves; what is soon made she sees at once.
func (d *desk) pullRound(w http.ResponseWriter, r *http.Request) {
	e, ok := d.numbered(w, r)
	if !ok {
		return
	}
	seen, _ := strconv.Atoi(r.PostFormValue("seen"))
	switch {
	case !e.Planned():
		d.refuse(w, r, http.StatusConflict, d.t(r, "只有编排中的一期才能出校样"), d.t(r, "请回到这一期的页面，看它现在的样子。"))
		return
	case e.Blank():
		d.refuse(w, r, http.StatusUnprocessableEntity, d.t(r, "这一期是空的，先编入稿件。"), "")
		return
	case e.Trouble != "":
		d.refuse(w, r, http.StatusUnprocessableEntity, e.Trouble, "")
		return
	case seen != e.Version:
		d.refuse(w, r, http.StatusConflict, d.t(r, "您看着的时候，别人改动了这一期，没有执行。请看过现在的样子，再确认。"), d.t(r, "请回到这一期的页面，看它现在的样子。"))
		return
	}
	j, err := d.pull(e, ledger.Edit{Who: d.by(r, press.MayCompose), Seen: e.Version})
	d.follow(w, r, j, err, to("editions", e.Key, "rounds", "new"))
}

// follow waits a little for a job, and leads to where it is seen.
func (d *desk) follow(w http.ResponseWriter, r *http.Request, j *job, err error, at string) {
	switch {
	case errors.Is(err, errManyMakings):
		d.refuse(w, r, http.StatusServiceUnavailable, d.t(r, "正在做的校样太多，没有执行"), d.t(r, "请过几分钟再试。"))
		return
	case err != nil:
		d.fail(w, r, err)
		return
	}
	select {
	case <-j.done:
	case <-r.Context().Done():
	case <-time.After(awaited):
	}
	http.Redirect(w, r, at, http.StatusSeeOther)
}

// makingPage tells how the making of a round goes. It asks for itself again by a header, so that it needs no script.
type makingPage struct {
	frame
	planned
	Job  jobShown
	Said string // why it failed
}

// askAgain is how soon, in seconds, a page of a making is asked for again.
const askAgain = "2"

func (d *desk) makingRound(w http.ResponseWriter, r *http.Request) {
	e, ok := d.numbered(w, r)
	if !ok {
		return
	}
	name, back := freshName(e.Key), to("editions", e.Key)
	if s := r.PathValue("n"); s != "" {
		n, _ := strconv.Atoi(s)
		name, back = roundName(e.Key, n), to("editions", e.Key, "rounds", strconv.Itoa(n))
	}
	j, ok := d.making.show(name)
	switch {
	case !ok: // it ended long ago, or the daemon was started anew
		http.Redirect(w, r, back+"#rounds", http.StatusSeeOther)
		return
	case j.Ended && j.Problem == nil && j.Fresh:
		http.Redirect(w, r, back+"?done=round#rounds", http.StatusSeeOther)
		return
	case j.Ended && j.Problem == nil:
		http.Redirect(w, r, back+"#files", http.StatusSeeOther)
		return
	}
	p := makingPage{planned: e, Job: j, frame: d.frame(r, d.t(r, "出校样")+" "+d.editionName(langOf(r), e.Edition), "editions")}
	if j.Problem != nil {
		p.Said = d.t(r, "编辑台内部出错，没有出校样。请系统管理员查看日志。")
		var t *press.Trouble
		if errors.As(j.Problem, &t) || !ledger.Broke(j.Problem) && !errors.Is(j.Problem, context.DeadlineExceeded) {
			p.Said = d.plainly(say(j.Problem))
		}
		d.Log.WarnContext(r.Context(), "make proof", "edition", e.Key, "round", j.Round, "err", j.Problem)
		d.show(w, r, http.StatusUnprocessableEntity, "making", p)
		return
	}
	w.Header().Set("Refresh", askAgain)
	d.show(w, r, http.StatusOK, "making", p)
}

// roundFile hands out a file of a round. One whose files are not kept any more is made again first.
func (d *desk) roundFile(w http.ResponseWriter, r *http.Request) {
	e, l, ok := d.roundOf(w, r)
	if !ok {
		return
	}
	name := r.PathValue("name")
	if !slices.ContainsFunc(l.Files, func(f press.MadeFile) bool { return f.Name == name }) && name != blockName {
		d.refuse(w, r, http.StatusNotFound, d.t(r, "这一校没有这个文件"), d.t(r, "请从校次的页面下载。"))
		return
	}
	if name == blockName {
		d.sendProof(w, e, l.Number, name, "application/json", l.Block)
		return
	}
	made, ok := d.making.files(roundName(e.Key, l.Number))
	if !ok {
		j, err := d.remake(e.Composing, e.Key, l.Round, personOf(r).Name)
		if err == nil {
			select {
			case <-j.done:
			case <-r.Context().Done():
			case <-time.After(awaited):
			}
		}
		if made, ok = d.making.files(roundName(e.Key, l.Number)); !ok {
			d.follow(w, r, j, err, to("editions", e.Key, "rounds", strconv.Itoa(l.Number), "making"))
			return
		}
	}
	for _, f := range made.Written {
		if f.Name == name {
			d.sendProof(w, e, l.Number, name, f.MIME, f.Data)
			return
		}
	}
	d.refuse(w, r, http.StatusNotFound, d.t(r, "这一校没有这个文件"), d.t(r, "请从校次的页面下载。"))
}

// blockName is the verification block of a round.
const blockName = "verify.json"

// sendProof sends a file to be kept, under a name that says of which round it is.
func (d *desk) sendProof(w http.ResponseWriter, e planned, n int, name, kind string, data []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exporting)) // a test has none
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "proof-" + strconv.Itoa(n) + "-" + name}))
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Content-Security-Policy", proofPolicy)
	_, _ = w.Write(data) // the reader may have gone
}
