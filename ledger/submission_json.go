package ledger

import (
	"encoding/json"
	"time"

	"tongfa/press"
)

// submissionDoc is a submission as programs read it, by the HTTP API and with --json alike.
type submissionDoc struct {
	N           int64                 `json:"n"`
	Receipt     string                `json:"receipt"`
	State       press.SubmissionState `json:"state"`
	Unit        string                `json:"unit"`
	Title       string                `json:"title"`
	DocNumber   string                `json:"doc_number"`
	RegNumber   string                `json:"reg_number"`
	FormedOn    press.Date            `json:"formed_on"`
	ReceivedOn  press.Date            `json:"received_on"`
	DueOn       press.Date            `json:"due_on"`
	Late        int                   `json:"late"` // working days
	Provisional bool                  `json:"provisional,omitempty"`
	HandedBy    string                `json:"handed_by,omitempty"`
	Note        string                `json:"note,omitempty"`
	At          time.Time             `json:"at"`
	By          string                `json:"by"`
	Reason      string                `json:"reason,omitempty"`
	Item        press.ItemID          `json:"item,omitempty"`
	Papers      []paperDoc            `json:"papers"`
	Missing     []press.Paper         `json:"missing"`
	Print       *Printing             `json:"print,omitempty"`
}

type paperDoc struct {
	Kind   press.Paper `json:"kind"`
	Name   string      `json:"name"`
	MIME   string      `json:"mime"`
	Size   int64       `json:"size"`
	SHA256 string      `json:"sha256"`
	At     time.Time   `json:"at"`
}

// MarshalJSON tells a submission to programs.
func (s Submission) MarshalJSON() ([]byte, error) {
	d := submissionDoc{s.N, s.Receipt(), s.Shown(), s.Unit, s.Title, s.DocNumber, s.RegNumber, s.FormedOn, s.ReceivedOn, s.DueOn, s.Late, s.Provisional, s.HandedBy, s.Note,
		s.At, s.By, s.Reason, s.Item, []paperDoc{}, s.Missing(), s.Print}
	for _, p := range s.Papers {
		d.Papers = append(d.Papers, paperDoc{p.Kind, p.Name, p.MIME, p.Size, p.Digest, p.At})
	}
	if d.Missing == nil {
		d.Missing = []press.Paper{}
	}
	return json.Marshal(d)
}

// registerDoc is a line of the register as programs read it.
type registerDoc struct {
	N          int64                `json:"n"`
	RegNumber  string               `json:"reg_number"`
	Title      string               `json:"title"`
	DocNumber  string               `json:"doc_number"`
	Unit       string               `json:"unit"`
	On         press.Date           `json:"registered_on"`
	Source     press.RegisterSource `json:"source"`
	Status     RegisterStatus       `json:"status"`
	Explained  string               `json:"explained,omitempty"`
	HoldsUntil string               `json:"holds_until,omitempty"`
	Submission string               `json:"submission,omitempty"` // its receipt
	Item       press.ItemID         `json:"item,omitempty"`
	Print      *Printing            `json:"print,omitempty"`
	Do         string               `json:"do,omitempty"`
}

// MarshalJSON tells a line of the register to programs.
func (r RegisterLine) MarshalJSON() ([]byte, error) {
	d := registerDoc{r.N, r.RegNumber, r.Title, r.DocNumber, r.Unit, r.On, r.Source, r.Status, r.Explained, "", "", r.Item, r.Print, r.Do()}
	if !r.HoldsUntil.IsZero() {
		d.HoldsUntil = r.HoldsUntil.String()
	}
	if r.Submission != nil {
		d.Submission = r.Submission.Receipt()
	}
	return json.Marshal(d)
}
