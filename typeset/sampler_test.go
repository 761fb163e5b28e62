package typeset

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"tongfa/press"
)

// seal is a round red stamp on nothing, as an office hands it over.
func seal(t testing.TB) Picture {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 240, 240))
	for x := range 240 {
		for y := range 240 {
			d := math.Hypot(float64(x)-119.5, float64(y)-119.5)
			if d < 118 && d > 110 || d < 30 {
				m.Set(x, y, color.NRGBA{210, 20, 30, 255})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return Picture{Mime: "image/png", Data: b.Bytes(), W: 240, H: 240}
}

func right(text string) press.Block {
	return press.Block{Kind: press.Paragraph, Align: press.AlignRight, Spans: span(text)}
}

func left(text string) press.Block {
	return press.Block{Kind: press.Paragraph, Align: press.AlignLeft, Spans: span(text)}
}

func center(text string) press.Block {
	return press.Block{Kind: press.Paragraph, Align: press.AlignCenter, Spans: span(text)}
}

func cells(texts ...string) []press.Cell {
	out := make([]press.Cell, len(texts))
	for i, t := range texts {
		out[i].Spans = span(t)
	}
	return out
}

// rule is an article of a set of rules: 第一条 in the strong face, and its text.
func rule(n, text string) press.Block {
	return press.Block{Kind: press.Paragraph, Spans: []press.Span{{Text: "第" + n + "条", Bold: true}, {Text: "　" + text}}}
}

// regulations is a notice with the rules that it brings, as most documents of a gazette are.
func regulations() []press.Block {
	out := []press.Block{left("各镇人民政府、街道办事处，区政府各部门、各直属机构："),
		press.P("《示例区政府信息公开申请办理规定》已经2026年11月12日区政府第48次常务会议审议通过，现印发给你们，请认真贯彻执行。执行中遇到的问题，请径向区政府办公室反映。"),
		press.P("附件：1. 示例区政府信息公开申请办理规定"), press.P("2. 示例区政府信息公开申请表（公民、法人和其他组织适用）及填表说明、受理机构名录和联系方式"),
		right("示例区人民政府"), right("2026年11月20日"),
		press.P("附件1"), center("示例区政府信息公开申请办理规定"),
		{Kind: press.Heading, Level: 1, Align: press.AlignCenter, Spans: span("第一章　总则")}}
	text := []string{"为了规范政府信息公开申请办理工作，保障公民、法人和其他组织依法获取政府信息，根据《中华人民共和国政府信息公开条例》（国务院令第711号），结合本区实际，制定本规定。",
		"本规定适用于本区各级行政机关（含法律、法规授权的具有管理公共事务职能的组织，以下统称行政机关）办理政府信息公开申请的活动。",
		"行政机关应当自收到申请之日起20个工作日内予以答复；需要延长答复期限的，应当经政府信息公开工作机构负责人同意并告知申请人，延长的期限最长不得超过20个工作日。",
		"申请人申请公开政府信息的数量、频次明显超过合理范围，行政机关可以要求申请人说明理由；认为申请理由不合理的，告知申请人不予处理。"}
	for i, n := range []string{"一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五", "十六", "十七", "十八", "十九", "二十", "二十一", "二十二", "二十三"} {
		if i == 8 || i == 16 {
			out = append(out, press.Block{Kind: press.Heading, Level: 1, Align: press.AlignCenter, Spans: span([]string{"第二章　登记和受理", "第三章　附则"}[i/16])})
		}
		b := rule(n, text[i%4]+text[(i/4+1)%4])
		if i%7 == 3 {
			b.Spans = append(b.Spans, press.Span{Text: "前款所称合理范围", Note: "合理范围由区政府办公室会同区司法局按年度公布，2026年度的标准见《示例区人民政府办公室关于明确政府信息公开申请合理范围的通知》（示政办发〔2026〕3号）。"}, press.Span{Text: "，由区政府办公室解释。"})
		}
		out = append(out, b)
	}
	return out
}

// measures is a plan full of figures: lists, formulas, tables of all shapes.
func measures() []press.Block {
	wide := &press.Table{Caption: "表2　2026年重点任务分季度完成情况（单位：万元、%）", Head: 2, Rows: [][]press.Cell{
		{{Spans: span("责任单位"), RowSpan: 2}, {Spans: span("任务"), RowSpan: 2}, {Spans: span("第一季度"), ColSpan: 3}, {Spans: span("第二季度"), ColSpan: 3}, {Spans: span("第三季度"), ColSpan: 3}, {Spans: span("第四季度"), ColSpan: 3}},
		cells("计划", "完成", "完成率", "计划", "完成", "完成率", "计划", "完成", "完成率", "计划", "完成", "完成率")}}
	for i := range 9 {
		row := cells("区发展改革局", fmt.Sprintf("第%d项　城乡基础设施补短板工程", i+1))
		for q := range 4 {
			row = append(row, cells(fmt.Sprintf("%d,%03d.5", 12+i*q, i*37), fmt.Sprintf("%d,%03d.25", 11+i*q, i*31), fmt.Sprintf("%d.5%%", 90+i))...)
		}
		wide.Rows = append(wide.Rows, row)
	}
	plan := &press.Table{Caption: "表1　重点任务分工", Head: 1, Rows: [][]press.Cell{cells("序号", "任务名称", "责任单位", "联系人", "完成时限", "预算（万元）")}}
	for i := range 34 {
		plan.Rows = append(plan.Rows, cells(fmt.Sprint(i+1), []string{"督促落实安全生产专项整治", "全面加强义务教育优质均衡发展、建立城乡学校共同体并按年度评估公布结果", "健全普惠金融服务"}[i%3], []string{"区市场监管局", "区教育和体育局、区财政局", "区住房城乡建设管理局"}[i%3], "王某", fmt.Sprintf("2026年%d月底前", i%12+1), fmt.Sprintf("%d.%d", 120+i*211, i%10)))
	}
	plan.Rows[5][1].Spans[0].Note = "第5项任务由区教育和体育局牵头，按季度报送进展。"
	list := press.Block{Kind: press.ListKind}
	for i, s := range []string{"公开范围：主动公开目录所列事项，以及依申请公开后可以转为主动公开的事项。", "公开时限：自信息形成或者变更之日起20个工作日内；法律、法规另有规定的，从其规定。", "公开方式：政府网站、政府公报、政务新媒体，以及国家档案馆、公共图书馆、政务服务场所设置的查阅场所。"} {
		list.Items = append(list.Items, press.ListItem{Marker: fmt.Sprintf("%d.", i+1), Blocks: []press.Block{press.P(s)}})
	}
	return []press.Block{left("各有关单位："), press.P("为落实《示例区国民经济和社会发展第十五个五年规划纲要》，现将2026年重点任务分工印发给你们。"),
		press.H(1, "一、主要目标"), press.P("到2026年底，一般公共预算收入达到28.6亿元，同比增长7.3％；单位GDP能耗下降3.5%；PM2.5年均浓度不高于35μg/m³；气温在-5℃～12℃时供热室温不低于18℃。"),
		press.H(2, "（一）公开的范围、时限和方式"), list,
		press.H(2, "（二）计算办法"),
		{Kind: press.Paragraph, Spans: []press.Span{{Text: "完成率按下式计算：η=(Q"}, {Text: "1", Sub: true}, {Text: "+Q"}, {Text: "2", Sub: true}, {Text: "+…+Q"}, {Text: "n", Sub: true}, {Text: ")÷(P×n)×100%，其中P为年度计划数；面积以m"}, {Text: "2", Sup: true}, {Text: "计，绿地不少于1.2×10"}, {Text: "6", Sup: true}, {Text: "m"}, {Text: "2", Sup: true}, {Text: "，"}, {Text: "统计口径", Note: "见国家统计局《统计用区划和城乡划分代码》。"}, {Text: "不得变动。"}}},
		press.P("数据接口：https://data.example.gov.cn/api/v2/statistics/2026/quarter-4/index.html?from=gazette&id=20261126&format=json（联系邮箱：open-data.office@example.gov.cn）。"),
		{Kind: press.TableKind, Table: plan}, press.P("各责任单位应当于每季度末月25日前报送进展，由区政府办公室汇总后报区政府，并在区政府网站公布。"),
		{Kind: press.TableKind, Table: wide}, press.P("上述任务纳入年度考核。本通知自印发之日起施行，有效期至2031年11月30日。"),
		{Kind: press.Figure, Picture: &press.Picture{Digest: "p1", Alt: "办事流程：受理、审查、决定", Caption: "图1　政府信息公开申请办理流程"}},
		right("示例区发展和改革局"), right("2026年11月18日")}
}

// dialogue is an interview: quotes in quotes, dashes, ellipses, names of documents in each other.
func dialogue() []press.Block {
	var out []press.Block
	for i := range 14 {
		out = append(out, press.Block{Kind: press.Paragraph, Spans: []press.Span{{Text: "记者：", Bold: true}, {Text: []string{"“放管服”改革——特别是“一网通办”“跨省通办”——推进到了哪一步？企业怎么说……", "《〈示例区政务公开条例〉实施办法》和《关于贯彻〈示例区政务公开条例〉若干问题的意见》是什么关系？", "有人问：“‘应公开、尽公开’，谁来把关？”您怎么看！？"}[i%3]}}},
			press.Block{Kind: press.Paragraph, Spans: []press.Span{{Text: "负责人：", Bold: true}, {Text: []string{"可以用一句话概括：“公开是常态，不公开是例外。”截至2026年11月，全区上线政务服务事项1,286项，其中“最多跑一次”事项占98.6%……下一步，我们将会同市场监管、税务、人力资源社会保障等部门（单位），把“高效办成一件事”做实做细。",
				"前者是规章——由区政府制定；后者是规范性文件（示政办发〔2026〕12号）。两者不一致的，以《〈示例区政务公开条例〉实施办法》为准，这一点《意见》第三条、第十二条写得很清楚：“本意见与办法不一致的，按照办法执行。”",
				"“谁制作、谁公开；谁公开、谁负责！”这是条例的要求，也是我们的答复。当然，涉及国家秘密、商业秘密、个人隐私的……该不公开的，一条也不能公开。"}[i%3]}}})
	}
	return out
}

// sampler is an issue with everything that a gazette prints.
func sampler(t testing.TB) *Work {
	w := issue(t)
	w.Pictures["seal"] = seal(t)
	w.Cover.Notes = []string{"1992年创刊　季刊　公开发行"}
	w.Colophon = []Fact{{"主管", "示例区人民政府"}, {"主办", "示例区人民政府办公室"}, {"编辑", "《示例区人民政府公报》编辑部"}, {"地址", "示例区示例路1号"}, {"邮编", "000000"}, {"电话", "0000-0000000"}, {"网址", "https://www.example.gov.cn/gazette/"}, {"准印证号", "（示）000号"}}
	var es []Indexed
	for i := range 60 {
		es = append(es, Indexed{Section: []string{"区政府文件", "区政府办公室文件", "部门文件"}[i/20], Title: []string{"示例区人民政府关于公布2026年度重大行政决策事项目录的通知", "示例区人民政府办公室关于印发《示例区突发事件总体应急预案》的通知", "关于城镇燃气安全管理的意见"}[i%3], Number: fmt.Sprintf("示政发〔2026〕%d号", i+1), Issue: fmt.Sprintf("第%d期", i/15+1), Page: 1 + i*7%90})
	}
	w.Sections = []Section{
		{Title: "区政府文件", Articles: []Article{
			{ID: "b1", Title: "示例区人民政府关于印发《示例区政府信息公开申请办理规定》的通知", Number: "示政发〔2026〕15号", Body: regulations(), Seal: "seal"},
			{ID: "b2", Title: "示例区人民政府关于进一步加强城镇燃气、危险化学品、建筑施工、道路交通等重点行业领域安全生产工作坚决防范和遏制重特大事故发生的实施意见", Number: "示政发〔2026〕16号", Body: append(generated(0, 12), right("示例区人民政府"), right("2026年11月21日"))},
		}},
		{Title: "部门文件", Articles: []Article{{ID: "b3", Title: "关于印发2026年重点任务分工的通知", Number: "示发改〔2026〕40号", Body: measures()}}},
		{Title: "政策解读", Articles: []Article{{ID: "b4", Title: "《〈示例区政务公开条例〉实施办法》政策问答", Body: dialogue()}}},
		{Title: "人事任免", Articles: []Article{
			{ID: "b5", Title: "示例区人民政府关于王某等同志任免职的通知", Number: "示政任〔2026〕4号", Body: []press.Block{left("各镇人民政府、街道办事处，区政府各部门："), press.P("区政府决定："), press.P("任命王某为示例区发展和改革局局长；"), press.P("任命𫗧某为示例区财政局副局长（试用期一年）；"), press.P("免去𬭛某的示例区司法局副局长职务。"), right("示例区人民政府"), right("2026年11月22日")}},
			{ID: "b6", Title: "示例区人民政府关于李某退休的通知", Number: "示政任〔2026〕5号", Body: []press.Block{press.P("李某已达到法定退休年龄，办理退休手续。"), right("示例区人民政府"), right("2026年11月22日")}},
		}},
		{Title: "更正", Articles: []Article{{ID: "errata", Title: "更正", Body: []press.Block{press.P("2026年第3号刊登的《示例区人民政府关于公布行政规范性文件清理结果的通知》（示政发〔2026〕9号）更正如下。排版时漏字。"), press.P("“第四条第（二）项”应为“第四条第（三）项”。"), press.P("“自印发之日施行”应为“自印发之日起施行”（补上“起”）。")}}}},
		{Title: "总目录", Articles: []Article{YearIndex("《示例区人民政府公报》2026年总目录", es)}},
	}
	return w
}

// TestTheSamplerIsRight sets the issue with everything in every style: no line is at fault, and the four formats say the same.
func TestTheSamplerIsRight(t *testing.T) {
	t.Parallel()
	w := sampler(t)
	for _, s := range styles() {
		out, b, err := Make(w, Making{Style: s, Faces: faces(t), Made: made()})
		if err != nil {
			t.Fatal(err)
		}
		if !b.Report.OK() {
			t.Errorf("%s: %+v", s.Name, b.Report)
		}
		for _, f := range Verify(w, out).Files {
			if !f.Same {
				t.Errorf("%s: %s: %s", s.Name, f.Format, f.Difference)
			}
		}
		if dir := os.Getenv("TYPESET_LOOK"); dir != "" { // where a person wants to look at them
			for f, data := range out {
				if err := os.WriteFile(filepath.Join(dir, s.Name+"."+string(f)), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
