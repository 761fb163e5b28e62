package gazette

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tongfa/press"
	"tongfa/typeset"
)

// keptIssue is the office's own copy of an issue, by the names of its files as they were issued: pages, directory, look and record in one file, what is made of
// the text and the work itself in another. Attachments and pictures are in neither, as the ledger has them.
type keptIssue map[string][]byte

// mostKept is how large a file of a copy may be: more than any page has.
const mostKept = 64 << 20

// mostMade is how large a file may be that is made of a whole issue, pictures and all.
const mostMade = 1 << 30

// keptAt is where the copy of an issue is, outside of what is public.
func (c *Channel) keptAt(p place) string {
	return filepath.Join(c.o.Withheld, keptFolder, fmt.Sprintf("%04d-%s.zip", p.year, p.folder()))
}

// keptFilesAt is where the copy of its files is.
func (c *Channel) keptFilesAt(p place) string {
	return strings.TrimSuffix(c.keptAt(p), ".zip") + "-files.zip"
}

const keptFolder = "issued"

// workName is the work of an issue, of which its files can be made again without an article that was withdrawn. Only the office's own copy has it.
const workName = "work.json"

// keepIssued keeps a copy of an issue before it comes out, so that it can be made again when the program draws pages otherwise.
func (c *Channel) keepIssued(p place, files []blob, w *typeset.Work) error {
	work, err := packWork(w)
	if err != nil {
		return err
	}
	pages, made := keptIssue{}, keptIssue{workName: work}
	for _, f := range files {
		switch {
		case strings.Contains(f.rel, "/"):
		case strings.HasPrefix(f.rel, p.stem()):
			made[f.rel] = f.data
		case strings.HasSuffix(f.rel, ".html"):
			pages[f.rel] = part(f.data).issued
		default:
			pages[f.rel] = f.data
		}
	}
	if err := c.putKept(c.keptFilesAt(p), made); err != nil {
		return err
	}
	return c.putKept(c.keptAt(p), pages)
}

func (c *Channel) putKept(path string, k keptIssue) error {
	data, err := k.pack()
	if err != nil {
		return err
	}
	return c.diskTrouble(path, c.disk.put(path, data, 0o400))
}

// pack writes a copy as one file. What is packed already is not packed again.
func (k keptIssue) pack() ([]byte, error) {
	var b bytes.Buffer
	size := 0
	for _, data := range k {
		size += len(data)
	}
	b.Grow(size) // an issue may have a hundred megabytes
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(k)) {
		h := zip.FileHeader{Name: name, Method: zip.Deflate}
		if slices.Contains([]string{".pdf", ".ofd", ".epub"}, filepath.Ext(name)) {
			h.Method = zip.Store
		}
		w, err := z.CreateHeader(&h)
		if err == nil {
			_, err = w.Write(k[name])
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack issue: %w", err)
	}
	return b.Bytes(), nil
}

// kept reads the copy of an issue's pages; nil when there is none, or none that can be read. It is a help, and nothing depends on it.
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
		if k[f.Name], err = unpack(f, mostKept); err != nil {
			return nil
		}
	}
	return k
}

// keptFile reads one file of a copy, without the others, which may be large; nil when it is not there.
func keptFile(path, name string) []byte {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil
	}
	defer z.Close()
	i := slices.IndexFunc(z.File, func(f *zip.File) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	data, err := unpack(z.File[i], mostMade)
	if err != nil {
		return nil
	}
	return data
}

func unpack(f *zip.File, most int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, most))
	return data, errors.Join(err, r.Close())
}

// packWork writes down a work without its pictures, which the ledger has.
func packWork(w *typeset.Work) ([]byte, error) {
	bare := *w
	bare.Pictures = nil
	data, err := json.Marshal(bare)
	if err != nil {
		return nil, fmt.Errorf("pack work: %w", err)
	}
	return data, nil
}

// keptWork is the work of an issue as the copy of its files has it, without its pictures.
func (c *Channel) keptWork(p place) (*typeset.Work, bool) {
	w := &typeset.Work{}
	err := json.Unmarshal(keptFile(c.keptFilesAt(p), workName), w)
	w.Pictures = map[string]typeset.Picture{}
	return w, err == nil
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
