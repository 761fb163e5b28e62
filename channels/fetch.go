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
		transport = guarded(allow, nil)
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

// guarded is a transport that dials only where it may. It knows no proxy, as a proxy would dial for it. A nil resolver is the system's.
func guarded(allow []netip.Prefix, names *net.Resolver) *http.Transport {
	d := &net.Dialer{Timeout: 10 * time.Second, Control: guard(allow), Resolver: names}
	return &http.Transport{
		DialContext:         d.DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 8,
		IdleConnTimeout:     30 * time.Second,
	}
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

// inside reports whether an address is of a private, local or reserved network, also where an IPv6 address carries such an IPv4 one.
func inside(ip netip.Addr) bool {
	if !ip.IsValid() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return true
	}
	for _, p := range reserved() {
		if p.Contains(ip.WithZone("")) {
			return true
		}
	}
	v4, ok := carried(ip)
	return ok && inside(v4)
}

// reserved lists the ranges of the IANA special-purpose registries that netip does not call private and that no public page lives in:
// this network, carrier-grade NAT (RFC 6598), protocol assignments, benchmarks (RFC 2544), class E with broadcast, old site-local.
func reserved() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("192.0.0.0/24"),
		netip.MustParsePrefix("198.18.0.0/15"),
		netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("fec0::/10"),
	}
}

// carried is the IPv4 address that an IPv6 address of NAT64 (RFC 6052, 64:ff9b::/96), of 6to4 (RFC 3056, 2002::/16) or of the
// deprecated IPv4-compatible form (::/96) leads to.
func carried(ip netip.Addr) (netip.Addr, bool) {
	b := ip.As16()
	switch {
	case !ip.Is6():
		return netip.Addr{}, false
	case netip.MustParsePrefix("64:ff9b::/96").Contains(ip), netip.MustParsePrefix("::/96").Contains(ip):
		return netip.AddrFrom4([4]byte(b[12:16])), true
	case netip.MustParsePrefix("2002::/16").Contains(ip):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	return netip.Addr{}, false
}
