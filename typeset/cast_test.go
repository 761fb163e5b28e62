package typeset

import "testing"

// TestAStyleTellsItsFaces asks who stands in for what nobody may give away.
func TestAStyleTellsItsFaces(t *testing.T) {
	t.Parallel()
	f, _, err := OfficeFace(renamed(t, "方正小标宋_GBK", 8))
	if err != nil {
		t.Fatal(err)
	}
	own, all := WithOffice(Gazette(), faces(t), []*Face{f})
	for name, x := range map[string]struct {
		style *Style
		faces Faces
		part  string
		want  Part
	}{
		"no 小标宋":       {Gazette(), faces(t), "标题", Part{"标题", faces(t)[SongBold].Name, FamilySong, FamilyTitle}},
		"the office's": {own, all, "标题", Part{"标题", "方正小标宋_GBK", FamilyTitle, ""}},
		"no 仿宋":        {Official(), faces(t), "正文", Part{"正文", faces(t)[Song].Name, FamilySong, FamilyFangSong}},
		"黑体":           {Gazette(), faces(t), "一级小标题", Part{"一级小标题", faces(t)[Hei].Name, FamilyHei, ""}},
	} {
		found := false
		for _, p := range x.style.Cast(x.faces) {
			if p.Name == x.part {
				found = true
				if p != x.want {
					t.Errorf("%s: %+v, want %+v", name, p, x.want)
				}
			}
		}
		if !found {
			t.Errorf("%s: no part %s", name, x.part)
		}
	}
}
