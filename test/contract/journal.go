package contract

import (
	"context"
	"sync"
	"testing"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// Journal holds a store against what ports.Journal promises.
func Journal(t *testing.T, open Opening) {
	keep(t, open, []promise{
		{"every move of every history is replayed as it was decided", replaysEveryHistory},
		{"every field of a move is kept", keepsEveryField},
		{"opening, lease and horizon are the database's times", tellsTheDatabasesTime},
		{"a second first move of an id is a duplicate", refusesASecondFirstMove},
		{"a version that is taken is stale, and nothing of the decision is written", writesNothingStale},
		{"a move that finds itself under its key succeeds, and happens once", findsItself},
		{"of fifty first moves of an id one is written", letsOneOpen},
		{"of fifty moves from one version one is written", letsOneMove},
		{"a call cancelled beforehand writes nothing", writesNothingCancelled},
		{"a call cancelled anywhere writes the whole decision or nothing", writesWholeOrNothing},
		{"an unknown id is not found", func(b *bench) { b.lacks(voucher.ByID(voucher.TransactionID(b.uuid()))) }},
	})
	t.Run("by voucher", func(t *testing.T) { keep(t, open, byVoucher) })
	t.Run("limits", func(t *testing.T) { keep(t, open, limits) })
	t.Run("overdue", func(t *testing.T) { keep(t, open, overdue) })
}

func tellsTheDatabasesTime(b *bench) {
	t := b.open()
	now := b.clock.Now()
	b.equal([]time.Time{now, now.Add(lease), now.Add(horizon)}, []time.Time{t.OpenedAt, t.LeaseEnds, t.Horizon})
}

func refusesASecondFirstMove(b *bench) {
	t := b.open()
	again := b.attempt(func(a *voucher.Attempt) { a.Order.ID, a.Reference = t.ID, "another" })
	b.refused(b.append(voucher.Open(again)), fault.Duplicate)
	b.refused(b.append(voucher.Bar(b.reversal(t))), fault.Duplicate)
	b.check(t.ID)
}

func writesNothingStale(b *bench) {
	t := b.open(withoutReversals)
	late := t.Record(voucher.Broken(), b.draft())
	b.write(t.Record(declined(), b.draft()))
	b.refused(b.append(late), fault.Stale)

	t = b.open()
	late = t.Record(voucher.Broken(), b.draft())
	b.write(t.Record(declined(), b.draft()))
	b.refused(b.append(late), fault.Stale)

	b.check(t.ID)
	b.nothingDue()
	if open := b.openCases(10); len(open) != 0 {
		b.t.Errorf("a stale decision opened %v", open)
	}
}

func findsItself(b *bench) {
	intent := voucher.Open(b.attempt())
	t := b.write(intent)
	b.succeed(b.append(intent))

	doubt := rendered(t.Record(voucher.Broken(), b.draft()))
	t = b.write(doubt)
	b.claimOne()
	b.succeed(b.append(doubt))
	b.succeed(b.append(intent))
	b.nothingDue()

	t = b.write(answered(t, voucher.AdviceAcknowledged))
	b.clock.advance(2 * leaseOfClaims)
	b.succeed(b.append(doubt))
	b.nothingDue()
	b.check(t.ID)
}

// contenders is how many race for one key.
const contenders = 50

// race appends all decisions at once; one must be written and the others must fail with that kind.
func (b *bench) race(decisions []voucher.Decision, kind fault.Kind) (won voucher.Decision) {
	failures := make([]error, len(decisions))
	var all sync.WaitGroup
	for i, d := range decisions {
		all.Go(func() { failures[i] = b.append(d) })
	}
	all.Wait()
	wins := 0
	for i, err := range failures {
		if err == nil {
			won, wins = decisions[i], wins+1
			continue
		}
		b.refused(err, kind)
	}
	if wins != 1 {
		b.t.Fatalf("%d decisions were written, want 1", wins)
	}
	return won
}

func letsOneOpen(b *bench) {
	first := b.attempt()
	decisions := make([]voucher.Decision, contenders)
	for i := range decisions {
		attempt := first
		attempt.Reference = b.uuid()
		decisions[i] = voucher.Open(attempt)
	}
	won := b.race(decisions, fault.Duplicate)
	if got := b.find(voucher.ByID(first.Order.ID)); got.Attempt.Reference != won.Move.Opening.Reference {
		b.t.Errorf("the journal kept %s, but %s was told that it won", got.Attempt.Reference, won.Move.Opening.Reference)
	}
}

func letsOneMove(b *bench) {
	t := b.sell("1")
	decisions := make([]voucher.Decision, contenders)
	for i := range decisions {
		decisions[i] = t.Reverse(b.reversal(t))
	}
	won := b.race(decisions, fault.Stale)
	if got := b.find(voucher.ByID(t.ID)); got.Version != t.Version+1 || got.Open.ID != won.Move.Queues.ID {
		b.t.Errorf("the journal kept %v with advice %s, want %s", got, got.Open.ID, won.Move.Queues.ID)
	}
	if claimed := b.claimOne(); claimed.ID != won.Move.Queues.ID {
		b.t.Errorf("the queue holds %s, want %s", claimed.ID, won.Move.Queues.ID)
	}
}

func writesNothingCancelled(b *bench) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	intent := voucher.Open(b.attempt())
	b.refused(b.store.Append(ctx, intent), fault.Overloaded)
	b.lacks(voucher.ByID(intent.Move.Transaction))
	_, err := b.store.Find(ctx, voucher.ByID(intent.Move.Transaction))
	b.refused(err, fault.Overloaded)
}

func writesWholeOrNothing(b *bench) {
	for i := range 40 {
		t := b.open()
		doubt := rendered(t.Record(voucher.Broken(), b.draft()))
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*50*time.Microsecond)
		err := b.store.Append(ctx, doubt)
		cancel()
		if fault.Is(err, fault.Ambiguous) {
			err = b.append(doubt) // only the same move again can tell
		}
		written, queued := b.find(voucher.ByID(t.ID)).Version == 2, len(b.claim(10)) == 1
		switch {
		case written != queued:
			b.t.Fatalf("move written: %v, advice queued: %v", written, queued)
		case err == nil && !written:
			b.t.Fatal("the journal said yes and wrote nothing")
		case err != nil && written:
			b.t.Fatalf("the journal wrote and said: %v", err)
		case err != nil:
			b.refused(err, fault.Overloaded)
		}
	}
}

// append writes a decision that may fail; the bench takes no note of it.
func (b *bench) append(d voucher.Decision) error { return b.store.Append(context.Background(), d) }
