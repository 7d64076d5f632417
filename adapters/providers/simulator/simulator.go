// Package simulator is a provider as a real HTTP server, for development, demonstrations, load and tests. It keeps
// books of what it issued, on disk before it answers, and has moods: every way in which a provider can fail, chosen by
// the last four digits of the amount or by a rule (behaviour.go).
//
// Every provider speaks SUV at /{provider}/suv/v1 (suv.go), and Kiosk Digital's wire at /{provider}/oauth/token and
// /{provider}/v2/vouchers (kiosk.go); books and moods are the same. GET /ledger shows the books, codes included, as
// they are the vendor's own; POST, GET and DELETE /moods manage the rules.
package simulator

import (
	"crypto/subtle"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"voucherswitch/adapters/suvwire"
	"voucherswitch/domain/voucher"
)

const (
	maxBody      = 1 << 20
	defaultDelay = 3 * time.Second
	defaultDrip  = time.Second
)

// Options say what is simulated.
type Options struct {
	Ledger   string // the file of the books, made if absent; empty keeps them in memory only
	Profiles []Profile
	Delay    time.Duration    // before the answer of mood 6003, longer than the switch's time-out; 3 s if zero
	Drip     time.Duration    // between two bytes of mood 7004; 1 s if zero
	Clock    func() time.Time // time.Now if nil
	Chance   func() float64   // in [0, 1), for a rule's probability; a random one if nil
	// Digits makes a sale's code or serial number, of so many digits; random ones if nil.
	Digits func(sale voucher.TransactionID, count int64) string
}

// Profile is a simulated provider: what it can do, and whom it lets in.
type Profile struct {
	Provider voucher.Provider // LongestProcessing bounds how late mood 6004 still issues; zero bounds nothing
	Username string           // HTTP Basic and the client.id of every message, or the client id
	Password voucher.Secret
	SKUs     []string // what it sells by ids of its own, in the wire of Kiosk Digital
}

// Simulator is the server. It is safe for many at once.
type Simulator struct {
	Options
	profiles map[string]Profile
	ledger   *ledger
	routes   *http.ServeMux

	mu        sync.Mutex
	rules     []Rule
	listening *listening // nil unless Serve runs and the listener is open
}

// New opens the books. It fails if their file cannot be read or made.
func New(o Options) (*Simulator, error) {
	if o.Delay == 0 {
		o.Delay = defaultDelay
	}
	if o.Drip == 0 {
		o.Drip = defaultDrip
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Chance == nil {
		o.Chance = rand.Float64
	}
	if o.Digits == nil {
		o.Digits = func(_ voucher.TransactionID, count int64) string { return digits(count) }
	}
	ledger, err := openLedger(o.Ledger)
	if err != nil {
		return nil, err
	}
	s := &Simulator{Options: o, profiles: map[string]Profile{}, ledger: ledger, routes: http.NewServeMux()}
	for _, p := range o.Profiles {
		s.profiles[string(p.Provider.ID)] = p
	}
	s.serveSUV()
	s.serveKiosk()
	s.routes.HandleFunc("GET /ledger", s.showLedger)
	s.routes.HandleFunc("POST /moods", s.addRule)
	s.routes.HandleFunc("GET /moods", s.showRules)
	s.routes.HandleFunc("DELETE /moods", s.dropRules)
	s.routes.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusNotFound, suvwire.ErrorDetail{
			ErrorType: suvwire.FormatErrorType, ErrorMessage: "nothing is served here",
		})
	})
	return s, nil
}

// Close closes the books.
func (s *Simulator) Close() error { return s.ledger.close() }

// Ledger is a copy of the books, in the order in which the provider first heard of each transaction.
func (s *Simulator) Ledger() []Entry { return s.ledger.all() }

// ServeHTTP implements http.Handler.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

// exchange is one request to a simulated provider, and what is known of it so far.
type exchange struct {
	w        http.ResponseWriter
	r        *http.Request
	profile  Profile
	body     []byte
	id       string                   // of the sale
	advice   string                   // the advice's own id, if it is one
	approval func(id string) any      // a yes to a sale, under that id
	refuse   func(*exchange, verdict) // a no, in the words of the wire
	entry    Entry
}

var stranger = verdict{
	http.StatusUnauthorized, suvwire.AuthenticationError, "unknown provider, user or password", "",
}

// provider lets in whom the profile knows, and reads the body.
func (s *Simulator) provider(
	refuse func(*exchange, verdict), letsIn func(*Simulator, *exchange) bool, serve func(*exchange),
) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		profile, known := s.profiles[r.PathValue("provider")]
		x := &exchange{w: w, r: r, profile: profile, refuse: refuse}
		if !letsIn(s, x) || !known {
			x.refuse(x, stranger)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			x.refuse(x, verdict{http.StatusRequestEntityTooLarge, suvwire.FormatErrorType, "the body is too large", ""})
			return
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		x.body = body
		serve(x)
	})
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (s *Simulator) showLedger(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, s.Ledger())
}

func write(w http.ResponseWriter, status int, message any) {
	writeBody(w, status, encoded(message))
}

func writeBody(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func writeError(w http.ResponseWriter, status int, detail suvwire.ErrorDetail) {
	write(w, status, detail)
}

// encoded gives up the connection if a message cannot be written, which no message of ours can cause.
func encoded(message any) []byte {
	body, err := suvwire.Encode(message)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return body
}
