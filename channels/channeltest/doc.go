// Package channeltest is the promises every channel keeps (渠道的约定), written as a test suite.
//
// A driver's test makes a World, which is the driver, an outside it speaks to and a Memory in place of the ledger, and
// hands a maker of Worlds to Run:
//
//	func TestTheSiteKeepsThePromises(t *testing.T) {
//		channeltest.Run(t, func(t *testing.T) channeltest.World { … })
//	}
//
// The suite does not ask how a driver works. It lets acts go wrong in every place where they can go wrong, a crash
// before and after each commit of the journal, a lost question, a lost answer or garbage at each call of the outside, and then goes on
// as the scheduler does: Deliver, let time pass, Deliver. In the end the outside must show each copy once. Where nobody can know what
// happened a driver may say so and leave it to a person, but no copy is ever out there twice, and nothing is called gone that is there.
//
// A channel that can amend, or be surveyed, is asked for that too (amend.go, survey.go); one that cannot keeps those promises by not having the power. Its
// World tells how remarks are read (Beside) and how a human puts something there (Stranger).
//
// A driver's secret is configured as Secret in these tests; it must not come back in any error, receipt or journal.
//
// The Fake is the model of a correct driver, and a channel for tests of other rooms. The suite is tested with it: a Fake with a
// planted bug must fail.
package channeltest
