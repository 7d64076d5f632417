// Package telemetry shows in figures what the switch does, for Prometheus: decorators of the ports that keep every
// promise of what they wrap, and gauges read when somebody asks. A label has one of a few values that this package or
// the configuration names; none comes from a message, so that no figure tells a secret and none grows without end.
//
// Figures are for seeing trouble, not for books: a process counts what it saw itself, from its start. The books are
// the journal's.
package telemetry

import (
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"voucherswitch/domain/voucher"
)

const (
	prefix     = "voucherswitch"
	mostScrape = 8 // at one time; further ones are answered 503
)

// Figures are all figures of one process, in a registry of their own.
type Figures struct {
	registry  *prometheus.Registry
	providers []voucher.ProviderID

	requests requests
	calls    calls
	moves    moves
	permits  permits
	access   access
}

// New makes the figures of a process that has those providers. What can be counted of them stands at 0 from the
// start, so that a first increase is seen as one.
func New(providers ...voucher.ProviderID) *Figures {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	in := promauto.With(registry)
	f := &Figures{
		registry: registry, providers: providers,
		requests: newRequests(in), calls: newCalls(in), moves: newMoves(in), permits: newPermits(in),
		access: newAccess(in),
	}
	for _, id := range providers {
		f.calls.begin(id)
		f.moves.begin(id)
		f.permits.begin(id)
	}
	return f
}

// Handler answers a scrape. A figure that cannot be read is left out of it.
func (f *Figures) Handler() http.Handler {
	return promhttp.HandlerFor(f.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, Registry: f.registry, MaxRequestsInFlight: mostScrape,
	})
}

// Ready shows whether the process serves channels; it is asked at each scrape, maybe by several at once.
func (f *Figures) Ready(ready func() bool) {
	promauto.With(f.registry).NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: prefix, Name: "ready", Help: "1 if the process serves channels, as /readyz says.",
	}, func() float64 { return truth(ready()) })
}

// named is a provider as a label: of the configured ones, else nobody.
func (f *Figures) named(provider voucher.ProviderID) string {
	if !slices.Contains(f.providers, provider) {
		return nobody
	}
	return string(provider)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
