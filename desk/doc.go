// Package desk is the web console (编辑台): where editors see whether it is really out there, everywhere, unchanged.
//
// # What it is for
//
// An editor has it open all day. So it says first what needs a hand, then everything else; it says of each item on each
// channel one word with a glyph before it, a time and the link; and every word of a state comes from press, so that it is
// the same word here, in the command and in the reports. It moves nothing by being looked at: a GET never writes.
//
// # Pages
//
// One page is one file, one struct and one template of the same name:
//
//	/                          today.go     what goes out today and this week, and what keeps it from going out; what needs a hand first
//	/brief                     brief.go     the same to be printed for the morning meeting
//	/calendar                  calendar.go  a month, or a week with a lane for each channel's timetable; see agenda.go
//	/calendar/{date}           day.go       one day, whole
//	/items/{id}/time           when.go      moves an item to another time: first the time, then what follows from it
//	/matrix                    matrix.go    items × channels, what needs a hand first, the health strip on top
//	/items/{id}                item.go      one item: what can be done now (offer.go), what is open (todo.go), copies, relations, timeline
//	/items/{id}/history        history.go   the whole timeline, a part at a time, and its chain
//	/items/{id}/retry          retry.go     what a person knows that no interface tells; /retry (retries.go) for what failed alike
//	/items/{id}/hold, release  hold.go      keep back, and let go
//	/items/{id}/correct        correct.go   bring what is public to the approved text, or back to it
//	/items/{id}/annotate       annotate.go  what became of a document's force; /annotate (annotations.go) for a list
//	/items/{id}/waive          waive.go     let a finding pass
//	/items/{id}/look           look.go      look at a public copy now
//	/withdraw                  withdraw.go  take back one item or several
//	                           check.go     the same once more, before what cannot be undone
//	/items/new                 write.go     a new item, by form or from a file; what the gates say stands beside it
//	/items/{id}/edit           write.go     the same for a new revision
//	/items/{id}/revisions      revisions.go any two revisions beside each other
//	/items/{id}/preview        preview.go   an item as each channel will show it, in a frame that can do nothing
//	/items/{id}/review         review.go    the review sheet, beside the differences and the text
//	/review                    queue.go     what waits for whose review; drafts; what was returned
//	/editions                  editions.go  what went out in one act, newest first
//	/editions/{key}            edition.go   one edition: entries in order, steps, receipts, lateness
//	/editions/new              newedition.go  begins one that people compose
//	/editions/{key}/compose    compose.go   candidates, the plan, the proof; see composing.go
//	/editions/{key}/freeze, …  settle.go    freeze, issue, end: shown once more before they are done
//	/submissions               submissions.go  what departments hand in for the gazette; /submissions/new (handin.go), one of them (submission.go), its receipt (receipt.go)
//	/submissions/notice        notice.go    the quarterly notice, by department
//	/register                  register.go  the register of normative documents, and what an issue leaves out; one of them (registered.go), imports (regimport.go)
//	/channels/{name}           channel.go   one channel, with pause and resume
//	/alarms                    alarms.go    what is wrong, who sees to it, and what was wrong
//	/strangers                 strangers.go what surveys found that the ledger does not know, and what waits because of it
//	/healthz, /readyz          health.go    for machines
//	/views                     views.go     questions to the matrix that a person keeps
//	/record                    record.go    everything that was done, newest first, with filters
//	/record/check              chains.go    whether the chains and the daily heads hold
//	/record/evidence           evidences.go bundles of several items; /items/{id}/evidence (evidence.go) of one
//	/sign-in, /welcome         sign_in.go, welcome.go; see below
//	/me                        me.go        who one is, language, colours; password.go
//	/people                    people.go    who may come in; admit.go, account.go, given.go (a password that is shown once), account_check.go
//	/rights                    rights.go    what each role may do
//	/keys                      keys.go      what the keyboard does
//	/settings                  settings.go  channels with their trials and next moments
//	/settings/holidays         holidays.go  notices of working days
//	/settings/words            wordlist.go  the office's list of words
//	/settings/health           health.go    the service, the disk, the clock
//	/settings/backups          backups.go   copies of the ledger
//	/settings/tokens           tokens.go    who may use the HTTP API
//	/settings/webhooks         webhooks.go  who is told what happens, and the log of it
//	/api/v1/…                  api.go       the HTTP API, see below
//	                           trouble.go   what went wrong, in words
//
// Every page works without a script. With it a page is kept up to date while the tab is looked at: a page says at which number of the ledger's
// feed it was made and what it shows, and the stream sends the rows and the strip that look otherwise since, or says what else has changed, so
// that the parts concerned (data-live) are read anew. Who was cut off asks on from the last number and misses nothing; where there is no stream
// the page asks now and then. When it can do neither, it says so.
//
// # Who may come in
//
// People of the office, whom the operator has admitted. session.go knows them again; sign_in.go asks for a login and a password (argon2id, two at a time,
// an unknown login as slow as a known one), oidc.go lets the office's single sign-on vouch for them, welcome.go makes the first account for whoever can read
// a file on the server. throttle.go makes who guesses wait, by login and by address; the ledger locks the account. A session is a row of the ledger by
// the hash of its token; it ends when it is idle, when it is old, and with any change of its person's password, roles or state. Who has been given a password by
// somebody else does nothing before changing it.
//
// What somebody may do stands in press.Rights, one table; route.go asks it for every address, and frame.May for every button. enemy_test.go asks for every
// address as every role, and tries what enemies try. Everything that people do is recorded, of items as moves, of the rest as deeds.
//
// What keeps a foreign web page from using an editor's browser against the desk is in guard.go: the Host header must name this machine or the address that the
// operator gave the desk (which ends rebinding), a POST must come from our own pages, nothing may frame us, and no page runs a line of script that is
// not in our own file. A GET changes nothing but the note that somebody is there, at most once a minute, with one exception that the protocol wants:
// the single sign-on sends people back by GET.
//
// # What it knows
//
// The ledger, and nothing beside it but what cmd hands in as functions in Options: a desk without them says less and never
// guesses. Whether a channel goes by a timetable, and what its calls are counted against, is told so; how much of it is spent, and how many
// copies wait, is read from the ledger.
//
// # What can be done
//
// movesNow is the one place that says what a person may do about an item as it stands: the table of moves, her rights, and what the copies
// give reason to. Every page offers these moves and no others, and every form asks it again. A form carries what the person had before her
// (seen.go); if the item was moved meanwhile, the form comes back with how it stands now, and nothing is done. The same word of the same person,
// sent twice, is done once. What cannot be undone is shown once more, channel by channel, and wants a tick.
//
// # The HTTP API
//
// Other systems do by /api/v1 what people do by pages, with the same rights: api.go has the addresses, openapi.yaml describes them, and a test holds
// every answer of the tests against it. A token is a person without roles (api_token.go); a person in her browser may use the API too. An order is
// read strictly (api_body.go), a refusal is a problem document with a stable code (api_problem.go), also where a page would have been shown. A
// request with an Idempotency-Key is executed once (api_once.go): the ledger marks it in the transaction of the move, so that a crash in between
// leaves no doubt. docs/api.md is for those who use it.
//
// # What is open
//
// An item's page says of everything that is not at rest what is not known or waited for, since when, how often it was tried, what comes next by
// itself and when, and what a person can do: the ledger says all of it (ledger.Todo), and gives each help as a command. The desk has a form for
// each, and links to it with the answer chosen, as far as who looks may. What stands there is not said again
// beside the copy. Remarks, and word by word what the last look saw instead of the approved text, stand beside the copy that they are about.
//
// # How it says things
//
// What several channels of an item have to say alike is said once, under its title. What a gate stops is no state of a copy (it waits like
// any other), but nothing happens to it until a person does something, so it stands above the rest with its first finding; what a person
// holds back is called so and stands with the rest. The key of an edition is for machines and for the title attribute; people read
// the channel, the slot on the office's clock, and its number in that second.
package desk
