package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongfa/ledger"
	"tongfa/press"
)

// lantern is a password that nothing is wrong with. Its hash costs what every hash costs, so the tests share one.
const lantern = "稻田里的 blue lantern"

var usualHash = func() string {
	h, err := HashPassword(lantern)
	if err != nil {
		panic(err)
	}
	return h
}()

var operatorWho = ledger.Who{Name: "孙某", Role: press.Operator}

// person is somebody who signs in with the usual password.
func (w *world) person(login, name string, roles ...press.Role) ledger.Person {
	w.Helper()
	p, _, err := w.ledger.PersonByLogin(context.Background(), login)
	if errors.Is(err, ledger.ErrNoPerson) {
		p, err = w.ledger.AddPerson(context.Background(), ledger.Person{Login: login, Name: name, Office: "政策科", Roles: roles}, usualHash, operatorWho, w.now)
	}
	w.must(err)
	return p
}

// real makes the desk one that nobody is a guest at.
func (w *world) real(more ...func(*Options)) *world {
	o := w.options()
	o.Guest = nil
	for _, m := range more {
		m(&o)
	}
	w.desk = New(o)
	return w
}

// browser keeps cookies, as one does.
type browser struct {
	*world
	cookies map[string]string
	from    string
}

func (w *world) browser() *browser {
	return &browser{w, map[string]string{}, "127.0.0.1:50000"}
}

// visit asks as a person in a browser does, and gives the answer with its text.
func (b *browser) visit(method, target string, form url.Values, more ...func(*http.Request)) (*http.Response, string) {
	b.Helper()
	res := b.ask(method, target, form, append([]func(*http.Request){func(r *http.Request) {
		r.RemoteAddr = b.from
		r.Header.Set("Accept", "text/html,application/xhtml+xml")
		for name, value := range b.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}}, more...)...)
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	text, err := io.ReadAll(res.Body)
	b.must(err)
	return res, string(text)
}

func (b *browser) signIn(login, password string) (*http.Response, string) {
	b.Helper()
	return b.visit("POST", "/sign-in", url.Values{"login": {login}, "password": {password}})
}

// signedIn is a browser in which somebody has signed in.
func (w *world) signedIn(login, name string, roles ...press.Role) *browser {
	w.Helper()
	w.person(login, name, roles...)
	b := w.browser()
	if res, text := b.signIn(login, lantern); res.StatusCode != http.StatusSeeOther {
		w.Fatalf("%s cannot sign in: %d %s", login, res.StatusCode, text)
	}
	return b
}

func (b *browser) wants(method, target string, form url.Values, status int, words ...string) string {
	b.Helper()
	res, text := b.visit(method, target, form)
	if res.StatusCode != status {
		b.Fatalf("%s %s: status %d, want %d\n%s", method, target, res.StatusCode, status, text)
	}
	text = res.Header.Get("Location") + text
	for _, word := range words {
		if !strings.Contains(text, word) {
			b.Fatalf("%s %s: there is no %q in\n%s", method, target, word, text)
		}
	}
	return text
}

func (w *world) deeds(about string) string {
	w.Helper()
	ds, err := w.ledger.Deeds(w.Context(), ledger.DeedFilter{About: about})
	w.must(err)
	var out []string
	for _, d := range ds {
		out = append([]string{d.Verb + " by " + d.By.Name}, out...)
	}
	return strings.Join(out, ", ")
}

func TestSigningInAndOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t).real()
	w.person("li", "李某", press.Publisher)
	b := w.browser()
	b.wants("GET", "/matrix?q=供暖", nil, 303, "/sign-in?next=%2Fmatrix%3Fq%3D%E4%BE%9B%E6%9A%96")
	checkHTML(t, "sign-in", b.wants("GET", "/sign-in?next=/matrix", nil, 200, `name="next" value="/matrix"`, "忘记密码"))
	b.wants("POST", "/sign-in", url.Values{"login": {"li"}, "password": {"wrong password"}, "next": {"/matrix"}}, 422, "登录名或者密码不对", `value="li"`)
	b.wants("POST", "/sign-in", url.Values{"login": {"li"}}, 422, "请填写登录名和密码")
	b.wants("POST", "/sign-in", url.Values{"login": {" LI "}, "password": {lantern}, "next": {"/matrix?a=1"}}, 303, "/matrix?a=1")
	b.wants("GET", "/matrix", nil, 200, "李某", "退出登录")
	b.wants("GET", "/sign-in?next=/editions", nil, 303, "/editions")
	checkHTML(t, "me", b.wants("GET", "/me", nil, 200, "发布科", "政策科", "密码，来自 127.0.0.1"))
	b.wants("POST", "/sign-out", url.Values{}, 303, "/sign-in?done=out")
	b.wants("GET", "/sign-in?done=out", nil, 200, "已经退出登录")
	b.wants("GET", "/matrix", nil, 303, "/sign-in")
	if got, want := w.deeds("li"), "admit by 孙某, sign_in by 李某, sign_out by 李某"; got != want {
		t.Errorf("deeds are %q, want %q", got, want)
	}
}

func TestASessionEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t).real()
	b := w.signedIn("li", "李某", press.Publisher)
	alive := func(why string, want bool) {
		t.Helper()
		res, _ := b.visit("GET", "/matrix", nil)
		if got := res.StatusCode == 200; got != want {
			t.Fatalf("%s: still signed in: %v, want %v", why, got, want)
		}
	}
	again := func() {
		t.Helper()
		b = w.signedIn("li", "李某", press.Publisher)
		alive("after a sign-in", true)
	}
	p := w.person("li", "李某")
	for range 5 {
		w.now = w.now.Add(110 * time.Minute)
		alive("used every 110 minutes", true)
	}
	w.now = w.now.Add(121 * time.Minute)
	alive("idle for 121 minutes", false)
	again()
	for range 13 {
		w.now = w.now.Add(57 * time.Minute)
		b.visit("GET", "/matrix", nil)
	}
	alive("after twelve hours of work", false)
	again()
	for range 3 { // a page that lies open asks by itself
		w.now = w.now.Add(50 * time.Minute)
		b.visit("GET", "/matrix", nil, func(r *http.Request) { r.Header.Set("Accept", "*/*") })
	}
	alive("only the page's own script has asked", false)
	again()
	w.must(w.ledger.SetRoles(t.Context(), p.ID, []press.Role{press.Supervisor}, "", operatorWho, w.now))
	alive("other roles", false)
	again()
	w.must(w.ledger.SetPassword(t.Context(), p.ID, usualHash, false, operatorWho, w.now))
	alive("another password", false)
	again()
	w.must(w.ledger.Disable(t.Context(), p.ID, "", operatorWho, w.now))
	alive("disabled", false)
	if res, text := b.signIn("li", lantern); res.StatusCode != 403 || !strings.Contains(text, "已经停用") {
		t.Errorf("a disabled person signs in: %d %s", res.StatusCode, text)
	}
	if res, text := b.signIn("li", "not this one"); res.StatusCode != 422 || strings.Contains(text, "停用") {
		t.Errorf("who does not know the password is told of the account: %d", res.StatusCode)
	}
}

// That somebody is there is written down once a minute, and not with each request.
func TestLookingIsNotAWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t).real()
	b := w.signedIn("li", "李某", press.Publisher)
	before, _ := w.ledger.Written()
	for range 20 {
		b.wants("GET", "/matrix", nil, 200)
	}
	if after, _ := w.ledger.Written(); after != before {
		t.Errorf("20 looks were %d writes", after-before)
	}
	w.now = w.now.Add(61 * time.Second)
	for range 20 {
		b.wants("GET", "/matrix", nil, 200)
	}
	if after, _ := w.ledger.Written(); after != before+2 { // the session and the person
		t.Errorf("a minute later 20 looks were %d writes", after-before)
	}
}

