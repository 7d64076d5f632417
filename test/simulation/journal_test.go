package simulation

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// store is a database.
type store interface {
	ports.Journal
	ports.AdviceQueue
	ports.Cases
	ports.Records
}

// handle is a replica's line to the database: it takes time, loses calls and answers, and dies with its replica.
type handle struct {
	store
	w    *world
	who  string // the replica
	dead atomic.Bool
}

var (
	errAway = fault.New(fault.Overloaded, "the database is away")
	errLost = fault.New(fault.Ambiguous, "the commit's answer was lost")
)

// reach takes a call to the database.
func (h *handle) reach(ctx context.Context, words ...string) error {
	if h.dead.Load() || !h.pause(ctx, append(words, "there")...) || h.dead.Load() {
		return errAway
	}
	if h.w.during(databaseAway) || h.w.strikes(databaseFails, append(words, h.who)...) {
		return errAway
	}
	return nil
}

func (h *handle) pause(ctx context.Context, words ...string) bool {
	return rest(ctx, h.w.between(200*time.Microsecond, 4*time.Millisecond, append(words, h.who, instant())...))
}

// answered takes the answer back; it is lost when the replica died meanwhile.
func (h *handle) answered(ctx context.Context, words ...string) bool {
	return h.pause(ctx, append(words, "back")...) && !h.dead.Load()
}

// Append implements ports.Journal.
func (h *handle) Append(ctx context.Context, d voucher.Decision) error {
	words := []string{"append", string(d.Move.Transaction), fmt.Sprint(d.Move.Version)}
	if err := h.reach(ctx, words...); err != nil {
		return err
	}
	fails := func(k kind) bool { return h.w.strikes(k, append(words, h.who)...) }
	switch {
	case fails(commitLost):
		h.pause(ctx, append(words, "lost")...)
		return errLost
	case fails(commitUnanswered):
		_ = h.commit(d)
		h.pause(ctx, append(words, "unanswered")...)
		return errLost
	case fails(commitDelayed):
		later := h.w.between(100*time.Millisecond, 8*time.Second, append(words, h.who, instant(), "later")...)
		time.AfterFunc(later, func() { _ = h.commit(d) })
		h.pause(ctx, append(words, "delayed")...)
		return errLost
	}
	if fails(commitHangs) {
		if h.w.part(append(words, "kept")...) < 0.5 {
			_ = h.commit(d)
		}
		rest(ctx, h.w.between(time.Second, 20*time.Second, append(words, instant(), "hangs")...))
		return errLost
	}
	err := h.commit(d)
	if !h.answered(ctx, words...) {
		return errLost
	}
	return err
}

// commit is what happens in the database.
func (h *handle) commit(d voucher.Decision) error {
	err := h.w.defect.commit(h.store, d)
	if err == nil {
		h.w.moved(h.who, d.Move)
	}
	return err
}

// Find implements ports.Journal.
func (h *handle) Find(ctx context.Context, key voucher.Key) (t voucher.Transaction, err error) {
	words := []string{"find", string(key.ID), key.SerialNumber}
	if err = h.reach(ctx, words...); err != nil {
		return t, err
	}
	t, err = h.store.Find(context.WithoutCancel(ctx), key)
	if !h.answered(ctx, words...) {
		return voucher.Transaction{}, errAway
	}
	return t, err
}

// Overdue implements ports.Journal.
func (h *handle) Overdue(ctx context.Context, limit int) (found []voucher.Transaction, err error) {
	if err = h.reach(ctx, "overdue"); err != nil {
		return nil, err
	}
	found, err = h.store.Overdue(context.WithoutCancel(ctx), limit)
	if !h.answered(ctx, "overdue") {
		return nil, errAway
	}
	return found, err
}

// Claim implements ports.AdviceQueue.
func (h *handle) Claim(
	ctx context.Context, id voucher.ProviderID, lease time.Duration, limit int,
) ([]voucher.Advice, error) {
	return h.claim(ctx, "claim "+string(id), func(ctx context.Context) ([]voucher.Advice, error) {
		return h.store.Claim(ctx, id, lease, limit)
	})
}

// ClaimOldest implements ports.AdviceQueue.
func (h *handle) ClaimOldest(
	ctx context.Context, id voucher.ProviderID, lease time.Duration,
) ([]voucher.Advice, error) {
	return h.claim(ctx, "claim oldest "+string(id), func(ctx context.Context) ([]voucher.Advice, error) {
		return h.store.ClaimOldest(ctx, id, lease)
	})
}

func (h *handle) claim(
	ctx context.Context, what string, ask func(context.Context) ([]voucher.Advice, error),
) ([]voucher.Advice, error) {
	if err := h.reach(ctx, what); err != nil {
		return nil, err
	}
	claimed, err := ask(context.WithoutCancel(ctx))
	if !h.answered(ctx, what) || len(claimed) > 0 && h.w.strikes(claimUnanswered, what, h.who) {
		return nil, errAway
	}
	return claimed, err
}

// Postpone implements ports.AdviceQueue.
func (h *handle) Postpone(ctx context.Context, claimed voucher.Advice, delay time.Duration) error {
	return h.act(ctx, "postpone "+string(claimed.Transaction), func(ctx context.Context) error {
		return h.store.Postpone(ctx, claimed, delay)
	})
}

// BackOff implements ports.AdviceQueue.
func (h *handle) BackOff(ctx context.Context, claimed voucher.Advice, delay time.Duration) error {
	return h.act(ctx, "back off "+string(claimed.Transaction), func(ctx context.Context) error {
		return h.store.BackOff(ctx, claimed, delay)
	})
}

// Hasten implements ports.AdviceQueue.
func (h *handle) Hasten(ctx context.Context, id voucher.ProviderID) error {
	return h.act(ctx, "hasten "+string(id), func(ctx context.Context) error { return h.store.Hasten(ctx, id) })
}

func (h *handle) act(ctx context.Context, what string, act func(context.Context) error) error {
	if err := h.reach(ctx, what); err != nil {
		return err
	}
	err := act(context.WithoutCancel(ctx))
	if !h.answered(ctx, what) {
		return errAway
	}
	return err
}
