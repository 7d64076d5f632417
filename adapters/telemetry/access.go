package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"voucherswitch/domain/voucher"
)

// Why a caller is not let in, which it is not told itself.
const (
	WrongSecret      = "secret" // or an unknown name
	WrongAddress     = "address"
	WrongCertificate = "certificate" // or none
	TooManyGuesses   = "guesses"     // right or wrong, it was not heard
)

// The bounds on connections.
const (
	boundOfSource = "source"
	boundOfAll    = "all"
)

// access are the figures of who is let in, and who is not.
type access struct {
	refused *prometheus.CounterVec
	limited prometheus.Counter
	closed  *prometheus.CounterVec
	shed    *prometheus.CounterVec
}

func newAccess(in promauto.Factory) access {
	a := access{
		refused: counter(in, "credentials_refused_total", "Callers that did not prove who they are, by what was wrong.",
			byReason),
		closed: counter(in, "connections_refused_total",
			"Connections of channels closed unread, by the bound that they came over.", byBound),
		shed: counter(in, "requests_shed_total",
			"Requests that there was no room for, answered 503 unread and leaving no trace.", byKind),
		limited: in.NewCounter(prometheus.CounterOpts{
			Namespace: prefix, Name: "requests_limited_total",
			Help: "Requests over their channel's rate, answered 429 and leaving no trace.",
		}),
	}
	for _, reason := range []string{WrongSecret, WrongAddress, WrongCertificate, TooManyGuesses} {
		a.refused.WithLabelValues(reason)
	}
	for _, bound := range []string{boundOfSource, boundOfAll} {
		a.closed.WithLabelValues(bound)
	}
	for _, kind := range []string{"sale", "repeat", "advice"} {
		a.shed.WithLabelValues(kind)
	}
	return a
}

// Refused counts a caller that is not let in. The reason is one of this package's.
func (f *Figures) Refused(reason string) { f.access.refused.WithLabelValues(reason).Inc() }

// Limit is a limit that gives the time to wait, observed.
func (f *Figures) Limit(observed func(voucher.ChannelID) time.Duration) func(voucher.ChannelID) time.Duration {
	return func(id voucher.ChannelID) time.Duration {
		wait := observed(id)
		if wait > 0 {
			f.access.limited.Inc()
		}
		return wait
	}
}

// Shed counts a request that there was no room for.
func (f *Figures) Shed(kind string) { f.access.shed.WithLabelValues(kind).Inc() }

// Load shows how many requests wait for the journal, and how many may before new sales are shed.
func (f *Figures) Load(waiting, limit func() int64) {
	shown := promauto.With(f.registry)
	shown.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: prefix, Name: "journal_waiting", Help: "What waits for the journal.",
	}, func() float64 { return float64(waiting()) })
	shown.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: prefix, Name: "journal_waiting_limit", Help: "How many may wait for the journal before sales are shed.",
	}, func() float64 { return float64(limit()) })
}

// ConnectionRefused counts a connection that came over the bound of one source, or of all.
func (f *Figures) ConnectionRefused(ofOneSource bool) {
	bound := boundOfAll
	if ofOneSource {
		bound = boundOfSource
	}
	f.access.closed.WithLabelValues(bound).Inc()
}

// Connections shows how many connections of channels are open.
func (f *Figures) Connections(open func() int) {
	promauto.With(f.registry).NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: prefix, Name: "connections_open", Help: "Connections of channels that are open.",
	}, func() float64 { return float64(open()) })
}