func TestAPasswordThatSomebodyElseGave(t *testing.T) {
	t.Parallel()
	w := newWorld(t).real()
	op := w.signedIn("sun", "孙某", press.Operator)
	checkHTML(t, "admit", op.wants("GET", "/people/add", nil, 200, "新增人员"))
	bad := op.wants("POST", "/people/add", url.Values{"login": {"李某"}, "name": {hostile}, "office": {hostile}}, 422, "登录名要用", `href="#role-drafter"`, "请至少选一个角色", "&lt;script&gt;")
	checkHTML(t, "admit", bad)
	text := op.wants("POST", "/people/add", url.Values{"login": {"li"}, "name": {"李某"}, "office": {"政策科"}, "role": {"publisher", "drafter"}}, 200, "初始密码")
	checkHTML(t, "given", text)
	given := regexp.MustCompile(`class="given">([a-z0-9-]+)<`).FindStringSubmatch(text)
	if given == nil {
		t.Fatal("no password is shown")
	}
	op.wants("POST", "/people/add", url.Values{"login": {"li"}, "name": {"李某"}, "role": {"publisher"}}, 422, "已经有人用了")

	b := w.browser()
	if res, _ := b.signIn("li", given[1]); res.Header.Get("Location") != "/me/password?next=%2F" {
		t.Fatalf("goes to %q after the first sign-in", res.Header.Get("Location"))
	}
	b.wants("GET", "/matrix", nil, 303, "/me/password?next=%2Fmatrix")
	b.wants("POST", "/items/x/retry", url.Values{}, 303, "/me/password")
	b.wants("GET", "/api/v1/items", nil, 403, "密码是别人给的")
	checkHTML(t, "password", b.wants("GET", "/me/password?next=/matrix", nil, 200, "您的密码是别人给的", `value="/matrix"`))
	change := func(old, new, again string) url.Values {
		return url.Values{"old": {old}, "new": {new}, "again": {again}, "next": {"/matrix"}}
	}
	for _, c := range []struct {
		form url.Values
		want string
	}{
		{change("wrong", lantern, lantern), "现在的密码不对"},
		{change(given[1], "short", "short"), "密码至少要10个字符"},
		{change(given[1], lantern, lantern+"x"), "两次输入的新密码不一样"},
		{change(given[1], given[1], given[1]), "新密码不能和现在的密码一样"},
		{change(given[1], "1234567890", "1234567890"), "太常见"},
	} {
		checkHTML(t, "password", b.wants("POST", "/me/password", c.form, 422, c.want))
	}
	other := w.browser()
	other.signIn("li", given[1])
	b.wants("POST", "/me/password", change(given[1], lantern, lantern), 303, "/matrix")
	b.wants("GET", "/matrix", nil, 200)
	other.wants("GET", "/me", nil, 303, "/sign-in") // signed in elsewhere with the old password
	if res, _ := w.browser().signIn("li", given[1]); res.StatusCode != 422 {
		t.Error("the given password still works")
	}
	if got := w.deeds("li"); got != "admit by 孙某, sign_in by 李某, sign_in by 李某, change_password by 李某" {
		t.Errorf("deeds are %q", got)
	}
}

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	p := ledger.Person{Login: "wang.mou", Name: "王某某", Office: "示例区人民政府办公室"}
	for password, ok := range map[string]bool{
		"correct horse battery": true, "稻田里的蓝灯笼真好看呀": true, lantern: true, "wang.mou 的稻田里有一盏蓝灯笼": true, "k7mq-x3fd-9wpr": true,
		"short": false, "九个汉字不够用的呀": false, strings.Repeat("长", 129): false, "wang.mou2026": false, "王某某20261125": false, "示例区人民政府办公室1": false,
		"1234567890": false, "Password123": false, "aaaaaaaaaaaa": false, "abcabcabcabc": false, "12341234123412341234": false, "abcdefghijkl": false,
		"qwertyuiop": false, "Woaini1314": false, "with\nnewline!": false, "with\x00zero....": false, "1122112211": false,
	} {
		if problem := PasswordProblem(password, p); (problem == "") != ok {
			t.Errorf("%q: %q", password, problem)
		}
	}
	if a, b := OneTimePassword(), OneTimePassword(); a == b || PasswordProblem(a, p) != "" || !regexp.MustCompile(`^[a-z2-9]{4}(-[a-z2-9]{4}){2}$`).MatchString(a) {
		t.Errorf("one-time passwords are %q and %q", a, b)
	}
	words := readWords()
	for _, password := range []string{"short", strings.Repeat("长", 129), "with\nnewline!", "wang.mou20", "1234567890"} {
		if words[PasswordProblem(password, p)] == "" {
			t.Errorf("%q has no English", PasswordProblem(password, p))
		}
	}
}

func TestTheOperatorSeesToPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t).real()
	op := w.signedIn("sun", "孙某", press.Operator)
	sun, li := w.person("sun", "孙某"), w.person("li", "李某", press.Drafter)
	at := to("people", fmt.Sprint(li.ID))
	seen := func() string { return stateOf(w.person("li", "李某")) }
	checkHTML(t, "people", op.wants("GET", "/people", nil, 200, "李某", "孙某", "可用"))
	checkHTML(t, "account", op.wants("GET", at, nil, 200, "重置密码", "停用账号"))
	op.wants("GET", "/people/99", nil, 404, "没有这位人员")
	op.wants("GET", "/people/x", nil, 404, "没有这位人员")

	b := w.signedIn("li", "李某")
	form := url.Values{"seen": {seen()}, "role": {"drafter", "gazette_editor"}, "office": {"公报科"}}
	checkHTML(t, "check", op.wants("POST", at+"/roles", form, 200, "确认之前请核对", "公报编辑"))
	b.wants("GET", "/matrix", nil, 200) // nothing has happened yet
	form.Set("sure", "yes")
	op.wants("POST", at+"/roles", form, 303, at+"?done=roles")
	op.wants("GET", at+"?done=roles", nil, 200, "角色已调整", "公报科")
	b.wants("GET", "/matrix", nil, 303)
	op.wants("POST", at+"/roles", form, 409, "已经变了，没有执行") // the form is from before
	op.wants("POST", at+"/roles", url.Values{"seen": {seen()}, "sure": {"yes"}}, 422, "请至少选一个角色")
	op.wants("POST", at+"/roles", url.Values{"seen": {seen()}, "sure": {"yes"}, "role": {"root"}}, 422, "没有叫“root”的角色")

	text := op.wants("POST", at+"/password", url.Values{"seen": {seen()}, "sure": {"yes"}}, 200, "初始密码")
	if w.person("li", "李某").MustChange != true || !strings.Contains(text, `class="given"`) {
		t.Error("the password is not reset")
	}
	checkHTML(t, "check", op.wants("POST", at+"/disable", url.Values{"seen": {seen()}, "reason": {"调离" + hostile}}, 200, "不能再登录", "&lt;script&gt;"))
	op.wants("POST", at+"/disable", url.Values{"seen": {seen()}, "reason": {"调离"}, "sure": {"yes"}}, 303, "done=disabled")
	op.wants("GET", at+"?done=disabled", nil, 200, "账号已停用", "启用账号", "调离")
	op.wants("POST", at+"/enable", url.Values{"seen": {seen()}}, 303, "done=enabled")

	own := to("people", fmt.Sprint(sun.ID))
	mine := stateOf(sun)
	op.wants("POST", own+"/disable", url.Values{"seen": {mine}, "sure": {"yes"}}, 422, "不能停用自己的账号")
	op.wants("POST", own+"/roles", url.Values{"seen": {mine}, "role": {"publisher"}, "sure": {"yes"}}, 422, "不能给自己去掉系统管理员的角色")
	op.wants("POST", own+"/roles", url.Values{"seen": {mine}, "role": {"publisher", "operator"}}, 200, "您在改自己的角色")
	op.wants("POST", own+"/password", url.Values{"seen": {mine}}, 303, "/me/password")
	if got, want := w.deeds("li"), "admit by 孙某, sign_in by 李某, change_roles by 孙某, reset_password by 孙某, disable by 孙某, enable by 孙某"; got != want {
		t.Errorf("deeds are %q, want %q", got, want)
	}
}

