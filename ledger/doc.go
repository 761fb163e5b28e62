// Package ledger is the memory of the house and its only truth (台账): one SQLite file that knows every item, what was decided about
// it, what was done for it and what was seen of it. What is not in it did not happen.
//
// # What is stored
//
// An item (稿件) with its revisions (版本), the bytes of their files, its approvals (审签) and waivers. For every channel that the item
// is wanted on a copy (副本). Editions (期) with their entries (条目), acts (动作) on editions with the steps that a driver intended and
// did, the receipts (回执) of acts, the sightings (核验) of copies. Slots (时段) and what became of them, places on lists, quotas, uploads,
// the state of channels and who stopped them when. And one line for each thing that happened to an item, its moves (流转).
//
// Moments are microseconds since 1970 in UTC and are shown in the office's zone; a column that holds one is at or ends in _at. Nothing
// here reads the clock: whoever calls says what time it is, and so a year can be replayed in a minute.
//
// # One writer
//
// All writes go through one goroutine and one connection, one after another; readers have a pool of their own, see what was last
// committed and never wait. A public method is one transaction. SQLite takes one writer at a time anyway; with one goroutine there
// is a queue instead of a lock that everybody tries for, nothing is busy, and no decision is made on what another is about to change.
//
// Every connection keeps its statements prepared: the short queries of this room take SQLite longer to read and plan than to run.
//
// A commit waits for the disk (synchronous=FULL: what was answered is on it), and that is what a write costs. So the writes that wait at
// the same moment share a commit (group commit), each behind a savepoint of its own: one that fails is undone alone. If the shared
// transaction itself fails, its writes run again one by one; so each may run twice, and must not remember anything of its first time.
// A write that was begun is finished, whoever has given up waiting for it. A full disk, a read-only file, a broken one are told in words
// for a person, nothing is half written, and the next write tries anew.
//
// # Never twice
//
// A copy has a generation. It waits, is claimed by an edition, goes out, is verified; generation n+1 exists only after generation n was
// withdrawn or refused, by a move that is on record. Composing closes an edition: it asks the approvals, the gates, the prerequisites and
// the group once more, and writes an entry for each copy, its claim. A unique index over the claims refuses a second one, whatever the
// program may believe. A copy that is refused, or proved not to have gone out, is let go; one that was published keeps its claim for ever.
//
// An act is handed out once. Until Settle says what came of it, nobody gets it again; after a crash Resume makes it due, and
// channels.Deliver looks before it acts, because the steps of the first try are on record. The last moment to stop a publication
// without asking the outside is Begin: what may not go out any more and was not begun is given up there, what was begun is looked for only.
// An answer that comes after a person has decided is kept as a receipt and changes nothing.
//
// # Proofs
//
// A proof round (校次) of a numbered issue is what was read of it: the exact contents (press.Contents), the verification block of what was made, what its readers
// said, what became of their remarks. What changed between two rounds, or since the last, is computed from the contents (press.Turns). Files are not kept: they
// are made again from the revisions (RoundEdition). The freeze notes which round the issue equals, and is refused where the gazette asks for readings
// that are missing. Rounds are appended, and the check of all records holds each against its deed.
//
// # After it is public
//
// What is public is changed by acts of its own: a correction (更正) brings a copy to the text that is approved by now, an annotation (标注) says
// beside the text what became of the document's force. Each is about one copy, is asked for again at Begin, and has a remark that counts once
// the act is done. A channel is corrected in one of five ways: where the text stands; by taking the old text back and, when it is proved gone,
// composing the next generation; by an erratum, which waits for the next numbered issue, is printed by it, and is told beside the old article; by
// a person, whose task stands on the copy until done; or not at all, by a decision that holds for this text and no later one. A copy has one
// correction at a time. What was not begun ends with a withdrawal or with a newer text, and its remark with it; what was begun is made whole,
// unless the copy is gone first. A sighting that compared with another revision than the copy has by now says nothing.
//
// Where something is open, Story tells what is not known or waited for, since when, what comes next by itself and when, and what a person
// can do (待办). Nothing that a person says about an act in hands makes anything go out.
//
// # Flat passes
//
// A pass costs the same beside a thousand waiting copies and beside a million. Only copies with a due_at are looked at, in its order. Who
// has to wait for something that is not a moment loses its due_at and notes what it waits for; the event that ends the wait gives it one
// again (wake): an approval, the end of a hold, a page that was verified, a member of the group that was filed, withdrawn or let go. A
// change of the rules is no event; Retry asks again. What waits for a gate, or for a person who holds it back, says so and is counted.
// Every query goes by an index, and a test reads the statements from the source and has SQLite explain each of them.
//
// A page of the matrix costs what it shows, and not what lies between its lines: items are numbered as they come (n), every index that a list
// goes by ends with that number, and a page is read from the one index that has nothing but what was asked for. Words are looked up in
// words, a full-text index of titles, numbers and texts of all items (pairs of Han characters), or in catalogue, which has
// no texts and is for candidates and for documents by their numbers; search has only what is public, with its text. Only the newest
// generation of a copy is in the indexes of lists and counts, and counting stops at MostCounted.
//
// A channel that the newest filing does not name any more loses a copy that was not begun. One that an edition claims which is frozen, or may be
// under way, is marked instead (waits_for = unwanted): it fits no edition, and ends as soon as its own lets it go. What is in public stays there
// until somebody withdraws it.
//
// Whatever belongs together is asked together: from any member, everything that it names and that names it. A member that was not filed yet
// means wait. What an item is shown as (press.Overall) is written with every change that bears on it, so that a list need not compute it.
//
// # People, and what happens
//
// Who may come in is a person (person) with roles; a session is a row by the hash of its token. What people do to an item is a move, what they do
// to anything else a deed (操作), chained like moves. Every move has its number in the feed, in the order of the commits, which live pages, the stream of
// events and the webhooks read on from; a line of the feed without a move says that an item looks otherwise though nobody did anything. A request
// that carries a key of its own is marked in the transaction of its move (answer), and what a webhook is to be told is a row (delivery).
//
// # What departments hand in
//
// A submission (报送) is a document that a department hands in for the gazette. It gets a receipt number in the transaction that records it, so that none is
// left out; how late it is is counted by the calendar of that day, and stays. It is returned, and handed in anew, or taken in as an item. Whether it
// is printed is stored nowhere: it is read from the editions, and so a withdrawal makes it unprinted again. The register (登记簿) is what the authority
// that numbers normative documents says there is. An issue is held against it: what was registered since the issue before, or was put off until now,
// and is neither in an issue nor explained, is a finding of its proofreading, and stops nothing. An item is found in the register by its registration
// number, by what it was taken in from, or by its document number.
//
// # What is never changed
//
// Revisions, approvals, waivers, receipts and moves are only ever added; triggers refuse the rest. A sighting equal to the last one only
// counts. The first public time of a copy is the moment of its first verified sighting and stays what it is. Numbers are not used again: of
// items, of issues, of places on a list.
//
// Moves form a chain for each item: each carries the hash of the one before and of itself. Chain finds what was altered, left out
// or cut off. A daily head (每日总摘要) covers the ends of all chains that grew since the one before, and the receipts and sightings that came since; who
// has kept one elsewhere can prove later that nothing before it was altered.
//
// # The file and its lease
//
// Open makes the file, brings an older one up to date, and refuses one that a newer program has written, or that is no ledger, before it
// writes a byte. Any number of processes may read and write. Only one may act on channels: the holder of the lease, a lock that the
// operating system keeps on a file beside the ledger and drops when the process ends, however it ends.
//
// # Backup, restore, survey
//
// Backup copies the file while work goes on, reads the copy from one end to the other, and remembers when that went well last, or what
// went wrong. Restore (恢复) puts a backup in the ledger's place: the new file is made whole beside the old one and gets its name in one step, so that
// at any instant one of the two is there; the old one is set aside, never deleted. A restored ledger has the same id, so that the marks of its
// copies are found again out there, and it is behind the world. So every channel is closed, in the row of the channel itself, until it was
// surveyed (普查): what waits here and is out there is adopted, that is claimed by an edition that is out, by a move that says so; an act that was
// open looks before it acts (act.look); a number that was seen is never given again. Where a survey cannot be complete, what the backup has waiting is
// doubted (copy.doubt), and waits until a person says whether it is out there; so does what is wanted there again later, if it was ended here,
// or never wanted there, before. One thing is not found then: a generation that the lost ledger made after one that the backup has in public or
// under way, where the survey did not list it.
//
// What was withdrawn while nobody knew that it was out, and is met there, is adopted and taken back. An erratum is never lost: an issue that does
// not come out gives it back, and an issue may have nothing but errata. Such an issue has no copy, and so nobody looks at it once it is out.
//
// What is out there and has no copy here is a stranger. An item with the title of a stranger waits for a person: that is how one that was
// filed, published and lost with the ledger, and is handed in again, does not go out twice. So does one of which any generation is met by its mark,
// also one that the restored ledger never made, and whatever its title was. A word on the restore is none on a page that was met: who says of what
// is doubted that it is not out there is asked once more, with the address of the page.
//
// # The clock
//
// Clock refuses a moment before one that was acted at. DoubtClock stops everything because other hosts say another time, and is latched here, so that a
// restart does not forget it. One word of a person ends either, also where the mark is a year ahead. It counts
// for a day, or until other hosts say the same time.
package ledger
