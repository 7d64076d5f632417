package contract

import (
	"testing"

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
