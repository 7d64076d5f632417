package gormstore

import (
	"context"
	"errors"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"voucherswitch/domain/fault"
)

// dialect is all that differs between the kinds of database.
type dialect struct {
	goose  goose.Dialect
	folder string // of the migrations
	// dial makes the pool for writing and the pool for reading; on failure it returns what was opened so far.
	dial func(address string) (writer, reader *gorm.DB, err error)
	// now is the database's clock as an expression, in microseconds since 1970.
	now func() clause.Expr
	// isTaken tells an error that says that a key is taken.
	isTaken func(error) bool
	// isBug tells an error that no waiting mends: a broken constraint.
	isBug func(error) bool
}

func after(now clause.Expr, d time.Duration) clause.Expr {
	return clause.Expr{SQL: "? + ?", Vars: []any{now, d.Microseconds()}}
}

func instant(microseconds int64) time.Time { return time.UnixMicro(microseconds).UTC() }

// commit runs work in a transaction. What fails before the commit is rolled back and returned as it is; an error of
// the commit itself leaves open what happened, and is fault.Ambiguous.
func (s *Store) commit(ctx context.Context, work func(*gorm.DB) error) error {
	committing := false
	err := s.writer.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		err := work(tx)
		committing = err == nil
		return err
	})
	if err != nil && committing {
		return fault.Wrap(fault.Ambiguous, err, "the answer of a commit was lost")
	}
	return err
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
