package gormstore

import (
	"context"
	"database/sql"
	"strings"
	"sync"

	"gorm.io/gorm"
)

// widths are how many rows a prepared statement takes: a batch of any size is two or three of them.
var widths = []int{64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1}

// bulk is a statement for many rows, prepared once for each width. In it, {now} is the database's clock.
type bulk struct {
	head, row, between string
	prepared           map[int]*sql.Stmt
}

func (b *bulk) prepare(ctx context.Context, pool *sql.DB, now string) error {
	made := map[int]*sql.Stmt{}
	for _, width := range widths {
		text := b.head + strings.Repeat(b.between+b.row, width)[len(b.between):]
		//nolint:sqlclosecheck // it lives as long as the pool
		statement, err := pool.PrepareContext(ctx, strings.ReplaceAll(text, "{now}", now))
		if err != nil {
			return err
		}
		made[width] = statement
	}
	b.prepared = made
	return nil
}

// exec runs the statement as often as it takes. done, if any, learns how many rows a run took and what came of it.
func (b *bulk) exec(tx *gorm.DB, rows [][]any, done func(width int, r sql.Result) error) error {
	ctx := tx.Statement.Context
	for _, width := range widths {
		for len(rows) >= width {
			values := make([]any, 0, width*len(rows[0]))
			for _, row := range rows[:width] {
				values = append(values, row...)
			}
			//nolint:sqlclosecheck // the transaction closes it
			result, err := within(tx).StmtContext(ctx, b.prepared[width]).ExecContext(ctx, values...)
			if err == nil && done != nil {
				err = done(width, result)
			}
			if err != nil {
				return err
			}
			rows = rows[width:]
		}
	}
	return nil
}

const placeOfMove = "SELECT place FROM moves WHERE transaction_id = ? AND version = ?"

// bulks are the statements of every sale. GORM prepares its own anew in each transaction that uses them.
type bulks struct {
	preparing               sync.Mutex
	isPrepared              bool
	addMoves, addContents   bulk
	addAdvices, dropAdvices bulk
	findPlace               *sql.Stmt // where contents are found by it
	takingStatements
}

// Prepare makes the statements of every sale, once; then the first sale does not wait for them, as it does where nobody
// has called it. The tables must be there.
func (s *Store) Prepare(ctx context.Context) error {
	s.preparing.Lock()
	defer s.preparing.Unlock()
	if s.isPrepared {
		return nil
	}
	pool, err := s.writer.DB()
	if err != nil {
		return err
	}
	columns := strings.Count(s.contents.columns, ",")
	s.addMoves = bulk{head: insertMoves, row: moveValues, between: ", "}
	s.addContents = bulk{head: "INSERT INTO contents (" + s.contents.columns + ") VALUES ",
		row: "(?" + strings.Repeat(", ?", columns) + ")", between: ", "}
	s.addAdvices = bulk{head: insertAdvices, row: adviceValues, between: ", "}
	s.dropAdvices = bulk{head: "DELETE FROM advices WHERE ", row: "(transaction_id = ? AND id = ?)", between: " OR "}
	for _, b := range []*bulk{&s.addMoves, &s.addContents, &s.addAdvices, &s.dropAdvices} {
		if err := b.prepare(ctx, pool, s.now().SQL); err != nil {
			return err
		}
	}
	if s.contents.byPlace {
		if s.findPlace, err = pool.PrepareContext(ctx, placeOfMove); err != nil {
			return err
		}
	}
	s.isPrepared = true
	return nil
}

// placeOf is the number that the database has given to a move.
func (s *Store) placeOf(tx *gorm.DB, w written) (place int64, err error) {
	//nolint:sqlclosecheck // the transaction closes it
	find := within(tx).StmtContext(tx.Statement.Context, s.findPlace)
	err = find.QueryRowContext(tx.Statement.Context, w.TransactionID, w.Version).Scan(&place)
	return place, err
}

// using is a transaction in which a statement of its pool's may be used.
type using interface {
	StmtContext(context.Context, *sql.Stmt) *sql.Stmt
}

func within(tx *gorm.DB) using { return tx.Statement.ConnPool.(using) }
