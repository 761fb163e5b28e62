package press

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tongfa/workday"
)

// numbersFound lists what numbersIn finds as "rule masked"; what is not sure ends in a question mark.
func numbersFound(text, label string) []string {
	out := []string{}
	for _, n := range numbersIn(text, label, day(2026, 11, 25)) {
		s := string(n.rule) + " " + n.masked
		if !n.sure {
			s += "?"
		}
		out = append(out, s)
	}
	return out
}

const (
	testID    = "pii.id 110***********002X"
	testPhone = "pii.phone 138****8000"
	testCard  = "pii.card 6222***********0000"
)

func TestNumbersIn(t *testing.T) {
	for _, tc := range []struct {
		text, label string
		want        []string
	}{
		// identity numbers
		{"11010519491231002X", "", []string{testID}},
		{"身份证号：11010519491231002x，特此公示", "", []string{testID}},
		{"１１０１０５１９４９１２３１００２Ｘ", "", []string{testID}},
		{"110105 19491231 002X", "", []string{testID}},
		{"110105-1949-1231-002 X", "", []string{testID}},
		{"1 1 0 1 0 5 1 9 4 9 1 2 3 1 0 0 2 X", "", []string{testID}},
		{"110105194912310\u200b02X", "", []string{testID}},
		{"11010519491231\n002X", "", []string{testID}},
		{"11010519491231002X13800138000", "", []string{testID, testPhone}},
		{"11010519491231002X", "统一社会信用代码", []string{testID}},
		{"110105194912310021", "", []string{}},                                 // wrong check digit, and nobody says it is one
		{"身份证号110105194912310021", "", []string{"pii.id 110***********0021?"}}, // wrong check digit, but said to be one
		{"110105194912310021", "证件号码", []string{"pii.id 110***********0021?"}}, // the same in a table
		{"11010519491331002X", "证件号码", []string{}},                             // month 13
		{"11010520991231002X", "证件号码", []string{}},                             // not born yet
		{"99010519491231002X", "证件号码", []string{}},                             // no such province
		{"身份证号 3700************16", "", []string{}},                            // masked
		{"编号11010519491231002XY", "", []string{}},                              // part of a longer code
		{"1101051949123100213", "", []string{}},                                // 19 digits
		{"130503670401001", "", []string{"pii.id 130*********001"}},            // of before 1999
		{"身份证130503 670401 001", "", []string{"pii.id 130*********001"}},       // with spaces
		{"注册号：130503670401001", "", []string{}},                                // a registration
		{"130503671301001", "", []string{}},                                    // month 13
		{"13050367040100X", "", []string{}},                                    // no check digit then
		{"130503670401001", "金额（万元）", []string{}},                              // a sum
		{"130503670401001", "身份证号", []string{"pii.id 130*********001"}},        // and not
		// mobile numbers
		{"13800138000", "", []string{testPhone}},
		{"联系人手机：１３８００１３８０００。", "", []string{testPhone}},
		{"138 0013 8000", "", []string{testPhone}},
		{"138-0013-8000", "", []string{testPhone}},
		{"138—0013—8000", "", []string{testPhone}},
		{"1380013-8000", "", []string{testPhone}},
		{"1 3 8 0 0 1 3 8 0 0 0", "", []string{testPhone}},
		{"+86 138 0013 8000", "", []string{testPhone}},
		{"+8613800138000", "", []string{testPhone}},
		{"008613800138000", "", []string{testPhone}},
		{"TEL13800138000", "", []string{testPhone}},
		{"13800138000、13900139000", "", []string{testPhone, "pii.phone 139****9000"}},
		{"13800138000 13900139000", "", []string{testPhone, "pii.phone 139****9000"}},
		{"13800138000@example.com", "", []string{testPhone}},
		{"登记证号123，张三13800138000", "", []string{testPhone}},
		{"13800138000", "联系电话 李元", []string{testPhone}},
		{"138****8000", "", []string{}},
		{"0000-8880116", "", []string{}},
		{"0634-6117870", "", []string{}},
		{"400-820-8820", "", []string{}},
		{"12800138000", "", []string{}},
		{"138001380001", "", []string{}},
		{"13800138000元", "", []string{}},
		{"￥13800138000", "", []string{}},
		{"13812345678.90", "", []string{}},
		{"15000000000", "", []string{}},
		{"13800138000", "补贴金额（元）", []string{}},
		{"13800138000", "补贴（元）", []string{}},
		{"项目代码13800138000", "", []string{}},
		{"A13800138000", "", []string{}},
		{"第13800138000号", "", []string{}},
		{"https://www.example.gov.cn/art/13800138000.html", "", []string{}},
		{"2019年10月17日至2026-11-20 14:06", "", []string{}},
		{"120 150 2000 3500 180 199", "", []string{}},
		{"电话 138 0013 8000 120 300 500", "", []string{testPhone}},
		{"1 138 0013 8000", "", []string{testPhone}},
		{"1500 2000 350", "", []string{}},
		{"2019-371202-48-03-012345", "", []string{}},
		// bank cards
		{"6222020000000000000", "", []string{testCard}},
		{"6222 0200 0000 0000 000", "", []string{testCard}},
		{"622202 0000000000000", "", []string{testCard}},
		{"6222020000000000001", "", []string{}}, // Luhn
		{"6222020000000000000", "订单编号", []string{}},
		{"6222020000000000000", "银行卡号", []string{testCard}},
		{"4111111111111111", "", []string{}}, // a foreign prefix, and nobody speaks of a card
		{"卡号4111111111111111", "", []string{"pii.card 4111********1111"}},
		{"卡号5111 1111 1111 1118", "", []string{"pii.card 5111********1118"}},
		{"6222020000000000000元", "", []string{}},
		// what offices publish all day
		{"统一社会信用代码：91370100163012345X", "", []string{}},
		{"11370322004222241N/2021-5135380", "", []string{}},
		{"1137078555222300XQ/2015-00020", "", []string{}},
		{"11341702486344515H/202110-00013", "", []string{}},
		{"000014349/2017-00110", "", []string{}},
		{"示政办发〔2026〕18号", "", []string{}},
		{"一般公共预算收入186500万元，增加30600万元，合计390600万元", "", []string{}},
		{"（2019）鲁0116民初13805号", "", []string{}},
		{"邮政编码271100，电话6117870", "", []string{}},
	} {
		if got := numbersFound(tc.text, tc.label); !slices.Equal(got, tc.want) {
			t.Errorf("%q in a column %q: got %q, want %q", tc.text, tc.label, got, tc.want)
		}
	}
}

