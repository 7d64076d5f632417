package contract

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// AdviceQueue holds a store against what ports.AdviceQueue promises.
func AdviceQueue(t *testing.T, open Opening) {
	keep(t, open, slices.Concat(dues, claims, postponements, backingOff))
}

var dues = []promise{
	{"an advice without a time is due with its commit, and names what it is about", func(b *bench) {
		t := b.doubt()
		b.equal(voucher.Advice{
			ID: t.Open.ID, Transaction: t.ID, Provider: vendor, Kind: voucher.Reversal,
			Claim: voucher.Claim{Epoch: 1, Attempt: 1, UntilHorizon: t.Horizon.Sub(b.clock.Now())},
		}, b.claimOne())
	}},
	{"a confirmation is handed out as one", func(b *bench) {
		t := b.sell("1")
		b.write(t.Confirm(b.confirmation(t)))
		b.equal(voucher.Confirmation, b.claimOne().Kind)
	}},
	{"an advice for a time is due then", func(b *bench) {
		t := b.open()
		t = b.write(t.Reverse(b.reversal(t)))
		b.clock.advance(t.LeaseEnds.Sub(b.clock.Now()) - time.Microsecond)
		b.nothingDue()
		b.clock.advance(time.Microsecond)
		b.claimOne()
	}},
	{"an advice for a while after its commit is due then", func(b *bench) {
		b.sell("1", singleMessaging)
		b.clock.advance(window - time.Microsecond)
		b.nothingDue()
		b.clock.advance(time.Microsecond)
		b.claimOne()
	}},
	{"a hastened advice is due now", func(b *bench) {
		t := b.open()
		t = b.write(t.Reverse(b.reversal(t)))
		b.nothingDue()
		b.write(t.Record(voucher.Broken(), b.draft()))
		b.equal(t.Open.ID, b.claimOne().ID)
	}},
	{"a settled advice has left", func(b *bench) {
		b.write(answered(b.doubt(), voucher.AdviceAcknowledged))
		b.clock.advance(24 * time.Hour)
		b.nothingDue()
	}},
	{"an advice is superseded in one commit", func(b *bench) {
		t := b.sell("1", singleMessaging)
		reversal := b.reversal(t)
		b.write(t.Reverse(reversal))
		b.clock.advance(2 * window)
		claimed := b.claimOne()
		b.equal([]string{string(reversal.ID), "reversal"}, []string{string(claimed.ID), claimed.Kind.String()})
	}},
	{"advices of two transactions with one id do not meet", func(b *bench) {
		first, second := b.sell("1"), b.sell("2")
		reversal := b.reversal(first)
		first = b.write(first.Reverse(reversal))
		reversal.Transaction = second.ID
		b.write(second.Reverse(reversal))
		b.write(answered(first, voucher.AdviceAcknowledged))
		b.equal(second.ID, b.claimOne().Transaction)
	}},
}

var claims = []promise{
	{"a claimed advice is due again when its claim's lease ends, with a higher epoch", func(b *bench) {
		b.doubt()
		for n := range 4 {
			claim := b.claimOne().Claim
			b.equal([]int{n + 1, n + 1}, []int{claim.Epoch, claim.Attempt})
			b.clock.advance(leaseOfClaims - time.Microsecond)
			b.nothingDue()
			b.clock.advance(time.Microsecond)
		}
	}},
	{"the longest due comes first, up to the limit", func(b *bench) {
		late := b.open()
		late = b.write(late.Reverse(b.reversal(late))) // due at its lease's end
		first, second := b.doubt(), b.doubt()
		b.clock.advance(time.Minute)
		order := func(claimed []voucher.Advice) (ids []voucher.TransactionID) {
			for _, a := range claimed {
				ids = append(ids, a.Transaction)
			}
			return ids
		}
		b.sameList([]voucher.TransactionID{first.ID, second.ID}, order(b.claim(2)))
		b.sameList([]voucher.TransactionID{late.ID}, order(b.claim(2)))
	}},
	{"a provider gets its own advices", func(b *bench) {
		other := b.doubt(func(a *voucher.Attempt) { a.Terms.Provider = "another" })
		b.nothingDue()
		claimed, err := b.store.Claim(context.Background(), "another", leaseOfClaims, 10)
		b.succeed(err)
		b.equal([]voucher.TransactionID{other.ID}, []voucher.TransactionID{claimed[0].Transaction})
	}},
	{"the time until the horizon is the database's", func(b *bench) {
		t := b.doubt()
		b.clock.advance(t.Horizon.Sub(b.clock.Now()) - time.Microsecond)
		if claim := b.claimOne().Claim; claim.UntilHorizon != time.Microsecond || claim.AfterHorizon() {
			b.t.Errorf("a microsecond before the horizon the claim says %v", claim.UntilHorizon)
		}
		b.clock.advance(leaseOfClaims)
		if claim := b.claimOne().Claim; claim.UntilHorizon != time.Microsecond-leaseOfClaims || !claim.AfterHorizon() {
			b.t.Errorf("after the horizon the claim says %v", claim.UntilHorizon)
		}
	}},
	{"claimers at one time share no claim, and leave nothing", func(b *bench) {
		const advices, claimers = 100, 8
		for range advices {
			b.doubt()
		}
		taken := make([][]voucher.Advice, claimers)
		failed := make([]error, claimers)
		var all sync.WaitGroup
		for i := range claimers {
			all.Go(func() { taken[i], failed[i] = b.claimAll() })
		}
		all.Wait()
		seen := map[voucher.AdviceID]bool{}
		for _, a := range slices.Concat(taken...) {
			if seen[a.ID] {
				b.t.Errorf("%s was handed out twice", a.ID)
			}
			seen[a.ID] = true
		}
		if len(seen) != advices || slices.ContainsFunc(failed, func(err error) bool { return err != nil }) {
			b.t.Errorf("%d of %d advices were handed out; errors %v", len(seen), advices, failed)
		}
	}},
}

