// Package application holds the order of steps and nothing else: no rule, no format, no SQL. Each file reads as the
// flow it is named after: provision.go (retry too), reverse.go, confirm.go, products.go (look-ups), forward.go (store
// and forward), settle.go (lapsed leases), desk.go (operators), alarm.go (advices owed for too long),
// assortment.go and shelf.go (providers' lists of products).
package application

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// maxLate bounds how many calls of one provider are still listened to after their time-out.
const maxLate = 256

// Parts are what a Switch is made of.
type Parts struct {
	Journal   ports.Journal
	Queue     ports.AdviceQueue
	Records   ports.Records
	Catalogue ports.Catalogue
	Gate      ports.Gate
	Render    ports.Render
	Vendors   []Vendor
	Clock     ports.Clock
	NewID     ports.NewID
	Chance    ports.Chance
	Log       *slog.Logger

	Timing          voucher.Timing
	ChannelDeadline time.Duration // a request is answered within this time
	ReversalWait    time.Duration // how long a reversal waits for the provider's answer
	AdviceLease     time.Duration // how long an advice belongs to the forwarder that claimed it
}

// Switch is the use cases. It implements ports.Switch.
type Switch struct {
	Parts
	vendors map[voucher.ProviderID]Vendor
	lanes   map[voucher.ProviderID]lane
	watch   watch

	work          sync.WaitGroup  // what goes on after its request was answered
	listening     context.Context // ends when late answers are not waited for any more
	stopListening context.CancelFunc
}

// lane is what one provider has of the switch for itself, so that it takes nothing from another.
type lane struct {
	woken chan struct{} // an advice came in or was hastened
	late  chan struct{} // a slot for each call that is listened to after its time-out
}

var _ ports.Switch = (*Switch)(nil)

// New makes the use cases from their parts.
func New(parts Parts) *Switch {
	s := &Switch{
		Parts:   parts,
		vendors: map[voucher.ProviderID]Vendor{},
		lanes:   map[voucher.ProviderID]lane{},
	}
	for _, v := range parts.Vendors {
		s.vendors[v.ID] = v
		s.lanes[v.ID] = lane{woken: make(chan struct{}, 1), late: make(chan struct{}, maxLate)}
	}
	s.listening, s.stopListening = context.WithCancel(context.Background())
	return s
}

// Close stops listening for late answers and waits until what is being recorded is recorded, or ctx ends. What is cut
// off here is resolved by any replica: the journal knows all of it. When ctx has ended before, requests may still be
// under way and begin more of it, so nobody waits for a count that still rises.
func (s *Switch) Close(ctx context.Context) error {
	s.stopListening()
	if err := ctx.Err(); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() { s.work.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// detached is the context of work that the channel's connection must not decide: from the intent on it has its own
// deadline only (lifecycle rule 10).
func (s *Switch) detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), s.ChannelDeadline)
}

func (s *Switch) draft() voucher.Draft {
	return voucher.Draft{ID: voucher.NewAdviceID(s.NewID()), Time: s.Clock()}
}

// find is the transaction, or the zero one if there is none.
func (s *Switch) find(ctx context.Context, key voucher.Key) (voucher.Transaction, error) {
	t, err := s.Journal.Find(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return voucher.Transaction{}, nil
	}
	return t, err
}
