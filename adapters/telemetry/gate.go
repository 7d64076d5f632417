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
		out: gauge(in, "gate_permits", "Permits that are out: calls a provider has at once.", byProvider, byPurpose),
		refusals: counter(in, "gate_refusals_total",
			"Calls refused: the provider's breaker is open or its bulkhead full. Of provisions nothing was written then; "+
				"an advice waits.", byProvider, byPurpose),
		breaker: gauge(in, "breaker_state",
			"1 for the state of a provider's breaker, 0 for the others; open lasts until a call probes.",
			byProvider, byPurpose, byState),
	}
}

func (p permits) begin(id voucher.ProviderID) {
	for _, purpose := range []voucher.Purpose{voucher.ForProvisions, voucher.ForAdvices} {
		p.out.WithLabelValues(string(id), purpose.String())
		p.refusals.WithLabelValues(string(id), purpose.String())
		p.show(string(id), purpose, breakerStates[0])
	}
}

func (p permits) show(provider string, purpose voucher.Purpose, state string) {
	for _, s := range breakerStates {
		p.breaker.WithLabelValues(provider, purpose.String(), s).Set(truth(s == state))
	}
}

type gate struct {
	ports.Gate
	figures *Figures
}

// Gate is a gate, observed.
func (f *Figures) Gate(observed ports.Gate) ports.Gate { return gate{observed, f} }

// Admit implements ports.Gate.
func (g gate) Admit(provider voucher.ProviderID, purpose voucher.Purpose) (func(voucher.Health), error) {
	name := g.figures.named(provider)
	report, err := g.Gate.Admit(provider, purpose)
	if err != nil {
		g.figures.permits.refusals.WithLabelValues(name, purpose.String()).Inc()
		return nil, err
	}
	out := g.figures.permits.out.WithLabelValues(name, purpose.String())
	out.Inc()
	back := sync.OnceFunc(out.Dec)
	return func(health voucher.Health) {
		report(health)
		back()
	}, nil
}

// BreakerChanged takes a breaker's new state: closed, open or half-open.
func (f *Figures) BreakerChanged(provider voucher.ProviderID, purpose voucher.Purpose, state string) {
	f.permits.show(f.named(provider), purpose, state)
}
