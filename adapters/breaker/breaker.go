// Package breaker is the gate before every provider: a circuit breaker, so that a provider in trouble is left alone,
// and a bulkhead, so that it holds no more of the switch than its share (lifecycle rule 11, liveness L4).
package breaker

import (
	"errors"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/sync/semaphore"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// buckets is into how many parts the rolling window is divided.
const buckets = 10

// Options are a provider's limits for one purpose. All must be positive.
type Options struct {
	Window       time.Duration // over which calls are counted
	FailureRatio float64       // of the window's calls; from here on the breaker opens
	Minimum      int           // calls in the window, before which it never opens
	OpenFor      time.Duration // until one call may probe whether the provider is well again
	MaxInFlight  int           // permits at one time
}

// Door is what a gate keeps apart: a provider, and what it is asked for.
type Door struct {
	Provider voucher.ProviderID
	Purpose  voucher.Purpose
}

// Gate holds a breaker and a bulkhead for each door. It is safe for many at once.
type Gate struct{ gates map[Door]gate }

type gate struct {
	breaker  *gobreaker.TwoStepCircuitBreaker[struct{}]
	bulkhead *semaphore.Weighted
}

var _ ports.Gate = (*Gate)(nil)

// New makes the gate. onChange, where not nil, is told of every change of a breaker between "closed", "open" and
// "half-open"; it must return at once and ask nothing of the gate.
func New(doors map[Door]Options, onChange func(door Door, from, to string)) *Gate {
	gates := make(map[Door]gate, len(doors))
	for door, o := range doors {
		gates[door] = gate{
			breaker:  gobreaker.NewTwoStepCircuitBreaker[struct{}](settings(door, o, onChange)),
			bulkhead: semaphore.NewWeighted(int64(o.MaxInFlight)),
		}
	}
	return &Gate{gates}
}

func settings(door Door, o Options, onChange func(Door, string, string)) gobreaker.Settings {
	return gobreaker.Settings{
		MaxRequests:  1,
		Interval:     o.Window,
		BucketPeriod: max(o.Window/buckets, 1),
		Timeout:      o.OpenFor,
		ReadyToTrip: func(c gobreaker.Counts) bool {
			outcomes := c.TotalSuccesses + c.TotalFailures
			return int64(outcomes) >= int64(o.Minimum) && float64(c.TotalFailures) >= o.FailureRatio*float64(outcomes)
		},
		IsExcluded: func(err error) bool { return errors.Is(err, errUnasked) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if onChange != nil {
				onChange(door, from.String(), to.String())
			}
		},
	}
}

// Admit gives a permit, or fails with fault.Unavailable: the breaker is open, the bulkhead full, or the door not known.
// Reporting twice counts once.
func (g *Gate) Admit(provider voucher.ProviderID, purpose voucher.Purpose) (func(voucher.Health), error) {
	at, known := g.gates[Door{provider, purpose}]
	if !known {
		return nil, fault.New(fault.Unavailable, "no provider %s", provider)
	}
	if !at.bulkhead.TryAcquire(1) {
		return nil, fault.New(fault.Unavailable, "provider %s has as many requests as it may have", provider)
	}
	done, err := at.breaker.Allow()
	if err != nil {
		at.bulkhead.Release(1)
		return nil, fault.New(fault.Unavailable, "provider %s is in trouble and left alone for a while", provider)
	}
	var once sync.Once
	return func(health voucher.Health) {
		once.Do(func() {
			at.bulkhead.Release(1)
			done(verdict(health))
		})
	}, nil
}

var (
	errUnasked = errors.New("the provider was not asked")
	errFailed  = errors.New("the provider failed")
)

// verdict is health in the breaker's terms.
func verdict(health voucher.Health) error {
	switch health {
	case voucher.HealthGood:
		return nil
	case voucher.HealthUnknown:
		return errUnasked
	case voucher.HealthBad:
		return errFailed
	default:
		return errFailed
	}
}
