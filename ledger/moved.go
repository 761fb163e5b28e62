package ledger

import "tongfa/press"

// What is the verb of a line of history as people read it. The ledger writes a few that are no moves of press.
func (m Moved) What() string {
	switch m.Verb {
	case "file":
		return "收稿"
	case "compose":
		return "编入一期"
	case "look":
		return "核验"
	case "adopt":
		return "认领"
	case "give_up":
		return "放弃本期"
	case "drop":
		return "放弃改动"
	case "freeze":
		return "清样定稿"
	case "issue":
		return "发行"
	case "retarget":
		return "改发布渠道"
	case "bind":
		return "改同时发布"
	}
	return press.Verb(m.Verb).Name()
}

// Turn tells a change of state in a line of history: of a copy where it names a channel, else of the item; "" for none.
func (m Moved) Turn() string {
	name := func(s string) string {
		if m.Channel != "" {
			return press.CopyState(s).Name()
		}
		return press.State(s).Name()
	}
	if m.Was == m.Now || m.Now == "" {
		return ""
	}
	if m.Was == "" {
		return name(m.Now)
	}
	return name(m.Was) + " → " + name(m.Now)
}
