package standin

import (
	"strings"
	"testing"
)

func TestContentIsRewrittenAsWeChatRewritesIt(t *testing.T) {
	r := newRig(t, Options{})
	up := r.upload("/cgi-bin/media/uploadimg", "media", "a.png", pngBytes(20, 10))["url"].(string)
	stored := strings.Replace(up, "/0?wx_fmt=png", "/640?wx_fmt=png&amp;from=appmsg", 1)
	img := `<img data-src="` + stored + `" data-type="png" data-ratio="0.5" data-w="20"`
	for _, c := range []struct{ name, in, want string }{
		{"script, style, iframe and controls go with their content", `<p>甲</p><script>x()</script><style>p{}</style><iframe src="https://v.example.com"></iframe><input value="1"><p>乙</p>`, `<p>甲</p><p>乙</p>`},
		{"a form leaves its text", `<form action="/x"><p>甲</p><button>送</button></form>`, `<p>甲</p>`},
		{"handlers and comments go", `<p onclick="x()">甲<!-- 注 --></p>`, `<p>甲</p>`},
		{"id goes, class and data stay", `<section id="a" class="b" data-wxk="c">甲</section>`, `<section class="b" data-wxk="c">甲</section>`},
		{"position goes from a style", `<section style="position:absolute;color:#333;left:0">甲</section>`, `<section style="color:#333;left:0">甲</section>`},
		{"only position leaves an empty style", `<section style="position: relative">甲</section>`, `<section style="">甲</section>`},
		{"another style is not touched", `<p style="text-indent:2em; line-height:1.8">甲</p>`, `<p style="text-indent:2em; line-height:1.8">甲</p>`},
		{"background-position is not position", `<p style="background-position:0 0">甲</p>`, `<p style="background-position:0 0">甲</p>`},
		{"a foreign background goes", `<p style="color:red;background-image:url(https://example.com/a;b.png)">甲</p>`, `<p style="color:red">甲</p>`},
		{"a style sent with &quot; is emptied", `<p style="font-family:&quot;宋体&quot;;color:red">甲</p>`, `<p style="">甲</p>`},
		{"a style sent with &#39; is emptied", `<p class="x" style='font-family:&#39;宋体&#39;'>甲</p>`, `<p class="x" style="">甲</p>`},
		{"an entity in another attribute or in the text does no harm", `<p style="color:red" title="&quot;">&quot;甲&#39;</p>`, `<p style="color:red" title="&quot;">"甲&#39;</p>`},
		{"style inside another value is no style", `<p title=' style="&quot;" ' class="x">甲</p>`, `<p title=" style=&quot;&quot;&quot; " class="x">甲</p>`},
		{"an apostrophe is stored as &#39;, also in a style", `<p style="font-family:'宋体'">it's</p>`, `<p style="font-family:&#39;宋体&#39;">it&#39;s</p>`},
		{"a foreign link loses its address", `<a href="https://example.gov.cn/a" style="color:red">甲</a>`, `<a style="color:red">甲</a>`},
		{"a link to a sent article stays", `<a href="https://mp.weixin.qq.com/s/abc">甲</a>`, `<a href="https://mp.weixin.qq.com/s/abc">甲</a>`},
		{"a link to a lookalike goes", `<a href="https://mp.weixin.qq.com.example.com/s/abc">甲</a>`, `<a>甲</a>`},
		{"javascript goes", `<a href="javascript:x()">甲</a>`, `<a>甲</a>`},
		{"a div without blocks is a paragraph", `<div style="color:red">甲<b>乙</b></div>`, `<p style="color:red">甲<b>乙</b></p>`},
		{"a div with blocks dissolves without its style", `<div style="color:red">零<p style="margin:0">甲</p> <b>乙</b>丙</div>`, `<p>零</p><p style="margin:0">甲</p><p><b>乙</b>丙</p>`},
		{"nested divs dissolve", `<div style="a:b"><div style="color:red">甲</div><div><section>乙</section></div></div>`, `<p style="color:red">甲</p><section>乙</section>`},
		{"a table survives", `<table border="1"><tbody><tr><td colspan="2">甲</td></tr></tbody></table>`, `<table border="1"><tbody><tr><td colspan="2">甲</td></tr></tbody></table>`},
		{"a foreign picture goes", `<p>甲<img src="https://example.gov.cn/a.png"></p>`, `<p>甲</p>`},
		{"an embedded picture goes", `<p>甲<img src="data:image/png;base64,AAAA"></p>`, `<p>甲</p>`},
		{"an unknown picture of ours goes", `<img src="` + r.url + `/mmbiz_png/unknown/0">甲`, `甲`},
		{"an uploaded picture gets data-src", `<img src="` + up + `" alt="图">`, img + ` alt="图" class="rich_pages wxw-img"/>`},
		{"a fetched picture comes back unchanged", img + ` alt="图" class="x"/>`, img + ` alt="图" class="x"/>`},
		{"br and hr are void", `甲<br>乙<hr>`, `甲<br/>乙<hr/>`},
		{"no-break spaces are entities", "甲\u00a0乙&amp;丙", "甲&nbsp;乙&amp;丙"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := r.article("")
			a["content"] = c.in
			id := r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{a}})["media_id"]
			if got := r.stored(id); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func (r *rig) stored(mediaID any) string {
	r.t.Helper()
	out := r.post("/cgi-bin/draft/get", map[string]any{"media_id": mediaID})
	items, _ := out["news_item"].([]any)
	if len(items) == 0 {
		r.t.Fatalf("draft/get: %v", out)
	}
	s, _ := items[0].(map[string]any)["content"].(string)
	return s
}

func TestForeignLinksAreRefusedWhenSwitched(t *testing.T) {
	r := newRig(t, Options{Switch: Switches{RefuseForeignLinks: true}})
	for href, want := range map[string]int{
		"https://example.gov.cn/": 45166, "//example.gov.cn/": 45166, "https://mp.weixin.qq.com/s/abc": 0, "#top": 0,
	} {
		a := r.article("")
		a["content"] = `<p><a href="` + href + `">甲</a></p>`
		if got := code(r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{a}})); got != want {
			t.Errorf("href %s: %d, want %d", href, got, want)
		}
	}
}

func TestPathologicalHTMLIsRefusedNotFatal(t *testing.T) {
	r := newRig(t, Options{})
	for name, content := range map[string]string{
		"deep":      strings.Repeat("<section>", 60000) + "甲",
		"deep divs": strings.Repeat("<div>", 400) + "甲",
		"unclosed":  `<p style="a` + strings.Repeat("&quot;", 1000),
	} {
		a := r.article("")
		a["content"] = content
		if got := code(r.post("/cgi-bin/draft/add", map[string]any{"articles": []any{a}})); got != 0 && got != 45166 {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func TestJSONEscapesStayVisibleInAnArticle(t *testing.T) {
	raw := func(r *rig) string {
		return `{"articles":[{"title":"\u516c\u544a","content":"\u003cp>a\\u0041\n</p>","thumb_media_id":"` + r.cover + `"}]}`
	}
	r := newRig(t, Options{})
	if got := r.stored(r.post("/cgi-bin/draft/add", raw(r))["media_id"]); got != `\u003cp&gt;a\u0041`+"\n<p></p>" {
		t.Errorf("stored %q", got)
	}
	r = newRig(t, Options{Switch: Switches{DecodeEscapes: true}})
	if got := r.stored(r.post("/cgi-bin/draft/add", raw(r))["media_id"]); got != "<p>a\\u0041\n</p>" {
		t.Errorf("decoded %q", got)
	}
}
