package desk

import (
	"archive/zip"
	"encoding/csv"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"tongfa/ledger"
	"tongfa/press"
	"tongfa/report"
)

// evidencesPage is the evidence of several items at once.
type evidencesPage struct {
	frame
	Items   string // as they were typed, one a line
	Problem string
	Most    int
	Unknown []string
}

// mostEvidences is how many items one export may be about.
const mostEvidences = 200

func (d *desk) evidences(w http.ResponseWriter, r *http.Request) {
	d.showEvidences(w, r, http.StatusOK, evidencesPage{Items: strings.Join(r.URL.Query()["item"], "\n")})
}

func (d *desk) showEvidences(w http.ResponseWriter, r *http.Request, status int, p evidencesPage) {
	p.frame, p.Most = d.frame(r, d.t(r, "导出证据"), "record"), mostEvidences
	if len(p.Items) > mostPosted {
		p.Items = ""
	}
	d.show(w, r, status, "evidences", p)
}

// namedItems are the items that a person wrote down, each once.
func (d *desk) namedItems(r *http.Request, typed string) (ids []press.ItemID, unknown []string, err error) {
	for _, ref := range strings.FieldsFunc(typed, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune(",，、;；", c) }) {
		id, err := d.Ledger.Named(r.Context(), bounded(ref, mostTyped))
		switch {
		case errors.Is(err, ledger.ErrNoItem):
			unknown = append(unknown, bounded(ref, mostTyped))
		case err != nil:
			return nil, nil, err
		case !slices.Contains(ids, id):
			ids = append(ids, id)
		}
		if len(ids) > mostEvidences || len(unknown) > mostEvidences {
			return ids, unknown, nil
		}
	}
	return ids, unknown, nil
}

// takeEvidences hands out one ZIP with a bundle for each item and a list of them. Each is recorded before the next is begun.
func (d *desk) takeEvidences(w http.ResponseWriter, r *http.Request) {
	p := evidencesPage{Items: r.PostFormValue("items")}
	ids, unknown, err := d.namedItems(r, p.Items)
	switch {
	case err != nil:
		d.fail(w, r, err)
		return
	case len(unknown) > 0:
		p.Unknown, p.Problem = unknown[:min(len(unknown), 20)], d.t(r, "有%d个编号找不到稿件，没有导出。", len(unknown))
	case len(ids) == 0:
		p.Problem = d.t(r, "请写明稿件编号，每行一个。")
	case len(ids) > mostEvidences:
		p.Problem = d.t(r, "一次最多%d篇，请分几次导出。", mostEvidences)
	}
	if p.Problem != "" {
		d.showEvidences(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	d.handOut(w, "evidence-"+d.Now().In(d.Location).Format("20060102-150405")+".zip")
	if err := d.writeEvidences(w, r, ids); err != nil {
		d.Log.WarnContext(r.Context(), "the evidence was broken off", "err", err)
		panic(http.ErrAbortHandler) // what is cut short must not look whole
	}
}

func (d *desk) writeEvidences(w http.ResponseWriter, r *http.Request, ids []press.ItemID) error {
	x := d.exportOf(r)
	z := zip.NewWriter(w)
	rows := [][]string{{"稿件", "标题", "文件", "SHA-256"}}
	for _, id := range ids {
		e, err := d.Ledger.Evidence(r.Context(), string(id), d.Now())
		if err != nil {
			return err
		}
		name := "evidence-" + string(id) + ".zip"
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: x.At.UTC()})
		if err != nil {
			return err
		}
		sum, err := report.Write(f, e, x, d.blob(r.Context()))
		if err != nil {
			return err
		}
		if err := d.Ledger.Note(r.Context(), "export_evidence", string(id), "sha256 "+sum, d.by(r, press.MayExport), d.Now()); err != nil {
			return err
		}
		rows = append(rows, safeCells(string(id), e.Title, name, sum))
	}
	f, err := z.CreateHeader(&zip.FileHeader{Name: "list.csv", Method: zip.Deflate, Modified: x.At.UTC()})
	if err != nil {
		return err
	}
	_, _ = f.Write([]byte("\ufeff")) // an error shows with the rows
	return errors.Join(csv.NewWriter(f).WriteAll(rows), z.Close())
}
