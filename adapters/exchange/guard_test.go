package exchange_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"voucherswitch/adapters/exchange"
)

func TestAVendorIsAtAPublicAddressOrInANetworkThatIsAllowed(t *testing.T) {
	var closed exchange.Guard
	for address, public := range map[string]bool{
		"8.8.8.8": true, "93.184.216.34": true, "100.63.255.255": true, "100.128.0.1": true, "172.15.0.1": true,
		"172.32.0.1": true, "192.167.1.1": true, "169.253.1.1": true, "223.255.255.255": true,
		"2606:4700::1111": true, "2a00:1450::1": true, "2001:200::1": true, "::ffff:8.8.8.8": true, "64:ff9b::808:808": true,

		"0.0.0.0": false, "0.1.2.3": false, "127.0.0.1": false, "127.255.0.1": false, "10.0.0.1": false,
		"172.16.0.1": false, "172.31.255.255": false, "192.168.0.1": false, "100.64.0.1": false, "100.127.255.255": false,
		"169.254.169.254": false, "169.254.170.2": false, "192.0.0.192": false, "198.18.0.1": false,
		"224.0.0.1": false, "239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false, "192.0.2.1": false,

		"::": false, "::1": false, "fc00::1": false, "fd00:ec2::254": false, "fe80::1": false, "fe80::1%eth0": false,
		"febf::1": false, "fec0::1": false, "ff02::1": false, "2001::1": false, "2001:db8::1": false, "100::1": false,

		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false,
		"64:ff9b::a9fe:a9fe": false, "64:ff9b::7f00:1": false, "64:ff9b:1::a00:1": false,
		"2002:a9fe:a9fe::1": false, "2002:7f00:1::": false,
	} {
		if got := closed.Allows(netip.MustParseAddr(address)); got != public {
			t.Errorf("a vendor at %s: %v", address, got)
		}
	}
	if closed.Allows(netip.Addr{}) {
		t.Error("no address at all is one of a vendor")
	}
	open := exchange.Guard{Networks: []netip.Prefix{
		netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("fd12::/16"), netip.MustParsePrefix("64:ff9b::/96"),
	}}
	for address, allowed := range map[string]bool{
		"10.20.3.4": true, "::ffff:10.20.3.4": true, "fd12::1": true, "8.8.8.8": true,
		"64:ff9b::a14:1": true, "10.21.0.1": false, "127.0.0.1": false, "169.254.169.254": false, "fd13::1": false,
		"64:ff9b::a9fe:a9fe": false,
	} {
		if got := open.Allows(netip.MustParseAddr(address)); got != allowed {
			t.Errorf("with networks of its own, a vendor at %s: %v", address, got)
		}
	}
}

// names answers every question for a name with the next of its lists of addresses; the last one stays.
type names struct {
	lists [][]string
	asked atomic.Int32
}

func (n *names) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go n.serve(theirs)
		return ours, nil
	}}
}

// serve speaks as much of DNS over a stream (RFC 1035, section 4.2.2) as one question takes.
func (n *names) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return
	}
	asked := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, asked); err != nil {
		return
	}
	ends := 12
	for asked[ends] != 0 {
		ends += 1 + int(asked[ends])
	}
	ends += 5
	const a = 1
	var found []string
	if kind := binary.BigEndian.Uint16(asked[ends-4:]); kind == a {
		turn := int(n.asked.Add(1)) - 1
		found = n.lists[min(turn, len(n.lists)-1)]
	}
	told := append([]byte{asked[0], asked[1], 0x81, 0x80, 0, 1, 0, byte(len(found)), 0, 0, 0, 0}, asked[12:ends]...)
	for _, address := range found {
		told = append(told, 0xc0, 12, 0, a, 0, 1, 0, 0, 0, 0, 0, 4)
		told = append(told, net.ParseIP(address).To4()...)
	}
	_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(told))), told...))
}

// counting listens on that address, with the port of base if it names one, and counts who connects.
func counting(t *testing.T, address string) (port string, connected *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	connected = new(atomic.Int32)
	server := httptest.NewUnstartedServer(http.HandlerFunc(refusing))
	server.Listener, server.Config.ConnState = listener, func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connected.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port, connected
}

