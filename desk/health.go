package desk

import (
	"errors"
	"fmt"
	"net/http"

	"tongfa/press"
)

// healthz says whether the whole works: the ledger can be read, someone holds the lease, passes are being made.
func (d *desk) healthz(w http.ResponseWriter, r *http.Request) {
	h, err := d.Ledger.Health(r.Context(), d.Now())
	switch {
	case err != nil:
		d.unwell(w, r, "读不到台账", err)
		return
	case h.Holder == "":
		d.unwell(w, r, "没有进程持有台账的发布权，什么也不会发布；请系统管理员启动 tongfa serve", nil)
		return
	}
	if dead := d.dead(); dead != "" {
		d.unwell(w, r, dead, nil)
		return
	}
	plain(w, http.StatusOK, fmt.Sprintf("正常。待处理：逾期%d，需人工%d，待核实%d，不一致%d，平台未通过%d，门禁未过%d",
		h.Overdue, h.NeedsHand+h.Tasks, h.Unknown, h.Differs, h.Refused, h.Blocked))
}

// readyz says whether the desk can answer: the ledger can be read.
func (d *desk) readyz(w http.ResponseWriter, r *http.Request) {
	if _, err := d.Ledger.Channels(r.Context()); err != nil {
		d.unwell(w, r, "读不到台账", err)
		return
	}
	plain(w, http.StatusOK, "就绪")
}

func (d *desk) unwell(w http.ResponseWriter, r *http.Request, words string, err error) {
	d.Log.WarnContext(r.Context(), "not healthy", "why", words, "err", err)
	plain(w, http.StatusServiceUnavailable, words)
}

func plain(w http.ResponseWriter, status int, words string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, words)
}

// say is an error in words for people.
func say(err error) string {
	var t *press.Trouble
	if errors.As(err, &t) {
		return t.Say()
	}
	return err.Error()
}
