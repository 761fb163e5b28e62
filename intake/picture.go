package intake

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	_ "image/gif" // decoders register themselves
	"image/jpeg"
	_ "image/png"
	"net/url"
	"path"
	"slices"
	"strings"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/webp"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tongfa/press"
)

func isPicture(ext string) bool {
	return slices.Contains([]string{"png", "jpg", "jpeg", "gif", "webp", "bmp"}, ext)
}

// image makes a figure of a picture, which ends the open paragraph: a body's pictures stand alone.
func (w *weaver) image(n *html.Node) {
	level := w.level
	w.flush()
	w.level = level
	src := strings.TrimSpace(attribute(n, "src"))
	line := w.r.lineOf("<img")
	if w.markdown {
		line = w.r.lineOf("![")
	}
	if src == "" {
		w.r.warn(line, "有一张图片没有写地址，没有放进正文")
		return
	}
	a, ok := w.r.picture(src, line)
	if !ok {
		return
	}
	o := origin{field: "body"}
	p := press.Picture{Digest: a.Digest, Alt: oneLine(w.r.clean(attribute(n, "alt"), o))}
	if w.markdown {
		p.Caption = oneLine(w.r.clean(attribute(n, "title"), o))
	}
	w.out = append(w.out, press.Block{Kind: press.Figure, Picture: &p})
}

// figure joins a picture with its caption.
func (w *weaver) figure(n *html.Node, m marks, depth int) {
	w.flush()
	in, text := w.inner(), w.inner()
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Figcaption {
			text.walk(c, m, depth)
			continue
		}
		in.walk(c, m, depth)
	}
	in.flush()
	text.flush()
	w.out = append(w.out, in.out...)
	caption := press.Text(text.out)
	last := len(w.out) - 1
	switch {
	case caption == "":
	case len(in.out) > 0 && w.out[last].Kind == press.Figure && w.out[last].Picture.Caption == "" && len(figures(text.out)) == 0:
		w.r.plain(text.out, "图题")
		w.out[last].Picture.Caption = oneLine(caption)
	case len(in.out) > 0 && w.out[last].Kind == press.TableKind && w.out[last].Table.Caption == "" && len(figures(text.out)) == 0:
		w.r.plain(text.out, "表题")
		w.out[last].Table.Caption = oneLine(caption)
	default:
		w.out = append(w.out, text.out...)
	}
}

// picture loads what an image element names: a file beside the document, or bytes written into the page.
func (r *reading) picture(src string, line int) (press.Asset, bool) {
	name, data, ok := "", []byte(nil), false
	if inside, is := strings.CutPrefix(src, insidePicture); is {
		name, data, ok = path.Base(inside), r.loaded[src].data, r.loaded[src].ok
	} else if strings.HasPrefix(strings.ToLower(src), "data:") {
		name, data, ok = r.inlinePicture(src, line)
	} else {
		if i := strings.IndexAny(src, "?#"); i > 0 && !strings.Contains(src, "://") {
			src = src[:i]
		}
		if plain, err := url.PathUnescape(src); err == nil {
			src = plain
		}
		data, name, ok = r.load(src, Problem{Line: line, Field: "body"})
	}
	if !ok {
		return press.Asset{}, false
	}
	a, ok := r.pictureAsset(name, "body", data)
	if ok && !slices.ContainsFunc(r.pkg.Revision.Images, func(b press.Asset) bool { return b.Digest == a.Digest }) {
		r.pkg.Revision.Images = append(r.pkg.Revision.Images, a)
	}
	return a, ok
}

func (r *reading) inlinePicture(src string, line int) (string, []byte, bool) {
	head, body, _ := strings.Cut(src, ",")
	kind := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(head[len("data:"):], "image/"), ";base64"))
	body = strings.Join(strings.Fields(body), "")
	data, err := base64.StdEncoding.DecodeString(body)
	if err != nil || !isPicture(kind) || !strings.HasSuffix(strings.ToLower(head), ";base64") || len(data) == 0 {
		r.refuse(Problem{Line: line, Field: "body", Text: "正文里嵌入的图片读不懂（" + clip(head) + "）", Do: "请把图片存成png或jpg文件，放在稿件旁边"})
		return "", nil, false
	}
	if r.total += int64(len(data)); len(r.loaded) >= r.o.Limits.Files || r.total > r.o.Limits.Total {
		r.refuse(Problem{Line: line, Field: "body", Text: "图片太多或太大", Do: "请减少图片"})
		return "", nil, false
	}
	name := fmt.Sprintf("嵌入图片%d.%s", len(r.loaded)+1, kind)
	r.loaded["data:"+name] = loadedFile{data: data, ok: true}
	return name, data, true
}

// maxSide bounds the width and the height of a picture, in pixels.
const maxSide = 30_000

// pictureAsset checks a picture: measured before it is decoded, decoded whole, and then without position data.
func (r *reading) pictureAsset(name, fieldName string, data []byte) (press.Asset, bool) {
	bad := func(text, do string) (press.Asset, bool) {
		r.refuse(Problem{File: r.beside(name), Field: fieldName, Text: text, Do: do})
		return press.Asset{}, false
	}
	ext := format(name)
	if !isPicture(ext) {
		return bad("不能当图片用的文件（"+clip(ext)+"）", "可用的图片：png、jpg、gif、webp、bmp")
	}
	config, kind, err := image.DecodeConfig(bytes.NewReader(data))
	switch want := strings.Replace(ext, "jpg", "jpeg", 1); {
	case err != nil && bytes.HasPrefix(data, pictureHeads()[want]):
		return bad("图片已损坏或不完整", "请重新导出")
	case err != nil:
		return bad(disagrees(data, ext), "请换成真实、完整的图片")
	case kind != want:
		return bad("扩展名是"+ext+"，内容却是"+kind+"图片", "请把扩展名改对")
	case config.Width < 1 || config.Height < 1 || config.Width > maxSide || config.Height > maxSide ||
		config.Width > r.o.Limits.Pixels/config.Height:
		return bad(fmt.Sprintf("图片有%d×%d像素，超过上限（%d万像素）", config.Width, config.Height, r.o.Limits.Pixels/10_000), "请缩小图片")
	}
	pixels, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return bad("图片已损坏或不完整", "请重新导出")
	}
	stripped, size := r.withoutTraces(kind, data, pixels)
	if len(stripped) != len(data) {
		r.warn(0, "图片“"+clip(name)+"”里的拍摄信息（可能含位置）已去掉")
	}
	a := r.keepFile(name, "image/"+kind, stripped)
	a.Width, a.Height = size.X, size.Y
	return a, true
}

