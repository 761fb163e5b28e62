package workday

// Unit is what a clock counts in.
type Unit string

// The units of statutory periods.
const (
	WorkingDays  Unit = "工作日"
	CalendarDays Unit = "日"
	Hours        Unit = "小时"
)

// ClockID names a statutory clock.
type ClockID string

// The clocks that run on published information.
const (
	Proactive      ClockID = "proactive"
	Budget         ClockID = "budget"
	Credit         ClockID = "credit"
	Enforcement    ClockID = "enforcement"
	Revocation     ClockID = "revocation"
	Interpretation ClockID = "interpretation"
	Repost         ClockID = "repost"
)

// Clock is a statutory period: how long, from when, and by which rule.
type Clock struct {
	ID    ClockID
	Name  string
	From  string // what sets it running
	N     int
	Unit  Unit
	Basis string // the rule, in words that can be shown to anyone
}

// Clocks is the table of statutory clocks.
func Clocks() []Clock {
	return []Clock{
		{Proactive, "主动公开", "信息形成或者变更之日", 20, WorkingDays,
			"《中华人民共和国政府信息公开条例》第二十六条：自政府信息形成或者变更之日起20个工作日内公开，法律、法规另有规定的从其规定"},
		{Budget, "预算、决算公开", "批准或者批复之日", 20, CalendarDays,
			"《中华人民共和国预算法》第十四条：预算、决算在批准后20日内，部门预算、决算在批复后20日内向社会公开；末日是休息日的，按《中华人民共和国民法典》第二百零三条顺延"},
		{Credit, "行政许可、行政处罚公示", "作出决定之日", 7, WorkingDays,
			"《国务院办公厅关于全面推行行政执法公示制度执法全过程记录制度重大执法决定法制审核制度的指导意见》（国办发〔2018〕118号）：行政许可、行政处罚的执法决定信息7个工作日内公开"},
		{Enforcement, "其他行政执法决定公示", "作出决定之日", 20, WorkingDays,
			"《国务院办公厅关于全面推行行政执法公示制度执法全过程记录制度重大执法决定法制审核制度的指导意见》（国办发〔2018〕118号）：执法决定信息20个工作日内公布"},
		{Revocation, "撤回已公开的行政处罚决定", "决定被变更、撤销、确认违法或者确认无效之日", 3, WorkingDays,
			"《中华人民共和国行政处罚法》第四十八条：3日内撤回行政处罚决定信息并公开说明理由；第八十五条：“三日”是指工作日"},
		{Interpretation, "政策解读", "政策文件公布之日", 3, WorkingDays,
			"国务院办公厅《〈关于全面推进政务公开工作的意见〉实施细则》（国办发〔2016〕80号）及各地实施办法：解读材料与文件同步发布，最迟不超过3个工作日"},
		{Repost, "转载国务院重要政策信息", "中国政府网发布之时", 24, Hours,
			"《国务院办公厅关于加强政府网站信息内容建设的意见》（国办发〔2014〕57号）：重要政策信息发布后24小时内转载"},
	}
}

// ClockOf finds a clock by its id.
func ClockOf(id ClockID) (Clock, bool) {
	for _, c := range Clocks() {
		if c.ID == id {
			return c, true
		}
	}
	return Clock{}, false
}

// Deadline is the last day of a clock that starts on a date, which itself does not count. A clock in hours runs
// through nights and holidays: its Date is the one on which the hours run out, at the hour at which they began.
func (c *Calendar) Deadline(clock Clock, start Date) Due {
	switch clock.Unit {
	case WorkingDays:
		return c.Add(start, clock.N)
	case CalendarDays:
		return c.AddCalendar(start, clock.N)
	}
	if !start.Valid() {
		return Due{}
	}
	return Due{Date: start.AddDays((clock.N + 23) / 24)}
}
