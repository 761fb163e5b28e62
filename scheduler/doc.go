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
//     compares it again when it composes. A clock that goes back, which a sleeping lane notices too, stops acts and looks.
//   - Never twice: a lane holds no plan in memory. What it may do is what the ledger hands out, each act once; after a crash Resume
//     hands out again what was under way, and channels.Deliver looks before it acts.
//   - Never lost: what came of an act is written down with patience. While the ledger cannot be written the lane keeps
//     the act in its hands. What a failing call handed out to nobody is taken back by Resume as soon as no act is in anybody's hands.
//   - Never held up: a driver that is stuck is ended after ActTime, and one that panics has an unknown outcome. A moment to come again that is
//     not ahead is not believed, so that no driver is asked without a pause.
//   - A missed moment is recorded with what was done about it, by the rule that the office chose: published late, left to
//     the next moment, or asked about.
//
// # What time it is
//
// Other hosts are asked for the time when the program starts, now and then, and as soon as the wall clock has gone ahead of the one that only goes
// on: a lid that was closed for a day, or a clock that was set. Acts and looks wait for the answer, ten seconds at most. Where most of those that answer
// say another time, everything stops until a person has looked. Hosts that do not answer prove nothing.
//
// # Surveys
//
// Beside its lane and its looker a channel has a surveyor, which looks through everything that the channel shows: now and then, and after a restore of the
// ledger before the channel may do anything. It hands what it finds to the ledger in parts. A survey that fails is tried again, and keeps no other
// channel; a channel that cannot be surveyed at all is opened with what the backup has waiting left to a person. A survey that the day's
// limit cuts short counts as not complete, if its driver says so, or keeps the channel closed until the next day, if it fails.
//
// Only the process that holds the ledger's lease may run a Scheduler. That is the caller's business, as is Wake after
// another process has written to the ledger.
package scheduler
