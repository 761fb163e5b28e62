package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/dustin/go-humanize"

	"tongfa/alarm"
	"tongfa/channels"
	"tongfa/config"
	"tongfa/ledger"
	"tongfa/press"
)

// words are what a message says besides the alarms.
func (h *house) words() alarm.Words {
	return alarm.Words{Office: h.cfg.Office, Desk: cmp.Or(h.cfg.Desk, "http://"+h.cfg.Listen) + "/alarms", Zone: h.cfg.Timezone}
}

// bell makes the loop that judges and tells. The ledger is judged with what only the daemon knows.
func (d *daemon) bell() (*alarm.Bell, error) {
	to, err := d.receivers()
	if err != nil {
		return nil, err
	}
	w := &watch{daemon: d}
	for _, r := range to {
		w.to = append(w.to, ledger.Receiver{Name: r.Name(), Least: d.least(r.Name())})
	}
	return alarm.New(alarm.Bell{Store: w, Receivers: to, Words: d.words(), Every: d.cfg.Alarms.Every, Gather: d.cfg.Alarms.Gather, Now: d.now, Log: d.log}), nil
}

// least is the least level of which a receiver is told.
func (h *house) least(name string) press.AlarmLevel {
	c := h.cfg.Alarms
	level := map[string]*config.Robot{"企业微信机器人": c.WeCom, "钉钉机器人": c.DingTalk, "飞书机器人": c.Feishu}
	if r := level[name]; r != nil {
		return press.AlarmLevel(r.Level)
	}
	if c.Email != nil {
		return press.AlarmLevel(c.Email.Level)
	}
	return press.Warning
}

// chainEvery is how often the chains of moves are read from end to end, and chainFirst when for the first time.
const (
	chainEvery = 24 * time.Hour
	chainFirst = 5 * time.Minute
)

// watch is the ledger as the bell sees it.
type watch struct {
	*daemon
	to []ledger.Receiver
}

// Judge implements alarm.Store.
func (w *watch) Judge(ctx context.Context, now time.Time) (opened, closed int, err error) {
	facts, unsure := w.facts(ctx)
	return w.led.Judge(ctx, ledger.Watch{Unknown: w.cfg.Alarms.Unknown, Blind: w.cfg.Alarms.Blind, Quotas: w.quotas(), Facts: facts, Unsure: unsure, Receivers: w.to}, now)
}

// Untold implements alarm.Store.
func (w *watch) Untold(ctx context.Context, receiver string, now time.Time, most int) ([]press.AlarmNews, error) {
	return w.led.Untold(ctx, receiver, now, most)
}

// NextMessage implements alarm.Store.
func (w *watch) NextMessage(ctx context.Context, receiver string) (time.Time, error) {
	return w.led.NextMessage(ctx, receiver)
}

// Told implements alarm.Store.
func (w *watch) Told(ctx context.Context, receiver string, ns []press.AlarmNews, failed error, now time.Time) error {
	return w.led.Told(ctx, receiver, ns, failed, now)
}

func (w *watch) quotas() map[string][]press.Quota {
	out := map[string][]press.Quota{}
	for _, l := range w.lanes {
		if q, ok := l.Driver.(interface{ Quotas() []channels.Quota }); ok {
			out[l.Plan.Channel] = q.Quotas()
		}
	}
	return out
}

// facts are what is wrong outside of the ledger, and of what nothing is known.
func (w *watch) facts(ctx context.Context) (out []press.Alarm, unsure []press.AlarmKind) {
	if err := w.sched.Trouble(); err != nil {
		t := press.TroubleOf(err)
		out = append(out, press.Alarm{Key: "clock", Kind: press.AlarmClock, Text: "所有渠道都停止了发布：" + t.What, Remedy: "请" + cmp.Or(t.Who, "系统管理员") + "：" + t.Do})
	}
	for _, dir := range w.places() {
		if free, ok := freeSpace(dir); ok && free < littleSpace {
			out = append(out, press.Alarm{Key: "disk:" + dir, Kind: press.AlarmDisk, Text: "磁盘快满了：" + dir + " 所在磁盘的剩余空间不足" + humanize.IBytes(littleSpace),
				Remedy: "请系统管理员立即清理；满了以后不能登记，也不能发布"})
		}
	}
	switch t, err := w.backupTrouble(ctx); {
	case err != nil:
		unsure = append(unsure, press.AlarmBackup)
	case t != nil:
		out = append(out, press.Alarm{Key: "backup", Kind: press.AlarmBackup, Text: t.What, Remedy: "请" + cmp.Or(t.Who, "系统管理员") + "：" + t.Do})
	}
	broken, odd, read := w.audit.found()
	if !read {
		return out, append(unsure, press.AlarmChain)
	}
	const remedy = "请系统管理员保留现场、不要改动台账，与最近的备份逐条核对，并报告负责人"
	switch {
	case len(broken) > 0:
		b := broken[0]
		out = append(out, press.Alarm{Key: "chain", Kind: press.AlarmChain, Item: b.Item, Remedy: remedy,
			Text: fmt.Sprintf("有%d处记录对不上，第一处是%s：%s", len(broken)+len(odd), b.Place(), b.Why)})
	case len(odd) > 0:
		out = append(out, press.Alarm{Key: "chain", Kind: press.AlarmChain, Text: fmt.Sprintf("有%d处记录对不上：%s", len(odd), odd[0]), Remedy: remedy})
	}
	return out, unsure
}

// places are the folders in which the daemon writes.
func (h *house) places() []string {
	out := []string{h.cfg.Data}
	for _, c := range h.cfg.Channels {
		switch {
		case c.Site != nil:
			out = append(out, c.Site.Root)
		case c.Gazette != nil:
			out = append(out, filepath.Clean(c.Gazette.Root))
		}
	}
	return out
}
