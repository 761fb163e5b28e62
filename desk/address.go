package desk

import (
	"net"
	"net/netip"
	"strings"
)

// hostOf is the address in "address:port" or "address"; "" where it is none.
func hostOf(s string) string {
	if h, _, err := net.SplitHostPort(s); err == nil {
		s = h
	}
	ip, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return ""
	}
	return ip.Unmap().WithZone("").String()
}

// trusted reports whether an address is of this machine, or of a proxy that the operator named.
func (d *desk) trusted(at string) bool {
	ip, err := netip.ParseAddr(at)
	if err != nil {
		return false
	}
	for _, p := range d.Proxies {
		if p.Contains(ip) {
			return true
		}
	}
	return ip.IsLoopback()
}

// crowd is what is throttled together: one address, or the network that one subscriber of IPv6 has.
func crowd(at string) string {
	ip, err := netip.ParseAddr(at)
	if err != nil || ip.Is4() {
		return at
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return at
	}
	return p.String()
}

// ours reports whether a Host header names this desk: this machine, or the address that the operator gave it. A foreign name that resolves
// to either does not.
func (d *desk) ours(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if name == "localhost" || d.Address != nil && name == strings.ToLower(d.Address.Hostname()) {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback()
}
