package desk

import (
	"net/http"
	"slices"
	"strconv"

	"tongfa/ledger"
	"tongfa/press"
)

// tokensPage (接口令牌) is who may use the HTTP API, and a form that lets one more in.
type tokensPage struct {
	frame
	Tabs    []entry
	List    []ledger.Token
	Rights  []press.RightInfo
	Problem string
	Name    string // as it was typed
	Chosen  []press.Right
	Days    string
	Secret  string // of a token that was just made: shown once
}

// lives are for how long a token may be made.
func lives() []string { return []string{"30", "90", "365", "0"} }

func (d *desk) tokenRoutes() []route {
	return []route{
		{"GET", "/settings/tokens", press.MayAdmit, d.tokens},
		{"POST", "/settings/tokens", press.MayAdmit, d.addToken},
		{"GET", "/settings/tokens/{id}/revoke", press.MayAdmit, d.revokeForm},
		{"POST", "/settings/tokens/{id}/revoke", press.MayAdmit, d.revokeToken},
	}
}

// Works reports whether a token lets anybody in now, for the template.
func (p tokensPage) Works(t ledger.Token) bool { return t.Works(p.Now) }

// Has reports whether a right is chosen, for the template.
func (p tokensPage) Has(r press.Right) bool { return slices.Contains(p.Chosen, r) }

// RightName is a right as people see it, for the template.
func (tokensPage) RightName(r press.Right) string {
	for _, i := range press.Rights() {
		if i.Right == r {
			return i.Name
		}
	}
	return string(r)
}

func (d *desk) tokens(w http.ResponseWriter, r *http.Request) {
	d.showTokens(w, r, http.StatusOK, tokensPage{Days: "365", Chosen: []press.Right{press.MaySee}})
}

func (d *desk) showTokens(w http.ResponseWriter, r *http.Request, status int, p tokensPage) {
	p.frame, p.Tabs, p.Rights = d.frame(r, d.t(r, "接口令牌"), "settings"), d.settingTabs(r, "/settings/tokens"), press.Rights()
	var err error
	if p.List, err = d.Ledger.Tokens(r.Context()); err != nil {
		d.fail(w, r, err)
		return
	}
	if r.URL.Query().Get("done") == "revoked" {
		p.Done = d.t(r, "已撤销，立即失效。")
	}
	d.show(w, r, status, "tokens", p)
}

// addToken makes a token and shows its secret: in the answer itself, so that it is kept nowhere.
func (d *desk) addToken(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		d.refuse(w, r, http.StatusBadRequest, d.t(r, "提交的内容读不出来，没有执行"), "")
		return
	}
	p := tokensPage{Name: bounded(r.PostForm.Get("name"), mostTyped), Days: r.PostForm.Get("days")}
	for _, s := range r.PostForm["right"] {
		p.Chosen = append(p.Chosen, press.Right(bounded(s, mostName)))
	}
	days, err := strconv.Atoi(p.Days)
	if err != nil || !slices.Contains(lives(), p.Days) {
		p.Problem = d.t(r, "请选择到什么时候到期。")
		d.showTokens(w, r, http.StatusUnprocessableEntity, p)
		return
	}
	t := ledger.Token{Name: p.Name, Rights: p.Chosen}
	if days > 0 {
		t.Expires = d.Now().AddDate(0, 0, days)
	}
	secret, t, err := d.Ledger.AddToken(r.Context(), t, d.by(r, press.MayAdmit), d.Now())
	if err != nil {
		d.notSet(w, r, err, func(problem string) {
			p.Problem = problem
			d.showTokens(w, r, http.StatusUnprocessableEntity, p)
		})
		return
	}
	d.showTokens(w, r, http.StatusOK, tokensPage{Days: "365", Chosen: []press.Right{press.MaySee}, Secret: secret, Name: t.Name})
}

// Lives are the choices of how long, for the template.
func (p tokensPage) Lives() []option {
	var out []option
	for _, v := range lives() {
		out = append(out, option{v, v, v == p.Days})
	}
	return out
}
