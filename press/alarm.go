package press

import "time"

// AlarmLevel is how bad an alarm is.
type AlarmLevel string

// An incident is what the public sees wrongly, or does not see; people are called until one of them takes it. A warning is told once.
const (
	Incident AlarmLevel = "incident"
	Warning  AlarmLevel = "warning"
)

// Name is the level as people see it.
func (l AlarmLevel) Name() string {
	if l == Incident {
		return "紧急"
	}
	return "提醒"
}

// Glyph stands beside the word, so that the level is not told by colour alone.
func (l AlarmLevel) Glyph() string {
	if l == Incident {
		return "▲"
	}
	return "△"
}

// AlarmKind is what is wrong.
type AlarmKind string

// The kinds of alarm.
const (
	AlarmGone     AlarmKind = "gone"     // 页面消失
	AlarmChanged  AlarmKind = "changed"  // 内容被改
	AlarmMoved    AlarmKind = "moved"    // 被跳转
	AlarmBanned   AlarmKind = "banned"   // 被平台屏蔽
	AlarmDeleted  AlarmKind = "deleted"  // 被人删除
	AlarmSlow     AlarmKind = "slow"     // 打开太慢
	AlarmBlind    AlarmKind = "blind"    // 长时间无法核验
	AlarmUnknown  AlarmKind = "unknown"  // 结果长时间待核实
	AlarmHand     AlarmKind = "hand"     // 需人工处理
	AlarmRefused  AlarmKind = "refused"  // 平台未通过
	AlarmOverdue  AlarmKind = "overdue"  // 逾期未办
	AlarmTask     AlarmKind = "task"     // 人工事项未了
	AlarmStranger AlarmKind = "stranger" // 来历不明
	AlarmSlot     AlarmKind = "slot"     // 错过时段
	AlarmTrouble  AlarmKind = "trouble"  // 渠道故障
	AlarmClock    AlarmKind = "clock"    // 停止发布
	AlarmDisk     AlarmKind = "disk"     // 磁盘不足
	AlarmBackup   AlarmKind = "backup"   // 备份异常
	AlarmChain    AlarmKind = "chain"    // 流转链断裂
	AlarmQuota    AlarmKind = "quota"    // 次数用完
	AlarmReceiver AlarmKind = "receiver" // 告警送不到
)

// alarmKinds are the names and levels of the kinds.
func alarmKinds() map[AlarmKind]struct {
	name  string
	level AlarmLevel
} {
	return map[AlarmKind]struct {
		name  string
		level AlarmLevel
	}{
		AlarmGone: {"页面消失", Incident}, AlarmChanged: {"内容不一致", Incident}, AlarmMoved: {"被跳转", Incident}, AlarmBanned: {"被平台屏蔽", Incident},
		AlarmDeleted: {"被人删除", Incident}, AlarmSlow: {"打开太慢", Warning}, AlarmBlind: {"无法核验", Warning}, AlarmUnknown: {"结果待核实", Incident},
		AlarmHand: {"需人工处理", Warning}, AlarmRefused: {"平台未通过", Incident}, AlarmOverdue: {"逾期未办", Incident}, AlarmTask: {"人工事项", Warning},
		AlarmStranger: {"来历不明", Incident}, AlarmSlot: {"错过时段", Incident}, AlarmTrouble: {"渠道故障", Warning}, AlarmClock: {"停止发布", Incident},
		AlarmDisk: {"磁盘不足", Incident}, AlarmBackup: {"备份异常", Warning}, AlarmChain: {"记录被改动", Incident}, AlarmQuota: {"次数用完", Warning},
		AlarmReceiver: {"告警送不到", Warning},
	}
}

// Name is the kind as people see it.
func (k AlarmKind) Name() string {
	if a, ok := alarmKinds()[k]; ok {
		return a.name
	}
	return string(k)
}

// Level is how bad alarms of this kind are. What nobody foresaw is an incident.
func (k AlarmKind) Level() AlarmLevel {
	if a, ok := alarmKinds()[k]; ok {
		return a.level
	}
	return Incident
}

// Alarm (告警) is something wrong, from when to when. It is open for as long as it is wrong, whether or not anybody has seen it.
type Alarm struct {
	ID      int64      `json:"id"`
	Key     string     `json:"key"` // one is open for one key
	Kind    AlarmKind  `json:"kind"`
	Level   AlarmLevel `json:"level"`
	Item    ItemID     `json:"item,omitempty"`
	Channel string     `json:"channel,omitempty"`
	URL     string     `json:"url,omitempty"`    // where it can be seen
	Text    string     `json:"text"`             // what is wrong: one plain Chinese sentence
	Remedy  string     `json:"remedy,omitempty"` // who must do what
	Opened  time.Time  `json:"opened"`
	Last    time.Time  `json:"last"` // when it opened, or its text changed, last
	Closed  time.Time  `json:"closed,omitzero"`
	TakenBy string     `json:"taken_by,omitempty"`
	Taken   time.Time  `json:"taken,omitzero"`
	Times   int        `json:"times"` // how often it opened; more than once when it comes and goes
}

// About is what of an alarm is told.
type About string

// A receiver is told that an alarm is open, again while nobody takes it, and that it is over.
const (
	AboutOpened   About = "opened"
	AboutReminded About = "reminded"
	AboutClosed   About = "closed"
)

// AlarmNews is one thing that a receiver is to be told.
type AlarmNews struct {
	Alarm
	About About
}
