// Package workday knows working days and statutory clocks (工作日与法定期限).
//
// "Within 20 working days of formation" is a legal deadline, and in China a working day cannot be computed from the
// weekday alone: each autumn the State Council office announces which days of the next year are rest days and which
// weekends are worked instead (调休). This room holds those announcements and the arithmetic of the law on them.
//
// # Where the days come from
//
// Builtin is the table of lunar-go, copied once into a value of ours. An operator adds what it does not have, or has
// wrong, with files that Parse reads and Calendar.With lays on top. The later word wins, day by day. There are three
// kinds of Notice: the yearly one makes its year known; an amendment (2019 had one for Labour Day) changes days of a
// year; an overlay adds the days of a region, and stays on top of whatever national notice is read after it.
//
// A Calendar never changes once made, so it may be shared by any number of goroutines.
//
// # What is not known is said
//
// A year without a notice follows Monday to Friday for the time being (暂按周一至周五推算), and every answer that looked at
// such a day says Provisional. The last days of a December are special: the notice for the next year may reach into
// them (Saturday 2018-12-29 was worked for New Year 2019), so they are known only once the next year is.
//
// # The arithmetic
//
// The day from which a period runs does not count (民法典第二百零一条). A period in calendar days whose last day is a
// rest day ends on the next working day (民法典第二百零三条). A period in working days ends on a working day by itself.
//
// Everything here computes on what it is handed; it reads no file and asks no clock. All dates are civil dates in
// Beijing, and a Date carries no time zone.
package workday
