package gazette

import (
	"context"

	"tongfa/channels"
	"tongfa/press"
	"tongfa/typeset"
)

// Round makes a proof round of an issue: all of it in four formats, without the PDFs of its articles, which nobody reads proofs of, and with a mark across
// the pages that parts it from what is published.
func (c *Channel) Round(ctx context.Context, ed press.Edition, mark string, done func(name string, bytes int)) (channels.Made, error) {
	if err := ctx.Err(); err != nil {
		return channels.Made{}, err
	}
	r, err := c.recordOf(ed)
	if err != nil {
		return channels.Made{}, err
	}
	w := c.workOf(r, ed.Entries)
	if err := c.pictures(ctx, w, ed.Entries); err != nil {
		return channels.Made{}, err
	}
	m, err := c.making(r)
	if err != nil {
		return channels.Made{}, err
	}
	if err := c.paged(r, w, nil, m); err != nil {
		return channels.Made{}, err
	}
	m.Watermark = mark
	if done != nil {
		m.Done = func(f typeset.Format, n int) { done(r.place().file(f, 0), n) }
	}
	whole, book, err := typeset.Make(w, m)
	if err != nil {
		return channels.Made{}, madeTrouble(err)
	}
	proof := typeset.Verify(w, whole)
	out := channels.Made{Made: press.Made{Of: press.ContentsOf(ed, c.o.Location).Sum(), Pages: len(book.Pages)}}
	for i := range proof.Files {
		f := &proof.Files[i]
		f.Name = r.place().file(f.Format, 0)
		out.Written = append(out.Written, channels.MadeFile{Name: f.Name, Format: string(f.Format), MIME: mimeOf(f.Format), Data: whole[f.Format]})
		out.Files = append(out.Files, press.MadeFile{Format: string(f.Format), Name: f.Name, Bytes: f.Bytes, SHA256: f.SHA256, SM3: f.SM3, Same: f.Same})
	}
	out.Block = proof.JSON()
	if !proof.Same() {
		return out, unevenTrouble(proof)
	}
	return out, nil
}

var _ channels.Roundsman = (*Channel)(nil)
