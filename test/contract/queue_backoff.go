package contract

import (
	"context"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// backingOff is what an advice that got no final answer, and waits longer and longer, is promised.
var backingOff = []promise{
	{"an advice that backs off is due after the delay", func(b *bench) {
		b.doubt()
		b.backOff(b.claimOne(), 3*time.Second)
		b.clock.advance(3*time.Second - time.Microsecond)
		b.nothingDue()
		b.clock.advance(time.Microsecond)
		b.equal(2, b.claimOne().Claim.Attempt)
	}},
	{"a claim that is not the latest cannot back off", func(b *bench) {
		b.doubt()
		earlier := b.claimOne()
		b.clock.advance(leaseOfClaims)
		b.claimOne()
		b.refused(b.store.BackOff(context.Background(), earlier, 0), fault.Stale)
		b.nothingDue()
	}},
	{"of those that back off the longest owed is claimed, due or not", func(b *bench) {
		first, second := b.doubt(), b.doubt()
		claimed := b.claim(2)
		b.backOff(claimed[0], time.Hour)
		b.backOff(claimed[1], time.Minute)
		oldest := b.claimOldest()
		b.equal(first.Open.ID, oldest.ID)
		b.equal([]int{2, 2}, []int{oldest.Claim.Epoch, oldest.Claim.Attempt})
		b.equal(second.Open.ID, b.claimOldest().ID)
		b.noneBacksOff()
	}},
	{"the longest owed is a claim like any other", func(b *bench) {
		b.doubt()
		claimed := b.claimOne()
		b.backOff(claimed, time.Hour)
		oldest := b.claimOldest()
		b.stale(claimed, 0)
		b.clock.advance(leaseOfClaims - time.Microsecond)
		b.nothingDue()
		b.clock.advance(time.Microsecond)
		b.claimOne()
		b.stale(oldest, 0)
	}},
	{"what waits for its first attempt, is claimed or was postponed does not back off", func(b *bench) {
		b.doubt()
		b.noneBacksOff()
		claimed := b.claimOne()
		b.noneBacksOff()
		b.postpone(claimed, time.Hour)
		b.noneBacksOff()
	}},
	{"hastening a provider makes due what backs off, and nothing else", func(b *bench) {
		b.doubt()
		backsOff := b.claimOne()
		b.backOff(backsOff, time.Hour)
		b.doubt()
		b.postpone(b.claimOne(), time.Hour)
		b.doubt()
		b.claimOne()
		b.sell("1", singleMessaging) // its confirmation is due at the window's end
		b.hasten(vendor)
		b.equal(backsOff.ID, b.claimOne().ID)
	}},
	{"hastening a provider leaves its claims valid", func(b *bench) {
		b.doubt()
		claimed := b.claimOne()
		b.hasten(vendor)
		b.backOff(claimed, 0)
		b.equal(2, b.claimOne().Claim.Attempt)
	}},
	{"hastening and claiming the longest owed touch one provider's lane", func(b *bench) {
		b.doubt(func(a *voucher.Attempt) { a.Terms.Provider = "another" })
		claimed, err := b.store.Claim(context.Background(), "another", leaseOfClaims, 10)
		b.succeed(err)
		b.backOff(claimed[0], time.Hour)
		b.noneBacksOff()
		b.hasten(vendor)
		claimed, err = b.store.Claim(context.Background(), "another", leaseOfClaims, 10)
		b.succeed(err)
		b.equal(0, len(claimed))
	}},
	{"an advice that its transaction hastens does not back off", func(b *bench) {
		t := b.doubt()
		b.backOff(b.claimOne(), time.Hour)
		b.write(t.Record(approved("1"), b.draft()))
		b.noneBacksOff()
		b.claimOne()
	}},
}

func (b *bench) backOff(claimed voucher.Advice, delay time.Duration) {
	b.t.Helper()
	b.succeed(b.store.BackOff(context.Background(), claimed, delay))
}

func (b *bench) hasten(provider voucher.ProviderID) {
	b.t.Helper()
	b.succeed(b.store.Hasten(context.Background(), provider))
}

func (b *bench) claimOldest() voucher.Advice {
	b.t.Helper()
	claimed, err := b.store.ClaimOldest(context.Background(), vendor, leaseOfClaims)
	b.succeed(err)
	if len(claimed) != 1 {
		b.t.Fatalf("%d advices backed off, want 1", len(claimed))
	}
	return claimed[0]
}

func (b *bench) noneBacksOff() {
	b.t.Helper()
	claimed, err := b.store.ClaimOldest(context.Background(), vendor, leaseOfClaims)
	b.succeed(err)
	if len(claimed) != 0 {
		b.t.Fatalf("%d advices back off, want none", len(claimed))
	}
}
