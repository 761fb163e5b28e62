package typeset

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // pictures of a work are JPEG
	_ "image/png"  // or PNG
	"maps"
	"slices"
)

// mostPixels bounds a picture that is unpacked.
const mostPixels = 40 << 20

// images puts the pictures in, each once.
func (p *pdf) images() error {
	p.imageOf = map[string]string{}
	used := map[string]bool{}
	for i := range p.b.Pages {
		for _, im := range p.b.Pages[i].Images {
			used[im.Digest] = true
		}
	}
	for i, digest := range slices.Sorted(maps.Keys(used)) {
		pic, ok := p.b.Work.Pictures[digest]
		if !ok {
			continue
		}
		id, err := p.image(pic)
		if err != nil {
			return fmt.Errorf("picture %.12s: %w", digest, err)
		}
		name := "I" + itoa(i+1)
		p.imageOf[digest] = name
		p.imgRefs += " /" + name + " " + ref(id)
	}
	return nil
}

// image is one picture: a JPEG as it came, anything else unpacked on white.
func (p *pdf) image(pic Picture) (int, error) {
	conf, kind, err := image.DecodeConfig(bytes.NewReader(pic.Data))
	if err != nil {
		return 0, err
	}
	if conf.Width*conf.Height > mostPixels {
		return 0, fmt.Errorf("%d x %d pixels are too many", conf.Width, conf.Height)
	}
	dict := fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8", conf.Width, conf.Height)
	if kind == "jpeg" && conf.ColorModel == color.YCbCrModel {
		return p.raw(dict+" /ColorSpace /DeviceRGB /Filter /DCTDecode", pic.Data), nil
	}
	m, _, err := image.Decode(bytes.NewReader(pic.Data))
	if err != nil {
		return 0, err
	}
	return p.stream(dict+" /ColorSpace /DeviceRGB", onWhite(m)), nil
}

// onWhite are the pixels of a picture, three bytes each; what shines through is white.
func onWhite(m image.Image) []byte {
	r := m.Bounds()
	out := make([]byte, 0, 3*r.Dx()*r.Dy())
	row := image.NewRGBA(image.Rect(0, 0, r.Dx(), 1))
	for y := r.Min.Y; y < r.Max.Y; y++ {
		draw.Draw(row, row.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(row, row.Rect, m, image.Pt(r.Min.X, y), draw.Over)
		for px := row.Pix; len(px) >= 4; px = px[4:] {
			out = append(out, px[0], px[1], px[2])
		}
	}
	return out
}

// srgb is a small ICC profile of the sRGB colours: primaries, white point, and a gamma of 2.2.
func srgb() []byte {
	xyz := func(x, y, z uint32) []byte {
		var b bytes.Buffer
		b.WriteString("XYZ ")
		put(&b, uint32(0), x, y, z)
		return b.Bytes()
	}
	var curve, desc, copyright bytes.Buffer
	curve.WriteString("curv")
	put(&curve, uint32(0), uint32(1), uint16(0x0233), uint16(0))
	name := "sRGB IEC61966-2.1\x00"
	desc.WriteString("desc")
	put(&desc, uint32(0), uint32(len(name)))
	desc.WriteString(name)
	desc.Write(make([]byte, 4+4+2+1+67))
	for desc.Len()%4 != 0 {
		desc.WriteByte(0)
	}
	copyright.WriteString("text\x00\x00\x00\x00public domain\x00\x00\x00")
	type tag struct {
		name string
		data []byte
	}
	tags := []tag{{"desc", desc.Bytes()}, {"cprt", copyright.Bytes()}, {"wtpt", xyz(0xf351, 0x10000, 0x116cc)}, {"rXYZ", xyz(0x6fa2, 0x38f5, 0x390)},
		{"gXYZ", xyz(0x6299, 0xb785, 0x18da)}, {"bXYZ", xyz(0x24a0, 0xf84, 0xb6cf)}, {"rTRC", curve.Bytes()}, {"gTRC", curve.Bytes()}, {"bTRC", curve.Bytes()}}
	var table, body bytes.Buffer
	start := 128 + 4 + 12*len(tags)
	put(&table, uint32(len(tags)))
	for _, t := range tags {
		table.WriteString(t.name)
		put(&table, uint32(start+body.Len()), uint32(len(t.data)))
		body.Write(t.data)
		for body.Len()%4 != 0 {
			body.WriteByte(0)
		}
	}
	var head bytes.Buffer
	put(&head, uint32(start+body.Len()), uint32(0), uint32(0x02100000))
	head.WriteString("mntrRGB XYZ ")
	put(&head, uint16(2026), uint16(1), uint16(1), uint16(0), uint16(0), uint16(0))
	head.WriteString("acsp")
	head.Write(make([]byte, 28))
	put(&head, uint32(0xf6d6), uint32(0x10000), uint32(0xd32d))
	head.Write(make([]byte, 128-head.Len()))
	return append(append(head.Bytes(), table.Bytes()...), body.Bytes()...)
}
