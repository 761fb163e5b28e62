package workday

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

const notice2027 = `# from the office
year: 2027
number: 国办发明电〔2026〕1号
issued_on: 2026-11-04
papers: [https://www.example.gov.cn/1]
days:
  - {name: 元旦, date: 2027-01-01, isOffDay: true}
  - {name: 元旦, date: "2026-12-27", isOffDay: false}
  - name: 春节
    date: 2027-02-05
    isOffDay: true
`

func TestParse(t *testing.T) {
	notices, warnings, err := Parse([]byte("\ufeff" + notice2027))
	if err != nil || len(notices) != 1 {
		t.Fatalf("%v, %v", notices, err)
	}
	n := notices[0]
	if n.Kind != Yearly || n.Year != 2027 || n.Number != "国办发明电〔2026〕1号" || n.IssuedOn != (Date{2026, 11, 4}) || len(n.Papers) != 1 || len(n.Days) != 3 {
		t.Errorf("got %+v", n)
	}
	if n.Days[1] != (Day{Date{2026, 12, 27}, "元旦", false}) {
		t.Errorf("got %+v", n.Days[1])
	}
	// three days are not a year: it is taken, warned about, and does not make its year known
	if len(warnings) != 1 || warnings[0].Line != 2 || !strings.Contains(warnings[0].Text, "confirmed: true") {
		t.Errorf("got %v", warnings)
	}
	c := upTo(2026).With(notices...)
	if c.Knows(2027) {
		t.Error("an incomplete year is known")
	}
	if work, known := works(c, Date{2026, 12, 27}); !work || !known {
		t.Error("the worked Sunday should be worked")
	}
}

func TestParseOtherForms(t *testing.T) {
	for name, text := range map[string]string{
		"json":         `{"$schema": "x", "$id": "y", "year": 2027, "papers": [], "confirmed": true, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": true}]}`,
		"list":         "- year: 2027\n  confirmed: true\n  days: [{name: 元旦, date: 2027-01-01, isOffDay: true}]\n",
		"two texts":    "kind: overlay\nregion: 某自治州\nyear: 2027\ndays: [{name: 州庆, date: 2027-08-02, isOffDay: true}]\n---\nkind: amendment\nyear: 2027\ndays: [{name: 春节, date: 2027-02-10, isOffDay: false}]\n",
		"no confirmed": "kind: amendment\nyear: 2027\ndays: [{name: 春节, date: 2027-02-10, isOffDay: true}]\n",
	} {
		notices, warnings, err := Parse([]byte(text))
		if err != nil || len(notices) == 0 || len(warnings) > 0 && name != "json" && name != "list" {
			t.Errorf("%s: %v, %v, %v", name, notices, warnings, err)
		}
	}
}

