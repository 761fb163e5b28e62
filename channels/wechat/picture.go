package wechat

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // formats that are re-encoded
	"image/jpeg"
	"image/png"
	"sync"

	_ "golang.org/x/image/bmp" // formats that are re-encoded
	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff" // formats that are re-encoded
	_ "golang.org/x/image/webp" // formats that are re-encoded
)

// Sizes of pictures. The platform takes a body picture of less than a megabyte and shows a cover at 2.35:1.
const (
	bodyPicture = 1<<20 - 1
	bodyWidth   = 1080
	coverWidth  = 900
	coverHeight = 383
	mostPixels  = 60_000_000
)

var (
	errNotPicture = errors.New("not a picture that can be read")
	errTooLarge   = fmt.Errorf("picture has more than %d pixels", mostPixels)
)

// bodyImage makes a picture one that uploadimg takes: JPEG or PNG of less than a megabyte. Such a one stays as it is.
func bodyImage(data []byte) (out []byte, ext string, err error) {
	cfg, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, "", errNotPicture
	}
	switch {
	case format == "jpeg" && len(data) <= bodyPicture:
		return data, "jpg", nil
	case format == "png" && len(data) <= bodyPicture:
		return data, "png", nil
	case cfg.Width <= 0 || cfg.Height <= 0 || cfg.Width > mostPixels/cfg.Height:
		return nil, "", errTooLarge
	}
	m, err := decode(data)
	if err != nil {
		return nil, "", err
	}
	return smaller(m, format != "jpeg")
}

// smaller encodes a picture, and gives up fineness and then size until it is small enough. Drawings are tried as PNG, which keeps
// their letters sharp.
func smaller(m image.Image, drawing bool) (out []byte, ext string, err error) {
	if w := m.Bounds().Dx(); w > bodyWidth {
		m = scaled(m, bodyWidth, max(1, m.Bounds().Dy()*bodyWidth/w))
	}
	var b bytes.Buffer
	if drawing {
		if err := png.Encode(&b, m); err == nil && b.Len() <= bodyPicture {
			return b.Bytes(), "png", nil
		}
	}
	for {
		for _, q := range []int{88, 75, 60} {
			b.Reset()
			if err := jpeg.Encode(&b, onWhite(m), &jpeg.Options{Quality: q}); err != nil {
				return nil, "", fmt.Errorf("encode picture: %w", err)
			}
			if b.Len() <= bodyPicture {
				return b.Bytes(), "jpg", nil
			}
		}
		m = scaled(m, max(1, m.Bounds().Dx()*7/10), max(1, m.Bounds().Dy()*7/10))
	}
}

// coverImage cuts the middle of a picture to the shape of a cover.
func coverImage(data []byte) ([]byte, error) {
	cfg, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, errNotPicture
	}
	if cfg.Width <= 0 || cfg.Height <= 0 || cfg.Width > mostPixels/cfg.Height {
		return nil, errTooLarge
	}
	m, err := decode(data)
	if err != nil {
		return nil, err
	}
	cover := image.NewRGBA(image.Rect(0, 0, coverWidth, coverHeight))
	draw.Draw(cover, cover.Bounds(), image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(cover, cover.Bounds(), m, middle(m.Bounds()), draw.Over, nil)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, cover, &jpeg.Options{Quality: 88}); err != nil {
		return nil, fmt.Errorf("encode cover: %w", err)
	}
	return b.Bytes(), nil
}

// middle is the largest part of r in the shape of a cover, around its centre.
func middle(r image.Rectangle) image.Rectangle {
	w, h := r.Dx(), r.Dy()
	if w*coverHeight > h*coverWidth {
		w = max(1, h*coverWidth/coverHeight)
	} else {
		h = max(1, w*coverHeight/coverWidth)
	}
	x, y := r.Min.X+(r.Dx()-w)/2, r.Min.Y+(r.Dy()-h)/2
	return image.Rect(x, y, x+w, y+h)
}

func scaled(m image.Image, w, h int) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(out, out.Bounds(), m, m.Bounds(), draw.Src, nil)
	return out
}

func onWhite(m image.Image) image.Image {
	out := image.NewRGBA(m.Bounds())
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds(), m, m.Bounds().Min, draw.Over)
	return out
}

// decode reads a picture and turns it as its camera said, which is lost when it is encoded again.
func decode(data []byte) (image.Image, error) {
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, errNotPicture
	}
	return turned(m, orientation(data)), nil
}

// turned applies an EXIF orientation, 1 to 8.
func turned(m image.Image, o int) image.Image {
	if o < 2 || o > 8 {
		return m
	}
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if o >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := place(o, x, y, w, h)
			out.Set(tx, ty, m.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

// place is where a pixel goes.
func place(o, x, y, w, h int) (int, int) {
	switch o {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	}
	return y, w - 1 - x
}

// orientation finds the EXIF orientation of a JPEG; 1 when there is none.
func orientation(data []byte) int {
	for len(data) > 4 && (data[0] == 0xff) {
		if data[1] == 0xd8 {
			data = data[2:]
			continue
		}
		size := int(binary.BigEndian.Uint16(data[2:])) + 2
		if data[1] == 0xda || size > len(data) {
			return 1
		}
		if data[1] == 0xe1 && size > 10 && string(data[4:10]) == "Exif\x00\x00" {
			return tiffOrientation(data[10:size])
		}
		data = data[size:]
	}
	return 1
}

func tiffOrientation(t []byte) int {
	if len(t) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if t[0] == 'I' {
		order = binary.LittleEndian
	}
	at := uint64(order.Uint32(t[4:]))
	if at+2 > uint64(len(t)) {
		return 1
	}
	n := int(order.Uint16(t[at:]))
	for i := range n {
		e := at + 2 + uint64(i)*12
		if e+12 > uint64(len(t)) {
			return 1
		}
		if order.Uint16(t[e:]) == 0x0112 {
			return int(order.Uint16(t[e+8:]))
		}
	}
	return 1
}

// plainCover is the cover of what has none, as the platform takes no article without: a calm blue over a pale band.
var plainCover = sync.OnceValues(func() ([]byte, error) {
	blue := color.RGBA{0x24, 0x47, 0x6b, 0xff}
	pale := color.RGBA{0xd8, 0xe1, 0xea, 0xff}
	line := color.RGBA{0xb9, 0x9a, 0x5b, 0xff}
	m := image.NewPaletted(image.Rect(0, 0, coverWidth, coverHeight), color.Palette{blue, pale, line})
	for _, part := range []struct {
		index uint8
		r     image.Rectangle
	}{
		{1, image.Rect(0, coverHeight-96, coverWidth, coverHeight)},
		{2, image.Rect(0, coverHeight-102, coverWidth, coverHeight-96)},
	} {
		for y := part.r.Min.Y; y < part.r.Max.Y; y++ {
			for x := part.r.Min.X; x < part.r.Max.X; x++ {
				m.SetColorIndex(x, y, part.index)
			}
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
})
