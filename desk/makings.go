package desk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"tongfa/channels"
	"tongfa/ledger"
	"tongfa/press"
)

// Bounds of making proofs. One is made at a time for the whole daemon, so that its memory is that of one; the others wait for their turn.
const (
	mostMaking   = 2 * time.Minute // how long one may take, its turn not counted
	mostQueued   = 6
	mostSet      = 600_000  // characters of an issue: what is larger is made on the server by command
	mostPictured = 64 << 20 // bytes of its pictures
	keptFor      = 10 * time.Minute
)

// making makes the files of proof rounds. What it made last is kept in memory for a while, for who downloads one file after the other; older rounds are
// made again from the revisions that the ledger has, which gives the same bytes. So no file of a proof lies about.
type making struct {
	turn chan struct{}
	mu   sync.Mutex
	jobs map[string]*job
	kept keptRound
}

type keptRound struct {
	name string // of its job
	made channels.Made
}

func newMaking() *making { return &making{turn: make(chan struct{}, 1), jobs: map[string]*job{}} }

// job is the making of one round.
type job struct {
	name  string
	key   string
	round int // as its pages say
	fresh bool
	by    string
	begun time.Time
	done  chan struct{} // closed when it has ended

	// Of the mutex of making.
	turned bool   // it has its turn
	made   int    // files so far
	last   string // the name of the last of them
	err    error  // why it failed
}

// jobShown is how a job goes.
type jobShown struct {
	Key     string
	Round   int
	Fresh   bool
	By      string
	Begun   time.Time
	Turned  bool
	Made    int
	Last    string
	Ended   bool
	Problem error
}

// mostFormats is how many files a round has.
const mostFormats = 4

// Of is how many files a round has.
func (jobShown) Of() int { return mostFormats }

func roundName(key string, n int) string { return fmt.Sprintf("%s %d", key, n) }

// freshName is the name of the job that pulls the next round of an edition.
func freshName(key string) string { return key }

var errManyMakings = errors.New("too many proofs are being made")

// begin begins a job, or gives the one that is under way under the same name. What ended under that name before is forgotten.
func (m *making) begin(j *job, do func(context.Context, *job) error) (*job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.jobs[j.name]; ok && !old.ended() {
		return old, nil
	}
	open := 0
	for name, x := range m.jobs {
		if !x.ended() {
			open++
		} else if j.begun.Sub(x.begun) > keptFor {
			delete(m.jobs, name)
		}
	}
	if open >= mostQueued {
		return nil, errManyMakings
	}
	j.done = make(chan struct{})
	m.jobs[j.name] = j
	go m.run(j, do)
	return j, nil
}

func (j *job) ended() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}

// run waits for its turn and does the job. A job that takes too long is told to have failed; its turn ends when it does.
func (m *making) run(j *job, do func(context.Context, *job) error) {
	m.turn <- struct{}{}
	m.mu.Lock()
	j.turned = true
	m.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), mostMaking)
	end := make(chan error, 1)
	go func() {
		defer func() { <-m.turn }()
		defer func() {
			if p := recover(); p != nil { // a fault in the setting of one issue ends that making and not the daemon
				end <- fmt.Errorf("make proof: panic: %v", p)
			}
		}()
		end <- do(ctx, j)
	}()
	var err error
	select {
	case err = <-end:
	case <-ctx.Done():
		select {
		case err = <-end:
		default:
			err = &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), What: fmt.Sprintf("做了%d秒还没有做完，没有出校样", int(mostMaking.Seconds())),
				Do: "请看服务器是不是太忙，过一会儿再试", Err: ctx.Err()}
		}
	}
	cancel()
	m.mu.Lock()
	j.err = err
	m.mu.Unlock()
	close(j.done)
}

// told notes that a file of a job was made.
func (m *making) told(j *job, name string) {
	m.mu.Lock()
	j.made, j.last = j.made+1, name
	m.mu.Unlock()
}

// show is how the job of a name goes; false where there is none.
func (m *making) show(name string) (jobShown, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j, ok := m.jobs[name]
	if !ok {
		return jobShown{}, false
	}
	return jobShown{Key: j.key, Round: j.round, Fresh: j.fresh, By: j.by, Begun: j.begun, Turned: j.turned, Made: j.made, Last: j.last, Ended: j.ended(), Problem: j.err}, true
}

// keep keeps the files of a round for a while, in place of those of the one before.
func (m *making) keep(name string, made channels.Made) {
	m.mu.Lock()
	m.kept = keptRound{name, made}
	m.mu.Unlock()
	time.AfterFunc(keptFor, func() {
		m.mu.Lock()
		if m.kept.name == name && len(m.kept.made.Written) > 0 && &m.kept.made.Written[0] == &made.Written[0] {
			m.kept = keptRound{}
		}
		m.mu.Unlock()
	})
}

// files are those of a round, if they are kept.
func (m *making) files(name string) (channels.Made, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept.made, m.kept.name == name && name != ""
}

// pull begins a new round of an edition, as it is now.
func (d *desk) pull(e planned, ed ledger.Edit) (*job, error) {
	rounds, err := d.Ledger.Rounds(context.Background(), e.Key)
	if err != nil {
		return nil, err
	}
	set := e.Edition
	set.Composed = d.Now()
	j := &job{name: freshName(e.Key), key: e.Key, round: len(rounds) + 1, fresh: true, by: ed.Name, begun: d.Now()}
	return d.making.begin(j, func(ctx context.Context, j *job) error {
		made, err := d.makeRound(ctx, e.Composing, set, j)
		if err != nil {
			return err
		}
		r, err := d.Ledger.PullProof(ctx, e.Plan, e.Key, made.Made, ed, d.Now())
		if err != nil {
			return err
		}
		d.making.keep(roundName(e.Key, r.Number), made)
		d.wake()
		return nil
	})
}

// remake begins to make the files of a round again.
func (d *desk) remake(c Composing, key string, r press.Round, by string) (*job, error) {
	j := &job{name: roundName(key, r.Number), key: key, round: r.Number, by: by, begun: d.Now()}
	return d.making.begin(j, func(ctx context.Context, j *job) error {
		e, err := d.Ledger.RoundEdition(ctx, key, r)
		if err != nil {
			return err
		}
		made, err := d.makeRound(ctx, c, e, j)
		if err == nil {
			d.making.keep(j.name, made)
		}
		return err
	})
}

func (d *desk) makeRound(ctx context.Context, c Composing, e press.Edition, j *job) (channels.Made, error) {
	if c.Makes == nil {
		return channels.Made{}, errNotComposed
	}
	if err := tooLarge(e); err != nil {
		return channels.Made{}, err
	}
	made, err := c.Makes.Round(ctx, e, press.RoundMark(j.round), func(name string, _ int) { d.making.told(j, name) })
	made.As = j.round
	return made, err
}

// tooLarge says that an issue is larger than the desk makes; nil when it is not.
func tooLarge(e press.Edition) error {
	n, bytes := 0, int64(0)
	for _, en := range e.Entries {
		n += utf8.RuneCountInString(press.Text(en.Revision.Body))
		for _, im := range en.Revision.Images {
			bytes += im.Size
		}
	}
	if n <= mostSet && bytes <= mostPictured {
		return nil
	}
	return &press.Trouble{Remedy: press.AskPerson, Who: press.Operator.Name(), What: fmt.Sprintf("这一期有%d万字、图片%d MB，编辑台最多做%d万字、图片%d MB 的", n/10_000, bytes>>20, mostSet/10_000, int64(mostPictured)>>20),
		Do: "请在服务器上出校样，那里没有这个限制", Err: errors.New("issue is too large for the desk")}
}