// What is wrong in a file is told with the line where it stands, all of it at once.
func TestParseErrors(t *testing.T) {
	day := "days: [{name: 元旦, date: 2027-01-01, isOffDay: true}]\n"
	for _, tc := range []struct {
		name, text string
		want       []string // how the lines of the error begin
	}{
		{"empty", "", []string{"文件里没有放假安排"}},
		{"only a comment", "# nothing\n", []string{"文件里没有放假安排"}},
		{"a text", "你好\n", []string{"第1行：这里应当是一份放假安排"}},
		{"not YAML", "year: 2027\ndays: [\n", []string{"第"}},
		{"not UTF-8", "year: 2027\nnumber: \xb9\xfa\n", []string{"文件不是UTF-8编码"}},
		{"binary", "PK\x03\x04\x00", []string{"文件里有不可见的空字符"}},
		{"too large", strings.Repeat("#", mostBytes+1), []string{"文件太大"}},
		{"too deep", "days: " + strings.Repeat("[", 20), []string{"括号嵌套超过16层"}},
		{"too deep in a list", strings.Repeat("- ", 400), []string{"括号嵌套超过16层"}},
		{"unknown key", "year: 2027\nyaer: 2027\n" + day, []string{"第2行：不认识的键“yaer”"}},
		{"key twice", "year: 2027\nyear: 2028\n" + day, []string{"第2行：同一个键写了两次"}},
		{"no year", day, []string{"第1行：没有写year"}},
		{"year as a text", "year: \"2027\"\n" + day, []string{"第1行：year应当是四位数字"}},
		{"year out of range", "year: 27\n" + day, []string{"第1行：没有写year，或者year不是1999到2199"}},
		{"no days", "year: 2027\n", []string{"第1行：2027年的days里一天也没有"}},
		{"days not a list", "year: 2027\ndays: 3\n", []string{"第2行：days应当是一个列表"}},
		{"day not a map", "year: 2027\ndays:\n  - 2027-01-01\n", []string{"第3行：days的每一项应当写成"}},
		{"no such date", "year: 2027\ndays:\n  - name: 元旦\n    date: 2027-02-30\n    isOffDay: true\n", []string{"第4行：日期“2027-02-30”写得不对"}},
		{"date in another form", "year: 2027\ndays:\n  - {name: 元旦, date: 2027/1/1, isOffDay: true}\n", []string{"第3行：日期“2027/1/1”写得不对"}},
		{"nothing about a day", "year: 2027\ndays:\n  - {name: 元旦}\n", []string{"第3行：这一天没有写date", "第3行：这一天没有写isOffDay"}},
		{"yes is no boolean", "year: 2027\ndays:\n  - {name: 元旦, date: 2027-01-01, isOffDay: yes}\n", []string{"第3行：isOffDay应当是true或者false"}},
		{"unknown key of a day", "year: 2027\ndays:\n  - {name: 元旦, date: 2027-01-01, isOffDay: true, rest: 1}\n", []string{"第3行：不认识的键“rest”，一天可以写"}},
		{"day twice", "year: 2027\ndays:\n  - {name: 元旦, date: 2027-01-01, isOffDay: true}\n  - {name: 元旦, date: 2027-01-01, isOffDay: true}\n", []string{"第4行：2027-01-01写了两次（前一次在第3行）"}},
		{"day of another year", "year: 2027\ndays:\n  - {name: 元旦, date: 2026-12-25, isOffDay: true}\n", []string{"第3行：2026-12-25不属于2027年的安排"}},
		{"a Monday to be worked", "year: 2027\ndays:\n  - {name: 元旦, date: 2027-01-04, isOffDay: false}\n", []string{"第3行：2027-01-04是周一，本来就上班"}},
		{"kind unknown", "year: 2027\nkind: holiday\n" + day, []string{"第2行：kind应当是notice"}},
		{"overlay of nowhere", "year: 2027\nkind: overlay\n" + day, []string{"第1行：地区假日"}},
		{"issued after its year", "year: 2027\nissued_on: 2028-01-01\n" + day, []string{"第1行：issued_on写的2028-01-01晚于"}},
		{"second notice of a list", "- year: 2027\n  confirmed: true\n  days: [{name: 元旦, date: 2027-01-01, isOffDay: true}]\n- year: 2028\n", []string{"第4行：2028年的days里一天也没有"}},
		{"anchors", "year: &y 2027\n" + day, []string{"第1行：year应当是四位数字"}},
		{"everything at once", "yaer: 1\nkind: x\ndays:\n  - {date: 1}\n", []string{"第1行：不认识的键", "第2行：kind应当是", "第4行：date应当是日期", "第4行：这一天没有写isOffDay"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			notices, _, err := Parse([]byte(tc.text))
			if err == nil || notices != nil {
				t.Fatalf("accepted: %+v", notices)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tc.want) || !slices.EqualFunc(lines, tc.want, strings.HasPrefix) {
				t.Errorf("got  %q\nwant %q", lines, tc.want)
			}
		})
	}
}

// The notice of 2026 as an operator would type it gives the calendar that comes with the program.
func TestTypedYearEqualsBuiltin(t *testing.T) {
	var b strings.Builder
	fmt.Fprintln(&b, "year: 2026\ndays:")
	for _, a := range announced {
		if a.year != 2026 {
			continue
		}
		for _, span := range strings.Fields(a.rest) {
			first, last, _ := strings.Cut(span, "/")
			for d := range dates(parse(t, first), parse(t, last)) {
				fmt.Fprintf(&b, "  - {name: 假日, date: %s, isOffDay: true}\n", d)
			}
		}
		for _, s := range strings.Fields(a.worked) {
			fmt.Fprintf(&b, "  - {name: 调休, date: %s, isOffDay: false}\n", s)
		}
	}
	notices, warnings, err := Parse([]byte(b.String()))
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	got, want := upTo(2025).With(notices...), upTo(2026)
	if off := func(c *Calendar) map[Date]bool {
		out := map[Date]bool{}
		for d, day := range c.days {
			out[d] = day.Off
		}
		return out
	}; !maps.Equal(off(got), off(want)) || !slices.Equal(got.Years(), want.Years()) {
		t.Errorf("the typed year answers otherwise: %v, builtin %v", off(got), off(want))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(notice2027))
	f.Add([]byte(`{"year": 2027, "days": [{"date": "2027-01-01", "isOffDay": true}]}`))
	f.Add([]byte("- &a\n- *a\n"))
	f.Add([]byte("? ? ? :\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		notices, _, err := Parse(data)
		if (err == nil) != (len(notices) > 0) {
			t.Errorf("%v, %v", notices, err)
		}
		new(Calendar).With(notices...).Years()
	})
}
