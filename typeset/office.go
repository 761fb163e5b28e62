package typeset

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif" // pictures of other kinds become PNG
	"image/png"
	"slices"
	"strings"
	"unicode/utf16"

	_ "golang.org/x/image/webp"
)

// Family is a kind of face by its Chinese name, as an office knows it.
type Family string

// The families of official text.
const (
	FamilySong     Family = "宋体"
	FamilyHei      Family = "黑体"
	FamilyKai      Family = "楷体"
	FamilyFangSong Family = "仿宋"
	FamilyTitle    Family = "小标宋"
)

// familyNames tell a family by what a face calls itself, the more particular first.
var familyNames = []struct {
	family Family
	words  []string
}{
	{FamilyTitle, []string{"小标宋", "xiaobiaosong", "xbs", "dabiaosong", "大标宋"}},
	{FamilyFangSong, []string{"仿宋", "fangsong", "fsong", "fzfs"}},
	{FamilyKai, []string{"楷", "kai", "fzkt"}},
	{FamilyHei, []string{"黑", "hei", "sans", "fzht"}},
	{FamilySong, []string{"宋", "song", "simsun", "serif", "ming", "fzss"}},
}

// names are all that a face calls itself on Windows: its family and its full name, in every language.
func (f *Face) names() string {
	t := f.tables["name"]
	if len(t) < 6 {
		return ""
	}
	var b strings.Builder
	for i := range be16(t, 2) {
		at := 6 + 12*i
		if at+12 > len(t) {
			break
		}
		id, size, off := be16(t, at+6), be16(t, at+8), be16(t, 4)+be16(t, at+10)
		if be16(t, at) != 3 || id != 1 && id != 4 && id != 6 || off+size > len(t) {
			continue
		}
		units := make([]uint16, size/2)
		for k := range units {
			units[k] = uint16(be16(t, off+2*k))
		}
		b.WriteString(string(utf16.Decode(units)) + "\n")
	}
	return b.String()
}

// OfficeFace reads a face of the office's own, and tells the family it belongs to by its names. It is refused when its licence forbids embedding.
func OfficeFace(data []byte) (*Face, Family, error) {
	f, err := ParseFace(data)
	if err != nil {
		return nil, "", err
	}
	names := strings.ToLower(f.names())
	for _, n := range familyNames {
		if slices.ContainsFunc(n.words, func(w string) bool { return strings.Contains(names, w) }) {
			f.Family = string(n.family)
			return f, n.family, nil
		}
	}
	return nil, "", fmt.Errorf("%q belongs to no family that is known by its name", f.Name)
}

// WithOffice puts faces of the office's own before the built-in ones, by family: what stands in 宋体 takes the office's 宋体, titles its 小标宋, and the body of
// an official document its 仿宋. The style and the faces that it was given stay as they are.
func WithOffice(s *Style, faces Faces, own []*Face) (*Style, Faces) {
	out, all := *s, Faces{}
	for n, f := range faces {
		all[n] = f
	}
	for i, f := range own {
		name := fmt.Sprintf("%s (office %d)", f.Name, i+1)
		all[name] = f
		switch Family(f.Family) {
		case FamilySong:
			if !s.Official {
				out.Body = before(name, out.Body)
			}
		case FamilyFangSong:
			if s.Official {
				out.Body = before(name, out.Body)
			}
		case FamilyTitle:
			out.Title = before(name, out.Title)
		case FamilyHei:
			out.Head = before(name, out.Head)
		case FamilyKai:
			out.Kai = before(name, out.Kai)
		}
	}
	return &out, all
}

func before(name string, row Fonts) Fonts { return append(Fonts{name}, row...) }

// NewPicture takes a picture as it came when it is PNG or JPEG, and turns any other that can be read into PNG.
func NewPicture(data []byte) (Picture, error) {
	conf, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Picture{}, err
	}
	p := Picture{Mime: "image/" + kind, Data: data, W: conf.Width, H: conf.Height}
	if kind == "png" || kind == "jpeg" {
		return p, nil
	}
	if conf.Width*conf.Height > mostPixels {
		return Picture{}, fmt.Errorf("%d x %d pixels are too many", conf.Width, conf.Height)
	}
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return Picture{}, err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return Picture{}, err
	}
	p.Mime, p.Data = "image/png", b.Bytes()
	return p, nil
}

// StyleOf is a style by its name: gazette, gazette-16, gazette-2 or official, with -hanging after it for one whose marks hang; nil for another.
func StyleOf(name string) *Style {
	base, hanging := strings.CutSuffix(name, "-hanging")
	for _, s := range []*Style{Gazette(), Gazette16(), GazetteTwoColumns(), Official()} {
		if s.Name == base {
			s.Name, s.Hanging = name, hanging
			return s
		}
	}
	return nil
}
