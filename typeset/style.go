package typeset

// Style is how a kind of work is set.
type Style struct {
	Name                      string
	PageW, PageH              Length
	Top, Bottom, Inner, Outer Length // margins of a right-hand page
	Columns                   int
	Gutter                    Length // between columns
	Size, Leading             Length // of the body: size of a character, and from baseline to baseline; everything stands on this grid
	Tracking                  Length // added to every square of the body: GB/T 9704 sets 28 characters of 16 pt in 156 mm
	TitleSize                 Length // of an article's title
	TableSize                 Length // of what stands in tables
	Indent                    int    // of a paragraph's first line, in characters
	Start                     Start  // where every article begins, unless it says otherwise
	Hanging                   bool   // ，。、 at the end of a line stand outside of it (悬挂标点); otherwise their blank is trimmed
	Official                  bool   // GB/T 9704: red head, record, numbers between dashes at the outer edge

	Body, Strong, Head, Kai, Title Fonts
}

// Fonts is a row of faces by name: a character is set in the first that has it.
type Fonts []string

// The names of the built-in faces.
const (
	Song     = "Tongfa Song"
	SongBold = "Tongfa Song Bold"
	Hei      = "Tongfa Hei"
	Kai      = "Tongfa Kai"
)

// The faces that GB/T 9704 asks for and nobody may give away: an office that owns them puts them among its Faces under these names, and every style takes them
// where they belong.
const (
	FangSong     = "FangSong"     // 仿宋, of an official document's text
	XiaoBiaoSong = "XiaoBiaoSong" // 小标宋, of titles and of the red mark
)

// faces are the rows of faces of a style that is set in Song, with what else may have a rare character.
func (s *Style) faces() *Style {
	s.Body, s.Strong = Fonts{Song, Hei, Kai}, Fonts{SongBold, Hei, Song}
	s.Head, s.Kai, s.Title = Fonts{Hei, SongBold, Song}, Fonts{Kai, Song, Hei}, Fonts{XiaoBiaoSong, SongBold, Hei, Song}
	return s
}

// width is that of one column of the text.
func (s *Style) width() Length {
	n := Length(max(1, s.Columns))
	return (s.PageW - s.Inner - s.Outer - (n-1)*s.Gutter) / n
}

// whole is the width of all columns together.
func (s *Style) whole() Length { return s.PageW - s.Inner - s.Outer }

// height is that of the text, a whole number of lines.
func (s *Style) height() Length { return (s.PageH - s.Top - s.Bottom) / s.Leading * s.Leading }

// Gazette is the style of a gazette issue on A4: one column of 40 characters of 10.5 pt (五号), 42 lines.
func Gazette() *Style {
	size := Length(10_500)
	side := (MM(210) - 40*size) / 2
	return (&Style{Name: "gazette", PageW: MM(210), PageH: MM(297), Top: MM(26), Bottom: MM(24), Inner: side, Outer: MM(210) - 40*size - side,
		Columns: 1, Size: size, Leading: 16_500, TitleSize: 16_000, TableSize: 9_000, Indent: 2}).faces()
}

// GazetteTwoColumns is the same on A4 in two columns of 21 characters.
func GazetteTwoColumns() *Style {
	s := Gazette()
	s.Name, s.Columns, s.Gutter = "gazette-2", 2, 21_000
	side := (MM(210) - 2*21*s.Size - s.Gutter) / 2
	s.Inner, s.Outer = side, MM(210)-2*21*s.Size-s.Gutter-side
	return s
}

// Gazette16 is the same on 16开 (184 x 260 mm): 36 characters, 40 lines.
func Gazette16() *Style {
	s := Gazette()
	s.Name, s.PageW, s.PageH, s.Top, s.Bottom = "gazette-16", MM(184), MM(260), MM(20), MM(20)
	side := (s.PageW - 36*s.Size) / 2
	s.Inner, s.Outer = side, s.PageW-36*s.Size-side
	return s
}

// Official is the style of an official document after GB/T 9704-2012: A4, 版心 156 x 225 mm, 22 lines of 28 characters of size 3 (16 pt).
func Official() *Style {
	size, width := Length(16_000), MM(156)
	s := &Style{Name: "official", PageW: MM(210), PageH: MM(297), Top: MM(37), Inner: MM(28), Outer: MM(210) - MM(28) - width,
		Columns: 1, Size: size, Leading: MM(225) / 22, Tracking: width/28 - size, TitleSize: 22_000, TableSize: 12_000, Indent: 2, Official: true}
	s.Bottom = s.PageH - s.Top - 22*s.Leading
	s.faces()
	s.Body = append(Fonts{FangSong}, s.Body...)
	return s
}
