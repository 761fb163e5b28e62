package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const stateVersion = 1

// load reads the state file, if one is configured and there.
func (w *WeChat) load() error {
	w.world = newWorld()
	if w.o.State == "" {
		return nil
	}
	b, err := os.ReadFile(w.o.State)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &w.world); err != nil {
		return fmt.Errorf("read %s: %w", w.o.State, err)
	}
	if w.world.Version != stateVersion {
		return fmt.Errorf("read %s: version %d, want %d", w.o.State, w.world.Version, stateVersion)
	}
	return nil
}

// index rebuilds what is derived from the world: look-up tables and errands.
func (w *WeChat) index() {
	for _, a := range w.world.Accounts {
		a.Materials.index()
		a.Drafts.index()
		a.Posts.index()
		for _, d := range a.Drafts.List {
			w.showDraft(a, d)
		}
		for _, p := range a.Posts.List {
			w.showPost(a, p)
		}
		for _, p := range a.Pushed {
			w.showPost(a, p)
		}
		for _, j := range a.Jobs {
			if j.Status == statusPublishing {
				w.later(j.Due, w.finishJob(a, j))
			}
		}
		for _, m := range a.Masses {
			w.arrange(a, m)
		}
	}
}

// Save writes the world to the state file, if it changed since the last time: whole or not at all, readable by the owner only (it holds
// access tokens of the stand-in, never a secret). Without a state file it does nothing.
func (w *WeChat) Save() error { return w.save(false) }

// save does nothing if onlyUrgent and only counters changed. Whoever waits here for another one's save finds its own change saved with it.
func (w *WeChat) save(onlyUrgent bool) error {
	w.saving.Lock()
	defer w.saving.Unlock()
	b, err := w.snapshot(onlyUrgent)
	if err != nil || b == nil {
		return err
	}
	if err := writeWhole(w.o.State, b); err != nil {
		w.set(func() {}) // still to be saved
		return fmt.Errorf("save stand-in state: %w", err)
	}
	return nil
}

// Close saves the world. The stand-in has nothing else to stop.
func (w *WeChat) Close() error { return w.Save() }

func (w *WeChat) snapshot(onlyUrgent bool) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.o.State == "" || !w.dirty || onlyUrgent && !w.urgent {
		return nil, nil
	}
	b, err := json.Marshal(&w.world)
	if err != nil {
		return nil, fmt.Errorf("encode stand-in state: %w", err)
	}
	w.dirty, w.urgent = false, false
	return b, nil
}

// writeWhole replaces the file at path by b, durably. What a killed process left beside it half written is written over.
func writeWhole(path string, b []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
