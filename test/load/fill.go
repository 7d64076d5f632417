package main

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
)

// The two databases.
const (
	empty = "empty"
	full  = "full"
)

// The kinds of old transactions: six of ten were sold, three confirmed too, one reversed.
const (
	wasSold = iota
	wasConfirmed
	wasReversed
)

// scribbling makes a server write much in little time, and forget it all in a power cut.
var scribbling = []string{
	"--innodb-buffer-pool-size=4G", "--innodb-log-file-size=2G", "--innodb-flush-log-at-trx-commit=0",
	"--innodb-doublewrite=0", "--innodb-autoinc-lock-mode=2", "--transaction-isolation=READ-COMMITTED",
}

// isFull tells whether an earlier run has filled the database.
func (w *world) isFull(ctx context.Context, count int) bool {
	db, err := w.open(full)
	if err != nil {
		return false
	}
	defer func() { _ = db.Close() }()
	var moves int
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM moves").Scan(&moves)
	return err == nil && moves > 2*count
}

// fill makes the full database: a transaction of each kind is made by the switch itself, and then multiplied.
func (w *world) fill(ctx context.Context, count int) error {
	began := time.Now()
	if err := w.create(ctx, full); err != nil {
		return err
	}
	if err := w.model(ctx); err != nil {
		return err
	}
	w.server.Options = scribbling
	if err := w.restart(); err != nil {
		return err
	}
	db, err := w.open(full)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := multiply(ctx, db, count); err != nil {
		return err
	}
	var moves, megabytes int
	err = db.QueryRowContext(ctx, `SELECT COUNT(*), (SELECT SUM(data_length + index_length) DIV 1000000
		FROM information_schema.tables WHERE table_schema = DATABASE()) FROM moves`).Scan(&moves, &megabytes)
	fmt.Printf("filled in %s: %d moves, %d MB\n", time.Since(began).Round(time.Second), moves, megabytes)
	return err
}

// model lets the switch make one transaction of each kind, and keeps their rows apart.
func (w *world) model(ctx context.Context) error {
	s, err := w.serve(ctx, plan{database: full})
	if err != nil {
		return err
	}
	ids := make([]string, 3)
	for kind := range ids {
		if ids[kind], err = w.sellOne(ctx, s); err != nil {
			return err
		}
	}
	for kind, path := range map[int]string{
		wasConfirmed: "/vouchers/confirmations", wasReversed: "/vouchers/reversals",
	} {
		reason := ""
		if kind == wasReversed {
			reason = `"reversalReason": "CANCELLED",`
		}
		body := fmt.Sprintf(advice, uuid.NewString(), ids[kind], reason, channelID)
		if err := w.post(ctx, s, path, body, http.StatusAccepted); err != nil {
			return err
		}
	}
	if err := s.stop(); err != nil {
		return err
	}
	db, err := w.open(full)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return execute(ctx, db,
		statement{"CREATE TABLE models (kind INT PRIMARY KEY, id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin)", nil},
		statement{"INSERT INTO models VALUES (?, ?), (?, ?), (?, ?)", []any{
			wasSold, ids[wasSold], wasConfirmed, ids[wasConfirmed], wasReversed, ids[wasReversed]}},
		statement{`CREATE TABLE model_moves AS SELECT kind AS model, m.* FROM models JOIN moves m
			ON m.transaction_id = id`, nil},
		statement{`CREATE TABLE model_contents AS SELECT m.model, m.version, c.kind, c.body
			FROM model_moves m JOIN contents c ON c.place = m.place`, nil},
	)
}

// passes is in how many sweeps over the keys the rows are written, so that pages are as full as random keys leave them,
// and not as full as sorted ones. Some go on at a time, since one statement uses one processor.
const (
	passes  = 4
	abreast = 2
)

