// Package report (报表) makes of the ledger what others take away: the evidence of an item (证据包), which anybody can check without the ledger.
//
// # Evidence
//
// A bundle is a ZIP: everything that the ledger has of one item, as JSON for programs and as one page for people, and a manifest that names every
// file with its SHA-256. Write makes it. The same ledger and the same moment of export give the same bytes. Check reads it with nothing else at hand, and
// says what holds and what does not:
//
//   - every file is there, is what the manifest says, and none was put in beside them;
//   - the digest of each revision is that of its canonical encoding (press.Revision.Sum), and the text and the page of it that people read say the same;
//   - each approval is about the digest of a revision that is in the bundle;
//   - attachments and pictures are those that the revision names;
//   - the moves form a chain from the first to the last;
//   - a daily head covers the chain: its end leads to the root of that head by the path given, and the heads hang together. Who has kept
//     the hash of one of them elsewhere, from a backup or the log, compares it by eye: then nothing of this was made up later.
//
// What is not proved is said as well: receipts and sightings have no chain of their own, a daily head covers them as a whole and only the ledger can
// compute it again; and who exported when is the exporter's word.
//
// # Issues of the gazette
//
// CheckBlock reads the verification block of an issue with those of its files that lie beside it, CheckIssue the folder of an issue: sizes and digests by both standards, the
// text of each format read again and compared with the others, with the block, and with the PDFs of the articles, in the folder also that nothing was changed, put in or lost
// but for what was withdrawn. That the block itself is the published one only the gazette's website can tell.
package report
