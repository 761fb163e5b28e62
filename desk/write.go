package desk

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
)

func (d *desk) writeRoutes() []route {
	return []route{
		{"GET", "/items/new", press.MayFile, d.newForm},
		{"POST", "/items/new", press.MayFile, d.newItem},
		{"POST", "/items/new/file", press.MayFile, d.newFromFile},
		{"GET", "/items/{id}/edit", press.MayFile, d.editForm},
		{"POST", "/items/{id}/edit", press.MayFile, d.editItem},
		{"GET", "/items/{id}/file/{digest}", press.MaySee, d.itemFile},
		{"GET", "/items/{id}/revisions", press.MaySee, d.revisions},
		{"GET", "/review", press.MaySee, d.reviewQueue},
		{"GET", "/items/{id}/review", press.MaySee, d.review},
		{"POST", "/items/{id}/review", press.MaySee, d.sign},
		{"GET", "/items/{id}/preview", press.MaySee, d.previews},
		{"GET", "/items/{id}/preview/{channel}", press.MaySee, d.preview},
		{"GET", "/items/{id}/preview/{channel}/{n}", press.MaySee, d.previewFile},
	}
}

// writePage is the form of an item, new or not, with what the gates say of what was typed.
type writePage struct {
	frame
	Tabs     itemTabs
	New      bool
	Story    ledger.Story
	Form     draftForm
	Errors   []formError
	Checked  bool
	Findings []findingLine
	Blocks   []shownBlock
	Notes    []string // what was said when it was taken in
	Stops    int
	Columns  []string
	Warn     bool               // approvals of the newest revision will not hold for another
	Lost     bool               // files were chosen, and must be chosen again
	Late     bool               // another revision came while this one was written
	Rows     []sideRow          // that one beside what was typed
	Handed   *ledger.Submission // that a new item is taken in from
	Readable bool               // its final text can be read
	Picked   string             // kind that was chosen for a file
	PickedT  string
}

// formError is what is wrong with a field.
type formError struct{ Field, Word, Text string }

// For is what is wrong with a field, or what the gates say of it, for the template.
func (p writePage) For(field string) (out []string) {
	for _, e := range p.Errors {
		if e.Field == field {
			out = append(out, e.Text)
		}
	}
	return out
}

// Of are the findings about a field that stand beside it; those about the body stand beside their paragraphs.
func (p writePage) Of(field string) (out []findingLine) {
	for _, f := range p.Findings {
		if f.Field == field && strings.HasPrefix(f.URL, "#f-") {
			out = append(out, f)
		}
	}
	return out
}

// Bad reports whether a field must be changed: what is only remarked of it does not count.
func (p writePage) Bad(field string) bool {
	return len(p.For(field)) > 0 || slices.ContainsFunc(p.Of(field), func(f findingLine) bool { return f.Severity == press.Stop })
}

// Kinds, for the template.
func (writePage) Kinds() any { return press.Kinds() }

// Disclosures, for the template.
func (writePage) Disclosures() []press.Disclosure {
	return []press.Disclosure{press.Proactive, press.OnRequest, press.Withheld}
}

// Validities, for the template.
func (writePage) Validities() []press.Validity {
	return []press.Validity{press.InForce, press.Expired, press.Repealed, press.Amended}
}

// RelationTypes, for the template.
func (writePage) RelationTypes() []fact {
	return []fact{{Name: string(press.Interprets), Value: "解读"}, {Name: string(press.Amends), Value: "修改"}, {Name: string(press.Repeals), Value: "废止"}, {Name: string(press.Answers), Value: "反馈"}}
}