// multiply makes old transactions of the models, half a minute apart, under random ids as channels choose them. Their
// contents are as large as real ones and do not open, being sealed for the models: nobody asks for them.
func multiply(ctx context.Context, db *sql.DB, count int) error {
	columns, values, err := aged(ctx, db)
	if err != nil {
		return err
	}
	err = execute(ctx, db,
		statement{`CREATE TABLE old (id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, n INT, kind INT)`, nil},
		statement{`INSERT INTO old SELECT CONCAT_WS('-', SUBSTR(h, 1, 8), SUBSTR(h, 9, 4), SUBSTR(h, 13, 4),
			SUBSTR(h, 17, 4), SUBSTR(h, 21)), n, CASE WHEN n % 10 < 6 THEN ? WHEN n % 10 < 9 THEN ? ELSE ? END FROM
			(SELECT seq AS n, MD5(CONCAT('old', seq)) AS h FROM seq_1_to_` + fmt.Sprint(count) + `) numbers ORDER BY h`,
			[]any{wasSold, wasConfirmed, wasReversed}})
	if err != nil {
		return err
	}
	err = inPasses(ctx, db, passes, `INSERT INTO moves (`+strings.Join(columns, ", ")+`)
		SELECT STRAIGHT_JOIN `+strings.Join(values, ", ")+`
		FROM (SELECT id, n, kind, 86400000000 + n * 30000000 AS age FROM old WHERE n % ? = ? ORDER BY id) o
		JOIN model_moves ON model = o.kind`)
	if err == nil {
		err = inPasses(ctx, db, abreast, `INSERT INTO contents SELECT STRAIGHT_JOIN m.place, c.kind, c.body FROM moves m
			JOIN old o ON o.id = m.transaction_id JOIN model_contents c ON c.model = o.kind AND c.version = m.version
			WHERE n % ? = ?`)
	}
	if err != nil {
		return err
	}
	return execute(ctx, db,
		statement{`UPDATE watermarks SET decided_to = TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) - 600000000
			WHERE name = 'leases'`, nil},
		statement{"DROP TABLE models, model_moves, model_contents, old", nil},
		statement{"ANALYZE TABLE moves, contents", nil})
}

// inPasses runs a statement once for each pass.
func inPasses(ctx context.Context, db *sql.DB, passes int, sql string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(abreast)
	for pass := range passes {
		group.Go(func() error { return execute(ctx, db, statement{sql, []any{passes, pass}}) })
	}
	return group.Wait()
}

// aged are the columns of a move, and what an old one has in them: what its model has, but for these.
func aged(ctx context.Context, db *sql.DB) (columns, values []string, err error) {
	different := map[string]string{
		"place": "NULL", "transaction_id": "o.id", "at": "at - age", "lease_ends": "lease_ends - age",
		"horizon":     "horizon - age",
		"serial_mark": "IF(serial_mark IS NULL, NULL, UNHEX(MD5(CONCAT('serial', n))))",
		"code_mark":   "IF(code_mark IS NULL, NULL, UNHEX(MD5(CONCAT('code', n))))",
	}
	rows, err := db.QueryContext(ctx, `SELECT column_name FROM information_schema.columns
		WHERE table_schema = DATABASE() AND table_name = 'moves' ORDER BY ordinal_position`)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, nil, err
		}
		columns = append(columns, name)
		values = append(values, cmp.Or(different[name], name))
	}
	return columns, values, rows.Err()
}

// statement is SQL and its values.
type statement struct {
	sql    string
	values []any
}

func execute(ctx context.Context, db *sql.DB, all ...statement) error {
	for _, s := range all {
		if _, err := db.ExecContext(ctx, s.sql, s.values...); err != nil {
			return fmt.Errorf("%w\n%s", err, s.sql)
		}
	}
	return nil
}

// read goes once through the full database, so that the buffer pool holds as much of it as it can.
func (w *world) read(ctx context.Context) error {
	db, err := w.open(full)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return execute(ctx, db,
		statement{"DO (SELECT SUM(LENGTH(body)) FROM contents)", nil},
		statement{"DO (SELECT SUM(LENGTH(payload)) FROM moves)", nil},
		statement{"DO (SELECT COUNT(*) FROM moves FORCE INDEX (moves_by_lease) WHERE lease_ends > 0)", nil},
		statement{"DO (SELECT COUNT(*) FROM moves FORCE INDEX (moves_by_serial) WHERE serial_mark > '')", nil},
		statement{"DO (SELECT COUNT(*) FROM moves FORCE INDEX (moves_by_code) WHERE code_mark > '')", nil},
	)
}

// create makes a database anew.
func (w *world) create(ctx context.Context, name string) error {
	db, err := w.open("")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return execute(ctx, db, statement{"DROP DATABASE IF EXISTS " + name, nil}, statement{"CREATE DATABASE " + name, nil})
}

func (w *world) open(database string) (*sql.DB, error) {
	at, err := url.Parse(w.server.Address())
	if err != nil {
		return nil, err
	}
	return sql.Open("mysql", fmt.Sprintf("%s@tcp(%s)/%s", at.User.Username(), at.Host, database))
}
