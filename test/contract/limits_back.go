package contract

import (
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// undoings end a sale that takes a price of a limit with nothing sold.
var undoings = map[string]func(*bench) voucher.Transaction{
	"declined": func(b *bench) voucher.Transaction {
		return b.write(b.open(takes(price)).Record(declined(), b.draft()))
	},
	"not sent": func(b *bench) voucher.Transaction {
		return b.write(b.open(takes(price)).Record(voucher.NothingSent(), b.draft()))
	},
	"reversed after a doubt": func(b *bench) voucher.Transaction {
		return b.write(answered(b.doubt(takes(price)), voucher.AdviceAcknowledged))
	},
	"declined while it is reversed": func(b *bench) voucher.Transaction {
		return b.write(b.doubt(takes(price)).Record(declined(), b.draft()))
	},
	"reversed by its channel": func(b *bench) voucher.Transaction {
		t := b.sell("1", takes(price))
		t = b.write(t.Reverse(b.reversal(t)))
		return b.write(answered(t, voucher.AdviceAcknowledged))
	},
	"declined while it is parked": func(b *bench) voucher.Transaction {
		return b.write(b.doubt(withoutReversals, takes(price)).Record(declined(), b.draft()))
	},
	"found undone": func(b *bench) voucher.Transaction {
		t := b.doubt(withoutReversals, takes(price))
		return b.write(t.Resolve(false, b.quiet(), signed("not in their statement")))
	},
}

func givesBack(b *bench) {
	for name, undo := range undoings {
		b.open(takes(most - price))
		t := undo(b)
		b.write(t.Reverse(b.reversal(t))) // a line of its history, which gives nothing more
		b.hasRoom(price)
		if b.t.Failed() {
			b.t.Fatalf("a sale that was %s", name)
		}
		b.clock.advance(24 * time.Hour)
	}
}

func givesBackToItsDay(b *bench) {
	b.open(takes(most - price))
	t := b.open(takes(price))
	b.clock.advance(24 * time.Hour)
	b.open(takes(most))
	b.write(t.Record(declined(), b.draft()))
	b.refuses(takes(1))
	b.clock.advance(-24 * time.Hour)
	b.hasRoom(price)
}

func givesNothingBackStale(b *bench) {
	b.open(takes(most - price))
	t := b.open(takes(price))
	late := rendered(t.Record(declined(), b.draft()))
	b.write(t.Record(approved("1"), b.draft()))
	b.refused(b.append(late), fault.Stale)
	b.hasRoom(0)
}

func letsOneGiveBack(b *bench) {
	b.open(takes(most - price))
	t := b.open(takes(price))
	decisions := make([]voucher.Decision, contenders)
	for i := range decisions {
		d := t.Record(declined(), b.draft())
		decisions[i] = d.Answering(voucher.Answer{Status: 400 + i, Body: voucher.NewSecret("no")})
	}
	b.race(decisions, fault.Stale)
	b.hasRoom(price)
}

func keepsWhatStands(b *bench) {
	b.open(takes(most - 5*price))
	b.open(takes(price))
	b.sell("1", takes(price))
	b.doubt(takes(price))
	sold := b.sell("2", takes(price))
	b.write(sold.Confirm(b.confirmation(sold)))
	parked := b.doubt(withoutReversals, takes(price))
	b.hasRoom(0)
	b.write(parked.Resolve(true, b.quiet(), signed("it was spent")))
	b.hasRoom(0)
}
