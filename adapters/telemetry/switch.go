package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// requests are the figures of what channels ask.
type requests struct {
	inFlight *prometheus.GaugeVec
	duration *prometheus.HistogramVec
}

func newRequests(in promauto.Factory) requests {
	return requests{
		inFlight: gauge(in, "requests_in_flight", "Channels' requests that are not answered yet.", byOperation),
		duration: histogram(in, "request_duration_seconds",
			"Channels' requests by how they ended: ok, a kept decline included, or the kind of refusal.",
			byOperation, byResult),
	}
}

type sales struct {
	ports.Switch
	requests
}

// Switch is the use cases, observed.
func (f *Figures) Switch(observed ports.Switch) ports.Switch { return sales{observed, f.requests} }

// Provision implements ports.Switch.
func (s sales) Provision(ctx context.Context, o voucher.Order) (voucher.Transaction, error) {
	return timed(s.requests, "provision", func() (voucher.Transaction, error) { return s.Switch.Provision(ctx, o) })
}

// Retry implements ports.Switch.
func (s sales) Retry(ctx context.Context, o voucher.Order) (voucher.Transaction, error) {
	return timed(s.requests, "retry", func() (voucher.Transaction, error) { return s.Switch.Retry(ctx, o) })
}

// Reverse implements ports.Switch.
func (s sales) Reverse(ctx context.Context, a voucher.Advice) (voucher.Transaction, error) {
	return timed(s.requests, "reverse", func() (voucher.Transaction, error) { return s.Switch.Reverse(ctx, a) })
}

// Confirm implements ports.Switch.
func (s sales) Confirm(ctx context.Context, a voucher.Advice) (voucher.Transaction, error) {
	return timed(s.requests, "confirm", func() (voucher.Transaction, error) { return s.Switch.Confirm(ctx, a) })
}

// Find implements ports.Switch.
func (s sales) Find(ctx context.Context, key voucher.Key) (voucher.Transaction, error) {
	return timed(s.requests, "find", func() (voucher.Transaction, error) { return s.Switch.Find(ctx, key) })
}

// Products implements ports.Switch.
func (s sales) Products(ctx context.Context, channelName string) (voucher.Catalogue, error) {
	return timed(s.requests, "products", func() (voucher.Catalogue, error) { return s.Switch.Products(ctx, channelName) })
}

// timed observes one request. One that panics counts as a fault of ours.
func timed[T any](r requests, operation string, ask func() (T, error)) (T, error) {
	began, ended := time.Now(), fault.Internal.String()
	r.inFlight.WithLabelValues(operation).Inc()
	defer func() {
		r.inFlight.WithLabelValues(operation).Dec()
		r.duration.WithLabelValues(operation, ended).Observe(time.Since(began).Seconds())
	}()
	answer, err := ask()
	ended = result(err)
	return answer, err
}