func (d *desk) writePage(r *http.Request) (writePage, error) {
	p := writePage{New: r.PathValue("id") == ""}
	var err error
	if p.Columns, err = d.Ledger.Columns(r.Context()); err != nil {
		return p, err
	}
	if len(p.Columns) > 200 {
		p.Columns = p.Columns[:200]
	}
	if p.New {
		p.frame = d.frame(r, d.t(r, "收稿"), "new")
		if p.Form, err = d.blankForm(r); err != nil {
			return p, err
		}
		return p, d.fromSubmission(r, &p)
	}
	if p.Story, err = d.Ledger.Story(r.Context(), r.PathValue("id"), d.Now()); err != nil {
		return p, err
	}
	p.frame = d.frame(r, d.t(r, "修改：%s", p.Story.Title), "matrix")
	p.Tabs = itemTabs{p.frame, p.Story.Item, "edit"}
	if p.Form, err = d.formOf(r, p.Story); err != nil {
		return p, err
	}
	p.Warn = p.Story.Item.State == press.Approved || p.Story.Item.State == press.Submitted && len(p.Story.Approvals) > 0
	w, err := d.Ledger.Writing(r.Context(), p.Story.Item.ID, p.Story.Item.Head)
	p.Notes = w.Notes
	return p, err
}

func (d *desk) newForm(w http.ResponseWriter, r *http.Request)  { d.showForm(w, r) }
func (d *desk) editForm(w http.ResponseWriter, r *http.Request) { d.showForm(w, r) }

func (d *desk) showForm(w http.ResponseWriter, r *http.Request) {
	p, err := d.writePage(r)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p.Done = d.wrote(r)
	if !p.New {
		head := p.Story.Revisions[len(p.Story.Revisions)-1]
		p.check(head, withoutApprovals(p.Story.Findings), fileOf(p.Story.Item.ID))
	}
	d.show(w, r, http.StatusOK, "write", p)
}

// wrote says once what was done. It is chosen from a list, so that no link can put words into our mouth.
func (d *desk) wrote(r *http.Request) string {
	switch r.URL.Query().Get("done") {
	case "saved":
		return d.t(r, "草稿已保存。草稿不会发布，也不会送审。")
	case "taken":
		return d.t(r, "文件已收下，存为草稿。请核对下面读出的内容，补齐目录信息后送审。")
	case "same":
		return d.t(r, "没有改动，版本不变。")
	case "submitted":
		return d.t(r, "已送审。审签齐全、检查通过以后自动签发。")
	case "passed":
		return d.t(r, "已登记：通过。")
	case "returned":
		return d.t(r, "已退回，写明的理由会显示给拟稿人。")
	}
	return ""
}

// withoutApprovals leaves out what reviewers have still to do: it is not for who writes.
func withoutApprovals(found []press.Finding) []press.Finding {
	return slices.DeleteFunc(slices.Clone(found), func(f press.Finding) bool { return f.Field == "approvals" })
}

func (p *writePage) check(r press.Revision, found []press.Finding, picture func(press.Asset) string) {
	p.Checked = true
	p.Blocks, _ = shownBody(r, found, picture)
	p.Findings = jumps(found, p.Blocks)
	p.Stops = 0
	for _, f := range found {
		if f.Severity == press.Stop {
			p.Stops++
		}
	}
}

// saved is the address of a picture that the newest revision has; "" for one that is not saved yet.
func (p writePage) saved() func(press.Asset) string {
	return func(a press.Asset) string {
		for _, held := range p.Form.Pictures {
			if held.Digest == a.Digest {
				return fileOf(p.Story.Item.ID)(a)
			}
		}
		return ""
	}
}

func (d *desk) newItem(w http.ResponseWriter, r *http.Request)  { d.written(w, r) }
func (d *desk) editItem(w http.ResponseWriter, r *http.Request) { d.written(w, r) }

