package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tongfa/press"
)

// finder reads what is wrong now.
type finder struct {
	l     *Ledger
	q     querier
	w     Watch
	now   time.Time
	kinds map[press.AlarmKind][]press.Alarm
}

func (f *finder) add(a press.Alarm) { f.kinds[a.Kind] = append(f.kinds[a.Kind], a) }

func (f *finder) find(ctx context.Context) error {
	for _, a := range f.w.Facts {
		f.add(a)
	}
	unknown := f.now.Add(-cmp.Or(f.w.Unknown, 30*time.Minute))
	return errors.Join(
		f.differing(ctx),
		f.standing(ctx, press.CopyUnknown, unknown, press.AlarmUnknown),
		f.standing(ctx, press.CopyNeedsHand, f.now, press.AlarmHand),
		f.standing(ctx, press.CopyRefused, f.now, press.AlarmRefused),
		f.blind(ctx), f.slow(ctx), f.tasks(ctx),
		f.overdue(ctx), f.stuck(ctx), f.closed(ctx), f.issues(ctx), f.errata(ctx), f.strangers(ctx), f.slots(ctx), f.troubles(ctx), f.quotas(ctx), f.receivers(ctx),
	)
}

// wrongCopy is a copy of which something is wrong.
type wrongCopy struct {
	id                        int64
	item                      press.ItemID
	channel, kind, url, title string
	note                      string
	since                     sql.NullInt64
}

// alarm is the alarm about a copy, with the words that follow its title and place.
func (c wrongCopy) alarm(kind press.AlarmKind, words, remedy string) press.Alarm {
	return press.Alarm{Key: fmt.Sprintf("%s:%d", kind, c.id), Kind: kind, Item: c.item, Channel: c.channel, URL: c.url,
		Text: fmt.Sprintf("《%s》（%s）在渠道“%s”%s", c.title, c.item, c.channel, words), Remedy: remedy}
}

// keeper is who looks after what a channel shows.
func (c wrongCopy) keeper() string {
	if c.kind == "wechat" {
		return "新媒体编辑"
	}
	return "网站管理员"
}

// copies reads the wrong copies that a query finds, with what else it selects.
func (f *finder) copies(ctx context.Context, query string, args []any, more []any, each func(c wrongCopy)) error {
	rows, err := f.q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("find wrong copies: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c wrongCopy
		err := rows.Scan(append([]any{&c.id, &c.item, &c.channel, &c.kind, &c.url, &c.title, &c.note, &c.since}, more...)...)
		if err != nil {
			return fmt.Errorf("find wrong copies: %w", err)
		}
		each(c)
	}
	return rows.Err()
}

// differing finds what the public sees otherwise than it was approved.
func (f *finder) differing(ctx context.Context) error {
	var status press.SightingStatus
	var detail string
	var changes []byte
	return f.copies(ctx, `
		SELECT c.id, c.item, c.channel, k.kind, c.url, COALESCE(r.title, ''), c.note, c.since_at,
			COALESCE(s.status, 'differs'), COALESCE(s.detail, ''), COALESCE(s.changes, '[]')
		FROM copy c
		CROSS JOIN channel k ON k.name = c.channel
		LEFT JOIN revision r ON r.item = c.item AND r.number = c.revision
		LEFT JOIN sighting s ON s.id = (SELECT id FROM sighting WHERE copy = c.id AND status <> 'blind' ORDER BY id DESC LIMIT 1)
		WHERE c.newest AND c.state = 'differs'
		ORDER BY c.item_n
		LIMIT $1`, []any{mostFacts}, []any{&status, &detail, &changes}, func(c wrongCopy) {
		f.add(differs(c, status, detail, changes))
	})
}

func differs(c wrongCopy, status press.SightingStatus, detail string, changes []byte) press.Alarm {
	after := func(words string) string {
		if detail == "" {
			return words
		}
		return words + "：" + detail
	}
	switch {
	case status == press.SeenGone && strings.Contains(detail, "发布者删除"):
		return c.alarm(press.AlarmDeleted, "的文章被人在平台后台删除", "请"+c.keeper()+"问清是谁、为什么删除：误删的，在编辑台认定“没有发布”后重新发布；应当撤下的，在编辑台撤回，其他渠道才会一并撤下")
	case status == press.SeenGone:
		return c.alarm(press.AlarmGone, after("的公开页面不见了"), "请"+c.keeper()+"立即查明页面为什么打不开：误删的恢复原来的文件；应当撤下的，在编辑台撤回。恢复后系统自动核验")
	case status == press.SeenMoved:
		return c.alarm(press.AlarmMoved, after("的公开页面被跳转到别处"), "请"+c.keeper()+"立即检查网站的跳转设置和域名解析；不是自己人改的，按网站被入侵处置并报告负责人")
	case status == press.SeenBanned:
		return c.alarm(press.AlarmBanned, after("被平台屏蔽，公众看不到"), "请公众号管理员登录公众平台查看通知，按提示申诉；申诉期间由负责人决定是否在其他渠道说明")
	}
	return c.alarm(press.AlarmChanged, after("的内容与签发文本不一致")+firstChanges(changes, detail),
		"请"+c.keeper()+"查明是谁改的：不该改的恢复原文；确需更正的，在编辑台走更正。不是自己人改的，按被篡改处置并报告负责人")
}

