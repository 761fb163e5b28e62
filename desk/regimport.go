package desk

import (
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
)

// regimportPage shows what an import into the register would do, line by line, before it is done.
type regimportPage struct {
	frame
	Tabs     []entry
	Name     string
	Data     string // the same lines, for the next step
	Lines    []ledger.Imported
	More     int // lines that are not shown
	New      int
	Revised  int
	Same     int
	Problems problems
}

// mostImportShown is how many lines of an import are shown one by one.
const mostImportShown = 200

// importRegister reads a table and shows what would come of it; with the word that it was looked at, it is taken in.
func (d *desk) importRegister(w http.ResponseWriter, r *http.Request) {
	post, err := d.posted(w, r)
	if err != nil {
		d.formRefused(w, r, err)
		return
	}
	p := regimportPage{Name: "登记簿.csv", Data: post.Get("data")}
	if up := post.of("file"); len(up) > 0 {
		p.Name, p.Data = up[0].name, string(up[0].data)
	}
	lines, err := intake.Register(p.Name, []byte(p.Data))
	var no *intake.Refusal
	if errors.As(err, &no) {
		p.refused(no)
		d.showImport(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	p.Data = registerTable(lines)
	sure := post.Get("sure") == "yes"
	got, err := d.Ledger.ImportRegister(r.Context(), lines, press.ByTable, !sure, d.by(r, press.MayReceive), d.Now())
	if err != nil {
		if p.Problems = lackingIn(err); p.Problems == nil {
			d.fail(w, r, err)
			return
		}
		d.showImport(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	p.count(got)
	if !sure {
		d.showImport(w, r, http.StatusOK, p)
		return
	}
	d.wake()
	http.Redirect(w, r, "/register?"+url.Values{"done": {"imported"}, "n": {strconv.Itoa(p.New)}, "m": {strconv.Itoa(p.Revised)}}.Encode(), http.StatusSeeOther)
}

func (d *desk) showImport(w http.ResponseWriter, r *http.Request, status int, p regimportPage) {
	p.frame, p.Tabs = d.frame(r, d.t(r, "导入登记簿"), "submissions"), d.submissionTabs(r, "/register")
	d.show(w, r, status, "regimport", p)
}

func (p *regimportPage) refused(no *intake.Refusal) {
	p.Data = ""
	for i, x := range no.Problems {
		if i == 50 {
			p.Problems = append(p.Problems, problem{Text: "另有" + strconv.Itoa(len(no.Problems)-i) + "处。", Foreign: true})
			break
		}
		p.Problems = append(p.Problems, problem{Field: "file", Text: x.String() + "。", Foreign: true})
	}
}

func (p *regimportPage) count(got []ledger.Imported) {
	for _, x := range got {
		switch x.Outcome {
		case ledger.New:
			p.New++
		case ledger.Revised:
			p.Revised++
		default:
			p.Same++
			continue
		}
		if len(p.Lines) < mostImportShown {
			p.Lines = append(p.Lines, x)
		} else {
			p.More++
		}
	}
}

// registerTable writes lines as the table that intake reads.
func registerTable(lines []press.Registered) string {
	var b strings.Builder
	c := csv.NewWriter(&b)
	_ = c.Write([]string{"统一编号", "标题", "文号", "制定单位", "登记日期"}) // to memory
	for _, x := range lines {
		_ = c.Write([]string{x.RegNumber, x.Title, x.DocNumber, x.Unit, x.On.String()})
	}
	c.Flush()
	return b.String()
}
