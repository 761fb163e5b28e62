package standin

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"
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
	Faults          Script
	Accounts        []accountView
	Effects         []Effect
	Callbacks       []Delivery
	Requests        []LogEntry
}

// accountView is what can be changed about an account.
type accountView struct {
	AppID, Name   string
	Review        time.Duration
	Tokens        int // that are good
	Publish, Mass bool
	Confirm       bool
	Callback      string
}

const (
	consoleLength = 50 // how many drafts and articles the page shows, the newest first
	consoleRecent = 12 // how many effects, callbacks and requests
)

func (w *WeChat) console(rw http.ResponseWriter, r *http.Request) {
	w.remember(r)
	drafts, articles := w.Drafts(), w.Articles()
	p := consolePage{
		NDraft: len(drafts), NPublic: len(articles), Drafts: newest(drafts, consoleLength), Articles: newest(articles, consoleLength),
		Waiting: w.Waiting(), Faults: w.armedScript(), Accounts: w.accountViews(), Effects: newest(w.Effects(), consoleRecent),
		Callbacks: newest(w.Deliveries(), consoleRecent), Requests: newest(w.Log(), consoleRecent),
	}
	w.mu.Lock()
	p.Now, p.Captcha = w.now(), w.world.Captcha
	w.mu.Unlock()
	fill(consoleTemplate, p).write(rw)
}

func (w *WeChat) accountViews() []accountView {
	now := w.enter()
	defer w.mu.Unlock()
	var out []accountView
	for _, one := range w.o.Accounts {
		a := w.world.Accounts[one.AppID]
		v := accountView{
			AppID: a.AppID, Name: a.Name, Review: w.o.Review, Publish: a.mayPublish(), Mass: a.mayMass(), Confirm: a.AdminConfirm, Callback: a.Callback.URL,
		}
		if a.Review != nil {
			v.Review = *a.Review
		}
		for _, t := range w.world.Tokens {
			if t.AppID == a.AppID && now.Before(t.Expires) && (t.Dies.IsZero() || now.Before(t.Dies)) {
				v.Tokens++
			}
		}
		out = append(out, v)
	}
	return out
}

// effectNames are the effects in the words of the page.
var effectNames = map[string]string{
	"picture": "上传正文图片", "material": "上传素材", "material-delete": "删除素材", "temporary": "上传临时素材", "draft-add": "新建草稿",
	"draft-update": "修改草稿", "draft-delete": "删除草稿", "submit": "提交发布", "mass": "提交群发", "preview": "预览", "article-delete": "删除文章",
	"clear-quota": "清零次数", "comments": "开关留言", "published": "发布成功", "pushed": "群发成功", "refused": "未通过",
	"human-edit-draft": "人工改稿", "human-delete-draft": "人工删稿", "human-publish": "人工发布", "human-mass": "人工群发",
	"human-edit-article": "人工改文章", "human-delete-article": "人工删文章", "human-ban-article": "平台封禁", "human-remark": "读者留言",
	"human-read": "设定阅读数",
}

// lasts writes a time span for people.
func lasts(d time.Duration) string {
	if d < time.Second {
		return "不到一秒"
	}
	var b strings.Builder
	for _, unit := range []struct {
		d    time.Duration
		name string
	}{{24 * time.Hour, "天"}, {time.Hour, "小时"}, {time.Minute, "分"}, {time.Second, "秒"}} {
		if n := d / unit.d; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
			d %= unit.d
		}
	}
	return b.String()
}

func effectName(kind string) string { return cmp.Or(effectNames[kind], kind) }

