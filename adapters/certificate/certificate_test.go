package certificate_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"voucherswitch/adapters/certificate"
	"voucherswitch/test/authority"
)

// world is a folder of files, and what is kept of them.
type world struct {
	*testing.T
	folder string
	files  certificate.Files
	*certificate.Kept
}

func keeping(t *testing.T, own authority.Pair, trusted authority.Authority) *world {
	t.Helper()
	w := &world{T: t, folder: t.TempDir()}
	w.files.Cert, w.files.Key = own.Write(t, w.folder)
	w.files.Authorities = authority.Write(t, filepath.Join(w.folder, "ca.crt"), trusted.PEM())
	kept, err := certificate.Keep("", w.files)
	if err != nil {
		t.Fatal(err)
	}
	w.Kept = kept
	return w
}

// accepts shakes hands once, as a server, and says what it saw of the client.
func accepts(t *testing.T, terms, client *tls.Config) (seen tls.ConnectionState, err error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	ended := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			ended <- err
			return
		}
		server := tls.Server(conn, terms)
		err = server.Handshake()
		seen = server.ConnectionState()
		_, _ = io.WriteString(server, "hello") // after it the client has its ticket
		_ = server.Close()
		ended <- err
	}()
	conn, err := tls.Dial("tcp", listener.Addr().String(), client)
	if err == nil {
		_, _ = io.ReadAll(conn)
		_ = conn.Close()
	}
	if refused := <-ended; refused != nil {
		return seen, refused
	}
	return seen, err
}

