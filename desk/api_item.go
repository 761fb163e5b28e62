package desk

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// standingDoc is where an item stands: what a move on it is answered with.
type standingDoc struct {
	statusItem
	Findings []press.Finding `json:"findings"`
	Todo     []ledger.Todo   `json:"todo"`
}

// itemDoc is everything about one item, as "tongfa show --json" prints it.
type itemDoc struct {
	standingDoc
	IndexNumber string                    `json:"index_number"`
	Kind        press.Kind                `json:"kind"`
	ReleaseAt   *time.Time                `json:"release_at,omitempty"`
	BelongsWith []string                  `json:"belongs_with,omitempty"`
	FiledAt     time.Time                 `json:"filed_at"`
	FiledBy     string                    `json:"filed_by"`
	Revisions   []revisionDoc             `json:"revisions"`
	Approvals   []approvalDoc             `json:"approvals"`
	Waivers     []waiverDoc               `json:"waivers"`
	Timeline    []ledger.Moved            `json:"timeline"`
	Receipts    []ledger.Received         `json:"receipts"`
	Sightings   []ledger.Seen             `json:"sightings"`
	Remarks     map[string][]press.Remark `json:"remarks"` // by channel
}

type revisionDoc struct {
	Number      int           `json:"number"`
	Title       string        `json:"title"`
	ShortTitle  string        `json:"short_title,omitempty"`
	Digest      string        `json:"digest"`
	At          time.Time     `json:"at"`
	By          string        `json:"by"`
	Meta        press.Meta    `json:"meta"`
	Text        string        `json:"text"`
	Attachments []press.Asset `json:"attachments,omitempty"`
	Images      []press.Asset `json:"images,omitempty"`
}

type approvalDoc struct {
	Revision   int        `json:"revision"`
	Step       press.Step `json:"step"`
	By         string     `json:"by"`
	Office     string     `json:"office"`
	At         time.Time  `json:"at"`
	Pass       bool       `json:"pass"`
	Ground     string     `json:"ground,omitempty"`
	Digest     string     `json:"digest"`
	RecordedBy string     `json:"recorded_by"`
}

type waiverDoc struct {
	Revision int        `json:"revision"`
	Rule     press.Rule `json:"rule"`
	By       string     `json:"by"`
	Reason   string     `json:"reason"`
	At       time.Time  `json:"at"`
}

func standingOf(s ledger.Story) standingDoc {
	return standingDoc{statusItem: itemOf(s.Line), Findings: some(s.Findings), Todo: some(s.Todo)}
}

// some is a list that is written as one also where it is empty.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (d *desk) apiItem(w http.ResponseWriter, r *http.Request) {
	s, err := d.Ledger.Story(r.Context(), r.PathValue("id"), d.Now())
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	doc, err := d.itemDoc(r, s)
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	tag, body, err := tagged(doc)
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("ETag", tag)
	if tagIn(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "application/json")
	_, _ = w.Write(body) // the reader may have gone
}

func tagged(doc itemDoc) (tag string, body []byte, err error) {
	var buf bytes.Buffer
	err = json.NewEncoder(&buf).Encode(doc)
	return `"` + digest(buf.Bytes()) + `"`, buf.Bytes(), err
}

// tagIn reports whether a list of tags, as If-Match and If-None-Match have it, has one.
func tagIn(list, tag string) bool {
	for t := range strings.SplitSeq(list, ",") {
		if t = strings.TrimSpace(t); t == "*" || strings.TrimPrefix(t, "W/") == tag {
			return true
		}
	}
	return false
}

func (d *desk) itemDoc(r *http.Request, s ledger.Story) (itemDoc, error) {
	var err error
	doc := itemDoc{standingDoc: standingOf(s), IndexNumber: s.Item.IndexNumber, Kind: s.Item.Kind, ReleaseAt: known(s.Item.ReleaseAt),
		BelongsWith: s.Item.BelongsWith, FiledAt: s.Item.FiledAt, FiledBy: s.Item.FiledBy, Revisions: []revisionDoc{}, Approvals: []approvalDoc{},
		Waivers: []waiverDoc{}, Timeline: some(s.Moves), Receipts: some(s.Receipts), Sightings: some(s.Sightings)}
	for _, v := range s.Revisions {
		doc.Revisions = append(doc.Revisions, revisionDoc{v.Number, v.Title, v.ShortTitle, v.Digest, v.At, v.By, v.Meta, press.Text(v.Body), v.Attachments, v.Images})
	}
	for _, v := range s.Approvals {
		doc.Approvals = append(doc.Approvals, approvalDoc{v.Revision, v.Step, v.By, v.Office, v.At, v.Pass, v.Ground, v.Digest, v.RecordedBy})
	}
	for _, v := range s.Waivers {
		doc.Waivers = append(doc.Waivers, waiverDoc{v.Revision, v.Rule, v.By, v.Reason, v.At})
	}
	if doc.Remarks, err = d.remarks(r.Context(), s); doc.Remarks == nil {
		doc.Remarks = map[string][]press.Remark{}
	}
	return doc, err
}

// standing answers with where an item stands.
func (d *desk) standing(w http.ResponseWriter, r *http.Request, ref string) {
	s, err := d.Ledger.Story(r.Context(), ref, d.Now())
	if err != nil {
		d.apiFail(w, r, err)
		return
	}
	reply(w, http.StatusOK, "application/json", standingOf(s))
}
