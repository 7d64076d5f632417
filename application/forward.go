package application

import (
	"context"
	"sync/atomic"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

const (
	firstRepeat = time.Second
	lastRepeat  = 5 * time.Minute
	// oldestEvery is how often a lane's oldest advice is tried: with an open breaker's five seconds and a chore's rest,
	// at least every ten seconds.
	oldestEvery = 4 * time.Second
	// resumeEvery is how often answers from a provider that was away make what backs off due: one answer tells as much
	// as the many that come with it.
	resumeEvery = time.Second
)

// Forwarder is one provider's lane of store and forward: it delivers advices until a final answer, without end, and
// delays no other provider's. Each advice backs off for itself; the oldest is tried often, and when the provider is
// back, all that back off are due at once.
type Forwarder struct {
	*Switch
	vendor  Vendor
	width   int
	tried   time.Time // when the oldest was claimed last, by Pass only
	busy    atomic.Int64
	resumed atomic.Int64 // when what backs off was made due last, in nanoseconds
}

var _ ports.Chore = (*Forwarder)(nil)

// Forwarder makes the lane of a provider, which claims width advices at a time; the Gate limits how many are under way.
func (s *Switch) Forwarder(provider voucher.ProviderID, width int) *Forwarder {
	return &Forwarder{Switch: s, vendor: s.vendors[provider], width: width}
}

// Woken receives when an advice came in or was hastened on this replica, or half of the lane is free.
func (f *Forwarder) Woken() <-chan struct{} { return f.lanes[f.vendor.ID].woken }

// Pass claims what is due and as much as there are permits for, and starts its delivery. Permits come first, so that
// nothing is claimed that may not be tried.
func (f *Forwarder) Pass(ctx context.Context) (int, error) {
	permits := f.permits()
	if len(permits) == 0 {
		return 0, nil
	}
	claimed, err := f.claim(ctx, len(permits))
	for _, unused := range permits[len(claimed):] {
		unused(voucher.HealthUnknown)
	}
	for i, a := range claimed {
		f.busy.Add(1)
		f.work.Go(func() {
			health := voucher.HealthUnknown
			defer func() { permits[i](health); f.isFree() }()
			health = f.forward(context.WithoutCancel(ctx), a)
		})
	}
	return len(claimed), err
}

// isFree asks for more once half of the lane is free, so that a claim, which is a commit, takes several.
func (f *Forwarder) isFree() {
	if f.busy.Add(-1) <= int64(f.width/2) {
		f.wake(f.vendor.ID)
	}
}

func (f *Forwarder) permits() (permits []func(voucher.Health)) {
	for range f.width {
		report, err := f.Gate.Admit(f.vendor.ID, voucher.ForAdvices)
		if err != nil {
			break
		}
		permits = append(permits, report)
	}
	return permits
}

// claim takes the oldest of those that back off when it is its turn, else what is due.
func (f *Forwarder) claim(ctx context.Context, limit int) ([]voucher.Advice, error) {
	if now := f.Clock(); isTime(now, f.tried, oldestEvery) {
		f.tried = now
		if oldest, err := f.Queue.ClaimOldest(ctx, f.vendor.ID, f.AdviceLease); err != nil || len(oldest) > 0 {
			return oldest, err
		}
	}
	return f.Queue.Claim(ctx, f.vendor.ID, f.AdviceLease, limit)
}

// forward makes one attempt and tells what it says about the provider. If the process dies anywhere in it, the claim's
// lease ends and the advice is due again.
func (f *Forwarder) forward(ctx context.Context, claimed voucher.Advice) voucher.Health {
	ctx, cancel := context.WithTimeout(ctx, f.AdviceLease)
	defer cancel()
	t, err := f.Journal.Find(ctx, voucher.ByID(claimed.Transaction))
	if err == nil && isOpen(t, claimed) && t.State == voucher.Provisioned {
		t, err = f.commit(ctx, t, voucher.Transaction.ConfirmOnBehalf)
	}
	if err != nil {
		f.Log.Warn("an advice waits for its next attempt", "advice", claimed.ID, "error", err)
		f.postpone(ctx, claimed, voucher.RepeatLater)
		return voucher.HealthUnknown
	}
	if !isOpen(t, claimed) {
		return voucher.HealthUnknown // superseded or settled since it was claimed
	}
	advice, sent := *t.Open, voucher.Sent{AfterHorizon: claimed.Claim.AfterHorizon(), Approved: t.Approval != nil}
	advice.Claim = claimed.Claim
	answer := f.vendor.advise(ctx, advice, f.Log)

	var repeat voucher.Repeat
	_, err = f.persist(ctx, t, func(t voucher.Transaction) (d voucher.Decision) {
		d, repeat = t.Advised(advice, sent, answer)
		return d
	})
	if err != nil {
		f.Log.Error("a provider's answer to an advice is not recorded", "advice", advice.ID, "error", err)
		repeat = voucher.RepeatLater
	}
	f.postpone(ctx, advice, repeat)
	if isAnswered(answer.Kind) && advice.Claim.Attempt > 1 {
		f.resume(ctx)
	}
	return answer.Health()
}

// isAnswered tells an answer that is no mere "not now".
func isAnswered(k voucher.AdviceOutcomeKind) bool {
	return k != voucher.AdviceUnanswered && k != voucher.AdviceDeferred
}

// resume makes the lane's advices that back off due now, for the provider answers again.
func (f *Forwarder) resume(ctx context.Context) {
	now, last := f.Clock(), f.resumed.Load()
	if !isTime(now, time.Unix(0, last), resumeEvery) || !f.resumed.CompareAndSwap(last, now.UnixNano()) {
		return
	}
	if err := f.Queue.Hasten(ctx, f.vendor.ID); err != nil {
		f.Log.Warn("advices wait for their next attempts", "provider", f.vendor.ID, "error", err)
		return
	}
	f.wake(f.vendor.ID)
}

// isTime tells that so much has passed since the last time, or that the clock was set back since.
func isTime(now, last time.Time, every time.Duration) bool {
	since := now.Sub(last)
	return since < 0 || since >= every
}

// postpone says when the next attempt is due. If that is not recorded, it is due when the claim's lease ends.
func (f *Forwarder) postpone(ctx context.Context, a voucher.Advice, repeat voucher.Repeat) {
	var err error
	switch repeat {
	case voucher.RepeatNever:
	case voucher.RepeatLater:
		err = f.Queue.BackOff(ctx, a, f.backoff(a.Claim.Attempt))
	case voucher.RepeatAtHorizon:
		err = f.Queue.Postpone(ctx, a, a.Claim.UntilHorizon)
	case voucher.RepeatAtOnce:
		err = f.Queue.Postpone(ctx, a, 0)
	}
	if err != nil && !fault.Is(err, fault.Stale) {
		f.Log.Warn("an advice is due again when its lease ends", "advice", a.ID, "error", err)
	}
}

// backoff doubles from a second to five minutes, with full jitter.
func (f *Forwarder) backoff(attempt int) time.Duration {
	ceiling := lastRepeat
	if shift := max(attempt-1, 0); shift < 9 {
		ceiling = min(firstRepeat<<shift, lastRepeat)
	}
	return time.Duration(f.Chance() * float64(ceiling))
}

// isOpen tells that the history owes the advice, and to that provider: by the queue alone, which no link covers, some
// other one could acknowledge a reversal.
func isOpen(t voucher.Transaction, a voucher.Advice) bool {
	return t.Open != nil && t.Open.ID == a.ID && t.Open.Provider == a.Provider
}

// wake tells a provider's lane that something may be due.
func (s *Switch) wake(provider voucher.ProviderID) {
	select {
	case s.lanes[provider].woken <- struct{}{}:
	default:
	}
}
