package site

import (
	"fmt"
	"os"
	"regexp"
	"testing"
	"time"

	"tongfa/channels"
	"tongfa/channels/channeltest"
	"tongfa/press"
)

func TestTheSiteKeepsThePromisesOfAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.World {
		w := newTown(t)
		w.site.lists.pause = 0       // hundreds of acts, each of which would wait for others
		pages := map[string]string{} // marker -> path
		return channeltest.World{
			Channel: w.site, Memory: w.memory, Most: 3,
			Edition: func(n int) press.Edition {
				var entries []press.Entry
				for range n {
					pdf := []byte(fmt.Sprintf("%%PDF-1.4 %d", w.items))
					digest := w.memory.Put(pdf)
					entries = append(entries, w.entry(func(e *press.Entry) {
						e.Revision.Attachments = []press.Asset{{Digest: digest, Name: "附件1.pdf", MIME: "application/pdf", Size: int64(len(pdf))}}
					}))
				}
				ed := w.compose(entries...)
				for _, e := range ed.Entries {
					pages[e.Copy.Marker] = w.path(e)
				}
				return ed
			},
			Effects: func(marker string) int {
				if st, err := readState(w.site.abs(pages[marker])); err == nil && st.live() && st.Marker == marker {
					return 1
				}
				return 0
			},
			Public: func(marker string) (string, bool) {
				page, err := os.ReadFile(w.site.abs(pages[marker]))
				if err != nil {
					return "", false
				}
				return channels.TextIn(page, articleID)
			},
			Tamper: func(t *testing.T, marker string) {
				name := w.site.abs(pages[marker])
				changed := regexp.MustCompile("依法依规推进").ReplaceAll(w.read(pages[marker]), []byte("加快推进"))
				if err := os.WriteFile(name, changed, 0o644); err != nil {
					t.Fatal(err)
				}
			},
			Remove: func(t *testing.T, marker string) {
				if err := os.Remove(w.site.abs(pages[marker])); err != nil {
					t.Fatal(err)
				}
			},
			Beside: func(marker string) string {
				root := w.dom(pages[marker])
				var said string
				for _, id := range []string{remarksID, bannerID} {
					if n := byID(root, id); n != nil {
						said += words(n)
					}
				}
				return said
			},
			Stranger: func(t *testing.T) string {
				if err := os.WriteFile(w.site.abs("content/notice.html"), []byte("<title>某人放上的公告</title>"), 0o644); err != nil {
					t.Fatal(err)
				}
				return "某人放上的公告"
			},
			Break:      func(k channeltest.Fault) { w.breakGet(0, k == channeltest.Garbage) },
			BreakAfter: func(k channeltest.Fault, n int) { w.breakGet(n, k == channeltest.Garbage) },
			Advance:    func(d time.Duration) { w.advance(d) },
			MaxLooks:   1,
		}
	})
}
