package turnstile

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// Priority says what is shed last.
type Priority int64

// The priorities are how many times the load may be there that sheds a new sale. An advice mends something, and what it
// is about is owed by us; a retry and a look-up ask for what was done already.
const (
	ForSales   Priority = 1
	ForRepeats Priority = 2
	ForAdvices Priority = 4
)

// The bounds of an Admission. What waits for the journal is the switch's own load: what waits for a provider costs
// little, and the Gate bounds it.
const (
	fewest  = 64                     // that may wait, however slow the journal is
	most    = 4096                   // however fast
	atFirst = 1024                   // before anything was learnt
	slow    = 50 * time.Millisecond  // a mean commit that says that too many wait
	window  = 100 * time.Millisecond // between two changes of mind
)

// Admission sheds requests while too many wait for the journal, so that those that are let in are answered as quickly
// as ever. How many are too many it learns: a tenth fewer as long as commits are slow, a tenth more while they are not.
type Admission struct {
	clock   ports.Clock
	waiting atomic.Int64
	limit   atomic.Int64

	mu      sync.Mutex
	since   time.Time
	commits int64
	took    time.Duration
	highest int64 // that waited in this window
}

// NewAdmission lets everybody in at first.
func NewAdmission(clock ports.Clock) *Admission {
	a := &Admission{clock: clock, since: clock()}
	a.limit.Store(atFirst)
	return a
}

// Admits tells whether a request of the priority is let in now.
func (a *Admission) Admits(p Priority) bool { return a.waiting.Load() < a.limit.Load()*int64(p) }

// Limit is how many may wait for the journal at present before new sales are shed.
func (a *Admission) Limit() int64 { return a.limit.Load() }

// Waiting is how many wait for the journal.
func (a *Admission) Waiting() int64 { return a.waiting.Load() }

// Journal is a journal whose load is learnt from.
func (a *Admission) Journal(j ports.Journal) ports.Journal { return weighed{j, a} }

type weighed struct {
	ports.Journal
	load *Admission
}

// Append implements ports.Journal.
func (w weighed) Append(ctx context.Context, d voucher.Decision) error {
	began := w.load.clock()
	w.load.waiting.Add(1)
	err := w.Journal.Append(ctx, d)
	w.load.learn(w.load.waiting.Add(-1)+1, began)
	return err
}

// Find implements ports.Journal.
func (w weighed) Find(ctx context.Context, key voucher.Key) (voucher.Transaction, error) {
	w.load.waiting.Add(1)
	defer w.load.waiting.Add(-1)
	return w.Journal.Find(ctx, key)
}

func (a *Admission) learn(waited int64, began time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock()
	a.commits++
	a.took += now.Sub(began)
	a.highest = max(a.highest, waited)
	if now.Sub(a.since) < window {
		return
	}
	limit := a.limit.Load()
	switch mean := a.took / time.Duration(a.commits); {
	case mean > slow:
		limit = min(limit, a.highest)
		limit = max(fewest, limit-limit/10)
	case a.highest > limit/2:
		limit = min(most, limit+limit/10)
	}
	a.limit.Store(limit)
	a.since, a.commits, a.took, a.highest = now, 0, 0, 0
}
