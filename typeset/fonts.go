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

// Builtin are the faces that come with the program, unpacked anew: they are large, and nobody holds them between one work and the next. Whoever makes many works
// keeps them meanwhile.
func Builtin() (Faces, error) {
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
	out := Faces{}
	for _, b := range builtin() {
		f, err := b.read()
		if err != nil {
			return nil, err
		}
		out[b.name] = f.Bare()
	}
	return out, nil
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
