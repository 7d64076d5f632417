package telemetry

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// breakerStates are the words of adapters/breaker; a breaker starts in the first.
var breakerStates = []string{"closed", "open", "half-open"}

// permits are the figures of the gate before the providers.
type permits struct {
	out      *prometheus.GaugeVec
	refusals *prometheus.CounterVec
	breaker  *prometheus.GaugeVec
}

func newPermits(in promauto.Factory) permits {
	return permits{
		out: gauge(in, "gate_permits", "Permits that are out: requests a provider has at once.", byProvider),
		refusals: counter(in, "gate_refusals_total",
			"Requests refused before the intent: the provider's breaker is open or its bulkhead full.", byProvider),
		breaker: gauge(in, "breaker_state",
			"1 for the state of a provider's breaker, 0 for the others; open lasts until a request probes.",
			byProvider, byState),
	}
}

func (p permits) begin(id voucher.ProviderID) {
	p.out.WithLabelValues(string(id))
	p.refusals.WithLabelValues(string(id))
	p.show(string(id), breakerStates[0])
}

func (p permits) show(provider, state string) {
	for _, s := range breakerStates {
		p.breaker.WithLabelValues(provider, s).Set(truth(s == state))
	}
}

type gate struct {
	ports.Gate
	figures *Figures
}

// Gate is a gate, observed.
func (f *Figures) Gate(observed ports.Gate) ports.Gate { return gate{observed, f} }

// Admit implements ports.Gate.
func (g gate) Admit(provider voucher.ProviderID) (func(voucher.OutcomeKind), error) {
	name := g.figures.named(provider)
	report, err := g.Gate.Admit(provider)
	if err != nil {
		g.figures.permits.refusals.WithLabelValues(name).Inc()
		return nil, err
	}
	out := g.figures.permits.out.WithLabelValues(name)
	out.Inc()
	back := sync.OnceFunc(out.Dec)
	return func(outcome voucher.OutcomeKind) {
		report(outcome)
		back()
	}, nil
}

// BreakerChanged takes a breaker's new state: closed, open or half-open.
func (f *Figures) BreakerChanged(provider voucher.ProviderID, state string) {
	f.permits.show(f.named(provider), state)
}
