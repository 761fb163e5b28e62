package channeltest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongfa/channels"
	"tongfa/press"
)

// beijing is where the days of a quota begin and end.
var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

// Journal is the memory of one act; the same id gives the same journal, as after a restart of the program.
func (m *Memory) Journal(actID int64) channels.Journal { return journal{m, actID} }

// Spent is how many calls of a quota were spent today, in Beijing.
func (m *Memory) Spent(quota string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.spent[m.day(quota)]
}

func (m *Memory) day(quota string) string {
	return m.now().In(beijing).Format(time.DateOnly) + " " + quota
}

type journal struct {
	m   *Memory
	act int64
}

// commit makes one change between the two hooks. The hooks run without the lock, so that they may look around and may panic.
func (j journal) commit(ctx context.Context, op, step string, change func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if j.m.Before != nil {
		if err := j.m.Before(op, step); err != nil {
			return err
		}
	}
	if err := j.locked(change); err != nil {
		return err
	}
	if j.m.After != nil {
		return j.m.After(op, step)
	}
	return nil
}

func (j journal) locked(change func() error) error {
	j.m.mu.Lock()
	defer j.m.mu.Unlock()
	return change()
}

func (j journal) Intend(ctx context.Context, step string) error {
	return j.commit(ctx, "intend", step, func() error {
		j.m.steps[j.act] = append(j.m.steps[j.act], channels.Step{Name: step, Intended: j.m.now()})
		return nil
	})
}

func (j journal) Done(ctx context.Context, step, ref string) error {
	return j.commit(ctx, "done", step, func() error {
		steps := j.m.steps[j.act]
		for i := len(steps) - 1; i >= 0; i-- {
			if steps[i].Name == step {
				steps[i].Done, steps[i].Ref = j.m.now(), ref
				return nil
			}
		}
		return fmt.Errorf("step %q was never intended", step)
	})
}

func (j journal) Steps(ctx context.Context) ([]channels.Step, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	j.m.mu.Lock()
	defer j.m.mu.Unlock()
	return slices.Clone(j.m.steps[j.act]), nil
}

func (j journal) Asset(ctx context.Context, digest string) (string, bool, error) {
	if err := ctx.Err(); err != nil {
		return "", false, err
	}
	j.m.mu.Lock()
	defer j.m.mu.Unlock()
	ref, ok := j.m.assets[digest]
	return ref, ok, nil
}

func (j journal) Keep(ctx context.Context, digest, ref string) error {
	return j.commit(ctx, "keep", digest, func() error {
		j.m.assets[digest] = ref
		return nil
	})
}

func (j journal) Spend(ctx context.Context, q channels.Quota, n int) error {
	return j.commit(ctx, "spend", q.Name, func() error {
		day := j.m.day(q.Name)
		if j.m.spent[day]+n > q.PerDay-q.Reserve {
			return &press.Trouble{
				Remedy: press.TryLater,
				What:   fmt.Sprintf("“%s”今日可用的次数已经用完", q.Name),
				Do:     "明日零时后自动继续，无需处理",
				When:   dayEnd(j.m.now()),
			}
		}
		j.m.spent[day] += n
		return nil
	})
}

// dayEnd is the next midnight in Beijing.
func dayEnd(t time.Time) time.Time {
	y, m, d := t.In(beijing).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, beijing)
}

// left says how an act's journal stands: whether any step is intended and not known to be done, and which are done.
func (m *Memory) left(act int64) (open bool, done []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.steps[act] {
		last, _ := channels.StepNamed(m.steps[act], s.Name)
		if last.Done.IsZero() {
			open = true
		} else if !slices.Contains(done, s.Name) {
			done = append(done, s.Name)
		}
	}
	return open, done
}

// intents is how often a step was intended.
func (m *Memory) intents(act int64, step string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.steps[act] {
		if s.Name == step {
			n++
		}
	}
	return n
}

// holds reports whether words stand anywhere in what the journals committed.
func (m *Memory) holds(words string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, steps := range m.steps {
		for _, s := range steps {
			if strings.Contains(s.Name+" "+s.Ref, words) {
				return true
			}
		}
	}
	for digest, ref := range m.assets {
		if strings.Contains(digest+" "+ref, words) {
			return true
		}
	}
	return false
}
