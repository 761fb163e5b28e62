package desk

import "net/http"

// keysPage tells the keys that the script listens to, and switches them off: single letters get in the way of people who speak to their computer.
type keysPage struct {
	frame
	Off bool
}

// keysCookie holds "off" where a person does not want the keys. The script reads it.
const keysCookie = "keys"

func (d *desk) keys(w http.ResponseWriter, r *http.Request) {
	p := keysPage{frame: d.frame(r, d.t(r, "键盘快捷键"), "")}
	if c, err := r.Cookie(keysCookie); err == nil {
		p.Off = c.Value == "off"
	}
	if r.URL.Query().Get("done") == "set" {
		p.Done = d.t(r, "已记住您的选择。")
	}
	d.show(w, r, http.StatusOK, "keys", p)
}

func (d *desk) setKeys(w http.ResponseWriter, r *http.Request) {
	c := &http.Cookie{Name: keysCookie, Value: "on", Path: "/", MaxAge: 400 * 24 * 60 * 60, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil}
	if r.PostFormValue("keys") == "off" {
		c.Value = "off"
	}
	http.SetCookie(w, c)
	http.Redirect(w, r, "/keys?done=set", http.StatusSeeOther)
}
