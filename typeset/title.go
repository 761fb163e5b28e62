package typeset

import (
	"math"
	"slices"
	"strings"

	"tongfa/press"
)

// The bounds of a title that is broken by its meaning; a longer one is broken as text is.
const (
	mostTitle      = 240 // boxes
	mostTitleLines = 7
)

// title is a title in lines that are broken where its meaning parts, and shaped as by hand (梯形, 菱形): no word in two, nothing before 的 or 和, and no name of
// a document in two where one line can hold it.
func (c *composer) title(text string, s setting) []row {
	s.align, s.justify = press.AlignCenter, false
	var rows []row
	for part := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		bs, marks := c.boxes([]press.Span{{Text: part}}, s)
		prepare(bs)
		k := &breaker{bs: bs, width: s.width, sums: make([]sum, len(bs)+1)}
		ends := k.titleEnds()
		if ends == nil {
			rows = append(rows, c.text([]press.Span{{Text: part}}, s)...)
			continue
		}
		from := 0
		for _, end := range ends {
			l := k.place(from, end, true, true)
			from = end
			l.w = max(l.w, 0)
			rows = append(rows, c.draw(bs, marks, l, (s.width-l.w)/2, s))
		}
	}
	return rows
}

// titleEnds are the ends of a title's lines; nil when it is not to be broken by its meaning.
func (k *breaker) titleEnds() []int {
	n := len(k.bs)
	if n == 0 || n > mostTitle {
		return nil
	}
	k.add(0, n)
	whole := k.measure(0, n).w
	if whole <= k.width {
		return []int{n}
	}
	least := int((whole + k.width - 1) / k.width)
	if least >= mostTitleLines {
		return nil
	}
	cuts := k.cuts()
	var best []int
	cost := int64(math.MaxInt64)
	for lines := least; lines <= least+1; lines++ {
		for _, shape := range shapes(lines) {
			ends, c := k.shaped(cuts, shape, whole)
			if c += int64(lines-least) * 150; ends != nil && c < cost {
				best, cost = ends, c
			}
		}
	}
	return best
}

// shapes are the widths of lines by which a title may be shaped, in hundredths of their mean: all alike, wide at the top, wide at the bottom, wide in the middle.
func shapes(lines int) [][]int64 {
	flat, down, up, diamond := make([]int64, lines), make([]int64, lines), make([]int64, lines), make([]int64, lines)
	for i := range lines {
		slope := int64(0)
		if lines > 1 {
			slope = int64(30*i/(lines-1)) - 15
		}
		flat[i], down[i], up[i], diamond[i] = 100, 100-slope, 100+slope, 112
		if i == 0 || i == lines-1 {
			diamond[i] = 112 - 36/2
		}
	}
	if lines < 3 {
		return [][]int64{down, flat, up}
	}
	return [][]int64{diamond, down, up, flat}
}

// shaped are the ends of lines that come nearest to a shape, and what they cost.
func (k *breaker) shaped(cuts []int64, shape []int64, whole Length) ([]int, int64) {
	n, lines := len(k.bs), len(shape)
	const far = math.MaxInt64 / 4
	cost, back := make([][]int64, lines+1), make([][]int, lines+1)
	for l := range cost {
		cost[l], back[l] = make([]int64, n+1), make([]int, n+1)
		for j := range cost[l] {
			cost[l][j] = far
		}
	}
	cost[0][0] = 0
	em := k.bs[0].size
	for l := 1; l <= lines; l++ {
		want := whole * Length(shape[l-1]) / Length(100*lines)
		for j := 1; j <= n; j++ {
			if j < n && cuts[j-1] < 0 {
				continue
			}
			for i := j - 1; i >= 0; i-- {
				if cost[l-1][i] >= far {
					continue
				}
				w := k.measure(i, j).w
				if w > k.width {
					break
				}
				off := int64((w - want) * 10 / em)
				c := cost[l-1][i] + off*off/25
				if j < n {
					c += cuts[j-1]
				}
				if c < cost[l][j] {
					cost[l][j], back[l][j] = c, i
				}
			}
		}
	}
	if cost[lines][n] >= far {
		return nil, 0
	}
	var ends []int
	for l, j := lines, n; l > 0; l-- {
		ends = append(ends, j)
		j = back[l][j]
	}
	slices.Reverse(ends)
	return ends, cost[lines][n]
}

// cuts are what it costs to end a line of a title after each box; less than nothing where it may not.
func (k *breaker) cuts() []int64 {
	bs := k.bs
	text := make([]rune, len(bs))
	for i := range bs {
		text[i] = bs[i].r
	}
	inside := withinWords(text)
	out := make([]int64, len(bs))
	depth := 0
	for i := range bs {
		switch bs[i].r {
		case '《':
			depth++
		case '》':
			depth = max(0, depth-1)
		}
		if i+1 == len(bs) {
			break
		}
		if !bs[i].breakable {
			out[i] = -1
			continue
		}
		a, b := text[i], text[i+1]
		c := int64(60)
		switch {
		case inside[i]:
			c = 300
		case strings.ContainsRune(joiners, b) || b == '的':
			c = 400
		case a == '、':
			c = 10
		case strings.ContainsRune(joiners, a):
			c = 250
		case b == '《', endsWith(text[:i+1], "关于"), endsWith(text[:i+1], "印发"), endsWith(text[:i+1], "转发"), startsWith(text[i+1:], "关于"):
			c = 0
		case i > 0 && inside[i-1], i+1 < len(inside) && inside[i+1]: // at the edge of a word
			c = 15
		}
		if depth > 0 {
			c += 350
		}
		out[i] = c + min(bs[i].penalty, unwilling)/20
	}
	return out
}