func TestCreditCode(t *testing.T) {
	for code, want := range map[string]bool{
		"11370322004222241N": true, "1137078555222300XQ": true, "11441700007280420Y": true, "11341702486344515H": true,
		"11370322004222242N": false, "1137O322004222241N": false,
	} {
		if validCreditCode(code) != want {
			t.Errorf("%s should be %v", code, want)
		}
	}
}

// A few numbers in a thousand are both. Then the text decides what they are.
func TestNumberThatIsBoth(t *testing.T) {
	for serial := range 1000 {
		s := fmt.Sprintf("11010519491231%03d", serial)
		for _, x := range "0123456789X" {
			if id := s + string(x); checkID(id) && validCreditCode(id) {
				if got := numbersFound("统一社会信用代码："+id, ""); len(got) > 0 {
					t.Errorf("called a credit code: %q", got)
				}
				if got := numbersFound("张三"+id, ""); len(got) != 1 {
					t.Errorf("called nothing: %q", got)
				}
				return
			}
		}
	}
	t.Error("there should be one among a thousand")
}

func TestAddressesIn(t *testing.T) {
	for _, tc := range []struct {
		text, label string
		want        []string
	}{
		{"住在示范小区3号楼2单元501室", "", []string{"*号楼*单元***室"}},
		{"示范花园12幢1单元1203", "", []string{"**幢*单元****"}},
		{"３号楼 ２单元 ５０１室", "", []string{"*号楼*单元***室"}},
		{"三号楼二单元五〇一室", "", []string{"*号楼*单元***室"}},
		{"示范家园8号楼501室", "", []string{"家园*号楼***室"}},
		{"示范小区3-2-501", "", []string{"小区*-*-***"}},
		{"政务家园小区3号楼2单元501室", "", []string{"*号楼*单元***室"}},
		{"范例镇样板村3组12号", "", []string{"范例镇样板村*组**号"}},
		{"家庭住址：示例区示范路12号", "", []string{"家庭住址：示例区示范路**号"}},
		{"家庭住址示例区示范路12号", "", []string{"家庭住址示例区示范路**号"}},
		{"登记住址不符的共12户", "", []string{}},
		{"应当如实填写姓名、住址，于15号前交到3号窗口", "", []string{}},
		{"报名地点：区人民法庭3号楼201室", "", []string{}},
		{"示例区示范路12号", "家庭住址", []string{"示例区示范路**号"}},
		{"示例区示范街道", "家庭住址", []string{}},
		{strings.Repeat("示", 40) + "路12号", "住址", []string{strings.Repeat("示", 26) + "路**号"}},
		{strings.Repeat("长", 700) + "，示范小区3号楼2单元501室", "", []string{"*号楼*单元***室"}},
		{"地址：示例区示范路1号", "", []string{}},
		{"联系地址：示例区示范路1号区政府2号楼305室", "", []string{}},
		{"示例大厦A座2单元1201室", "", []string{}},
		{"示范小区3号楼、5号楼加装电梯", "", []string{}},
		{"示范小区3号楼2单元外墙修缮", "", []string{}},
		{"共涉及12个单元、305户", "", []string{}},
		{"本办公室设在2号楼", "", []string{}},
		{"第十二条　各单元负责人", "", []string{}},
		{"样板村、范例村等3个村组", "", []string{}},
	} {
		got := addressesIn(piece{text: tc.text, label: tc.label, cell: tc.label != ""})
		if !slices.Equal(got, append([]string(nil), tc.want...)) {
			t.Errorf("%q in a column %q: got %q, want %q", tc.text, tc.label, got, tc.want)
		}
	}
}

