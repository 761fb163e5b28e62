package intake

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tongfa/press"
)

// check holds what is true of every document, taken or refused.
func check(t *testing.T, p Package, err error) bool {
	t.Helper()
	if err != nil {
		var r *Refusal
		if !errors.As(err, &r) || len(r.Problems) == 0 || r.Error() == "" {
			t.Fatalf("refused without a reason: %v", err)
		}
		return false
	}
	if p.Revision.Title == "" || strings.Contains(p.Revision.Title, "\n") {
		t.Fatalf("title %q", p.Revision.Title)
	}
	press.Walk(p.Revision.Body, func(b press.Block) {
		if b.Kind == press.Heading && (b.Level < 1 || b.Level > 4) {
			t.Fatalf("heading of level %d", b.Level)
		}
		for _, s := range b.Spans {
			if s.Text == "" && s.Note == "" || s.Link != "" && !strings.HasPrefix(s.Link, "http") && !strings.HasPrefix(s.Link, "mailto:") {
				t.Fatalf("span %+v", s)
			}
		}
	})
	for _, c := range p.Revision.Title + body(p) {
		if v, name := judge(c); v != keep {
			t.Fatalf("%s %U in the text", name, c)
		}
	}
	return true
}

// lost gives the characters of in that are neither in the text nor in the title nor reported.
func lost(in string, p Package) string {
	have := map[rune]int{}
	for _, c := range press.Fold(p.Revision.Title + body(p) + strings.Join(droppedBy(p), "")) {
		have[c]++
	}
	var b strings.Builder
	for _, c := range press.Fold(in) {
		if v, _ := judge(c); v != keep {
			continue // reported by its own warning
		}
		if have[c]--; have[c] < 0 {
			b.WriteRune(c)
		}
	}
	return b.String()
}

func FuzzText(f *testing.F) {
	for _, s := range []string{report, "甲\n乙", "\xff\xfe甲", "一、甲\n（一）乙。\n\x00", "甲\u200b\n字号\n打印\n![]()", "\xca\xbe\xc0\xfd\n甲"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ReadBytes("a.txt", []byte(text), nil, Options{Meta: map[string]string{"kind": "report"}})
		if !check(t, p, err) {
			return
		}
		in, _, _ := decode([]byte(text), true)
		if l := lost(in, p); l != "" {
			t.Errorf("lost %q", l)
		}
	})
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"<h1>甲</h1><p>乙<br>丙</p><ul><li>丁</ul>", "<table><tr><th>甲<td colspan=2>乙<tr><td><table><tr><td>丙</table></table>",
		"<p>甲<script>x</script><!-- 注 --><a href=javascript:x>乙</a>", "<figure><img src=data:x>甲<figcaption>乙</figcaption></figure>",
		"<select><option>甲</select><button>乙</button><svg><text>丙</text></svg>", "<title>甲</title><head>乙</head><body>丙", "<pre>甲\n乙</pre>&#0;&lt;",
		"<table><caption>甲<td>乙", "<ol reversed start=9><li value=x>甲<p>乙", "<template><p>甲</template><noscript>乙</noscript><math><mi>x</math>", wordNotesPage,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, page string) {
		p, err := ReadBytes("a.html", []byte(page), nil, Options{Meta: map[string]string{"kind": "report", "title": "题"}})
		if !check(t, p, err) {
			return
		}
		if l := lost(visible(page), p); l != "" {
			t.Errorf("lost %q of %q in %q", l, visible(page), body(p))
		}
	})
}

// visible is the text of a page as its tokens say, which knows nothing of the parser's tree.
func visible(page string) string {
	text, _, _ := decode([]byte(page), true)
	z := html.NewTokenizer(strings.NewReader(newlines(text)))
	var b strings.Builder
	raw := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if raw == "" {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken: // a slash closes nothing in HTML: <script/> begins a script
			switch name, _ := z.TagName(); string(name) {
			case "script", "style":
				raw = string(name)
			case "noscript":
				z.NextIsNotRawText()
			}
		case html.EndTagToken:
			raw = ""
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{head + "# 甲\n\n**乙。**丙\n\n1. 丁\n   - 戊\n", whole, head + "|甲|乙|\n|-|-|\n|1|2|\n", head + "> <b>甲\n\n```\n乙\n```", "---\n---\n", "甲\n---\n乙",
		head + "![甲](data:image/png;base64,AA==)", head + "[甲](<javascript:x>) &#x202e; <script>x</script>", head + "甲[^1]乙[^2]\n\n[^1]: 丙\n[^2]: 丁\n\n    戊\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ReadBytes("a.md", []byte(text), files{"cover.png": pngOf(1, 1)}.open, Options{})
		check(t, p, err)
	})
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"title":"甲","kind":"news","body":"乙"}`, `{"title":"甲","kind":"news","body":"<p>乙","body_format":"html","approvals":[{"step":"first"}]}`, `{"a":[1,{"b":null}]}`, `{"a`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ReadBytes("a.json", []byte(text), nil, Options{})
		check(t, p, err)
	})
}
