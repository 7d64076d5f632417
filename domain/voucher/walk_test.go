package voucher

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"voucherswitch/domain/fault"
)

// walker takes one transaction through random facts, and remembers what the transaction itself must not forget.
type walker struct {
	book
	test    *testing.T
	chance  *rand.Rand
	attempt Attempt

	pastHorizon bool
	flying      *Advice // sent to the provider and not answered yet
	sent        Sent

	withdrawn bool // a channel's reversal was accepted
	failed    bool // the provision was told an error
	byPerson  bool // an operator closed a case, or found out
	last      Fact
	been      []State
}

func TestRandomWalksKeepTheInvariants(test *testing.T) {
	const walks, steps = 130, 24
	been, world := map[State]int{}, uint64(0)
	for _, messaging := range []Messaging{SingleMessaging, DualMessaging} {
		for _, c := range []Capabilities{noAdvices, reversalsOnly, confirmationsOnly, allAdvices} {
			for _, remembers := range []bool{false, true} {
				c.RemembersReversals = remembers
				world++
				test.Run(fmt.Sprintf("messaging %d, %+v", messaging, c), func(test *testing.T) {
					for seed := range uint64(walks) {
						w := walker{test: test, chance: rand.New(rand.NewPCG(seed, world)), attempt: attempt(c, messaging)}
						w.attempt.Reservations = []Reservation{{Price: cents(5000).Amount, Most: 9000}}
						w.now = dawn
						for n := 0; n < steps && !test.Failed(); n++ {
							w.step()
						}
						if test.Failed() {
							test.Fatalf("seed %d: %v, last %s", seed, w.been, w.last)
						}
						for _, state := range w.been {
							been[state]++
						}
					}
				})
			}
		}
	}
	for state := Sending; state < State(states); state++ {
		if been[state] == 0 {
			test.Errorf("no walk came to state %s", state)
		}
	}
}

// step draws a fact, decides, holds the decision against the invariants and writes it.
func (w *walker) step() {
	if w.t.State == Absent && w.chance.IntN(8) > 0 {
		w.decided(FactOrdered, Open(w.attempt))
		return
	}
	w.pastHorizon = w.pastHorizon || w.chance.IntN(16) == 0
	switch fact := Fact(w.chance.IntN(facts)); fact {
	case FactReversalSettled, FactReversalRefused, FactConfirmationSettled, FactConfirmationRefused:
		w.forward()
	case FactFoundIssued, FactFoundUndone:
		if w.pastHorizon && w.flying == nil {
			w.decided(fact, verbs[fact](w.t, w.attempt))
		}
	case FactReverse:
		w.reverse()
	default:
		w.decided(fact, verbs[fact](w.t, w.attempt))
	}
}

// forward sends what is in the queue, or takes a random answer to what was sent.
func (w *walker) forward() {
	switch {
	case w.flying != nil:
		answer := AdviceOutcome{Kind: AdviceOutcomeKind(w.chance.IntN(4))}
		d, repeat := w.t.Advised(*w.flying, w.sent, answer)
		if repeat != RepeatNever && d.Writes() {
			w.test.Error("an answer that is not final was written")
		}
		w.flying = nil
		w.decided(d.Move.Fact, d)
	case w.t.Open == nil:
	case w.t.Open.Kind == Confirmation && w.t.State == Provisioned:
		w.decided(FactConfirmOnBehalf, w.t.ConfirmOnBehalf())
	default:
		w.flying, w.sent = w.t.Open, Sent{AfterHorizon: w.pastHorizon, Approved: w.t.Approval != nil}
	}
}

// reverse repeats the last reversal, or brings another one, now and then another channel's.
func (w *walker) reverse() {
	a := channelAdvice(w.t, Reversal)
	if n := len(w.t.Reversals); n > 0 && w.chance.IntN(2) == 0 {
		a.ID = w.t.Reversals[n-1]
	}
	if w.t.State != Absent && w.chance.IntN(4) == 0 {
		a.Channel = "another shop"
		if d := w.t.Reverse(a); d.Writes() || !fault.Is(d.Refusal, fault.NotFound) {
			w.test.Errorf("another channel's reversal: %v", d.Refusal)
		}
		return
	}
	d := w.t.Reverse(a)
	w.withdrawn = w.withdrawn || d.Refusal == nil
	w.decided(FactReverse, d)
}

