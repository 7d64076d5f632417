package contract

import (
	"context"
	"testing"
	"time"

	"voucherswitch/domain/voucher"
)

// Cases holds a store against what ports.Cases promises.
func Cases(t *testing.T, open Opening) {
	keep(t, open, []promise{
		{"an open case is listed with its question and the database's time", func(b *bench) {
			t := b.park()
			b.equal([]voucher.Case{{
				Transaction: t.ID, Version: t.Version, Question: voucher.OutcomeUnknown, OpenedAt: b.clock.Now(),
			}}, b.openCases(10))
			b.equal(t.Cases, b.openCases(10))
		}},
		{"the oldest come first, up to the limit", func(b *bench) {
			first, second, third := b.park(), b.park(), b.park()
			b.equal(append(append(first.Cases, second.Cases...), third.Cases...), b.openCases(10))
			b.equal(append(first.Cases, second.Cases...), b.openCases(2))
		}},
		{"a move that answers the question closes the case", func(b *bench) {
			t, other := b.park(), b.park()
			b.write(t.Resolve(false, b.quiet(), signed("not in their statement")))
			b.equal(other.Cases, b.openCases(10))
		}},
		{"a transaction has as many cases as questions, each closed by its version", func(b *bench) {
			t := b.sell("1")
			t = b.write(t.Record(approved("2"), b.draft()))
			t = b.write(t.Record(approved("3"), b.draft()))
			b.equal(t.Cases, b.openCases(10))
			t = b.write(t.CloseCase(t.Cases[0].Version, signed("returned")))
			b.equal(t.Cases, b.openCases(10))
			b.write(t.CloseCase(t.Cases[0].Version, signed("returned")))
			b.noCases()
		}},
		{"a sale that nobody confirms is found by the end of its lease, and nobody else's", func(b *bench) {
			stands := b.sell("1")
			stands = b.write(stands.Record(approved("2"), b.draft())) // a note changes no state
			t := b.sell("3")
			b.write(t.Confirm(b.confirmation(t)))
			t = b.sell("4")
			b.write(t.Reverse(b.reversal(t)))
			b.sell("5", byOtherShop)
			b.doubt()
			b.open()
			found := func(from, to time.Time) []voucher.TransactionID {
				ids, err := b.store.Unconfirmed(context.Background(), []voucher.ChannelID{shop, "nobody"}, from, to)
				b.succeed(err)
				return ids
			}
			b.sameList([]voucher.TransactionID{stands.ID}, found(stands.LeaseEnds, stands.LeaseEnds.Add(time.Hour)))
			b.sameList(nil, found(stands.LeaseEnds.Add(time.Microsecond), stands.LeaseEnds.Add(time.Hour)))
			b.sameList(nil, found(time.Unix(0, 0), stands.LeaseEnds.Add(-time.Microsecond)))
		}},
		{"a store without questions lists nothing", func(b *bench) {
			b.sell("1")
			b.noCases()
		}},
	})
}

func (b *bench) noCases() {
	b.t.Helper()
	if open := b.openCases(10); len(open) != 0 {
		b.t.Errorf("open cases: %v", open)
	}
}
