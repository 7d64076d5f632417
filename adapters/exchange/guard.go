package exchange

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// ErrForbidden tells that a vendor's name leads to an address where no vendor may be.
var ErrForbidden = errors.New("the address is neither public nor in allowed_networks")

// Guard decides at which addresses a vendor may be: at public ones, and in Networks. It keeps a vendor, and whoever
// forges an answer to the question for its name, from sending us to machines of our own network.
type Guard struct {
	Networks []netip.Prefix
	Anywhere bool          // nothing is refused
	Resolver *net.Resolver // of names; the system's if nil
}

// Dial connects to a vendor. It fails with ErrForbidden before the first packet leaves. What is judged is the very
// address that the connection goes to, after the name was looked up: no other answer to a second question counts.
func (g Guard) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Resolver: g.Resolver, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err == nil && !g.Allows(at.Addr()) {
			err = ErrForbidden
		}
		return err
	}}
	return dialer.DialContext(ctx, network, address)
}

// Allows tells whether a vendor may be at that address. An IPv4 address within one of IPv6 is judged as what it is:
// one that is mapped, and one in the prefix by which networks of IPv6 alone reach it (RFC 6052).
func (g Guard) Allows(at netip.Addr) bool {
	at = at.Unmap().WithZone("")
	if translated.Contains(at) {
		raw := at.As16()
		at = netip.AddrFrom4([4]byte(raw[12:]))
	}
	inside := func(p netip.Prefix) bool { return p.Contains(at) }
	return g.Anywhere || slices.ContainsFunc(g.Networks, inside) || isPublic(at)
}

// isPublic tells an address that the whole world reaches at one place.
func isPublic(at netip.Addr) bool {
	if at.Is6() && !global.Contains(at) {
		return false
	}
	return at.IsValid() && !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(at) })
}

// From the IANA registries of special-purpose addresses.
var (
	translated = netip.MustParsePrefix("64:ff9b::/96")
	global     = netip.MustParsePrefix("2000::/3") // outside it lie loopback, unique local, link-local, multicast, ...
	special    = prefixes(
		"0.0.0.0/8",       // this network; 0.0.0.0 is this machine
		"10.0.0.0/8",      // private
		"100.64.0.0/10",   // behind a carrier's translator
		"127.0.0.0/8",     // this machine
		"169.254.0.0/16",  // link-local, with the metadata of clouds
		"172.16.0.0/12",   // private
		"192.0.0.0/24",    // protocol assignments
		"192.0.2.0/24",    // documentation
		"192.88.99.0/24",  // relays to IPv6, given up
		"192.168.0.0/16",  // private
		"198.18.0.0/15",   // benchmarks
		"198.51.100.0/24", // documentation
		"203.0.113.0/24",  // documentation
		"224.0.0.0/4",     // multicast
		"240.0.0.0/4",     // reserved, and broadcast
		"2001::/23",       // protocol assignments, with tunnels that carry an IPv4 address
		"2001:db8::/32",   // documentation
		"2002::/16",       // tunnels that carry an IPv4 address
		"3fff::/20",       // documentation
	)
)

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}
