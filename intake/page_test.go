package intake

import (
	"encoding/json"
	"testing"

	"tongfa/press"
)

// What is opened to be written on says the same as before, to the last mark.
func TestPageIsReadBack(t *testing.T) {
	png := files{"a.png": pngOf(4, 3)}
	for name, text := range map[string]string{
		"markdown": head + "各镇人民政府：\n\n# 一、要求\n\n## （一）目标\n\n**重点。**后文见[网站](https://www.example.gov.cn/a?b=1&c=2)，1 < 2 & 3\n\n3. 第三\n4. 第四\n   - 小项\n\n> 说明\n\n| 项目 | 金额 |\n|---|--:|\n| 供暖 | 10 |\n\n![大厅\"照片\"](a.png \"图1\")\n\n<p align=\"right\">示例区<br>2026年</p>\n",
		"table":    head + "<table><caption>表1</caption><tr><th>甲<th colspan=2>乙</tr><tr><th rowspan=2>丙<td>1<br>2<td>3</tr><tr><td>4<td><b>5</b></tr></table>\n",
		"notes":    head + markdownNotes + "\n\n前<b>粗[^3]</b>后 [链](https://www.example.gov.cn/)[^a]，两个[^3][^4]\n\n[^3]开头\n",
	} {
		p := read(t, "a.md", text, png, Options{})
		names := func(digest string) string { return "a.png" }
		doc, err := json.Marshal(map[string]string{"title": p.Revision.Title, "kind": "notice", "body_format": "html", "body": Page(p.Revision.Body, names)})
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadBytes("a.json", doc, png.open, Options{Own: true})
		if err != nil {
			t.Fatal(name, err)
		}
		a, b := press.Revision{Body: p.Revision.Body}, press.Revision{Body: again.Revision.Body}
		if a.Sum() != b.Sum() {
			x, _ := json.Marshal(a.Body)
			y, _ := json.Marshal(b.Body)
			t.Errorf("%s:\n%s\n%s", name, x, y)
		}
	}
}
