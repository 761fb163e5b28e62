package desk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"time"

	"tongfa/intake"
	"tongfa/ledger"
	"tongfa/press"
)

// Bounds of what is handed in by the API.
const (
	mostPackage = 64 << 20  // bytes of a request that is one document, with its files in it
	mostParts   = 210 << 20 // bytes of a request in parts: intake's bound of all files, and the document
	mostFilings = 2         // that are read at once: each is in memory as a whole
	mostFiles   = 200
	fileTurn    = 30 * time.Second // to wait until one of them is done
	fileWithin  = 10 * time.Minute // to send a request
)

// handed is an item package as it came in a request.
type handed struct {
	name  string // of the document, whose ending tells its format
	data  []byte
	files map[string][]byte
}

func (h handed) open(name string) ([]byte, error) {
	b, ok := h.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return b, nil
}

// filedDoc is what a filing is answered with.
type filedDoc struct {
	ID         press.ItemID    `json:"id"`
	ExternalID string          `json:"external_id"`
	Outcome    ledger.Outcome  `json:"outcome"`
	Revision   int             `json:"revision"`
	State      press.State     `json:"state"`
	Findings   []press.Finding `json:"findings"`
}

// apiFile takes in an item package: as JSON with its files in it, as Markdown, or in parts. What an earlier post brought already is answered
// with 200; what the gates stop is taken in and waits, unless the caller wants it whole or not at all.
func (d *desk) apiFile(w http.ResponseWriter, r *http.Request) {
	stopped := r.URL.Query().Get("if_stopped")
	if stopped != "" && stopped != "refuse" && stopped != "wait" {
		d.badQuery(w, r, "if_stopped", "应当是 wait（收下等待，默认）或者 refuse（不收）")
		return
	}
	d.withFiles(w, r, func(w http.ResponseWriter, r *http.Request) { d.takeIn(w, r, stopped == "refuse") })
}

// withFiles executes a request that may be large: few at a time, each in memory as a whole, and each with a key of its own once.
func (d *desk) withFiles(w http.ResponseWriter, r *http.Request, do http.HandlerFunc) {
	late := time.NewTimer(fileTurn)
	defer late.Stop()
	select {
	case d.filing <- struct{}{}:
		defer func() { <-d.filing }()
	case <-r.Context().Done():
		return
	case <-late.C:
		w.Header().Set("Retry-After", "2")
		d.problem(w, r, apiProblem{Status: http.StatusTooManyRequests, Code: "too_many", Detail: "正在收别的稿件"})
		return
	}
	c := http.NewResponseController(w)
	_, _ = c.SetReadDeadline(time.Now().Add(fileWithin)), c.SetWriteDeadline(time.Now().Add(fileWithin+time.Minute)) // where the server knows of deadlines
	most := int64(mostPackage)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		most = mostParts
	}
	r.Body = http.MaxBytesReader(w, unbounded(r).Body, most)
	d.once(do)(w, r)
}

func (d *desk) takeIn(w http.ResponseWriter, r *http.Request, refuse bool) {
	h, ok := d.handedIn(w, r)
	if !ok {
		return
	}
	var o intake.Options
	if d.Reading != nil {
		o = d.Reading()
	}
	p, err := intake.ReadBytes(h.name, h.data, h.open, o)
	var no *intake.Refusal
	switch {
	case errors.As(err, &no):
		d.notTaken(w, r, no)
		return
	case err != nil:
		d.apiFail(w, r, err)
		return
	}
	who := d.by(r, press.MayFile)
	if len(personOf(r).Rights) > 0 {
		who.Role = press.Registrar // the system that hands in vouches for the approvals that it brings
	}
	if len(p.Approvals) > 0 && who.Role != press.Registrar && who.Role != press.Publisher {
		d.invalid(w, r, fieldProblem{Field: "approvals", Message: "拟稿人不能替别人担保审签", Do: "请去掉approvals，由各环节在编辑台审签"})
		return
	}
	d.put(w, r, p, who, refuse)
}

// put hands a package to the ledger.
func (d *desk) put(w http.ResponseWriter, r *http.Request, p intake.Package, who ledger.Who, refuse bool) {
	got, err := d.Ledger.File(r.Context(), ledger.Filing{Item: p.Item, Revision: p.Revision, Approvals: p.Approvals, Files: maps.Clone(p.Files), By: who,
		Whole: refuse}, d.Now())
	for _, x := range p.Warnings {
		got.Findings = append(got.Findings, x.Finding())
	}
	if errors.Is(err, ledger.ErrStopped) {
		d.problem(w, r, apiProblem{Status: http.StatusUnprocessableEntity, Code: "stopped", Findings: got.Findings})
		return
	}
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	d.wake()
	status := http.StatusCreated
	if got.Outcome == ledger.Same {
		status = http.StatusOK
	}
	w.Header().Set("Location", to("api", "v1", "items", string(got.ID)))
	reply(w, status, "application/json", filedDoc{got.ID, got.ExternalID, got.Outcome, got.Revision, got.State, some(got.Findings)})
}

// notTaken answers a package that cannot be read, with everything that is wrong with it.
func (d *desk) notTaken(w http.ResponseWriter, r *http.Request, no *intake.Refusal) {
	p := apiProblem{Status: http.StatusUnprocessableEntity, Code: "refused"}
	for _, x := range no.Problems {
		p.Errors = append(p.Errors, fieldProblem{x.Field, x.File, x.Line, x.Column, x.Text, x.Do})
	}
	d.problem(w, r, p)
}

