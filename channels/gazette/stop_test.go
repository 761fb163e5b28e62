package gazette

import (
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tongfa/channels"
	"tongfa/press"
)

// killed lets some changes of a disk be made and none after them, as when the program is killed: nothing is tidied up either.
type killed struct{ left int }

var errKilled = errors.New("killed")

func (k *killed) dead() bool {
	k.left--
	return k.left < 0
}

func (k *killed) do(change func() error) error {
	if k.dead() {
		return errKilled
	}
	return change()
}

func (k *killed) on(d disk) disk {
	return disk{channels.Disk{
		Create: func(path string) (channels.File, error) {
			if k.dead() {
				return nil, errKilled
			}
			f, err := d.Create(path)
			return killedFile{f, k}, err
		},
		Rename: func(from, to string) error { return k.do(func() error { return d.Rename(from, to) }) },
		Remove: func(path string) error { return k.do(func() error { return d.Remove(path) }) },
		Mkdir:  func(path string) error { return k.do(func() error { return d.Mkdir(path) }) },
		Chmod:  func(path string, m fs.FileMode) error { return k.do(func() error { return d.Chmod(path, m) }) },
		Sync:   func(dir string) error { return k.do(func() error { return d.Sync(dir) }) },
	}}
}

type killedFile struct {
	channels.File
	k *killed
}

func (f killedFile) Write(b []byte) (int, error) {
	if f.k.dead() {
		n, _ := f.File.Write(b[:len(b)/2])
		return n, errKilled
	}
	return f.File.Write(b)
}

func (f killedFile) Sync() error { return f.k.do(f.File.Sync) }

// disturbance is how the first run of an amendment ends at a change of the disk.
type disturbance struct {
	name  string
	on    func(n int, d disk) disk
	setup bool // the program is set up again before it goes on
}

// The program is killed at every change of the disk that an amendment makes, or that change fails. Whether or not it is set up again before it goes on, the
// end is the one of a run that nothing disturbed, and at no moment is a file neither what it was nor what it is to be.
func TestAStopAtEveryChangeOfTheDiskEndsAsIfThereHadBeenNone(t *testing.T) {
	kill := func(n int, d disk) disk { return (&killed{left: n}).on(d) }
	fail := func(n int, d disk) disk { return (&faulty{at: n, err: syscall.EIO}).on(d) }
	for _, scene := range []string{"remarks", "restore", "withdraw", "gone"} {
		want := amendedAt(t, scene, -1, disturbance{on: kill})
		if want.changes < 15 {
			t.Errorf("%s: only %d changes of the disk", scene, want.changes)
		}
		disturbances := []disturbance{{"killed", kill, true}}
		if scene == "restore" {
			disturbances = append(disturbances, disturbance{"killed", kill, false}, disturbance{"failed", fail, false})
		}
		for _, d := range disturbances {
			for n := range want.changes {
				if got := amendedAt(t, scene, n, d); !maps.Equal(got.files, want.files) || !slices.Equal(got.modes, want.modes) {
					t.Errorf("%s, %s after %d changes, set up again %v: ends differently: %v", scene, d.name, n, d.setup, differing(got.files, want.files))
				}
			}
		}
	}
}

func differing(a, b map[string]string) (names []string) {
	for name := range a {
		if a[name] != b[name] {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}

// ending is what an amendment comes to, and how many changes of the disk its first run made.
type ending struct {
	files   map[string]string
	modes   []fs.FileMode
	changes int
}

// amendedAt runs an amendment that is disturbed after n changes, or never if n is below zero, and then a second time.
func amendedAt(t *testing.T, scene string, n int, d disturbance) (end ending) {
	t.Helper()
	o := newOffice(t)
	ed := o.publish(o.withFile(o.entry(), "附件.pdf", "%PDF-1.4 a"), o.entry())
	a := o.act(press.Annotate, "", ed, repealed("废止"))
	switch scene {
	case "restore":
		a = o.act(press.Amend, press.InPlace, only(ed, 0), remark("更正"))
		o.damage()
	case "withdraw":
		a = o.memory.Open(press.Withdraw, only(ed, 0))
	case "gone":
		a = o.act(press.Amend, press.InPlace, only(ed, 0), remark("更正"))
		if err := o.gazette.disk.removeTree(filepath.Join(o.cfg.Root, "2026", "04")); err != nil {
			t.Fatal(err)
		}
	}
	before, count := tree(t, o.cfg.Root), &killed{left: math.MaxInt}
	whole := o.gazette.disk
	if n < 0 {
		o.gazette.disk = count.on(whole)
	} else {
		o.gazette.disk = d.on(n, whole)
	}
	_, err := o.deliver(a)
	if (err != nil) != (n >= 0) {
		t.Fatalf("%s, %s after %d changes: %v", scene, d.name, n, err)
	}
	between := tree(t, o.cfg.Root)
	o.gazette = o.open()
	if d.setup {
		if err := o.gazette.Setup(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := o.deliver(a); err != nil || r.Status != press.Live && r.Status != press.Gone {
		t.Fatalf("%s, %s after %d changes, again: %v %s, %v", scene, d.name, n, r.Status, r.Note, err)
	}
	end = ending{files: tree(t, o.cfg.Root), changes: math.MaxInt - count.left}
	for name, data := range between {
		if !strings.Contains(name, halfDone) && data != before[name] && data != end.files[name] {
			t.Errorf("%s, %s after %d changes: %s is half done", scene, d.name, n, name)
		}
	}
	for name, data := range o.apart() {
		end.files["withheld/"+name] = data
	}
	m := modes(t, o.cfg.Root)
	for _, p := range slices.Sorted(maps.Keys(m)) {
		end.modes = append(end.modes, m[p])
	}
	return end
}

// damage changes three files of the issue 2026/04 and removes a folder of it.
func (o *office) damage() {
	o.t.Helper()
	dir := filepath.Join(o.cfg.Root, "2026", "04")
	for _, name := range []string{"01.html", "02.html", "gazette.css"} {
		o.unlock(filepath.Join(dir, name))
		o.write(filepath.Join(dir, name), []byte("改过"+name))
		o.lock(filepath.Join(dir, name))
	}
	if err := errors.Join(os.Chmod(dir, 0o755), o.gazette.disk.removeTree(filepath.Join(dir, "01")), os.Chmod(dir, 0o555)); err != nil {
		o.t.Fatal(err)
	}
}
