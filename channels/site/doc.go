// Package site is the built-in government website (内置政府网站): a tree of static files that any web server can serve.
//
// # The tree
//
//	index.html                              home page
//	content/2026/11/ITEM.html               the page of an item; its address is known before it is written
//	content/2026/11/ITEM/1a2b3c4d-NAME.pdf  its attachments and pictures
//	COLUMN/index.html, COLUMN/page-K.html   a column: the newest entries, and page K counted from the oldest
//	catalog/index.html                      the disclosure catalogue (政府信息公开目录): years, themes, the blocks of the guide
//	catalog/2026/…, catalog/theme/t-HASH/…  its tables by index number and by theme
//	search.html, search/2026-11-1.json      search in titles, numbers, issuers and dates, without a server
//	feed.xml, sitemap.xml, sitemap-….xml, map.html, 404.html, robots.txt, assets/
//	.tmp/                                   files that are being written; emptied by Setup
//
// # Promises
//
//   - A reader never sees half a page: a file is written aside, synced, renamed into place, and then the folder is synced. A file
//     whose bytes would not change is not touched.
//   - Files come before pages and pages before lists. The pages of an edition are renamed into place together, and no list shows one
//     of them before all of them are there; only a crash between two of the renames may let a list show the first ones until
//     the act is resumed.
//   - Page K of a list holds the positions (K-1)·N+1 to K·N that the ledger gave when the edition was composed. Once it
//     is full it is written again only when page K+1 appears and when an entry on it is withdrawn. So one
//     publication touches the same dozen files in a website of a thousand pages and of a hundred thousand (BenchmarkPublish).
//   - Publications that come at the same moment each write their own pages and then share one refresh of the lists.
//     The busier the site, the more share one: a refresh waits a moment for those that are to be expected, and never for nobody.
//     It reads from the ledger no more than what has changed since the last one, and asks the disk about every page it shows.
//   - Everything may be done twice: the same bytes go to the same path. The marker of a copy stands on its page, by which Lookup
//     knows it again. A page that was withdrawn is not brought back by a late call to publish the same copy.
//   - A correction is written where the text stands (amend.go): files first, then the page, then what the new text has no more is taken away. The
//     page keeps its address and its publication time and tells when and what was corrected; a document that no longer holds says so at
//     its top and on every list. Amend with the revision that is shown puts a page and its files in order again, whatever became of them.
//   - Nothing older is put over something newer: the first tag of a page tells its revision and its remarks, which every refresh and every late
//     publication reads first. Between the page and the ledger's word on it, this process remembers what it wrote; after a crash, Lookup has
//     the act made again if a list or a link shows that somebody else wrote meanwhile.
//   - No list and no related link leads to a page that is not there: what a page says of another one is written when the other one
//     comes, and taken out when it goes.
//   - Pages can be read without any script and load nothing from any other host.
//
// # What is on disk and what is not
//
// A page is there or it is not: its first two lines say whose copy it is, which revision and
// remarks it shows, and whether it was withdrawn (state.go). That is all the site
// knows of itself; everything else on a list comes from the channels.Archive. A page keeps the look it was written with, for the
// folder of its style sheet is named for what is in it and stays.
//
// # What others do to it
//
// Observe compares title, text and files with what was approved, and everything around them with what the program writes: whatever runs, loads,
// hides or leads elsewhere and is not from the templates is a difference, and so is every other word on a page of this look. Survey walks through
// the folder and tells the pages with their markers, and every document that the program did not put there.
//
// Whoever can write into the folder cannot make the program wait for a pipe, read a vast file, follow a link out of the folder or take what it did not
// write for what it did. A withdrawal is done when the notice stands, no file of the item is left, and this act has written the lists. A live page of
// another copy of the same item, of which the ledger knows nothing, is not overwritten: a person is asked.
//
// # The look
//
// Official documents on paper are the model: one red, white ground, titles in Song type, the thick and thin rule. channels.Set gives a text
// the alignment that its plain source could not carry; it never touches a word, because Observe compares what the public reads.
//
// # Sources
//
// The meta tags are those of 《政府网站发展指引》（国办发〔2017〕47号）: three for the site, four for a column, three for an article. The
// blocks of 政府信息公开 follow 国办公开办函〔2019〕61号.
package site
