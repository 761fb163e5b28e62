package ledger

import (
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

func TestWhatMayBeOutAlreadyIsTold(t *testing.T) {
	b := setup(t)
	b.filed(ready("a", "site"))
	title := b.story("a").Title
	equal(t, "nothing is open before", len(b.story("a").Todo), 0)
	b.surveyed(sitePlan(), false, press.Found{Ref: "/old.html", URL: "https://www.example.gov.cn/old.html", Title: title, Public: b.now.Add(-time.Hour)})
	b.composed(sitePlan(), b.now)
	b.state("a", "site", press.Waiting)
	todo := b.story("a").Todo
	if len(todo) != 1 || todo[0].State != press.Waiting || todo[0].What == "" || !strings.Contains(todo[0].Next, "不发布") {
		t.Fatalf("told %+v", todo)
	}
	var commands []string
	for _, h := range todo[0].Help {
		commands = append(commands, h.Command)
	}
	for _, want := range []string{"--link", "--absent", "stranger list"} {
		if !strings.Contains(strings.Join(commands, "\n"), want) {
			t.Errorf("nobody is told of %s: %q", want, commands)
		}
	}
	_, err := b.Retry(b.ctx, "a", "site", Hint{Absent: true}, Who{"王某", press.Operator}, b.now)
	must(t, err)
	equal(t, "after a person's word", len(b.story("a").Todo), 0)
}

func TestLastSurvey(t *testing.T) {
	b := setup(t)
	at, _, err := b.LastSurvey(b.ctx, "site")
	must(t, err)
	equal(t, "never", at.IsZero(), true)
	b.surveyed(sitePlan(), true)
	at, complete, err := b.LastSurvey(b.ctx, "site")
	must(t, err)
	equal(t, "at", at.Equal(b.now), true)
	equal(t, "complete", complete, true)
}
