// Package gazette is the electronic gazette (政府公报电子版): numbered issues as folders of static pages that never change.
//
// # The tree
//
//	index.html                    the gazette: its newest issue and its years
//	2026/index.html               the issues of a year
//	2026/contents.html            all titles of a year, by section
//	2026/04/index.html            the directory of an issue: name, number, running total, date, sections, titles
//	2026/04/01.html, 02.html …    one page an article, with the previous and the next one
//	2026/04/01/1a2b3c4d-NAME.pdf  its attachments and pictures
//	2026/04/yearindex.html        only in an issue that carries it: the index of its year, as it was at the freeze
//	2026/04/errata.html           only if the issue has any: corrections of earlier issues
//	2026/04/gazette-2026-04.pdf   the whole issue; beside it .ofd, .epub, and .html, one file for phones
//	2026/04/gazette-2026-04-01.pdf, …-02.pdf …  one PDF an article, and …-errata.pdf
//	2026/04/verify.json           the verification block: digests of these files, and of their one text
//	2026/04/gazette.css           the look the issue was made with
//	2026/04/edition.json          what the issue holds, and the SHA-256 of every file of it
//	2026/s1/                      a supplement (增刊), in the same way: counted apart from the numbers, and without a running total
//	2026/04/withdrawn.json        only after a withdrawal: which articles, when, why
//	2026/04/replaced.json         only after a withdrawal: what stands in the place of the whole files and of the directory, with its digests
//	2026/04/gazette-2026-04-r1.pdf, … verify-r1.json  that version of the whole files, and its verification block
//	verify/index.html             where a reader finds out whether a file is one that was published; its scripts beside it
//
// Inside an issue every link is relative, so that the folder reads the same from a disc in an archive.
//
// # Promises
//
//   - An issue is there whole or not at all. Its folder is built beside its place, every file and folder of it is synced, and one
//     rename puts it out.
//   - Four formats, one text (四种格式，一份文字). Pages and files are made from the same approved revisions. The text of each format is read again out of its bytes and
//     compared with the approved one, character by character, before anything is written; a format that says something else, a character that no
//     face has, and a picture that cannot be read stop the issue, and a person is told which and where. Make is what Publish does up to the disk, for proofs.
//   - The same edition gives the same bytes. What goes into the files comes from the edition, the approved revisions and the configuration; the moment in their
//     metadata is the day that the issue bears. Faces are read for an issue and not held afterwards.
//   - What is issued is not written again. The folder is read-only; a second call for the same issue finds it by edition.json and
//     writes nothing; a folder that holds something else is left alone and a person is called.
//   - The lists stand outside of the issues. They are made from the edition.json of what is there, each replaced by one rename, and only
//     where a byte would change. The ledger's shelf of a year says which issues must be there; one that is lost is told, not passed over.
//
// # Withdrawal
//
// An issue is fixed for ever, and yet a text may have to leave the public. Both hold as far as they can: the article's own
// page becomes a notice with title, time and reason (or the bare fact), its files leave the public folder for the
// folder Withheld, where they are kept. Its text also stands in the whole files and in its own PDF: these leave with it. The order is withdrawn.json first, which says why the
// folder differs from edition.json; then the copies in Withheld; then the notice; then the files are removed. Only when no text is public any more is the whole issue set
// again, with a notice in the place of the article (or of each that is withdrawn), under names that say so (-r1, -r2 after another one), with a verification block of
// its own; replaced.json vouches for them, and the directory is drawn again, says in words what happened, and leads to them. An act is done when all that is so, and a crash
// at any point is mended by the act's next run. A withdrawal never waits for the new files: where they cannot be made the directory says that there are none,
// and the next repair of the issue tries again.
//
// edition.json and verify.json keep what was issued. Pages, files and PDFs of the other articles are not touched. What is withdrawn and published again stands in a later issue.
//
// The text of the new files comes from the office's own copy, which holds the issue as it was set, else from the ledger. Of the words of a withdrawal only those of the act and
// of the own copy are printed; of what else withdrawn.json says, the bare fact.
//
// # Corrections
//
// What is printed is printed (press.Erratum is the only way). An error goes to the section 更正 of the next issue, a page of its own with what is
// wrong word by word, which is part of that issue like any article; an issue may hold nothing else. The page of the article that was wrong gets a remark.
//
// # Remarks
//
// A remark (附注), on a correction or on the validity of the document, stands on the page of an issued article between its head and its text and is part of
// neither. It stands between two marks, the first of which carries the SHA-256 of what is between them; without all that the page is, byte for byte, what
// was issued and what edition.json vouches for. So one rename puts a remark in public, no second file has to agree with it, and whoever changes
// anything on the page, also within the remark, is found out by Lookup and Observe. Whether the remarks are the right ones only the ledger knows: an
// act gives all of them, Observe compares them.
//
// # Damage
//
// Before an issue comes out, the office's own copy of it is put in the folder Withheld: pages, directory, look, verify.json and edition.json in one small file, the other
// files and the issue as it was set in a second one, and after a withdrawal what replaces them in a third; attachments are in the ledger. An amendment in place with the revision that was printed brings an issue back to what it was. A file comes from the copy, or from
// what was approved, or is drawn again, and is written only if its SHA-256 is the one in edition.json; what cannot be had is named for a person, who
// restores it from the backup. edition.json itself comes from the copy alone, which also finds out who changed a page and edition.json
// together. An issue that is gone altogether comes back by one rename. What was found in place of an issued file is kept in the folder Withheld, its
// digest behind its name. An article comes back only if the act is about it or the ledger knows it to be public, so that nothing
// returns that was withdrawn; a whole file only if the ledger knows all of its articles to be public. Observe fetches the PDF of an article with its page, and the files of the
// whole issue, its directory and verification block with the first article that is not withdrawn, so that each of them is looked at as often as a page.
//
// # Hostile neighbours
//
// Whoever can write into the public folder can put there what he likes, and no more than that. A link, a pipe or a vast file in the place of a file is
// not read and not what was issued; nothing is written through a link; an edition.json that names other files than an issue has is foreign; of
// withdrawn.json only the times count, for how and why an article is withdrawn the ledger says.
//
// # Supplements
//
// A supplement (增刊) is an issue in everything but its number: it is counted with the supplements of its year, has no running total and prints no
// corrections of others. Its folder begins with an s, so that neither can stand in the other's place.
//
// # The index of a year
//
// All titles of a year stand on contents.html, which is drawn from the records like the other lists and says what was withdrawn since. An issue may also
// carry the index (年度总目录) itself, as a page and in every format, with the numbers of the pages on which the articles begin (begins_on in the
// records of the issues before it). What it lists of them is settled at the freeze; it is made again, with the rest of the issue, when an article of its own is
// withdrawn. Of another issue's article, whose title may stand in it, it keeps what was issued.
//
// # Imported issues
//
// An issue from before the ledger (过刊) is put into the tree from its PDF and the list of its articles: a directory whose titles lead to the pages of the PDF,
// and an edition.json whose format says that it was imported, with the digest of what it was imported from. It comes as a whole, is never written again, is listed
// like the others, and a survey tells it with its digest as long as nothing of it was changed.
//
// # Survey
//
// Survey tells what stands in the folder: each article by its marker, and without one whatever is not the gazette's own. A folder in the place of an issue is
// told with its year and number even if nothing in it can be read, so that no number is given twice.
//
// # Order
//
// Arrange puts the sections in the order of the configuration. Within a section articles stand by the day they were formed, then by document number,
// read as numbers, then in the order in which they were put in. Check says what an editor would want to know before the freeze.
package gazette
