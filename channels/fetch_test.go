package channels

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestGetReachesPrivateNetworksOnlyWhereAllowed(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("here")) }))
	defer s.Close()
	if _, err := NewGetter(nil, nil).Get(t.Context(), s.URL); !errors.Is(err, ErrPrivate) {
		t.Errorf("loopback was reached: %v", err)
	}
	p, err := NewGetter([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, nil).Get(t.Context(), s.URL)
	if err != nil || string(p.Body) != "here" || p.Status != http.StatusOK {
		t.Errorf("got %q %d %v", p.Body, p.Status, err)
	}
	if off := time.Since(p.Date).Abs(); off > time.Minute {
		t.Errorf("the host's clock was not read: %s", p.Date)
	}
}

func TestInside(t *testing.T) {
	for _, a := range strings.Fields(`127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255
		198.18.0.1 ::1 :: fe80::1 fc00::1 ff02::1 fec0::1 64:ff9b::7f00:1 2002:7f00:1:: ::127.0.0.1 ::ffff:10.0.0.1`) {
		if !inside(netip.MustParseAddr(a).Unmap()) {
			t.Errorf("%s was taken for a public address", a)
		}
	}
	for _, a := range strings.Fields(`1.1.1.1 203.119.26.1 2400:3200::1 64:ff9b::101:101 2002:101:101::`) {
		if inside(netip.MustParseAddr(a)) {
			t.Errorf("%s was taken for a private address", a)
		}
	}
}

func TestGetFollowsNoRedirect(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }))
	defer s.Close()
	p, err := NewGetter([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, nil).Get(t.Context(), s.URL+"/page")
	if err != nil || p.Status != http.StatusFound || p.Location != s.URL+"/elsewhere" {
		t.Errorf("got %d %q %v", p.Status, p.Location, err)
	}
}

func TestGetRefusesWhatIsNoWebAddress(t *testing.T) {
	g := NewGetter(nil, nil)
	for _, a := range []string{"", "file:///etc/passwd", "gopher://x", "http://", "//x/y", "http://[::1", "javascript:alert(1)"} {
		if _, err := g.Get(t.Context(), a); err == nil {
			t.Errorf("%q was fetched", a)
		}
	}
}
