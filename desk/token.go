package desk

import (
	"net/http"
	"slices"
	"strconv"

	"tongfa/ledger"
	"tongfa/press"
)

// tokenPage asks once more before a token is revoked.
type tokenPage struct {
	frame
	Tabs  []entry
	Token ledger.Token
}

// token reads the token of an address; false where it has answered.
func (d *desk) token(w http.ResponseWriter, r *http.Request) (ledger.Token, bool) {
	list, err := d.Ledger.Tokens(r.Context())
	if err != nil {
		d.fail(w, r, err)
		return ledger.Token{}, false
	}
	i := slices.IndexFunc(list, func(t ledger.Token) bool { return strconv.FormatInt(t.ID, 10) == r.PathValue("id") })
	if i < 0 {
		d.nowhere(w, r)
		return ledger.Token{}, false
	}
	return list[i], true
}

func (d *desk) revokeForm(w http.ResponseWriter, r *http.Request) {
	if t, ok := d.token(w, r); ok {
		d.show(w, r, http.StatusOK, "token", tokenPage{d.frame(r, d.t(r, "撤销令牌"), "settings"), d.settingTabs(r, "/settings/tokens"), t})
	}
}

// Works reports whether the token lets anybody in now, for the template.
func (p tokenPage) Works() bool { return p.Token.Works(p.Now) }

func (d *desk) revokeToken(w http.ResponseWriter, r *http.Request) {
	t, ok := d.token(w, r)
	if !ok {
		return
	}
	if r.PostFormValue("sure") != "yes" {
		http.Redirect(w, r, to("settings", "tokens", r.PathValue("id"), "revoke"), http.StatusSeeOther)
		return
	}
	if err := d.Ledger.RevokeToken(r.Context(), t.Name, d.by(r, press.MayAdmit), d.Now()); err != nil {
		d.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/settings/tokens?done=revoked", http.StatusSeeOther)
}
