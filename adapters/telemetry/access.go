package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"voucherswitch/domain/voucher"
)

// access are the figures of who is let in, and who is not.
type access struct {
	limited prometheus.Counter
}

func newAccess(in promauto.Factory) access {
	return access{
		limited: in.NewCounter(prometheus.CounterOpts{
			Namespace: prefix, Name: "requests_limited_total",
			Help: "Requests over their channel's rate, answered 429 and leaving no trace.",
		}),
	}
}

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
