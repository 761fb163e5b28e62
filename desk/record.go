package desk

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tongfa/ledger"
	"tongfa/press"
)

func (d *desk) recordRoutes() []route {
	return []route{
		{"GET", "/record", press.MaySee, d.readRecord},
		{"POST", "/record.csv", press.MayExport, d.exportCSV},
		{"POST", "/record.json", press.MayExport, d.exportJSON},
		{"GET", "/record/check", press.MaySee, d.chains},
		{"POST", "/record/check", press.MayExport, d.checkChains},
		{"GET", "/record/evidence", press.MayExport, d.evidences},
		{"POST", "/record/evidence", press.MayExport, d.takeEvidences},
		{"GET", "/items/{id}/evidence", press.MayExport, d.evidence},
		{"POST", "/items/{id}/evidence", press.MayExport, d.takeEvidence},
	}
}

// recordPage (操作记录) is everything that happened: moves of items and deeds of people, newest first.
type recordPage struct {
	frame
	recordAsk
	Lines    []ledger.Recorded
	Channels []string
	Verbs    []verbChoice
	Next     string
	Looked   time.Time // how far back was looked, where little was found on the way
	Problem  string
}

// recordAsk is what the record is asked, as it was typed.
type recordAsk struct {
	By, Verb, Item, On, From, To string
	Program                      bool
}

// verbChoice is one kind of thing that can be asked for.
type verbChoice struct{ Code, Name string }

// mostTyped bounds what is typed into a field that names something, in characters.
const mostTyped = 80

func recordAskOf(v url.Values) recordAsk {
	one := func(key string) string {
		s := strings.TrimSpace(v.Get(key))
		if utf8.RuneCountInString(s) > mostTyped {
			return string([]rune(s)[:mostTyped])
		}
		return s
	}
	return recordAsk{By: one("by"), Verb: one("verb"), Item: one("item"), On: one("channel"), From: one("from"), To: one("to"), Program: v.Get("program") != ""}
}

// Any reports whether the record is narrowed at all.
func (a recordAsk) Any() bool { return a != recordAsk{} }

// Query is the question once more, for links.
func (a recordAsk) Query() string { return a.query().Encode() }

// Fields are the question once more, for a form.
func (a recordAsk) Fields() map[string]string {
	out := map[string]string{}
	for key, v := range a.query() {
		out[key] = v[0]
	}
	return out
}

func (a recordAsk) query() url.Values {
	v := url.Values{}
	for key, value := range map[string]string{"by": a.By, "verb": a.Verb, "item": a.Item, "channel": a.On, "from": a.From, "to": a.To} {
		if value != "" {
			v.Set(key, value)
		}
	}
	if a.Program {
		v.Set("program", "1")
	}
	return v
}

// recordFilter turns the question into one for the ledger. The problem is for the person who typed it.
func (d *desk) recordFilter(r *http.Request, a recordAsk) (f ledger.RecordFilter, problem string, err error) {
	f = ledger.RecordFilter{Person: a.By, Verb: a.Verb, Channel: a.On, Program: a.Program}
	for _, day := range []struct {
		typed string
		into  *time.Time
		more  int
	}{{a.From, &f.From, 0}, {a.To, &f.To, 1}} {
		if day.typed == "" {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, day.typed, d.Location)
		if err != nil {
			return f, d.t(r, "日期写得不对，应当像 2026-11-25 这样。"), nil
		}
		*day.into = t.AddDate(0, 0, day.more)
	}
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		return f, d.t(r, "起始日期在截止日期之后。"), nil
	}
	if a.Item == "" {
		return f, "", nil
	}
	f.Program = true // of one item everything
	if f.Item, err = d.Ledger.Named(r.Context(), a.Item); errors.Is(err, ledger.ErrNoItem) {
		return f, d.t(r, "没有编号是“%s”的稿件。", a.Item), nil
	}
	return f, "", err
}

// recordLines is how many lines a page has.
const recordLines = 60

