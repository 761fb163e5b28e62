package desk

import (
	"net/http"
	"testing"
	"time"

	"tongfa/press"
)

// BenchmarkMatrix is one look at the matrix of a ledger of two thousand items.
func BenchmarkMatrix(b *testing.B) {
	w := newWorld(b)
	for range 2000 {
		w.now = w.now.Add(time.Millisecond)
		w.fileAt("示例区例行会议", w.now.Add(time.Hour), true, "site", "wechat", "gazette")
	}
	for range 20 {
		w.file("示例区例行会议", "site")
	}
	w.publish("site", press.Receipt{Status: press.NeedsHand, Note: "请处理"}, nil)
	for name, target := range map[string]string{"front": "/matrix", "words": "/matrix?q=例行会议", "gate": "/matrix?copy=gate"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if status, _ := w.get(target); status != http.StatusOK {
					b.Fatal(status)
				}
			}
		})
	}
}
