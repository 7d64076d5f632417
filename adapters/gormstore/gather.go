package gormstore

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

const (
	// widest is how many decisions one commit takes at most, where Options do not say.
	widest = 64
	// longest is how long one commit may take.
	longest = 8 * time.Second
)

// errSpoiled says that one decision of a batch waits for a lock, so that each is to be written for itself.
var errSpoiled = errors.New("a decision of the batch waits for a lock")

// entry is a decision that waits for its commit.
type entry struct {
	written
	move   voucher.Move
	opened struct { // the first move of a decision that gives back what it took
		Owner string
		At    int64
	}
	taken bool       // by a flusher; guarded by gatherer.mu
	done  chan error // receives once
}

// entryOf seals a move's contents, once and outside any transaction.
func (s *Store) entryOf(v voucher.Move) (*entry, error) {
	w, err := s.rowOf(v)
	if err == nil {
		w.contents, err = s.sealed(w.contents)
	}
	return &entry{written: w, move: v, done: make(chan error, 1)}, err
}

// gatherer lets decisions that come at the same time share one commit, since a commit costs a sync of the disk. A lone
// decision waits for nobody.
type gatherer struct {
	mu       sync.Mutex
	pending  []*entry
	flushing int // flushers at work
	most     int // decisions that a commit takes
}

// gather queues a decision and waits for its commit. When ctx ends first, the decision is withdrawn, or, once its
// commit is on its way, fault.Ambiguous.
func (s *Store) gather(ctx context.Context, e *entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	s.pending = append(s.pending, e)
	if s.flushing < s.commits {
		s.flushing++
		go s.flush()
	}
	s.mu.Unlock()
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return s.withdraw(ctx, e)
	}
}

func (s *Store) withdraw(ctx context.Context, e *entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.taken {
		return fault.Wrap(fault.Ambiguous, ctx.Err(), "a commit was not waited for")
	}
	e.taken = true
	return ctx.Err()
}

// take gives a flusher its next entries; none ends it.
func (s *Store) take() (batch []*entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(batch) < s.most && len(s.pending) > 0 {
		if e := s.pending[0]; !e.taken {
			e.taken = true
			batch = append(batch, e)
		}
		s.pending = s.pending[1:]
	}
	if len(batch) == 0 {
		s.flushing--
	}
	return batch
}

func (s *Store) flush() {
	for batch := s.take(); len(batch) > 0; batch = s.take() {
		outcomes, err := s.write(batch)
		if errors.Is(err, errHeld) {
			batch = putAside(batch, err)
			outcomes, err = s.write(batch)
		}
		var known *fault.Error
		alone := len(batch) == 1 || errors.As(err, &known) || s.isAway != nil && s.isAway(err)
		var spoilers []*entry
		for i, e := range batch {
			switch {
			case err == nil:
				e.done <- outcomes[i]
			case alone: // or all share it
				e.done <- err
			case outcomes[i] != nil && !errors.Is(outcomes[i], errTaken):
				spoilers = append(spoilers, e) // it may keep us waiting, so it comes last
			default: // one of them spoils the batch: each for itself
				e.done <- s.writeOne(e)
			}
		}
		for _, e := range spoilers {
			e.done <- s.writeOne(e)
		}
	}
}

func (s *Store) writeOne(e *entry) error {
	outcomes, err := s.write([]*entry{e})
	if err != nil {
		return err
	}
	return outcomes[0]
}

// write commits a batch. A move whose version is taken, or that finds no room under a limit, wrote nothing and spoils
// nothing: its outcome is errTaken or fault.LimitExceeded. Any other failure is the whole batch's.
func (s *Store) write(batch []*entry) ([]error, error) {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	outcomes := make([]error, len(batch))
	err := s.Prepare(ctx) // before a transaction holds what may be the only connection
	if err == nil && slices.ContainsFunc(batch, (*entry).counts) {
		err = s.prepareTakings(ctx)
	}
	if err != nil {
		return outcomes, err
	}
	if len(batch) > 1 {
		inDoubt, err := s.commitTelling(ctx, func(tx *gorm.DB) error {
			clear(outcomes)
			return s.spoiled(s.limited(tx, batch, outcomes), len(batch))
		})
		var known *fault.Error
		if err == nil || errors.Is(err, errHeld) || errors.As(err, &known) || s.isAway != nil && s.isAway(err) {
			doubted(outcomes, err == nil && inDoubt)
			return outcomes, err
		}
	}
	return outcomes, s.writeEach(ctx, batch, outcomes)
}

// writeEach commits a batch one decision after the other, to find out which one spoils it.
func (s *Store) writeEach(ctx context.Context, batch []*entry, outcomes []error) error {
	inDoubt, err := s.commitTelling(ctx, func(tx *gorm.DB) error {
		clear(outcomes)
		for i := range batch {
			err := s.limited(tx, batch[i:i+1], outcomes[i:i+1])
			if err != nil {
				outcomes[i] = err
			}
			if err != nil && !errors.Is(err, errTaken) {
				return s.spoiled(err, len(batch))
			}
		}
		return nil
	})
	doubted(outcomes, err == nil && inDoubt)
	return err
}

// doubted leaves open what was not written by the run that counts: it may stand there by the one that was in doubt.
func doubted(outcomes []error, inDoubt bool) {
	for i, outcome := range outcomes {
		if inDoubt && outcome != nil {
			outcomes[i] = fault.New(fault.Ambiguous, "the answer of a commit was lost")
		}
	}
}

// spoiled is the error of a whole batch. A lock that one move waits for is not waited for again by all.
func (s *Store) spoiled(err error, width int) error {
	if width > 1 && s.isHeld(err) {
		return errSpoiled
	}
	return err
}
