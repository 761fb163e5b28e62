package intake

import (
	"bytes"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"tongfa/press"
)

// filing says what a file with a certain extension must be inside.
type filing struct {
	mime  string
	check func(data []byte, ext string) string // what is wrong, in Chinese; empty when nothing is
}

// filings are the attachments that an office may publish, by extension. There is no zip among them: its content could
// not be checked, and readers on telephones could not open it.
func filings() map[string]filing {
	const open = "application/vnd.openxmlformats-officedocument."
	return map[string]filing{
		"pdf":  {"application/pdf", checkPDF},
		"ofd":  {"application/ofd", checkOFD},
		"docx": {open + "wordprocessingml.document", checkOpenXML},
		"xlsx": {open + "spreadsheetml.sheet", checkOpenXML},
		"pptx": {open + "presentationml.presentation", checkOpenXML},
		"doc":  {"application/msword", checkOLE},
		"xls":  {"application/vnd.ms-excel", checkOLE},
		"ppt":  {"application/vnd.ms-powerpoint", checkOLE},
		"wps":  {"application/wps-office.wps", checkWPS},
		"et":   {"application/wps-office.et", checkWPS},
		"csv":  {"text/csv", checkText},
		"txt":  {"text/plain", checkText},
	}
}

// attachment checks a file by its name and its content, which must agree.
func (r *reading) attachment(name string, data []byte) (press.Asset, bool) {
	ext := format(name)
	if isPicture(ext) {
		if ext != "png" && ext != "jpg" && ext != "jpeg" {
			r.refuse(Problem{File: r.beside(name), Field: "attachments", Text: "附件不能是" + ext + "图片", Do: "请改用png或jpg"})
			return press.Asset{}, false
		}
		return r.pictureAsset(name, "attachments", data)
	}
	f, ok := filings()[ext]
	if !ok {
		r.refuse(Problem{File: r.beside(name), Field: "attachments", Text: refusedType(ext),
			Do: "可用的附件：pdf、ofd、doc、docx、xls、xlsx、ppt、pptx、wps、et、csv、txt、png、jpg"})
		return press.Asset{}, false
	}
	if trouble := f.check(data, ext); trouble != "" {
		r.refuse(Problem{File: r.beside(name), Field: "attachments", Text: trouble, Do: "请换成真实、完整、不带宏的文件"})
		return press.Asset{}, false
	}
	if ext == "pdf" && (bytes.Contains(data, []byte("/JavaScript")) || bytes.Contains(data, []byte("/Launch"))) {
		r.warn(0, "附件“"+clip(name)+"”里有脚本或启动命令，建议重新导出为普通PDF")
	}
	return r.keepFile(name, f.mime, data), true
}

func refusedType(ext string) string {
	switch ext {
	case "docm", "xlsm", "pptm", "dotm", "xltm", "xlsb":
		return "附件可能带宏（" + ext + "）"
	case "html", "htm", "svg", "js", "xml", "xhtml", "mht":
		return "附件是网页或脚本（" + ext + "），打开会有危险"
	case "zip", "rar", "7z", "tar", "gz":
		return "附件是压缩包（" + ext + "），里面的内容无法检查"
	case "":
		return "附件没有扩展名，看不出是什么文件"
	}
	return "不接收" + clip(ext) + "文件"
}

// disagrees says what a file is instead of what its name says.
func disagrees(data []byte, ext string) string {
	is := mimetype.Detect(data)
	what := map[string]string{
		"application/x-msdownload": "Windows程序", "application/vnd.microsoft.portable-executable": "Windows程序", "application/x-elf": "Linux程序",
		"application/x-executable": "Linux程序", "application/x-sharedlib": "Linux程序", "application/x-object": "Linux程序", "application/x-mach-binary": "程序", "text/html": "网页",
		"image/svg+xml": "SVG", "application/pdf": "PDF", "application/zip": "压缩包", "application/x-ole-storage": "旧版Office文件或加密的Office文件",
	}
	for m := is; m != nil; m = m.Parent() {
		if n, ok := what[strings.SplitN(m.String(), ";", 2)[0]]; ok {
			return "扩展名是" + ext + "，内容却是" + n
		}
	}
	return "扩展名是" + ext + "，内容却不是（像是" + is.String() + "）"
}

// checkPDF wants the head at the beginning and the end mark near the end: a PDF that was half sent has none.
func checkPDF(data []byte, ext string) string {
	if !bytes.HasPrefix(data, []byte("%PDF-")) {
		return disagrees(data, ext)
	}
	if !bytes.Contains(data[max(0, len(data)-64<<10):], []byte("%%EOF")) {
		return "PDF没有结尾，文件不完整"
	}
	return ""
}

// checkText takes what decodes as text and is neither a page nor a script.
func checkText(data []byte, ext string) string {
	text, _, ok := decode(data, true)
	if !ok || strings.ContainsRune(text, 0) {
		return disagrees(data, ext)
	}
	is := mimetype.Detect([]byte(text))
	for _, plain := range []string{"text/plain", "text/csv", "text/tab-separated-values", "application/json", "application/x-ndjson"} {
		if is.Is(plain) {
			return ""
		}
	}
	return disagrees([]byte(text), ext)
}
