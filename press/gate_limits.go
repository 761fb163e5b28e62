package press

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// pictures wants every picture to be there and to say in words what it shows.
func (c *check) pictures() {
	n := 0
	Walk(c.Revision.Body, func(b Block) {
		if b.Kind != Figure {
			return
		}
		n++
		place := pictureName(n)
		switch {
		case b.Picture == nil:
			c.stop(rulePicture, "body", place, "正文%s没有内容。请补上图片或者删去", place)
			return
		case !slices.ContainsFunc(c.Revision.Images, func(a Asset) bool { return a.Digest == b.Picture.Digest }):
			c.stop(rulePicture, "body", place, "正文%s的图片文件没有随稿件提交。请补上图片文件", place)
		}
		switch alt := Fold(b.Picture.Alt); {
		case alt == "":
			c.stop(ruleAlt, "body", place, "正文%s没有替代文字，读屏软件无法读出。请用一句话写明图片内容；纯装饰的图片请删去", place)
		case emptyAlt.MatchString(alt):
			c.warn(ruleAlt, "body", place, "正文%s的替代文字“%s”没有说明图片内容。请用一句话写明", place, quote(b.Picture.Alt))
		}
	})
}

// emptyAlt is an alternative text that a program wrote: the name of a file, a word such as 图片, or what a word processor guesses and says that it guessed.
var emptyAlt = regexp.MustCompile(`(?i)描述已自动生成|自动生成的说明|AI生成的内容可能不正确|description(?:automatically)?generated|AI-generatedcontent|^(?:图片?|照片|图像|image|img|picture|pic|photo)?[-_]?[0-9]*(?:\.(?:png|jpe?g|gif|bmp|webp|svg))?$|^[\w\-]+\.(?:png|jpe?g|gif|bmp|webp|svg)$`)

func pictureName(n int) string { return "图" + strconv.Itoa(n) }

// limits asks every wanted channel whether it can take the item, before anything is sent.
func (c *check) limits() {
	if len(c.Item.Wants) == 0 {
		c.warn(ruleChannel, "channels", "", "没有写明要发布到哪个渠道，这篇稿件不会发布。请在channels中填写")
	}
	size := measure(c.Revision)
	seen := map[string]bool{}
	for _, w := range c.Item.Wants {
		if seen[w.Channel] {
			continue
		}
		seen[w.Channel] = true
		l, ok := c.Limits[w.Channel]
		if !ok {
			c.stop(ruleChannel, "channels", quote(w.Channel), "没有名为“%s”的渠道。%s", quote(w.Channel), c.channelAdvice())
			continue
		}
		c.limit(w.Channel, l, size)
	}
}

func (c *check) channelAdvice() string {
	if len(c.Limits) == 0 {
		return "配置文件里还没有渠道，请系统管理员配置"
	}
	names := make([]string, 0, len(c.Limits))
	for name := range c.Limits {
		names = append(names, name)
	}
	slices.Sort(names)
	return "可以写的渠道：" + strings.Join(names, "、") + "；请改正，或者请系统管理员配置"
}

// sizes of a revision, counted once for all channels.
type sizes struct {
	text, pictures int
	heaviest       Asset
}

func measure(r Revision) sizes {
	s := sizes{text: runes(Text(r.Body))}
	Walk(r.Body, func(b Block) {
		if b.Kind == Figure {
			s.pictures++
		}
	})
	files := slices.Clone(r.Images)
	if r.Cover != nil {
		files = append(files, *r.Cover)
	}
	if len(files) > 0 {
		s.heaviest = slices.MaxFunc(files, func(a, b Asset) int { return cmp.Compare(a.Size, b.Size) })
	}
	return s
}

func (c *check) limit(channel string, l Limits, size sizes) {
	name, m := quote(channel), c.Revision.Meta
	if title := c.Revision.TitleWithin(l.Title); over(runes(title), l.Title) {
		c.stop(ruleLimit, c.titleField(title), name, "标题有%d个字，渠道“%s”最多%d个字。请填写不超过%d个字的短标题（short_title）", runes(title), name, l.Title, l.Title)
	}
	if n := runes(m.Author); over(n, l.Author) {
		c.stop(ruleLimit, "author", name, "作者有%d个字，渠道“%s”最多%d个字。请缩短", n, name, l.Author)
	}
	if n := runes(m.Summary); over(n, l.Summary) {
		c.stop(ruleLimit, "summary", name, "内容概述有%d个字，渠道“%s”最多%d个字。请缩短", n, name, l.Summary)
	}
	switch {
	case over(size.text, l.TextStop):
		c.stop(ruleLimit, "body", name, "正文有%d个字，渠道“%s”最多%d个字。请缩短正文、把一部分改为附件，或者不在这个渠道发布", size.text, name, l.TextStop)
	case over(size.text, l.TextWarn):
		c.warn(ruleLimit, "body", name, "正文有%d个字，超过%d个字的稿件在渠道“%s”曾被拒收。建议缩短或者把一部分改为附件", size.text, l.TextWarn, name)
	}
	if over(size.pictures, l.Pictures) {
		c.stop(ruleLimit, "body", name, "正文有%d幅图片，渠道“%s”最多%d幅。请减少图片", size.pictures, name, l.Pictures)
	}
	if l.PictureBytes > 0 && size.heaviest.Size > l.PictureBytes {
		c.stop(ruleLimit, "body", name, "图片“%s”有%s，渠道“%s”最多%s。请压缩后重新提交", quote(size.heaviest.Name), bytesText(size.heaviest.Size), name, bytesText(l.PictureBytes))
	}
}

func over(n, limit int) bool { return limit > 0 && n > limit }

func (c *check) titleField(title string) string {
	if title == c.Revision.Title {
		return "title"
	}
	return "short_title"
}

func bytesText(n int64) string {
	if n < 1<<20 {
		return strconv.FormatInt((n+1023)>>10, 10) + "KB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + "MB"
}
