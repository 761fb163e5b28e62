// Package scheduler is the clockwork (调度): it turns timetables into editions, editions into acts, and acts into what the
// ledger knows.
//
// # Lanes
//
// Each channel has a lane, one goroutine of its own, so that a channel that is slow or down keeps none of the others. A lane
// goes round in turns. A turn strikes the moments of the timetable that have come, composes what is ready into editions, and
// begins the acts that are due, as many at once as the channel allows. Then the lane sleeps until the next due moment, which it
// asks of the ledger; nothing is polled. Whoever changes something that could make more due calls Wake. Beside each lane
// another goroutine looks at what is public on its channel.
//
// A turn takes now as an argument. Run calls turns with the wall clock; Pass calls them with the moment that it is given,
// until nothing more is due then.
//
// # What a lane promises
//
//   - Never early: a moment is compared with the wall clock after waking, never with the length of a sleep, and the ledger
//     compares it again when it composes.
//   - Never twice: a lane holds no plan in memory. What it may do is what the ledger hands out, each act once; after a crash Resume
//     hands out again what was under way, and channels.Deliver looks before it acts.
//   - Never lost: what came of an act is written down with patience. While the ledger cannot be written the lane holds
//     the act in its hands and begins no other.
//   - A missed moment is recorded with what was done about it, by the rule that the office chose: published late, left to
//     the next moment, or asked about.
//
// Only the process that holds the ledger's lease may run a Scheduler. That is the caller's business, as is Wake after
// another process has written to the ledger.
package scheduler
