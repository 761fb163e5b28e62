package standin

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// The state file is a journal: a header, then one line a save. A line is a checksum and a list of changes, each naming a thing of the world and
// what it is now, or null when it is gone. A restart applies the lines in order. Now and then the file is replaced by a short one that names
// everything there is. A process killed in the middle of a line leaves a line without its end, which was never answered for and is left out.

const (
	stateVersion = 2
	tailLeast    = 32 << 20 // the journal may outgrow the world by this, or by twice the world, before it is written anew
)

// thing names one part of the world that is saved by itself.
type thing struct{ Kind, App, ID string }

type change struct {
	Kind string          `json:"k"`
	App  string          `json:"a,omitempty"`
	ID   string          `json:"i,omitempty"`
	Now  json.RawMessage `json:"v"`
}

// head is what belongs to no thing.
type head struct {
	Seq      int64
	Offset   int64
	Captcha  bool
	CallerIP string
	Skew     int64
}

// touch marks a thing to be saved. Callers hold mu.
func (w *WeChat) touch(kind, app, id string) {
	t := thing{kind, app, id}
	if w.o.State == "" || w.touched[t] {
		return
	}
	w.touched[t] = true
	w.order = append(w.order, t)
}

// valueOf is a thing as it is now, nil when it is gone.
func (w *WeChat) valueOf(t thing) any {
	a := w.world.Accounts[t.App]
	switch t.Kind {
	case "head":
		return head{w.world.Seq, int64(w.world.Offset), w.world.Captcha, w.world.CallerIP, int64(w.world.Skew)}
	case "account":
		return a.counters
	case "token":
		return existing(w.world.Tokens, t.ID)
	case "blob":
		return existing(w.world.Blobs, t.ID)
	case "picture":
		return existing(w.world.Pictures, t.ID)
	case "effect":
		return w.effectOf(t.ID)
	case "material":
		return existing(a.Materials.at, t.ID)
	case "draft":
		return existing(a.Drafts.at, t.ID)
	case "post":
		return existing(a.Posts.at, t.ID)
	case "pushed":
		return existing(a.Pushed.at, t.ID)
	case "mass":
		return existing(a.Masses.at, t.ID)
	case "job":
		return existing(a.Jobs, number64(t.ID))
	case "client":
		return existing(a.ClientIDs, t.ID)
	}
	panic("standin: unknown kind of thing " + t.Kind)
}

func existing[K comparable, T any](m map[K]T, key K) any {
	if v, ok := m[key]; ok {
		return v
	}
	return nil
}

func number64(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64) // our own output
	return n
}

func (w *WeChat) effectOf(id string) any {
	list := w.world.Effects
	if len(list) == 0 {
		return nil
	}
	i := number64(id) - list[0].Seq
	if i < 0 || i >= int64(len(list)) {
		return nil
	}
	return list[i]
}

// restore makes one change of the journal.
func (w *WeChat) restore(c change) error {
	world := &w.world
	switch c.Kind {
	case "head":
		var h head
		err := json.Unmarshal(c.Now, &h)
		world.Seq, world.Offset, world.Captcha, world.CallerIP, world.Skew = h.Seq, duration(h.Offset), h.Captcha, h.CallerIP, duration(h.Skew)
		return err
	case "account":
		var n counters
		err := json.Unmarshal(c.Now, &n)
		world.account(c.App).counters = n
		return err
	case "token":
		return keep(world.Tokens, c.ID, c.Now)
	case "blob":
		return keep(world.Blobs, c.ID, c.Now)
	case "picture":
		return keep(world.Pictures, c.ID, c.Now)
	case "effect":
		return w.applyEffect(c.Now)
	}
	a := world.account(c.App)
	switch c.Kind {
	case "material":
		return a.Materials.keep(c.ID, c.Now)
	case "draft":
		return a.Drafts.keep(c.ID, c.Now)
	case "post":
		return a.Posts.keep(c.ID, c.Now)
	case "pushed":
		return a.Pushed.keep(c.ID, c.Now)
	case "mass":
		return a.Masses.keep(c.ID, c.Now)
	case "job":
		return keep(a.Jobs, number64(c.ID), c.Now)
	case "client":
		return keep(a.ClientIDs, c.ID, c.Now)
	}
	return fmt.Errorf("unknown kind of thing %q", c.Kind)
}

