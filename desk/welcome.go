package desk

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// welcomePage makes the account of the operator, when nobody can sign in yet.
type welcomePage struct {
	frame
	personForm
}

func (d *desk) welcomeForm(w http.ResponseWriter, r *http.Request) {
	if d.code() == "" {
		d.notWelcome(w, r)
		return
	}
	d.show(w, r, http.StatusOK, "welcome", welcomePage{d.frame(r, d.t(r, "第一次使用"), ""), personForm{}})
}

func (d *desk) notWelcome(w http.ResponseWriter, r *http.Request) {
	d.refuse(w, r, http.StatusNotFound, d.t(r, "管理员账号已经建立"), d.t(r, "请直接登录；没有账号的，请系统管理员在“人员”里新增。"))
}

// welcome makes the account for whoever can read the file with the code, which only who runs the machine can.
func (d *desk) welcome(w http.ResponseWriter, r *http.Request) {
	code := d.code()
	if code == "" {
		d.notWelcome(w, r)
		return
	}
	if !d.form(w, r) {
		return
	}
	f := readPersonForm(r)
	f.Roles = []press.Role{press.Operator}
	no := func(status int) {
		d.show(w, r, status, "welcome", welcomePage{d.frame(r, d.t(r, "第一次使用"), ""), f})
	}
	now, at := d.Now(), crowd(d.from(r))
	if wait := d.addresses.wait(at, now); wait > 0 {
		f.Wrong["code"] = d.sayLate(r, &tooMany{min(wait, 90*time.Second)})
		no(http.StatusTooManyRequests)
		return
	}
	if given := strings.ToLower(strings.TrimSpace(r.PostForm.Get("code"))); subtle.ConstantTimeCompare([]byte(given), []byte(code)) != 1 {
		d.addresses.failed(at, now)
		f.Wrong["code"] = d.t(r, "一次性代码不对，请从服务器上的文件里重新抄写")
		no(http.StatusUnprocessableEntity)
		return
	}
	p := ledger.Person{Login: f.Login, Name: f.Name, Office: f.Bureau, Roles: f.Roles, Lang: langOf(r), Theme: themeOf(r)}
	password := r.PostForm.Get("new")
	if problem := PasswordProblem(password, p); problem != "" {
		f.Wrong["new"] = d.t(r, problem)
	} else if password != r.PostForm.Get("again") {
		f.Wrong["new"] = d.t(r, "两次输入的新密码不一样")
	}
	if f.Wrong["new"] != "" {
		no(http.StatusUnprocessableEntity)
		return
	}
	hash, err := d.hash(r.Context(), password)
	if err == nil {
		p, err = d.Ledger.AddPerson(r.Context(), p, hash, ledger.Who{Name: p.Name, Role: press.Operator}, now)
	}
	if err != nil {
		if !d.wrongs(r, err, f.Wrong) {
			d.fail(w, r, err)
			return
		}
		no(http.StatusUnprocessableEntity)
		return
	}
	if d.Admitted != nil {
		d.Admitted()
	}
	if err := d.begin(r, p, byPassword); err != nil {
		d.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/people", http.StatusSeeOther)
}
