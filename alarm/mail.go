package alarm

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"

	mail "github.com/wneessen/go-mail"

	"tongfa/press"
)

// The ways to encrypt the connection to a mail server.
const (
	StartTLS = "starttls" // the connection is turned into an encrypted one, or not used
	TLS      = "tls"      // it is encrypted from the beginning
	NoTLS    = "none"     // only within a machine or a network that is trusted
)

// Mail is how alarms go out as e-mail.
type Mail struct {
	SMTP     string // HOST:PORT
	TLS      string // StartTLS, TLS or NoTLS; empty means StartTLS
	User     string // empty: without signing in
	Password string
	From     string
	To       []string
	Config   *tls.Config // nil means the system's authorities
}

// mailer is a Receiver.
type mailer struct {
	Mail
	host string
	opts []mail.Option
}

// NewMail makes a Receiver that sends e-mail.
func NewMail(m Mail) (Receiver, error) {
	host, port, err := net.SplitHostPort(m.SMTP)
	n, bad := strconv.Atoi(port)
	if err != nil || bad != nil {
		return nil, &press.Trouble{Remedy: press.AskPerson, Who: "系统管理员", What: "邮件服务器的地址不对", Do: "写成 主机:端口，例如 smtp.example.gov.cn:587"}
	}
	if m.Config == nil {
		m.Config = &tls.Config{ServerName: host}
	}
	opts := []mail.Option{mail.WithPort(n), mail.WithTimeout(patience), mail.WithTLSConfig(m.Config)}
	switch m.TLS {
	case TLS:
		opts = append(opts, mail.WithSSL())
	case NoTLS:
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	default:
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if m.User != "" {
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.User), mail.WithPassword(m.Password))
	}
	return &mailer{m, host, opts}, nil
}

// client makes a client for one sending, and returns what closes its connection: by itself it leaves one open on which signing in fails. One
// that is encrypted from the beginning it must open itself, or it would not believe that it is; such a one is left to the collector.
func (m *mailer) client() (c *mail.Client, end func(), err error) {
	var line net.Conn
	opts := m.opts
	if m.TLS != TLS {
		opts = append(opts[:len(opts):len(opts)], mail.WithDialContextFunc(func(ctx context.Context, network, address string) (conn net.Conn, err error) {
			line, err = new(net.Dialer).DialContext(ctx, network, address)
			return line, err
		}))
	}
	c, err = mail.NewClient(m.host, opts...)
	return c, func() {
		if line != nil {
			_ = line.Close() // it is closed already where all went well
		}
	}, err
}

// Name is 邮件.
func (m *mailer) Name() string { return "邮件" }

// Most is more than anybody reads.
func (m *mailer) Most() int { return 64 << 10 }

// Send sends a message to all addresses.
func (m *mailer) Send(ctx context.Context, msg Message) error {
	out := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(out.From(m.From), out.To(m.To...)); err != nil {
		return m.trouble(err)
	}
	out.Subject(msg.Subject)
	out.SetDate()
	out.SetMessageID()
	out.SetBodyString(mail.TypeTextPlain, msg.Text+"\n")
	c, end, err := m.client()
	if err != nil {
		return m.trouble(err)
	}
	defer end()
	if err := c.DialAndSendWithContext(ctx, out); err != nil {
		return m.trouble(err)
	}
	return nil
}

// trouble puts a failure into words.
func (m *mailer) trouble(err error) error {
	raw := err.Error()
	if m.Password != "" {
		raw = strings.ReplaceAll(raw, m.Password, "***")
	}
	t := &press.Trouble{Remedy: press.TryAgain, Who: "系统管理员", Raw: raw, Err: errors.New(raw)}
	var send *mail.SendError
	var wrongName *tls.CertificateVerificationError
	var dial *net.OpError
	switch {
	case errors.As(err, &wrongName):
		t.What, t.Do = "邮件服务器的证书不可信", "检查 smtp 的主机名是否与证书一致，证书是否过期"
	case strings.Contains(raw, "535") || strings.Contains(raw, "authentication failed") || strings.Contains(raw, "AUTH failed"):
		t.What, t.Do = "邮件服务器不接受用户名或密码", "核对 user 和 password；很多邮箱要用单独的授权码，不是登录密码"
	case strings.Contains(raw, "STARTTLS"):
		t.What, t.Do = "邮件服务器不支持 STARTTLS", "端口 465 请写 tls: tls；内网不加密的写 tls: none"
	case errors.As(err, &dial):
		t.What, t.Do = "连不上邮件服务器", "检查 smtp 的主机和端口，以及本机到它的网络"
	case errors.As(err, &send) && send.Reason == mail.ErrSMTPMailFrom:
		t.What, t.Do = "邮件服务器不接受发件人", "from 多半要与 user 是同一个邮箱"
	case errors.As(err, &send) && send.Reason == mail.ErrSMTPRcptTo:
		t.What, t.Do = "邮件服务器不接受收件人", "核对 to 里的每个地址"
	default:
		t.What, t.Do = "邮件没有发出去", "对照旁边的原话检查邮件服务器的设置"
	}
	return t
}
