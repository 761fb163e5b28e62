// Package config reads what the operator wrote (配置：读取、校验、指出错在哪里).
//
// There is one YAML file. Load reads it, checks it and fills in every default, so that a *Config holds no question:
// paths are absolute, durations and time zones are values, secrets are fetched, cron lines have become a
// press.Timetable. Nothing is read from anywhere else; Parse is the same without the disk's help in finding the file.
//
// # What is wrong is said once, and all of it
//
// A person who mends a configuration at night wants the list, not the first entry of it. Every problem of the file is
// collected in Problems, each with line, column, key, the value that was found, what would have been allowed, and the line of
// the file with a caret under the place. The file is walked as a syntax tree, by hand: a decoder into structs would
// stop early, would forget where cross-checked values stood, and would convert what it ought to refuse.
//
// Nothing is accepted by accident: an unknown key is refused (with the nearest known one), a key written twice is refused, a
// number is no text and "yes" is no truth value, an empty value is no default. Anchors, aliases, merges and tags
// are refused, because a file that expands into something else than what one reads cannot be checked by reading.
//
// # Secrets
//
// A secret is written as {env: NAME} or {file: PATH} and never as a value. A Secret prints as three stars whatever verb,
// encoder or logger gets hold of it, and the excerpt in a problem masks whatever stands beside a key that sounds like a
// secret, also in a file that is not YAML. A file that others may read is refused, because what leaked once cannot be called
// back. A secret that is simply not there yet is no error of the file: Load succeeds and lists it in
// Config.MissingSecrets, so that "check" and "init" work on a machine without credentials; "serve" must refuse to start.
//
// # Timetables
//
// Cron lines become a press.Timetable by way of robfig/cron, whose parser is not let near anything that was not looked
// at first: it panics on a bare "TZ=", reads "*-5" as "*", and accepts the 31st of February, which never comes. Each of
// these is refused in words. Day of month and day of week together mean "either", as in every cron. "@every" counts from
// midnight of 1970-01-01 on the configured wall clock, not from whenever somebody asked: slots name editions, so the same
// line must give the same slots on every day and in every process.
//
// # Rules between keys
//
// Some values are right alone and wrong together: two channels in one folder, a ledger inside a folder that a web server
// publishes, channels that wait for each other, a rehearsal against the real platform, a desk without sign-in on an address
// that others reach. They are checked last, when each value by itself has been read, and the problem stands at the key that is to change.
//
// This room dials nothing and opens no ledger. It knows the kinds of channel by their structs, not by their code; a new kind
// costs a struct in config.go and a reader of its keys.
package config
