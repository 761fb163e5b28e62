package typeset

// Part is what a style sets, and the face that it is set in.
type Part struct {
	Name   string // 正文
	Face   string // as the face calls itself; "" when there is none
	Family Family
	Wanted Family // what the rules or the habit of official text ask for, where Family is another: the face stands in for it
}

// Cast says which face each part of a style is set in, the first of its row that there is.
func (s *Style) Cast(faces Faces) []Part {
	body := FamilySong
	if s.Official {
		body = FamilyFangSong
	}
	parts := []Part{{Name: "正文", Wanted: body}, {Name: "加粗", Wanted: FamilySong}, {Name: "标题", Wanted: FamilyTitle}, {Name: "一级小标题", Wanted: FamilyHei}, {Name: "二级小标题", Wanted: FamilyKai}}
	for i, row := range []Fonts{s.Body, s.Strong, s.Title, s.Head, s.Kai} {
		p := &parts[i]
		for _, name := range row {
			if f := faces[name]; f != nil {
				p.Face, p.Family = f.Name, Family(f.Family)
				break
			}
		}
		if p.Family == p.Wanted {
			p.Wanted = ""
		}
	}
	return parts
}
