package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
)

// Bounds of what is written or handed in at the desk. Everything is in memory while it is read, so that few may do it at a time.
const (
	mostWritten  = 8 << 20  // all fields of a form together
	mostUploaded = 96 << 20 // a whole form with its files
	mostFields   = 400
	mostAtOnce   = 3 // forms with files that are read at the same time
)

// upload is one file of a form.
type upload struct {
	field, name string
	data        []byte
}

// posted is a form with its files.
type posted struct {
	url.Values
	files []upload
}

// tooMuch is what is wrong with a form, in words.
type tooMuch string

func (t tooMuch) Error() string { return string(t) }

// posted reads a form with files, part by part, and no more of it than it may hold.
func (d *desk) posted(w http.ResponseWriter, r *http.Request) (posted, error) {
	p := posted{Values: url.Values{}}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	c := http.NewResponseController(w)
	_, _ = c.SetReadDeadline(time.Now().Add(fileWithin)), c.SetWriteDeadline(time.Now().Add(fileWithin+time.Minute)) // where the server knows of deadlines
	r.Body = http.MaxBytesReader(w, unbounded(r).Body, mostUploaded)
	if kind != "multipart/form-data" {
		r.Body = http.MaxBytesReader(w, r.Body, mostWritten)
		if err := r.ParseForm(); err != nil {
			return p, tooMuch("表单读不懂，或者太大")
		}
		p.Values = r.PostForm
		return p, nil
	}
	select {
	case d.reading <- struct{}{}:
		defer func() { <-d.reading }()
	case <-r.Context().Done():
		return p, r.Context().Err()
	}
	in, err := r.MultipartReader()
	if err != nil {
		return p, tooMuch("表单读不懂，请从编辑台的页面重新提交")
	}
	left, fields := int64(mostWritten), 0
	for {
		part, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return p, tooMuch("没有收完：连接中断，或者文件合计超过" + fmt.Sprint(mostUploaded>>20) + " MB")
		}
		if fields++; fields > mostFields {
			return p, tooMuch("表单的项目太多")
		}
		if err := p.part(part, &left, d.mostFile()); err != nil {
			return p, err
		}
	}
}

// readingOptions are how documents are read in this house.
func (d *desk) readingOptions() (o intake.Options) {
	if d.Reading != nil {
		o = d.Reading()
	}
	return o
}

// mostFile bounds one file.
func (d *desk) mostFile() int64 {
	if m := d.readingOptions().Limits.Attachment; m > 0 && m < mostUploaded {
		return m
	}
	return 50 << 20
}

func (p *posted) part(part *multipart.Part, left *int64, mostFile int64) error {
	defer part.Close()
	name := part.FileName()
	if _, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		name = plainName(params["filename"])
	}
	if name == "" {
		data, err := io.ReadAll(io.LimitReader(part, *left+1))
		if *left -= int64(len(data)); err != nil || *left < 0 {
			return tooMuch(fmt.Sprintf("文字合计超过%d MB", mostWritten>>20))
		}
		if !utf8.Valid(data) {
			return tooMuch("文字不是UTF-8编码")
		}
		p.Add(part.FormName(), string(data))
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(part, mostFile+1))
	if err != nil {
		return tooMuch("没有收完：连接中断，或者文件合计超过" + fmt.Sprint(mostUploaded>>20) + " MB")
	}
	if int64(len(data)) > mostFile {
		return tooMuch(fmt.Sprintf("文件“%.60s”超过上限%d MB", name, mostFile>>20))
	}
	p.files = append(p.files, upload{part.FormName(), name, data})
	return nil
}

// plainName is the last part of a file's name, without what no name of a file should have. Intake judges the rest.
func plainName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(c rune) rune {
		if c < 0x20 || c == 0x7f || c == utf8.RuneError {
			return -1
		}
		return c
	}, name)
	if name == "." || name == "/" || name == ".." {
		return "file"
	}
	return name
}

