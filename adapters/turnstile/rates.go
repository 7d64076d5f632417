// Package turnstile bounds what one stranger can take from the others (requests a second, guesses at secrets, and
// connections) and all of them together from the journal. It decides by counting and keeps nothing that a restart must
// not forget; each replica counts for itself.
package turnstile

import (
	"time"

	"golang.org/x/time/rate"

	"voucherswitch/domain/voucher"
)

// Rate is how many requests may come: PerSecond in the long run, and Burst at once. Both are above 0.
type Rate struct {
	PerSecond float64
	Burst     int
}

func (r Rate) bucket() *rate.Limiter { return rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst) }

// Rates bound the requests of channels. A channel without a rate is not bounded.
type Rates struct {
	buckets map[voucher.ChannelID]*rate.Limiter
	clock   func() time.Time
}

// NewRates makes a bucket for each channel, full at the start.
func NewRates(of map[voucher.ChannelID]Rate, clock func() time.Time) *Rates {
	r := &Rates{buckets: make(map[voucher.ChannelID]*rate.Limiter, len(of)), clock: clock}
	for id, limit := range of {
		r.buckets[id] = limit.bucket()
	}
	return r
}

// Take takes one request from a channel's rate: 0 if there was one, else how long until there is. Asking in vain
// takes nothing, so that a channel that keeps asking is not shut out for ever.
func (r *Rates) Take(id voucher.ChannelID) time.Duration {
	bucket, limited := r.buckets[id]
	if !limited {
		return 0
	}
	now := r.clock()
	reservation := bucket.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}
