package main

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestALongReportSaysTheSameWordsOnEveryChannel takes a report of nine thousand characters as plain text with page furniture around its
// title, with its metadata from options, and signatures one by one; and reads it back from all three channels.
func TestALongReportSaysTheSameWordsOnEveryChannel(t *testing.T) {
	o := newOffice(t)
	o.write("report.txt", []byte(longReport()))
	text, code := o.tongfa("add", "report.txt", "--external-id", "oa-report", "--kind", "report", "--issuer", "示例区人民政府办公室",
		"--formed-on", time.Now().Add(-72*time.Hour).Format("2006-01-02"), "--theme", "综合政务", "--genre", "报告", "--disclosure", "主动公开",
		"--column", "年度报告", "--channels", "site,wechat,gazette", "--summary", "2025年政府信息公开工作情况")
	if code != exitStopped {
		t.Fatalf("without signatures add ends with 3, not %d:\n%s", code, text)
	}
	for i, step := range []string{"secrecy", "first", "second", "final"} {
		if text, code = o.tongfa("approve", "oa-report", "--step", step, "--by", []string{"王某", "李某", "赵某", "孙某"}[i], "--ground", "同意公开"); code != 0 {
			t.Fatalf("approve %s ended with %d:\n%s", step, code, text)
		}
	}
	if !strings.Contains(text, "待发布") {
		t.Fatalf("signed by all, and not approved:\n%s", text)
	}
	d := o.start("serve")
	defer kill(d)
	var last statusOut
	o.until("the report is verified on three channels", func() bool { last = o.status(); return last.everywhere("verified") })
	o.sameWordsEverywhere(last)
	for name, c := range last.Items[0].Channels {
		words := o.bodyAt(name, c["url"])
		t.Logf("%s: %d characters, SHA-256 %.16x, %s", name, len([]rune(words)), sha256.Sum256([]byte(words)), c["url"])
		if !strings.Contains(words, "第120项") || len([]rune(words)) < 9000 {
			t.Errorf("%s: the text is not whole", name)
		}
		if strings.Contains(words, "打印本页") {
			t.Errorf("%s: page furniture was published", name)
		}
	}
}

// longReport is a report as it is copied from a web page: the furniture of the page stands around its title.
func longReport() string {
	var b strings.Builder
	b.WriteString("首页 > 政务公开 > 年度报告\n字号：大 中 小\n打印本页\n\n示例区人民政府2025年政府信息公开工作年度报告\n\n发布日期：2026-01-20\n\n")
	numbers := []string{"一", "二", "三", "四", "五", "六"}
	for i := range 120 {
		if i%20 == 0 {
			fmt.Fprintf(&b, "%s、第%d部分工作情况\n\n", numbers[i/20], i/20+1)
		}
		fmt.Fprintf(&b, "第%d项工作，按照《中华人民共和国政府信息公开条例》的规定，全年主动公开政府信息%d条，其中通过政府网站公开%d条，"+
			"通过政务新媒体公开%d条，占总数的%.1f%%，群众满意度保持在较高水平。\n\n", i+1, 1200+i*37, 900+i*29, 300+i*8, 71.5+float64(i)/10)
	}
	return b.String()
}
