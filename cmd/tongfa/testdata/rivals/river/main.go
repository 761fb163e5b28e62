// Command river measures how late a job queue on SQLite publishes what was scheduled: one job an item, which writes its page and notes the
// moment. It is a rival of the daemon for one number only; it verifies nothing and keeps no proof.
package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite"
)

type publish struct {
	N  int       `json:"n"`
	At time.Time `json:"at"`
}

func (publish) Kind() string { return "publish" }

type worker struct {
	river.WorkerDefaults[publish]
	dir  string
	page []byte
	mu   sync.Mutex
	late []time.Duration
	done chan struct{}
	all  int
}

func (w *worker) Work(_ context.Context, job *river.Job[publish]) error {
	name := filepath.Join(w.dir, fmt.Sprintf("%06d.html", job.Args.N))
	f, err := os.Create(name + ".part")
	if err != nil {
		return err
	}
	if _, err := f.Write(w.page); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(name+".part", name); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.late = append(w.late, time.Since(job.Args.At))
	if len(w.late) == w.all {
		close(w.done)
	}
	return nil
}

func main() {
	items := flag.Int("items", 20000, "items")
	over := flag.Duration("over", 10*time.Minute, "spread over")
	most := flag.Duration("most", 25*time.Minute, "give up after")
	flag.Parse()
	if err := run(*items, *over, *most); err != nil {
		log.Fatal(err)
	}
}

func run(items int, over, most time.Duration) error {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "river-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "river.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1) // as River's documents ask for SQLite
	driver := riversqlite.New(db)
	m, err := rivermigrate.New(driver, nil)
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	w := &worker{dir: dir, page: make([]byte, 8<<10), done: make(chan struct{}), all: items}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	c, err := river.NewClient(driver, &river.Config{Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 8}}, Workers: workers})
	if err != nil {
		return err
	}
	start := time.Now().Add(time.Duration(items) * 2 * time.Millisecond).Add(10 * time.Second).Truncate(time.Second)
	for from := 0; from < items; from += 500 {
		var batch []river.InsertManyParams
		for n := from; n < min(items, from+500); n++ {
			at := start.Add(time.Duration(n) * over / time.Duration(items))
			batch = append(batch, river.InsertManyParams{Args: publish{n, at}, InsertOpts: &river.InsertOpts{ScheduledAt: at}})
		}
		if _, err := c.InsertMany(ctx, batch); err != nil {
			return err
		}
	}
	fmt.Printf("filed %d, %s to spare\n", items, time.Until(start).Round(time.Millisecond))
	if err := c.Start(ctx); err != nil {
		return err
	}
	select {
	case <-w.done:
	case <-time.After(time.Until(start.Add(most))):
	}
	w.mu.Lock()
	late := slices.Clone(w.late)
	w.mu.Unlock()
	slices.Sort(late)
	at := func(p float64) time.Duration { return late[int(p*float64(len(late)-1))].Round(time.Millisecond) }
	early := 0
	for _, l := range late {
		if l < 0 {
			early++
		}
	}
	fmt.Printf("river: %d of %d done, p50 %s, p99 %s, max %s, early %d\n", len(late), items, at(.5), at(.99), at(1), early)
	return c.Stop(ctx)
}
