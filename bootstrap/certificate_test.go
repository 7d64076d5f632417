package bootstrap

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"voucherswitch/adapters/providers/simulator"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/authority"
)

// presenting is a client that shows those certificates, over a connection of its own for each request.
func presenting(t *testing.T, shown ...authority.Pair) *http.Client {
	t.Helper()
	terms := &tls.Config{InsecureSkipVerify: true} // whom the server is, is not asked here
	for _, pair := range shown {
		terms.Certificates = append(terms.Certificates, pair.Certificate)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: terms, DisableKeepAlives: true}, Timeout: time.Minute}
}

func TestAChannelWithACertificateIsRefusedWithoutIt(t *testing.T) {
	trusted, folder := authority.New(t), t.TempDir()
	cert, key := trusted.Server(t).Write(t, folder)
	password, hash := credentials(t)
	config := configured(t, "http://127.0.0.1:1", hash)
	r := start(t, "ready at", "serve", "--config", config, "--set", "database.migrate=true",
		"--set", "http.tls.cert_file="+cert, "--set", "http.tls.key_file="+key,
		"--set", "http.tls.client_ca_file="+authority.Write(t, filepath.Join(folder, "ca"), trusted.PEM()),
		"--set", "channels.22222222.client_certificate.subject=CN=till")
	defer r.stop()
	api := r.channels("https")
	for name, c := range map[string]struct {
		client   *http.Client
		password string
		status   int // 0: no answer at all
	}{
		"its own":                     {presenting(t, trusted.Client(t, "till")), password, 200},
		"its own, a wrong secret":     {presenting(t, trusted.Client(t, "till")), "x", 401},
		"none":                        {presenting(t), password, 401},
		"another channel's":           {presenting(t, trusted.Client(t, "other")), password, 401},
		"one that nobody vouches for": {presenting(t, authority.New(t).Client(t, "till")), password, 0},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api+"/products", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("22222222", c.password)
		response, err := c.client.Do(request)
		if err != nil {
			if c.status != 0 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode != c.status {
			t.Errorf("%s: answered %d, want %d", name, response.StatusCode, c.status)
		}
	}
}

// privateVendor sells over https alone, by a certificate of its own authority, and only to whom that authority vouches
// for. It remembers by which names it was asked.
type privateVendor struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int
}

func newPrivateVendor(t *testing.T, trusted authority.Authority) *privateVendor {
	t.Helper()
	shop, err := simulator.New(simulator.Options{Profiles: []simulator.Profile{{
		Provider: voucher.Provider{ID: "slow", Receivers: []voucher.Institution{{ID: "55555555", Name: "Slow"}}},
		Username: "us", Password: voucher.NewSecret("hunter2"),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	v := &privateVendor{asked: map[string]int{}}
	v.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		v.asked[r.TLS.VerifiedChains[0][0].Subject.CommonName]++
		v.mu.Unlock()
		w.Header().Set("Connection", "close") // so that every sale shakes hands
		time.Sleep(20 * time.Millisecond)
		shop.ServeHTTP(w, r)
	}))
	v.TLS = &tls.Config{
		Certificates: []tls.Certificate{trusted.Server(t, "vendor.test").Certificate},
		ClientCAs:    trusted.Pool(), ClientAuth: tls.RequireAndVerifyClientCert,
	}
	v.Config.ErrorLog = log.New(io.Discard, "", 0)
	v.StartTLS()
	t.Cleanup(v.Close)
	return v
}

func (v *privateVendor) askedBy(name string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked[name]
}

// private is a switch in front of a private vendor, with certificates both ways.
type private struct {
	*running
	trusted          authority.Authority
	own, client      string // folders of certificates
	secret, hash, ca string
	vendor           *privateVendor
}

func startPrivate(t *testing.T, more ...string) private {
	t.Helper()
	p := private{trusted: authority.New(t), own: t.TempDir(), client: t.TempDir()}
	p.secret, p.hash = credentials(t)
	p.vendor = newPrivateVendor(t, p.trusted)
	p.ca = authority.Write(t, filepath.Join(p.client, "ca.crt"), p.trusted.PEM())
	cert, key := p.trusted.Server(t).Write(t, p.own)
	clientCert, clientKey := p.trusted.Client(t, "first").Write(t, p.client)
	p.running = start(t, "ready at", append([]string{
		"serve", "--config", configured(t, p.vendor.URL, p.hash), "--set", "database.migrate=true",
		"--set", "http.tls.cert_file=" + cert, "--set", "http.tls.key_file=" + key,
		"--set", "providers.slow.allow_insecure=false", "--set", "providers.slow.allowed_networks=127.0.0.0/8",
		"--set", "providers.slow.tls.ca_file=" + p.ca, "--set", "providers.slow.tls.cert_file=" + clientCert,
		"--set", "providers.slow.tls.key_file=" + clientKey, "--set", "providers.slow.tls.server_name=vendor.test",
	}, more...)...)
	return p
}

// sells sells once, and gives the status, the serial number of the switch's certificate, and whether the connection is
// one from before.
func (p private) sells(client *http.Client) (status int, serial string, reused bool, err error) {
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }}
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(p.t.Context(), trace), http.MethodPost,
		p.channels("https")+"/vouchers", strings.NewReader(saleOf(uuid.NewString(), "55555555", 100)))
	if err != nil {
		return 0, "", false, err
	}
	request.SetBasicAuth("22222222", p.secret)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return 0, "", reused, err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.ReadAll(response.Body)
	return response.StatusCode, response.TLS.PeerCertificates[0].SerialNumber.String(), reused, err
}

func (p private) figures() string {
	_, text := ask(p.t, "GET", "http://"+regexp.MustCompile(`http://(\S+)/readyz`).
		FindStringSubmatch(p.notes.String())[1]+"/metrics", "", "", "")
	return text
}