// fewChanges is how many differences an alarm tells.
const fewChanges = 3

// firstChanges tells the first differences between what was approved and what was seen, without one that was told already.
func firstChanges(stored []byte, said string) string {
	var changes []press.Change
	if err := json.Unmarshal(stored, &changes); err != nil {
		return ""
	}
	var b strings.Builder
	for i, c := range changes {
		if i == fewChanges {
			fmt.Fprintf(&b, "；等%d处", len(changes))
			break
		}
		if i > 0 || said == "" || !strings.Contains(said, c.Was) || !strings.Contains(said, c.Now) {
			b.WriteString("；" + inWords(c))
		}
	}
	return b.String()
}

// inWords is one difference.
func inWords(c press.Change) string {
	where := ""
	if c.Before != "" {
		where = "“" + c.Before + "”之后"
	}
	switch {
	case c.Was == "":
		return where + "多出“" + c.Now + "”"
	case c.Now == "":
		return where + "少了“" + c.Was + "”"
	}
	return where + "应为“" + c.Was + "”，现为“" + c.Now + "”"
}

// standing finds copies that have been in a state for too long.
func (f *finder) standing(ctx context.Context, state press.CopyState, since time.Time, kind press.AlarmKind) error {
	return f.copies(ctx, `
		SELECT c.id, c.item, c.channel, k.kind, c.url, COALESCE(r.title, ''), c.note, c.since_at
		FROM copy c
		CROSS JOIN item i ON i.id = c.item AND (i.state <> 'withdrawn' OR c.state <> 'refused')
		CROSS JOIN channel k ON k.name = c.channel
		LEFT JOIN revision r ON r.item = c.item AND r.number = CASE WHEN c.revision > 0 THEN c.revision ELSE i.head END
		WHERE c.newest AND c.state = $1 AND c.since_at <= $2
		ORDER BY c.item_n
		LIMIT $3`, []any{state, since.UnixMicro(), mostFacts}, nil, func(c wrongCopy) {
		note := ""
		if c.note != "" {
			note = "：" + c.note
		}
		switch kind {
		case press.AlarmUnknown:
			f.add(c.alarm(kind, "自"+clockTime(f.l.moment(c.since))+"起不知道是否已经发出"+note, "请"+c.keeper()+"到渠道后台看一看：已经发出的，在编辑台贴上链接；确实没有的，认定没有发布。系统在弄清以前不会重发"))
		case press.AlarmHand:
			f.add(c.alarm(kind, "要由人完成"+note, "请"+c.keeper()+"按上面的提示办理，办完在编辑台登记"))
		default:
			f.add(c.alarm(kind, "没有通过平台审核，没有发出"+note, "请"+c.keeper()+"按平台的理由修改稿件，重新审签后发布；不再发布的，在编辑台撤回"))
		}
	})
}

// blind finds copies at which nobody could look for long.
func (f *finder) blind(ctx context.Context) error {
	return f.copies(ctx, `
		SELECT c.id, c.item, c.channel, k.kind, c.url, COALESCE(r.title, ''), c.note, c.blind_at
		FROM copy c
		CROSS JOIN channel k ON k.name = c.channel
		LEFT JOIN revision r ON r.item = c.item AND r.number = c.revision
		WHERE c.blind_at <= $1 AND c.state IN ('live', 'verified', 'differs')
		ORDER BY c.blind_at
		LIMIT $2`, []any{f.now.Add(-cmp.Or(f.w.Blind, 24*time.Hour)).UnixMicro(), mostFacts}, nil, func(c wrongCopy) {
		f.add(c.alarm(press.AlarmBlind, "自"+clockTime(f.l.moment(c.since))+"起一直无法核验："+strings.TrimPrefix(c.note, "未能核验："),
			"请"+c.keeper()+"用浏览器打开公开链接，人工核对一次；并请系统管理员检查本机到这个网站的网络"))
	})
}