func (d *desk) readRecord(w http.ResponseWriter, r *http.Request) {
	p := recordPage{frame: d.frame(r, d.t(r, "操作记录"), "record"), recordAsk: recordAskOf(r.URL.Query()), Verbs: d.verbs(r)}
	f, problem, err := d.recordFilter(r, p.recordAsk)
	if err == nil {
		p.Channels, err = d.channelNames(r.Context())
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	status := http.StatusOK
	if p.Problem = problem; problem != "" {
		status = http.StatusUnprocessableEntity
	} else {
		f.After, f.Most = r.URL.Query().Get("after"), recordLines
		var next string
		if p.Lines, next, err = d.Ledger.Record(r.Context(), f); err != nil {
			d.fail(w, r, err)
			return
		}
		p.page(next)
	}
	d.show(w, r, status, "record", p)
}

// page says where the next page is, and how far back a short one has looked.
func (p *recordPage) page(next string) {
	if next == "" {
		return
	}
	v := p.query()
	v.Set("after", next)
	p.Next = "/record?" + v.Encode()
	if len(p.Lines) < recordLines {
		at, _, _ := strings.Cut(next, ".")
		if n, err := strconv.ParseInt(at, 10, 64); err == nil {
			p.Looked = time.UnixMicro(n)
		}
	}
}

func (d *desk) channelNames(ctx context.Context) ([]string, error) {
	cs, err := d.Ledger.Channels(ctx)
	var out []string
	for _, c := range cs {
		out = append(out, c.Name)
	}
	return out, err
}

// verbs are all kinds of things on record.
func (d *desk) verbs(r *http.Request) []verbChoice {
	var out []verbChoice
	for _, v := range ledger.RecordVerbs() {
		out = append(out, verbChoice{v, d.t(r, ledger.Recorded{Item: "x", Verb: v}.What())})
	}
	for _, i := range press.Deeds() {
		out = append(out, verbChoice{i.Verb, d.t(r, i.Name)})
	}
	return out
}

// Role is the role of who made a line, in words.
func (p recordPage) Role(role press.Role) string {
	if role == press.System || role == "" {
		return ""
	}
	return role.Name()
}

// exporting is how long an export may take: a million lines to a slow disk.
const exporting = 30 * time.Minute

// export streams the record. begin makes the writer of a line and what ends the file. It is recorded before its first byte, so that one that was
// broken off is on record too.
func (d *desk) export(w http.ResponseWriter, r *http.Request, kind, mime string, begin func() (line func(ledger.Recorded) error, end func() error)) {
	_ = r.ParseForm() // what cannot be read asks for nothing
	a := recordAskOf(r.PostForm)
	f, problem, err := d.recordFilter(r, a)
	switch {
	case problem != "":
		d.refuse(w, r, http.StatusUnprocessableEntity, problem, d.t(r, "请回到操作记录，改好条件再导出。"))
		return
	case err != nil:
		d.fail(w, r, err)
		return
	}
	if err := d.Ledger.Note(r.Context(), "export_record", kind, a.Query(), d.by(r, press.MayExport), d.Now()); err != nil {
		d.fail(w, r, err)
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exporting)) // a test has none
	h := w.Header()
	h.Set("Content-Type", mime)
	h.Set("Content-Disposition", `attachment; filename="tongfa-record-`+d.Now().In(d.Location).Format("20060102-150405")+"."+kind+`"`)
	line, end := begin()
	n, err := d.Ledger.RecordEach(r.Context(), f, line)
	if err == nil {
		err = end()
	}
	if err != nil {
		d.Log.WarnContext(r.Context(), "the export was broken off", "lines", n, "err", err)
		panic(http.ErrAbortHandler) // a file that is cut short must not look whole
	}
}

func (d *desk) exportCSV(w http.ResponseWriter, r *http.Request) {
	d.export(w, r, "csv", "text/csv; charset=utf-8", func() (func(ledger.Recorded) error, func() error) {
		_, _ = w.Write([]byte("\ufeff")) // by which Excel knows UTF-8
		c := csv.NewWriter(w)
		_ = c.Write([]string{"时间", "谁", "角色", "做了什么", "稿件", "标题", "渠道或者对象", "变化", "内容", "链上第几条", "摘要"})
		line := func(l ledger.Recorded) error {
			return c.Write(safeCells(l.At.In(d.Location).Format("2006-01-02 15:04:05.000"), l.By.Name, l.By.Role.Name(), l.What(), string(l.Item), l.Title, l.Channel,
				l.Turn(), l.Detail, strconv.FormatInt(l.N, 10), l.Hash))
		}
		return line, func() error { c.Flush(); return c.Error() }
	})
}

// safeCells keeps a spreadsheet from taking what somebody wrote for a formula.
func safeCells(cells ...string) []string {
	for i, c := range cells {
		if trimmed := strings.TrimLeft(c, " \t\r\n"); trimmed != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(trimmed)[0]) || strings.HasPrefix(c, "\t") || strings.HasPrefix(c, "\r") {
			cells[i] = "'" + c
		}
	}
	return cells
}

// recordJSON is a line of the record for programs.
type recordJSON struct {
	At      time.Time    `json:"at"`
	By      string       `json:"by"`
	Role    press.Role   `json:"role"`
	Verb    string       `json:"verb"`
	What    string       `json:"what"`
	Item    press.ItemID `json:"item,omitempty"`
	Title   string       `json:"title,omitempty"`
	Channel string       `json:"channel,omitempty"`
	About   string       `json:"about,omitempty"`
	Was     string       `json:"was,omitempty"`
	Now     string       `json:"now,omitempty"`
	Detail  string       `json:"detail,omitempty"`
	N       int64        `json:"n"`
	Hash    string       `json:"hash"`
}

func (d *desk) exportJSON(w http.ResponseWriter, r *http.Request) {
	d.export(w, r, "json", "application/json; charset=utf-8", func() (func(ledger.Recorded) error, func() error) {
		before := "[\n"
		line := func(l ledger.Recorded) error {
			j := recordJSON{At: l.At, By: l.By.Name, Role: l.By.Role, Verb: l.Verb, What: l.What(), Item: l.Item, Title: l.Title, Channel: l.Channel, Was: l.Was, Now: l.Now,
				Detail: l.Detail, N: l.N, Hash: l.Hash}
			if l.Deed() {
				j.Channel, j.About = "", l.Channel
			}
			b, err := json.Marshal(j)
			if err == nil {
				_, err = fmt.Fprintf(w, "%s%s", before, b)
				before = ",\n"
			}
			return err
		}
		end := func() error {
			if before == "[\n" {
				_, _ = w.Write([]byte("["))
			}
			_, err := w.Write([]byte("\n]\n"))
			return err
		}
		return line, end
	})
}