// written takes what was typed: to be looked at, kept as a draft, or sent to review.
func (d *desk) written(w http.ResponseWriter, r *http.Request) {
	post, err := d.posted(w, r)
	if err != nil {
		d.formRefused(w, r, err)
		return
	}
	p, err := d.writePage(r)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p.Form.fill(post)
	p.Lost = len(post.files) > 0
	pkg, err := d.take(r, &p.Form, post)
	var refused *intake.Refusal
	switch {
	case errors.As(err, &refused):
		p.Errors = d.formErrors(r, refused)
		d.show(w, r, http.StatusUnprocessableEntity, "write", p)
		return
	case err != nil:
		d.fail(w, r, err)
		return
	}
	f := d.filingOf(r, pkg, ledger.Written{Format: p.Form.Format, Source: p.Form.withPictures(post)})
	if p.Handed != nil {
		f.Handed = p.Handed.N
	}
	f.ID, f.Was, f.Item.ExternalID = p.Story.Item.ID, p.Form.Was, p.Story.Item.ExternalID
	found, err := d.Ledger.Check(r.Context(), f, d.Now())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	p.Notes = f.Written.Notes
	p.check(pkg.Revision, withoutApprovals(found), p.saved())
	switch act := post.Get("act"); {
	case act == "save" || act == "preview":
		d.keep(w, r, p, f, act)
	case act == "submit" && (p.Stops == 0 || p.Form.Sure):
		d.keep(w, r, p, f, act)
	case act == "submit":
		p.Errors = []formError{{"", "", d.t(r, "还有%d处会使稿件不得发布，没有送审。请先处理；确实要现在送审的，勾选“仍然送审”再送一次。", p.Stops)}}
		p.Form.NewAlts = ""
		d.show(w, r, http.StatusUnprocessableEntity, "write", p)
	default:
		d.show(w, r, http.StatusOK, "write", p)
	}
}

// keep files a draft, and sends it to review where that was asked.
func (d *desk) keep(w http.ResponseWriter, r *http.Request, p writePage, f ledger.Filing, act string) {
	out, err := d.Ledger.File(r.Context(), f, d.Now())
	if errors.Is(err, ledger.ErrMoved) {
		d.overtaken(w, r, p, f)
		return
	}
	if err != nil {
		p.Errors = []formError{{"", "", say(err)}}
		d.show(w, r, http.StatusUnprocessableEntity, "write", p)
		return
	}
	done := "saved"
	if out.Outcome == ledger.Same {
		done = "same"
	}
	if act == "submit" {
		if _, err := d.Ledger.Submit(r.Context(), string(out.ID), f.Revision.Sum(), d.by(r, press.MayFile), d.Now()); err != nil {
			d.wake()
			d.cannot(w, r, err)
			return
		}
		d.wake()
		http.Redirect(w, r, to("items", string(out.ID), "review")+"?done=submitted", http.StatusSeeOther)
		return
	}
	d.wake()
	if act == "preview" {
		http.Redirect(w, r, to("items", string(out.ID), "preview"), http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, to("items", string(out.ID), "edit")+"?done="+done, http.StatusSeeOther)
}

// overtaken shows the revision that came meanwhile beside what was typed. Who saves again has seen it.
func (d *desk) overtaken(w http.ResponseWriter, r *http.Request, p writePage, f ledger.Filing) {
	s, err := d.Ledger.Story(r.Context(), string(f.ID), d.Now())
	if err != nil {
		d.fail(w, r, err)
		return
	}
	head := s.Revisions[len(s.Revisions)-1]
	p.Late, p.Story, p.Form.Was = true, s, head.Digest
	p.Rows = sideBySide(head, f.Revision)
	p.Errors = []formError{{"", "", d.t(r, "您修改期间，%s保存了第%d版。您写的还没有保存。请对照两版，把要留的内容改在下面，再保存。", head.By, head.Number)}}
	d.show(w, r, http.StatusConflict, "write", p)
}

// cannot answers a move that the ledger refuses, with its reason.
func (d *desk) cannot(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ledger.ErrNoItem) || ledger.Broke(err) {
		d.fail(w, r, err)
		return
	}
	d.refuse(w, r, http.StatusConflict, say(err), d.t(r, "请返回稿件页面，看过现在的情况再决定。"))
}

// formRefused answers a form that could not be read.
func (d *desk) formRefused(w http.ResponseWriter, r *http.Request, err error) {
	var much tooMuch
	if errors.As(err, &much) {
		d.refuse(w, r, http.StatusRequestEntityTooLarge, string(much), d.t(r, "没有保存。请返回上一页，减少内容或压缩图片后再提交。"))
		return
	}
	d.fail(w, r, err)
}

