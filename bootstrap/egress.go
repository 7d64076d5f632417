package bootstrap

import (
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"voucherswitch/adapters/exchange"
)

// sayUnreached is how often a provider that cannot be reached is a line in the log.
const sayUnreached = 10 * time.Second

// neverVendors are networks that no vendor is in, whatever the configuration allows: of this machine's links, where
// clouds keep the credentials of their machines, and of nobody.
var neverVendors = []netip.Prefix{
	netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("fd00:ec2::254/128"),
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("::/128"),
	netip.MustParsePrefix("224.0.0.0/4"), netip.MustParsePrefix("ff00::/8"),
}

// guard is where the provider may be reached. What check would refuse is no network of it.
func (p Provider) guard() exchange.Guard {
	guard := exchange.Guard{Anywhere: p.AllowInsecure}
	for _, text := range p.AllowedNetworks {
		if network, err := parseNetwork(text); err == nil && !isNeverVendors(network) {
			guard.Networks = append(guard.Networks, network)
		}
	}
	return guard
}

// isForbidden tells a host that stands for an address where the provider may not be. What a name leads to is known when
// it is dialled.
func (p Provider) isForbidden(host string) bool {
	if host == "localhost" {
		host = "127.0.0.1"
	}
	at, err := netip.ParseAddr(host)
	return err == nil && !p.guard().Allows(at)
}

func isNeverVendors(network netip.Prefix) bool {
	return slices.ContainsFunc(neverVendors, network.Overlaps)
}

func (c *checker) networks(key string, p Provider) {
	for i, text := range p.AllowedNetworks {
		switch network, err := parseNetwork(text); {
		case err != nil:
			c.errors.add(key+"."+strconv.Itoa(i), "must be a network such as 10.20.0.0/16, or an address")
		case isNeverVendors(network):
			c.errors.add(key+"."+strconv.Itoa(i), "holds addresses of no vendor, such as those of metadata "+
				"(169.254.0.0/16, fe80::/10, fd00:ec2::254), 0.0.0.0/8, :: or multicast; name the vendor's own network")
		}
	}
}

// unreached says now and then why a provider is not reached: a forbidden address, a certificate that is not good, or
// nobody there.
func unreached(provider string, log *slog.Logger) func(error) {
	seldom := rate.Sometimes{Interval: sayUnreached}
	return func(err error) {
		seldom.Do(func() { log.Warn("a provider is not reached", "provider", provider, "error", err) })
	}
}
