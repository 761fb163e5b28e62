package channeltest

import "testing"

// check is one promise. It makes as many fresh worlds as it needs and returns what is wrong, in words for the driver's author.
type check struct {
	name string
	run  func(t *testing.T, fresh func() World) error
}

// Run tests every promise of package channels on a driver, each in a subtest of its own. make gives a fresh World each time.
func Run(t *testing.T, make func(t *testing.T) World) {
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			if err := c.run(t, func() World { return make(t) }); err != nil {
				t.Error(err)
			}
		})
	}
}

// checks lists the promises. Those on powers that a channel does not have are kept by not having them.
func checks() []check {
	list := []check{
		{"one entry becomes live exactly once", publishes(func(World) int { return 1 })},
		{"a full edition becomes live exactly once", publishes(World.most)},
		{"delivering a finished act again changes nothing", deliveredAgain},
		{"a look before anything finds nothing and changes nothing", looksBefore},
		{"looking again and again changes nothing", looksAgain},
		{"the public text says the words that were approved", publicWords},
		{"two editions at once do not meet", twoAtOnce},
		{"nothing is done once the context is cancelled", nothingOnceCancelled},
		{"errors speak Chinese, ask for a remedy and keep secrets", errorsSpeak},
		{"an observer sees what is there, what changed and what is gone", observes},
		{"a channel that cannot withdraw calls a person", withdrawsByHand},
		{"a withdrawal takes back what was published", needsWithdrawer(withdraws)},
		{"withdrawing again is harmless", needsWithdrawer(withdrawsAgain)},
		{"withdrawing what was deleted by hand ends gone", needsWithdrawer(withdrawsRemoved)},
		{"withdrawing one entry leaves the others", needsWithdrawer(withdrawsOne)},
		{"a channel tells people how it is corrected", tellsMeans},
		{"an amendment shows the new text once at the same address", needsInPlace(amends(amending))},
		{"an annotation shows its remark beside the same text", needsAmender(amends(annotating))},
		{"amending again is harmless", needsAmender(amendsAgain)},
		{"amending twice shows the last text and every remark", needsInPlace(amendsTwice)},
		{"amending what is withdrawn leaves it withdrawn", needsWithdrawer(needsAmender(amendsWithdrawn))},
		{"amending restores what was changed by hand", needsInPlace(restores)},
		{"a survey tells what is published and changes nothing", needsSurveyor(surveys)},
		{"a survey tells what a human put there", needsSurveyor(surveysStranger)},
		{"a survey does not tell as public what is withdrawn", needsSurveyor(needsWithdrawer(surveysWithdrawn))},
	}
	for _, s := range []struct {
		name string
		run  scene
		only func(func(*testing.T, func() World) error) func(*testing.T, func() World) error
	}{
		{"publication", publishing, func(run func(*testing.T, func() World) error) func(*testing.T, func() World) error { return run }},
		{"withdrawal", withdrawing, needsWithdrawer},
		{"correction", amending, needsInPlace},
		{"annotation", annotating, needsAmender},
	} {
		list = append(list,
			check{"a crash at any commit of a " + s.name + " does no harm", s.only(crash(s.run))},
			check{"a stop at any commit of a " + s.name + " does no harm", s.only(cancelled(s.run))},
			check{"a refused intent keeps a step of a " + s.name + " from being made", s.only(refusedIntent(s.run))},
			check{"a question of a " + s.name + " may get lost", s.only(fault(LostBefore, s.run))},
			check{"an answer to a " + s.name + " may get lost", s.only(fault(LostAfter, s.run))},
			check{"an answer to a " + s.name + " may be garbage", s.only(fault(Garbage, s.run))},
		)
	}
	return list
}
