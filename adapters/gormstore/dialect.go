package gormstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"voucherswitch/domain/fault"
)

// dialect is all that differs between the kinds of database.
type dialect struct {
	goose  goose.Dialect
	folder string // of the migrations
	// dial makes the pool for writing, in which so many commits may be under way, and the pool for reading; on failure it
	// returns what was opened so far.
	dial func(address string, commits int) (writer, reader *gorm.DB, err error)
	// now is the database's clock as an expression, in microseconds since 1970.
	now func() clause.Expr
	// lock lets one process at a time change the tables; nil where one process has the database for itself.
	lock func() (lock.Locker, error)
	// contents says where the contents of a move lie.
	contents contents
	// commits is how many may be under way at a time.
	commits int
	// isTaken tells an error that says that a key is taken.
	isTaken func(error) bool
	// isLost tells an error that says that a transaction lost a race and left nothing: it may be run again, whole.
	isLost func(error) bool
	// isLocked tells an error that says that a row's lock was not given up in time; nil where nobody else has locks.
	isLocked func(error) bool
	// isBug tells an error that no waiting mends: a broken constraint.
	isBug func(error) bool
	// isAway tells an error that no other statement would be spared; nil where the database is always there.
	isAway func(error) bool
	// isMade tells an error that says that a change of tables was made before; nil where it is noted as it is made.
	isMade func(error) bool
	// inspect holds the server's settings against the promises: what is wrong, and what is doubtful.
	inspect func(context.Context, *Store) (wrong, doubtful []string, err error)
}

// contents are the parts of the SQL that finds a move's contents, and writes them right after the move.
type contents struct {
	ofMove  string // joins moves m and contents c
	place   string // the column by which moves and contents lie in the order in which they came
	byPlace bool   // contents are found by the number that the database gave their move
	columns string
	values  func(place int64, r contentRow) []any
}

func after(now clause.Expr, d time.Duration) clause.Expr {
	return clause.Expr{SQL: "? + ?", Vars: []any{now, d.Microseconds()}}
}

func instant(microseconds int64) time.Time { return time.UnixMicro(microseconds).UTC() }

const (
	races     = 10 // a transaction that lost them all is told that the database cannot serve now
	racePause = 5 * time.Millisecond
)

// commit runs work in a transaction, again if it lost a race: so work must start afresh each time. What fails before
// the commit is rolled back and returned as it is; an error of a commit itself leaves open what happened, and is
// fault.Ambiguous. A commit that lost its race is no exception when no later run decides: a Galera node that was cut
// off while it committed may say so of a transaction that its peers have kept.
func (s *Store) commit(ctx context.Context, work func(*gorm.DB) error) error {
	_, err := s.commitTelling(ctx, work)
	return err
}

// commitTelling is commit, and tells besides whether an earlier run may have been committed before the one that counts.
func (s *Store) commitTelling(ctx context.Context, work func(*gorm.DB) error) (inDoubt bool, err error) {
	for race := 1; ; race++ {
		committing, err := s.commitOnce(ctx, work)
		switch {
		case err == nil:
			return inDoubt, nil
		case (s.isLost(err) || errors.Is(err, errMidnight)) && race < races && rest(ctx, race):
			inDoubt = inDoubt || committing
		case inDoubt || committing:
			return true, fault.Wrap(fault.Ambiguous, err, "the answer of a commit was lost")
		default:
			return false, err
		}
	}
}

// isHeld tells that somebody keeps a row for himself, and that it is not for this transaction alone to wait.
func (s *Store) isHeld(err error) bool { return s.isLocked != nil && s.isLocked(err) }

// commitOnce tells, besides, whether work was done and the commit begun.
func (s *Store) commitOnce(ctx context.Context, work func(*gorm.DB) error) (committing bool, err error) {
	err = s.writer.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		err := work(tx)
		committing = err == nil
		return err
	})
	return committing, err
}

// rest lets the other side of a race finish. It is false if ctx ends first.
func rest(ctx context.Context, race int) bool {
	wait := rand.Int64N(int64(race) * int64(racePause)) //nolint:gosec // a guess of it harms nobody
	pause := time.NewTimer(time.Duration(wait))
	defer pause.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-pause.C:
		return true
	}
}

// fault gives a database's error its kind. Nothing was written, or commit has said otherwise already.
func (s *Store) fault(err error) error {
	var known *fault.Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case s.isBug(err):
		return fault.Wrap(fault.Internal, err, "the journal is broken")
	default:
		return fault.Wrap(fault.Overloaded, err, "the database cannot serve now")
	}
}
