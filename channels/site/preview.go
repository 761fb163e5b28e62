package site

import (
	"context"
	"path"

	"tongfa/channels"
	"tongfa/press"
)

// Preview draws the page of an entry as it would be written now. It reads the folder, for the related links that the page has already, and writes nothing.
func (s *Site) Preview(_ context.Context, e press.Entry) (channels.Preview, error) {
	rel := s.contentPath(e.Item.ID, e.Public)
	links, err := s.mergeLinks(rel, e, nil)
	if err != nil {
		return channels.Preview{}, err
	}
	page, err := s.renderArticle(e, links)
	if err != nil {
		return channels.Preview{}, err
	}
	out := channels.Preview{Page: page, Note: "发布时间和网址在发布时才确定"}
	for _, f := range s.assets.files {
		mime := map[string]string{".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}[path.Ext(f.rel)]
		if mime != "" {
			out.Files = append(out.Files, channels.PreviewFile{URL: s.href(f.rel), MIME: mime, Data: f.data})
		}
	}
	dir := filesDir(rel)
	out.Files = append(out.Files, channels.PreviewFiles(e.Revision, func(name string) string { return s.href(path.Join(dir, name)) })...)
	return out, nil
}
