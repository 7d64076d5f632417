package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const (
	provision     = "provision"
	firstAttempt  = "first"
	repeatAttempt = "repeat"
)

// calls are the figures of what providers are asked.
type calls struct {
	inFlight *prometheus.GaugeVec
	duration *prometheus.HistogramVec
	attempts *prometheus.CounterVec
}

func newCalls(in promauto.Factory) calls {
	return calls{
		inFlight: gauge(in, "provider_calls_in_flight",
			"Calls that a provider has not answered yet; a late answer is awaited on until the horizon.",
			byProvider, byOperation),
		duration: histogram(in, "provider_call_duration_seconds",
			"Calls of a provider by their outcome, a late answer's included.", byProvider, byOperation, byOutcome),
		attempts: counter(in, "advice_attempts_total",
			"Attempts to deliver an advice: the first one of each, and repeats.", byProvider, byOperation, byAttempt),
	}
}

func (c calls) begin(id voucher.ProviderID) {
	for _, kind := range []voucher.AdviceKind{voucher.Reversal, voucher.Confirmation} {
		for _, attempt := range []string{firstAttempt, repeatAttempt} {
			c.attempts.WithLabelValues(string(id), kind.String(), attempt)
		}
	}
}

// observe counts a call in; the function it returns counts it out.
func (c calls) observe(provider, operation string) func(outcome string) {
	began := time.Now()
	c.inFlight.WithLabelValues(provider, operation).Inc()
	return func(outcome string) {
		c.inFlight.WithLabelValues(provider, operation).Dec()
		c.duration.WithLabelValues(provider, operation, outcome).Observe(time.Since(began).Seconds())
	}
}

type vendor struct {
	ports.Provider
	calls
	id string
}

// Provider is a provider's client, observed.
func (f *Figures) Provider(id voucher.ProviderID, observed ports.Provider) ports.Provider {
	return vendor{observed, f.calls, f.named(id)}
}

// Provision implements ports.Provider. A client that panics leaves the zero outcome: a doubt.
func (v vendor) Provision(ctx context.Context, a voucher.Attempt) (o voucher.Outcome) {
	done := v.observe(v.id, provision)
	defer func() { done(word(outcomes, o.Kind)) }()
	return v.Provider.Provision(ctx, a)
}

// Advise implements ports.Provider.
func (v vendor) Advise(ctx context.Context, a voucher.Advice) (o voucher.AdviceOutcome) {
	attempt := firstAttempt
	if a.Claim.Attempt > 1 {
		attempt = repeatAttempt
	}
	v.attempts.WithLabelValues(v.id, a.Kind.String(), attempt).Inc()
	done := v.observe(v.id, a.Kind.String())
	defer func() { done(word(adviceOutcomes, o.Kind)) }()
	return v.Provider.Advise(ctx, a)
}
