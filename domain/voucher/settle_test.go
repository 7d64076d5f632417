package voucher

import (
	"fmt"
	"testing"
	"time"
)

const (
	settles   = "settled"
	refuses   = "refused"
	atHorizon = "again at the horizon"
	atOnce    = "again at once"
	later     = "again later"
)

// settling tells what Advised made of an answer to a reversal.
func settling(test *testing.T, t Transaction, sent Sent, o AdviceOutcome) string {
	test.Helper()
	d, repeat := t.Advised(*t.Open, sent, o)
	if (repeat == RepeatNever) != d.Writes() {
		test.Fatalf("repeat %d, yet writes = %v", repeat, d.Writes())
	}
	switch repeat {
	case RepeatAtHorizon:
		return atHorizon
	case RepeatAtOnce:
		return atOnce
	case RepeatLater:
		return later
	case RepeatNever:
	}
	switch d.Move.Fact {
	case FactReversalSettled:
		return settles
	case FactReversalRefused:
		return refuses
	default:
		return d.Move.Fact.String()
	}
}

// overtaken is a transaction in state Reversing after a doubt, with or without a late approval.
func overtaken(test *testing.T, remembers, approvedNow bool) Transaction {
	test.Helper()
	road := []step{ordered, doubted}
	if approvedNow {
		road = append(road, approved)
	}
	return reach(test, attempt(Capabilities{Reversals: true, RemembersReversals: remembers}, DualMessaging), road...)
}

func TestTheSettleRule(test *testing.T) {
	const ack, not = AdviceAcknowledged, AdviceNotFound
	// An approval recorded when the reversal was sent, and gone since, cannot be; the rule's letter stands for it.
	for _, c := range []struct {
		answer                                               AdviceOutcomeKind
		afterHorizon, approvedAtSend, approvedNow, remembers bool
		want                                                 string
	}{
		{ack, false, false, false, false, atHorizon},
		{ack, false, false, false, true, settles},
		{ack, false, false, true, false, atOnce},
		{ack, false, false, true, true, settles},
		{ack, false, true, false, false, settles},
		{ack, false, true, false, true, settles},
		{ack, false, true, true, false, settles},
		{ack, false, true, true, true, settles},
		{ack, true, false, false, false, settles},
		{ack, true, false, false, true, settles},
		{ack, true, false, true, false, settles},
		{ack, true, false, true, true, settles},
		{ack, true, true, false, false, settles},
		{ack, true, true, false, true, settles},
		{ack, true, true, true, false, settles},
		{ack, true, true, true, true, settles},
		{not, false, false, false, false, atHorizon},
		{not, false, false, false, true, settles},
		{not, false, false, true, false, atOnce},
		{not, false, false, true, true, atOnce},
		{not, false, true, false, false, refuses},
		{not, false, true, false, true, refuses},
		{not, false, true, true, false, refuses},
		{not, false, true, true, true, refuses},
		{not, true, false, false, false, settles},
		{not, true, false, false, true, settles},
		{not, true, false, true, false, refuses},
		{not, true, false, true, true, refuses},
		{not, true, true, false, false, refuses},
		{not, true, true, false, true, refuses},
		{not, true, true, true, false, refuses},
		{not, true, true, true, true, refuses},
	} {
		answer := map[AdviceOutcomeKind]string{ack: "2xx", not: "404"}[c.answer]
		name := fmt.Sprintf("%s, after horizon %v, approved at send %v, approved now %v, remembers %v",
			answer, c.afterHorizon, c.approvedAtSend, c.approvedNow, c.remembers)
		test.Run(name, func(test *testing.T) {
			t := overtaken(test, c.remembers, c.approvedNow)
			sent := Sent{AfterHorizon: c.afterHorizon, Approved: c.approvedAtSend}
			if got := settling(test, t, sent, AdviceOutcome{Kind: c.answer}); got != c.want {
				test.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestARefusalIsFinalAndSilenceNeverIs(test *testing.T) {
	for _, approvedNow := range []bool{false, true} {
		for _, sent := range []Sent{{}, {AfterHorizon: true}, {Approved: true}, {AfterHorizon: true, Approved: true}} {
			t := overtaken(test, true, approvedNow)
			if got := settling(test, t, sent, AdviceOutcome{Kind: AdviceRefused}); got != refuses {
				test.Errorf("approved %v, sent %+v: a refusal is %q", approvedNow, sent, got)
			}
			if got := settling(test, t, sent, AdviceOutcome{}); got != later {
				test.Errorf("approved %v, sent %+v: no answer is %q", approvedNow, sent, got)
			}
		}
	}
}

func TestAConfirmationsAnswerKnowsNoHorizon(test *testing.T) {
	t := reach(test, attempt(allAdvices, DualMessaging), ordered, approved, confirmed)
	for kind, want := range map[AdviceOutcomeKind]string{
		AdviceUnanswered: later, AdviceAcknowledged: "confirmation settled",
		AdviceRefused: "confirmation refused", AdviceNotFound: "confirmation refused",
	} {
		if got := settling(test, t, Sent{}, AdviceOutcome{Kind: kind}); got != want {
			test.Errorf("kind %d: got %q, want %q", kind, got, want)
		}
	}
}

func TestAProvisionalAcknowledgementLeavesTheReversalInTheQueue(test *testing.T) {
	t := overtaken(test, false, false)
	d, _ := t.Advised(*t.Open, Sent{}, AdviceOutcome{Kind: AdviceAcknowledged})
	if d.Writes() || portrait(d.Next) != portrait(t) || d.Next.Open == nil {
		test.Errorf("got %+v", d.Move)
	}
}

func TestAClaimIsAfterTheHorizonOnlyWhenNothingIsLeftUntilIt(test *testing.T) {
	for left, want := range map[time.Duration]bool{1: false, 0: true, -1: true} {
		if got := (Claim{UntilHorizon: left}).AfterHorizon(); got != want {
			test.Errorf("%v left: %v", left, got)
		}
	}
}

func TestALateAnswerToASupersededConfirmationSettlesNothing(test *testing.T) {
	provisioned := reach(test, attempt(allAdvices, SingleMessaging), ordered, recorded(approval(firstCode)))
	own := *provisioned.Open
	t := provisioned.Confirm(channelAdvice(provisioned, Confirmation)).Next
	for _, o := range []AdviceOutcomeKind{AdviceAcknowledged, AdviceRefused} {
		if d, repeat := t.Advised(own, Sent{}, AdviceOutcome{Kind: o}); d.Writes() || repeat != RepeatNever {
			test.Errorf("the superseded confirmation's answer moved the transaction to %s", d.Next)
		}
	}
	d, _ := t.Advised(*t.Open, Sent{}, AdviceOutcome{Kind: AdviceAcknowledged})
	if d.Next.Open != nil {
		test.Error("the channel's own confirmation is not settled by its answer")
	}
}
