package ledger

import (
	"fmt"
	"testing"

	"tongfa/press"
)

// A hundred items that are ready together are as few messages as can be, though no transaction takes them all.
func TestWhatIsReadyFillsItsEditions(t *testing.T) {
	b := setup(t)
	for i := range 100 {
		b.filed(ready(fmt.Sprint("甲", i), "wechat"))
	}
	p := press.Plan{Channel: "wechat", Max: 8, Slots: true}
	made := 0
	for {
		c, err := b.Compose(b.ctx, p, b.now, b.now)
		must(t, err)
		if made += len(c.Editions); !c.More {
			break
		}
	}
	equal(t, "editions", made, 13)
	b.holds()
}
