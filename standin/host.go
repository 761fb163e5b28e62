package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Host (网站主机的替身) serves a folder as a plain web server does, and fails as one does: it is slow, drops, answers errors, redirects, portal pages,
// old copies and halves, and lets a human or a burglar change the files under it. /_standin/ is its inspection door: GET served and
// faults; POST fault, mend, edit, delete, replace, inject, put. It has no password: keep it on the machine.
type Host struct {
	root string

	mu     sync.Mutex
	faults []*HostFault
	served []HostServed
	old    map[string][]byte // copies that a cache has kept, by path
}

// HostFault is how some answers go wrong.
type HostFault struct {
	Path   string        `json:"path"`   // that it is for, or the beginning of paths when it ends with /; "" for all
	Do     string        `json:"do"`     // see the Host constants; "" for an answer that is only late
	Delay  time.Duration `json:"delay"`  // before the answer, and between the pieces of a drip
	Status int           `json:"status"` // of HostStatus
	To     string        `json:"to"`     // HostRedirect: where to
	Body   string        `json:"body"`   // of HostStatus and HostOther
	Times  int           `json:"times"`  // how many answers; 0 for all until Mend
}

// What a host does wrong.
const (
	HostDrop     = "drop"     // closes the connection without an answer
	HostStatus   = "status"   // answers with a status, such as 500, 503 or 429
	HostRedirect = "redirect" // answers 302
	HostHalf     = "half"     // says how long the file is, sends half of it and closes the connection
	HostStale    = "stale"    // answers with the copy that it had when the fault was armed
	HostOther    = "other"    // answers 200 with another page: a soft 404, a portal
	HostEndless  = "endless"  // sends without end
	HostDrip     = "drip"     // sends a few bytes at a time
)

// HostServed is one answer that was given.
type HostServed struct {
	At     time.Time `json:"at"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Status int       `json:"status"` // 0 for none
	Bytes  int64     `json:"bytes"`
	Fault  string    `json:"fault,omitempty"`
}

// mostServed bounds what is remembered of answers.
const mostServed = 10_000

// NewHost makes a host that serves a folder.
func NewHost(root string) *Host { return &Host{root: root, old: map[string][]byte{}} }

// Fail arms a fault. Of several that meet a request the one armed first is used.
func (h *Host) Fail(f HostFault) error {
	kinds := []string{"", HostDrop, HostStatus, HostRedirect, HostHalf, HostStale, HostOther, HostEndless, HostDrip}
	if !slices.Contains(kinds, f.Do) || f.Do == HostStatus && (f.Status < 200 || f.Status > 599) || f.Delay < 0 {
		return fmt.Errorf("arm fault: %q with status %d is none", f.Do, f.Status)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.Do == HostStale {
		if err := h.keep(f.Path); err != nil {
			return err
		}
	}
	h.faults = append(h.faults, &f)
	return nil
}

// keep remembers the files that a stale fault is for. The lock is held.
func (h *Host) keep(which string) error {
	return filepath.WalkDir(h.root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(h.root, name)
		at := "/" + filepath.ToSlash(rel)
		if err != nil || !meets(which, at) {
			return err
		}
		h.old[at], err = os.ReadFile(name)
		return err
	})
}

// Mend takes all faults away.
func (h *Host) Mend() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults, h.old = nil, map[string][]byte{}
}

// Served lists the last answers, oldest first.
func (h *Host) Served() []HostServed {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]HostServed{}, h.served...)
}

// Edit changes words of a page, all that it says of them.
func (h *Host) Edit(at, was, now string) error {
	return h.change(at, func(data []byte) ([]byte, error) {
		if was == "" || !bytes.Contains(data, []byte(was)) {
			return nil, fmt.Errorf("%s does not say %q", at, was)
		}
		return bytes.ReplaceAll(data, []byte(was), []byte(now)), nil
	})
}

// Inject puts code at the end of a page's body.
func (h *Host) Inject(at, code string) error {
	return h.change(at, func(data []byte) ([]byte, error) {
		i := bytes.LastIndex(data, []byte("</body>"))
		if i < 0 {
			i = len(data)
		}
		return append(append(append([]byte{}, data[:i]...), code...), data[i:]...), nil
	})
}

// Replace puts other bytes in the place of a file that is there.
func (h *Host) Replace(at string, data []byte) error {
	return h.change(at, func([]byte) ([]byte, error) { return data, nil })
}

func (h *Host) change(at string, f func([]byte) ([]byte, error)) error {
	name := h.file(at)
	data, err := os.ReadFile(name)
	if err == nil {
		data, err = f(data)
	}
	if err == nil {
		err = os.WriteFile(name, data, 0o644)
	}
	if err != nil {
		return fmt.Errorf("change file: %w", err)
	}
	return nil
}

// Delete removes a file or a folder.
func (h *Host) Delete(at string) error {
	if _, err := os.Lstat(h.file(at)); err != nil {
		return fmt.Errorf("delete file: %w", err)
	}
	return os.RemoveAll(h.file(at))
}

// Put puts a file there that nobody published.
func (h *Host) Put(at string, data []byte) error {
	name := h.file(at)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("put file: %w", err)
	}
	return os.WriteFile(name, data, 0o644)
}

// file is where a path is on disk; it never leads out of the folder.
func (h *Host) file(at string) string {
	return filepath.Join(h.root, filepath.FromSlash(path.Clean("/"+at)))
}

func meets(which, at string) bool {
	return which == "" || which == at || strings.HasSuffix(which, "/") && strings.HasPrefix(at, which)
}

// hostOrder is the body of an act under /_standin/.
type hostOrder struct {
	HostFault
	Was  string `json:"was"`
	Now  string `json:"now"`
	Data string `json:"data"`
}

// door answers /_standin/…: GET looks, POST acts.
func (h *Host) door(w http.ResponseWriter, r *http.Request, name string) {
	if r.Method == http.MethodGet {
		h.inspect(w, name)
		return
	}
	var o hostOrder
	if err := json.NewDecoder(io.LimitReader(r.Body, 64<<20)).Decode(&o); err != nil {
		http.Error(w, "the order is no JSON: "+err.Error(), http.StatusBadRequest)
		return
	}
	if err := h.act(name, o); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

func (h *Host) act(name string, o hostOrder) error {
	switch name {
	case "fault":
		return h.Fail(o.HostFault)
	case "mend":
		h.Mend()
		return nil
	case "edit":
		return h.Edit(o.Path, o.Was, o.Now)
	case "delete":
		return h.Delete(o.Path)
	case "replace":
		return h.Replace(o.Path, []byte(o.Data))
	case "inject":
		return h.Inject(o.Path, o.Data)
	case "put":
		return h.Put(o.Path, []byte(o.Data))
	}
	return fmt.Errorf("no act is called %q", name)
}

func (h *Host) inspect(w http.ResponseWriter, name string) {
	var said any
	switch name {
	case "served":
		said = h.Served()
	case "faults":
		h.mu.Lock()
		faults := []HostFault{}
		for _, f := range h.faults {
			faults = append(faults, *f)
		}
		h.mu.Unlock()
		said = faults
	default:
		http.Error(w, "nothing is called "+name, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(said)
}
