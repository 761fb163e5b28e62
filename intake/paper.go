package intake

import "tongfa/press"

// Paper recognises one file that comes by itself, such as a paper of a submission: by its content, as the attachments of an item are. The
// error is a *Refusal.
func Paper(name string, data []byte, o Options) (press.Asset, error) {
	r := newReading(name, name, nil, o.filled())
	a, _ := r.attachment(name, data)
	return a, refusal(r.problems)
}
