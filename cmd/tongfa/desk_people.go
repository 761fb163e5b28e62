package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"tongfa/desk"
	"tongfa/ledger"
	"tongfa/press"
)

// door gives a desk what the configuration says of who may come in, and how.
func (d *daemon) door(o desk.Options) desk.Options {
	c := d.cfg.SignIn
	o.Guest = d.guest
	o.Proxies = d.cfg.Proxies
	o.Code, o.Admitted = d.firstCode, func() { _ = os.Remove(d.firstCodeFile()) } // a code that stays counts no more: there is an operator
	o.SignIn = desk.SignIn{Idle: c.Idle, Life: c.Life, Lockout: ledger.Lockout{After: c.Tries, For: c.Lock}}
	if u, err := url.Parse(d.cfg.Desk); err == nil && u.Host != "" {
		o.Address = u
	}
	if p := c.OIDC; p != nil {
		o.SignIn.OIDC = &desk.OIDC{Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, Secret: p.Secret.Reveal, Claim: p.Claim, Transport: d.house.outside}
	}
	return o
}

// firstCodeFile holds the one-time code by which whoever runs this machine makes the first account.
func (h *house) firstCodeFile() string { return filepath.Join(h.cfg.Data, "first-code") }

// firstCode is the code, while nobody can sign in who could admit others.
func (h *house) firstCode() string {
	has, err := h.led.HasOperator(context.Background(), h.cfg.SignIn.OIDC != nil)
	if err != nil || has {
		return ""
	}
	b, err := os.ReadFile(h.firstCodeFile())
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// offerFirstCode writes a new code where nobody can sign in yet, for the eyes of who runs the service only, and says where it is. It never says
// the code itself: logs are read by others.
func (h *house) offerFirstCode(ctx context.Context) error {
	file := h.firstCodeFile()
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("一次性代码的旧文件 %s 删不掉：%w", file, err)
	}
	has, err := h.led.HasOperator(ctx, h.cfg.SignIn.OIDC != nil)
	if err != nil || has {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("一次性代码写不进 %s：%w", file, err)
	}
	_, err = fmt.Fprintln(f, desk.FirstCode())
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("一次性代码写不进 %s：%w", file, err)
	}
	h.log.Warn("nobody can sign in yet: open the address and give the code in the file, or run tongfa user add", "url", h.reached()+"/welcome", "file", file)
	return nil
}

// reached is where people reach the desk.
func (h *house) reached() string {
	if h.cfg.Desk != "" {
		return h.cfg.Desk
	}
	return "http://" + h.cfg.Listen
}

// visitor is who plays with the demonstration: she may do everything, so that nothing stands in her way.
func visitor() *ledger.Person {
	return &ledger.Person{Name: "演示", Office: "示例区人民政府办公室", Roles: press.Roles()}
}

// demoPeople are those whom the visitor of the demonstration can be instead. They have no password, so nobody can sign in as one of them.
func (h *house) demoPeople(ctx context.Context) error {
	for _, p := range []ledger.Person{
		{Login: "demo.drafter", Name: "王某", Office: "综合科", Roles: []press.Role{press.Drafter}},
		{Login: "demo.reviewer", Name: "李某", Office: "办公室", Roles: []press.Role{press.Reviewer}},
		{Login: "demo.secrecy", Name: "赵某", Office: "保密办", Roles: []press.Role{press.SecrecyReviewer}},
		{Login: "demo.publisher", Name: "孙某", Office: "发布科", Roles: []press.Role{press.Publisher}},
		{Login: "demo.newmedia", Name: "周某", Office: "新媒体中心", Roles: []press.Role{press.NewMediaEditor}},
		{Login: "demo.gazette", Name: "吴某", Office: "公报室", Roles: []press.Role{press.GazetteEditor}},
		{Login: "demo.supervisor", Name: "郑某", Office: "督查室", Roles: []press.Role{press.Supervisor}},
		{Login: "demo.operator", Name: "冯某", Office: "信息中心", Roles: []press.Role{press.Operator}},
	} {
		if _, _, err := h.led.PersonByLogin(ctx, p.Login); !errors.Is(err, ledger.ErrNoPerson) {
			if err != nil {
				return err
			}
			continue
		}
		if _, err := h.led.AddPerson(ctx, p, "", ledger.Who{Name: "演示", Role: press.Operator}, h.now()); err != nil {
			return fmt.Errorf("演示人员：%w", err)
		}
	}
	return nil
}
