package trial

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"voucherswitch/domain/voucher"
)

// What each step that may cost money expects.
const (
	strangerRefused = "a sale under a wrong password brings no voucher"
	impossible      = "an impossible amount is declined"
	remembered      = "a sale whose reversal came first is declined"
	approved        = "a sale is approved, strictly and in time"
	replayed        = "the same sale again brings no second voucher"
	reversed        = "its reversal is acknowledged"
	reversedAgain   = "the same reversal again is acknowledged, or not found"
	confirmed       = "a sale's confirmation is acknowledged"
	confirmedAgain  = "the same confirmation again is acknowledged"
)

var expectations = map[string]string{
	strangerRefused: "a no, an error that does not tell, or nothing sent because nobody was let in",
	impossible:      "a certain no",
	remembered:      "a certain no, since remembers_reversals promises it",
	approved:        "approved: whole, valid, of the same id, product and amount, with a voucher",
	replayed:        "in doubt or declined, never approved",
	reversed:        "acknowledged",
	reversedAgain:   "acknowledged or not found",
	confirmed:       "acknowledged",
	confirmedAgain:  "acknowledged",
}

func (t *trial) tryFor(ctx context.Context, name string, ask func() (came string, ok bool)) bool {
	return t.try(ctx, name, expectations[name], ask)
}

func (t *trial) skipAll(why string, names ...string) {
	for _, name := range names {
		t.skip(name, expectations[name], why)
	}
}

// selling tries what may cost money.
func (t *trial) selling(ctx context.Context) {
	if !t.Sell {
		t.skipAll("nothing is sold without --sell", strangerRefused, impossible, remembered, approved, replayed,
			reversed, reversedAgain, confirmed, confirmedAgain)
		return
	}
	t.tells = true
	t.strange(ctx)
	if t.Impossible.IsZero() {
		t.skipAll("no such amount is named; --impossible names one", impossible)
	} else {
		t.tryFor(ctx, impossible, func() (string, bool) {
			got := t.buy(ctx, t.attempt(t.Impossible))
			return saleWords(got, t.Provider.Timeout), got.Kind == voucher.OutcomeDeclined
		})
	}
	t.barred(ctx)
	sold := t.attempt(t.Amount)
	if !t.tryFor(ctx, approved, func() (string, bool) {
		got := t.buy(ctx, sold)
		if got.Kind == voucher.OutcomeApproved {
			t.known = "it sold us a voucher"
		}
		return saleWords(got, t.Provider.Timeout), got.Kind == voucher.OutcomeApproved
	}) {
		t.skipAll("nothing was sold", replayed, reversed, reversedAgain, confirmed, confirmedAgain)
		return
	}
	t.again(ctx)
	t.undone(ctx)
	t.standing(ctx)
}

// strange asks for a sale as somebody who does not know our password.
func (t *trial) strange(ctx context.Context) {
	account := t.Account
	account.Password = voucher.NewSecret(t.NewID())
	t.secrets = append(t.secrets, account.Password.Reveal())
	t.tryFor(ctx, strangerRefused, func() (string, bool) {
		client, err := t.Open(account)
		if err != nil {
			return err.Error(), false
		}
		before, asked := t.sent.Load(), t.attempt(t.Amount)
		got := t.ask(ctx, client, asked)
		t.note(asked, got)
		words, asks := saleWords(got, t.Provider.Timeout), t.sent.Load() > before
		switch {
		case got.Kind == voucher.OutcomeNotSent && asks:
			return "not sent: the vendor let nobody in", true
		case got.Kind == voucher.OutcomeInDoubt && got.Doubt == voucher.DoubtAnswered:
			return words + "; right, unless the vendor's document says that nothing is sold then", true
		}
		return words, got.Kind == voucher.OutcomeDeclined
	})
}

// barred reverses a sale that nobody has made, and makes it then.
func (t *trial) barred(ctx context.Context) {
	if can := t.Provider.Capabilities; !can.Reversals || !can.RemembersReversals {
		t.skipAll("the configuration does not say that the provider remembers reversals", remembered)
		return
	}
	t.tryFor(ctx, remembered, func() (string, bool) {
		late := t.attempt(t.Amount)
		before := t.deliver(ctx, t.adviceOn(voucher.Reversal, late, nil))
		if before.Kind != voucher.AdviceNotFound && before.Kind != voucher.AdviceAcknowledged {
			return "its reversal was " + adviceWords(before), false
		}
		late.SendBy = time.Now().Add(t.SendGuard)
		got := t.buy(ctx, late)
		return saleWords(got, t.Provider.Timeout), got.Kind == voucher.OutcomeDeclined
	})
}