func pictureHeads() map[string][]byte {
	return map[string][]byte{"png": []byte("\x89PNG"), "jpeg": []byte("\xff\xd8\xff"), "gif": []byte("GIF8"), "webp": []byte("RIFF"), "bmp": []byte("BM")}
}

// jpegQuality is high enough that one more encoding is not seen.
const jpegQuality = 90

// withoutTraces removes where, when and with what a picture was taken. A photograph that is stored lying on its side is
// turned, since the note that says so goes as well; all others keep their pixels byte for byte.
func (r *reading) withoutTraces(kind string, data []byte, pixels image.Image) ([]byte, image.Point) {
	size := pixels.Bounds().Size()
	switch kind {
	case "jpeg":
		stripped, orientation := stripJPEG(data)
		if orientation < 2 || orientation > 8 {
			return stripped, size
		}
		turned := turn(pixels, orientation)
		var b bytes.Buffer
		if jpeg.Encode(&b, turned, &jpeg.Options{Quality: jpegQuality}) != nil {
			return stripped, size
		}
		return b.Bytes(), turned.Bounds().Size()
	case "png":
		return stripPNG(data), size
	case "webp":
		return stripWebP(data), size
	}
	return data, size
}

// stripJPEG leaves out the segments APP1 (EXIF, XMP), APP13 (IPTC) and comments, and tells the EXIF orientation, 0 if there is none.
func stripJPEG(data []byte) (out []byte, orientation int) {
	out = append(make([]byte, 0, len(data)), data[:2]...)
	for i := 2; i+4 <= len(data) && data[i] == 0xff; {
		marker := data[i+1]
		n := int(binary.BigEndian.Uint16(data[i+2:]))
		if marker == 0xff || marker == 0xda || n < 2 || i+2+n > len(data) {
			return append(out, data[i:]...), orientation
		}
		segment := data[i : i+2+n]
		switch marker {
		case 0xe1, 0xed, 0xfe:
			if o := orientationOf(segment[4:]); o > 0 {
				orientation = o
			}
		default:
			out = append(out, segment...)
		}
		i += 2 + n
	}
	return data, orientation
}

// orientationOf reads tag 0x0112 of the first directory of an EXIF segment; 0 if there is none.
func orientationOf(exif []byte) int {
	tiff, ok := bytes.CutPrefix(exif, []byte("Exif\x00\x00"))
	if !ok || len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	entries := int(order.Uint16(tiff[at:]))
	for e := tiff[at+2:]; entries > 0 && len(e) >= 12; entries-- {
		if order.Uint16(e) == 0x0112 {
			return int(order.Uint16(e[8:]))
		}
		e = e[12:]
	}
	return 0
}

// stripPNG leaves out the chunks that hold text, EXIF or a time, and whatever was put after the end.
func stripPNG(data []byte) []byte {
	out := append(make([]byte, 0, len(data)), data[:8]...)
	for i := 8; i+12 <= len(data); {
		n := int(binary.BigEndian.Uint32(data[i:]))
		if n < 0 || n > len(data)-i-12 {
			return data
		}
		chunk := data[i : i+12+n]
		switch string(chunk[4:8]) {
		case "eXIf", "tEXt", "zTXt", "iTXt", "tIME":
		case "IEND":
			return append(out, chunk...)
		default:
			out = append(out, chunk...)
		}
		i += 12 + n
	}
	return data
}

// stripWebP leaves out the chunks EXIF and XMP and clears their flags in VP8X.
func stripWebP(data []byte) []byte {
	out := append(make([]byte, 0, len(data)), data[:12]...)
	for i := 12; i+8 <= len(data); {
		n := int(binary.LittleEndian.Uint32(data[i+4:]))
		end := i + 8 + n + n%2
		if n < 0 || end < i || end > len(data) {
			return data
		}
		switch name := string(data[i : i+4]); name {
		case "EXIF", "XMP ":
		default:
			out = append(out, data[i:end]...)
			if name == "VP8X" && n >= 10 {
				out[len(out)-n-n%2] &^= 0x0c
			}
		}
		i = end
	}
	if len(out) == len(data) {
		return data
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// turn applies an EXIF orientation from 2 to 8.
func turn(in image.Image, orientation int) image.Image {
	w, h := in.Bounds().Dx(), in.Bounds().Dy()
	from := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(from, from.Rect, in, in.Bounds().Min, draw.Src)
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := turned(x, y, w, h, orientation)
			copy(to.Pix[to.PixOffset(tx, ty):][:4], from.Pix[from.PixOffset(x, y):])
		}
	}
	return to
}

// turned is where a stored pixel belongs.
func turned(x, y, w, h, orientation int) (int, int) {
	switch orientation {
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
	case 8:
		return y, w - 1 - x
	}
	return x, y
}
