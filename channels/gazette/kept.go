package gazette

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"tongfa/press"
)

// keptIssue is the office's own copy of an issue: its pages, directory, look and record by their names, as they were issued. Attachments
// and pictures are not in it, as the ledger has them.
type keptIssue map[string][]byte

// mostKept is how large a file of a copy may be: more than any page has.
const mostKept = 64 << 20

// keptAt is where the copy of an issue is, outside of what is public.
func (c *Channel) keptAt(p place) string {
	return filepath.Join(c.o.Withheld, keptFolder, fmt.Sprintf("%04d-%s.zip", p.year, p.folder()))
}

const keptFolder = "issued"

// keepIssued keeps a copy of an issue before it comes out, so that it can be made again when the program draws pages otherwise.
func (c *Channel) keepIssued(p place, files []blob) error {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		if strings.Contains(f.rel, "/") {
			continue
		}
		w, err := z.Create(f.rel)
		if err != nil {
			return fmt.Errorf("pack %s: %w", f.rel, err)
		}
		data := f.data
		if strings.HasSuffix(f.rel, ".html") {
			data = part(data).issued
		}
		if _, err := w.Write(data); err != nil {
			return fmt.Errorf("pack %s: %w", f.rel, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("pack issue: %w", err)
	}
	path := c.keptAt(p)
	return c.diskTrouble(path, c.disk.put(path, b.Bytes(), 0o400))
}

// kept reads the copy of an issue; nil when there is none, or none that can be read. It is a help, and nothing depends on it.
func (c *Channel) kept(p place) keptIssue {
	data, err := readPlain(c.keptAt(p))
	if err != nil {
		return nil
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil
	}
	k := keptIssue{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return nil
		}
		k[f.Name], err = io.ReadAll(io.LimitReader(r, mostKept))
		if closeErr := r.Close(); err != nil || closeErr != nil {
			return nil
		}
	}
	return k
}

// record is what the copy says that the issue holds.
func (k keptIssue) record(p place) (record, bool) {
	var r record
	err := json.Unmarshal(k[recordName], &r)
	return r, err == nil && r.Format == recordFormat && r.place() == p && r.plain()
}

// recordFor is the record by which an act is made: to bring an issue back, that of the office's own copy, if there is one which holds what the act is
// about; else the one that stands there.
func (c *Channel) recordFor(a press.Act, p place, entries []press.Entry, k keptIssue) (r record, own, there bool, err error) {
	if r, ok := k.record(p); ok && restores(a) && r.prints(entries) {
		return r, true, true, nil
	}
	r, there, err = c.readRecord(p)
	return r, false, there, err
}

// prints reports whether an issue holds these entries.
func (r record) prints(entries []press.Entry) bool {
	for _, e := range entries {
		if a, ok := r.at(e.Position); !ok || a.Marker != e.Copy.Marker || a.Digest != e.Revision.Digest {
			return false
		}
	}
	return true
}
