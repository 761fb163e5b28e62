package typeset

import (
	"bytes"
	"compress/gzip"
	"embed"
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
		packed, err := fontFiles.ReadFile("font/" + b.file + ".ttf.gz")
		if err != nil {
			return nil, err
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, fmt.Errorf("unpack %s: %w", b.file, err)
		}
		data, err := io.ReadAll(z)
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