func newest[T any](list []T, n int) []T {
	var out []T
	for i := len(list) - 1; i >= 0 && len(out) < n; i-- {
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

// consoleTemplate: a button names its act and the act's body; data-ask names what to ask the human for, as key:question, or key#:question for
// a number.
var consoleTemplate = template.Must(template.New("console").Funcs(template.FuncMap{
	"when":  func(t time.Time) string { return t.In(beijing).Format("2006-01-02 15:04:05") },
	"clock": func(t time.Time) string { return t.In(beijing).Format("01-02 15:04:05") },
	"order": orderOf,
	"named": effectName,
	"lasts": lasts,
}).Parse(`<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<link rel="icon" href="data:,">
<title>微信模拟接口</title>
<style>
*{box-sizing:border-box}
body{margin:0 auto;max-width:1080px;padding:16px;color:#1f2329;line-height:1.6;font-size:15px;overflow-wrap:anywhere;
font-family:-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif}
h1{font-size:20px;margin:8px 0}h2{font-size:16px;margin:24px 0 4px}
.note{color:#595f69;font-size:13px;margin:0}
li{list-style:none;border-top:1px solid #e5e6eb;padding:10px 0}ul{padding:0;margin:0}
.lines li{padding:5px 0;font-size:13px;display:flex;gap:10px}.lines time{color:#595f69;white-space:nowrap;font-variant-numeric:tabular-nums}
.lines span{min-width:0}
button{font:inherit;font-size:13px;margin:6px 6px 0 0;padding:5px 12px;border:1px solid #b0b4bb;border-radius:4px;background:#fff;color:#1f2329;cursor:pointer}
button:hover{background:#f4f5f7}button:focus-visible,a:focus-visible{outline:2px solid #2e5fa3;outline-offset:2px}
a{color:#2e5fa3}.bad{color:#b3261e}
code{font-size:13px;background:#f4f5f7;padding:1px 4px;border-radius:3px}
@media(max-width:600px){button{padding:9px 14px;margin-top:8px}}
@media(min-width:900px){.two{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:0 32px;align-items:start}}
</style>
</head>
<body>
<h1>微信模拟接口</h1>
<p class="note">这里不是真实的微信，可以扮演公众号后台里的人和平台。模拟时间：{{when .Now}}（北京）。</p>
<p class="note">数据：<a href="/_standin/effects">变化</a> · <a href="/_standin/articles">文章</a> · <a href="/_standin/drafts">草稿</a> ·
<a href="/_standin/waiting">待确认</a> · <a href="/_standin/callbacks">推送</a> · <a href="/_standin/faults">故障</a> ·
<a href="/_standin/log">请求</a> · <a href="/_standin/log.jsonl">导出请求记录</a></p>
<button data-act="travel" data-body="{{order "seconds" 3600}}">时间前进一小时</button>
<button data-act="travel" data-body="{{order "seconds" 86400}}">时间前进一天</button>
<button data-act="captcha" data-body="{{order "on" (not .Captcha)}}">{{if .Captcha}}关闭{{else}}打开{{end}}文章页的“环境异常”验证</button>
<div class="two"><div>
<h2>故障</h2>
{{if .Faults}}<p class="note">待发 {{len .Faults}} 个：{{range .Faults}}<code>{{.}}</code> {{end}}</p>{{else}}<p class="note">没有待发的故障</p>{{end}}
<button data-act="script" data-body="{}" data-ask="script:布置故障，例如 draft/add=drop freepublish/get@2=errcode(45009)">布置故障</button>
<button data-act="storm" data-body="{{order "count" 10}}" data-ask="seed#:用哪个种子抽十个故障（整数，同一个种子得到同样的故障）">随机十个故障</button>
{{- if .Faults}}
<button data-act="clear-faults" data-body="{}">清除{{len .Faults}}个待发故障</button>{{end}}
{{range .Accounts}}<h2>公众号 {{or .Name .AppID}}</h2>
<p class="note">审核用时{{lasts .Review}} · 有效的令牌 {{.Tokens}} 个 · {{if .Publish}}可以发布{{else}}<span class="bad">不能发布</span>{{end}} ·
{{if .Mass}}可以群发{{else}}<span class="bad">不能群发</span>{{end}} · 群发{{if not .Confirm}}不{{end}}要管理员确认{{if .Callback}} · 推送到 {{.Callback}}{{end}}</p>
<button data-act="review" data-body="{{order "appid" .AppID}}" data-ask="seconds#:审核要多少秒（一小时是 3600）">改审核用时</button>
<button data-act="expire-tokens" data-body="{{order "appid" .AppID}}">令牌全部失效</button>
<button data-act="power" data-body="{{order "appid" .AppID "publish" (not .Publish)}}">{{if .Publish}}收回{{else}}给予{{end}}发布权限</button>
<button data-act="power" data-body="{{order "appid" .AppID "mass" (not .Mass)}}">{{if .Mass}}收回{{else}}给予{{end}}群发权限</button>
<button data-act="require-confirm" data-body="{{order "appid" .AppID "on" (not .Confirm)}}">{{if .Confirm}}取消{{else}}要求{{end}}管理员确认群发</button>
{{end}}
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
</div><div>
<h2>最近的变化</h2>
<ul class="lines">{{range .Effects}}<li><time>{{clock .At}}</time><span>{{named .Kind}}{{if ne .Result "ok"}} <span class="bad">{{.Result}}</span>{{end}}
{{- if .Titles}}：{{range $i, $t := .Titles}}{{if $i}} / {{end}}{{$t}}{{end}}{{end}}</span></li>{{else}}<li class="note">还没有变化</li>{{end}}</ul>
{{if .Callbacks}}<h2>最近的推送</h2>
<ul class="lines">{{range .Callbacks}}<li><time>{{clock .At}}</time><span>{{.Event}} ·
{{- if .Tries}} 发了 {{.Tries}} 次，{{if .Status}}对方答 {{.Status}}{{else}}<span class="bad">没有答复</span>{{end}}{{else}} 没有发出{{end}}
{{- if .Fault}} · 故障 {{.Fault}}{{end}}{{if .Error}} · <span class="bad">{{.Error}}</span>{{end}}</span></li>{{end}}</ul>{{end}}
<h2>最近的请求</h2>
<ul class="lines">{{range .Requests}}<li><time>{{clock .At}}</time><span>{{.Path}}{{if .Fault}} · <span class="bad">故障 {{.Fault}}</span>{{end}}
{{- if .Code}} · <span class="bad">{{.Code}}</span>{{else if ne .Status 200}} · <span class="bad">HTTP {{.Status}}</span>{{end}}</span></li>{{else}}<li class="note">还没有请求</li>{{end}}</ul>
</div></div>
<script>
document.addEventListener("click", function (e) {
  var d = e.target.dataset;
  if (!d || !d.act) return;
  var body = JSON.parse(d.body);
  var asks = d.ask ? d.ask.split("|") : [];
  for (var i = 0; i < asks.length; i++) {
    var at = asks[i].indexOf(":"), key = asks[i].slice(0, at), answer = prompt(asks[i].slice(at + 1));
    if (answer === null) return;
    if (key.slice(-1) === "#") {
      key = key.slice(0, -1);
      answer = Number(answer);
      if (!(answer >= 0)) return alert("要填一个数");
    }
    body[key] = answer;
  }
  fetch("/_standin/" + d.act, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)})
    .then(function (r) { return r.ok ? location.reload() : r.text().then(alert); });
});
</script>
</body>
</html>
`))
