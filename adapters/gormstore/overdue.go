package gormstore

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"voucherswitch/domain/voucher"
)

const (
	// latest bounds how long after its time an intent may still be committed: the watermark stays this far behind.
	latest = 10 * time.Minute
	// stride is how far the watermark moves at once, so that few passes write.
	stride = time.Minute
	// recent is what every pass walks again; one in rounds walks all from the watermark.
	recent = 30 * time.Second
	rounds = 32
	// pages is how many times the limit a pass reads at most, past intents that it cannot read.
	pages = 10
	day   = 24 * time.Hour
)

// sweep is how far this process has walked, and how often.
type sweep struct {
	passes  atomic.Int64
	decided atomic.Int64 // every intent that was seen, and whose lease ended before, is decided
}

// from is where a pass begins. A clock that ran ahead and was set right has left the watermark in the future: what is
// below it may not be decided, so the pass walks a whole day.
func (p *sweep) from(watermark, now int64) (start int64, whole bool) {
	if watermark > now {
		return now - day.Microseconds(), true
	}
	start = min(watermark, now-latest.Microseconds())
	if p.passes.Add(1)%rounds == 1 {
		return start, true
	}
	return max(start, min(p.decided.Load(), now-recent.Microseconds())), false
}

// Overdue implements ports.Journal. It walks the index of leases from a watermark below which all are decided, so
// that it never meets the settled past (lifecycle rule 8). Sending is left by any second move.
func (s *Store) Overdue(ctx context.Context, limit int) ([]voucher.Transaction, error) {
	var mark struct{ DecidedTo, Now int64 }
	err := s.reader.WithContext(ctx).Raw(
		"SELECT decided_to, ? AS now FROM watermarks WHERE name = 'leases'", s.now()).Scan(&mark).Error
	if err != nil {
		return nil, s.fault(err)
	}
	start, whole := s.from(mark.DecidedTo, mark.Now)
	lapsed, err := s.lapsed(ctx, lapsedRow{LeaseEnds: start - 1}, mark.Now, limit)
	if err != nil {
		return nil, s.fault(err)
	}
	decided := mark.Now
	if len(lapsed) > 0 {
		decided = lapsed[0].LeaseEnds
	}
	s.decided.Store(decided)
	if whole {
		s.raise(ctx, mark.DecidedTo, min(decided, mark.Now-latest.Microseconds()))
	}
	return s.readable(ctx, lapsed, mark.Now, limit)
}

// lapsedRow is an intent whose lease has ended.
type lapsedRow struct {
	TransactionID voucher.TransactionID
	LeaseEnds     int64
}

// lapsed are the undecided intents that follow one in the order of their leases.
func (s *Store) lapsed(ctx context.Context, after lapsedRow, now int64, limit int) (rows []lapsedRow, err error) {
	err = s.reader.WithContext(ctx).Raw(`SELECT o.transaction_id, o.lease_ends FROM moves o
		WHERE o.lease_ends BETWEEN ? AND ? AND (o.lease_ends > ? OR o.transaction_id > ?) AND NOT EXISTS
			(SELECT 1 FROM moves n WHERE n.transaction_id = o.transaction_id AND n.version > 1)
		ORDER BY o.lease_ends, o.transaction_id LIMIT ?`,
		after.LeaseEnds, now, after.LeaseEnds, after.TransactionID, limit).Scan(&rows).Error
	return rows, err
}

// readable replays lapsed intents. Those that cannot be read are reported, and hide no other: in their place the ones
// that follow are read.
func (s *Store) readable(
	ctx context.Context, lapsed []lapsedRow, now int64, limit int,
) (found []voucher.Transaction, broken error) {
	for page := 0; page < pages; page++ {
		for _, l := range lapsed {
			t, err := s.replay(ctx, l.TransactionID)
			if err != nil {
				broken = errors.Join(broken, s.fault(err))
				continue
			}
			found = append(found, t)
		}
		if broken == nil || len(lapsed) < limit || len(found) >= limit {
			break
		}
		var err error
		if lapsed, err = s.lapsed(ctx, lapsed[len(lapsed)-1], now, limit); err != nil {
			return found, errors.Join(broken, s.fault(err))
		}
	}
	return found, broken
}

// raise moves the watermark, and takes one back that a wrong clock has set. A pass that loses the race, or fails, costs
// the next one a longer walk and nothing else.
func (s *Store) raise(ctx context.Context, watermark, to int64) {
	if watermark <= to && to < watermark+stride.Microseconds() {
		return
	}
	_ = s.writer.WithContext(ctx).Exec(
		"UPDATE watermarks SET decided_to = ? WHERE name = 'leases' AND decided_to = ?", to, watermark).Error
}
