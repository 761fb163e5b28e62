package gazette

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tongfa/channels"
	"tongfa/channels/channeltest"
	"tongfa/press"
)

func TestTheGazetteKeepsThePromisesOfAChannel(t *testing.T) {
	keepsPromises(t, (*office).compose)
}

func TestASupplementKeepsThePromisesOfAChannel(t *testing.T) {
	keepsPromises(t, (*office).supplement)
}

func keepsPromises(t *testing.T, compose func(*office, ...press.Entry) press.Edition) {
	channeltest.Run(t, func(t *testing.T) channeltest.World {
		o := newOffice(t)
		pages := map[string]string{} // marker -> path in the file system
		return channeltest.World{
			Channel: o.gazette, Memory: o.memory, Most: 3,
			Edition: func(n int) press.Edition {
				var entries []press.Entry
				for range n {
					entries = append(entries, o.withFile(o.entry(), "附件1.pdf", fmt.Sprintf("%%PDF-1.4 %d", o.items)))
				}
				ed := compose(o, entries...)
				for _, e := range ed.Entries {
					pages[e.Copy.Marker] = o.gazette.abs(place{ed.Year, ed.Number, e.Position, ed.Supplement}.page())
				}
				return ed
			},
			Effects: func(marker string) int {
				page, _ := os.ReadFile(pages[marker])
				if head, _ := channels.HeadOf(page); head.Marker == marker && head.Withdrawn == "" {
					return 1
				}
				return 0
			},
			Public: func(marker string) (string, bool) {
				page, err := os.ReadFile(pages[marker])
				if err != nil {
					return "", false
				}
				return channels.TextIn(page, textID)
			},
			Tamper: func(t *testing.T, marker string) {
				page, err := os.ReadFile(pages[marker])
				if err != nil {
					t.Fatal(err)
				}
				o.unlock(pages[marker])
				o.write(pages[marker], bytes.ReplaceAll(page, []byte("依法依规推进"), []byte("加快推进")))
			},
			Remove: func(t *testing.T, marker string) {
				o.unlock(pages[marker])
				if err := os.Remove(pages[marker]); err != nil {
					t.Fatal(err)
				}
			},
			Beside: func(marker string) string {
				page, err := os.ReadFile(pages[marker])
				if err != nil {
					return ""
				}
				root, err := html.Parse(bytes.NewReader(part(page).block))
				if err != nil {
					t.Error(err)
				}
				return strings.Join(texts(root, "p"), "\n")
			},
			Stranger: func(t *testing.T) string {
				o.write(filepath.Join(o.cfg.Root, "广告.html"), []byte("<p>广告</p>"))
				return "广告.html"
			},
			Break:      func(k channeltest.Fault) { o.breakGet(0, k == channeltest.Garbage) },
			BreakAfter: func(k channeltest.Fault, n int) { o.breakGet(n, k == channeltest.Garbage) },
			Advance:    func(d time.Duration) { o.advance(d) },
			MaxLooks:   1,
		}
	})
}