// shows is the serial number of the certificate that a new handshake shows.
func (w *world) shows() string {
	w.Helper()
	serial := ""
	_, err := accepts(w.T, w.Listening(), &tls.Config{
		InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
			serial = s.PeerCertificates[0].SerialNumber.String()
			return nil
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	return serial
}

func serial(p authority.Pair) string { return p.Leaf.SerialNumber.String() }

func (w *world) refreshed(want bool) {
	w.Helper()
	if changed, err := w.Refresh(time.Now()); changed != want || err != nil {
		w.Fatalf("changed %v, %v", changed, err)
	}
}

func TestANewHandshakeShowsTheCertificateThatTheFilesHoldNow(t *testing.T) {
	a := authority.New(t)
	first, second := a.Server(t), a.Server(t)
	w := keeping(t, first, a)
	w.refreshed(false)
	if got := w.shows(); got != serial(first) {
		t.Fatalf("shows %s", got)
	}
	second.Write(t, w.folder)
	w.refreshed(true)
	w.refreshed(false)
	if got := w.shows(); got != serial(second) || !w.State().Good {
		t.Errorf("shows %s, want %s", got, serial(second))
	}
}

func TestFilesThatAreNotGoodReplaceNothing(t *testing.T) {
	a := authority.New(t)
	for name, spoil := range map[string]func(w *world){
		"no certificate":                  func(w *world) { authority.Write(w, w.files.Cert, "none") },
		"half a certificate":              func(w *world) { authority.Write(w, w.files.Cert, a.Server(w).CertPEM[:200]) },
		"the key still of the one before": func(w *world) { authority.Write(w, w.files.Cert, a.Server(w).CertPEM) },
		"no file":                         func(w *world) { _ = os.Remove(w.files.Key) },
		"an empty file":                   func(w *world) { authority.Write(w, w.files.Authorities, "") },
		"one authority and half another": func(w *world) {
			other := authority.New(w).PEM()
			authority.Write(w, w.files.Authorities, a.PEM()+other[:len(other)/2])
		},
		"half an authority before another": func(w *world) {
			other := authority.New(w).PEM()
			authority.Write(w, w.files.Authorities, other[:len(other)/2]+"\n"+a.PEM())
		},
		"an authority that is none": func(w *world) {
			authority.Write(w, w.files.Authorities,
				a.PEM()+"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
		},
		"a chain that is cut off": func(w *world) {
			own, above := a.Server(w), a.PEM()
			own.CertPEM += above[:len(above)/2]
			own.Write(w, w.folder)
		},
		"one that has ended": func(w *world) {
			a.Sign(w, &x509.Certificate{NotAfter: time.Now().Add(-time.Minute)}).Write(w, w.folder)
		},
		"one that is not good yet": func(w *world) {
			a.Sign(w, &x509.Certificate{NotBefore: time.Now().Add(time.Minute)}).Write(w, w.folder)
		},
		"one whose authority has ended": func(w *world) {
			ended := a.Sign(w, &x509.Certificate{NotAfter: time.Now().Add(-time.Minute)})
			own := a.Server(w)
			own.CertPEM += ended.CertPEM
			own.Write(w, w.folder)
		},
	} {
		t.Run(name, func(t *testing.T) {
			first := a.Server(t)
			w := keeping(t, first, a)
			spoil(w)
			for range 2 {
				if changed, err := w.Refresh(time.Now()); changed || err == nil {
					t.Errorf("changed %v, %v", changed, err)
				}
			}
			if w.State().Good || w.shows() != serial(first) || !w.State().Ours.Equal(first.Leaf.NotAfter) {
				t.Errorf("%+v, shows %s, want %s", w.State(), w.shows(), serial(first))
			}
			second := a.Server(t)
			second.Write(t, w.folder)
			authority.Write(t, w.files.Authorities, a.PEM())
			w.refreshed(true)
			if !w.State().Good || w.shows() != serial(second) {
				t.Errorf("good files after bad ones: %+v, shows %s", w.State(), w.shows())
			}
		})
	}
}

// What has no choice must start: a switch that does not delivers no reversal either.
func TestACertificateThatHasEndedWillDoWhereThereIsNoBetterOne(t *testing.T) {
	a := authority.New(t)
	ended := a.Sign(t, &x509.Certificate{NotAfter: time.Now().Add(-time.Minute)})
	w := keeping(t, ended, a)
	if w.shows() != serial(ended) {
		t.Error("it is not shown")
	}
	a.Sign(t, &x509.Certificate{NotAfter: time.Now().Add(-time.Second)}).Write(t, w.folder)
	w.refreshed(true)
}

func TestKeepFailsForFilesThatAreNotGood(t *testing.T) {
	own := authority.New(t).Server(t)
	for name, files := range map[string]certificate.Files{
		"no file": {Authorities: filepath.Join(t.TempDir(), "none")},
		"no key":  {Cert: authority.Write(t, filepath.Join(t.TempDir(), "crt"), own.CertPEM)},
	} {
		if _, err := certificate.Keep("", files); err == nil {
			t.Errorf("%s: kept", name)
		}
	}
}

// A ticket from before must not let in whom nobody vouches for any more.
func TestAChannelWhoseAuthorityWasTakenAwayIsRefusedEvenWithATicket(t *testing.T) {
	before, after := authority.New(t), authority.New(t)
	w := keeping(t, before.Server(t), before)
	till := before.Client(t, "till")
	client := &tls.Config{
		InsecureSkipVerify: true, Certificates: []tls.Certificate{till.Certificate}, ServerName: "switch",
		ClientSessionCache: tls.NewLRUClientSessionCache(1),
	}
	for resumed := range 2 {
		seen, err := accepts(t, w.Listening(), client)
		if err != nil || len(seen.VerifiedChains) == 0 {
			t.Fatalf("handshake %d: %v, %d chains", resumed, err, len(seen.VerifiedChains))
		}
	}
	authority.Write(t, w.files.Authorities, after.PEM())
	w.refreshed(true)
	if seen, err := accepts(t, w.Listening(), client); err == nil {
		t.Errorf("let in, resumed %v, %d chains", seen.DidResume, len(seen.VerifiedChains))
	}
	changed := after.Client(t, "till")
	client.Certificates, client.ClientSessionCache = []tls.Certificate{changed.Certificate}, nil
	if seen, err := accepts(t, w.Listening(), client); err != nil || len(seen.VerifiedChains) == 0 {
		t.Errorf("one of the new authority: %v", err)
	}
}

func TestAClientTrustsItsOwnAuthorityAndShowsItsOwnCertificate(t *testing.T) {
	ours, another := authority.New(t), authority.New(t)
	w := keeping(t, ours.Client(t, "switch"), ours)
	asking := func(by authority.Authority) *tls.Config {
		own := by.Server(t, "vendor.test")
		return &tls.Config{
			Certificates: []tls.Certificate{own.Certificate}, ClientCAs: ours.Pool(), ClientAuth: tls.RequireAndVerifyClientCert,
		}
	}
	seen, err := accepts(t, asking(ours), w.Dialling("vendor.test"))
	if err != nil || seen.PeerCertificates[0].Subject.CommonName != "switch" {
		t.Fatalf("%v", err)
	}
	if theirs := w.State().Theirs; time.Until(theirs) < 50*time.Minute || time.Until(theirs) > time.Hour {
		t.Errorf("the vendor's certificate is said to end at %s", theirs)
	}
	if _, err := accepts(t, asking(ours), w.Dialling("elsewhere.test")); err == nil {
		t.Error("a certificate for another name is trusted")
	}
	if _, err := accepts(t, asking(another), w.Dialling("vendor.test")); err == nil {
		t.Error("a certificate of another authority is trusted")
	}
	renewed := ours.Client(t, "switch renewed")
	renewed.Write(t, w.folder)
	authority.Write(t, w.files.Authorities, another.PEM())
	w.refreshed(true)
	seen, err = accepts(t, asking(another), w.Dialling("vendor.test"))
	if err != nil || seen.PeerCertificates[0].Subject.CommonName != "switch renewed" {
		t.Errorf("after a change: %v", err)
	}
}

// watching is a watch whose clock a test moves, and what it said since it was asked last.
type watching struct {
	certificate.Watch
	now  time.Time
	said bytes.Buffer
}

func watch(k *certificate.Kept) *watching {
	w := &watching{now: time.Now()}
	w.Watch = certificate.Watch{
		Kept: []*certificate.Kept{k}, Alarm: 30 * 24 * time.Hour, Clock: func() time.Time { return w.now },
		Log: slog.New(slog.NewTextHandler(&w.said, nil)),
	}
	return w
}

// says passes after so long, and gives the levels and texts of the lines that come of it.
func (w *watching) says(after time.Duration) string {
	w.now = w.now.Add(after)
	_, _ = w.Pass(context.Background())
	var lines []string
	for line := range strings.Lines(w.said.String()) {
		_, rest, _ := strings.Cut(line, "level=")
		level, rest, _ := strings.Cut(rest, ` msg="`)
		text, _, _ := strings.Cut(rest, `"`)
		lines = append(lines, level+" "+text)
	}
	w.said.Reset()
	return strings.Join(lines, "; ")
}

func TestAnEndThatIsNearIsToldOnceADay(t *testing.T) {
	const day = 24 * time.Hour
	a := authority.New(t)
	lasting := func(d time.Duration) authority.Pair {
		return a.Sign(t, &x509.Certificate{NotAfter: time.Now().Add(d)})
	}
	kept := keeping(t, lasting(31*day), a)
	w := watch(kept.Kept)
	for i, c := range []struct {
		after time.Duration
		want  string
	}{
		{0, ""}, {day / 2, ""}, {day, "WARN a certificate ends soon"}, {5 * time.Second, ""}, {day - 10*time.Second, ""},
		{10 * time.Second, "WARN a certificate ends soon"}, {20 * day, "WARN a certificate ends soon"},
		{2 * day, "ERROR a certificate ends soon"}, {7 * day, "ERROR a certificate has ended"}, {time.Hour, ""},
		{day, "ERROR a certificate has ended"},
	} {
		if got := w.says(c.after); got != c.want {
			t.Errorf("%d, after %s more: %q, want %q", i, c.after, got, c.want)
		}
	}
	lasting(35*day).Write(t, kept.folder)
	const changed = "INFO certificate files were read anew"
	if got := w.says(time.Second); got != changed+"; ERROR a certificate ends soon" {
		t.Errorf("a new one that ends soon, too: %q", got)
	}
	lasting(400*day).Write(t, kept.folder)
	if got := w.says(time.Second); got != changed {
		t.Errorf("a new one for long: %q", got)
	}
}

func TestFilesThatAreNotGoodAreToldOnceUntilTheyAre(t *testing.T) {
	a := authority.New(t)
	first := a.Sign(t, &x509.Certificate{NotAfter: time.Now().Add(1000 * time.Hour)})
	kept := keeping(t, first, a)
	w := watch(kept.Kept)
	const bad = "ERROR certificate files are not good; what they held before is kept"
	steps := []struct {
		write func()
		want  string
	}{
		{func() {}, ""},
		{func() { authority.Write(t, kept.files.Cert, "none") }, bad}, {func() {}, ""},
		{func() { authority.Write(t, kept.files.Key, "none") }, ""},
		{func() { first.Write(t, kept.folder) }, "INFO certificate files are good again"}, {func() {}, ""},
		{func() { _ = os.Remove(kept.files.Key) }, bad},
		{func() {
			a.Sign(t, &x509.Certificate{NotAfter: time.Now().Add(1000 * time.Hour)}).Write(t, kept.folder)
		}, "INFO certificate files were read anew"},
	}
	for i, step := range steps {
		step.write()
		if got := w.says(5 * time.Second); got != step.want {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
}

func TestWhatHasNoFilesHasNothingToTell(t *testing.T) {
	kept, err := certificate.Keep("p", certificate.Files{})
	if err != nil {
		t.Fatal(err)
	}
	if got := watch(kept).says(0); got != "" || kept.State() != (certificate.State{Good: true}) {
		t.Errorf("%s, %+v", got, kept.State())
	}
	if terms := kept.Dialling(""); terms.RootCAs != nil || len(terms.Certificates) > 0 || terms.MinVersion != tls.VersionTLS12 {
		t.Errorf("%s", fmt.Sprint(terms.ServerName, terms.MinVersion))
	}
}
