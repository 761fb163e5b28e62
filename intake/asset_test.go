package intake

import (
	"bytes"
	"encoding/base64"
	"image"
	"strings"
	"testing"
	"unicode/utf8"
)

func attach(t *testing.T, name string, data []byte) (Package, error) {
	t.Helper()
	return ReadBytes("a.md", []byte(with("attachments: ['"+name+"']")), files{name: data}.open, Options{})
}

func TestAttachmentsAreKnownByNameAndContent(t *testing.T) {
	for name, data := range map[string][]byte{
		"a.pdf": []byte(pdf), "a.ofd": zipOf(part{"OFD.xml", "<OFD/>"}), "a.docx": docxOf(),
		"a.xlsx": zipOf(part{"[Content_Types].xml", "<Types/>"}, part{"xl/workbook.xml", "<workbook/>"}),
		"a.pptx": zipOf(part{"[Content_Types].xml", "<Types/>"}, part{"ppt/presentation.xml", "<p/>"}),
		"a.doc":  oleOf("WordDocument"), "a.xls": oleOf("Workbook"), "a.ppt": oleOf("PowerPoint Document"),
		"a.wps": oleOf("WordDocument"), "b.wps": docxOf(), "a.et": oleOf("Workbook"),
		"a.csv": []byte("甲,乙\n1,2\n"), "b.csv": []byte("\xca\xbe\xc0\xfd,\xc7\xf8\n"), "a.txt": []byte("说明"),
		"a.PNG": pngOf(1, 1), "a.jpeg": jpegOf(8, 8, 0),
	} {
		p, err := attach(t, name, data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a := p.Revision.Attachments[0]; a.Name != name || a.MIME == "" || len(a.Digest) != 64 || !bytes.Equal(p.Files[a.Digest], data) {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestHostileAndBrokenAttachmentsAreRefused(t *testing.T) {
	bomb := docxOf(part{"word/media/x.bin", strings.Repeat("\x00", 40<<20)})
	for name, c := range map[string]struct {
		file string
		data []byte
		say  string
	}{
		"Windows program as PDF": {"a.pdf", append([]byte("MZ\x90\x00\x03\x00\x00\x00\x04\x00"), make([]byte, 512)...), "Windows程序"},
		"Linux program as PDF":   {"a.pdf", append([]byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00"), make([]byte, 64)...), "Linux程序"},
		"page as PDF":            {"a.pdf", []byte("<!DOCTYPE html><html><body>x</body></html>"), "网页"},
		"half a PDF":             {"a.pdf", []byte(pdf[:30]), "没有结尾"},
		"empty":                  {"a.pdf", []byte{}, "是空的"},
		"macros in docx":         {"a.docx", docxOf(part{"word/vbaProject.bin", "x"}), "宏"},
		"macros elsewhere":       {"a.docx", docxOf(part{"word/sub/VBAPROJECT.BIN", "x"}), "宏"},
		"macro content type":     {"a.docx", zipOf(part{"[Content_Types].xml", "application/vnd.ms-word.document.macroEnabled.main+xml"}, part{"word/document.xml", "x"}), "宏"},
		"old macro sheets":       {"a.xlsx", zipOf(part{"[Content_Types].xml", "x"}, part{"xl/workbook.xml", "x"}, part{"xl/macrosheets/sheet1.xml", "x"}), "宏"},
		"macros in doc":          {"a.doc", oleOf("WordDocument", "_VBA_PROJECT"), "宏"},
		"macros in xls":          {"a.xls", oleOf("Workbook", "_VBA_PROJECT"), "宏"},
		"docm":                   {"a.docm", docxOf(), "可能带宏"},
		"xlsm":                   {"a.xlsm", docxOf(), "可能带宏"},
		"bomb":                   {"a.docx", bomb, "压缩炸弹"},
		"bomb as OFD":            {"a.ofd", zipOf(part{"OFD.xml", strings.Repeat("0", 40<<20)}), "压缩炸弹"},
		"path out of the zip":    {"a.docx", docxOf(part{"../../x", "x"}), "文件夹之外"},
		"half a docx":            {"a.docx", docxOf()[:60], "不完整"},
		"broken part":            {"a.docx", bytes.Replace(zipOf(part{"stored:word/document.xml", "Abc-"}), []byte("Abc-"), []byte("Abd-"), 1), "已损坏"},
		"zip as docx":            {"a.docx", zipOf(part{"x.txt", "x"}), "别的压缩文件"},
		"xlsx as docx":           {"a.docx", zipOf(part{"[Content_Types].xml", "x"}, part{"xl/workbook.xml", "x"}), "别的压缩文件"},
		"docx as doc":            {"a.doc", docxOf(), "内容却"},
		"password":               {"a.doc", oleOf("EncryptedPackage"), "打开密码"},
		"xls as doc":             {"a.doc", oleOf("Workbook"), "内容却是别的"},
		"half a doc":             {"a.doc", []byte(oleHead), "不完整"},
		"zip":                    {"a.zip", zipOf(part{"x", "x"}), "压缩包"},
		"page":                   {"a.html", []byte("<p>x"), "网页或脚本"},
		"svg":                    {"a.svg", []byte("<svg/>"), "网页或脚本"},
		"script":                 {"a.js", []byte("x"), "网页或脚本"},
		"program":                {"a.exe", []byte("MZ"), "不接收exe"},
		"no extension":           {"附件", []byte("x"), "没有扩展名"},
		"page as text":           {"a.txt", []byte("<html><script>x</script></html>"), "网页"},
		"shell script as text":   {"a.txt", []byte("#!/bin/sh\nrm x\n"), "内容却不是"},
		"binary as table":        {"a.csv", []byte("\x00\x01\x02\xff\xfe\x80"), "内容却"},
		"gif":                    {"a.gif", []byte("GIF89a"), "不能是gif"},
		"JPEG called PNG":        {"a.png", jpegOf(4, 4, 0), "jpeg图片"},
		"PDF called PNG":         {"a.png", []byte(pdf), "内容却是PDF"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := attach(t, c.file, c.data)
			if p := problems(t, err)[0]; p.File != c.file || p.Field != "attachments" || !strings.Contains(p.Text, c.say) {
				t.Error(err)
			}
		})
	}
}

func TestPicturesAreMeasuredBeforeTheyAreDecoded(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		say  string
	}{
		"pixel bomb":   {hugePNG(20_000, 20_000), "20000×20000像素"},
		"long bomb":    {hugePNG(2_000_000_000, 1), "像素"},
		"overflow":     {hugePNG(0x7fffffff, 0x7fffffff), "不完整"},
		"half a PNG":   {pngOf(90, 90)[:60], "不完整"},
		"head only":    {hugePNG(10, 10), "不完整"},
		"no picture":   {[]byte("\x89PNG nein"), "不完整"},
		"page as PNG":  {[]byte("<html></html>"), "网页"},
		"SVG as PNG":   {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), "SVG"},
		"GIF as PNG":   {[]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"), "gif图片"},
		"empty is not": {[]byte{}, "是空的"},
	} {
		_, err := ReadBytes("a.md", []byte(head+"![甲](a.png)"), files{"a.png": c.data}.open, Options{})
		if p := problems(t, err)[0]; p.File != "a.png" || !strings.Contains(p.Text, c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPhotographsLoseTheirPositionAndStandUpright(t *testing.T) {
	for orientation, corner := range map[uint16]image.Point{
		1: {2, 2}, 2: {29, 2}, 3: {29, 13}, 4: {2, 13}, 5: {2, 2}, 6: {13, 2}, 7: {13, 29}, 8: {2, 29},
	} {
		p := read(t, "a.md", head+"![甲](a.jpg)", files{"a.jpg": jpegOf(32, 16, orientation)}, Options{})
		a := p.Revision.Images[0]
		data := p.Files[a.Digest]
		m, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("GPS")) || bytes.Contains(data, []byte("Exif")) || !warned(p, "拍摄信息") {
			t.Errorf("%d: position data kept", orientation)
		}
		if size := m.Bounds().Size(); size != image.Pt(a.Width, a.Height) || (size.X > size.Y) != (orientation < 5) {
			t.Errorf("%d: %v, %+v", orientation, size, a)
		}
		if r, g, _, _ := m.At(corner.X, corner.Y).RGBA(); r < 0xc000 || g > 0x4000 {
			t.Errorf("%d: red corner is not at %v", orientation, corner)
		}
	}
}

func TestPicturesWithoutTracesKeepTheirBytes(t *testing.T) {
	plain := pngOf(3, 3)
	noted := bytes.Join([][]byte{plain[:33], chunk("tEXt", []byte("Author\x00x")), chunk("eXIf", []byte("GPS")), plain[33:], []byte("angehängt")}, nil)
	photo := jpegOf(8, 8, 0)
	p := read(t, "a.md", head+"![甲](a.png)\n\n![乙](b.png)\n\n![丙](c.jpg)", files{"a.png": plain, "b.png": noted, "c.jpg": photo}, Options{})
	if len(p.Revision.Images) != 2 {
		t.Fatalf("a stripped PNG is not the plain one: %+v", p.Revision.Images)
	}
	for i, want := range [][]byte{plain, photo} {
		if !bytes.Equal(p.Files[p.Revision.Images[i].Digest], want) {
			t.Errorf("picture %d was changed", i)
		}
	}
}

func TestWebPLosesItsEXIF(t *testing.T) {
	vp8x := []byte("VP8X\x0a\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	exif := []byte("EXIF\x03\x00\x00\x00GPS\x00")
	riff := bytes.Join([][]byte{[]byte("RIFF\x26\x00\x00\x00WEBP"), vp8x, exif}, nil)
	got := stripWebP(riff)
	if bytes.Contains(got, []byte("GPS")) || got[20] != 0 || got[4] != byte(len(got)-8) {
		t.Errorf("%q", got)
	}
}

func TestPicturesInsideAPageAreTaken(t *testing.T) {
	src := "data:image/png;base64," + base64.StdEncoding.EncodeToString(pngOf(2, 2))
	p := read(t, "a.html", "<p>正文</p><img alt='某图' src='"+src+"'>", meta, Options{})
	if len(p.Revision.Images) != 1 || p.Revision.Body[1].Picture.Alt != "某图" {
		t.Errorf("%+v", p.Revision)
	}
	for _, bad := range []string{"data:image/svg+xml;base64,PHN2Zy8+", "data:image/png;base64,%%%", "data:text/html,x", "data:image/png;base64,", "data:"} {
		_, err := ReadBytes("a.html", []byte("<p>甲</p><img src='"+bad+"'>"), meta.open, Options{})
		problems(t, err)
	}
}

func TestLimitsBindFiles(t *testing.T) {
	f := files{"a.txt": bytes.Repeat([]byte("a"), 800), "b.txt": bytes.Repeat([]byte("b"), 800), "c.txt": bytes.Repeat([]byte("c"), 1200)}
	o := Options{Limits: Limits{Attachment: 1000, Total: 1500}}
	for list, say := range map[string]string{"c.txt": "超过上限1 KB", "a.txt, b.txt": "合计超过上限"} {
		_, err := ReadBytes("a.md", []byte(with("attachments: ["+list+"]")), f.open, o)
		if p := problems(t, err)[0]; !strings.Contains(p.Text, say) {
			t.Errorf("%s: %v", list, err)
		}
	}
}

func TestNamesOfFilesAreSafe(t *testing.T) {
	long := strings.Repeat("长", 200) + ".pdf"
	for name, want := range map[string]string{
		"a/b/附件 1.pdf": "附件 1.pdf", `a:b*c?.pdf`: "a_b_c_.pdf", ".pdf": "pdf", "..x.pdf": "x.pdf", "a\u202efdp.exe": "afdp.exe", "  甲.txt ": "甲.txt",
	} {
		if got := safeName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if got := safeName(long); utf8.RuneCountInString(got) != maxName || !strings.HasSuffix(got, ".pdf") {
		t.Errorf("%q", got)
	}
}
