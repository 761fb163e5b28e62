package wechat

import (
	"bytes"
	"testing"

	"golang.org/x/net/html"

	"tongfa/channels"
)

// contentOf is the text of an article's page, as a reader sees it.
func contentOf(t testing.TB, page []byte) string {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	n := byID(root, contentID)
	if n == nil {
		return ""
	}
	return channels.NodeText(n)
}
