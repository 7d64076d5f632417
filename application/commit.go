package application

import (
	"context"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

const (
	firstPause = 20 * time.Millisecond
	longPause  = 250 * time.Millisecond
)

// commit decides and appends until a decision stands. If somebody moved first it reads again and decides again, so
// decide must be a pure verb. If a commit's answer was lost it appends the very same move until the key decides, and
// then answers from the last move, because a reversal may stand on top (lifecycle rule 4).
func (s *Switch) commit(
	ctx context.Context, t voucher.Transaction, decide func(voucher.Transaction) voucher.Decision,
) (voucher.Transaction, error) {
	for {
		d := decide(t)
		if !d.Writes() {
			return d.Next, d.Refusal
		}
		if d.FixesAnswer() {
			d = d.Answering(s.Render(d.Next))
		}
		lost, err := s.append(ctx, d)
		if err == nil && !lost {
			return d.Next, d.Refusal
		}
		if err != nil && !fault.Is(err, fault.Stale) && !fault.Is(err, fault.Duplicate) {
			return t, err
		}
		if t, err = s.read(ctx, d.Move.Transaction); err != nil {
			return t, err
		}
	}
}

// append writes a decision. lost says that an answer of the database was lost on the way, so that the journal may
// know more than the caller.
func (s *Switch) append(ctx context.Context, d voucher.Decision) (lost bool, err error) {
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		err := s.Journal.Append(ctx, d)
		switch {
		case err == nil:
			s.announce(d)
			return lost, nil
		case fault.Is(err, fault.Ambiguous):
			lost = true
		case lost && (fault.Is(err, fault.Overloaded) || fault.Is(err, fault.LimitExceeded)):
		default:
			return lost, err
		}
		if !sleep(ctx, pause) {
			return lost, fault.Wrap(fault.Undecided, err, "the outcome is not known yet; ask again")
		}
	}
}

// read is the last move's transaction, for a decision that must not be given up while ctx lasts.
func (s *Switch) read(ctx context.Context, id voucher.TransactionID) (voucher.Transaction, error) {
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		t, err := s.Journal.Find(ctx, voucher.ByID(id))
		if err == nil {
			return t, nil
		}
		if !sleep(ctx, pause) {
			return t, fault.Wrap(fault.Undecided, err, "the outcome is not known yet; ask again")
		}
	}
}

// persist commits what must not be lost: it goes on, while ctx lasts, when the database is away.
func (s *Switch) persist(
	ctx context.Context, t voucher.Transaction, decide func(voucher.Transaction) voucher.Decision,
) (voucher.Transaction, error) {
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		next, err := s.commit(ctx, t, decide)
		if !fault.Is(err, fault.Overloaded) || !sleep(ctx, pause) {
			return next, err
		}
	}
}

// announce tells those who wait for the transaction, the lane that an advice came in for, and people about a case.
func (s *Switch) announce(d voucher.Decision) {
	s.watch.ring(d.Next.ID)
	if d.Move.Queues != nil || d.Move.Hastens != "" {
		s.wake(d.Next.Terms().Provider)
	}
	if _, configured := s.lanes[d.Next.Terms().Provider]; d.Move.Queues != nil && !configured {
		s.Log.Error("an advice is owed to a provider that is not configured: bring it back", "transaction", d.Next.ID,
			"provider", d.Next.Terms().Provider)
	}
	if d.Move.Opens != voucher.NoQuestion {
		s.Log.Error("a case waits for a person", "transaction", d.Move.Transaction, "version", d.Move.Version,
			"question", d.Move.Opens)
	}
}

func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
