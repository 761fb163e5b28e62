package site

import (
	"cmp"
	"context"
	"path"

	"tongfa/channels"
	"tongfa/press"
)

// Observe looks at the page of an entry and its files as a reader does.
func (s *Site) Observe(ctx context.Context, e press.Entry) (press.Sighting, error) {
	dir := filesDir(s.contentPath(e.Item.ID, e.Public))
	sight := channels.Sight{
		Get: s.o.Get, Place: "网站", TitleID: titleID, TextID: articleID,
		File: func(a press.Asset) (link, address string) {
			rel := path.Join(dir, channels.FileName(a))
			return s.href(rel), s.address(rel)
		},
	}
	return sight.Look(ctx, e, cmp.Or(e.Copy.URL, s.Address(e)), s.o.Now()), nil
}
