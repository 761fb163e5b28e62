package standin

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"time"
)

// consolePage is the start page: what a human finds in the console of an official account, and what she can do there.
type consolePage struct {
	Now             time.Time
	Captcha         bool
	NDraft, NPublic int
	Drafts          []DraftView
	Articles        []LiveArticle
	Waiting         []WaitingMass
	Faults          []Fault
}

// consoleLength is how many drafts and articles the page shows, the newest first.
const consoleLength = 50

func (w *WeChat) console(rw http.ResponseWriter, r *http.Request) {
	w.remember(r)
	drafts, articles := w.Drafts(), w.Articles()
	p := consolePage{
		NDraft: len(drafts), NPublic: len(articles), Drafts: newest(drafts), Articles: newest(articles), Waiting: w.Waiting(), Faults: w.Faults(),
	}
	w.mu.Lock()
	p.Now, p.Captcha = w.now(), w.world.Captcha
	w.mu.Unlock()
	fill(consoleTemplate, p).write(rw)
}

func newest[T any](list []T) []T {
	var out []T
	for i := len(list) - 1; i >= 0 && len(out) < consoleLength; i-- {
		out = append(out, list[i])
	}
	return out
}

// orderOf writes the body of an act for a button: keys and values in turn.
func orderOf(pairs ...any) (string, error) {
	o := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		o[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	b, err := json.Marshal(o)
	return string(b), err
}

// consoleTemplate: a button names its act and the act's body; data-ask names what to ask the human for, as key:question.
var consoleTemplate = template.Must(template.New("console").Funcs(template.FuncMap{
	"when":  func(t time.Time) string { return t.In(beijing).Format("2006-01-02 15:04:05") },
	"order": orderOf,
}).Parse(`<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>微信模拟接口</title>
<style>
body{margin:0 auto;max-width:860px;padding:16px;color:#1f2329;line-height:1.6;font-size:15px;
font-family:-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif}
h1{font-size:20px;margin:8px 0}h2{font-size:16px;margin:24px 0 4px}
.note{color:#646a73;font-size:13px;margin:0}
li{list-style:none;border-top:1px solid #eee;padding:10px 0}ul{padding:0;margin:0}
button{font:inherit;font-size:13px;margin:6px 6px 0 0;padding:4px 12px;border:1px solid #bbb;border-radius:4px;background:#fff;color:#1f2329;cursor:pointer}
a{color:#576b95}.bad{color:#c0392b}
</style>
</head>
<body>
<h1>微信模拟接口</h1>
<p class="note">这里不是真实的微信，可以扮演公众号后台里的人和平台。模拟时间：{{when .Now}}（北京）。</p>
<p class="note">数据：<a href="/_standin/effects">变化</a> · <a href="/_standin/articles">文章</a> · <a href="/_standin/drafts">草稿</a> ·
<a href="/_standin/waiting">待确认</a> · <a href="/_standin/log">请求</a> · <a href="/_standin/faults">故障</a></p>
<button data-act="travel" data-body="{{order "seconds" 3600}}">时间前进一小时</button>
<button data-act="travel" data-body="{{order "seconds" 86400}}">时间前进一天</button>
<button data-act="captcha" data-body="{{order "on" (not .Captcha)}}">{{if .Captcha}}关闭{{else}}打开{{end}}文章页的“环境异常”验证</button>
{{- if .Faults}}
<button data-act="clear-faults" data-body="{}">清除{{len .Faults}}个待发故障</button>{{end}}
{{- if .Waiting}}
<h2>等待管理员确认的群发（{{len .Waiting}}）</h2>
<ul>{{range .Waiting}}<li>{{range $i, $t := .Titles}}{{if $i}} / {{end}}{{$t}}{{end}}
<p class="note">{{when .Until}}前不确认即失败</p>
<button data-act="confirm-mass" data-body="{{order "appid" .AppID "msg_id" .MsgID "yes" true}}">同意</button>
<button data-act="confirm-mass" data-body="{{order "appid" .AppID "msg_id" .MsgID "yes" false}}">拒绝</button></li>{{end}}</ul>{{end}}
<h2>草稿箱（{{.NDraft}}）</h2>
<ul>{{range .Drafts}}<li><a href="{{.Preview}}">{{range $i, $t := .Titles}}{{if $i}} / {{end}}{{$t}}{{end}}</a>
<p class="note">{{when .Created}}{{if .Updated.After .Created}} · {{when .Updated}}改过{{end}}{{if .InReview}} · 审核中{{end}}</p>
{{if not .InReview}}{{$one := order "appid" .AppID "media_id" .MediaID}}<button data-act="publish-draft" data-body="{{$one}}">发布</button>
<button data-act="mass-draft" data-body="{{$one}}">群发</button>
<button data-act="edit-draft" data-body="{{$one}}" data-ask="title:新的标题">改标题</button>
<button data-act="edit-draft" data-body="{{$one}}" data-ask="find:要替换的文字|put:替换成">改正文</button>
<button data-act="delete-draft" data-body="{{$one}}">删除</button>{{end}}</li>{{else}}<li class="note">没有草稿</li>{{end}}</ul>
<h2>已发表（{{.NPublic}}）</h2>
<ul>{{range .Articles}}<li><a href="{{.URL}}">{{.Title}}</a>
<p class="note">{{when .At}} · {{if .Pushed}}群发{{else}}发布{{end}}{{if .Edited}} · 改过{{end}}
{{- if .Deleted}} · <span class="bad">已删除</span>{{end}}{{if .Banned}} · <span class="bad">已封禁</span>{{end}}</p>
{{if not (or .Deleted .Banned)}}{{$one := order "article" .URL}}<button data-act="edit-article" data-body="{{$one}}" data-ask="find:要替换的文字|put:替换成">改正文</button>
<button data-act="delete-article" data-body="{{$one}}">删除</button>
<button data-act="ban-article" data-body="{{$one}}">封禁</button>{{end}}</li>{{else}}<li class="note">还没有文章</li>{{end}}</ul>
<script>
document.addEventListener("click", function (e) {
  var d = e.target.dataset;
  if (!d || !d.act) return;
  var body = JSON.parse(d.body);
  var asks = d.ask ? d.ask.split("|") : [];
  for (var i = 0; i < asks.length; i++) {
    var at = asks[i].indexOf(":"), answer = prompt(asks[i].slice(at + 1));
    if (answer === null) return;
    body[asks[i].slice(0, at)] = answer;
  }
  fetch("/_standin/" + d.act, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)})
    .then(function (r) { return r.ok ? location.reload() : r.text().then(alert); });
});
</script>
</body>
</html>
`))