// formErrors are the problems of a document, each at its field.
func (d *desk) formErrors(r *http.Request, refused *intake.Refusal) (out []formError) {
	for _, p := range refused.Problems {
		field := p.Field
		switch field {
		case "cover", "images":
			field = "body"
		case "approvals", "external_id", "body_format":
			field = ""
		}
		text := p.Text + "。" + p.Do
		if p.Line > 0 && p.File != "item.json" {
			text = d.t(r, "第%d行：", p.Line) + text
		}
		if p.File != "" && p.File != "item.json" {
			text = strings.TrimPrefix(p.File, "附件/") + "：" + text
		}
		out = append(out, formError{field, d.t(r, fieldName(field)), text})
	}
	return out
}

// newFromFile takes one document with its files, and keeps what it says as a draft.
func (d *desk) newFromFile(w http.ResponseWriter, r *http.Request) {
	post, err := d.posted(w, r)
	if err != nil {
		d.formRefused(w, r, err)
		return
	}
	p, err := d.writePage(r)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if kind := post.Get("kind"); kind != "" || p.Handed == nil {
		p.Picked = kind
	}
	p.PickedT = strings.TrimSpace(post.Get("file_title"))
	docs := post.of("document")
	if len(docs) == 0 && p.Readable {
		if docs, err = d.finalText(r, *p.Handed); err != nil {
			d.fail(w, r, err)
			return
		}
	}
	if len(docs) != 1 {
		p.Errors = []formError{{"document", d.t(r, "稿件文件"), d.t(r, "请选一份稿件文件")}}
		d.show(w, r, http.StatusUnprocessableEntity, "write", p)
		return
	}
	pkg, err := d.document(post, docs[0], p.meta())
	var refused *intake.Refusal
	if errors.As(err, &refused) {
		for _, x := range d.formErrors(r, refused) {
			p.Errors = append(p.Errors, formError{"document", x.Word, x.Text})
		}
		d.show(w, r, http.StatusUnprocessableEntity, "write", p)
		return
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	f := d.filingOf(r, pkg, ledger.Written{})
	if p.Handed != nil {
		f.Handed = p.Handed.N
	}
	out, err := d.Ledger.File(r.Context(), f, d.Now())
	if err != nil {
		p.Errors = []formError{{"document", d.t(r, "稿件文件"), say(err)}}
		d.show(w, r, http.StatusUnprocessableEntity, "write", p)
		return
	}
	d.wake()
	http.Redirect(w, r, to("items", string(out.ID), "edit")+"?done=taken", http.StatusSeeOther)
}

// document reads an uploaded document. What is chosen beside it counts over what the document says; the files that come with it and
// that it does not name are its attachments, except pictures.
func (d *desk) document(post posted, doc upload, meta map[string]string) (intake.Package, error) {
	more := map[string][]byte{}
	for _, u := range post.of("document-files") {
		more[u.name] = u.data
	}
	o := d.readingOptions()
	o.Location, o.Meta = d.Location, meta
	var attach []string
	for _, u := range post.of("document-files") {
		if !strings.ContainsAny(u.name, ",，") && !slices.Contains([]string{"png", "jpg", "jpeg", "gif", "webp", "bmp", "yaml", "yml"}, extension(u.name)) {
			attach = append(attach, u.name)
		}
	}
	if len(attach) > 0 {
		o.Meta["attachments"] = strings.Join(attach, ",")
	}
	return intake.ReadBytes(doc.name, doc.data, func(name string) ([]byte, error) { return fromMap(more, name) }, o)
}

// itemFile gives a picture or an attachment of an item.
func (d *desk) itemFile(w http.ResponseWriter, r *http.Request) {
	a, ok, err := d.Ledger.Shows(r.Context(), r.PathValue("id"), strings.ToLower(r.PathValue("digest")))
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if !ok {
		d.nowhere(w, r)
		return
	}
	d.sendFile(w, r, a)
}
