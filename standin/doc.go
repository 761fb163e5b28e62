// Package standin imitates the WeChat Official Account API (公众号接口的替身), so that everything which talks to WeChat can be built, tried and
// demonstrated where WeChat cannot be reached, and so that the failures WeChat shows once a year can be had on demand.
//
// It is a faithful stand-in, not a mock: it has no expectations and plays back no recordings. It keeps a small world (accounts with token
// families, materials, drafts, publish jobs, mass messages, articles, daily quotas, allow-lists) and answers every call out of that world with
// the shapes, limits, error codes and delays that the official documents and field reports describe:
//
//   - errors are HTTP 200 with an errcode and an errmsg that carries a rid and must not be matched; success often has no errcode at all; URLs
//     arrive with \/ escapes; there are fields nobody documented; uploadimg answers JSON as text/plain;
//   - a publish is accepted first and decided later, and only publish_status says how; its article_url is given by freepublish/get only; the
//     draft leaves the box;
//   - what was pushed to followers (群发) is listed by no interface;
//   - HTML is rewritten on its way in: scripts, forms, foreign pictures and links, ids, position and badly quoted styles are lost.
//
// Where the documents contradict each other or the field, the behaviour is a field of Switches, and the limits are fields of Options.
//
// # Three doors
//
// /cgi-bin/… and /datacube/… are the API. /s/<id> is the public article page, built like the real one (div#js_content with data-src pictures,
// h1#activity-name, #js_name, #publish_time, #js_view_source) and readable at phone width; deleted and banned articles and the captcha answer
// HTTP 200 with a Chinese notice, as the real ones do. /_standin/… is not WeChat: GET inspects the world (effects, articles, drafts, waiting,
// callbacks, twice, log, faults, script; log.jsonl and effects.jsonl to keep), POST acts as a human or the platform would and arms faults; the
// same acts are Go methods, see order. The start page shows all that to a human, with a button for the commoner acts. There is no password:
// serve a WeChat only where everybody who can reach it may do everything.
//
// # Time
//
// Every decision asks Options.Now plus the offset of Travel; nothing runs in the background. A job that is due is finished by the next look at
// the world, dated at the moment it was due, so a year can be replayed in seconds. Callbacks are posted by Deliver, or by Keep, which calls it
// when something is due. Only the delays of Fault wait in real time, and with NoWait not even they: then a client whose deadline is nearer than
// the delay is told at once that it gave up. The Date header is that of Options.Now, whatever was travelled.
//
// # A restart
//
// With Options.State the world outlives the process. With SaveEffects every change is in the file before the reply that tells it leaves, and
// before the callback that tells it is posted, so that a process killed at any moment has forgotten nothing that anybody was told. The file is a
// journal, see state.go. Not kept are armed faults, callbacks on their way, the log of requests and the limiter of submissions.
//
// # Faults
//
// Inject arms faults, each for a path and for the nth matching call; the kinds are listed at Fault. A Script is a list of them in one line of text,
// and Storm draws one from a seed. The oracle of every test is the same: whatever was injected and however often the client was killed, no
// marker (content_source_url) has more than one live article (Live, Twice), and nothing was published that was not meant to be (Effects).
//
// # What is imitated, and where
//
// TestEveryPromiseIsKept lists every sentence of the reference and the tests that hold it:
//
//	wire shape            wire.go                  images, materials       picture.go, material.go
//	tokens, allow-list    token.go, wire.go        drafts                  draft.go; their HTML: content.go
//	publish               publish.go               mass messages           mass.go
//	quotas                quota.go                 callbacks               callback.go
//	statistics, comments  data.go                  faults, scripts         fault.go, script.go
//	humans, platform      human.go                 inspection              inspect.go, control.go, console.go
//
// # Left out
//
// Mass messages by openid or of anything but articles, the shape of media/get, the old statistics, and the limit of 100,000 materials are not
// imitated. A newspic's cover_info and an article's product_info are ignored. Publishing by hand pushes no event, as nobody knows whether it does.
package standin
