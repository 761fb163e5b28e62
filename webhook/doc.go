// Package webhook tells other systems what happens (事件推送): each event of the ledger that one of them has asked for is sent to its address, signed.
//
// What is to be told is rows of the ledger, made in the same commit as the mark of how far the feed was read, so that a crash loses nothing; it may
// send a thing twice, under the same id. What is not taken is tried again, later and later, for a day. Of one item, a later event waits for the one
// before it.
//
// # The signature
//
// Tongfa-Signature: t=SECONDS,v1=HEX, where HEX is HMAC-SHA256 of "SECONDS.BODY" with the secret that both sides have. SECONDS is when this
// attempt was made; the receiver refuses one that is more than five minutes from its own clock, and one whose Tongfa-Delivery it has had.
package webhook
