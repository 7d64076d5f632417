package application

import (
	"context"
	"slices"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// Provision sells a voucher: permit, intent, question, outcome, answer. Write, ask, write; nothing is held between.
func (s *Switch) Provision(ctx context.Context, o voucher.Order) (voucher.Transaction, error) {
	attempts, err := s.route(ctx, o)
	if err != nil {
		return s.unlessTaken(ctx, o, err)
	}
	t, err := s.provision(ctx, attempts)
	if fault.Is(err, fault.Duplicate) || fault.Is(err, fault.Unavailable) {
		return s.unlessTaken(ctx, o, err)
	}
	return t, err
}

// Retry answers a kept outcome again, waits for one that is on its way, or provisions an id never seen.
func (s *Switch) Retry(ctx context.Context, o voucher.Order) (voucher.Transaction, error) {
	t, err := s.find(ctx, voucher.ByID(o.ID))
	if err != nil {
		return voucher.Transaction{}, err
	}
	if t.State == voucher.Absent || t.State == voucher.Barred || !t.IsOwnedBy(o.Channel.ID) {
		attempts, err := s.route(ctx, o)
		if err != nil {
			return s.unlessTaken(ctx, o, err)
		}
		if attempts = slices.DeleteFunc(attempts, takesNoRetries); len(attempts) == 0 {
			return voucher.Transaction{}, hardDecline()
		}
		if t.State != voucher.Absent {
			return t.DisclosedTo(o)
		}
		if t, err = s.provision(ctx, attempts); !fault.Is(err, fault.Duplicate) {
			return t, err
		}
		return s.Retry(ctx, o) // somebody was faster; now there is something to answer from
	}
	if !t.Terms().Capabilities.Retries {
		return voucher.Transaction{}, hardDecline()
	}
	if !t.Attempt.Order.SameSale(o) {
		return voucher.Transaction{}, fault.New(fault.Invalid,
			"product, amounts, receiver and client must be those of the original request")
	}
	t, err = reply(s.awaitOutcome(ctx, t))
	t.Answer = t.Answer.Again()
	return t, err
}

// provision asks the first provider that the gate lets through, once. fault.Duplicate: the id is taken.
func (s *Switch) provision(ctx context.Context, attempts []voucher.Attempt) (voucher.Transaction, error) {
	attempt, report, err := s.admit(attempts)
	if err != nil {
		return voucher.Transaction{}, err
	}
	defer report(voucher.HealthUnknown) // whatever happens, the permit comes back
	ctx, cancel := s.detached(ctx)
	defer cancel()
	attempt.SendBy = s.Clock().Add(s.Timing.SendGuard)
	t, err := s.intend(ctx, attempt)
	if err != nil {
		return voucher.Transaction{}, err
	}
	if t.State != voucher.Sending {
		return reply(t)
	}
	if s.Clock().After(attempt.SendBy) {
		return s.record(ctx, t, voucher.NothingSent())
	}
	outcome := s.ask(ctx, t, attempt)
	report(outcome.Health())
	return s.record(ctx, t, outcome)
}

// admit gets a permit for the first attempt that the gate lets through. Fail-over ends here: after the intent nobody
// else is asked (lifecycle rule 2).
func (s *Switch) admit(attempts []voucher.Attempt) (
	chosen voucher.Attempt, report func(voucher.Health), err error,
) {
	for _, chosen = range attempts {
		if report, err = s.Gate.Admit(chosen.Terms.Provider, voucher.ForProvisions); err == nil {
			break
		}
	}
	return chosen, report, err
}

func takesNoRetries(a voucher.Attempt) bool { return !a.Terms.Capabilities.Retries }

// intend makes the intent durable. Only who did so may send, and only while nothing else has happened: after a lost
// commit answer the transaction is read back, and a reversal may have come first.
func (s *Switch) intend(ctx context.Context, attempt voucher.Attempt) (voucher.Transaction, error) {
	d := voucher.Open(attempt)
	lost, err := s.append(ctx, d)
	if err != nil || !lost {
		return d.Next, err
	}
	return s.read(ctx, d.Next.ID)
}

// ask sends the one request. After the switch's own time-out the answer is awaited on, until the horizon, as evidence.
func (s *Switch) ask(ctx context.Context, t voucher.Transaction, attempt voucher.Attempt) voucher.Outcome {
	vendor := s.vendors[attempt.Terms.Provider]
	call, hangUp := context.WithTimeout(context.WithoutCancel(ctx), attempt.Terms.Horizon)
	stop := context.AfterFunc(s.listening, hangUp)
	answered := make(chan voucher.Outcome, 1)
	go func() {
		defer hangUp()
		defer stop()
		answered <- vendor.provision(call, attempt, s.Log)
	}()
	timeout := time.NewTimer(vendor.Timeout)
	defer timeout.Stop()
	select {
	case o := <-answered:
		return o
	case <-timeout.C:
		s.listenOn(t, answered, hangUp)
		return voucher.TimedOut()
	}
}

// listenOn keeps a late answer as evidence. A provider has maxLate listeners at most; further calls are hung up.
func (s *Switch) listenOn(t voucher.Transaction, answered <-chan voucher.Outcome, hangUp func()) {
	late := s.lanes[t.Terms().Provider].late
	select {
	case late <- struct{}{}:
	default:
		hangUp()
		return
	}
	s.work.Go(func() {
		defer func() { <-late }()
		if o := <-answered; o.Kind != voucher.OutcomeInDoubt {
			_, _ = s.record(context.Background(), t, o)
		}
	})
}

// record writes the outcome and answers from what then stands. A voucher that cannot be recorded is never delivered:
// when ctx ends the channel is told fault.Undecided, while the recording goes on until the lease's end.
func (s *Switch) record(ctx context.Context, t voucher.Transaction, o voucher.Outcome) (voucher.Transaction, error) {
	type recorded struct {
		t   voucher.Transaction
		err error
	}
	draft, done := s.draft(), make(chan recorded, 1)
	s.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.Terms().Lease)
		defer cancel()
		t, err := s.persist(ctx, t, func(t voucher.Transaction) voucher.Decision { return t.Record(o, draft) })
		if err != nil {
			s.Log.Error("an outcome is not recorded", "transaction", t.ID, "outcome", o.Kind, "error", err)
		}
		done <- recorded{t, err}
	})
	select {
	case r := <-done:
		if fault.Is(r.err, fault.Internal) || r.err == nil {
			return reply(r.t)
		}
	case <-ctx.Done():
	}
	return voucher.Transaction{}, fault.New(fault.Undecided, "the outcome is not known yet; ask again")
}

