package wechat

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"

	"tongfa/channels"
	"tongfa/press"
)

// phonePage is how the platform shows an article: the title, the line below it, and the body as it is handed over.
//
//go:embed phone.html
var phonePage string

//go:embed phone.css
var phoneStyle []byte

// Preview draws an article as a telephone shows it. The body is what would be handed over, but for the addresses of pictures, which the platform gives.
func (c *Channel) Preview(_ context.Context, e press.Entry) (channels.Preview, error) {
	t, err := template.New("phone").Parse(phonePage)
	if err != nil {
		return channels.Preview{}, fmt.Errorf("parse preview: %w", err)
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Title, Author, Account, Date, Source, Digest string
		Body                                         template.HTML
	}{title(e.Revision), c.author(e.Revision.Meta), c.c.Account, e.Public.Format("2006年1月2日 15:04"), sourceURL(e), digest(e.Revision),
		template.HTML(c.render(e, previewPicture))})
	if err != nil {
		return channels.Preview{}, fmt.Errorf("draw preview: %w", err)
	}
	out := channels.Preview{Page: b.Bytes(), Files: []channels.PreviewFile{{URL: "phone.css", MIME: "text/css; charset=utf-8", Data: phoneStyle}},
		Note: "发布时间和文章链接由公众号平台给出"}
	for _, a := range e.Revision.Images {
		out.Files = append(out.Files, channels.PreviewFile{URL: previewPicture(a.Digest), MIME: a.MIME, Digest: a.Digest})
	}
	return out, nil
}

func previewPicture(digest string) string { return "picture/" + digest }
