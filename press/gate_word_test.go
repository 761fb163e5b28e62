package press

import (
	"strings"
	"testing"
	"time"
)

func TestWordsOfTheOfficeStopOrWarn(t *testing.T) {
	t.Parallel()
	s := Subject{Now: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC), Revision: Revision{Title: "关于残废 人补贴的通知",
		Body: []Block{P("老大难问题"), P("别的")}}, Words: NewWords([]Word{{"残废人", Stop, "残疾人"}, {"老大难", Warn, ""}, {"没有的词", Stop, ""}, {" ", Stop, ""}})}
	var of []Finding
	for _, f := range Check(s) {
		if f.Rule == ruleWord {
			of = append(of, f)
		}
	}
	if len(of) != 2 || of[0].Severity != Stop || !of[0].Waivable || of[0].Field != "title" || !strings.Contains(of[0].Message, "残疾人") ||
		of[1].Severity != Warn || of[1].Place != "第1段" {
		t.Errorf("%+v", of)
	}
	s.Words = nil
	for _, f := range Check(s) {
		if f.Rule == ruleWord {
			t.Errorf("without a list: %+v", f)
		}
	}
}

// A long list must not make the gates slow.
func BenchmarkWords(b *testing.B) {
	var list []Word
	for i := range 5000 {
		list = append(list, Word{string([]rune{rune(0x4e00 + i%997), rune(0x5000 + i), '词'}), Warn, ""})
	}
	w, text := NewWords(list), strings.Repeat("一上午示例区召开例行会议研究冬季供暖保障和便民服务工作", 200)
	for b.Loop() {
		w.In(text)
	}
}