// again sends the sale that stands a second time, as only a fault of ours could.
func (t *trial) again(ctx context.Context) {
	first := t.open[len(t.open)-1]
	t.tryFor(ctx, replayed, func() (string, bool) {
		again := first.attempt
		again.SendBy = time.Now().Add(t.SendGuard)
		got := t.ask(ctx, t.client, again)
		t.hide(got)
		switch got.Kind {
		case voucher.OutcomeApproved:
			if got.Approval.Voucher.Same(first.approval.Voucher) {
				return "approved, with the same voucher: a replay reads as an approval here, and must be in doubt", false
			}
			return "approved, with another voucher than before", false
		case voucher.OutcomeNotSent:
			return "not sent, so that nothing is shown", false
		case voucher.OutcomeDeclined, voucher.OutcomeInDoubt:
		}
		return saleWords(got, t.Provider.Timeout), true
	})
}

// undone reverses the sale that stands, twice.
func (t *trial) undone(ctx context.Context) {
	if !t.Provider.Capabilities.Reversals {
		t.skipAll("the provider takes no reversals", reversed, reversedAgain)
		return
	}
	first := t.open[len(t.open)-1]
	reversal := t.adviceOn(voucher.Reversal, first.attempt, first.approval)
	if !t.tryFor(ctx, reversed, func() (string, bool) {
		got := t.deliver(ctx, reversal)
		if got.Kind == voucher.AdviceAcknowledged {
			t.settled(first)
		}
		return adviceWords(got), got.Kind == voucher.AdviceAcknowledged
	}) {
		t.skipAll("the first one was not acknowledged", reversedAgain)
		return
	}
	t.tryFor(ctx, reversedAgain, func() (string, bool) {
		got := t.deliver(ctx, reversal)
		return adviceWords(got), got.Kind == voucher.AdviceAcknowledged || got.Kind == voucher.AdviceNotFound
	})
}

// standing sells one more and confirms it, so that it stays sold.
func (t *trial) standing(ctx context.Context) {
	switch {
	case !t.Provider.Capabilities.Confirmations:
		t.skipAll("the provider wants no confirmations", confirmed, confirmedAgain)
		return
	case !t.Confirm:
		t.skipAll("a voucher that is confirmed stays sold; --confirm allows one", confirmed, confirmedAgain)
		return
	}
	var confirmation voucher.Advice
	if !t.tryFor(ctx, confirmed, func() (string, bool) {
		asked := t.attempt(t.Amount)
		if got := t.buy(ctx, asked); got.Kind != voucher.OutcomeApproved {
			return "the sale itself was " + saleWords(got, t.Provider.Timeout), false
		}
		sold := t.open[len(t.open)-1]
		confirmation = t.adviceOn(voucher.Confirmation, asked, sold.approval)
		got := t.deliver(ctx, confirmation)
		if got.Kind != voucher.AdviceAcknowledged {
			return adviceWords(got), false
		}
		t.settled(sold)
		return fmt.Sprintf("acknowledged; %s stays sold", asked.Order.ID), true
	}) {
		t.skipAll("the first one was not acknowledged", confirmedAgain)
		return
	}
	t.tryFor(ctx, confirmedAgain, func() (string, bool) {
		got := t.deliver(ctx, confirmation)
		return adviceWords(got), got.Kind == voucher.AdviceAcknowledged
	})
}

// buy asks for a voucher, which must be undone unless it is certain that there is none.
func (t *trial) buy(ctx context.Context, asked voucher.Attempt) voucher.Outcome {
	got := t.ask(ctx, t.client, asked)
	t.note(asked, got)
	return got
}

func (t *trial) note(asked voucher.Attempt, got voucher.Outcome) {
	t.hide(got)
	bought := &sale{attempt: asked, began: time.Now()}
	switch got.Kind {
	case voucher.OutcomeApproved:
		bought.approval = &got.Approval
	case voucher.OutcomeInDoubt:
	case voucher.OutcomeDeclined, voucher.OutcomeNotSent:
		return
	}
	t.open = append(t.open, bought)
}

// hide keeps an approval's secrets out of every report.
func (t *trial) hide(got voucher.Outcome) {
	v := got.Approval.Voucher
	t.secrets = append(t.secrets, v.Code.Reveal(), v.PIN.Value.Reveal())
}

func (t *trial) settled(s *sale) {
	t.open = slices.DeleteFunc(t.open, func(o *sale) bool { return o == s })
}

// standingIDs are those of the vouchers that nobody has undone.
func (t *trial) standingIDs() string {
	var ids []string
	for _, s := range t.open {
		ids = append(ids, string(s.attempt.Order.ID))
	}
	return strings.Join(ids, ", ")
}
