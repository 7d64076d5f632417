package contract

import "voucherswitch/domain/voucher"

// histories lead through every fact of the lifecycle. Each is told move by move, and after every move the store must
// replay what was decided.
var histories = []struct {
	name string
	tell func(*bench)
}{
	{"sold and confirmed by its channel", func(b *bench) {
		t := b.sell("1")
		t = b.write(t.Confirm(b.confirmation(t)))
		b.write(answered(t, voucher.AdviceAcknowledged))
	}},
	{"sold and confirmed on behalf of its channel, which the provider refuses", func(b *bench) {
		t := b.write(b.sell("1", singleMessaging).ConfirmOnBehalf())
		t = b.write(answered(t, voucher.AdviceRefused))
		b.write(t.CloseCase(t.Version, signed("spoke to them")))
	}},
	{"sold, and reversed twice by its channel", func(b *bench) {
		t := b.sell("1")
		t = b.write(t.Reverse(b.reversal(t)))
		t = b.write(t.Reverse(b.reversal(t)))
		t = b.write(answered(t, voucher.AdviceAcknowledged))
		b.write(t.Record(approved("2"), b.draft()))
	}},
	{"single messaging: reversed before the switch confirms", func(b *bench) {
		t := b.sell("1", singleMessaging)
		t = b.write(t.Reverse(b.reversal(t)))
		b.write(answered(t, voucher.AdviceAcknowledged))
	}},
	{"reversed while it is being sold", func(b *bench) {
		t := b.open()
		t = b.write(t.Reverse(b.reversal(t)))
		t = b.write(t.Record(voucher.Broken(), b.draft()))
		b.write(t.Record(declined(), b.draft()))
	}},
	{"in doubt, approved late, and the reversal refused", func(b *bench) {
		t := b.doubt()
		t = b.write(t.Record(approved("1"), b.draft()))
		t = b.write(t.Hasten(signed("they are back")))
		t = b.write(answered(t, voucher.AdviceRefused))
		b.write(t.Resolve(true, b.quiet(), signed("it was spent")))
	}},
	{"its owner died", func(b *bench) {
		t := b.write(b.open().Lapse(b.draft()))
		b.write(t.Record(voucher.NothingSent(), b.draft()))
	}},
	{"declined", func(b *bench) { b.write(b.open().Record(declined(), b.draft())) }},
	{"not sent, and yet approved", func(b *bench) {
		t := b.write(b.open().Record(voucher.NothingSent(), b.draft()))
		b.write(t.Record(approved("1"), b.draft()))
	}},
	{"in doubt without reversals, and found undone", func(b *bench) {
		b.write(b.park().Resolve(false, b.quiet(), signed("not in their statement")))
	}},
	{"reversed before it was asked for", func(b *bench) {
		barred := voucher.Bar(b.reversal(voucher.Transaction{ID: voucher.TransactionID(b.uuid()), Owner: shop}))
		t := b.write(barred)
		b.write(t.Reverse(b.reversal(t)))
	}},
}

// allFacts are what the histories must show together.
var allFacts = []voucher.Fact{
	voucher.FactOrdered, voucher.FactApproved, voucher.FactSecondVoucher, voucher.FactDeclined, voucher.FactNotSent,
	voucher.FactInDoubt, voucher.FactLapsed, voucher.FactConfirm, voucher.FactConfirmOnBehalf, voucher.FactReverse,
	voucher.FactReversalSettled, voucher.FactReversalRefused, voucher.FactConfirmationSettled,
	voucher.FactConfirmationRefused, voucher.FactFoundIssued, voucher.FactFoundUndone, voucher.FactCaseClosed,
	voucher.FactHastened,
}

func replaysEveryHistory(b *bench) {
	told := make(map[voucher.Fact]bool)
	for _, h := range histories {
		h.tell(b)
		if b.t.Failed() {
			b.t.Fatalf("the history: %s", h.name)
		}
	}
	for id, moves := range b.moves {
		b.check(id) // once more, now that the others stand beside it
		for _, m := range moves {
			told[m.Fact] = true
		}
	}
	for _, fact := range allFacts {
		if !told[fact] {
			b.t.Errorf("no history tells of %q", fact)
		}
	}
}

func keepsEveryField(b *bench) { b.write(voucher.Decision{Move: FullMove()}) }
