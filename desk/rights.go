package desk

import (
	"net/http"

	"tongfa/press"
)

// rightsPage is the whole table of who may do what.
type rightsPage struct {
	frame
	Rights []press.RightInfo
	Roles  []press.Role
}

func (d *desk) rights(w http.ResponseWriter, r *http.Request) {
	d.show(w, r, http.StatusOK, "rights", rightsPage{d.frame(r, d.t(r, "角色和权限"), "rights"), press.Rights(), press.Roles()})
}
