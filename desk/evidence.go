package desk

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/report"
)

// evidencePage (取证) is what the bundle of an item will contain, and whether its chain holds.
type evidencePage struct {
	frame
	ledger.Evidence
	Files   int   // attachments and pictures, each once
	Bytes   int64 // of them
	Problem string
}

func (d *desk) evidence(w http.ResponseWriter, r *http.Request) {
	e, err := d.Ledger.Evidence(r.Context(), r.PathValue("id"), d.Now())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p := evidencePage{frame: d.frame(r, d.t(r, "取证")+" "+e.Title, "record"), Evidence: e}
	had := map[string]bool{}
	for _, rev := range e.Revisions {
		all := append(append([]press.Asset{}, rev.Images...), rev.Attachments...)
		if rev.Cover != nil {
			all = append(all, *rev.Cover)
		}
		for _, a := range all {
			if !had[a.Digest] {
				had[a.Digest] = true
				p.Files++
				p.Bytes += a.Size
			}
		}
	}
	d.show(w, r, http.StatusOK, "evidence", p)
}

// Size is how much the files are, as people read it.
func (p evidencePage) Size() string { return bytesSay(p.Bytes) }

// Last is the newest daily head that covers the item.
func (p evidencePage) Last() ledger.Head { return p.Heads[len(p.Heads)-1] }

// First is the first public time of all channels; zero while nothing was seen.
func (p evidencePage) First() (first time.Time) {
	for _, c := range p.All {
		if first.IsZero() || !c.FirstSeen.IsZero() && c.FirstSeen.Before(first) {
			first = c.FirstSeen
		}
	}
	return first
}

// exportOf is who takes evidence now.
func (d *desk) exportOf(r *http.Request) report.Export {
	by := d.by(r, press.MayExport)
	return report.Export{At: d.Now().In(d.Location), By: by.Name, Role: by.Role, Office: d.Office, Program: d.Upkeep.Version}
}

func (d *desk) blob(ctx context.Context) func(string) ([]byte, error) {
	return func(digest string) ([]byte, error) { return d.Ledger.Blob(ctx, digest) }
}

// takeEvidence makes the bundle, records that it was taken with its digest, and then hands it out.
func (d *desk) takeEvidence(w http.ResponseWriter, r *http.Request) {
	e, err := d.Ledger.Evidence(r.Context(), r.PathValue("id"), d.Now())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	f, err := os.CreateTemp("", "tongfa-evidence-*")
	if err != nil {
		d.fail(w, r, noTemp(err))
		return
	}
	defer func() { _ = errors.Join(f.Close(), os.Remove(f.Name())) }()
	sum, err := report.Write(f, e, d.exportOf(r), d.blob(r.Context()))
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		d.fail(w, r, noTemp(err))
		return
	}
	if err := d.Ledger.Note(r.Context(), "export_evidence", string(e.Item.ID), "sha256 "+sum, d.by(r, press.MayExport), d.Now()); err != nil {
		d.fail(w, r, err)
		return
	}
	d.handOut(w, "evidence-"+string(e.Item.ID)+".zip")
	if _, err := io.Copy(w, f); err != nil {
		d.Log.WarnContext(r.Context(), "the evidence was broken off", "item", e.Item.ID, "err", err)
		panic(http.ErrAbortHandler)
	}
}

func noTemp(err error) error {
	return &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: "证据没有做成", Do: "检查临时文件夹的空间和权限", Raw: err.Error(), Err: err}
}

// handOut says that a ZIP follows, and that it may take its time.
func (d *desk) handOut(w http.ResponseWriter, name string) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exporting)) // a test has none
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
}
