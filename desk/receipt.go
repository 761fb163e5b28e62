package desk

import (
	"net/http"

	"tongfa/ledger"
)

// receiptPage (回执) is what a department is given for a submission, to be printed.
type receiptPage struct {
	frame
	S ledger.Submission
}

// Size is how large a file is, for people.
func (receiptPage) Size(p ledger.SubmissionPaper) string { return sizeOf(p.Asset.Size) }

func (d *desk) receipt(w http.ResponseWriter, r *http.Request) {
	s, ok := d.submissionOf(w, r)
	if !ok {
		return
	}
	d.show(w, r, http.StatusOK, "receipt", receiptPage{d.frame(r, d.t(r, "报送回执"), "submissions"), s})
}