// slow finds copies that took too long to open, several times in a row.
func (f *finder) slow(ctx context.Context) error {
	return f.copies(ctx, `
		SELECT c.id, c.item, c.channel, k.kind, c.url, COALESCE(r.title, ''), c.note, c.since_at
		FROM copy c
		CROSS JOIN channel k ON k.name = c.channel
		LEFT JOIN revision r ON r.item = c.item AND r.number = c.revision
		WHERE c.slow >= 3 AND c.state IN ('live', 'verified', 'differs')
		ORDER BY c.slow, c.id
		LIMIT $1`, []any{mostFacts}, nil, func(c wrongCopy) {
		f.add(c.alarm(press.AlarmSlow, fmt.Sprintf("连续%d次以上打开超过%s", slowLooks, f.l.rules.Slow), "请"+c.keeper()+"检查服务器和网络的负荷"))
	})
}

// tasks finds what a person has still to do about public copies.
func (f *finder) tasks(ctx context.Context) error {
	var task string
	return f.copies(ctx, `
		SELECT c.id, c.item, c.channel, k.kind, c.url, COALESCE(r.title, ''), c.note, c.since_at, c.task
		FROM copy c
		CROSS JOIN channel k ON k.name = c.channel
		LEFT JOIN revision r ON r.item = c.item AND r.number = c.revision
		WHERE c.newest AND c.task <> ''
		ORDER BY c.item_n
		LIMIT $1`, []any{mostFacts}, []any{&task}, func(c wrongCopy) {
		f.add(c.alarm(press.AlarmTask, "还有一件事要由人完成："+task, "请"+c.keeper()+"办理，办完在编辑台登记"))
	})
}

// overdue finds channels on which something should have begun and has not.
func (f *finder) overdue(ctx context.Context) error {
	late := f.now.Add(-overdueTime).UnixMicro()
	return f.channels(ctx, `
		SELECT name, '', MIN(COALESCE(act_at, copy_at), COALESCE(copy_at, act_at))
		FROM (
			SELECT name,
				(SELECT due_at FROM act
					WHERE act.channel = channel.name AND act.due_at < $1
						AND NOT EXISTS (SELECT 1 FROM act b WHERE b.edition = act.edition AND b.state = 'open' AND b.due_at IS NULL)
					ORDER BY due_at LIMIT 1) AS act_at,
				(SELECT MIN(copy.due_at) FROM copy
					WHERE copy.channel = channel.name
						AND copy.due_at < CASE WHEN fired_at IS NULL THEN $1 WHEN fired_at < $1 THEN fired_at + 1 ELSE 0 END) AS copy_at
			FROM channel
			LEFT JOIN timetable ON timetable.channel = channel.name
			WHERE NOT paused AND restored_to IS NULL)
		WHERE COALESCE(act_at, copy_at) IS NOT NULL`, []any{late}, func(name, _ string, at time.Time) {
		f.add(press.Alarm{Key: "overdue:" + name, Kind: press.AlarmOverdue, Channel: name,
			Text:   fmt.Sprintf("渠道“%s”有应当在%s开始的动作，到现在还没有开始", name, clockTime(at)),
			Remedy: "请系统管理员查看 tongfa serve 是否在运行、编辑台顶部有没有停止发布的提示，再看日志"})
	})
}

// stuck finds what was to go out, is approved, and is kept back by something that nobody else is called for: a gate, a doubt whether it is out there
// already, or for long by what it is to go out with.
func (f *finder) stuck(ctx context.Context) error {
	return f.copies(ctx, `
		SELECT c.id, c.item, c.channel, k.kind, c.url, COALESCE(r.title, ''), c.note, c.ready_at
		FROM copy c
		CROSS JOIN item i ON i.id = c.item AND i.state = 'approved' AND NOT i.held
		CROSS JOIN channel k ON k.name = c.channel
		LEFT JOIN revision r ON r.item = c.item AND r.number = i.head
		WHERE c.newest AND c.state = 'waiting' AND c.due_at IS NULL AND c.waits_for IN ('gate', 'restore', 'stranger', 'group')
			AND c.ready_at <= CASE c.waits_for WHEN 'group' THEN $1 ELSE $2 END
		ORDER BY c.item_n
		LIMIT $3`, []any{f.now.Add(-longWait).UnixMicro(), f.now.Add(-overdueTime).UnixMicro(), mostFacts}, nil, func(c wrongCopy) {
		f.add(c.alarm(press.AlarmOverdue, "应当在"+clockTime(f.l.moment(c.since))+"发布，没有发出："+c.note,
			"请"+c.keeper()+"按上面的原因处理；查明是否已经发布的，在稿件页登记链接或者认定未发布（tongfa retry）"))
	})
}

