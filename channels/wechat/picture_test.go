package wechat

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/image/bmp"

	"tongfa/press"
	"tongfa/standin"
)

// noise is a picture that cannot be made small.
func noise(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range m.Pix {
		m.Pix[i] = byte(r.Uint32())
	}
	return m
}

func TestBodyPicturesFitThePlatform(t *testing.T) {
	encode := func(f func(*bytes.Buffer) error) []byte {
		var b bytes.Buffer
		if err := f(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	small := drawing(30, 20, 1)
	photo := encode(func(b *bytes.Buffer) error { return jpeg.Encode(b, noise(1300, 1000), &jpeg.Options{Quality: 95}) })
	for _, k := range []struct {
		name string
		data []byte
		ext  string
		same bool
	}{
		{"small png", small, "png", true},
		{"large png", encode(func(b *bytes.Buffer) error { return png.Encode(b, noise(700, 600)) }), "jpg", false},
		{"large photo", photo, "jpg", false},
		{"gif", encode(func(b *bytes.Buffer) error { return gif.Encode(b, noise(60, 40), nil) }), "png", false},
		{"bmp", encode(func(b *bytes.Buffer) error { return bmp.Encode(b, noise(60, 40)) }), "png", false},
	} {
		out, ext, err := bodyImage(k.data)
		if err != nil || ext != k.ext || len(out) > bodyPicture || bytes.Equal(out, k.data) != k.same {
			t.Errorf("%s: %s of %d bytes, %v", k.name, ext, len(out), err)
			continue
		}
		if cfg, _, err := image.DecodeConfig(bytes.NewReader(out)); err != nil || cfg.Width > max(bodyWidth, 30) {
			t.Errorf("%s: %v %v", k.name, cfg, err)
		}
	}
}

func TestPicturesThatAreNone(t *testing.T) {
	bomb := bytes.Clone(drawing(10, 10, 1))
	binary.BigEndian.PutUint32(bomb[16:], 1<<20) // the width in the header
	binary.BigEndian.PutUint32(bomb[20:], 1<<20)
	bomb = append(bomb, make([]byte, 1<<20)...)
	for name, data := range map[string][]byte{"text": []byte("<svg/>"), "empty": nil, "bomb": bomb, "half": drawing(40, 40, 1)[:60]} {
		if _, err := coverImage(data); err == nil {
			t.Errorf("%s became a cover", name)
		}
	}
	if _, _, err := bodyImage(bomb); err == nil {
		t.Error("a bomb became a picture")
	}
}

func TestCoversHaveTheShapeOfCovers(t *testing.T) {
	plain, err := plainCover()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"tall": drawing(100, 400, 1), "wide": drawing(900, 100, 1), "tiny": drawing(1, 1, 0), "plain": plain} {
		out, err := coverImage(data)
		if err != nil {
			t.Fatal(err)
		}
		if cfg, kind, err := image.DecodeConfig(bytes.NewReader(out)); err != nil || kind != "jpeg" || cfg.Width != coverWidth || cfg.Height != coverHeight {
			t.Errorf("%s: %v %v", name, cfg, err)
		}
	}
	if len(plain) > 64<<10 {
		t.Errorf("the plain cover has %d bytes", len(plain))
	}
}

// exif makes a JPEG whose camera says how it was held.
func exif(m image.Image, orientation uint16) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err)
	}
	tiff := append([]byte("MM\x00*"), 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1)
	tiff = binary.BigEndian.AppendUint16(tiff, orientation)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	app := append([]byte("\xff\xe1\x00\x00Exif\x00\x00"), tiff...)
	binary.BigEndian.PutUint16(app[2:], uint16(len(app)-2))
	return append(append([]byte("\xff\xd8"), app...), b.Bytes()[2:]...)
}