// Where personal data may stand, and how the place is told.
func TestPersonPlaces(t *testing.T) {
	text := func(s string) []Span { return []Span{{Text: s[:4]}, {Text: s[4:], Bold: true}} }
	row := func(cells ...string) (r []Cell) {
		for _, c := range cells {
			r = append(r, Cell{Spans: []Span{{Text: c}}})
		}
		return r
	}
	table := &Table{Caption: "名单 13800138001", Head: 1, Rows: [][]Cell{
		row("姓名", "电话", "金额（元）"),
		{{Spans: []Span{{Text: "张三"}}, RowSpan: 2}, {Spans: text("13800138002")}, {Spans: text("13800138099")}},
		row("13800138003", "3000"),
		{{Spans: []Span{{Text: "合计"}}, ColSpan: 2}, {Spans: text("13800138098")}},
	}}
	s := changed(func(s *Subject) {
		r := &s.Revision
		r.Title, r.ShortTitle = "标题13800138004", "短13800138005"
		r.Meta.Summary, r.Meta.Author, r.Meta.Keywords = "概述13800138006", "13800138007", []string{"词", "13800138008"}
		r.Attachments = []Asset{{Name: "正文.pdf"}, {Name: "张三13800138009.pdf"}}
		r.Images = []Asset{{Digest: "d"}}
		r.Body = []Block{
			H(1, "一、名单"), P(""), P("张三，13800138010"),
			{Kind: ListKind, Items: []ListItem{{Marker: "1.", Blocks: []Block{P("甲"), P("13800138011")}}}},
			{Kind: Note, Blocks: []Block{P("13800138012"), {Kind: TableKind, Table: table}}},
			{Kind: Figure, Picture: &Picture{Digest: "d", Alt: "照片，电话13800138013", Caption: "图题13800138014"}},
			{Kind: TableKind, Table: &Table{Rows: [][]Cell{row("手机", "13800138015")}}},
		}
	})
	s.Limits = map[string]Limits{"site": {}, "wechat": {}}
	want := []string{
		"stop pii.phone title", "stop pii.phone short_title", "stop pii.phone author", "stop pii.phone summary", "stop pii.phone keywords",
		"stop pii.phone body 第2段", "stop pii.phone body 第4段", "stop pii.phone body 第5段",
		"stop pii.phone body 表1", "stop pii.phone body 表1第2行第2列", "stop pii.phone body 表1第3行第2列",
		"stop pii.phone body 图1", "stop pii.phone body 图1", "stop pii.phone body 表2第1行第2列", "stop pii.phone attachments 附件2",
	}
	found := Check(s)
	if got := saying(found); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// The cell before a number may say what it is; a sum in it does not make the number one.
func TestLabelsInTables(t *testing.T) {
	head := func(s string) []Cell { return []Cell{{Spans: []Span{{Text: "姓名"}}}, {Spans: []Span{{Text: s}}}} }
	for text, want := range map[string][]string{"补贴\n（元）": {}, "备注": {"stop pii.phone body 表1第2行第2列"}} {
		rows := [][]Cell{head(text), head("13800138000")}
		if got := saying(Check(withBody(Block{Kind: TableKind, Table: &Table{Rows: rows}}))); !slices.Equal(got, want) {
			t.Errorf("under %s: got %q, want %q", text, got, want)
		}
	}
	for label, want := range map[string][]string{
		"补贴金额":     {},
		"补贴金额3000": {"stop pii.phone body 表1第1行第2列"},
		"李万元":      {"stop pii.phone body 表1第1行第2列"},
	} {
		row := []Cell{{Spans: []Span{{Text: label}}}, {Spans: []Span{{Text: "13800138000"}}}}
		if got := saying(Check(withBody(Block{Kind: TableKind, Table: &Table{Rows: [][]Cell{row}}}))); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", label, got, want)
		}
	}
}