func gone(b json.RawMessage) bool { return len(b) == 0 || string(b) == "null" }

func keep[K comparable, T any](m map[K]T, key K, b json.RawMessage) error {
	if gone(b) {
		delete(m, key)
		return nil
	}
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	m[key] = v
	return nil
}

func (s *shelf[T]) keep(key string, b json.RawMessage) error {
	if gone(b) {
		s.remove(key)
		return nil
	}
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	if old, ok := s.get(key); ok {
		s.List[slices.Index(s.List, old)], s.at[key] = v, v
		return nil
	}
	s.put(v)
	return nil
}

func (w *WeChat) applyEffect(b json.RawMessage) error {
	if gone(b) { // bounded away before it was saved
		return nil
	}
	var e Effect
	if err := json.Unmarshal(b, &e); err != nil {
		return err
	}
	w.keepEffect(e)
	return nil
}

// everything names all there is, in the order in which it must be applied.
func (w *WeChat) everything() []thing {
	list := []thing{{Kind: "head"}}
	add := func(kind, app string, ids []string) {
		for _, id := range ids {
			list = append(list, thing{kind, app, id})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.world.Accounts)) {
		list = append(list, thing{"account", id, ""})
	}
	add("token", "", slices.Sorted(maps.Keys(w.world.Tokens)))
	add("blob", "", slices.Sorted(maps.Keys(w.world.Blobs)))
	add("picture", "", slices.Sorted(maps.Keys(w.world.Pictures)))
	for _, id := range slices.Sorted(maps.Keys(w.world.Accounts)) {
		a := w.world.Accounts[id]
		add("material", id, a.Materials.keys())
		add("draft", id, a.Drafts.keys())
		add("post", id, a.Posts.keys())
		add("pushed", id, a.Pushed.keys())
		add("mass", id, a.Masses.keys())
		for _, job := range slices.Sorted(maps.Keys(a.Jobs)) {
			list = append(list, thing{"job", id, strconv.FormatInt(job, 10)})
		}
		add("client", id, slices.Sorted(maps.Keys(a.ClientIDs)))
	}
	for _, e := range w.world.Effects {
		list = append(list, thing{"effect", "", strconv.FormatInt(e.Seq, 10)})
	}
	return list
}

// line writes things as one line of the journal.
func (w *WeChat) line(b *bytes.Buffer, things []thing) error {
	list := make([]change, len(things))
	for i, t := range things {
		now, err := json.Marshal(w.valueOf(t))
		if err != nil {
			return fmt.Errorf("encode stand-in state: %w", err)
		}
		list[i] = change{t.Kind, t.App, t.ID, now}
	}
	text, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("encode stand-in state: %w", err)
	}
	fmt.Fprintf(b, "%08x ", crc32.ChecksumIEEE(text))
	b.Write(text)
	b.WriteByte('\n')
	return nil
}

