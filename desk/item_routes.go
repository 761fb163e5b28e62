package desk

import "tongfa/press"

// itemRoutes are the page of an item and the forms of its moves.
func (d *desk) itemRoutes() []route {
	return []route{
		{"GET", "/items/{id}", press.MaySee, d.item},
		{"GET", "/items/{id}/history", press.MaySee, d.history},
		{"GET", "/items/{id}/retry", press.MayRetry, d.retryForm},
		{"POST", "/items/{id}/retry", press.MayRetry, d.retry},
		{"POST", "/items/{id}/look", press.MayRetry, d.look},
		{"GET", "/retry", press.MayRetry, d.retriesForm},
		{"POST", "/retry", press.MayRetry, d.retries},
		{"GET", "/items/{id}/hold", press.MayHold, d.holdForm(false)},
		{"POST", "/items/{id}/hold", press.MayHold, d.hold(false)},
		{"GET", "/items/{id}/release", press.MayHold, d.holdForm(true)},
		{"POST", "/items/{id}/release", press.MayHold, d.hold(true)},
		{"GET", "/items/{id}/correct", press.MayCorrect, d.correctForm},
		{"POST", "/items/{id}/correct", press.MayCorrect, d.correct},
		{"GET", "/items/{id}/annotate", press.MayCorrect, d.annotateForm},
		{"POST", "/items/{id}/annotate", press.MayCorrect, d.annotate},
		{"GET", "/annotate", press.MayCorrect, d.annotationsForm},
		{"POST", "/annotate", press.MayCorrect, d.annotations},
		{"GET", "/items/{id}/waive", press.MayWaive, d.waiveForm},
		{"POST", "/items/{id}/waive", press.MayWaive, d.waive},
		{"GET", "/withdraw", press.MayWithdraw, d.withdrawForm},
		{"POST", "/withdraw", press.MayWithdraw, d.withdraw},
	}
}
