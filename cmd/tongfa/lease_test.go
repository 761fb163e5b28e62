package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// retold hands in a new text of an item with its approvals, to be corrected to.
func (o *office) retold(n int, word string) {
	o.t.Helper()
	at := time.Now().Add(-time.Minute).Format(time.RFC3339)
	var approvals []map[string]any
	for i, step := range []string{"secrecy", "first", "second", "final"} {
		approvals = append(approvals, map[string]any{"step": step, "by": []string{"王某", "李某", "赵某", "孙某"}[i], "office": "区政府办公室",
			"at": at, "result": "pass", "ground": "同意更正"})
	}
	name := o.item(n, map[string]any{"channels": []string{"site"}, "approvals": approvals, "body": fmt.Sprintf("各有关单位：\n\n现就第%d号事项%s如下。", n, word)})
	if text, code := o.said("add", name); code != 0 {
		o.t.Fatalf("add ended with %d:\n%s", code, text)
	}
}

// shows reports whether some page of the website has a text.
func (o *office) shows(text string) bool {
	for _, x := range o.outsideOf() {
		if page, err := pageAt(x.url); err == nil && strings.Contains(page, text) {
			return true
		}
	}
	return false
}

// TestCommandsHeedTheLease corrects, annotates and withdraws beside a daemon, without one, and by several commands at once. Whoever holds the
// lease acts; when a command returns, what it was to do is done.
func TestCommandsHeedTheLease(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.serveFront()
	o.write("tongfa.yaml", []byte(strings.Replace(o.yaml(), "    serve: "+o.siteAt+"\n", "", 1))) // pages that can be read also without a daemon
	o.file(1, 8, "site")
	d := o.start("serve")
	o.until("everything is verified", func() bool { return o.status().everywhere("verified") })

	do := func(quick time.Duration, args ...string) {
		began := time.Now()
		text, code := o.said(args...)
		took := time.Since(began)
		t.Logf("%v: exit %d after %s", args[:2], code, short(took))
		if code != 0 || took > quick {
			t.Errorf("%v ended with %d after %s:\n%s", args, code, took, text)
		}
	}
	o.retold(1, "更正甲")
	do(8*time.Second, "correct", "oa-00001", "--reason", "有误")
	do(8*time.Second, "annotate", "oa-00002", "--validity", "废止", "--by", "示政办发〔2026〕99号")
	if !o.shows("更正甲") || !o.shows("示政办发〔2026〕99号") {
		t.Error("beside the daemon not everything was done")
	}
	kill(d)
	o.retold(3, "更正乙")
	do(8*time.Second, "correct", "oa-00003", "--reason", "有误")
	do(8*time.Second, "annotate", "oa-00004", "--validity", "失效", "--by", "示政办发〔2026〕98号")
	if !o.shows("更正乙") || !o.shows("示政办发〔2026〕98号") {
		t.Error("without a daemon not everything was done")
	}
	o.retold(5, "更正丙")
	o.retold(6, "更正丁")
	var all sync.WaitGroup
	for _, args := range [][]string{
		{"correct", "oa-00005", "--reason", "有误"}, {"correct", "oa-00006", "--reason", "有误"},
		{"annotate", "oa-00007", "--validity", "废止", "--by", "示政办发〔2026〕97号"}, {"withdraw", "oa-00008", "--reason", "有误"},
	} {
		all.Go(func() { do(15*time.Second, args...) })
	}
	all.Wait()
	if !o.shows("更正丙") || !o.shows("更正丁") || !o.shows("示政办发〔2026〕97号") || o.shows("现就第8号事项通知如下") {
		t.Error("of four commands at once not everything was done")
	}
	o.atOnceOnOne()
	if text, code := o.said("check", "--offline"); strings.Contains(text, "✗ 流转") {
		t.Errorf("check ended with %d:\n%s", code, text)
	}
}

// atOnceOnOne corrects an item twice and withdraws it, all at the same time. One of them may be told that it came too late; in the end the item
// is withdrawn.
func (o *office) atOnceOnOne() {
	o.retold(4, "更正戊")
	var all sync.WaitGroup
	for _, args := range [][]string{{"correct", "oa-00004", "--reason", "有误"}, {"correct", "oa-00004", "--reason", "有误"}, {"withdraw", "oa-00004", "--reason", "不该公开"}} {
		all.Go(func() {
			text, code := o.said(args...)
			o.t.Logf("%s: exit %d  %s", args[0], code, lastLine(text))
			if code != 0 && (args[0] == "withdraw" || strings.Contains(text, "locked") || strings.Contains(text, "panic")) {
				o.t.Errorf("%v ended with %d:\n%s", args, code, text)
			}
		})
	}
	all.Wait()
	if got := o.states("oa-00004")["site"]["state"]; got != "withdrawn" {
		o.t.Errorf("the one that was withdrawn is %s", got)
	}
	if o.shows("更正戊") || o.shows("现就第4号事项") {
		o.t.Error("the one that was withdrawn can be read")
	}
}