// closed finds channels that do nothing since a restore, as nobody could survey them.
func (f *finder) closed(ctx context.Context) error {
	return f.channels(ctx, `
		SELECT name, '', restored_to
		FROM channel
		WHERE restored_to IS NOT NULL AND (SELECT CAST(value AS INTEGER) FROM house WHERE key = 'restored_at') <= $1`,
		[]any{f.now.Add(-closedTime).UnixMicro()}, func(name, _ string, _ time.Time) {
			f.add(press.Alarm{Key: "closed:" + name, Kind: press.AlarmClock, Channel: name, Text: fmt.Sprintf("渠道“%s”自台账恢复以后还没有普查完，什么也不发布", name),
				Remedy: "请系统管理员看 tongfa serve 是否在运行、日志里普查为什么没有成功；一直普查不成的，运行 tongfa restore --without-survey " + name + "，备份里等待发布的由人查明"})
		})
}

// issues finds numbered issues whose time has come long ago, and that nobody has frozen or issued; and one of errata only of which nobody knows
// whether it is out, as no copy tells.
func (f *finder) issues(ctx context.Context) error {
	err := f.channels(ctx, `
		SELECT d.channel, d.key, d.slot_at
		FROM edition d
		WHERE d.state IN ('planned', 'frozen') AND (d.slot_at <= $1 OR d.stopped <> '') AND d.try_at IS NULL
			AND (EXISTS (SELECT 1 FROM entry WHERE edition = d.key) OR EXISTS (SELECT 1 FROM erratum WHERE edition = d.key))
		ORDER BY d.slot_at
		LIMIT $2`, []any{f.now.Add(-longWait).UnixMicro(), mostFacts}, func(name, key string, at time.Time) {
		f.add(press.Alarm{Key: "issue:" + key, Kind: press.AlarmTask, Channel: name, Text: fmt.Sprintf("渠道“%s”定于%s的一期（%s）还没有发行，里面的稿件都在等", name, clockTime(at), key),
			Remedy: "请编这一期的人定稿、发行；有稿件不能发布的，先移出这一期"})
	})
	if err != nil {
		return err
	}
	return f.channels(ctx, `
		SELECT a.channel, a.edition, a.opened_at
		FROM channel
		CROSS JOIN act a ON a.channel = channel.name AND a.state = 'open'
		WHERE a.verb = 'publish' AND a.opened_at <= $1 AND NOT EXISTS (SELECT 1 FROM entry WHERE edition = a.edition)`,
		[]any{f.now.Add(-cmp.Or(f.w.Unknown, 30*time.Minute)).UnixMicro()}, func(name, key string, at time.Time) {
			f.add(press.Alarm{Key: "issue:" + key, Kind: press.AlarmUnknown, Channel: name, Text: fmt.Sprintf("渠道“%s”的%s只刊登更正，自%s起不知道是否已经发行", name, key, clockTime(at)),
				Remedy: "请公报编辑看公开的一期在不在；系统会继续查，弄清以前不会重发"})
		})
}

// errata finds corrections that no issue has printed for long.
func (f *finder) errata(ctx context.Context) error {
	return f.copies(ctx, `
		SELECT c.id, c.item, c.channel, channel.kind, c.url, COALESCE(r.title, ''), c.note, e.at
		FROM channel
		CROSS JOIN erratum e ON e.channel = channel.name AND e.edition IS NULL
		CROSS JOIN copy c ON c.id = e.copy
		LEFT JOIN revision r ON r.item = c.item AND r.number = c.revision
		WHERE e.at <= $1
		LIMIT $2`, []any{f.now.Add(-longErratum).UnixMicro(), mostFacts}, nil, func(c wrongCopy) {
		a := c.alarm(press.AlarmTask, "的更正自"+clockTime(f.l.moment(c.since))+"起还没有刊登", "请公报编辑编入下一期，或者在“期次”里专出一期（tongfa edition new）；稿件暂缓或者又有修改的，先办结再更正")
		a.Key = fmt.Sprintf("erratum:%d", c.id)
		f.add(a)
	})
}

