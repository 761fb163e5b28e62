// Package gazette is the electronic gazette (政府公报电子版): numbered issues as folders of static pages that never change.
//
// # The tree
//
//	index.html                    the gazette: its newest issue and its years
//	2026/index.html               the issues of a year
//	2026/04/index.html            the directory of an issue: name, number, running total, date, sections, titles
//	2026/04/01.html, 02.html …    one page an article, with the previous and the next one
//	2026/04/01/1a2b3c4d-NAME.pdf  its attachments and pictures
//	2026/04/gazette.css           the look the issue was made with
//	2026/04/edition.json          what the issue holds, and the SHA-256 of every file of it
//	2026/04/withdrawn.json        only after a withdrawal: which articles, when, why
//
// Inside an issue every link is relative, so that the folder reads the same from a disc in an archive.
//
// # Promises
//
//   - An issue is there whole or not at all. Its folder is built beside its place, every file and folder of it is synced, and one
//     rename puts it out.
//   - What is issued is not written again. The folder is read-only; a second call for the same issue finds it by edition.json and
//     writes nothing; a folder that holds something else is left alone and a person is called.
//   - The lists stand outside of the issues. They are made from the edition.json of what is there, each replaced by one rename, and only
//     where a byte would change. The ledger's shelf of a year says which issues must be there; one that is lost is told, not passed over.
//
// # Withdrawal
//
// An issue is fixed for ever, and yet a text may have to leave the public. Both hold as far as they can: the article's own
// page becomes a notice with title, time and reason (or the bare fact), its files leave the public folder for the
// folder Withheld, where they are kept, and nothing else is touched. The directory still lists the title and leads to the notice, edition.json
// keeps the digest of what was issued, and withdrawn.json, written before anything is moved, says why the two differ.
//
// # Order
//
// Arrange puts the sections in the order of the configuration. Within a section articles stand by the day they were formed, then by document number,
// read as numbers, then in the order in which they were put in. Check says what an editor would want to know before the freeze.
package gazette
