package intake

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// What an archive inside an attachment may hold. A real document stays far below; a bomb does not.
const (
	maxParts    = 10_000
	maxUnpacked = 512 << 20
	maxRatio    = 150 // unpacked to packed, once more than maxHarmless bytes come out
	maxHarmless = 16 << 20
)

// openArchive opens a zip and unpacks it once into nothing, because the sizes that it declares may be lies. It gives the
// names of the parts and, of the parts whose names are asked for, the beginning.
func openArchive(data []byte, want ...string) (names []string, parts map[string]string, trouble string) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, nil, "文件不完整或已损坏，打不开"
	}
	if len(z.File) > maxParts {
		return nil, nil, fmt.Sprintf("里面有%d个部件，超过上限%d个", len(z.File), maxParts)
	}
	parts = map[string]string{}
	left := int64(min(maxUnpacked, max(maxHarmless, maxRatio*len(data))))
	for _, f := range z.File {
		name := strings.ReplaceAll(f.Name, "\\", "/")
		if strings.HasPrefix(name, "/") || slices.Contains(strings.Split(name, "/"), "..") {
			return nil, nil, "里面有指到文件夹之外的名称“" + clip(f.Name) + "”"
		}
		if f.Flags&1 != 0 {
			return nil, nil, "里面有加密的部件，无法检查"
		}
		names = append(names, name)
		head, size, err := unpack(f, left)
		if left -= size; left < 0 {
			return nil, nil, "解压后的大小远远超过文件本身，像是压缩炸弹"
		}
		if err != nil {
			return nil, nil, "部件“" + clip(f.Name) + "”已损坏"
		}
		if slices.Contains(want, name) {
			parts[name] = head
		}
	}
	return names, parts, ""
}

// unpack reads one part up to one byte more than is left, and keeps its first megabyte.
func unpack(f *zip.File, left int64) (head string, size int64, err error) {
	if f.UncompressedSize64 > uint64(left) {
		return "", left + 1, nil
	}
	in, err := f.Open()
	if err != nil {
		return "", 0, err
	}
	var b bytes.Buffer
	size, err = io.CopyN(&b, in, min(1<<20, left+1))
	if err == nil {
		var more int64
		more, err = io.CopyN(io.Discard, in, left+1-size)
		size += more
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return b.String(), size, errors.Join(err, in.Close())
}

const zipHead = "PK\x03\x04"

// checkOpenXML looks into a docx, xlsx or pptx.
func checkOpenXML(data []byte, ext string) string {
	if !bytes.HasPrefix(data, []byte(zipHead)) {
		return disagrees(data, ext)
	}
	const types = "[Content_Types].xml"
	names, parts, trouble := openArchive(data, types)
	if trouble != "" {
		return trouble
	}
	main := map[string]string{"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}[ext]
	if parts[types] == "" || !slices.Contains(names, main) {
		return "扩展名是" + ext + "，内容却是别的压缩文件"
	}
	if strings.Contains(strings.ToLower(parts[types]), "macroenabled") || slices.ContainsFunc(names, isMacro) {
		return "文件里有宏"
	}
	return ""
}

func isMacro(part string) bool {
	part = strings.ToLower(part)
	base := path.Base(part)
	return base == "vbaproject.bin" || base == "vbadata.xml" || strings.Contains(part, "macrosheets/") || strings.Contains(part, "activex/")
}

// checkOFD looks for the root of an OFD, see GB/T 33190-2016.
func checkOFD(data []byte, ext string) string {
	if !bytes.HasPrefix(data, []byte(zipHead)) {
		return disagrees(data, ext)
	}
	names, _, trouble := openArchive(data)
	if trouble == "" && !slices.Contains(names, "OFD.xml") {
		return "扩展名是ofd，内容却是别的压缩文件"
	}
	return trouble
}

const oleHead = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// checkOLE looks into the old Office formats. Their directory names its streams in UTF-16: _VBA_PROJECT is a macro project,
// EncryptedPackage a document behind a password, and each program has its own main stream.
func checkOLE(data []byte, ext string) string {
	if !bytes.HasPrefix(data, []byte(oleHead)) {
		return disagrees(data, ext)
	}
	has := func(stream string) bool { return bytes.Contains(data, utf16Name(stream)) }
	main := map[string][]string{
		"doc": {"WordDocument"}, "xls": {"Workbook", "Book"}, "ppt": {"PowerPoint Document"},
		"wps": {"WordDocument"}, "et": {"Workbook", "Book"},
	}[ext]
	switch {
	case len(data) < 1536 || len(data)%512 != 0 && len(data) < 4096:
		return "文件不完整或已损坏"
	case has("_VBA_PROJECT"), has("Macros"):
		return "文件里有宏"
	case has("EncryptedPackage"):
		return "文件设了打开密码，读者打不开"
	case !slices.ContainsFunc(main, has):
		return "扩展名是" + ext + "，内容却是别的文件"
	}
	return ""
}

// utf16Name is a stream name as a directory entry holds it, with its end.
func utf16Name(s string) []byte {
	b := make([]byte, 0, 2*len(s)+2)
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return append(b, 0, 0)
}

// checkWPS takes both forms of WPS files: the old one is an OLE file, the new one a zip laid out like docx or xlsx.
func checkWPS(data []byte, ext string) string {
	if bytes.HasPrefix(data, []byte(zipHead)) {
		return checkOpenXML(data, map[string]string{"wps": "docx", "et": "xlsx"}[ext])
	}
	return checkOLE(data, ext)
}
