package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tongfa/press"
)

var operator = Who{"孙某", press.Operator}

const phc = "$argon2id$v=19$m=65536,t=1,p=2$c2FsdA$aGFzaA"

func (b *testBench) admitted(login, name string, roles ...press.Role) Person {
	b.Helper()
	p, err := b.AddPerson(b.ctx, Person{Login: login, Name: name, Office: "政策科", Roles: roles, MustChange: true}, phc, operator, b.now)
	must(b, err)
	return p
}

// fields are the fields that an error is about.
func fields(err error) string {
	var out []string
	var add func(error)
	add = func(err error) {
		if m, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range m.Unwrap() {
				add(e)
			}
			return
		}
		var w *Wrong
		if errors.As(err, &w) {
			out = append(out, w.Field)
		}
	}
	if err != nil {
		add(err)
	}
	return strings.Join(slices.Compact(out), " ")
}

func TestAddPerson(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.admitted(" Wang.Mou ", "王某", press.Operator, press.Reviewer)
	equal(t, "login", p.Login, "wang.mou")
	equal(t, "roles", fmt.Sprint(p.Roles), "[reviewer operator]")
	equal(t, "has a password", p.HasPassword && p.MustChange && p.Disabled.IsZero(), true)
	got, hash, err := b.PersonByLogin(b.ctx, "WANG.mou")
	must(t, err)
	equal(t, "id", got.ID, p.ID)
	equal(t, "hash", hash, phc)
	for _, c := range []struct {
		p    Person
		want string
	}{
		{Person{Login: "li", Name: "李某", Roles: []press.Role{press.Drafter}}, ""},
		{Person{Login: "wang.mou", Name: "另一位", Roles: []press.Role{press.Drafter}}, "login"},
		{Person{Login: "wang2", Name: "王某", Roles: []press.Role{press.Drafter}}, "name"},
		{Person{Login: "x", Name: "", Roles: nil}, "login name roles"},
		{Person{Login: "王某", Name: "赵某", Roles: []press.Role{press.Drafter}}, "login"},
		{Person{Login: "a b", Name: "赵某", Roles: []press.Role{press.Drafter}}, "login"},
		{Person{Login: strings.Repeat("a", 65), Name: "赵某", Roles: []press.Role{press.Drafter}}, "login"},
		{Person{Login: "zhao", Name: "赵\n某", Roles: []press.Role{press.Drafter}}, "name"},
		{Person{Login: "zhao", Name: "赵\u202e某", Roles: []press.Role{press.Drafter}}, "name"},
		{Person{Login: "zhao", Name: "同发", Roles: []press.Role{press.Drafter}}, "name"},
		{Person{Login: "zhao", Name: strings.Repeat("赵", 41), Roles: []press.Role{press.Drafter}}, "name"},
		{Person{Login: "zhao", Name: "赵某", Office: strings.Repeat("科", 101), Roles: []press.Role{press.Drafter}}, "office"},
		{Person{Login: "zhao", Name: "赵某", Roles: []press.Role{press.System}}, "roles"},
		{Person{Login: "zhao", Name: "赵某", Roles: []press.Role{"root"}}, "roles"},
	} {
		_, err := b.AddPerson(b.ctx, c.p, "", operator, b.now)
		if got := fields(err); got != c.want {
			t.Errorf("%+v: wrong are %q, want %q (%v)", c.p, got, c.want, err)
		}
	}
	all, err := b.People(b.ctx, "", 10)
	must(t, err)
	equal(t, "people", len(all), 2)
	more, err := b.People(b.ctx, "li", 10)
	must(t, err)
	equal(t, "people after li", len(more), 1)
	if _, err := b.Person(b.ctx, 99); !errors.Is(err, ErrNoPerson) {
		t.Errorf("a person who is not there: %v", err)
	}
	deeds, err := b.Deeds(b.ctx, DeedFilter{Verb: "admit", About: "wang.mou"})
	must(t, err)
	equal(t, "deed", deeds[0].Detail, "王某：政策科，审核人、系统管理员")
}

func TestTheLastOperatorStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	has := func(want bool) {
		t.Helper()
		got, err := b.HasOperator(b.ctx, false)
		must(t, err)
		equal(t, "has an operator", got, want)
	}
	has(false)
	sun := b.admitted("sun", "孙某", press.Operator)
	has(true)
	refused := func(err error) {
		t.Helper()
		if !errors.Is(err, ErrLastOperator) {
			t.Fatalf("the last operator goes: %v", err)
		}
	}
	refused(b.Disable(b.ctx, sun.ID, "", operator, b.now))
	refused(b.SetRoles(b.ctx, sun.ID, []press.Role{press.Publisher}, "", operator, b.now))
	must(t, b.SetRoles(b.ctx, sun.ID, []press.Role{press.Publisher, press.Operator}, "", operator, b.now))
	li := b.admitted("li", "李某", press.Operator)
	must(t, b.Disable(b.ctx, sun.ID, "调离", operator, b.now))
	refused(b.Disable(b.ctx, li.ID, "", operator, b.now)) // the other one does not count any more
	must(t, b.Enable(b.ctx, sun.ID, operator, b.now))
	must(t, b.Disable(b.ctx, li.ID, "", operator, b.now))
	has(true)
}

