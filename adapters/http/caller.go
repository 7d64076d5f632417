package http

import (
	"crypto/x509"
	nethttp "net/http"
	"net/netip"
)

// Caller is who a request says it comes from, before anybody believes it.
type Caller struct {
	Username, Password string
	// Address is the connection's other end. What a header says of addresses is anybody's word and not heard.
	Address netip.Addr
	// Certificate is the one that the caller proved to have, and that a trusted authority signed; nil if it gave none.
	Certificate *x509.Certificate
}

// callerOf reads who asks; false if the request names nobody.
func callerOf(r *nethttp.Request) (Caller, bool) {
	username, password, named := r.BasicAuth()
	from, _ := netip.ParseAddrPort(r.RemoteAddr)
	caller := Caller{Username: username, Password: password, Address: from.Addr().Unmap().WithZone("")}
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		caller.Certificate = r.TLS.VerifiedChains[0][0]
	}
	return caller, named
}
