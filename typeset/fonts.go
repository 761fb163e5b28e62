package typeset

import (
	"compress/gzip"
	"embed"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

//go:embed font/*.ttf.gz
var fontFiles embed.FS

// builtin are the faces that come with the program, in the order of their names.
func builtin() []builtinFace {
	return []builtinFace{
		{Song, "song", "宋体"}, {SongBold, "song-bold", "宋体"}, {Hei, "hei", "黑体"}, {Kai, "kai", "楷体"},
	}
}

// unpack reads a packed file into as much memory as it needs, which its last four bytes tell.
func unpack(name string) ([]byte, error) {
	f, err := fontFiles.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	packed := f.(io.ReadSeeker) // every embedded file is one
	var tail [4]byte
	if _, err := packed.Seek(-4, io.SeekEnd); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(packed, tail[:]); err != nil {
		return nil, err
	}
	if _, err := packed.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	data := make([]byte, binary.LittleEndian.Uint32(tail[:]))
	_, err = io.ReadFull(z, data)
	return data, err
}

// held are the faces that were unpacked last, for as long as works follow each other: they are large.
var held struct {
	sync.Mutex
	faces Faces
	let   *time.Timer // goes of them
}

// holding is how long faces are held after they were asked for.
const holding = 30 * time.Second

// Builtin are the faces that come with the program. They are unpacked when they are asked for, and let go of half a minute later.
func Builtin() (Faces, error) {
	held.Lock()
	defer held.Unlock()
	if held.faces == nil {
		all, err := unpackAll()
		if err != nil {
			return nil, err
		}
		held.faces = all
		held.let = time.AfterFunc(holding, func() {
			held.Lock()
			defer held.Unlock()
			held.faces = nil
		})
	}
	held.let.Reset(holding)
	return maps.Clone(held.faces), nil
}

func unpackAll() (Faces, error) {
	out := Faces{}
	for _, b := range builtin() {
		f, err := b.read()
		if err != nil {
			return nil, err
		}
		out[b.name] = f
	}
	return out, nil
}

// Characters are the same faces without their outlines: enough for Missed. They are small, and read once.
func Characters() (Faces, error) {
	all, err := characters()
	return maps.Clone(all), err
}

var characters = sync.OnceValues(func() (Faces, error) {
	out, err := Builtin()
	for name, f := range out {
		out[name] = f.Bare()
	}
	return out, err
})

// Bare is a face of which only the characters are known, for a face that nobody draws with.
func (f *Face) Bare() *Face {
	return &Face{Name: f.Name, Family: f.Family, Bold: f.Bold, glyphs: f.glyphs, wide: slices.Clone(f.wide)}
}

// builtinFace is one of the faces that come with the program.
type builtinFace struct{ name, file, family string }

func (b builtinFace) read() (*Face, error) {
	data, err := unpack("font/" + b.file + ".ttf.gz")
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", b.file, err)
	}
	f, err := ParseFace(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", b.file, err)
	}
	f.Family, f.Bold = b.family, b.name == SongBold
	return f, nil
}