func TestCertificatesChangeWhileTheSwitchSellsAndNothingIsDropped(t *testing.T) {
	p := startPrivate(t)
	var sold, failed, carriedOn atomic.Int32
	shown := sync.Map{} // serial numbers that new connections were shown
	done := make(chan struct{})
	var tills sync.WaitGroup
	stop := sync.OnceFunc(func() { close(done); tills.Wait() })
	defer stop()
	for till := range 4 {
		client := presenting(t)
		client.Transport.(*http.Transport).DisableKeepAlives = till%2 == 0
		tills.Go(func() {
			for first := true; ; first = false {
				select {
				case <-done:
					return
				case <-time.After(20 * time.Millisecond):
				}
				status, serial, reused, err := p.sells(client)
				if status != http.StatusCreated || err != nil {
					failed.Add(1)
					t.Errorf("a sale is answered %d, %v", status, err)
				}
				sold.Add(1)
				shown.LoadOrStore(serial, true)
				if reused {
					carriedOn.Add(1)
				} else if till%2 != 0 && !first {
					t.Error("an open connection was closed")
				}
			}
		})
	}
	change := func(name string) {
		t.Helper()
		renewed := p.trusted.Server(t)
		renewed.Write(t, p.own)
		p.trusted.Client(t, name).Write(t, p.client)
		if name == "hung up" {
			if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, 2*certificateRest, "both new certificates are shown", func() bool {
			_, ours := shown.Load(renewed.Leaf.SerialNumber.String())
			return ours && p.vendor.askedBy(name) > 0
		})
	}
	eventually(t, 5*time.Second, "it sells", func() bool { return sold.Load() >= 10 })
	change("hung up")
	change("found out")
	stop()
	if sold.Load() < 100 || carriedOn.Load() < 20 || p.vendor.askedBy("first") == 0 {
		t.Errorf("%d sold, %d over open connections", sold.Load(), carriedOn.Load())
	}
	t.Logf("%d sold, %d failed, %d over open connections", sold.Load(), failed.Load(), carriedOn.Load())
}

func TestCertificateFilesThatAreNotGoodStopNoSaleAndAreToldOf(t *testing.T) {
	p := startPrivate(t, "--set", "timing.certificate_alarm=1m")
	good := func(client, listener int) bool {
		text := p.figures()
		return strings.Contains(text, fmt.Sprintf("certificate_files_good{certificate=\"client\",provider=\"slow\"} %d\n", client)) &&
			strings.Contains(text, fmt.Sprintf("certificate_files_good{certificate=\"listener\",provider=\"\"} %d\n", listener))
	}
	sells := func() (serial string) {
		t.Helper()
		status, serial, _, err := p.sells(presenting(t))
		if status != http.StatusCreated || err != nil {
			t.Fatalf("%d, %v", status, err)
		}
		return serial
	}
	before := sells()
	if text := p.figures(); !good(1, 1) || strings.Count(text, "\nvoucherswitch_certificate_end_timestamp_seconds{") != 3 {
		t.Errorf("the ends of listener, client and provider are not shown: %s", text)
	}
	if strings.Contains(p.notes.String(), "ends soon") {
		t.Error("an end beyond timing.certificate_alarm is told of")
	}
	authority.Write(t, filepath.Join(p.own, "tls.crt"), "none")
	authority.Write(t, filepath.Join(p.client, "tls.key"), "none")
	eventually(t, 2*certificateRest, "the figures tell", func() bool { return good(0, 0) })
	if sells() != before || strings.Count(p.notes.String(), "certificate files are not good") != 2 {
		t.Errorf("the former certificate is not shown, or the log tells nothing: %s", p.notes.String())
	}
	status, body := ask(t, "GET", "http://"+regexp.MustCompile(`http://(\S+)/readyz`).
		FindStringSubmatch(p.notes.String())[1]+"/readyz", "", "", "")
	if status != http.StatusOK {
		t.Errorf("a switch that sells is not ready: %s", body)
	}
	p.trusted.Server(t).Write(t, p.own)
	p.trusted.Client(t, "second").Write(t, p.client)
	eventually(t, 2*certificateRest, "good ones are taken", func() bool { return good(1, 1) })
	if sells() == before || p.vendor.askedBy("second") == 0 {
		t.Error("good files after bad ones are not used")
	}
}

func TestAPrivateVendorIsReachedOnlyByItsAuthorityItsNameAndOurCertificate(t *testing.T) {
	another := authority.Write(t, filepath.Join(t.TempDir(), "ca"), authority.New(t).PEM())
	for name, c := range map[string]struct {
		set  []string
		says string // of a sale of which nothing was sent; empty: the vendor breaks off when it may have been
	}{
		"another authority": {[]string{"providers.slow.tls.ca_file=" + another}, "signed by unknown authority"},
		"another name":      {[]string{"providers.slow.tls.server_name=elsewhere.test"}, "not elsewhere.test"},
		"no certificate":    {[]string{"providers.slow.tls.cert_file=", "providers.slow.tls.key_file="}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var flags []string
			for _, set := range c.set {
				flags = append(flags, "--set", set)
			}
			p := startPrivate(t, flags...)
			status, _, _, err := p.sells(presenting(t))
			if notSent := status == http.StatusServiceUnavailable; err != nil || notSent != (c.says != "") || status < 500 {
				t.Errorf("a sale is answered %d, %v", status, err)
			}
			if !strings.Contains(p.notes.String(), c.says) || p.vendor.askedBy("first") > 0 {
				t.Errorf("the vendor was asked, or nobody says why not: %s", p.notes.String())
			}
		})
	}
}
