package gazette

import (
	"cmp"
	"context"
	"path"
	"strings"

	"tongfa/channels"
	"tongfa/press"
)

// Observe looks at the page of an entry and its files as a reader does.
func (c *Channel) Observe(ctx context.Context, e press.Entry) (press.Sighting, error) {
	address := cmp.Or(e.Copy.URL, c.Address(e))
	if address == "" {
		return press.Sighting{Copy: e.Copy.ID, At: c.o.Now(), Status: press.SeenBlind, Detail: "这一期还没有编号，不知道网址"}, nil
	}
	base, name := path.Split(address)
	dir := strings.TrimSuffix(name, ".html")
	sight := channels.Sight{
		Get: c.o.Get, Place: "公报网站", TitleID: titleID, TextID: textID,
		File: func(a press.Asset) (link, address string) {
			link = href(path.Join(dir, channels.FileName(a)))
			return link, base + link
		},
	}
	return sight.Look(ctx, e, address, c.o.Now()), nil
}
