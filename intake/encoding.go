package intake

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// characters decodes a file: UTF-8 with or without a mark, UTF-16, and GB18030, which Chinese desktop software still writes.
// Lines end with "\n" afterwards. It is not ok when bytes would be lost or guessed.
func (r *reading) characters(data []byte, file string) (string, bool) {
	text, from, ok := decode(data, format(file) != "json")
	if !ok {
		line, col := firstBad(data)
		r.refuse(Problem{File: file, Line: line, Column: col, Text: "这里不是完整的文字编码，文件可能损坏、只收到一半，或者不是文本", Do: "请另存为UTF-8编码后重新提交"})
		return "", false
	}
	if from != "" {
		r.warn(0, "文件是"+from+"编码，已转换，请核对有无乱码")
	}
	return newlines(text), true
}

// decode tells the text of data, and the encoding where it was not UTF-8.
func decode(data []byte, legacy bool) (text, from string, ok bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return string(data[3:]), "", utf8.Valid(data)
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		text, ok = utf16Text(data[2:], binary.LittleEndian)
		return text, "UTF-16", ok
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		text, ok = utf16Text(data[2:], binary.BigEndian)
		return text, "UTF-16", ok
	}
	if bytes.IndexByte(data, 0) >= 0 && legacy {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			if text, ok := utf16Text(data, order); ok && plausible(text) {
				return text, "UTF-16", true
			}
		}
	}
	if utf8.Valid(data) {
		return string(data), "", true
	}
	if !legacy || damagedUTF8(data) {
		return "", "", false
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return "", "", false
	}
	return string(out), "GB18030", true
}

func utf16Text(data []byte, order binary.ByteOrder) (string, bool) {
	if len(data)%2 != 0 {
		return "", false
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	for i := 0; i < len(units); i++ {
		if !utf16.IsSurrogate(rune(units[i])) {
			continue
		}
		if i+1 == len(units) || utf16.DecodeRune(rune(units[i]), rune(units[i+1])) == utf8.RuneError {
			return "", false
		}
		i++
	}
	return string(utf16.Decode(units)), true
}

// plausible reports whether nearly all of a text is what Chinese documents are made of.
func plausible(text string) bool {
	good, all := 0, 0
	for _, c := range text {
		all++
		if c == '\n' || c == '\r' || c == '\t' || ' ' <= c && c <= '~' || wide(c) {
			good++
		}
	}
	return all > 0 && good*20 >= all*19
}

// damagedUTF8 tells a broken UTF-8 file from one in another encoding. It matters because Chinese UTF-8 with one byte missing
// is readable as GB18030, as other characters.
func damagedUTF8(data []byte) bool {
	good, bad := 0, 0
	for len(data) > 0 {
		c, n := utf8.DecodeRune(data)
		switch {
		case c == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		data = data[n:]
	}
	return good > bad
}

// firstBad is the place of the first byte that is not UTF-8.
func firstBad(data []byte) (line, col int) {
	line, col = 1, 1
	for i := 0; i < len(data); {
		c, n := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && n == 1 {
			break
		}
		if col++; c == '\n' {
			line, col = line+1, 1
		}
		i += n
	}
	return line, col
}

func newlines(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// wide reports whether c belongs to Chinese text: no space is due between two of them when a line is joined, and emphasis
// may begin or end beside them. The curly quotation marks, the dash and the ellipsis count, as Chinese text uses them.
func wide(c rune) bool {
	switch {
	case c < 0x2014:
		return c == '·'
	case c == '—', c == '‘', c == '’', c == '“', c == '”', c == '…':
		return true
	}
	return unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo) ||
		0x3000 <= c && c <= 0x303f || 0xfe30 <= c && c <= 0xfe4f || 0xff00 <= c && c <= 0xffef
}

// code writes a character as U+202E.
func code(c rune) string { return fmt.Sprintf("U+%04X", c) }
