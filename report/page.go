package report

import (
	"bytes"
	"html/template"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// page is index.html: the whole story for a person, who needs nothing but a browser.
func page(e ledger.Evidence, x Export) []byte {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, struct {
		ledger.Evidence
		X        Export
		Coverage string
		Assets   []press.Asset
	}{e, x, coverage, assetsOf(e.Revisions)}); err != nil {
		return []byte(err.Error()) // a test rules it out
	}
	return b.Bytes()
}

var pageTemplate = template.Must(template.New("index").Funcs(template.FuncMap{
	"at": func(t time.Time) string {
		if t.IsZero() {
			return "—"
		}
		return t.Format("2006-01-02 15:04:05.000 -0700")
	},
	"file": assetName,
	"step": func(s press.Step) string { return s.Name() },
	"what": func(c ledger.Chained) string { return c.Moved.What() },
	"turn": func(c ledger.Chained) string { return c.Moved.Turn() },
	"role": func(r string) string { return press.Role(r).Name() },
	"rule": func(code press.Rule) string {
		for _, i := range press.Rules() {
			if i.Code == code {
				return i.Name
			}
		}
		return string(code)
	},
}).Parse(`<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>证据：{{.Title}}</title>` + style + `</head><body>
<h1>证据：{{.Title}}</h1>
<p>{{.X.Office}}的发布台账里关于这篇稿件的全部记录。由{{.X.By}}于{{at .X.At}}导出，程序版本{{.X.Program}}。</p>
<p>离线核对：把这个压缩包（不要解开）交给 <code>tongfa evidence check 文件</code>。{{.Coverage}}</p>
{{if .Broken}}<p class="bad"><b>流转记录的链不完整：</b>{{range .Broken}}第{{.N}}条，{{.Why}}；{{end}}</p>{{else}}<p class="good">流转记录{{len .Chain}}条，逐条相扣。</p>{{end}}
<h2>稿件</h2><table>
<tr><th scope="row">编号</th><td>{{.Item.ID}}</td></tr>{{with .Item.ExternalID}}<tr><th scope="row">来文编号</th><td>{{.}}</td></tr>{{end}}
<tr><th scope="row">索引号</th><td>{{.Item.IndexNumber}}</td></tr><tr><th scope="row">类别</th><td>{{.Item.Kind.Name}}</td></tr>
<tr><th scope="row">状态</th><td>{{.Shown.Name}}</td></tr><tr><th scope="row">收稿</th><td>{{at .Item.FiledAt}} {{.Item.FiledBy}}</td></tr>
<tr><th scope="row">台账</th><td><code>{{.Ledger}}</code></td></tr></table>
<h2>公开情况</h2><table><tr><th>渠道</th><th>代</th><th>状态</th><th>版本</th><th>首次公开</th><th>地址</th><th>标记</th></tr>
{{range .All}}<tr><td>{{.Channel}}</td><td>{{.Generation}}</td><td>{{.State.Name}}</td><td>{{.Revision}}</td><td>{{at .FirstSeen}}</td><td>{{.URL}}</td><td><code>{{.Marker}}</code></td></tr>{{end}}</table>
<p>首次公开时间是第一次核验看到公开页面与签发文本一致的时间，不能填写，也不能修改。</p>
<h2>版本</h2><table><tr><th>版本</th><th>标题</th><th>摘要</th><th>时间</th><th>全文</th></tr>
{{range .Revisions}}<tr><td>{{.Number}}</td><td>{{.Title}}</td><td><code>{{.Digest}}</code></td><td>{{at .At}} {{.By}}</td><td><a href="revisions/{{.Number}}.html">网页</a> <a href="revisions/{{.Number}}.txt">文本</a></td></tr>{{end}}</table>
<h2>审签</h2><table><tr><th>环节</th><th>谁</th><th>结果</th><th>意见</th><th>时间</th><th>版本</th><th>所签文本的摘要</th></tr>
{{range .Approvals}}<tr><td>{{step .Step}}</td><td>{{.By}} {{.Office}}{{with .RecordedBy}}（{{.}}登记）{{end}}</td><td>{{if .Pass}}通过{{else}}<b class="bad">未通过</b>{{end}}</td><td>{{.Ground}}</td><td>{{at .At}}</td><td>{{.Revision}}</td><td><code>{{.Digest}}</code></td></tr>{{else}}<tr><td colspan="7">没有</td></tr>{{end}}</table>
{{with .Waivers}}<h2>放行</h2><table><tr><th>规则</th><th>谁</th><th>理由</th><th>时间</th></tr>{{range .}}<tr><td>{{rule .Rule}}</td><td>{{.By}}</td><td>{{.Reason}}</td><td>{{at .At}}</td></tr>{{end}}</table>{{end}}
{{with .Assets}}<h2>附件和图片</h2><table><tr><th>名称</th><th>类型</th><th>字节</th><th>摘要</th></tr>{{range .}}<tr><td><a href="{{file .}}">{{.Name}}</a></td><td>{{.MIME}}</td><td>{{.Size}}</td><td><code>{{.Digest}}</code></td></tr>{{end}}</table>{{end}}
<h2>期次</h2><table><tr><th>期</th><th>时段</th><th>组成</th><th>公开</th><th>版面时间</th></tr>{{range .Issued}}<tr><td>{{.Title}} <code>{{.Key}}</code></td><td>{{at .Slot}}</td><td>{{at .Composed}}</td><td>{{at .Out}}</td><td>{{at .Public}}</td></tr>{{else}}<tr><td colspan="5">没有</td></tr>{{end}}</table>
<h2>动作</h2><table><tr><th>渠道</th><th>动作</th><th>步骤</th><th>开始</th><th>完成</th><th>对方的编号</th></tr>{{range .Steps}}<tr><td>{{.Channel}}</td><td>{{.Verb.Name}}</td><td>{{.Name}}</td><td>{{at .Intended}}</td><td>{{at .Done}}</td><td>{{.Ref}}</td></tr>{{else}}<tr><td colspan="6">没有</td></tr>{{end}}</table>
<h2>回执</h2><table><tr><th>时间</th><th>渠道</th><th>动作</th><th>结果</th><th>说明</th><th>对方的原话</th></tr>{{range .Receipts}}<tr><td>{{at .At}}</td><td>{{.Channel}}</td><td>{{.Verb.Name}}</td><td>{{.Status.Name}} {{.Code}}</td><td>{{.Note}} {{.URL}} {{.Ref}}</td><td><code>{{.Raw}}</code></td></tr>{{else}}<tr><td colspan="6">没有</td></tr>{{end}}</table>
<h2>核验</h2><table><tr><th>第一次</th><th>最近</th><th>次数</th><th>渠道</th><th>所见</th><th>说明</th><th>所见文本的摘要</th></tr>{{range .Sightings}}<tr><td>{{at .At}}</td><td>{{at .LastAt}}</td><td>{{.Times}}</td><td>{{.Channel}}</td><td>{{.Status.Name}}</td><td>{{.Detail}} {{.URL}}</td><td><code>{{.Digest}}</code></td></tr>{{else}}<tr><td colspan="7">没有</td></tr>{{end}}</table>
<h2>流转记录</h2><table><tr><th>条</th><th>时间</th><th>谁</th><th>做了什么</th><th>渠道</th><th>变化</th><th>内容</th><th>摘要</th></tr>{{range .Chain}}<tr><td>{{.N}}</td><td>{{at .At}}</td><td>{{.By}} {{role .Role}}</td><td>{{what .}}</td><td>{{.Channel}}</td><td>{{turn .}}</td><td>{{.Detail}}</td><td><code>{{.Hash}}</code></td></tr>{{end}}</table>
<h2>每日总摘要</h2>{{if .Covered}}<p>第{{.Covered.Head}}份总摘要覆盖到第{{.Covered.N}}条流转记录。</p><table><tr><th>份</th><th>时间</th><th>总摘要</th></tr>{{range .Heads}}<tr><td>{{.N}}</td><td>{{at .At}}</td><td><code>{{.Hash}}</code></td></tr>{{end}}</table>{{else}}<p>还没有总摘要覆盖这篇稿件：总摘要每天零时后和每次备份前各做一份。</p>{{end}}
</body></html>
`))
