package intake

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sources(t *testing.T, dir string, ps []Package) (out []string) {
	t.Helper()
	for _, p := range ps {
		rel, err := filepath.Rel(dir, p.Source)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, filepath.ToSlash(rel)+" "+p.Revision.Title)
	}
	return out
}

func md(title string) []byte { return []byte("---\ntitle: " + title + "\nkind: news\n---\n正文") }

func TestFoldersGivePackagesInOrder(t *testing.T) {
	side := []byte("kind: news\n")
	for name, c := range map[string]struct {
		files files
		want  []string
	}{
		"one document with files": {files{"b.md": []byte(with("attachments: [说明.txt, 附/x.pdf]")), "说明.txt": []byte("说明"), "附/x.pdf": []byte(pdf), "附/y.txt": []byte("y")},
			[]string{"b.md 示例区关于某事的通知"}},
		"documents with side files": {files{"b.txt": []byte("乙\n正文"), "b.yaml": side, "a.html": []byte("<h1>甲</h1>正文"), "a.yaml": side},
			[]string{"a.html 甲", "b.txt 乙"}},
		"folders": {files{"2/x.md": md("二"), "1/y.md": md("一"), "3.md": md("三"), ".git/z.md": md("隐"), "4/5/z.json": []byte(`{"title":"五","kind":"news","body":"正文"}`)},
			[]string{"1/y.md 一", "2/x.md 二", "3.md 三", "4/5/z.json 五"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, t.TempDir(), c.files)
			ps, err := Read(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, sources(t, dir, ps)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFoldersAreNotPassedOverInSilence(t *testing.T) {
	for name, c := range map[string]struct {
		files files
		at    string
		say   string
		taken int
	}{
		"nothing in it":       {files{"x.png": pngOf(1, 1)}, "", "没有稿件", 0},
		"docx beside":         {files{"a.md": md("甲"), "b.docx": docxOf()}, "b.docx", "没有写明稿件种类", 1},
		"pdf alone":           {files{"b.pdf": []byte(pdf)}, "b.pdf", "原稿", 0},
		"docx with side file": {files{"b.docx": docxOf(), "b.yaml": []byte("kind: news")}, "b.docx", "没有正文", 0},
		"orphan side file":    {files{"a.md": md("甲"), "b.yaml": []byte("kind: news")}, "b.yaml", "找不到它说明的稿件", 1},
		"side file of two":    {files{"a.md": md("甲"), "a.html": []byte("<p>x"), "a.yaml": []byte("title: 乙\nkind: news\n")}, "a.yaml", "同名的稿件", 2},
		"one bad of two":      {files{"a.md": md("甲"), "b.md": []byte("---\ntitle: 乙\n---\n正文")}, "b.md", "没有写明稿件种类", 1},
		"one id twice":        {files{"a.md": []byte(with("external_id: x")), "b.md": []byte(with("external_id: x"))}, "b.md", "重复", 0},
		"too deep":            {files{"1/2/3/4/5/6/7/8/9/a.md": md("甲")}, "1/2/3/4/5/6/7/8/9", "8层", 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, t.TempDir(), c.files)
			ps, err := Read(dir, Options{})
			found := false
			for _, p := range problems(t, err) {
				found = found || filepath.Clean(p.File) == filepath.Join(dir, filepath.FromSlash(c.at)) && strings.Contains(p.String(), c.say)
			}
			if !found || len(ps) != c.taken {
				t.Errorf("%d taken: %v", len(ps), err)
			}
		})
	}
}

func TestFilesThatNobodyNamesAreReported(t *testing.T) {
	dir := write(t, t.TempDir(), files{"a.md": md("甲"), "表.xlsx": []byte("x"), ".DS_Store": []byte("x")})
	ps, err := Read(dir, Options{})
	if err != nil || len(ps[0].Warnings) != 1 || !warned(ps[0], "表.xlsx") {
		t.Errorf("%v %+v", err, ps)
	}
}
