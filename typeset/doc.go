// Package typeset lays out Chinese official text into pages (排版) and writes them down.
//
// # One model, one layout
//
// A Work is what is set: a gazette issue, or one document. Compose breaks its text into lines and its lines into pages by a Style, and the result is a
// Book: for each page the glyphs, rules and pictures with their places, and beside the pages the outline and the logical elements. WritePDF and WriteOFD
// only serialise a Book, so that both show the same lines at the same places; WriteEPUB and WriteHTML serialise the Work itself, for screens of any width.
// What a reader gets out of any of the four as text is Work.Text, character by character; Extract reads it back, and a test of every edition compares.
//
// # Lengths
//
// A Length counts thousandths of a point, as integers, so that a Book is the same to the bit on every machine. The origin of a page is its top left corner;
// y grows downwards, and the y of a Run is its baseline.
//
// # Lines
//
// A paragraph is broken as a whole (total fit): of all ways to break it the one whose lines are least stretched and shrunk together. What may stand at the
// edges of a line, what gives way beside what, and how much, is one table of classes (class.go) after GB/T 15834 and the Requirements for Chinese Text Layout
// (CLREQ): no closing mark at the start of a line, no opening one at its end, marks half as wide at the edges and beside each other, a quarter of an em
// between Han and Latin, dashes and ellipses whole, digits with their units, no paragraph that ends with a single character on a line of its own.
//
// A Book carries a Report of its lines, so that a machine looks at every one of them: none looser than Bound, none too full, no single character left alone, no
// mark at an edge where it may not stand.
//
// # Pages
//
// Text stands on the grid of the style whatever is between: a table may be parted at any line of its cells and repeats its head, and goes to a landscape page
// when it is too wide, before which the text after it goes on; footnotes (press.Span.Note) stand at the foot of their column, and they and their marks lead to each
// other. In a style of several columns titles and wide tables stand across them, text goes on below on the same page, and columns that end are balanced. A
// signature, its date and its seal, the list of attachments, annexes, and in an official document its head and its record, stand where GB/T 9704-2012 puts them.
//
// # Fonts
//
// Faces are TrueType. The built-in ones are free faces cut to the 8,105 characters of the Table of General Standard Chinese Characters and GB 2312, renamed
// as their licence asks; an office adds its own by configuration, which is refused when the face forbids embedding. A character that no face has stops the
// work with a list of where it stands; a box is never printed.
//
// # What it is not
//
// It opens no file, no network, and no other process, and it knows nothing of items, states and channels: pictures come as bytes with the Work.
package typeset