// What a person had begun ends with each change of her password, roles or state, also when the clock stands still or was set back.
func TestAChangeEndsWhatWasBegun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.admitted("sun", "孙某", press.Operator)
	p := b.admitted("li", "李某", press.Drafter)
	last := p.Changed
	changes := []struct {
		what string
		do   func() error
		ends bool
	}{
		{"roles", func() error { return b.SetRoles(b.ctx, p.ID, []press.Role{press.Reviewer}, "", operator, b.now) }, true},
		{"the same roles", func() error { return b.SetRoles(b.ctx, p.ID, []press.Role{press.Reviewer}, "", operator, b.now) }, false},
		{"a given password", func() error { return b.SetPassword(b.ctx, p.ID, phc, true, operator, b.now) }, true},
		{"her own password", func() error {
			return b.SetPassword(b.ctx, p.ID, phc, false, Who{"李某", press.Reviewer}, b.now.Add(-time.Hour))
		}, true},
		{"disabled", func() error { return b.Disable(b.ctx, p.ID, "", operator, b.now) }, true},
		{"disabled again", func() error { return b.Disable(b.ctx, p.ID, "", operator, b.now) }, false},
		{"enabled", func() error { return b.Enable(b.ctx, p.ID, operator, b.now) }, true},
		{"seen", func() error { return b.Seen(b.ctx, p.ID, b.now) }, false},
		{"her taste", func() error { return b.SetTaste(b.ctx, p.ID, "en", "dark") }, false},
		{"unlocked", func() error { return b.Unlock(b.ctx, p.ID, operator, b.now) }, false},
	}
	for _, c := range changes {
		must(t, c.do())
		now, err := b.Person(b.ctx, p.ID)
		must(t, err)
		if ends := now.Changed.After(last); ends != c.ends || now.Changed.Before(last) {
			t.Errorf("%s: ends what was begun: %v, want %v", c.what, ends, c.ends)
		}
		last = now.Changed
	}
	now, err := b.Person(b.ctx, p.ID)
	must(t, err)
	equal(t, "taste", now.Lang+now.Theme, "endark")
	equal(t, "must change", now.MustChange, false) // she has given herself one
	deeds, err := b.Deeds(b.ctx, DeedFilter{About: "li"})
	must(t, err)
	var verbs []string
	for _, d := range deeds {
		verbs = append(verbs, d.Verb)
	}
	equal(t, "deeds", strings.Join(verbs, " "), "enable disable change_password reset_password change_roles admit")
}

func TestLockout(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.admitted("li", "李某", press.Drafter)
	lock := Lockout{After: 3, For: 15 * time.Minute}
	for i := range 3 {
		p, err := b.Person(b.ctx, p.ID)
		must(t, err)
		equal(t, "failures", p.Failures, i)
		equal(t, "locked", p.Locked.IsZero(), true)
		must(t, b.WrongPassword(b.ctx, p.ID, "192.0.2.1", lock, b.now))
	}
	got, err := b.Person(b.ctx, p.ID)
	must(t, err)
	equal(t, "locked until", got.Locked, b.now.Add(15*time.Minute))
	deeds, err := b.Deeds(b.ctx, DeedFilter{Verb: "lock"})
	must(t, err)
	equal(t, "deed", deeds[0].Detail, "连续3次密码不对，锁定15分钟，来自 192.0.2.1")
	must(t, b.Unlock(b.ctx, p.ID, operator, b.now))
	got, err = b.Person(b.ctx, p.ID)
	must(t, err)
	equal(t, "unlocked", got.Locked.IsZero() && got.Failures == 0, true)
	must(t, b.WrongPassword(b.ctx, p.ID, "192.0.2.1", lock, b.now))
	must(t, b.SignedIn(b.ctx, p.ID, "密码", "192.0.2.1", b.now))
	got, err = b.Person(b.ctx, p.ID)
	must(t, err)
	equal(t, "seen", got.Seen, b.now)
	equal(t, "failures after a sign-in", got.Failures, 0)
}

func TestSessions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.Sessions()
	far := time.Now().Add(time.Hour)
	must(t, s.Commit("a", []byte("1"), far))
	must(t, s.Commit("a", []byte("2"), far))
	must(t, s.Commit("old", []byte("3"), time.Now().Add(-time.Second)))
	data, ok, err := s.Find("a")
	must(t, err)
	equal(t, "found", fmt.Sprintf("%s %v", data, ok), "2 true")
	_, ok, err = s.Find("old")
	must(t, err)
	equal(t, "one that has run out", ok, false)
	must(t, s.Commit("b", []byte("4"), far))
	equal(t, "rows", b.count(`SELECT COUNT(*) FROM session`), 2) // the old one was cleared away
	must(t, s.Delete("a"))
	_, ok, err = s.Find("a")
	must(t, err)
	equal(t, "one that has ended", ok, false)
}

func TestNobodyIsCalledAsATokenIs(t *testing.T) {
	b := setup(t)
	_, made := b.token("办公系统", time.Time{}, press.MayFile)
	if _, err := b.AddPerson(b.ctx, Person{Login: "x.y", Name: made.Person().Name, Roles: []press.Role{press.Drafter}}, "h", keeper, b.now); err == nil {
		t.Error("a person has the name under which a token is on record")
	}
}
