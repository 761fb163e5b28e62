package alarm

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tongfa/press"
)

var china = time.FixedZone("CST", 8*60*60)

func at(hour, minute int) time.Time { return time.Date(2026, 11, 25, hour, minute, 0, 0, china) }

func gone(i int) press.AlarmNews {
	return press.AlarmNews{About: press.AboutOpened, Alarm: press.Alarm{ID: int64(i), Key: fmt.Sprint("gone:", i), Kind: press.AlarmGone, Level: press.Incident, Channel: "site",
		URL: "https://www.example.gov.cn/a.html", Text: fmt.Sprintf("《第%d号通知》在渠道“site”的公开页面不见了", i), Remedy: "请网站管理员恢复", Opened: at(9, 30), Times: 1}}
}

func words() Words {
	return Words{Office: "示例区人民政府办公室", Desk: "https://desk.example.gov.cn/alarms", Zone: china}
}

func TestAMessageTellsWhatWhereSinceWhenWhatToDoAndWhereToGo(t *testing.T) {
	m := words().Digest([]press.AlarmNews{gone(1)}, 2048)
	want := "【同发告警】紧急1条\n\n[紧急·页面消失] 《第1号通知》在渠道“site”的公开页面不见了\n自11月25日09:30起　https://www.example.gov.cn/a.html\n怎么办：请网站管理员恢复\n编辑台：https://desk.example.gov.cn/alarms"
	if m.Text != want || m.Subject != "【同发告警】示例区人民政府办公室：紧急1条" {
		t.Fatalf("%s\n%s", m.Subject, m.Text)
	}
}

func TestTheWorstComesFirst(t *testing.T) {
	over, slow, again, flaps := gone(1), gone(2), gone(3), gone(4)
	over.About, over.Closed = press.AboutClosed, at(9, 40)
	slow.Kind, slow.Level = press.AlarmSlow, press.Warning
	again.About = press.AboutReminded
	flaps.Times = 3
	text := words().Digest([]press.AlarmNews{over, slow, again, flaps}, 2048).Text
	last := -1
	for _, s := range []string{"紧急2条，提醒1条，已恢复1条", "1. [紧急·页面消失·仍未有人认领]", "2. [紧急·页面消失]", "第3次出现", "3. [提醒·打开太慢]", "4. [已恢复]", "09:40恢复"} {
		i := strings.Index(text, s)
		if i <= last {
			t.Fatalf("%q stands wrongly in\n%s", s, text)
		}
		last = i
	}
}

func TestAFloodIsOneMessageThatCanBeSent(t *testing.T) {
	var news []press.AlarmNews
	for i := range 500 {
		news = append(news, gone(i))
	}
	for _, most := range []int{600, 2048, 18000, 64 << 10} {
		text := words().Digest(news, most).Text
		shown := strings.Count(text, "[紧急·页面消失]")
		left := 0
		if _, rest, ok := strings.Cut(text, "另有"); ok {
			fmt.Sscanf(rest, "%d条没有列出", &left)
		}
		if len(text) > most || shown+left != 500 || shown == 0 || !strings.Contains(text, "紧急500条") || !strings.HasSuffix(text, "/alarms") {
			t.Errorf("of %d bytes it has %d, shows %d and leaves out %d", most, len(text), shown, left)
		}
	}
	long := gone(1)
	long.Text = strings.Repeat("很长的标题", 1000)
	text := words().Digest([]press.AlarmNews{long, gone(2)}, 2048).Text
	if len(text) > 2048 || !utf8.ValidString(text) || !strings.Contains(text, "另有1条没有列出") {
		t.Errorf("a long alarm makes %d bytes: %s", len(text), text)
	}
}