func TestTheFirstStart(t *testing.T) {
	t.Parallel()
	code, admitted := FirstCode(), 0
	w := newWorld(t).real(func(o *Options) {
		o.Code = func() string {
			if admitted > 0 {
				return ""
			}
			return code
		}
		o.Admitted = func() { admitted++ }
	})
	b := w.browser()
	b.wants("GET", "/sign-in", nil, 200, "还没有人能登录", `href="/welcome"`)
	checkHTML(t, "welcome", b.wants("GET", "/welcome", nil, 200, "一次性代码"))
	form := url.Values{"code": {"guessed"}, "login": {"sun"}, "name": {"孙某"}, "new": {lantern}, "again": {lantern}}
	checkHTML(t, "welcome", b.wants("POST", "/welcome", form, 422, "一次性代码不对"))
	form.Set("code", " "+strings.ToUpper(code))
	form.Set("again", "different")
	b.wants("POST", "/welcome", form, 422, "两次输入的新密码不一样")
	form.Set("again", lantern)
	form.Set("login", "!")
	b.wants("POST", "/welcome", form, 422, "登录名要用")
	form.Set("login", "sun")
	b.wants("POST", "/welcome", form, 303, "/people")
	b.wants("GET", "/people", nil, 200, "孙某", "系统管理员")
	if admitted != 1 {
		t.Errorf("told %d times that it is done", admitted)
	}
	form.Set("login", "another")
	w.browser().wants("POST", "/welcome", form, 404, "已经建立") // the code counts once
	w.browser().wants("GET", "/welcome", nil, 404)
}

func TestLanguageAndColoursBeforeASignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t).real()
	w.person("li", "李某", press.Publisher)
	b := w.browser()
	b.wants("POST", "/language", url.Values{"lang": {"en"}, "next": {"/sign-in?next=%2Fmatrix"}}, 303, "/sign-in?next=%2Fmatrix")
	b.wants("POST", "/theme", url.Values{"theme": {"dark"}, "next": {"/sign-in"}}, 303, "/sign-in")
	b.wants("GET", "/sign-in", nil, 200, `lang="en"`, `data-theme="dark"`, "forgot your password", "Sign in")
	b.wants("POST", "/sign-in", url.Values{"login": {"li"}, "password": {lantern}}, 303)
	b.wants("POST", "/language", url.Values{"lang": {"zh"}, "next": {"/me"}}, 303, "/me")
	if p := w.person("li", "李某"); p.Lang != "zh" {
		t.Errorf("her language is %q", p.Lang)
	}
	b.wants("POST", "/language", url.Values{"lang": {"xx"}}, 422)
	b.wants("POST", "/theme", url.Values{"theme": {"\"><script>"}}, 422)
}

func TestTheVisitorOfADemonstrationTriesRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.ledger.AddPerson(t.Context(), ledger.Person{Login: "demo.gazette", Name: "周某", Roles: []press.Role{press.GazetteEditor}}, "", operatorWho, w.now)
	w.must(err)
	w.person("real", "真人", press.Operator)
	b := w.browser()
	text := b.wants("GET", "/me", nil, 200, "换个身份看看", "周某")
	if strings.Contains(text, "真人") {
		t.Error("somebody with a password is offered")
	}
	b.wants("POST", "/guise", url.Values{"login": {"demo.gazette"}}, 303, "/")
	b.wants("GET", "/me", nil, 200, "周某", "回到演示身份")
	b.wants("GET", "/people", nil, 403, "没有“人员”的权限")
	b.wants("POST", "/guise", url.Values{"login": {"real"}}, 303, "/")
	b.wants("GET", "/people", nil, 200) // the guest again, and not the real person
	if strings.Contains(w.deeds("real"), "sign_in") {
		t.Error("the guest has become a real person")
	}
	r := w.real().browser()
	w.person("li", "李某", press.Publisher)
	r.wants("POST", "/guise", url.Values{"login": {"demo.gazette"}}, 404)
}