// drawID makes an identity number that is right in every way.
func drawID(t *rapid.T) string {
	born := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 46000).Draw(t, "born"))
	area := rapid.SampledFrom([]string{"11", "13", "22", "31", "37", "44", "51", "54", "62", "65", "71", "81"}).Draw(t, "province") + fmt.Sprintf("%04d", rapid.IntRange(100, 9999).Draw(t, "area"))
	s := area + born.Format("20060102") + fmt.Sprintf("%03d", rapid.IntRange(0, 999).Draw(t, "serial"))
	for _, x := range "0123456789X" {
		if checkID(s + string(x)) {
			return s + string(x)
		}
	}
	t.Fatalf("no check character for %s", s)
	return ""
}

// disguise writes digits as people write them: with separators, in full width.
func disguise(t *rapid.T, s string, groups ...int) string {
	sep := rapid.SampledFrom([]string{"", " ", "-", "　", "\u00a0", "－"}).Draw(t, "separator")
	var parts []string
	for _, n := range groups {
		parts = append(parts, s[:n])
		s = s[n:]
	}
	text := strings.Join(parts, sep)
	if !rapid.Bool().Draw(t, "full width") {
		return text
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r - '0' + '０'
		case r == 'X':
			return 'Ｘ'
		}
		return r
	}, text)
}

func TestEveryIdentityNumberIsFoundAndMasked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := drawID(t)
		text := rapid.SampledFrom([]string{"", "张三", "（证件号码：", "第一，"}).Draw(t, "before") + disguise(t, id, 6, 4, 4, 4) + rapid.SampledFrom([]string{"", "。", "）", "，女"}).Draw(t, "after")
		s := withText(text)
		found := Check(s)
		i := slices.IndexFunc(found, func(f Finding) bool { return f.Rule == ruleIDNumber && f.Severity == Stop })
		if i < 0 {
			t.Fatalf("%q was not found", text)
		}
		if !strings.Contains(found[i].Message, id[:3]+strings.Repeat("*", 11)+id[14:]) {
			t.Fatalf("the message does not show the masked number: %s", found[i].Message)
		}
		mustNotLeak(t, found, id)
	})
}

// mustNotLeak looks for five digits in a row of the hidden part.
func mustNotLeak(t *rapid.T, found []Finding, secret string) {
	for _, f := range found {
		for i := 3; i+5 <= len(secret)-4; i++ {
			if strings.Contains(f.Message+f.Place+f.Field, secret[i:i+5]) {
				t.Fatalf("%q leaks from %s: %s", secret[i:i+5], f.Rule, f.Message)
			}
		}
	}
}

func TestWrongCheckDigitIsNoIdentityNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := drawID(t)
		last := rapid.SampledFrom(strings.Split("0123456789X", "")).Filter(func(s string) bool { return s != id[17:] }).Draw(t, "last")
		for _, n := range numbersIn("编号"+id[:17]+last, "", day(2026, 11, 25)) {
			t.Fatalf("%+v", n)
		}
	})
}

func TestEveryMobileNumberIsFoundAndMasked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		phone := "1" + rapid.StringMatching(`[3-9][0-9]{8}[1-9]`).Draw(t, "phone")
		text := rapid.SampledFrom([]string{"", "张三", "联系电话：", "手机"}).Draw(t, "before") + disguise(t, phone, 3, 4, 4)
		found := Check(withText(text))
		i := slices.IndexFunc(found, func(f Finding) bool { return f.Rule == rulePhone && f.Severity == Stop })
		if i < 0 {
			t.Fatalf("%q was not found", text)
		}
		if strings.Contains(found[i].Message, phone[3:7]) && phone[3:7] != phone[7:] {
			t.Fatalf("leaks: %s", found[i].Message)
		}
	})
}

func TestEveryCardIsFoundAndMasked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(15, 18).Draw(t, "length")
		s := "62" + rapid.StringMatching(fmt.Sprintf(`[0-9]{%d}`, n-2)).Draw(t, "digits")
		for x := range 10 {
			if luhn(s + string(rune('0'+x))) {
				s += string(rune('0' + x))
				break
			}
		}
		found := Check(withText("账号：" + disguise(t, s, 4, 4, 4, 4, len(s)-16)))
		if !slices.ContainsFunc(found, func(f Finding) bool { return f.Rule == ruleCard || f.Rule == ruleIDNumber && f.Severity == Stop }) {
			t.Fatalf("%q was not found", s)
		}
		mustNotLeak(t, found, s)
	})
}

func TestCreditCodesAreNoPersonalData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom([]string{"11", "12", "52", "91", "92"}).Draw(t, "kind") + rapid.StringMatching(`[1-6][1-5][0-9]{4}[0-9A-HJ-NP-RT-UW-Y]{9}`).Draw(t, "body")
		for _, x := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
			if validCreditCode(s + string(x)) {
				s += string(x)
				break
			}
		}
		if len(s) != 18 {
			t.Fatalf("no check character for %s", s)
		}
		if found := numbersIn("统一社会信用代码："+s, "", day(2026, 11, 25)); len(found) > 0 {
			t.Fatalf("%s: %+v", s, found)
		}
		if found := numbersIn(s, "统一社会信用代码", day(2026, 11, 25)); len(found) > 0 {
			t.Fatalf("%s in a table: %+v", s, found)
		}
	})
}

// What a finding quotes from a form may be personal too.
func TestFindingsNeverRepeatANumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := drawID(t)
		s := spoiled(func(s *Subject) {
			s.Item.Kind, s.Item.Wants = Kind(id), []Want{{Channel: id}}
			s.Revision.Meta = Meta{DocNumber: "示" + id + "号", Disclosure: Disclosure(id), Validity: Validity(id)}
			s.Revision.Cover = &Asset{Name: id, Size: 1 << 30}
			s.Approvals[0].By, s.Approvals[0].Ground, s.Approvals[0].Pass = id, id, false
			s.Steps = []Step{Step(id)}
			s.Waivers = []Waiver{{Item: s.Item.ID, Revision: 1, Rule: ruleDocNumber, By: id, Reason: id}}
		})
		mustNotLeak(t, Check(s), id)
	})
}

func FuzzNumbersIn(f *testing.F) {
	for _, s := range []string{"11010519491231002X", "138 0013 8000", "6222020000000000000", "X", "0X0X", "1－", "\xff138"} {
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, text, label string) {
		for _, n := range numbersIn(text, label, workday.Date{Year: 2026, Month: 1, Day: 1}) {
			if !strings.Contains(n.masked, "****") || !utf8.ValidString(n.masked) {
				t.Errorf("%q: %+v", text, n)
			}
		}
	})
}
