package application

import (
	"context"
	"sync"
	"time"

	"voucherswitch/domain/voucher"
)

// watch rings a bell for those who wait for a transaction to move on this replica. A bell may ring for nothing;
// another replica's moves ring none, so waiters re-read the journal as well.
type watch struct {
	mu    sync.Mutex
	bells map[voucher.TransactionID]*bell
}

type bell struct {
	rung    chan struct{}
	waiting int
}

// listen gives a channel that closes when the transaction moves, and a function to stop listening.
func (w *watch) listen(id voucher.TransactionID) (rung <-chan struct{}, stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bells == nil {
		w.bells = map[voucher.TransactionID]*bell{}
	}
	b, ok := w.bells[id]
	if !ok {
		b = &bell{rung: make(chan struct{})}
		w.bells[id] = b
	}
	b.waiting++
	return b.rung, func() { w.leave(id, b) }
}

func (w *watch) leave(id voucher.TransactionID, b *bell) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b.waiting--; b.waiting == 0 && w.bells[id] == b {
		delete(w.bells, id)
	}
}

func (w *watch) ring(id voucher.TransactionID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b, ok := w.bells[id]; ok {
		close(b.rung)
		delete(w.bells, id)
	}
}

// await re-reads the transaction until it satisfies enough or the wait is over, and returns it as last read.
func (s *Switch) await(
	ctx context.Context, t voucher.Transaction, wait time.Duration, enough func(voucher.Transaction) bool,
) voucher.Transaction {
	ctx, cancel := context.WithTimeout(ctx, max(wait, 0))
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		rung, stop := s.watch.listen(t.ID)
		if fresh, err := s.Journal.Find(ctx, voucher.ByID(t.ID)); err == nil {
			t = fresh
		}
		over := enough(t) || !listenOrSleep(ctx, rung, pause)
		stop()
		if over {
			return t
		}
	}
}

func listenOrSleep(ctx context.Context, rung <-chan struct{}, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-rung:
		return true
	case <-timer.C:
		return true
	}
}
