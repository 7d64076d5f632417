package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"voucherswitch/bootstrap/bench"
)

const (
	// lane is how many advices the switch has in flight at a provider as it comes (providers.*.max_advices).
	lane = 16
	// drainedWithin bounds what a lane may take for one turn: it tries a provider that was away every ten seconds.
	drainedWithin = 2 * time.Minute
)

// advices compares how many reversals a second the switch delivers to a provider that was away with a bare queue of as
// many workers; and it sees whether the lane keeps up with a channel that reverses as fast as it sells.
func advices(ctx context.Context, w *world) (err error) {
	r, err := w.serveNew(ctx, plan{database: "advices", wait: time.Millisecond})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	count := 1000
	b, err := w.compare(ctx, "advices", rated("switch", func(ctx context.Context) (float64, error) {
		w.vendor.refuses.Store(true)
		defer w.vendor.refuses.Store(false)
		if count, err = w.sellAndReverse(ctx, r); err != nil {
			return 0, err
		}
		w.vendor.forget()
		w.vendor.refuses.Store(false)
		rate, _, err := w.awaitDelivered(ctx, count)
		return rate, err
	}), rated("bare queue", func(ctx context.Context) (float64, error) { return w.bareQueue(ctx, count) }),
		contender{"keeping up", func(ctx context.Context, b book) error {
			w.vendor.forget()
			count, err := w.sellAndReverse(ctx, r)
			if err != nil {
				return err
			}
			ended := time.Now()
			_, latest, err := w.awaitDelivered(ctx, count)
			b.add("seconds until the last is delivered", max(latest.Sub(ended).Seconds(), 0))
			b.add("reversals accepted a second", float64(count)/w.measure.Seconds())
			return err
		}})
	if err != nil {
		return err
	}
	w.report.ratio("advices", goal{"advices delivered / by a bare queue of leases", 2, true}, b, "switch", "bare queue",
		fmt.Sprintf("a second, of %d owed", count))
	w.report.judge("advices", goal{"seconds by which the last advice of a load is late", 1, false},
		b.median("seconds until the last is delivered"), "with %s reversals accepted a second, 64 callers",
		number(b.median("reversals accepted a second")))
	return nil
}

// sellAndReverse lets callers reverse as often as they sell, and tells how many reversals were accepted.
func (w *world) sellAndReverse(ctx context.Context, r *replica) (count int, err error) {
	report, err := w.load(ctx, r, func(o *bench.Options) {
		o.Concurrency, o.WarmUp = 64, 0
		o.Mix = []bench.Share[string]{{Value: bench.Provision, Weight: 1}, {Value: bench.Reversal, Weight: 1}}
	})
	if err := errors.Join(err, notLost(report)); err != nil {
		return 0, err
	}
	for _, o := range report.Outcomes {
		if o.Operation == bench.Reversal && !o.Error {
			count += int(o.Count)
		}
	}
	return count, nil
}

// awaitDelivered waits until the vendor has had so many advices. The rate leaves out the first twentieth, by which a
// lane finds that the provider is back.
func (w *world) awaitDelivered(ctx context.Context, count int) (rate float64, latest time.Time, err error) {
	for deadline := time.Now().Add(drainedWithin); ; {
		if all := w.vendor.delivered(); len(all) >= count && count > 1 {
			first := len(all) / 20
			latest = all[len(all)-1]
			return float64(len(all)-1-first) / latest.Sub(all[first]).Seconds(), latest, nil
		}
		if time.Now().After(deadline) {
			return 0, latest, fmt.Errorf("%d of %d advices were delivered in %s", len(w.vendor.delivered()), count,
				drainedWithin)
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return 0, latest, err
		}
	}
}

// bareQueue delivers so many messages: each is claimed by compare-and-set, delivered, and deleted, by as many workers
// as the switch's lane has.
func (w *world) bareQueue(ctx context.Context, count int) (rate float64, err error) {
	if err := w.create(ctx, "bare"); err != nil {
		return 0, err
	}
	db, err := w.open("bare")
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	db.SetMaxIdleConns(lane)
	body := bytes.Repeat([]byte{'m'}, 500)
	err = execute(ctx, db,
		statement{`CREATE TABLE queue (id CHAR(36) CHARACTER SET ascii PRIMARY KEY, due BIGINT NOT NULL, epoch INT NOT NULL,
			body BLOB NOT NULL, KEY (due))`, nil},
		statement{fmt.Sprintf("INSERT INTO queue SELECT UUID(), seq, 0, ? FROM seq_1_to_%d", count), []any{body}})
	if err != nil {
		return 0, err
	}
	q, err := prepareQueue(ctx, db, w.vendor.url+"/vouchers/reversals")
	if err != nil {
		return 0, err
	}
	w.vendor.forget()
	var left atomic.Int64
	left.Store(int64(count))
	failed := make(chan error, lane)
	for range lane {
		go func() {
			var err error
			for err == nil && left.Load() > 0 {
				var done bool
				if done, err = q.deliver(ctx); done {
					left.Add(-1)
				}
			}
			failed <- err
		}()
	}
	for range lane {
		err = errors.Join(err, <-failed)
	}
	if err != nil {
		return 0, err
	}
	rate, _, err = w.awaitDelivered(ctx, count)
	return rate, err
}

// queue is the bare one.
type queue struct {
	url                  string
	client               *http.Client
	due, claim, complete *sql.Stmt
}

func prepareQueue(ctx context.Context, db *sql.DB, url string) (q queue, err error) {
	q = queue{url: url, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: lane}}}
	for into, text := range map[**sql.Stmt]string{
		&q.due:      "SELECT id, epoch, body FROM queue WHERE due <= ? ORDER BY due LIMIT ?, 1",
		&q.claim:    "UPDATE queue SET due = ?, epoch = epoch + 1 WHERE id = ? AND epoch = ?",
		&q.complete: "DELETE FROM queue WHERE id = ?",
	} {
		var failed error
		*into, failed = db.PrepareContext(ctx, text) //nolint:sqlclosecheck // closed with the pool
		err = errors.Join(err, failed)
	}
	return q, err
}

// deliver takes one of the messages that are due, so that workers seldom meet, and delivers it if it could be claimed.
func (q queue) deliver(ctx context.Context) (done bool, err error) {
	var (
		id    string
		epoch int
		body  []byte
		now   = time.Now()
	)
	err = q.due.QueryRowContext(ctx, now.UnixMicro(), rand.IntN(2*lane)).Scan(&id, &epoch, &body)
	if errors.Is(err, sql.ErrNoRows) {
		err = q.due.QueryRowContext(ctx, now.UnixMicro(), 0).Scan(&id, &epoch, &body)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return false, pause(ctx, time.Millisecond)
	}
	if err != nil {
		return false, err
	}
	won, err := q.claim.ExecContext(ctx, now.Add(time.Minute).UnixMicro(), id, epoch)
	if err != nil {
		return false, err
	}
	if rows, err := won.RowsAffected(); err != nil || rows == 0 {
		return false, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, q.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	answer, err := q.client.Do(request)
	if err != nil {
		return false, err
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	_, err = q.complete.ExecContext(ctx, id)
	return err == nil, err
}
