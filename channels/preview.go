package channels

import (
	"context"

	"tongfa/press"
)

// Previewer can draw an entry as it would be published now, of a revision that nobody has published. It writes nothing anywhere, and draws with what draws
// the published page, so that what is seen before is what comes.
type Previewer interface {
	Preview(ctx context.Context, e press.Entry) (Preview, error)
}

// Preview is a page, and the files that it shows.
type Preview struct {
	Page  []byte
	Files []PreviewFile
	Note  string // what is not known before it is published
}

// PreviewFile is a file by the address that the page has for it.
type PreviewFile struct {
	URL    string
	MIME   string
	Data   []byte
	Digest string // of a file of the ledger, instead of Data
}

// PreviewFiles are the pictures and attachments of a revision, by the addresses that href gives them.
func PreviewFiles(r press.Revision, href func(name string) string) (out []PreviewFile) {
	for _, a := range FilesOf(r) {
		out = append(out, PreviewFile{URL: href(FileName(a)), MIME: a.MIME, Digest: a.Digest})
	}
	return out
}
