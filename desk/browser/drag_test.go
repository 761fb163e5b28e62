package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// drop drags a line of the calendar to a day, as a mouse does, and waits for the page that follows.
func (t *tab) drop(line, day string) {
	t.Helper()
	js := fmt.Sprintf(`(() => {
		const from = document.querySelector(%q), to = document.querySelector(%q), data = new DataTransfer();
		if (!from || !to) return false;
		const say = (where, what) => where.dispatchEvent(new DragEvent(what, { bubbles: true, cancelable: true, dataTransfer: data }));
		say(from, "dragstart");
		const taken = !say(to, "dragover"); // who takes it prevents what the browser would do
		if (taken) setTimeout(() => { say(to, "drop"); say(from, "dragend"); }, 0);
		return taken;
	})()`, line, day)
	taken := false
	t.eval(js, &taken)
	if !taken {
		t.Fatalf("%s is not dropped on %s\n%s", line, day, t.text("main"))
	}
	t.do(chromedp.WaitReady(".answers", chromedp.ByQuery))
}

// The publishing office drags what is scheduled to another day: first it is asked, then it is done, and only what may move moves.
func TestDragInTheCalendar(t *testing.T) {
	o := newOffice(t)
	at := time.Now().In(time.FixedZone("CST", 8*60*60)).Add(26 * time.Hour).Truncate(time.Second)
	o.file("oa-1", "示例区2027年老旧小区改造计划", "site", true, "release_at: "+at.Format(time.RFC3339)+"\n")
	w := o.browser(true)
	w.signIn("fabu")
	to := at.AddDate(0, 0, 1)
	if at.Weekday() == time.Sunday { // the next day is of another week
		to = at.AddDate(0, 0, -1)
	}
	w.open("/calendar?view=week&on=" + at.Format(time.DateOnly))
	w.drop("[data-move]", `.calendar [data-day="`+to.Format(time.DateOnly)+`"]`)
	w.says("确认之前请核对")
	w.says(to.Format(time.DateTime))
	w.follow("核对无误")
	w.says("发布时间已改")
	if !strings.HasPrefix(w.at(), "/calendar?") {
		t.Errorf("back at %s", w.at())
	}
	o.until("it is to go out on the other day", func() bool {
		return strings.Contains(o.run("show", "oa-1", "--json"), to.UTC().Format("2006-01-02T15:04")) || strings.Contains(o.run("show", "oa-1", "--json"), to.Format("2006-01-02T15:04"))
	})

	w.signIn("ducha") // the supervisor sees, and moves nothing
	w.open("/calendar?view=week&on=" + to.Format(time.DateOnly))
	n := 0
	if w.eval(`document.querySelectorAll("[data-move], [draggable=true]").length`, &n); n != 0 {
		t.Errorf("%d lines are offered to a supervisor to be moved", n)
	}
}
