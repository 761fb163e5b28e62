package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tongfa/config"
	"tongfa/typeset"
)

// soonOver is how long before the end of a certificate people are told: a new one takes weeks.
const soonOver = 30 * 24 * time.Hour

// checkGazettes tells of each gazette who signs its issues, how long they can, and which faces an issue is set in.
func (h *house) checkGazettes() []checked {
	var out []checked
	for _, c := range h.cfg.Channels {
		g := c.Gazette
		if g == nil {
			continue
		}
		for _, s := range []struct {
			name string
			c    *typeset.Credential
		}{{"PDF 签名", g.PDFSignature}, {"OFD 签名", g.OFDSignature}} {
			if s.c != nil {
				out = append(out, checkCertificate(s.name+"（"+c.Name+"）", s.c, h.now(), h.cfg.Timezone))
			}
		}
		out = append(out, checkFaces("字体（"+c.Name+"）", g), checkFallback("后备字体（"+c.Name+"）", g.Fallback))
	}
	return out
}

func checkCertificate(name string, c *typeset.Credential, now time.Time, zone *time.Location) checked {
	from, to := c.Certificate.NotBefore.In(zone), c.Certificate.NotAfter.In(zone)
	who := c.Holder()
	switch left := to.Sub(now); {
	case now.Before(from):
		return checked{Name: name, Said: fmt.Sprintf("“%s”的证书从%s起才有效，在这以前不能出刊；请系统管理员核对证书", who, from.Format(time.DateOnly))}
	case left <= 0:
		return checked{Name: name, Said: fmt.Sprintf("“%s”的证书在%s到期了，不能再签名，公报出不了刊；请系统管理员换上新证书，或者从配置里去掉签名", who, to.Format(time.DateOnly))}
	case left < soonOver:
		return checked{Name: name, Hint: true, Said: fmt.Sprintf("“%s”的证书还有%d天到期（%s），到期以后公报出不了刊；请系统管理员尽快换证书", who, int(left.Hours()/24), to.Format(time.DateOnly))}
	}
	return checked{Name: name, OK: true, Said: fmt.Sprintf("“%s”的证书，%s到期", who, to.Format(time.DateOnly))}
}

// checkFaces reads the office's faces again and says what each part of an issue is set in.
func checkFaces(name string, g *config.Gazette) checked {
	faces, err := typeset.Builtin()
	if err != nil {
		return checked{Name: name, Said: say(err)}
	}
	var own []*typeset.Face
	for _, path := range g.Fonts {
		data, err := os.ReadFile(path)
		if err != nil {
			return checked{Name: name, Said: fmt.Sprintf("%s 读不出来，请系统管理员检查权限（%v）", path, err)}
		}
		f, _, err := typeset.OfficeFace(data)
		if err != nil {
			return checked{Name: name, Said: fmt.Sprintf("%s 不能用，请系统管理员换一个文件（%v）", path, err)}
		}
		own = append(own, f)
	}
	style, faces := typeset.WithOffice(typeset.Gazette(), faces, own)
	official, _ := typeset.WithOffice(typeset.Official(), faces, own)
	return checked{Name: name, OK: true, Said: castOf(style.Cast(faces)) + "。公文版式：" + castOf(official.Cast(faces)[:1])}
}

func castOf(parts []typeset.Part) string {
	var said []string
	for _, p := range parts {
		one := p.Name + "用 " + p.Face
		if p.Wanted != "" {
			one += fmt.Sprintf("（没有%s，用它代替）", p.Wanted)
		}
		said = append(said, one)
	}
	return strings.Join(said, "，")
}

// checkFallback looks into the faces that are asked last, so that a rare character meets no surprise.
func checkFallback(name string, paths []string) checked {
	if len(paths) == 0 {
		return checked{Name: name, Hint: true, Said: "没有；内置字体只有通用规范汉字表和 GB 2312 的字，别的字（人名、地名里的生僻字）会让公报出不了刊。镜像里有后备字体，也可以用配置的 fallback_fonts 指定"}
	}
	var names []string
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err == nil {
			_, err = typeset.ParseFace(data)
		}
		if errors.Is(err, typeset.ErrNoEmbedding) {
			return checked{Name: name, Said: fmt.Sprintf("%s 的授权标记（fsType）不允许嵌入文件，请从文件夹里拿走", path)}
		}
		if err != nil {
			return checked{Name: name, Said: fmt.Sprintf("%s 不能用，要 TrueType 轮廓的 .ttf 文件，请换一个或者从文件夹里拿走（%v）", path, err)}
		}
		names = append(names, filepath.Base(path))
	}
	return checked{Name: name, OK: true, Said: strings.Join(names, "、") + "，遇到别的字体没有的字才读"}
}