func (w *walker) decided(fact Fact, d Decision) {
	w.last = fact
	before := w.t
	if !d.Writes() {
		if d.Next.Version != before.Version || d.Next.State != before.State || d.Next.Open != before.Open {
			w.test.Error("nothing is written, yet the transaction changes")
		}
		return
	}
	if d.FixesAnswer() {
		d = d.Answering(render(d.Next))
	}
	replayed, err := Replay(append(slices.Clone(w.moves), d.Move))
	if err != nil || portrait(replayed) != portrait(d.Next) {
		w.test.Errorf("replay: %v\ndecided  %s\nreplayed %s", err, portrait(d.Next), portrait(replayed))
	}
	w.byPerson = w.byPerson || d.Move.Closes > 0 || fact == FactFoundIssued || fact == FactFoundUndone
	w.write(w.test, d)
	w.now = w.now.Add(time.Duration(w.chance.IntN(5)) * time.Second)
	w.been = append(w.been, w.t.State)
	w.holdMove(before, d)
	w.holdAdvice()
	w.holdAnswer(before)
	w.holdVoucher()
	w.holdLimits()
}

// holdMove: S6, S11, S13, S14 and the law of the finals.
func (w *walker) holdMove(before Transaction, d Decision) {
	m := d.Move
	if w.t.Version != before.Version+1 {
		w.test.Errorf("version %d follows %d", w.t.Version, before.Version)
	}
	if before.State.IsFinal() && w.t.State != before.State {
		w.test.Errorf("%s leads to %s", before.State, w.t.State)
	}
	if slices.Contains(w.been, Confirmed) && slices.Contains(w.been, Reversed) {
		w.test.Error("confirmed and reversed")
	}
	if before.Open != nil && w.t.Open != before.Open && m.Settles != before.Open.ID {
		w.test.Errorf("advice %s left the queue unsettled", before.Open.ID)
	}
	if (w.last == FactApproved || w.last == FactSecondVoucher) && m.Approval == nil {
		w.test.Error("an approval was written without its voucher")
	}
	for _, c := range before.Cases {
		if c.Version != m.Closes && !slices.Contains(w.t.Cases, c) {
			w.test.Errorf("the case of version %d was dropped", c.Version)
		}
	}
}

// holdAdvice: S9, S14 and S15.
func (w *walker) holdAdvice() {
	c := w.attempt.Terms.Capabilities
	a := w.t.Open
	if a == nil {
		if w.t.State == Reversing {
			w.test.Error("a reversal is owed, and none is in the queue")
		}
		return
	}
	switch {
	case a.Kind == Reversal && (!c.Reversals || w.t.State != Reversing),
		a.Kind == Confirmation && (!c.Confirmations || w.t.State != Provisioned && w.t.State != Confirmed):
		w.test.Errorf("a %s in the queue of %s at %+v", a.Kind, w.t, c)
	case a.Kind == Reversal && a.IsOwn() && w.t.Delivered:
		w.test.Error("the switch reverses a success")
	}
}

// holdAnswer: S5 and S8.
func (w *walker) holdAnswer(before Transaction) {
	if kept := before.Answer; !kept.IsZero() &&
		(kept.Status != w.t.Answer.Status || !kept.Body.Equal(w.t.Answer.Body)) {
		w.test.Errorf("the kept answer %d became %d", kept.Status, w.t.Answer.Status)
	}
	answer, err := w.t.Reply()
	if undecided := fault.Is(err, fault.Undecided); undecided != (w.t.State == Sending) {
		w.test.Errorf("%s answers %v", w.t, err)
	}
	voucher := err == nil && answer.Status == 201
	w.failed = w.failed || !voucher && w.t.State != Sending
	if voucher && (w.withdrawn || w.failed) {
		w.test.Errorf("%s delivers a voucher after a reversal (%v) or an error (%v)", w.t, w.withdrawn, w.failed)
	}
	if w.t.State != Sending && w.t.Lookup() == nil && (w.withdrawn || w.failed) {
		w.test.Errorf("%s shows a voucher after a reversal (%v) or an error (%v)", w.t, w.withdrawn, w.failed)
	}
}

// holdVoucher: S7. Every voucher that came stands, is undone, will be undone, or is before a person.
func (w *walker) holdVoucher() {
	if w.t.Approval == nil {
		return
	}
	attended := len(w.t.Cases) > 0 || w.byPerson
	accounted := false
	switch w.t.State {
	case Provisioned, Confirmed, Parked:
		accounted = true
	case Reversing:
		accounted = w.t.Open != nil && w.t.Open.Kind == Reversal
	case Reversed:
		accounted = w.t.AdviceAnswer.Kind == AdviceAcknowledged || attended
	case Declined, NotSent, Barred:
		accounted = attended
	case Absent, Sending:
	}
	if !accounted {
		w.test.Errorf("%s: nobody accounts for its voucher", w.t)
	}
}

// holdLimits: what was taken of a limit is given back once, if and as long as nothing is sold.
func (w *walker) holdLimits() {
	given := 0
	for _, m := range w.moves {
		given += len(m.Releases)
	}
	want := 0
	switch w.t.State {
	case Declined, NotSent, Reversed:
		want = 1
	case Absent, Sending, Provisioned, Confirmed, Reversing, Parked, Barred:
	}
	if given != want {
		w.test.Errorf("%s gave back %d times, want %d", w.t, given, want)
	}
}
