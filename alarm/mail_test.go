package alarm

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"tongfa/press"
)

// post is a mail server that keeps what it is given.
type post struct {
	net.Listener
	tls     *tls.Config
	roots   *x509.CertPool
	plain   bool              // it knows no STARTTLS
	answers map[string]string // to a command, instead of the usual one

	wg    sync.WaitGroup
	mu    sync.Mutex
	mails []string
	to    []string
	auth  string
	safe  bool // the mail came over TLS
}

func newPost(t *testing.T, implicit bool) *post {
	t.Helper()
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	p := &post{tls: &tls.Config{Certificates: web.TLS.Certificates}, roots: x509.NewCertPool(), answers: map[string]string{}}
	p.roots.AddCert(web.Certificate())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if implicit {
		l = tls.NewListener(l, p.tls)
	}
	p.Listener = l
	p.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { defer c.Close(); p.talk(c) })
		}
	})
	t.Cleanup(func() { l.Close(); p.wg.Wait() })
	return p
}

func (p *post) talk(c net.Conn) {
	say := func(format string, args ...any) { fmt.Fprintf(c, format+"\r\n", args...) }
	say("220 mail.example.gov.cn ESMTP")
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		verb, rest, _ := strings.Cut(line, " ")
		_, safe := c.(*tls.Conn)
		p.mu.Lock()
		answer := p.answers[strings.ToUpper(verb)]
		p.mu.Unlock()
		switch verb = strings.ToUpper(verb); {
		case answer != "":
			say("%s", answer)
		case verb == "EHLO" && !safe && !p.plain:
			say("250-mail.example.gov.cn\r\n250-STARTTLS\r\n250 8BITMIME")
		case verb == "EHLO":
			say("250-mail.example.gov.cn\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME")
		case verb == "STARTTLS":
			say("220 go on")
			c = tls.Server(c, p.tls)
			in = bufio.NewReader(c)
		case verb == "AUTH":
			b, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			p.mu.Lock()
			p.auth = strings.ReplaceAll(string(b), "\x00", "|")
			p.mu.Unlock()
			say("235 ok")
		case verb == "RCPT":
			p.mu.Lock()
			p.to = append(p.to, rest)
			p.mu.Unlock()
			say("250 ok")
		case verb == "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				b.WriteString(line)
			}
			p.mu.Lock()
			p.mails, p.safe = append(p.mails, b.String()), safe
			p.mu.Unlock()
			say("250 queued")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (p *post) mailer(t *testing.T, how string) Receiver {
	t.Helper()
	m := Mail{SMTP: p.Addr().String(), TLS: how, From: "tongfa@example.gov.cn", To: []string{"fabuke@example.gov.cn", "zhiban@example.gov.cn"},
		Config: &tls.Config{RootCAs: p.roots, ServerName: "127.0.0.1"}}
	if how != NoTLS {
		m.User, m.Password = "tongfa@example.gov.cn", "the-password"
	}
	r, err := NewMail(m)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMailGoesOutByEachWayToAllAddresses(t *testing.T) {
	for _, how := range []string{StartTLS, TLS, NoTLS} {
		t.Run(how, func(t *testing.T) {
			p := newPost(t, how == TLS)
			if err := p.mailer(t, how).Send(t.Context(), Message{Subject: "【同发告警】紧急1条", Text: "页面不见了\n编辑台：https://desk.example.gov.cn/alarms"}); err != nil {
				t.Fatalf("%v: %s", err, press.TroubleOf(err).Raw)
			}
			m, err := mail.ReadMessage(strings.NewReader(p.mails[0]))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			if err != nil || subject != "【同发告警】紧急1条" {
				t.Errorf("subject %q: %v", subject, err)
			}
			body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			if err != nil || !strings.HasPrefix(string(body), "页面不见了\r\n编辑台：https://") {
				t.Errorf("body %q: %v", body, err)
			}
			if len(p.to) != 2 || m.Header.Get("Date") == "" || m.Header.Get("Message-Id") == "" {
				t.Errorf("to %v, headers %v", p.to, m.Header)
			}
			if want := map[bool]string{true: "", false: "|tongfa@example.gov.cn|the-password"}[how == NoTLS]; p.auth != want || p.safe != (how != NoTLS) {
				t.Errorf("signed in as %q, over TLS %v", p.auth, p.safe)
			}
		})
	}
}

func TestAMailThatDoesNotGoOutSaysWhyWithoutThePassword(t *testing.T) {
	for what, c := range map[string]struct {
		change func(p *post)
		how    string
		words  string
	}{
		"password":  {func(p *post) { p.answers["AUTH"] = "535 5.7.8 the-password is wrong" }, StartTLS, "授权码"},
		"sender":    {func(p *post) { p.answers["MAIL"] = "550 not you" }, StartTLS, "发件人"},
		"addressee": {func(p *post) { p.answers["RCPT"] = "550 no such user" }, StartTLS, "收件人"},
		"no tls":    {func(p *post) { p.plain = true }, StartTLS, "STARTTLS"},
		"closed":    {func(p *post) { p.Listener.Close() }, StartTLS, "连不上"},
		"stranger":  {func(p *post) { p.roots = x509.NewCertPool() }, StartTLS, "证书"},
		"busy":      {func(p *post) { p.answers["DATA"] = "451 try again" }, StartTLS, "没有发出去"},
	} {
		t.Run(what, func(t *testing.T) {
			p := newPost(t, false)
			c.change(p)
			err := p.mailer(t, c.how).Send(t.Context(), Message{Subject: "x", Text: "x"})
			tr := press.TroubleOf(err)
			if err == nil || !strings.Contains(tr.Say(), c.words) || strings.Contains(fmt.Sprint(err, tr.Raw, tr.Say()), "the-password") {
				t.Errorf("%v: %s: %s", err, tr.Say(), tr.Raw)
			}
			if len(p.mails) > 0 {
				t.Error("a mail went out")
			}
		})
	}
}

func TestAMailServerIsHostAndPort(t *testing.T) {
	for _, at := range []string{"", "smtp.example.gov.cn", "smtp.example.gov.cn:x"} {
		if _, err := NewMail(Mail{SMTP: at}); press.RemedyOf(err) != press.AskPerson {
			t.Errorf("%q is taken: %v", at, err)
		}
	}
}
