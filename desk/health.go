package desk

import (
	"fmt"
	"net/http"

	"tongfa/ledger"
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
	plain(w, http.StatusOK, fmt.Sprintf("正常。待处理：逾期%d，需人工%d，待核实%d，不一致%d，平台未通过%d，检查未过%d",
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

// healthPage (运行状况) is what tongfa check says on this machine, and figures of the file.
type healthPage struct {
	frame
	Tabs    []entry
	Lines   []CheckLine
	Counts  []count
	Gauges  []Gauge
	Facts   ledger.Facts
	Holder  string
	Dead    string
	Version string
	Last    ledger.ChainChecked
	Known   bool
}

func (d *desk) health(w http.ResponseWriter, r *http.Request) {
	p := healthPage{frame: d.frame(r, d.t(r, "运行状况"), "settings"), Tabs: d.settingTabs(r, "/settings/health"), Dead: d.dead(), Version: d.Upkeep.Version}
	s, err := d.strip(r.Context())
	if err == nil {
		p.Counts, p.Gauges, p.Holder = s.Counts, s.Gauges, s.Holder
		p.Facts, err = d.Ledger.Facts(r.Context())
	}
	if err == nil {
		p.Last, p.Known, err = d.Ledger.LastChecked(r.Context())
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if d.Upkeep.Checks != nil {
		p.Lines = d.Upkeep.Checks(r.Context())
	}
	d.show(w, r, http.StatusOK, "health", p)
}

// Bytes is a size as people read it.
func (healthPage) Bytes(n int64) string { return bytesSay(n) }

// bytesSay is a size as people read it.
func bytesSay(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.0f KB", float64(n)/(1<<10))
}
