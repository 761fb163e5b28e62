package standin

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"time"
)

// ServeHTTP answers as a web server does, or as one that fails.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if name, ok := strings.CutPrefix(r.URL.Path, "/_standin/"); ok {
		h.door(w, r, name)
		return
	}
	f := h.next(r.URL.Path)
	count := &counted{ResponseWriter: w}
	defer h.note(r, count, f.Do)
	count.Header().Set("Server", "standin")
	if f.Do != HostDrip && !waited(r, f.Delay) {
		return
	}
	h.answer(count, r, f)
}

// next is the fault that the next answer to a path has; the zero fault for none.
func (h *Host) next(at string) HostFault {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, f := range h.faults {
		if !meets(f.Path, at) {
			continue
		}
		now := *f
		if f.Times == 1 {
			h.faults = append(h.faults[:i:i], h.faults[i+1:]...)
		}
		f.Times = max(0, f.Times-1)
		return now
	}
	return HostFault{}
}

// waited waits, unless the client goes away first.
func waited(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (h *Host) answer(w http.ResponseWriter, r *http.Request, f HostFault) {
	switch f.Do {
	case HostDrop:
		panic(http.ErrAbortHandler)
	case HostStatus:
		http.Error(w, f.Body, f.Status)
	case HostRedirect:
		http.Redirect(w, r, f.To, http.StatusFound)
	case HostOther:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, f.Body)
	case HostEndless:
		h.endless(w, r)
	case HostHalf:
		h.half(w, r)
	case HostDrip:
		h.drip(w, r, f.Delay)
	case HostStale:
		h.stale(w, r)
	default:
		h.serve(w, r)
	}
}

func (h *Host) serve(w http.ResponseWriter, r *http.Request) {
	at := path.Clean("/" + r.URL.Path)
	info, err := os.Stat(h.file(at))
	if err == nil && info.IsDir() && !strings.HasSuffix(r.URL.Path, "/") {
		http.Redirect(w, r, at+"/", http.StatusMovedPermanently)
		return
	}
	if err == nil && info.IsDir() {
		at = path.Join(at, "index.html")
	}
	f, err := os.Open(h.file(at))
	if err != nil {
		h.refuse(w, err)
		return
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil || info.IsDir() {
		h.refuse(w, errors.Join(err, fs.ErrPermission))
		return
	}
	http.ServeContent(w, r, at, info.ModTime(), f)
}

func (h *Host) refuse(w http.ResponseWriter, err error) {
	status := http.StatusForbidden
	if errors.Is(err, fs.ErrNotExist) {
		status = http.StatusNotFound
	}
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<html><head><title>%d %s</title></head><body><center><h1>%[1]d %[2]s</h1></center></body></html>\n", status, http.StatusText(status))
}

func (h *Host) endless(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	block := bytes.Repeat([]byte("<p>没有尽头</p>\n"), 4096)
	for r.Context().Err() == nil {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

func (h *Host) half(w http.ResponseWriter, r *http.Request) {
	data, err := os.ReadFile(h.file(r.URL.Path))
	if err != nil {
		h.refuse(w, err)
		return
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	_, _ = w.Write(data[:len(data)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func (h *Host) drip(w http.ResponseWriter, r *http.Request, pause time.Duration) {
	data, err := os.ReadFile(h.file(r.URL.Path))
	if err != nil {
		h.refuse(w, err)
		return
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	for len(data) > 0 && waited(r, pause) {
		n := min(len(data), 16)
		if _, err := w.Write(data[:n]); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		data = data[n:]
	}
}

func (h *Host) stale(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	data, ok := h.old[path.Clean("/"+r.URL.Path)]
	h.mu.Unlock()
	if !ok {
		h.serve(w, r)
		return
	}
	w.Header().Set("Age", "86400")
	http.ServeContent(w, r, r.URL.Path, time.Time{}, bytes.NewReader(data))
}

// counted counts what was answered.
type counted struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (c *counted) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *counted) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(p)
	c.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (h *Host) note(r *http.Request, c *counted, fault string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.served) >= mostServed {
		h.served = append(h.served[:0:0], h.served[mostServed/2:]...)
	}
	h.served = append(h.served, HostServed{At: time.Now(), Method: r.Method, Path: r.URL.Path, Status: c.status, Bytes: c.bytes, Fault: fault})
}