func TestPhotosAreTurnedAsTheyWereTaken(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 32, 16))
	for y := range 16 {
		for x := range 32 {
			m.Set(x, y, color.White)
			if x < 16 && y < 8 {
				m.Set(x, y, color.Black) // the upper left quarter
			}
		}
	}
	for o, at := range map[uint16]image.Point{1: {2, 2}, 2: {29, 2}, 3: {29, 13}, 4: {2, 13}, 5: {2, 2}, 6: {13, 2}, 7: {13, 29}, 8: {2, 29}} {
		out, err := decode(exif(m, o))
		if err != nil {
			t.Fatal(err)
		}
		if b := out.Bounds(); (b.Dx() == 16) != (o >= 5) {
			t.Errorf("orientation %d gives %v", o, b)
		}
		if r, _, _, _ := out.At(at.X, at.Y).RGBA(); r > 0x4000 {
			t.Errorf("orientation %d: the dark quarter is not at %v", o, at)
		}
	}
	if orientation([]byte("\xff\xd8\xff\xe1\x00\x0aExif\x00\x00MM")) != 1 || orientation([]byte("\xff\xd8\xff\xe1\xff\xff")) != 1 {
		t.Error("broken EXIF is believed")
	}
}

func TestPicturesAreUploadedOnce(t *testing.T) {
	w := newOffice(t, modePublish)
	picture := w.memory.Put(drawing(50, 50, 99))
	same := func(e *press.Entry) {
		e.Revision.Body = append(e.Revision.Body, press.Block{Kind: press.Figure, Picture: &press.Picture{Digest: picture, Alt: "图"}})
		e.Revision.Cover = &press.Asset{Digest: picture}
	}
	w.publish(w.compose(w.entry(same), w.entry(same)))
	w.publish(w.compose(w.entry(same)))
	if p, m := w.effects("picture"), w.effects("material"); p != 4 || m != 1 { // three drawings of their own and the common one
		t.Errorf("%d pictures and %d covers were uploaded", p, m)
	}
}

func TestACoverThatIsNotKnownYet(t *testing.T) {
	w := newOffice(t, modePublish, setup{standin: func(o *standin.Options) { o.Visible = 5 * time.Second }})
	a := w.memory.Open(press.Publish, w.edition(1))
	_, err := w.deliver(a)
	if tr := press.TroubleOf(err); tr.Remedy != press.TryAgain || tr.Code != "40007" {
		t.Fatalf("%+v", tr)
	}
	w.advance(6 * time.Second)
	if r, err := w.deliver(a); err != nil || r.Status != press.HandedOver || w.effects("material") != 1 {
		t.Errorf("%s %v, %d covers", r.Status, err, w.effects("material"))
	}
}

func TestACoverThatSomebodyDeletedIsUploadedAgain(t *testing.T) {
	w := newOffice(t, modePublish)
	w.publish(w.edition(1))
	for _, e := range w.we.Effects() {
		if e.Kind == "material" {
			w.must(w.c.confirmed(t.Context(), endpoint{path: "/cgi-bin/material/del_material"}, mediaID{e.Ref}))
		}
	}
	a := w.memory.Open(press.Publish, w.edition(1))
	if _, err := w.deliver(a); press.RemedyOf(err) != press.TryAgain {
		t.Fatalf("%v", err)
	}
	if r, err := w.deliver(a); err != nil || r.Status != press.HandedOver || w.effects("material") != 2 {
		t.Errorf("%s %v, %d covers", r.Status, err, w.effects("material"))
	}
}

func TestPicturesThatWereNotApproved(t *testing.T) {
	w := newOffice(t, modePublish)
	for name, k := range map[string]struct {
		digest string
		want   press.Remedy
	}{
		"missing":    {"00", press.TryAgain},
		"no picture": {w.memory.Put([]byte("not a picture")), press.ChangeText},
	} {
		e := w.entry(func(e *press.Entry) { e.Revision.Body[4].Picture.Digest = k.digest })
		_, err := w.deliver(w.memory.Open(press.Publish, w.compose(e)))
		if tr := press.TroubleOf(err); tr.Remedy != k.want || !han(tr.What) {
			t.Errorf("%s: %+v", name, tr)
		}
	}
	changed := blobs(func(string) []byte { return drawing(9, 9, 9) })
	w.c.o.Blobs = changed
	_, err := w.deliver(w.memory.Open(press.Publish, w.edition(1)))
	if tr := press.TroubleOf(err); tr.Remedy != press.AskPerson {
		t.Errorf("changed: %+v", tr)
	}
	if n := w.effects("draft-add"); n != 0 {
		t.Errorf("%d drafts", n)
	}
}
