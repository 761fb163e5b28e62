package typeset

import (
	"compress/gzip"
	"embed"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

//go:embed font/*.ttf.gz
var fontFiles embed.FS

// builtin are the faces that come with the program, in the order of their names.
func builtin() []struct{ name, file, family string } {
	return []struct{ name, file, family string }{
		{Song, "song", "宋体"}, {SongBold, "song-bold", "宋体"}, {Hei, "hei", "黑体"}, {Kai, "kai", "楷体"},
	}
}

var unpacked = sync.OnceValues(func() (Faces, error) {
	out := Faces{}
	for _, b := range builtin() {
		data, err := unpack("font/" + b.file + ".ttf.gz")
		if err != nil {
			return nil, fmt.Errorf("unpack %s: %w", b.file, err)
		}
		f, err := ParseFace(data)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", b.file, err)
		}
		f.Family, f.Bold = b.family, b.name == SongBold
		out[b.name] = f
	}
	return out, nil
})

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

// Builtin are the faces that come with the program, unpacked once. The map is the caller's own, so that an office's faces may be put beside them.
func Builtin() (Faces, error) {
	fs, err := unpacked()
	if err != nil {
		return nil, err
	}
	out := make(Faces, len(fs))
	for n, f := range fs {
		out[n] = f
	}
	return out, nil
}
