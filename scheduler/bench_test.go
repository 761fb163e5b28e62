package scheduler

import (
	"context"
	"testing"
)

// BenchmarkTurn is what a lane's turn costs that finds nothing to do.
func BenchmarkTurn(b *testing.B) {
	w := newWorld(b)
	defer w.close()
	w.slots(w.now().Add(24*60*60*1e9), 24*60*60*1e9, wait)
	w.fresh()
	for _, l := range w.s.lanes {
		b.Run(l.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.turn(context.Background(), context.Background(), w.now()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
