// Package press holds the words and the rules of an official publication (发布的术语与规则).
//
// Everything here computes and nothing here touches a file, a network, a clock or a database. A lawyer or an
// auditor can read this room and know what Tongfa will and will not put out.
//
// # The words
//
// An Item (稿件) is what an office wants made public. Its text lives in Revisions (版本), each immutable and named
// by the Digest of its canonical encoding. An Approval (审签) is one person's word on one digest; a changed text has
// another digest and so no approvals. For every channel that an item is wanted on there is a Copy (副本), with a
// generation: generation n+1 exists only after generation n was withdrawn or refused, which is what makes "published twice"
// impossible rather than unlikely.
//
// An Edition (期) is what one channel puts out in one act: a web page, a WeChat message of one to eight articles, a
// numbered gazette issue. It closes at a Slot (时段). An Act (动作) publishes or withdraws an edition; its outcome is a
// Receipt (回执); what a check sees out there afterwards is a Sighting (核验).
//
// # The rules
//
// State.Move is the whole editorial process in one table. Check runs the gates: each Finding names its rule, its
// field and its place, and says in plain Chinese what to do. Overall derives what people see of an item from what
// its copies say.
//
// A body is a []Block and nothing else. Every channel renders from blocks, and Text(blocks) is the one text that
// every comparison uses, so "word for word the same on every channel" is a question with an answer.
package press
