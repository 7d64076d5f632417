package contract

import (
	"context"
	"slices"
	"testing"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// signed is an operator's signature.
func signed(reason string) voucher.Signature {
	return voucher.Signature{Operator: "operator", Reason: reason}
}

// quiet is a time after every horizon of this bench.
func (b *bench) quiet() voucher.Quiet { return voucher.Quiet{Now: b.clock.Now().Add(horizon)} }

// Records holds a store against what ports.Records promises.
func Records(t *testing.T, open Opening) {
	keep(t, open, slices.Concat(listings, backlogs))
}

var listings = []promise{
	{"a history is every move, the first first", func(b *bench) {
		t := b.doubt()
		t = b.write(t.Hasten(signed("the provider is back")))
		t = b.write(answered(t, voucher.AdviceRefused))
		b.write(t.Resolve(false, b.quiet(), signed("not in their statement")))
		b.doubt()
		moves, err := b.store.History(context.Background(), t.ID)
		b.succeed(err)
		b.equal(b.moves[t.ID], moves)
	}},
	{"what does not exist has no history", func(b *bench) {
		_, err := b.store.History(context.Background(), "nobody's")
		b.refused(err, fault.NotFound)
	}},
	{"the youngest sales come first, up to the limit, and no tombstone", func(b *bench) {
		first, second, third := b.sell("1"), b.doubt(), b.open()
		b.write(voucher.Bar(b.reversal(voucher.Transaction{ID: voucher.TransactionID(b.uuid()), Owner: shop})))
		b.equal([]voucher.Transaction{third, second, first}, b.recent(10))
		b.equal([]voucher.Transaction{third, second}, b.recent(2))
	}},
	{"open cases are counted until they are closed", func(b *bench) {
		t := b.park()
		b.park()
		b.unanswered(2)
		b.write(t.CloseCase(t.Version, signed("spoke to them")))
		b.unanswered(1)
	}},
	{"now is the database's clock", func(b *bench) {
		now, err := b.store.Now(context.Background())
		b.succeed(err)
		b.equal(b.clock.Now(), now)
	}},
}

var backlogs = []promise{
	{"what waits is listed with its age and its next attempt, the longest owed first", func(b *bench) {
		first := b.doubt()
		b.postpone(b.claimOne(), time.Hour)
		second := b.doubt()
		later := b.sell("1", singleMessaging)
		b.equal([]voucher.Waiting{
			b.waits(first, 1, 4*tick, time.Hour-4*tick),
			b.waits(second, 0, 2*tick, -2*tick),
			b.waits(later, 0, -window, window),
		}, b.waiting(voucher.Which{}, 10))
		b.equal(b.waiting(voucher.Which{}, 10)[:2], b.waiting(voucher.Which{}, 2))
	}},
	{"what backs off is listed among the others", func(b *bench) {
		first, second := b.doubt(), b.doubt()
		claimed := b.claim(10)
		b.succeed(b.store.BackOff(context.Background(), claimed[0], time.Minute))
		b.equal([]voucher.Waiting{
			b.waits(first, 1, 2*tick, time.Minute),
			b.waits(second, 1, 0, leaseOfClaims),
		}, b.waiting(voucher.Which{Provider: vendor}, 10))
	}},
	{"a provider's lane is listed alone", func(b *bench) {
		other := b.doubt(atAnother)
		b.doubt()
		listed := b.waiting(voucher.Which{Provider: "another"}, 10)
		if len(listed) != 1 || listed[0].Transaction != other.ID {
			b.t.Errorf("listed %v, want %s alone", listed, other.ID)
		}
		if listed := b.waiting(voucher.Which{Provider: "nobody"}, 10); len(listed) != 0 {
			b.t.Errorf("listed %v for a provider without advices", listed)
		}
	}},
	{"a transaction's advice is listed alone", func(b *bench) {
		b.doubt()
		t := b.doubt()
		b.equal([]voucher.Waiting{b.waits(t, 0, 0, 0)}, b.waiting(voucher.Which{Transaction: t.ID}, 10))
		if listed := b.waiting(voucher.Which{Transaction: t.ID, Provider: "another"}, 10); len(listed) != 0 {
			b.t.Errorf("listed %v for another provider", listed)
		}
	}},
	{"a backlog counts what is owed, by provider, and tells the age of the oldest", func(b *bench) {
		b.equal([]voucher.Backlog(nil), b.backlog())
		oldest := b.doubt()
		b.postpone(b.claimOne(), time.Hour)
		b.doubt()
		other := b.doubt(atAnother)
		b.sell("1", singleMessaging) // owed when its window ends
		b.equal([]voucher.Backlog{
			{Provider: "another", Advices: 1, Oldest: b.clock.Now().Sub(other.MovedAt)},
			{Provider: vendor, Advices: 2, Oldest: b.clock.Now().Sub(oldest.MovedAt)},
		}, b.backlog())
	}},
}

func atAnother(a *voucher.Attempt) { a.Terms.Provider = "another" }

func (b *bench) recent(limit int) []voucher.Transaction {
	b.t.Helper()
	recent, err := b.store.Recent(context.Background(), limit)
	b.succeed(err)
	return recent
}

func (b *bench) waits(t voucher.Transaction, attempts int, age, dueIn time.Duration) voucher.Waiting {
	return voucher.Waiting{
		ID: t.Open.ID, Transaction: t.ID, Provider: t.Terms().Provider, Kind: t.Open.Kind,
		Attempts: attempts, Age: age, DueIn: dueIn,
	}
}

func (b *bench) waiting(which voucher.Which, limit int) []voucher.Waiting {
	b.t.Helper()
	waiting, err := b.store.Waiting(context.Background(), which, limit)
	b.succeed(err)
	return waiting
}

func (b *bench) backlog() []voucher.Backlog {
	b.t.Helper()
	backlog, err := b.store.Backlog(context.Background())
	b.succeed(err)
	return backlog
}

func (b *bench) unanswered(want int) {
	b.t.Helper()
	count, err := b.store.Unanswered(context.Background())
	b.succeed(err)
	b.equal(want, count)
}
