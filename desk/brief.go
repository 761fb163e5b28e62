package desk

import "net/http"

// brief (晨报) is the page of today as it is printed for the morning meeting.
func (d *desk) brief(w http.ResponseWriter, r *http.Request) { d.dayPage(w, r, "brief") }
