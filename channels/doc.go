// Package channels is the contract of every way out (渠道), and what all of them share.
//
// A Channel can do two things: look whether an edition is out there, and put it there. Further powers are small
// interfaces that a driver may have besides: Withdrawer, Amender, Corrector, GivingUp, Surveyor, Observer, Shelver, Addresser, Limiter.
//
// # Look, act, look again
//
// Nothing is believed to have happened, or not to have happened, because of what the network said. Before each step that
// cannot be repeated a driver writes an intent into its Journal, and after it what came of it. Deliver is the only
// caller of a driver: when the journal shows that an act was begun, it looks first, and it acts only if the look says
// Absent, which a driver may say only if the outside can prove it. CannotTell waits; it never acts.
//
// So a driver keeps four promises, which channeltest checks on every one of them:
//
//   - Lookup changes nothing that is public or may become so, however often it is called.
//   - Publish resumes: it reads Steps and goes on after the last one that is done.
//   - Every step that must not happen twice stands between Intend and Done, and an error of Intend or Done stops the act.
//   - An error is a *press.Trouble that says what may be done; anything else is read as "unknown".
//
// # What the public sees
//
// Getter.Get is the guarded GET: it refuses private addresses unless configured, follows no redirect, and bounds time and size.
// TextIn and Compare turn a page back into the words that press.Text gave it, so that every channel is compared the same way.
//
// # What all drivers share
//
// Set reads what each block is in an official document (主送机关, 署名, 成文日期, 附件说明 …) and so how it is set, without touching a word: every
// channel sets the same document the same way. WriteHTML is the plain, accessible HTML of a body that the website and the gazette share; the
// official account writes its own dialect from the same pieces.
//
// The two channels that are folders of files also share Disk (files are written aside, synced and renamed), the names and the checking of
// attachments (files.go), Sight (how a driver looks at its own pages as a reader does), and their page templates and notices of withdrawal (pages.go).
package channels
