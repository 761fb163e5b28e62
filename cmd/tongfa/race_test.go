//go:build race

package main

// underRace says that the daemons of these tests carry the race detector, whose shadow of their memory is several times as large.
const underRace = true