// troubles finds channels of which the last attempt failed.
func (f *finder) troubles(ctx context.Context) error {
	return f.channels(ctx, `
		SELECT name, trouble, trouble_at
		FROM channel
		WHERE trouble <> ''`, nil, func(name, trouble string, _ time.Time) {
		f.add(press.Alarm{Key: "trouble:" + name, Kind: press.AlarmTrouble, Channel: name, Text: fmt.Sprintf("渠道“%s”有故障：%s", name, trouble),
			Remedy: "请系统管理员按上面的提示处理；恢复后系统自动继续"})
	})
}

// slots finds missed moments of timetables that wait for a person's decision.
func (f *finder) slots(ctx context.Context) error {
	return f.channels(ctx, `SELECT channel, '', at FROM slot WHERE state = 'asked' ORDER BY channel, at LIMIT 5000`, nil, func(name, _ string, at time.Time) {
		f.add(press.Alarm{Key: fmt.Sprintf("slot:%s@%d", name, at.Unix()), Kind: press.AlarmSlot, Channel: name,
			Text:   fmt.Sprintf("渠道“%s”错过了%s的时段，在等人决定是否补发", name, clockTime(at)),
			Remedy: "请发布科到编辑台的渠道页决定：补发，或者留到下一个时段"})
	})
}

// channels reads lines of a channel's name, some words and a moment.
func (f *finder) channels(ctx context.Context, query string, args []any, each func(name, words string, at time.Time)) error {
	rows, err := f.q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("find what is wrong with channels: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, words string
		var at sql.NullInt64
		if err := rows.Scan(&name, &words, &at); err != nil {
			return fmt.Errorf("find what is wrong with channels: %w", err)
		}
		each(name, words, f.l.moment(at))
	}
	return rows.Err()
}

// strangers finds what stands on a channel and was never put there.
func (f *finder) strangers(ctx context.Context) error {
	rows, err := f.q.QueryContext(ctx, `
		SELECT channel, ref, url, title
		FROM stranger
		WHERE known_by = '' AND gone_at IS NULL
		ORDER BY channel, found_at
		LIMIT $1`, mostFacts)
	if err != nil {
		return fmt.Errorf("find strangers: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		a := press.Alarm{Kind: press.AlarmStranger, Remedy: "请负责人查明是谁发的：自己人发的，在编辑台认领；不是的，立即在渠道后台撤下并更换密码"}
		var ref, title string
		if err := rows.Scan(&a.Channel, &ref, &a.URL, &title); err != nil {
			return fmt.Errorf("find strangers: %w", err)
		}
		a.Key = "stranger:" + a.Channel + ":" + ref
		a.Text = fmt.Sprintf("渠道“%s”上有不是经同发发布的内容：《%s》", a.Channel, cmp.Or(title, ref))
		f.add(a)
	}
	return rows.Err()
}

// quotas finds the counted calls of which none is left today.
func (f *finder) quotas(ctx context.Context) error {
	day := f.now.In(beijing()).Format(time.DateOnly)
	for channel, all := range f.w.Quotas {
		for _, quota := range all {
			var spent int
			err := f.q.QueryRowContext(ctx, `SELECT spent FROM quota WHERE channel = $1 AND name = $2 AND day = $3`, channel, quota.Name, day).Scan(&spent)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return fmt.Errorf("read quota %s of %s: %w", quota.Name, channel, err)
			}
			if quota.PerDay <= 0 || spent < quota.PerDay-quota.Reserve {
				continue
			}
			f.add(press.Alarm{Key: "quota:" + channel + ":" + quota.Name, Kind: press.AlarmQuota, Channel: channel,
				Text:   fmt.Sprintf("渠道“%s”的接口“%s”今天的自动调用次数已用完（每日%d次，为人工保留%d次）", channel, quota.Name, quota.PerDay, quota.Reserve),
				Remedy: "明日零时后自动继续；急件请新媒体编辑在后台人工处理"})
		}
	}
	return nil
}

// receivers finds those who cannot be told.
func (f *finder) receivers(ctx context.Context) error {
	for _, r := range f.w.Receivers {
		var trouble string
		err := f.q.QueryRowContext(ctx, `
			SELECT trouble
			FROM message
			WHERE receiver = $1 AND due_at IS NOT NULL AND tries >= $2
			LIMIT 1`, r.Name, badReceiver).Scan(&trouble)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read messages for %s: %w", r.Name, err)
		}
		f.add(press.Alarm{Key: receiverKey(r.Name), Kind: press.AlarmReceiver, Text: fmt.Sprintf("告警送不到“%s”：%s", r.Name, trouble),
			Remedy: "请系统管理员修好以后运行 tongfa alarm test；发布不受影响，没送到的会继续重试"})
	}
	return nil
}
