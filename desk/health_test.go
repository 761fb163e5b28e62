package desk

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if status, body := w.get("/healthz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "没有进程持有台账的发布权") {
		t.Errorf("nobody at work: %d %s", status, body)
	}
	if status, body := w.get("/readyz"); status != http.StatusOK || body != "就绪\n" {
		t.Errorf("ready: %d %s", status, body)
	}
	lease, err := w.ledger.Take(t.Context(), "serve", w.now)
	w.must(err)
	defer func() { w.must(lease.Release()) }()
	if status, body := w.get("/healthz"); status != http.StatusOK || !strings.HasPrefix(body, "正常") {
		t.Errorf("at work: %d %s", status, body)
	}
	w.dead = errors.New("最近一次巡检在10分钟以前")
	if status, body := w.get("/healthz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "10分钟以前") {
		t.Errorf("stuck: %d %s", status, body)
	}
	w.must(w.ledger.Clock(t.Context(), w.now))
	w.dead = w.ledger.Clock(t.Context(), w.now.Add(-time.Hour))
	for _, target := range []string{"/healthz", "/matrix"} {
		if _, body := w.get(target); !strings.Contains(body, "本机时钟（2026-11-25 09:00:00）早于台账") || !strings.Contains(body, "请系统管理员：校准本机时钟") {
			t.Errorf("%s does not say that the clock went back: %s", target, body)
		}
	}
}

func TestStatusAsJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.busy()
	var doc statusDoc
	_, body := w.get("/api/v1/items?limit=3&channel=site")
	w.must(json.Unmarshal([]byte(body), &doc))
	if len(doc.Items) != 3 || doc.After == "" || !doc.At.Equal(w.now) {
		t.Fatalf("the page is %s", body)
	}
	_, body = w.get("/api/v1/items?q=便民服务中心")
	w.must(json.Unmarshal([]byte(body), &doc))
	it := doc.Items[0]
	if len(doc.Items) != 1 || it.ID != ids["unknown"] || it.State != press.Hand || it.Channels["wechat"].State != press.CopyUnknown || it.Channels["site"].URL == "" {
		t.Errorf("the item is %s", body)
	}
	if status, body := w.get("/api/v1/items?after=x"); status != http.StatusBadRequest || !strings.Contains(body, "bad_cursor") {
		t.Errorf("bad cursor: %d %s", status, body)
	}
	var channels struct{ Channels []channelDoc }
	_, body = w.get("/api/v1/channels")
	w.must(json.Unmarshal([]byte(body), &channels))
	if len(channels.Channels) != 3 || !channels.Channels[2].Paused || channels.Channels[2].PausedBy != "李某" || channels.Channels[1].Trouble == "" {
		t.Errorf("the channels are %s", body)
	}
}

func TestANumberSaysWhereCountingStopped(t *testing.T) {
	t.Parallel()
	if number(ledger.MostCounted) != "100000+" || number(99999) != "99999" || number(0) != "0" {
		t.Errorf("%s %s", number(ledger.MostCounted), number(99999))
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		1400 * time.Millisecond: "1秒", 59 * time.Second: "59秒", 61 * time.Second: "1分1秒", 26 * time.Hour: "26小时0分", 50 * time.Hour: "2天2小时",
	} {
		if got := (&desk{}).span(chinese, d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestTimesAreAsShortAsTheDayAllows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := &desk{Options: w.options()}
	d.Location = shanghai()
	for at, want := range map[time.Time]string{
		w.now.Add(-time.Hour).UTC(): "09:00", w.now.AddDate(0, 0, -1): "11-24 10:00", w.now.AddDate(-1, 0, 0): "2025-11-25 10:00",
	} {
		if m := d.at(at); m.Short != want || !strings.HasSuffix(m.ISO, "+08:00") {
			t.Errorf("%v is %+v, want %q", at, m, want)
		}
	}
	if d.at(time.Time{}) != nil {
		t.Error("no time is shown as one")
	}
}