// unlessTaken is the refusal of an order, unless its id is used already: then the channel is told that, with its own
// sale's details and nobody else's, for a refusal before the intent would say that the id is free.
func (s *Switch) unlessTaken(ctx context.Context, o voucher.Order, refusal error) (voucher.Transaction, error) {
	t, err := s.find(ctx, voucher.ByID(o.ID))
	switch {
	case err != nil:
		return voucher.Transaction{}, err
	case t.State == voucher.Absent:
		return voucher.Transaction{}, refusal
	default:
		return t.DisclosedTo(o)
	}
}

// reply puts the kept answer into the transaction.
func reply(t voucher.Transaction) (voucher.Transaction, error) {
	answer, err := t.Reply()
	t.Answer = answer
	return t, err
}

// awaitOutcome waits for a provision in flight, never longer than its own deadline.
func (s *Switch) awaitOutcome(ctx context.Context, t voucher.Transaction) voucher.Transaction {
	deadline := t.OpenedAt.Add(s.ChannelDeadline)
	return s.await(ctx, t, min(deadline.Sub(s.Clock()), s.ChannelDeadline), isDecided)
}

func isDecided(t voucher.Transaction) bool {
	_, err := t.Reply()
	return !fault.Is(err, fault.Undecided)
}

func hardDecline() error {
	return fault.New(fault.HardDecline, "this provider does not support retries")
}
