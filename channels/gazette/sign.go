package gazette

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tongfa/channels"
	"tongfa/press"
	"tongfa/typeset"
)

// issuing says how the files of an issue are made that are published: as those of a proof, and signed. RSA, and ECDSA and SM2 with numbers out of key and message,
// sign the same file to the same bytes: an issue that is made again after a crash is the same to the byte, and a file that got lost comes back as it was issued.
func (c *Channel) issuing(r record) (typeset.Making, error) {
	m, err := c.making(r)
	return c.signed(m), err
}

// set makes the files of an issue that are published.
func (c *Channel) set(ctx context.Context, r record, ed press.Edition) (fileSet, error) {
	m, err := c.issuing(r)
	if err != nil {
		return fileSet{}, err
	}
	return c.setOf(ctx, r, ed, m, nil)
}

func (c *Channel) signed(m typeset.Making) typeset.Making {
	m.PDF.Signature = c.cfg.PDFSignature
	if c.cfg.OFDSignature != nil {
		m.OFD.Signer = c.cfg.OFDSignature
	}
	return m
}

// signersOf tells whom the certificates of a making are made out to, by the ending of a file.
func signersOf(m typeset.Making) map[string]string {
	out := map[string]string{}
	if m.PDF.Signature != nil {
		out["."+string(typeset.FormatPDF)] = m.PDF.Signature.Holder()
	}
	if c, ok := m.OFD.Signer.(*typeset.Credential); ok {
		out["."+string(typeset.FormatOFD)] = c.Holder()
	}
	return out
}

// signsAt reports whether whoever signs could do so at a moment.
func (c *Channel) signsAt(at time.Time) bool {
	for _, s := range []*typeset.Credential{c.cfg.PDFSignature, c.cfg.OFDSignature} {
		if s != nil && s.ValidAt(at) != nil {
			return false
		}
	}
	return true
}

func signatureTrouble(err error) error {
	return &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), What: "签名证书不在有效期内，没有发行这一期",
		Do: "在配置的 pdf_signature、ofd_signature 里换上有效的证书和私钥，或者去掉签名，重新启动以后再发行（tongfa check 会列出每张证书的有效期）", Err: fmt.Errorf("sign issue: %w", err)}
}

// attached are the attachments of the articles, which go along in the OFD when the configuration says so; a PDF of the structure of PDF/A-2 may carry none.
func (c *Channel) attached(ctx context.Context, entries []press.Entry) (files []typeset.Attached, err error) {
	if !c.cfg.OFDAttachments {
		return nil, nil
	}
	for _, e := range entries {
		for _, f := range e.Revision.Attachments {
			data, err := channels.Approved(ctx, c.o.Blobs, f.Digest, "附件“"+f.Name+"”")
			if err != nil {
				return nil, err
			}
			files = append(files, typeset.Attached{Name: fmt.Sprintf("第%d篇 %s", e.Position, f.Name), Data: data})
		}
	}
	return files, nil
}

// attachedAgain are those of the articles that are still public.
func (c *Channel) attachedAgain(ctx context.Context, r record, w withdrawals) ([]typeset.Attached, error) {
	var entries []press.Entry
	for _, a := range r.Articles {
		if _, gone := w.of(a.Marker); gone || !c.cfg.OFDAttachments {
			continue
		}
		e, known, err := c.archived(ctx, a)
		if err != nil {
			return nil, err
		}
		if known && e.Revision.Digest == a.Digest {
			entries = append(entries, e)
		}
	}
	return c.attached(ctx, entries)
}

// Fallback are faces in files that are asked last. Each is read when a character is missing everywhere else, once for all that is made with it.
func Fallback(paths []string) []typeset.Fallback {
	var out []typeset.Fallback
	for _, path := range paths {
		out = append(out, sync.OnceValues(func() (*typeset.Face, error) { return fallbackFace(path) }))
	}
	return out
}
