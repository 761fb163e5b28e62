package wechat

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"tongfa/channels"
	"tongfa/press"
)

// Proof shows a message as followers will see it on a phone: the cards, 1.html and so on for the articles, and their pictures as the platform will
// have them.
func (c *Channel) Proof(ctx context.Context, e press.Edition, path string) (channels.Sheet, error) {
	if path == "" {
		return channels.Sheet{Go: "index.html"}, nil
	}
	if path == "index.html" {
		return drawProof("message", c.proofMessage(e))
	}
	n, picture, ok := proofPath(path)
	if !ok || n < 1 || n > len(e.Entries) {
		return channels.Sheet{}, channels.ErrNoSheet
	}
	en := e.Entries[n-1]
	switch picture {
	case "":
		return drawProof("article", c.proofArticle(n, en, len(e.Entries) == 1))
	case "cover":
		data, _, err := c.coverFile(ctx, en)
		return sheetOf(data), err
	}
	return c.proofPicture(ctx, en, picture)
}

// proofPath reads 2.html, 2/cover and 2/DIGEST.
func proofPath(path string) (n int, picture string, ok bool) {
	number, ok := strings.CutSuffix(path, ".html")
	if !ok {
		number, picture, ok = strings.Cut(path, "/")
		ok = ok && picture != ""
	}
	n, err := strconv.Atoi(number)
	return n, picture, ok && err == nil
}

func sheetOf(data []byte) channels.Sheet {
	return channels.Sheet{MIME: http.DetectContentType(data), Data: data}
}

func (c *Channel) proofPicture(ctx context.Context, e press.Entry, digest string) (channels.Sheet, error) {
	found := false
	press.Walk(e.Revision.Body, func(b press.Block) {
		found = found || b.Kind == press.Figure && b.Picture != nil && b.Picture.Digest == digest
	})
	if !found {
		return channels.Sheet{}, channels.ErrNoSheet
	}
	data, err := c.blob(ctx, digest, e)
	if err != nil {
		return channels.Sheet{}, err
	}
	out, _, err := bodyImage(data)
	if err != nil {
		return channels.Sheet{}, badPicture("正文的图片", e, err)
	}
	return sheetOf(out), nil
}

type proofMessage struct {
	Account string
	Cards   []proofCard
}

type proofCard struct {
	N             int
	Title, Digest string
	Cover         bool // of its own
}

func (c *Channel) proofMessage(e press.Edition) proofMessage {
	m := proofMessage{Account: cmp.Or(c.c.Account, "公众号")}
	for i, en := range e.Entries {
		card := proofCard{N: i + 1, Title: title(en.Revision), Cover: en.Revision.Cover != nil}
		if len(e.Entries) == 1 {
			card.Digest = digest(en.Revision)
		}
		m.Cards = append(m.Cards, card)
	}
	return m
}

type proofPage struct {
	Title, Author, Account, Day string
	Body                        template.HTML
	Source                      string
	Only                        bool
}

func (c *Channel) proofArticle(n int, e press.Entry, only bool) proofPage {
	body := c.render(e, func(digest string) string { return fmt.Sprintf("%d/%s", n, digest) })
	return proofPage{Title: title(e.Revision), Author: c.author(e.Revision.Meta), Account: cmp.Or(c.c.Account, "公众号"),
		Day: c.o.Now().Format("2006年1月2日"), Body: template.HTML(body), Source: sourceURL(e), Only: only}
}

// proofs are the two pages of a proof. They stand in for the platform's own, which nobody can have before it is public.
var proofs = template.Must(template.New("").Parse(`{{define "head"}}<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.}}</title>
<style>
*{box-sizing:border-box}
body{margin:0;background:#ededed;color:#1a1a1a;font:17px/1.6 -apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;overflow-wrap:break-word}
a{color:inherit;text-decoration:none}
a:focus-visible{outline:2px solid #1456c4;outline-offset:2px}
.who{text-align:center;margin:0;padding:14px 12px 8px;font-size:15px;color:#595959}
.message{margin:0 12px 20px;background:#fff;border-radius:8px;overflow:hidden}
.first{display:block;position:relative}
.first img{display:block;width:100%;aspect-ratio:2.35;height:auto;object-fit:cover;background:#d9dfe5}
.first b{display:block;position:absolute;left:0;right:0;bottom:0;padding:28px 14px 10px;font-size:18px;line-height:1.4;font-weight:500;color:#fff;background:linear-gradient(transparent,rgba(0,0,0,.82) 55%)}
.one b{position:static;color:#1a1a1a;background:none;padding:12px 14px 4px}
.one span{display:block;padding:0 14px 14px;font-size:15px;color:#595959}
.more{display:flex;gap:12px;align-items:center;margin:0 14px;padding:12px 0;border-top:1px solid #e5e5e5}
.more b{flex:1;min-width:0;font-weight:400;font-size:16px;line-height:1.45}
.more img{width:52px;height:52px;object-fit:cover;border-radius:3px;background:#d9dfe5}
.article{background:#fff;min-height:100vh}
.article main{padding:20px 16px 32px;max-width:677px;margin:0 auto}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
h1{font-size:22px;line-height:1.4;font-weight:500;margin:0 0 14px}
.by{margin:0 0 22px;font-size:15px;color:#6b6b6b}
.by span{margin-right:10px}
.by .account{color:#3d5078}
.source{margin:24px 0 0;font-size:15px;color:#3d5078}
.back{margin:0;padding:10px 16px;font-size:15px;border-bottom:1px solid #e5e5e5;color:#3d5078}
.note{margin:0;padding:0 16px 20px;text-align:center;font-size:14px;color:#595959}
</style></head>{{end}}
{{define "message"}}{{template "head" .Account}}<body>
<main><h1 class="unseen">{{.Account}}的消息</h1>
<p class="who">{{.Account}}</p>
{{if .Cards}}<div class="message">{{range .Cards}}{{if eq .N 1}}<a class="first{{if .Digest}} one{{end}}" href="1.html"><img src="1/cover" alt=""><b>{{.Title}}</b>{{with .Digest}}<span>{{.}}</span>{{end}}</a>
{{else}}<a class="more" href="{{.N}}.html"><b>{{.Title}}</b><img src="{{.N}}/cover" alt=""></a>
{{end}}{{end}}</div>
{{range .Cards}}{{if not .Cover}}<p class="note">第{{.N}}篇没有封面图，用缺省封面。</p>
{{end}}{{end}}{{else}}<p class="note">这一期还没有稿件。</p>
{{end}}</main></body></html>{{end}}
{{define "article"}}{{template "head" .Title}}<body class="article">
<p class="back"><a href="index.html">‹ 回到消息</a></p>
<main><h1>{{.Title}}</h1>
<p class="by">{{with .Author}}<span>{{.}}</span>{{end}}<span class="account">{{.Account}}</span><span>{{.Day}}</span></p>
{{.Body}}
{{if .Source}}<p class="source"><a href="{{.Source}}" target="_blank" rel="noopener noreferrer">阅读原文</a></p>
{{else}}<p class="note">还没有网页原文的地址，“阅读原文”在发出时补上。</p>{{end}}
</main></body></html>{{end}}
`))

func drawProof(name string, page any) (channels.Sheet, error) {
	var b bytes.Buffer
	if err := proofs.ExecuteTemplate(&b, name, page); err != nil {
		return channels.Sheet{}, fmt.Errorf("draw proof: %w", err)
	}
	return channels.Sheet{MIME: "text/html; charset=utf-8", Data: b.Bytes()}, nil
}

var _ channels.Proofer = (*Channel)(nil)
