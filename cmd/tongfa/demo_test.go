package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestDemo runs the demonstration as a newcomer does, and then follows every link.
func TestDemo(t *testing.T) {
	o := &office{t: t, dir: t.TempDir()}
	d := o.start("demo", "--listen", freePort(t), "--scheduled", "3s")
	defer kill(d)
	o.until("the configuration is there", func() bool { _, err := os.Stat(filepath.Join(o.dir, "tongfa-demo", configName)); return err == nil })
	var last statusOut
	o.until("all samples are in place", func() bool { last = o.demoStatus(); return inPlace(last, 13) })
	kinds := map[string]int{}
	for _, it := range last.Items {
		for name, c := range it.Channels {
			kinds[name+" "+c["state"]]++
			if c["url"] != "" {
				if err := o.get(c["url"], nil); err != nil {
					t.Errorf("%s on %s: %v", it.Title, name, err)
				}
			}
		}
	}
	t.Logf("copies by channel and state: %v", kinds)
	if kinds["site waiting"] != 1 || kinds["wechat waiting"] != 1 {
		t.Errorf("one sample is to be stopped by a gate: %v", kinds)
	}
	o.sameWordsEverywhere(last)
	if handed, _ := o.tongfa("--config", "tongfa-demo/tongfa.yaml", "submission", "list"); strings.Count(handed, "已收到") != 2 || !strings.Contains(handed, "迟") {
		t.Errorf("what the departments handed in:\n%s", handed)
	}
	if register, _ := o.tongfa("--config", "tongfa-demo/tongfa.yaml", "register", "list"); strings.Count(register, "缺") != 3 || strings.Count(register, "已刊登") != 2 {
		t.Errorf("the register:\n%s", register)
	}
}

func (o *office) demoStatus() statusOut {
	o.t.Helper()
	text, _ := o.tongfa("--config", "tongfa-demo/tongfa.yaml", "status", "--json")
	var s statusOut
	if err := json.Unmarshal([]byte(text), &s); err != nil && text != "" {
		o.t.Fatal(err)
	}
	return s
}

// inPlace reports whether there are n items, and all that no gate stops are verified everywhere.
func inPlace(s statusOut, n int) bool {
	for _, it := range s.Items {
		for _, c := range it.Channels {
			if it.State != "submitted" && c["state"] != "verified" && c["state"] != "not_wanted" {
				return false
			}
		}
	}
	return len(s.Items) == n
}

// sameWordsEverywhere reads every public copy as a reader does and compares the words of the body on all channels.
func (o *office) sameWordsEverywhere(s statusOut) {
	o.t.Helper()
	compared := 0
	for _, it := range s.Items {
		digests := map[string][]string{}
		for name, c := range it.Channels {
			if c["url"] == "" {
				continue
			}
			text := o.bodyAt(name, c["url"])
			sum := fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
			digests[sum] = append(digests[sum], fmt.Sprintf("%s (%d characters)", name, len([]rune(text))))
		}
		if len(digests) > 1 {
			o.t.Errorf("%s says different words: %v", it.Title, digests)
		}
		compared += len(digests)
	}
	if compared == 0 {
		o.t.Error("nothing was compared")
	}
}

// bodyOf says which element of a channel's page holds the item's text: an attribute and its value.
var bodyOf = map[string][2]string{"site": {"id", "UCAPCONTENT"}, "wechat": {"class", "tf-body"}, "gazette": {"id", "text"}}

// bodyAt is every character of an item's text at a public address, white space apart. It reads the page without the help of the
// code under test.
func (o *office) bodyAt(channel, url string) string {
	o.t.Helper()
	r, err := http.Get(url)
	if err != nil {
		o.t.Fatal(err)
	}
	defer r.Body.Close()
	root, err := html.Parse(r.Body)
	if err != nil {
		o.t.Fatalf("%s: %v", url, err)
	}
	want := bodyOf[channel]
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == want[0] && a.Val == want[1] {
				return strings.Join(strings.Fields(visible(n)), "")
			}
		}
	}
	o.t.Fatalf("%s has no text", url)
	return ""
}

// visible is the text below a node, without what says that it is not part of the item.
func visible(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for _, a := range n.Attr {
		if a.Key == "data-aside" {
			return ""
		}
	}
	for c := range n.ChildNodes() {
		b.WriteString(visible(c))
	}
	return b.String()
}