// Whoever answers for the vendor's name may change the answer between one look and the next: what was looked at is what
// is dialled.
func TestANameThatTurnsToAnotherAddressIsNotFollowed(t *testing.T) {
	port, vendors := counting(t, "127.0.0.1:0")
	_, ours := counting(t, "127.0.0.2:"+port)
	var told error
	rebound := &names{lists: [][]string{{"127.0.0.1"}, {"127.0.0.2"}}}
	guard := exchange.Guard{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Resolver: rebound.resolver()}
	client := open(t, exchange.Options{
		URL: "http://vendor.test:" + port, Dial: guard.Dial, Unreached: func(err error) { told = err },
	})
	if got, err := ask(t, client); err != nil || got.Status != http.StatusNotFound || rebound.asked.Load() != 1 {
		t.Fatalf("at its own address: %d, %v after %d questions", got.Status, err, rebound.asked.Load())
	}
	another := open(t, client.Options)
	if _, err := ask(t, another); !errors.Is(err, exchange.ErrNothingSent) || !errors.Is(told, exchange.ErrForbidden) {
		t.Errorf("at an address of ours: %v, because %v", err, told)
	}
	if vendors.Load() != 1 || ours.Load() != 0 {
		t.Errorf("%d connections to the vendor, %d to a machine of ours", vendors.Load(), ours.Load())
	}
}

func TestOfSeveralAddressesOnlyAnAllowedOneIsDialled(t *testing.T) {
	port, vendors := counting(t, "127.0.0.1:0")
	_, ours := counting(t, "127.0.0.2:"+port)
	both := &names{lists: [][]string{{"127.0.0.2", "169.254.169.254", "127.0.0.1"}}}
	guard := exchange.Guard{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Resolver: both.resolver()}
	client := open(t, exchange.Options{URL: "http://vendor.test:" + port, Dial: guard.Dial})
	if got, err := ask(t, client); err != nil || got.Status != http.StatusNotFound {
		t.Errorf("%d, %v", got.Status, err)
	}
	if vendors.Load() != 1 || ours.Load() != 0 {
		t.Errorf("%d connections to the vendor, %d to a machine of ours", vendors.Load(), ours.Load())
	}
}

// The host of the url is the only one that a client ever dials, whatever an answer or a path says.
func TestNoRedirectAndNoPathLeadsToAnotherHost(t *testing.T) {
	port, elsewhere := counting(t, "127.0.0.2:0")
	status := http.StatusMovedPermanently
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://127.0.0.2:"+port+"/latest/meta-data")
		w.Header().Set("Refresh", "0; url=http://127.0.0.2:"+port)
		w.Header().Set("Alt-Svc", `h2="127.0.0.2:`+port+`"`)
		w.WriteHeader(status)
	}))
	defer vendor.Close()
	base, _ := url.Parse(vendor.URL)
	var dialled []string
	client := open(t, exchange.Options{
		URL: vendor.URL, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled = append(dialled, address)
			return exchange.Guard{Anywhere: true}.Dial(ctx, network, address)
		},
	})
	for status = 200; status < 400; status++ {
		if got, err := ask(t, client); err != nil || got.Status != status {
			t.Fatalf("%d became %d, %v", status, got.Status, err)
		}
	}
	bare := open(t, exchange.Options{URL: strings.TrimSuffix(vendor.URL, "/"), Dial: client.Dial})
	for _, path := range []string{"@127.0.0.2:" + port + "/", ".vendor.test/", "//127.0.0.2:" + port + "/"} {
		_, _ = bare.Do(t.Context(), exchange.Request{Method: http.MethodGet, Path: path, SendBy: soon()})
	}
	for _, address := range dialled {
		if address != base.Host {
			t.Errorf("%s was dialled", address)
		}
	}
	if elsewhere.Load() != 0 || len(dialled) < 2 {
		t.Errorf("%d connections elsewhere, %d to the vendor", elsewhere.Load(), len(dialled))
	}
}
