// Package alarm tells people what is wrong (告警): by e-mail, and through the robots of WeCom (企业微信), DingTalk (钉钉) and Feishu (飞书).
//
// What is wrong is decided elsewhere and kept in a store: rows, not events. A Bell has the store judge whenever something may have
// changed, and at least every so often, and for each receiver sends what it has not been told yet. So nothing that is wrong can be missed
// because a message was lost, and nothing that was mended is told as if it were not.
//
// # What a Bell promises
//
//   - Not a flood: what is to be told to a receiver within a minute is one message, with the worst first and a count of the rest. That is also
//     far below the twenty messages a minute that a robot may send.
//   - At least once: a message counts as sent when the receiver has taken it and the store has written that down. A crash between the two
//     repeats one message; nothing is left out.
//   - Nobody waits: each receiver has a goroutine of its own, with a limit to how long a sending may take. One that cannot be reached is
//     tried again, less and less often, and becomes an alarm itself. Publishing knows nothing of all this.
//   - No secrets: a robot's address is its password. It is in no error and no log, nor is what a server says back if it repeats it.
//
// A robot answers 200 also when it refuses a message; its own code tells, and is put into words of what to do about it.
package alarm