// handedIn reads a request by its type. It answers what cannot be read.
func (d *desk) handedIn(w http.ResponseWriter, r *http.Request) (handed, bool) {
	const accept = "application/json, text/markdown, multipart/form-data"
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		d.wrongType(w, r, accept)
		return handed{}, false
	}
	var h handed
	switch kind {
	case "application/json":
		h, err = inJSON(r.Body)
	case "text/markdown":
		h.name = "item.md"
		h.data, err = io.ReadAll(r.Body)
	case "multipart/form-data":
		h, err = inParts(multipart.NewReader(r.Body, params["boundary"]))
	default:
		d.wrongType(w, r, accept)
		return h, false
	}
	var bad *fieldProblem
	switch {
	case errors.As(err, &bad):
		d.problem(w, r, apiProblem{Status: http.StatusUnprocessableEntity, Code: "refused", Errors: []fieldProblem{*bad}})
	case err != nil:
		d.unread(w, r, err)
	}
	return h, err == nil
}

// Error lets a problem go the way of errors.
func (p *fieldProblem) Error() string { return p.Message }

// inJSON reads a package whose files are in it, under the key files: [{"name", "base64"}]. What intake reads is the same text with that key
// blanked out, so that lines and columns are those of the request.
func inJSON(body io.Reader) (handed, error) {
	h := handed{name: "item.json"}
	var err error
	if h.data, err = io.ReadAll(body); err != nil {
		return h, err
	}
	from, to, ok := memberAt(h.data, "files")
	if !ok {
		return h, nil // without files, or broken: intake says where
	}
	var files []struct {
		Name   string `json:"name"`
		Base64 []byte `json:"base64"`
	}
	dec := json.NewDecoder(bytes.NewReader(h.data[from.value:to]))
	dec.DisallowUnknownFields()
	line, column := placeIn(h.data, int64(from.key))
	if err := dec.Decode(&files); err != nil {
		return h, &fieldProblem{Field: "files", Line: line, Column: column, Message: "应当是 [{\"name\": 文件名, \"base64\": 内容}]"}
	}
	if len(files) > mostFiles {
		return h, &fieldProblem{Field: "files", Line: line, Column: column, Message: fmt.Sprintf("文件超过%d个", mostFiles)}
	}
	h.files = map[string][]byte{}
	for _, f := range files {
		if wrong := h.add(f.Name, f.Base64); wrong != "" {
			return h, &fieldProblem{Field: "files", Line: line, Column: column, Message: wrong}
		}
	}
	blank(h.data[from.cut:to])
	return h, nil
}

// add keeps a file under a name that leads nowhere else.
func (h *handed) add(name string, data []byte) (wrong string) {
	clean := path.Clean(strings.ReplaceAll(name, "\\", "/"))
	switch _, twice := h.files[clean]; {
	case name == "" || clean == "." || path.IsAbs(clean) || strings.HasPrefix(clean, "..") || len(name) > 255:
		return "文件名不能用：“" + clipped(name) + "”"
	case twice:
		return "文件名写了两次：“" + clipped(name) + "”"
	}
	h.files[clean] = data
	return ""
}

// blank overwrites a piece of a text with spaces, and leaves its lines.
func blank(b []byte) {
	for i, c := range b {
		if c != '\n' {
			b[i] = ' '
		}
	}
}

// member is where a member of an object begins: at the comma before it where there is one, its key, its value.
type member struct{ cut, key, value int }

// memberAt finds a member at the top of a JSON object and where it ends, with the comma behind it where it has none before it.
func memberAt(data []byte, name string) (m member, end int, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return m, 0, false
	}
	for dec.More() {
		before := int(dec.InputOffset())
		t, err := dec.Token()
		if err != nil {
			return m, 0, false
		}
		key := bytes.IndexByte(data[before:], '"') + before
		value := int(dec.InputOffset())
		var skipped json.RawMessage
		if err := dec.Decode(&skipped); err != nil {
			return m, 0, false
		}
		if t != name {
			continue
		}
		m, end = member{cut: key, key: key, value: bytes.IndexByte(data[value:], ':') + value + 1}, int(dec.InputOffset())
		if comma := bytes.IndexByte(data[before:key], ','); comma >= 0 {
			m.cut = before + comma
			return m, end, true
		}
		for rest := end; rest < len(data); rest++ {
			switch data[rest] {
			case ' ', '\t', '\r', '\n':
				continue
			case ',':
				data[rest] = ' '
			}
			break
		}
		return m, end, true
	}
	return m, 0, false
}

// inParts reads a package in parts: the document in the part named package, its files in parts with a file name.
func inParts(parts *multipart.Reader) (handed, error) {
	h := handed{files: map[string][]byte{}}
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return h, err
		}
		if n > mostFiles {
			return h, &fieldProblem{Field: "files", Message: fmt.Sprintf("文件超过%d个", mostFiles)}
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return h, err
		}
		if part.FormName() == "package" {
			if h.name != "" {
				return h, &fieldProblem{Field: "package", Message: "package只能有一个"}
			}
			h.name, h.data = documentName(part), data
			continue
		}
		if wrong := h.add(part.FileName(), data); wrong != "" {
			return h, &fieldProblem{Field: "files", Message: wrong}
		}
	}
	if h.name == "" {
		return h, &fieldProblem{Field: "package", Message: "缺少名为package的部分，它是稿件本身"}
	}
	return h, nil
}

// documentName tells the format of the document by its file name, else by its type; JSON where neither does.
func documentName(p *multipart.Part) string {
	if name := p.FileName(); path.Ext(name) != "" {
		return name
	}
	if kind, _, err := mime.ParseMediaType(p.Header.Get("Content-Type")); err == nil && kind == "text/markdown" {
		return "item.md"
	}
	return "item.json"
}
