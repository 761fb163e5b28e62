package desk

import "time"

// ago is how far a moment is from now, in one word: what a person asks first of a history.
func (d *desk) ago(lang string, t time.Time) string {
	past := d.Now().Sub(t)
	switch {
	case t.IsZero():
		return ""
	case past < 0:
		return d.ahead(lang, -past)
	case past < time.Minute:
		return d.say(lang, "刚刚")
	case past < time.Hour:
		return d.say(lang, "%d分钟前", int(past.Minutes()))
	case past < 48*time.Hour:
		return d.say(lang, "%d小时前", int(past.Hours()))
	}
	return d.say(lang, "%d天前", int(past.Hours()/24))
}

func (d *desk) ahead(lang string, left time.Duration) string {
	switch {
	case left < time.Minute:
		return d.say(lang, "马上")
	case left < time.Hour:
		return d.say(lang, "%d分钟后", int(left.Minutes()))
	case left < 48*time.Hour:
		return d.say(lang, "%d小时后", int(left.Hours()))
	}
	return d.say(lang, "%d天后", int(left.Hours()/24))
}
