package typeset

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tongfa/press"
)

// phrases are what official text is made of.
var phrases = strings.Fields(`各级人民政府及其部门应当 坚持以公开为常态、不公开为例外， 按照“谁制作、谁公开”的原则， 自政府信息形成或者变更之日起20个工作日内 予以公开； 法律、法规另有规定的，从其规定。
区政府办公室负责组织协调， 对2026年11月30日前完成的98.5%以上的事项 进行监督检查， 结果向社会公布。 《示例区政务公开工作要点》（示政办发〔2026〕12号）明确： 涉及公民、法人和其他组织权益的， 应当听取意见；
“放管服”改革、优化营商环境等重点领域， 面积约3000平方米， 投资1.25亿元， 由区发展改革局牵头， 会同有关部门研究提出意见， 报区政府批准后实施。 ——以上各项， 请认真贯彻执行。`)

// edition is an issue of the size that gazettes have: 19 documents, more than 107,000 characters of about 2,200 distinct ones, some beyond the BMP, 15 tables
// with merged cells, 7 pictures and 38 footnotes.
func edition(t testing.TB) *Work {
	t.Helper()
	r := rand.New(rand.NewPCG(2026, 4))
	han := commonHan(t, 2200)
	sentence := func() string {
		var b strings.Builder
		for range 3 + r.IntN(5) {
			b.WriteString(phrases[r.IntN(len(phrases))])
			for range r.IntN(8) {
				b.WriteRune(han[r.IntN(len(han))])
			}
		}
		return b.String() + "。"
	}
	w := issue(t)
	w.Sections = nil
	names := []string{"区政府文件", "区政府办公室文件", "部门文件", "政策解读", "人事任免"}
	for i, n := range names {
		s := Section{Title: n}
		for k := range 4 {
			if i*4+k == 19 {
				break
			}
			a := Article{ID: fmt.Sprint(i, "-", k), Title: fmt.Sprintf("示例区人民政府关于印发《示例区第%d号事项管理办法》的通知", i*4+k+1), Number: fmt.Sprintf("示政发〔2026〕%d号", i*4+k+1)}
			for p := range 46 {
				if p%6 == 0 {
					a.Body = append(a.Body, press.H(1+p/6%2, fmt.Sprintf("第%d部分　总体要求和工作安排", p/6+1)))
				}
				a.Body = append(a.Body, press.P(sentence()+sentence()))
			}
			a.Body = append(a.Body, press.Block{Kind: press.Paragraph, Spans: []press.Span{{Text: "本办法由区政府办公室负责解释", Note: "联系电话见区政府网站，" + sentence()}, {Text: "，自印发之日起施行", Note: "印发日期以文件为准。"}, {Text: "。"}}})
			a.Body = append(a.Body, press.P("有关人员：𫗧某、𬭛某、𫖮某。"))
			if n := i*4 + k; n < 15 {
				a.Body = append(a.Body, press.Block{Kind: press.TableKind, Table: tall(20 + n*3)})
				if n < 7 {
					a.Body = append(a.Body, press.Block{Kind: press.Figure, Picture: &press.Picture{Digest: "p1", Alt: "办事流程", Caption: fmt.Sprintf("图%d　办事流程", n+1)}})
				}
			}
			s.Articles = append(s.Articles, a)
		}
		w.Sections = append(w.Sections, s)
	}
	return w
}

// commonHan are the first characters of GB 2312, the common ones.
func commonHan(t testing.TB, n int) []rune {
	t.Helper()
	var out []rune
	for a := 0xb0; a <= 0xd6; a++ {
		for c := 0xa1; c <= 0xfe && len(out) < n; c++ {
			s, err := simplifiedchinese.GBK.NewDecoder().Bytes([]byte{byte(a), byte(c)})
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, []rune(string(s))[0])
		}
	}
	return out
}

// BenchmarkAnArticleByItself is what the PDF of one article of that issue costs: 5,600 characters, of which 1,900 are distinct, a table and a picture.
func BenchmarkAnArticleByItself(b *testing.B) {
	w, fs := edition(b), faces(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Make(w.Single(w.Sections[0].Articles[0]), Making{Style: Gazette(), Faces: fs, Formats: []Format{FormatPDF}}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAWholeEditionIsOneText makes an issue of the usual size in all formats, and reads it again.
func TestAWholeEditionIsOneText(t *testing.T) {
	t.Parallel()
	w := edition(t)
	p := Verify(w, files(t, w, Gazette(), faces(t)))
	if p.Characters < 107_000 {
		t.Errorf("only %d characters", p.Characters)
	}
	for _, f := range p.Files {
		t.Logf("%s %d bytes", f.Format, f.Bytes)
		if !f.Same {
			t.Errorf("%s: %s", f.Format, f.Difference)
		}
	}
}
