package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tongfa/typeset"
)

// FallbackFonts is where faces lie that are asked last, unless somebody says otherwise: the image brings them there.
const FallbackFonts = "/fonts"

// Fallback are the faces of a folder, in the order of their names. They are read when they are needed.
func Fallback(dir string) (faces []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); strings.EqualFold(filepath.Ext(path), ".ttf") {
			faces = append(faces, path)
		}
	}
	return faces, err
}

func (t *table) fallback(dst *[]string) {
	dir := FallbackFonts
	t.path("fallback_fonts", &dir)
	faces, err := Fallback(dir)
	*dst = faces
	said, asked := t.fields["fallback_fonts"]
	if !asked {
		return
	}
	if err != nil {
		said.fail("文件夹 %s 打不开，请检查路径和权限", dir)
	} else if len(faces) == 0 {
		said.fail("文件夹 %s 里没有 .ttf 文件", dir)
	}
}

// mostFont bounds a font file.
const mostFont = 64 << 20

// fontTrouble says what is wrong with a font file of the office's, or "". It is read whole, so that an issue never stops at a font on the morning it goes out.
func fontTrouble(path string) string {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Sprintf("没有字体文件 %s，请检查路径", path)
	case err != nil || info.IsDir():
		return fmt.Sprintf("字体文件 %s 打不开，请检查是不是文件、有没有读的权限", path)
	case info.Size() > mostFont:
		return fmt.Sprintf("字体文件 %s 超过 64 MB，不像一个字体", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Sprintf("字体文件 %s 打不开，请检查权限（%v）", path, err)
	}
	_, _, err = typeset.OfficeFace(data)
	switch {
	case errors.Is(err, typeset.ErrNoEmbedding):
		return fmt.Sprintf("字体 %s 的授权标记（fsType）不允许嵌入文件，不能用来排公报；请向字体厂商取得允许嵌入的版本", path)
	case err != nil:
		return fmt.Sprintf("字体 %s 不能用：要 TrueType 轮廓的 .ttf 文件，名称里看得出是宋体、黑体、楷体、仿宋或小标宋（%v）", path, err)
	}
	return ""
}