// of are the files of one field.
func (p posted) of(field string) (out []upload) {
	for _, f := range p.files {
		if f.field == field && len(f.data) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// draftForm is what an editor types of an item.
type draftForm struct {
	Text      map[string]string // fields of one text, by the key of the item package
	Channels  []wanted
	Relations []relatedTo
	Format    string // of the body: markdown or html
	Body      string
	Pictures  []heldPicture
	Files     []heldFile
	NewAlts   string
	Was       string // digest of the revision that is written over
	Sure      bool   // sent to review though a gate stops it
}

type wanted struct {
	Name, Kind string
	On         bool
	NotBefore  string
}

type relatedTo struct{ Type, To string }

// heldPicture is a picture that the newest revision has.
type heldPicture struct {
	press.Asset
	Name string // by which the body calls it
	Alt  string
}

type heldFile struct {
	press.Asset
	Drop bool
}

// Size is how large a file is, for people.
func (f heldFile) Size() string { return sizeOf(f.Asset.Size) }

func sizeOf(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d KB", (n+1023)/1024)
}

// Get is a text of the form, for the template.
func (f draftForm) Get(key string) string { return f.Text[key] }

// formKeys are the fields of one text, in the order of the page.
func formKeys() []string {
	return []string{"kind", "title", "short_title", "doc_number", "reg_number", "issuer", "source", "author", "formed_on", "approved_on", "theme", "genre", "validity",
		"disclosure", "disclosure_ground", "column", "summary", "keywords", "release_at", "belongs_with"}
}

// moreRelations is how many lines for relations a form has.
const moreRelations = 3

// blankForm is the form of an item that does not exist yet.
func (d *desk) blankForm(r *http.Request) (draftForm, error) {
	f := draftForm{Text: map[string]string{"issuer": d.Office, "disclosure": string(press.Proactive), "validity": string(press.InForce)}, Format: "markdown"}
	cs, err := d.Ledger.Channels(r.Context())
	if err != nil {
		return f, err
	}
	for _, c := range cs {
		f.Channels = append(f.Channels, wanted{Name: c.Name, Kind: c.Kind, On: c.Kind == "site"})
	}
	f.Relations = make([]relatedTo, moreRelations)
	return f, nil
}

// formOf fills the form from the newest revision of an item.
func (d *desk) formOf(r *http.Request, s ledger.Story) (draftForm, error) {
	f, err := d.blankForm(r)
	if err != nil {
		return f, err
	}
	head := s.Revisions[len(s.Revisions)-1]
	m := head.Meta
	when := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(d.Location).Format("2006-01-02T15:04")
	}
	day := func(x press.Date) string {
		if x.IsZero() {
			return ""
		}
		return x.String()
	}
	f.Text = map[string]string{"kind": string(s.Item.Kind), "title": head.Title, "short_title": head.ShortTitle, "doc_number": m.DocNumber, "reg_number": m.RegNumber, "issuer": m.Issuer,
		"source": m.Source, "author": m.Author, "formed_on": day(m.FormedOn), "approved_on": day(m.ApprovedOn), "theme": m.Theme, "genre": m.Genre,
		"validity": string(m.Validity), "disclosure": string(m.Disclosure), "disclosure_ground": m.DisclosureGround, "column": m.Column, "summary": m.Summary,
		"keywords": strings.Join(m.Keywords, "，"), "release_at": when(s.Item.ReleaseAt), "belongs_with": strings.Join(s.Item.BelongsWith, "，")}
	for i := range f.Channels {
		f.Channels[i].On = false
		for _, w := range s.Item.Wants {
			if w.Channel == f.Channels[i].Name {
				f.Channels[i].On, f.Channels[i].NotBefore = true, when(w.NotBefore)
			}
		}
	}
	for i, rel := range m.Relations {
		if i >= len(f.Relations) {
			f.Relations = append(f.Relations, relatedTo{})
		}
		f.Relations[i] = relatedTo{string(rel.Type), rel.To}
	}
	f.hold(head)
	f.Was = head.Digest
	w, err := d.Ledger.Writing(r.Context(), s.Item.ID, head.Number)
	if err != nil {
		return f, err
	}
	f.Format, f.Body = w.Format, w.Source
	if f.Format == "" {
		names := f.names()
		f.Format, f.Body = "html", intake.Page(head.Body, func(digest string) string { return names[digest] })
	}
	return f, nil
}

// hold takes over the files of a revision.
func (f *draftForm) hold(r press.Revision) {
	f.Pictures, f.Files = nil, nil
	alts := map[string]string{}
	press.Walk(r.Body, func(b press.Block) {
		if b.Picture != nil && alts[b.Picture.Digest] == "" {
			alts[b.Picture.Digest] = b.Picture.Alt
		}
	})
	taken := map[string]bool{}
	for _, a := range r.Images {
		name := a.Name
		if taken[name] {
			name = a.Digest[:8] + "-" + name
		}
		taken[name] = true
		f.Pictures = append(f.Pictures, heldPicture{a, name, alts[a.Digest]})
	}
	for _, a := range r.Attachments {
		f.Files = append(f.Files, heldFile{Asset: a})
	}
}

// names are what the body calls pictures, by digest.
func (f draftForm) names() map[string]string {
	out := map[string]string{}
	for _, p := range f.Pictures {
		out[p.Digest] = p.Name
	}
	return out
}

// fill takes over what was typed.
func (f *draftForm) fill(p posted) {
	for _, key := range formKeys() {
		f.Text[key] = strings.TrimSpace(p.Get(key))
	}
	for i := range f.Channels {
		c := &f.Channels[i]
		c.On, c.NotBefore = slices.Contains(p.Values["channel"], c.Name), strings.TrimSpace(p.Get("not_before-"+c.Name))
	}
	f.Relations = nil
	types, tos := p.Values["relation"], p.Values["relation_to"]
	for i := range min(len(types), len(tos), 50) {
		f.Relations = append(f.Relations, relatedTo{types[i], strings.TrimSpace(tos[i])})
	}
	for len(f.Relations) < moreRelations {
		f.Relations = append(f.Relations, relatedTo{})
	}
	f.Body, f.Format, f.Was = p.Get("body"), "markdown", p.Get("was")
	if p.Get("format") == "html" {
		f.Format = "html"
	}
	for i := range f.Pictures {
		f.Pictures[i].Alt = strings.TrimSpace(p.Get("alt-" + f.Pictures[i].Digest))
	}
	for i := range f.Files {
		f.Files[i].Drop = slices.Contains(p.Values["drop"], f.Files[i].Digest)
	}
	f.NewAlts, f.Sure = p.Get("alts"), p.Get("sure") == "yes"
}

// document is the form as an item package, and the files that it names.
func (f draftForm) document(p posted, blob func(digest string) ([]byte, error)) (doc []byte, open func(string) ([]byte, error), err error) {
	keys := map[string]any{}
	for _, key := range formKeys() {
		if v := f.Text[key]; v != "" {
			keys[key] = v
		}
	}
	for _, key := range []string{"keywords", "belongs_with"} {
		if list := splitList(f.Text[key]); len(list) > 0 {
			keys[key] = list
		}
	}
	var channels []map[string]string
	for _, c := range f.Channels {
		if c.On {
			w := map[string]string{"name": c.Name}
			if c.NotBefore != "" {
				w["not_before"] = c.NotBefore
			}
			channels = append(channels, w)
		}
	}
	relations := map[string][]string{}
	for _, rel := range f.Relations {
		if rel.To != "" {
			relations[rel.Type] = append(relations[rel.Type], rel.To)
		}
	}
	if channels != nil {
		keys["channels"] = channels
	}
	if len(relations) > 0 {
		keys["relations"] = relations
	}
	names, files := f.files(p, blob)
	if names != nil {
		keys["attachments"] = names
	}
	keys["body_format"], keys["body"] = f.Format, f.withPictures(p)
	doc, err = json.Marshal(keys)
	return doc, files, err
}

func splitList(s string) []string {
	var out []string
	for _, e := range strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(",，;；、\n", c) }) {
		if e = strings.TrimSpace(e); e != "" && !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

// files are the attachments by name, those there are and those that come, and how each file is opened.
func (f draftForm) files(p posted, blob func(string) ([]byte, error)) (names []string, open func(string) ([]byte, error)) {
	held, fresh := map[string]string{}, map[string][]byte{}
	for _, pic := range f.Pictures {
		held[pic.Name] = pic.Digest
	}
	for _, u := range append(p.of("pictures"), p.of("document-files")...) {
		fresh[u.name] = u.data
	}
	for _, a := range f.Files {
		if !a.Drop {
			name := "附件/" + a.Name
			held[name] = a.Digest
			names = append(names, name)
		}
	}
	for _, u := range p.of("files") {
		name := "附件/" + u.name
		fresh[name] = u.data
		if i := slices.Index(names, name); i >= 0 { // the same name again is a newer file
			names = slices.Delete(names, i, i+1)
		}
		names = append(names, name)
	}
	return names, func(name string) ([]byte, error) {
		if data, ok := fresh[name]; ok {
			return data, nil
		}
		if digest, ok := held[name]; ok {
			return blob(digest)
		}
		return nil, fs.ErrNotExist
	}
}

// withPictures puts the pictures that come and that the body does not name at its end.
func (f draftForm) withPictures(p posted) string {
	body := f.Body
	alts := strings.Split(strings.ReplaceAll(f.NewAlts, "\r\n", "\n"), "\n")
	for i, u := range p.of("pictures") {
		alt := ""
		if i < len(alts) {
			alt = strings.TrimSpace(alts[i])
		}
		if strings.Contains(body, u.name) {
			continue
		}
		if f.Format == "html" {
			body += "\n<figure><img src=\"" + htmlEscape(url.PathEscape(u.name)) + "\" alt=\"" + htmlEscape(alt) + "\"></figure>\n"
		} else {
			body += "\n\n![" + strings.NewReplacer("[", "", "]", "", `\`, "").Replace(alt) + "](<" + strings.NewReplacer("<", "", ">", "").Replace(u.name) + ">)\n"
		}
	}
	return body
}

// take makes an item of the form.
func (d *desk) take(r *http.Request, f *draftForm, p posted) (intake.Package, error) {
	doc, open, err := f.document(p, func(digest string) ([]byte, error) { return d.Ledger.Blob(r.Context(), digest) })
	if err != nil {
		return intake.Package{}, err
	}
	o := d.readingOptions()
	o.Location, o.Own, o.Meta = d.Location, true, nil
	o.Channels = nil
	for _, c := range f.Channels {
		o.Channels = append(o.Channels, c.Name)
	}
	pkg, err := intake.ReadBytes("item.json", doc, open, o)
	if err != nil {
		return pkg, err
	}
	f.realt(&pkg.Revision)
	return pkg, nil
}

// realt gives pictures the text that stands in for them, as it was typed beside them.
func (f draftForm) realt(r *press.Revision) {
	alts := map[string]string{}
	for _, p := range f.Pictures {
		alts[p.Digest] = strings.Join(strings.Fields(p.Alt), " ")
	}
	press.Walk(r.Body, func(b press.Block) {
		if b.Picture != nil {
			if alt, ok := alts[b.Picture.Digest]; ok {
				b.Picture.Alt = alt
			}
		}
	})
}

// filingOf is a package as the ledger takes it.
func (d *desk) filingOf(r *http.Request, pkg intake.Package, w ledger.Written) ledger.Filing {
	for _, n := range pkg.Warnings {
		text := n.Text
		if n.Line > 0 {
			text = fmt.Sprintf("第%d行：", n.Line) + text
		}
		w.Notes = append(w.Notes, text)
	}
	return ledger.Filing{Item: pkg.Item, Revision: pkg.Revision, Files: maps.Clone(pkg.Files), By: d.by(r, press.MayFile), Draft: true, Written: w}
}
