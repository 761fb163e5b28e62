package desk

import (
	"net/http"
	"strconv"
	"strings"

	"tongfa/ledger"
	"tongfa/press"
)

// fromSubmission fills the form of a new item with what a submission says, where the address names one.
func (d *desk) fromSubmission(r *http.Request, p *writePage) error {
	n, err := strconv.ParseInt(r.URL.Query().Get("submission"), 10, 64)
	if err != nil {
		return nil // there is none
	}
	s, err := d.Ledger.Submission(r.Context(), n)
	if err != nil {
		return err
	}
	p.Handed = &s
	final, ok := s.Paper(press.FinalText)
	p.Readable = ok && readable(final.Name)
	for key, value := range submittedMeta(s) {
		p.Form.Text[key] = value
	}
	p.Picked = string(press.Policy)
	for i := range p.Form.Channels {
		if p.Form.Channels[i].Kind == "gazette" {
			p.Form.Channels[i].On = true
		}
	}
	return nil
}

// submittedMeta is what a submission says of its document, by the keys of the item package.
func submittedMeta(s ledger.Submission) map[string]string {
	out := map[string]string{"kind": string(press.Policy)}
	for key, value := range map[string]string{"title": s.Title, "doc_number": s.DocNumber, "reg_number": s.RegNumber, "issuer": s.Unit, "formed_on": s.FormedOn.String()} {
		if value != "" {
			out[key] = value
		}
	}
	return out
}

// meta is what is said beside an uploaded document and counts over what the document says.
func (p writePage) meta() map[string]string {
	out := map[string]string{}
	if p.Handed != nil {
		out = submittedMeta(*p.Handed)
		out["disclosure"] = string(press.Proactive)
		var on []string
		for _, c := range p.Form.Channels {
			if c.On {
				on = append(on, c.Name)
			}
		}
		if len(on) > 0 {
			out["channels"] = strings.Join(on, ",")
		}
	}
	if p.Picked != "" {
		out["kind"] = p.Picked
	}
	if p.PickedT != "" {
		out["title"] = p.PickedT
	}
	return out
}

// finalText is the final text of a submission as if it had been uploaded.
func (d *desk) finalText(r *http.Request, s ledger.Submission) ([]upload, error) {
	f, _ := s.Paper(press.FinalText)
	data, err := d.Ledger.Blob(r.Context(), f.Digest)
	return []upload{{"document", f.Name, data}}, err
}
