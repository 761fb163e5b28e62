package intake

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tongfa/press"
)

var importDay = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

const backHead = "年份,期号,总期号,出版日期,栏目,标题,文号,发布机构,页码,文件\n"

const backGood = backHead + `2019,1,9,2019-3-30,政府文件,关于甲的通知,示政发〔2019〕1号,示例区人民政府,3,2019-1.pdf
2019,1,,,政府文件,"关于乙、丙的
通知",,,7,
2018,增刊1,,2018年10月8日,,规划,,,,zk.pdf
2018,第4期,8,2018/12/30,大事记,大事记,,,,2018-4.pdf
`

func TestPastIssuesAreReadFromAList(t *testing.T) {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(backGood)
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{backGood, "\ufeff" + strings.ReplaceAll(backGood, "\n", "\r\n"), gbk} {
		got, err := BackIssues("过刊.csv", []byte(list), importDay)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, b := range got {
			names = append(names, b.Name()+" "+b.Day+" "+b.File)
		}
		if s := strings.Join(names, "\n"); s != "2018年第4号 2018-12-30 2018-4.pdf\n2018年增刊第1期 2018-10-08 zk.pdf\n2019年第1号 2019-03-30 2019-1.pdf" {
			t.Fatalf("read\n%s", s)
		}
		if x := got[2]; x.Total != 9 || len(x.Articles) != 2 || x.Line != 2 || x.Articles[1] != (press.BackArticle{Section: "政府文件", Title: "关于乙、丙的 通知", Page: 7}) {
			t.Errorf("read %+v", x)
		}
	}
}

func TestAListOfPastIssuesIsRefusedForWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ name, list, want string }{
		{"nothing", "", "清单里没有内容"},
		{"a heading only", backHead, "清单里没有内容"},
		{"no columns", "a,b\n1,2\n", "没有叫“a”的列"},
		{"a column is missing", "年份,期号,标题,文件\n", "缺少列“出版日期”"},
		{"a column twice", backHead[:len(backHead)-1] + ",年\n", "列“年”写了两次"},
		{"not a table", backHead + "2019,\"1,2\n", "不是 CSV"},
		{"not text", "\xff\xd8\xff\xe0\x00\x10JFIF\x00", "读不出文字"},
		{"a year", backHead + "19,1,9,2019-3-30,,甲,,,,a.pdf\n", ":2：year：年份“19”不对"},
		{"a number", backHead + "2019,一,9,2019-3-30,,甲,,,,a.pdf\n", "期号“一”不对"},
		{"a day that is none", backHead + "2019,1,9,2019-2-30,,甲,,,,a.pdf\n", "日期“2019-2-30”不对"},
		{"a day to come", backHead + "2026,1,9,2026-12-30,,甲,,,,a.pdf\n", "还没有到"},
		{"a day of another year", backHead + "2019,1,9,2020-4-1,,甲,,,,a.pdf\n", "对不上"},
		{"no day", backHead + "2019,1,9,,,甲,,,,a.pdf\n", "没有出版日期"},
		{"no file", backHead + "2019,1,9,2019-3-30,,甲,,,,\n", "没有写 PDF 文件"},
		{"no title", backHead + "2019,1,9,2019-3-30,,,,,,a.pdf\n", "没有标题"},
		{"a page", backHead + "2019,1,9,2019-3-30,,甲,,,0,a.pdf\n", "页码“0”不对"},
		{"a long title", backHead + "2019,1,9,2019-3-30,," + strings.Repeat("长", 201) + ",,,,a.pdf\n", "有201个字"},
		{"an issue with two days", backHead + "2019,1,9,2019-3-30,,甲,,,,a.pdf\n2019,1,,2019-3-31,,乙,,,,\n", ":3：date：2019年第1号的出版日期前面写的是2019-03-30"},
		{"an issue with two totals", backHead + "2019,1,9,2019-3-30,,甲,,,,a.pdf\n2019,1,10,,,乙,,,,\n", "总期号前面写的是9"},
		{"an issue with two files", backHead + "2019,1,9,2019-3-30,,甲,,,,a.pdf\n2019,1,,,,乙,,,,b.pdf\n", "的文件前面写的是“a.pdf”"},
		{"a file for two issues", backHead + "2019,1,9,2019-3-30,,甲,,,,a.pdf\n2019,2,10,2019-6-30,,乙,,,,a.pdf\n", "写了同一个文件"},
		{"a number left out", backHead + "2019,1,9,2019-3-30,,甲,,,,a.pdf\n2019,3,10,2019-9-30,,乙,,,,b.pdf\n", "中间缺期"},
		{"a year left out", backHead + "2017,4,9,2017-12-30,,甲,,,,a.pdf\n2019,1,10,2019-3-30,,乙,,,,b.pdf\n", "中间缺1年"},
		{"a year that begins late", backHead + "2018,4,9,2018-12-30,,甲,,,,a.pdf\n2019,2,10,2019-3-30,,乙,,,,b.pdf\n", "缺前面的期"},
		{"totals that jump", backHead + "2019,1,9,2019-3-30,,甲,,,,a.pdf\n2019,2,11,2019-6-30,,乙,,,,b.pdf\n", "没有逐期加一"},
		{"a total that is missing", backHead + "2019,1,9,2019-3-30,,甲,,,,a.pdf\n2019,2,,2019-6-30,,乙,,,,b.pdf\n", "只有一期写了总期号"},
		{"days that go back", backHead + "2019,1,9,2019-7-30,,甲,,,,a.pdf\n2019,2,10,2019-6-30,,乙,,,,b.pdf\n", "早于前一期"},
		{"a supplement with a total", backHead + "2019,增刊1,9,2019-7-30,,甲,,,,a.pdf\n", "增刊没有总期号"},
	} {
		_, err := BackIssues("过刊.csv", []byte(c.list), importDay)
		var r *Refusal
		if !errors.As(err, &r) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzPastIssues(f *testing.F) {
	f.Add([]byte(backGood))
	f.Fuzz(func(t *testing.T, list []byte) {
		got, err := BackIssues("过刊.csv", list, importDay)
		for _, b := range got {
			if err == nil && (len(b.Articles) == 0 || b.Day == "" || b.File == "" || b.Number < 1) {
				t.Errorf("taken: %+v", b)
			}
		}
	})
}
