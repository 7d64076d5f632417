package http_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"voucherswitch/adapters/http"
	"voucherswitch/domain/voucher"
)

// refusedAs serves a look-up whose caller is not let in, and gives who that was.
func refusedAs(t *testing.T, wait time.Duration, status int, errorType string) http.Caller {
	t.Helper()
	var seen http.Caller
	s := &scripted{}
	r := newRequest("GET", "/vouchers?voucherSerialNumber=1", "")
	r.RemoteAddr = "[::ffff:203.0.113.7]:4711"
	r.Header.Set("X-Forwarded-For", "10.0.0.1")
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{}}}
	got := serve(http.Options{Switch: s, Authenticate: func(c http.Caller) (voucher.Channel, time.Duration, bool) {
		seen = c
		return voucher.Channel{}, wait, false
	}}, r)
	got.mustRefuse(t, status, errorType)
	if len(s.calls) > 0 {
		t.Errorf("the switch was asked: %v", s.calls)
	}
	if want := map[bool]string{true: "1", false: ""}[wait > 0]; got.Header().Get("Retry-After") != want {
		t.Errorf("Retry-After %q, want %q", got.Header().Get("Retry-After"), want)
	}
	return seen
}

func TestACallerIsTheConnectionsOtherEndWhateverHeadersSay(t *testing.T) {
	seen := refusedAs(t, 0, 401, "AUTHENTICATION_ERROR")
	if seen.Address.String() != "203.0.113.7" || seen.Username != channelID || seen.Password != password {
		t.Errorf("the caller is %+v", seen)
	}
	if seen.Certificate != nil {
		t.Error("a certificate that nobody verified counts")
	}
}

func TestAGuesserIsToldToWait(t *testing.T) {
	refusedAs(t, 300*time.Millisecond, 429, "LIMIT_EXCEEDED")
}
