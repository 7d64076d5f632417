package trial

import (
	"context"
	"fmt"
	"time"

	"voucherswitch/domain/voucher"
)

const (
	firstPause  = 200 * time.Millisecond // between two attempts at a reversal
	longestWait = 2 * time.Minute        // for a reversal to be acknowledged
)

// tidy reverses what still stands, ctx or not. A voucher that may come late is reversed once more when it no longer can
// (lifecycle, the settle rule).
func (t *trial) tidy(ctx context.Context) {
	const name, expected = "everything that was sold is reversed", "no voucher is left standing"
	ctx = context.WithoutCancel(ctx)
	switch {
	case !t.Sell:
		t.skip(name, expected, "nothing is sold without --sell")
		return
	case len(t.open) > 0 && !t.Provider.Capabilities.Reversals:
		t.skip(name, expected, "the provider takes no reversals; left standing: "+t.standingIDs())
		return
	}
	t.try(ctx, name, expected, func() (string, bool) {
		owed := len(t.open)
		if owed == 0 {
			return "nothing stood any more", true
		}
		for _, s := range append([]*sale(nil), t.open...) {
			if t.reverse(ctx, s) {
				t.settled(s)
			}
		}
		if len(t.open) > 0 {
			return "left standing, or nobody can tell: " + t.standingIDs(), false
		}
		return fmt.Sprintf("reversed %d that still stood", owed), true
	})
}

// reverse repeats a sale's reversal until that has settled it, for a while; then it is false.
func (t *trial) reverse(ctx context.Context, s *sale) bool {
	reversal := t.adviceOn(voucher.Reversal, s.attempt, s.approval)
	horizon := s.began.Add(t.Provider.LongestProcessing)
	if s.approval != nil || t.Provider.Capabilities.RemembersReversals {
		horizon = s.began
	}
	end := time.Now().Add(longestWait + time.Until(horizon))
	for pause := firstPause; ; pause = min(2*pause, time.Minute) {
		final := !time.Now().Before(horizon)
		switch t.deliver(ctx, reversal).Kind {
		case voucher.AdviceRefused:
			return false
		case voucher.AdviceNotFound:
			if final {
				return s.approval == nil
			}
			pause = max(pause, time.Until(horizon))
		case voucher.AdviceAcknowledged:
			if final {
				return true
			}
			pause = max(pause, time.Until(horizon))
		case voucher.AdviceUnanswered, voucher.AdviceDeferred:
		}
		if time.Now().Add(pause).After(end) {
			return false
		}
		time.Sleep(pause)
	}
}