// claimAll claims by sevens until nothing comes. A claimer may come away empty from a race, so it asks twice.
func (b *bench) claimAll() (all []voucher.Advice, err error) {
	for empty := 0; empty < 2; {
		claimed, err := b.store.Claim(context.Background(), vendor, leaseOfClaims, 7)
		if err != nil {
			return all, err
		}
		if len(claimed) == 0 {
			empty++
		}
		all = append(all, claimed...)
	}
	return all, nil
}

var postponements = []promise{
	{"a postponed advice is due after the delay", func(b *bench) {
		b.doubt()
		b.postpone(b.claimOne(), 3*time.Second)
		b.clock.advance(3*time.Second - time.Microsecond)
		b.nothingDue()
		b.clock.advance(time.Microsecond)
		b.equal(2, b.claimOne().Claim.Attempt)
	}},
	{"a postponed advice without delay is due now", func(b *bench) {
		b.doubt()
		b.postpone(b.claimOne(), 0)
		b.claimOne()
	}},
	{"the latest claim may postpone after its lease ended", func(b *bench) {
		b.doubt()
		claimed := b.claimOne()
		b.clock.advance(2 * leaseOfClaims)
		b.postpone(claimed, time.Hour)
		b.nothingDue()
	}},
	{"a later claim voids an earlier one", func(b *bench) {
		b.doubt()
		earlier := b.claimOne()
		b.clock.advance(leaseOfClaims)
		later := b.claimOne()
		b.stale(earlier, 0)
		b.nothingDue()
		b.postpone(later, 0)
	}},
	{"hastening voids a claim", func(b *bench) {
		t := b.doubt()
		claimed := b.claimOne()
		b.write(t.Record(approved("1"), b.draft()))
		b.stale(claimed, time.Hour)
		b.equal(2, b.claimOne().Claim.Attempt)
	}},
	{"settling voids a claim", func(b *bench) {
		t := b.doubt()
		claimed := b.claimOne()
		b.write(answered(t, voucher.AdviceAcknowledged))
		b.stale(claimed, 0)
		b.nothingDue()
	}},
	{"superseding voids a claim", func(b *bench) {
		t := b.sell("1", singleMessaging)
		b.clock.advance(window)
		claimed := b.claimOne()
		t = b.write(t.Reverse(b.reversal(t)))
		b.stale(claimed, time.Hour)
		b.equal(t.Open.ID, b.claimOne().ID)
	}},
	{"every provider's lane is its own under load", func(b *bench) {
		for i := range 5 {
			b.doubt(func(a *voucher.Attempt) { a.Terms.Provider = voucher.ProviderID(fmt.Sprint("lane ", i)) })
		}
		for i := range 5 {
			lane := voucher.ProviderID(fmt.Sprint("lane ", i))
			claimed, err := b.store.Claim(context.Background(), lane, leaseOfClaims, 10)
			b.succeed(err)
			if len(claimed) != 1 || claimed[0].Provider != lane {
				b.t.Errorf("%s got %d advices", lane, len(claimed))
			}
		}
	}},
}

func (b *bench) postpone(claimed voucher.Advice, delay time.Duration) {
	b.t.Helper()
	b.succeed(b.store.Postpone(context.Background(), claimed, delay))
}

func (b *bench) stale(claimed voucher.Advice, delay time.Duration) {
	b.t.Helper()
	b.refused(b.store.Postpone(context.Background(), claimed, delay), fault.Stale)
}
