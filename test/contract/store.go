// Package contract holds one suite a port. Every adapter, decorator and fake of a port runs its suite; what passes it
// may stand in for any other.
package contract

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// Store is what keeps transactions, the advices they owe and their cases: the ports over one database.
type Store interface {
	ports.Journal
	ports.AdviceQueue
	ports.Cases
	ports.Records
}

// Opening makes an empty store whose database tells the time by the clock.
type Opening func(*testing.T, ports.Clock) Store

// promise is one rule of a port, shown by one subtest of its name.
type promise struct {
	rule string
	show func(*bench)
}

func keep(t *testing.T, open Opening, promises []promise) {
	for _, p := range promises {
		t.Run(p.rule, func(t *testing.T) {
			clock := &handClock{now: time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)}
			p.show(&bench{t: t, store: open(t, clock.Now), clock: clock, moves: map[voucher.TransactionID][]voucher.Move{}})
		})
	}
}

// handClock is a clock that a test moves by hand.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

// Now implements ports.Clock.
func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bench is a store under test, and what was written to it.
type bench struct {
	t      *testing.T
	store  Store
	clock  *handClock
	moves  map[voucher.TransactionID][]voucher.Move
	minted int
}

// tick is how far write moves the clock, so that every move has its own time.
const tick = time.Millisecond

// write appends a decision and reads the transaction back: it must be the one that its moves replay to.
func (b *bench) write(d voucher.Decision) voucher.Transaction {
	b.t.Helper()
	if !d.Writes() {
		b.t.Fatalf("nothing to write: %v", d.Refusal)
	}
	d = rendered(d)
	b.clock.advance(tick)
	b.succeed(b.store.Append(context.Background(), d))
	move := d.Move
	move.At = b.clock.Now()
	b.moves[move.Transaction] = append(b.moves[move.Transaction], move)
	return b.check(move.Transaction)
}

// rendered is a decision with its answer, if it ends the provision's request.
func rendered(d voucher.Decision) voucher.Decision {
	if !d.FixesAnswer() {
		return d
	}
	return d.Answering(voucher.Answer{Status: 200, Body: voucher.NewSecret("\x00\xffthe answer")})
}

// check reads a transaction and compares it with all that was written of it.
func (b *bench) check(id voucher.TransactionID) voucher.Transaction {
	b.t.Helper()
	want, err := voucher.Replay(b.moves[id])
	b.succeed(err)
	got := b.find(voucher.ByID(id))
	b.equal(want, got)
	return got
}

func (b *bench) find(key voucher.Key) voucher.Transaction {
	b.t.Helper()
	found, err := b.store.Find(context.Background(), key)
	b.succeed(err)
	return found
}

// lacks holds that a key finds nothing.
func (b *bench) lacks(key voucher.Key) {
	b.t.Helper()
	_, err := b.store.Find(context.Background(), key)
	b.refused(err, fault.NotFound)
}

func (b *bench) overdue(limit int) []voucher.TransactionID {
	b.t.Helper()
	found, err := b.store.Overdue(context.Background(), limit)
	b.succeed(err)
	var ids []voucher.TransactionID
	for _, t := range found {
		b.equal(b.find(voucher.ByID(t.ID)), t)
		ids = append(ids, t.ID)
	}
	return ids
}

// leaseOfClaims is how long a claim of this bench lasts.
const leaseOfClaims = time.Minute

func (b *bench) claim(limit int) []voucher.Advice {
	b.t.Helper()
	claimed, err := b.store.Claim(context.Background(), vendor, leaseOfClaims, limit)
	b.succeed(err)
	return claimed
}

func (b *bench) claimOne() voucher.Advice {
	b.t.Helper()
	claimed := b.claim(10)
	if len(claimed) != 1 {
		b.t.Fatalf("%d advices were due, want 1", len(claimed))
	}
	return claimed[0]
}

func (b *bench) nothingDue() {
	b.t.Helper()
	if claimed := b.claim(10); len(claimed) != 0 {
		b.t.Fatalf("%d advices were due, want none", len(claimed))
	}
}

func (b *bench) openCases(limit int) []voucher.Case {
	b.t.Helper()
	open, err := b.store.OpenCases(context.Background(), limit)
	b.succeed(err)
	return open
}

func (b *bench) succeed(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) refused(err error, kind fault.Kind) {
	b.t.Helper()
	if !fault.Is(err, kind) {
		b.t.Fatalf("got error %v, want a fault of kind %q", err, kind)
	}
}

// equal compares to the last pointer, secrets included; the difference is shown with secrets masked.
func (b *bench) equal(want, got any) {
	b.t.Helper()
	if !reflect.DeepEqual(want, got) {
		all := cmp.Exporter(func(reflect.Type) bool { return true })
		b.t.Errorf("(-want +got; empty: they differ in a secret, or nil from empty)\n%s", cmp.Diff(want, got, all))
	}
}

func (b *bench) sameList(want, got []voucher.TransactionID) {
	b.t.Helper()
	if !slices.Equal(want, got) {
		b.t.Errorf("got %v, want %v", got, want)
	}
}

// uuid mints an id that no other entity of the bench has.
func (b *bench) uuid() string {
	b.minted++
	return fmt.Sprintf("00000000-0000-7000-8000-%012d", b.minted)
}

// draft is an id and a time for an advice of the switch's own.
func (b *bench) draft() voucher.Draft {
	return voucher.Draft{ID: voucher.AdviceID(b.uuid()), Time: b.clock.Now()}
}