// titleParts are the places, in bytes, at which a title may be parted on a screen, whose width is not known.
func titleParts(title string) (out []int) {
	var text []rune
	var at []int
	for i, r := range title {
		text, at = append(text, r), append(at, i)
	}
	inside := withinWords(text)
	for i, a := range text[:max(0, len(text)-1)] {
		b := text[i+1]
		ca, cb := classOf(a), classOf(b)
		switch {
		case inside[i], strings.ContainsRune(joiners, b), strings.ContainsRune(joiners, a) && a != '、', b == '的', !ca.endable(), !cb.startable(), ca == word && cb == word:
		default:
			out = append(out, at[i+1])
		}
	}
	return out
}

// wholeWords makes breaks within the words of a title unwelcome.
func wholeWords(bs []box) {
	text := make([]rune, len(bs))
	for i := range bs {
		text[i] = bs[i].r
	}
	for i, in := range withinWords(text) {
		if in || i+1 < len(bs) && (text[i+1] == '的' || strings.ContainsRune(joiners, text[i+1])) {
			bs[i].penalty += mildly
		}
	}
}

// joiners bind what stands around them.
const joiners = "和与及或等之并暨、"

func endsWith(text []rune, s string) bool {
	r := []rune(s)
	return len(text) >= len(r) && slices.Equal(text[len(text)-len(r):], r)
}

func startsWith(text []rune, s string) bool {
	r := []rune(s)
	return len(text) >= len(r) && slices.Equal(text[:len(r)], r)
}

// withinWords reports for each character whether the next one belongs to the same word, by the longest words of official titles that fit.
func withinWords(text []rune) []bool {
	out := make([]bool, len(text))
	for i := 0; i < len(text); {
		n := 1
		for w := min(longestTitleWord, len(text)-i); w > 1; w-- {
			if titleWords[string(text[i:i+w])] {
				n = w
				break
			}
		}
		for k := i; k < i+n-1; k++ {
			out[k] = true
		}
		i += n
	}
	return out
}

const longestTitleWord = 7

// titleWords are the words that titles of official documents are made of.
var titleWords = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(`人民政府 自治区 自治州 自治县 公报 政府公报 办公室 办公厅 委员会 人民代表大会 常务委员会 管理委员会 街道办事处 办事处 管理局 监督局 领导小组 指挥部 联席会议 国务院 党组 党委
		关于 印发 转发 批转 公布 发布 修改 废止 调整 成立 任命 任免 免去 同意 批准 设立 撤销 命名 表彰 表扬 通报 通知 通告 公告 决定 意见 批复 请示 报告 函 纪要 命令
		办法 规定 规则 细则 条例 方案 规划 计划 要点 预案 标准 目录 清单 指南 制度 章程 措施 政策 若干 实施 试行 暂行 进一步 加强 推进 促进 做好 加快 深化 完善 规范 开展 落实 建立 健全 优化 提升 支持 鼓励
		工作 管理 建设 发展 改革 服务 监督 检查 考核 评估 评价 保护 治理 整治 保障 救助 补助 补贴 奖励 扶持 征收 补偿 安置 征地 拆迁 登记 审批 许可 处罚 执法 复议 诉讼 清理 备案 审查 决策 公开 信息 信息公开 政务 政务公开 政府 行政 机关 单位 部门
		规范性文件 行政许可 行政处罚 行政执法 行政复议 行政审批 营商环境 重大 重点 领域 基层 试点 项目 资金 预算 决算 财政 税收 国有 资产 资源 自然资源 土地 耕地 农田 农村 农业 农民 乡村 振兴 城市 城乡 城镇 住房 房屋 物业 小区 市场 市场监管 企业 产业 工业 商业 科技 创新 人才 教育 学校 学前 义务教育 医疗 医疗保障 卫生 健康 养老 托育 就业 创业 社会 社会保障 保险 民政 残疾人 未成年人 妇女 儿童 老年人 退役军人
		生态 环境 生态环境 环境保护 水利 河道 水库 防汛 抗旱 森林 防火 消防 安全 安全生产 生产 应急 突发事件 总体 专项 食品 药品 危险化学品 危险 化学品 建筑施工 建筑 施工 燃气安全 行业 领域 坚决 防范 遏制 重特大 事故 发生 交通 运输 道路 公路 停车 电动自行车 燃气 供热 供水 污水 垃圾 分类 文化 旅游 体育 文物 数字 数据 大数据 智慧 网络 公共 公共资源 交易 招标 投标 采购 统计 普查 人口 经济 年度 全区 全市 全省 全县 区级 市级 高质量 行动 行动计划 三年 十四五 十五五 国民经济 若干措施 实施方案 实施意见 实施办法 实施细则 管理办法 暂行办法 工作要点 工作方案 工作报告 指导意见 政策解读 解读 同志 职务 等同志 通知公告 更正 年度报告`) {
		out[w] = true
	}
	return out
}()
