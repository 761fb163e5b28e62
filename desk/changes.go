package desk

import (
	"net/http"

	"tongfa/ledger"
)

// changesPage is what changed since the last round, word by word.
type changesPage struct {
	frame
	planned
	proofed
	Changed []ledger.Changed
}

func (d *desk) changes(w http.ResponseWriter, r *http.Request) {
	e, ok := d.numbered(w, r)
	if !ok {
		return
	}
	p := changesPage{planned: e}
	var err error
	if p.proofed, err = d.proofed(r.Context(), e); err == nil {
		p.Changed, err = d.Ledger.Differences(r.Context(), p.Since)
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p.frame = d.frame(r, d.t(r, "与最后一校相比")+" "+d.editionName(langOf(r), e.Edition), "editions")
	d.show(w, r, http.StatusOK, "changes", p)
}
