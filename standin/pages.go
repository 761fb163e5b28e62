package standin

import "html/template"

// articleTemplate is the public page: the elements and ids that programs look for in the real one, at the width of a phone.
var articleTemplate = template.Must(template.New("article").Parse(`<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">
<meta property="og:title" content="{{.Title}}">
<meta property="og:url" content="{{.URL}}">
<meta property="og:image" content="{{.Cover}}">
<meta property="og:description" content="{{.Digest}}">
<meta property="og:site_name" content="微信公众平台（模拟）">
<meta property="og:type" content="article">
<meta name="description" content="{{.Digest}}">
<meta name="author" content="{{.Author}}">
<title>{{.Title}}</title>
<style>
*{box-sizing:border-box}
body{margin:0;background:#fff;color:rgba(0,0,0,.9);line-height:1.6;-webkit-text-size-adjust:100%;overflow-wrap:break-word;
font-family:-apple-system,"PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC","WenQuanYi Micro Hei",sans-serif}
.rich_media_area_primary{max-width:677px;margin:0 auto;padding:20px 16px 12px}
.preview{background:#fff7e6;color:#8a5a00;font-size:13px;text-align:center;padding:8px 16px}
.rich_media_title{font-size:22px;line-height:1.4;margin:0 0 14px;font-weight:500}
.rich_media_meta_list{margin:0 0 22px;font-size:15px;line-height:20px;color:rgba(0,0,0,.4)}
.rich_media_meta{margin:0 10px 6px 0;display:inline-block}
#js_name{color:#576b95;text-decoration:none}
.rich_media_content{font-size:17px;text-align:justify;overflow:hidden}
.rich_media_content p{margin:0;min-height:1em}
.rich_media_content h1,.rich_media_content h2,.rich_media_content h3,.rich_media_content h4{font-size:inherit;margin:0}
.rich_media_content img{max-width:100%!important;height:auto!important;vertical-align:bottom}
.rich_media_content img:not([src]){background:#f2f2f2;min-height:120px;width:100%}
.rich_media_content table{border-collapse:collapse;max-width:100%}
.rich_media_content td,.rich_media_content th{text-align:left}
.share_media{margin:0 0 20px}
.share_media img{display:block;width:100%;margin:0 0 8px;border-radius:4px}
.rich_media_tool{margin-top:32px;padding-top:4px;font-size:15px;line-height:32px;display:flex;justify-content:space-between;color:rgba(0,0,0,.4)}
#js_view_source{color:#576b95;text-decoration:none}
.foot{margin-top:28px;border-top:1px solid #f0f0f0;padding:14px 0 20px;font-size:12px;color:rgba(0,0,0,.3);text-align:center}
</style>
</head>
<body id="activity-detail" class="zh_CN">
{{- if .Preview}}<div class="preview">草稿预览，链接为临时链接</div>{{end}}
<div id="js_article" class="rich_media"><div class="rich_media_area_primary"><div id="img-content">
<h1 class="rich_media_title" id="activity-name">{{.Title}}</h1>
<div id="meta_content" class="rich_media_meta_list">
{{- if .Author}}<span class="rich_media_meta rich_media_meta_text" id="js_author_name">{{.Author}}</span>{{end -}}
<span class="rich_media_meta rich_media_meta_nickname" id="profileBt"><a href="javascript:void(0);" id="js_name">{{.Account}}</a></span>
<em id="publish_time" class="rich_media_meta rich_media_meta_text" style="font-style:normal">{{.At}}</em>
</div>
{{if .Shown}}<div class="share_media" id="js_share_content">{{range .Shown}}<img data-src="{{.}}" alt="">{{end}}</div>{{end -}}
<div class="rich_media_content js_underline_content" id="js_content">{{.Content}}</div>
<div class="rich_media_tool" id="js_toobar3">
{{- if .Source}}<a class="media_tool_meta meta_primary" id="js_view_source" href="{{.Source}}" rel="noopener">阅读原文</a>{{else}}<span></span>{{end -}}
<span class="media_tool_meta">模拟环境，不统计阅读</span></div>
<div class="foot">本页由微信模拟接口生成，不是真实的微信文章</div>
</div></div></div>
<script>
var ct = "{{.Unix}}";
document.querySelectorAll("img[data-src]").forEach(function (img) {
  img.src = img.getAttribute("data-src");
});
</script>
</body>
</html>
`))

// noticeTemplate is what stands in an article's place: deleted, banned, unknown, or a captcha.
var noticeTemplate = template.Must(template.New("notice").Parse(`<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">
<title>{{.Title}}</title>
<style>
body{margin:0;background:#fff;color:rgba(0,0,0,.9);text-align:center;
font-family:-apple-system,"PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC","WenQuanYi Micro Hei",sans-serif}
.weui-msg{padding:72px 32px 0;max-width:480px;margin:0 auto}
.icon{width:64px;height:64px;border-radius:50%;background:#fa5151;color:#fff;font-size:40px;line-height:64px;margin:0 auto 28px;font-weight:600}
h2{font-size:20px;font-weight:500;margin:0 0 12px;line-height:1.4}
p{font-size:15px;line-height:1.7;color:rgba(0,0,0,.5);margin:0 0 32px}
a{display:inline-block;min-width:184px;padding:10px 24px;border-radius:8px;background:#07c160;color:#fff;text-decoration:none;font-size:17px}
</style>
</head>
<body>
<div class="weui-msg"><div class="icon" aria-hidden="true">!</div>
<div class="weui-msg__text-area"><h2 class="weui-msg__title">{{.Headline}}</h2>{{if .Text}}<p class="weui-msg__desc">{{.Text}}</p>{{end}}</div>
{{if .Button}}<a id="js_verify" href="javascript:void(0);">{{.Button}}</a>{{end}}
</div>
</body>
</html>
`))
