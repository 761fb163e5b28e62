package intake

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

const registerTable = "序号,统一编号,标题,文号,制定单位,登记日期,备注\n1,XXDR-2026-0010001,关于印发甲办法的通知,示农发[2026]3号,示例区农业农村局,2026/3/1,\n\n2,XXDR-2026-0020001,\"关于乙的通知，含\"\"引号\"\"\",,示例区教育局,2026年12月3日,=1+1\n"

func TestRegisterIsReadAsSpreadsheetsWriteIt(t *testing.T) {
	legacy, err := simplifiedchinese.GB18030.NewEncoder().String(registerTable)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"utf-8": registerTable, "with a mark": "\ufeff" + registerTable, "gb18030": legacy, "windows": strings.ReplaceAll(registerTable, "\n", "\r\n")} {
		got, err := Register("登记.csv", []byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(got) != 2 || got[0].DocNumber != "示农发〔2026〕3号" || got[0].On.String() != "2026-03-01" || got[1].Title != `关于乙的通知，含"引号"` || got[1].On.String() != "2026-12-03" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for name, c := range map[string]struct{ text, want string }{
		"nothing":         {"", "空的"},
		"only names":      {"统一编号,标题,制定单位,登记日期\n", "没有内容"},
		"a column less":   {"统一编号,标题,登记日期\nA,甲,2026-03-01\n", "制定单位"},
		"no date":         {"统一编号,标题,制定单位,登记日期\nA,甲,乙,昨天\n", ":2：登记日期：“昨天”不是日期"},
		"a day too many":  {"统一编号,标题,制定单位,登记日期\nA,甲,乙,2026-02-30\n", "不是日期"},
		"no number":       {"统一编号,标题,制定单位,登记日期\n,甲,乙,2026-02-01\n", ":2：统一编号：没有填写"},
		"the same twice":  {"统一编号,标题,制定单位,登记日期\nA,甲,乙,2026-02-01\nA,丙,乙,2026-02-01\n", ":3：统一编号：“A”与第2行重复"},
		"a picture":       {"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe\x00", "编码读不出来"},
		"far too much":    {"统一编号,标题,制定单位,登记日期\n" + strings.Repeat("A,甲,乙,2026-02-01\n", mostRegistered+2), "最多5000件"},
		"a name too many": {"统一编号,统一编号,标题,制定单位\n", "登记日期"},
	} {
		_, err := Register("登记.csv", []byte(c.text))
		var refused *Refusal
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPaperIsRecognisedByItsContent(t *testing.T) {
	if a, err := Paper("../定稿.txt", []byte("各街道办事处：\n现印发给你们。\n"), Options{}); err != nil || a.Name != "定稿.txt" || a.MIME != "text/plain" || len(a.Digest) != 64 {
		t.Errorf("%+v %v", a, err)
	}
	for name, data := range map[string]string{"a.pdf": "MZ\x90\x00", "a.exe": "MZ", "a.html": "<script>", "a": "x", "a.docx": "PK\x03\x04 not one"} {
		if a, err := Paper(name, []byte(data), Options{}); err == nil {
			t.Errorf("%s was taken as %+v", name, a)
		}
	}
}
