package wechat

import (
	"net/url"
	"regexp"

	"tongfa/press"
)

// The marker of a copy stands in the address behind 阅读原文, which every list tells, and on the body's outermost section.
const (
	markerParam = "wxk"
	markerAttr  = "data-wxk"
)

var bodyMarker = regexp.MustCompile(markerAttr + `="([0-9A-Za-z_-]{1,64})"`)

func markerIn(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Query().Get(markerParam)
}

func markerInBody(content string) string {
	if m := bodyMarker.FindStringSubmatch(content); m != nil {
		return m[1]
	}
	return ""
}

// sourceURL is the address behind 阅读原文: the item's page on the website, with the marker. The website ignores the parameter.
func sourceURL(e press.Entry) string {
	link, ok := e.Link(press.LinkCanonical)
	if !ok || link.URL == "" {
		return ""
	}
	u, err := url.Parse(link.URL)
	if err != nil || u.Host == "" {
		return ""
	}
	q := u.Query()
	q.Set(markerParam, e.Copy.Marker)
	u.RawQuery = q.Encode()
	return u.String()
}
