package voucher

import (
	"fmt"
	"testing"
	"time"

	"voucherswitch/domain/money"
)

const (
	saleID      = TransactionID("6fb1c7a0-0000-4000-8000-000000000001")
	shop        = ChannelID("shop")
	firstCode   = "code-one"
	anotherCode = "code-two"
	window      = 15 * time.Minute
)

var (
	signature = Signature{Operator: "operator", Reason: "statement checked"}
	quiet     = Quiet{Now: dawn.AddDate(0, 0, 1)} // long after every horizon
)

var (
	dawn   = time.Date(2024, time.March, 1, 6, 0, 0, 0, time.UTC)
	timing = Timing{SendGuard: time.Second, LeaseMargin: 10 * time.Second, ReversalWindow: window}
)

func cents(minor int64) LedgerAmount { return LedgerAmount{Amount: money.New(minor, "710")} }

func order(messaging Messaging) Order {
	return Order{
		ID:               saleID,
		Channel:          Channel{ID: shop, Name: "Shop", Messaging: messaging},
		Time:             "2024-03-01T08:00:00+02:00",
		Client:           Institution{ID: string(shop), Name: "Shop"},
		SettlementEntity: Institution{ID: "bank", Name: "Bank"},
		Product:          "airtime",
		Amounts:          Amounts{Request: cents(5000)},
		Identifiers:      []ThirdPartyIdentifier{{"till", "till-1"}, {"shop", "shop-1"}},
		Message:          NewSecret("the channel's message"),
	}
}

func provider(c Capabilities) Provider {
	return Provider{
		ID: "vendor", Capabilities: c, Receivers: []Institution{{ID: "vendor-receiver", Name: "Vendor"}},
		Timeout: 30 * time.Second, LongestProcessing: time.Minute,
	}
}

func attempt(c Capabilities, messaging Messaging) Attempt {
	return NewAttempt(order(messaging), provider(c), Product{}, timing, "our-reference")
}

func approval(code string) Outcome {
	return Outcome{Kind: OutcomeApproved, Approval: Approval{Voucher: Voucher{Code: NewSecret(code)}}}
}

func declined() Outcome {
	return Outcome{Kind: OutcomeDeclined, Decline: Decline{Type: DoNotHonour, ProviderCode: "51"}}
}

// draft is named after the version it was made from, so that two of one transaction differ.
func draft(t Transaction) Draft {
	return Draft{ID: AdviceID(fmt.Sprintf("own-%d", t.Version)), Time: dawn}
}

func channelAdvice(t Transaction, kind AdviceKind) Advice {
	a := Advice{
		ID: AdviceID(fmt.Sprintf("channel-%s-%d", kind, t.Version)), Transaction: saleID, Channel: shop, Kind: kind,
		Time: "2024-03-01T08:01:00+02:00", Identifiers: []ThirdPartyIdentifier{{"shop", "shop-1"}},
		Message: NewSecret("the channel's advice"),
	}
	if kind == Reversal {
		a.Reason = "CANCELLED"
	}
	return a
}

// render stands in for the channel adapter: a voucher only where one may be delivered.
func render(t Transaction) Answer {
	if t.State == Provisioned {
		return Answer{Status: 201, Body: t.Approval.Voucher.Code}
	}
	return Answer{Status: 504, Body: NewSecret("error of version " + fmt.Sprint(t.Version))}
}

// book is a journal of one transaction: it stamps each move with the database's clock and replays them all.
type book struct {
	moves []Move
	now   time.Time
	t     Transaction
}

func (b *book) write(test testing.TB, d Decision) {
	test.Helper()
	if !d.Writes() {
		test.Fatalf("%s: nothing to write: %v", b.t, d.Refusal)
	}
	if d.FixesAnswer() {
		d = d.Answering(render(d.Next))
	}
	d.Move.At = b.now
	b.now = b.now.Add(time.Second)
	b.moves = append(b.moves, d.Move)
	replayed, err := Replay(b.moves)
	if err != nil {
		test.Fatal(err)
	}
	b.t = replayed
}

// step applies one fact through the verb that takes it.
type step func(Transaction, Attempt) Decision

// reach walks a transaction along the steps; each must write.
func reach(test testing.TB, a Attempt, road ...step) Transaction {
	test.Helper()
	b := book{now: dawn}
	for _, next := range road {
		b.write(test, next(b.t, a))
	}
	return b.t
}

func advised(kind AdviceKind, o AdviceOutcomeKind) step {
	return func(t Transaction, _ Attempt) Decision {
		a := Advice{Kind: kind}
		if t.Open != nil && t.Open.Kind == kind {
			a = *t.Open
		}
		d, _ := t.Advised(a, Sent{AfterHorizon: true, Approved: t.Approval != nil}, AdviceOutcome{Kind: o})
		return d
	}
}

func resolved(issued bool) step {
	return func(t Transaction, _ Attempt) Decision { return t.Resolve(issued, quiet, signature) }
}

func recorded(o Outcome) step {
	return func(t Transaction, _ Attempt) Decision { return t.Record(o, draft(t)) }
}

func ordered(t Transaction, a Attempt) Decision {
	if t.State == Absent {
		return Open(a)
	}
	return Decision{Next: t, Refusal: t.Ordered()}
}

func lapsed(t Transaction, _ Attempt) Decision { return t.Lapse(draft(t)) }

func confirmed(t Transaction, _ Attempt) Decision { return t.Confirm(channelAdvice(t, Confirmation)) }

func confirmedOnBehalf(t Transaction, _ Attempt) Decision { return t.ConfirmOnBehalf() }

func reversed(t Transaction, _ Attempt) Decision { return t.Reverse(channelAdvice(t, Reversal)) }

func caseClosed(t Transaction, _ Attempt) Decision {
	version := 99
	if len(t.Cases) > 0 {
		version = t.Cases[len(t.Cases)-1].Version
	}
	return t.CloseCase(version, signature)
}

func hastenedNow(t Transaction, _ Attempt) Decision { return t.Hasten(signature) }

var (
	approved  = recorded(approval(firstCode))
	second    = recorded(approval(anotherCode))
	refusedBy = recorded(declined())
	unsent    = recorded(NothingSent())
	doubted   = recorded(Broken())
	settled   = advised(Reversal, AdviceAcknowledged)
	notFound  = advised(Reversal, AdviceNotFound)
	refused   = advised(Reversal, AdviceRefused)
)

// verbs names for each fact the verb that takes it.
var verbs = [facts]step{
	FactOrdered: ordered, FactApproved: approved, FactSecondVoucher: second, FactDeclined: refusedBy,
	FactNotSent: unsent, FactInDoubt: doubted, FactLapsed: lapsed, FactConfirm: confirmed,
	FactConfirmOnBehalf: confirmedOnBehalf, FactReverse: reversed, FactReversalSettled: settled,
	FactReversalRefused: refused, FactConfirmationSettled: advised(Confirmation, AdviceAcknowledged),
	FactConfirmationRefused: advised(Confirmation, AdviceRefused), FactFoundIssued: resolved(true),
	FactFoundUndone: resolved(false), FactCaseClosed: caseClosed, FactHastened: hastenedNow,
}

// portrait shows every field, so that two transactions with one portrait are equal; what stands behind a pointer is
// shown as its address, and the same move gives the same address.
func portrait(t Transaction) string {
	type bare Transaction
	return fmt.Sprintf("%+v %q %q", bare(t), t.Answer.Body.Reveal(), t.Attempt.Order.Message.Reveal())
}
