package press

import (
	"slices"
	"testing"
)

// verbsOf are the moves of the editorial process that a right is for.
func verbsOf(right Right) []Verb {
	switch right {
	case MayFile:
		return []Verb{Submit, Revise}
	case MaySign, MayClear:
		return []Verb{Sign, Return}
	case MayHold:
		return []Verb{Hold, Release, Reschedule}
	case MayRetry:
		return []Verb{Retry}
	case MayCorrect:
		return []Verb{Amend, Annotate}
	case MayWithdraw:
		return []Verb{Withdraw}
	}
	return nil
}

// Whoever has a right at the desk plays a role that the table of moves knows for it.
func TestEveryRightIsOneOfTheTableOfMoves(t *testing.T) {
	for _, i := range Rights() {
		for _, v := range verbsOf(i.Right) {
			for _, r := range i.Roles {
				if !slices.ContainsFunc(Moves(), func(m Transition) bool { return m.Verb == v && slices.Contains(m.By, r) }) {
					t.Errorf("%s has the right %q and may not %s", r, i.Right, v)
				}
			}
		}
	}
	if Supervisor.Has(MayWithdraw) || Operator.Has(MaySign) || Drafter.Has(MayAdmit) || !Supervisor.Has(MayExport) {
		t.Error("the separation of duties is broken")
	}
}
