package channels

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/go-resty/resty/v2"
)

// Getter is the guarded GET of public pages. It refuses addresses of private and local networks unless they are
// allowed, at the moment of dialling, so that neither a name nor a redirect leads it astray. It follows no redirect, retries
// nothing, keeps no cookies, and bounds time and size. It is safe for concurrent use.
type Getter struct {
	client *resty.Client
}

// Limits of one GET.
const (
	getTimeout = 20 * time.Second
	getBytes   = 64 << 20 // a whole attachment
)

// NewGetter makes a Getter that may also reach the given networks. A transport replaces the guarded one in tests; it
// is then the test's duty to guard.
func NewGetter(allow []netip.Prefix, transport http.RoundTripper) *Getter {
	if transport == nil {
		d := &net.Dialer{Timeout: 10 * time.Second, Control: guard(allow)}
		transport = &http.Transport{
			DialContext:         d.DialContext,
			TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConnsPerHost: 8,
			IdleConnTimeout:     30 * time.Second,
		}
	}
	c := resty.New().
		SetTransport(transport).
		SetTimeout(getTimeout).
		SetRetryCount(0).
		SetResponseBodyLimit(getBytes).
		SetRedirectPolicy(resty.RedirectPolicyFunc(func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse })).
		SetHeader("User-Agent", "Tongfa/1 (verification)").
		SetDisableWarn(true)
	c.SetCookieJar(nil)
	return &Getter{client: c}
}

// Page is what a GET was answered with.
type Page struct {
	Status   int
	Location string // of a redirect, absolute
	Type     string // Content-Type
	Body     []byte
	Date     time.Time // the answering host's clock; zero if it does not tell
	Elapsed  time.Duration
}

// ErrPrivate is in the error of a GET that was refused because of where it would have gone.
var ErrPrivate = errors.New("address is in a private network that allow_private does not list")

// Get fetches a page. An error means that nothing could be seen: no route, no answer in time, refused by the guard.
func (g *Getter) Get(ctx context.Context, address string) (Page, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return Page{}, fmt.Errorf("get %q: not a web address", address)
	}
	r, err := g.client.R().SetContext(ctx).SetHeader("Cache-Control", "no-cache").Get(address)
	if err != nil {
		return Page{}, fmt.Errorf("get page: %w", err)
	}
	p := Page{Status: r.StatusCode(), Type: r.Header().Get("Content-Type"), Body: r.Body(), Elapsed: r.Time()}
	if l, err := r.RawResponse.Location(); err == nil {
		p.Location = l.String()
	}
	if d, err := http.ParseTime(r.Header().Get("Date")); err == nil {
		p.Date = d
	}
	return p, nil
}

// guard refuses a connection by the address it would really go to, after the name was resolved.
func guard(allow []netip.Prefix) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("dial %s: %w", address, err)
		}
		ip := ap.Addr().Unmap()
		if !inside(ip) {
			return nil
		}
		for _, p := range allow {
			if p.Contains(ip) {
				return nil
			}
		}
		return fmt.Errorf("dial %s: %w", address, ErrPrivate)
	}
}

// sharedAddresses is the carrier-grade NAT range of RFC 6598, which netip does not call private.
var sharedAddresses = netip.MustParsePrefix("100.64.0.0/10")

func inside(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() ||
		sharedAddresses.Contains(ip) || !ip.IsValid()
}