// load reads the state file, if one is configured and there.
func (w *WeChat) load() error {
	w.world = newWorld()
	w.touched = map[thing]bool{}
	if w.o.State == "" {
		return nil
	}
	f, err := os.Open(w.o.State)
	if errors.Is(err, os.ErrNotExist) {
		w.anew = true
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := w.replay(bufio.NewReaderSize(f, 1<<20)); err != nil {
		return fmt.Errorf("read %s: %w", w.o.State, err)
	}
	return nil
}

// replay applies a journal. The last line may lack its end; any other line that is not whole is damage.
func (w *WeChat) replay(r *bufio.Reader) error {
	var version struct{ Version int }
	first, err := r.ReadBytes('\n')
	if err != nil && err != io.EOF {
		return err
	}
	if err := json.Unmarshal(first, &version); err != nil {
		return err
	}
	if version.Version != stateVersion {
		return fmt.Errorf("version %d, want %d", version.Version, stateVersion)
	}
	w.base.size = int64(len(first))
	for n := 2; ; n++ {
		text, err := r.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if len(text) == 0 {
			return nil
		}
		if !whole(text) {
			if _, err := r.Peek(1); err == nil {
				return fmt.Errorf("line %d is damaged", n)
			}
			w.anew = true // what is left of it must not stand before the next line
			return nil
		}
		if err := w.applyLine(text[9:]); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		w.base.tail += int64(len(text))
	}
}

func whole(text []byte) bool {
	if len(text) < 10 || text[len(text)-1] != '\n' {
		return false
	}
	sum, err := strconv.ParseUint(string(text[:8]), 16, 32)
	return err == nil && uint32(sum) == crc32.ChecksumIEEE(text[9:len(text)-1])
}

func (w *WeChat) applyLine(text []byte) error {
	var list []change
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	for _, c := range list {
		if err := w.restore(c); err != nil {
			return fmt.Errorf("%s %s: %w", c.Kind, c.ID, err)
		}
	}
	return nil
}

// index rebuilds what is derived from the world: look-up tables and errands.
func (w *WeChat) index() {
	for _, a := range w.world.Accounts {
		for _, d := range a.Drafts.List {
			w.showDraft(a, d)
			if !d.Leaves.IsZero() {
				w.later(d.Leaves, w.leaving(a, d.MediaID))
			}
		}
		for _, p := range a.Posts.List {
			w.showPost(a, p)
		}
		for _, p := range a.Pushed.List {
			w.showPost(a, p)
		}
		for _, id := range slices.Sorted(maps.Keys(a.Jobs)) {
			j := a.Jobs[id]
			a.accepted[j.MediaID] = j
			if j.Status == statusPublishing {
				w.later(j.Due, w.finishJob(a, j))
			}
		}
		for _, m := range a.Masses.List {
			w.arrange(a, m)
		}
	}
}

// Save writes what changed since the last time to the state file: one line at its end, or the whole file anew. The file is readable by the
// owner only (it holds access tokens of the stand-in, never a secret). Without a state file it does nothing. Whoever waits here for another
// one's save finds its own change saved with it.
func (w *WeChat) Save() error {
	if w.o.State == "" {
		return nil
	}
	w.saving.Lock()
	defer w.saving.Unlock()
	text, anew, err := w.unsaved()
	if err == nil && text != nil {
		err = w.store(text, anew)
	}
	if err == nil {
		return nil
	}
	w.mu.Lock()
	w.anew = true // the file may lack a change or end in half a line
	w.mu.Unlock()
	return fmt.Errorf("save stand-in state: %w", err)
}

// unsaved is what to write: nothing, a line, or a whole file. Callers hold saving.
func (w *WeChat) unsaved() (text []byte, anew bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.order) == 0 {
		return nil, false, nil
	}
	anew = w.anew || w.base.tail > max(tailLeast, 2*w.base.size)
	if !anew {
		if _, err := os.Stat(w.o.State); err != nil {
			anew = true
		}
	}
	var b bytes.Buffer
	if anew {
		fmt.Fprintf(&b, "{\"Version\":%d}\n", stateVersion)
		for part := range slices.Chunk(w.everything(), 64) {
			if err = w.line(&b, part); err != nil {
				return nil, false, err
			}
		}
	} else if err = w.line(&b, w.order); err != nil {
		return nil, false, err
	}
	clear(w.touched)
	w.order, w.anew = w.order[:0], false
	return b.Bytes(), anew, nil
}

// store puts text into the file. A line is handed to the operating system, which is enough to outlive a killed process; only a whole file waits
// for the disk. Callers hold saving.
func (w *WeChat) store(text []byte, anew bool) error {
	if anew {
		if err := errors.Join(w.closeJournal(), writeWhole(w.o.State, text)); err != nil {
			return err
		}
		w.base.size, w.base.tail = int64(len(text)), 0
		return nil
	}
	if w.journal == nil {
		f, err := os.OpenFile(w.o.State, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return err
		}
		w.journal = f
	}
	w.base.tail += int64(len(text))
	_, err := w.journal.Write(text)
	return err
}

func (w *WeChat) closeJournal() error {
	if w.journal == nil {
		return nil
	}
	f := w.journal
	w.journal = nil
	return errors.Join(f.Sync(), f.Close())
}

// Close saves the world and lets go of the state file. The stand-in has nothing else to stop.
func (w *WeChat) Close() error {
	err := w.Save()
	w.saving.Lock()
	defer w.saving.Unlock()
	return errors.Join(err, w.closeJournal())
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
