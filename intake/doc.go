// Package intake turns what an office hands in into an item with its first revision (收稿).
//
// An office hands in a document: Markdown with front matter, JSON, .docx, HTML or plain text, alone or in a folder with its
// pictures and attachments. Read makes of each a Package: a press.Item, a press.Revision whose body is blocks, the
// approvals that came with it, and the bytes of every file, named by their SHA-256. It opens files below the folder of
// the document and nothing else: no network, no ledger, no clock. A word processor's file is read if it
// is .docx; an older one (doc, wps) is refused as a document, with the advice to save it as .docx, and welcome as an attachment.
//
// # The promises
//
// No word is lost in silence. What does not belong to the text (a script, the print button of the page it was copied
// from) is taken out and reported, with the words that went; everything else is in press.Text of the body.
//
// Nothing is half read. A document is taken whole or refused with a Refusal, which lists every problem of the file at
// once, with line and column, in Chinese, and says what to do. That goes for damaged and half-sent files too.
//
// Nothing hostile gets through. HTML is never passed on: it is parsed and rebuilt from an allow-list, and so is the
// HTML inside Markdown. Attachments are recognised by their content, which must agree with their name; macros,
// programs and archives that unpack to far more than they weigh are refused; pictures are measured before they are
// decoded, and lose their position data. Invisible and direction-changing characters are taken out of every text.
// Names cannot leave the folder, by dots or by links.
//
// # The way of a document
//
//	bytes -> characters (encoding.go) -> clean characters (hygiene.go; every value and text on its own)
//	      -> front matter, JSON or side file: values with places (yaml.go, json.go) -> keys (keys.go)
//	      -> body: Markdown becomes HTML (markdown.go), HTML becomes blocks (html.go, weave.go, table.go), text becomes blocks (text.go);
//	         HTML is cleaned after it was parsed, so that no tag comes into being by cleaning; a .docx becomes the elements of a page
//	         (docx.go and those beside it), and what came of it is compared with the file once more; a footnote, however it is written, stands in the
//	         blocks behind the words that it is about, and is plain text (footnote.go, docx_note.go)
//	      -> files: attachments (attachment.go, office.go), pictures (picture.go)
//
// Three layers of metadata lie over each other, key by key: flags over the side file over the document's own.
package intake
