// Package wechat is the official account (公众号渠道): one edition is one message of one to eight articles.
//
// # Three ways of making public
//
// The mode of an account is draft (a person presses the button), publish (发布: silent, listed by freepublish) or mass (群发: pushed
// to the followers, listed by nothing). Each goes through the same draft:
//
//	upload     pictures by uploadimg, covers by add_material: may be repeated, and are remembered by digest
//	draft      draft/add                      Intend and Done; a lost answer is found again by marker in the draft box
//	           draft/get                      what stands in the box still says what was approved, or a person is called
//	submit     freepublish/submit             Intend and Done; a lost answer is looked for in the published list and in the box
//	send       message/mass/sendall           Intend and Done, with a clientmsgid under which the platform knows a repetition
//	forget     draft/delete                   Intend and Done; takes the draft out of an act that must not be made any more
//	delete …   freepublish/delete, mass/delete, draft/delete: withdrawal
//
// A step that the platform refused is recorded as done with a ref that begins with "!": it is known not to have happened, so the
// next look has nothing to ask. But as long as an earlier submission or sending has no answer, a refusal of the next proves nothing about it.
//
// # What proves what
//
// The marker of a copy stands in the address behind 阅读原文 (?wxk=…), which every list tells, and on the outermost section of the body
// (data-wxk). With it:
//
//   - An unanswered draft/add: found in the box, it is adopted, the newest of several, and what else carries the marker is taken out if nobody has
//     touched it; not found in a list read after a minute, nor in public, it is made again. What is older than the step is no answer to it. After
//     five minutes without a look, in which a person may have sent it, its absence proves nothing and a person is asked. In mode draft, where a
//     person waits for it and may be quick, it is made again only after the ten minutes in which what she published is listed, with a word to
//     her, and is not given up without asking her.
//   - An unanswered submit: found in public, it is live. The draft gone and nothing in public: it was accepted, or a person took
//     it; it is looked for after 2, 10 and 30 minutes, 2 and 6 hours and the next day, each time in a list read anew, until Recover is over, and
//     then a person is asked. It is never submitted again. The draft still there after ten minutes and nothing in public: it was not accepted, and
//     is submitted once more, and only once.
//   - An unanswered sendall: the draft still there, it is sent again under the same clientmsgid, within the day for which the
//     platform remembers it. The draft gone, nothing can be sent by naming it, so the platform is asked by naming it what it sent. After that day
//     a person is asked, whatever the box says.
//   - A draft that is to be deleted, because it is withdrawn or given up: gone when the platform said yes, or it was not there two minutes after a
//     deletion without an answer, and what a person may have published before is not listed after ten. Found gone later than that without an answer,
//     a person is asked, because she may have sent it to followers.
//   - A list that moved while it was read page by page, or ended before its own count, proves that nothing is absent.
//   - An address that a person entered: the page there must be the article's own before it is deleted, and must say that it was deleted to be gone.
//   - Nothing on record, in a ledger that may be older than the world: the whole list back to the filing of the item, and not before what may have
//     been under review when the program was started has had ten minutes.
//
// Articles that were sent to followers are listed by no interface, and no interface tells their address: a person enters the link, and
// until then a look in public is blind.
//
// # People beside us
//
// A draft that somebody has saved since it was made is never published by us, changed or not: she is called, because a picture or a link that was
// exchanged cannot be seen in the text. What nobody has touched we may delete: the drafts of an act that was given up, superfluous ones, and those
// of a withdrawal.
//
// Three things are assumed, because nobody could know otherwise: the box lists a draft within a minute; what somebody published by hand is listed
// within ten; and in the modes publish and mass nobody publishes or sends a draft by hand in its first five minutes, as the program does so in
// its first second. A person who does, just when the answer to its draft/add is lost, is not found out, and the program makes another draft.
//
// # Corrections, surveys, events
//
// No interface changes what is published, so the account is no Amender: Means offers to delete and republish, or to edit by hand. Survey tells what
// the lists hold; it is complete only in mode publish. Callback receives the platform's events: each is only a hint that wakes the next look and
// makes lists too old that were read before it.
//
// # Rationed calls
//
// Every call is counted by Beijing day before it is made, with a reserve for people; deleting has ten a day, of which corrections leave three to
// withdrawals. One list call answers everybody who asks within half a minute, if it was made late enough to prove what is asked. Submissions are asked
// about on the plan of config.WeChat.Poll; while three or more are under review, one list call stands for all of them, and only what it holds is
// asked about alone.
//
// # The library
//
// silenceper/wechat gives the access token (stable_token, one instance an account), the types of drafts, articles and states, and the HTTP
// calls that take a context. What it cannot do is done here: its only HTTP client is replaced, once, by one that sends each call out by the
// way of its account (an exchange in the context); errors are read from what came back and not from its texts, which hold the token; the
// fields that it loses (msg_data_id, identifiers as strings, times, clientmsgid) are in types of our own; a refused token is fetched anew.
//
// # The body
//
// html.go writes what channels.Set made of the approved text, so that the addressees stand at the margin and the signature with its date on the right
// as on every channel, in the inline styles that the platform keeps. What is not approved text is marked data-aside.
//
// # Errors
//
// codeRules is the table of errcodes: what happened, who must do what, whether anything was executed. Only the number counts. What has no answer
// or one without sense is TryAgain for a question and LookFirst for a step, unless no connection ever came about.
package wechat
