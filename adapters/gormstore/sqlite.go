package gormstore

import (
	"errors"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// safe settings survive kill -9 and power loss: every commit is synced to the write-ahead log before it is answered.
const (
	safe     = "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock=immediate"
	readOnly = safe + "&_pragma=query_only(1)"
)

// sqliteDialect is a file that this process alone writes: one connection writes, others read beside it.
func sqliteDialect() dialect {
	return dialect{
		goose:  goose.DialectSQLite3,
		folder: "migrations/sqlite",
		dial:   dialSQLite,
		now: func() clause.Expr {
			return clause.Expr{SQL: "?", Vars: []any{time.Now().UnixMicro()}}
		},
		contents: contents{
			ofMove:  "c.transaction_id = m.transaction_id AND c.version = m.version",
			place:   "rowid",
			columns: "transaction_id, version, kind, body",
			values:  func(_ int64, r contentRow) []any { return []any{r.TransactionID, r.Version, r.Kind, r.Body} },
		},
		commits: 1,
		isTaken: func(err error) bool {
			var e *sqlite.Error
			return errors.As(err, &e) &&
				(e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE)
		},
		isLost: func(error) bool { return false }, // one writer has nobody to race
		isBug: func(err error) bool {
			var e *sqlite.Error
			return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
		},
	}
}

func dialSQLite(path string, _ int) (writer, reader *gorm.DB, err error) {
	if path == "" || strings.HasPrefix(path, ":") {
		return nil, nil, errors.New("want the path of a file")
	}
	// Made here if need be, so that nobody else may read it; SQLite gives its side files the same rights.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if err := file.Close(); err != nil {
		return nil, nil, err
	}
	address := "file:" + (&url.URL{Path: path}).EscapedPath() + "?"
	if writer, err = poolOf(address+safe, 1, settings()); err != nil {
		return writer, nil, err
	}
	reader, err = poolOf(address+readOnly, 2*runtime.GOMAXPROCS(0), prepared())
	return writer, reader, err
}

func poolOf(address string, connections int, settings *gorm.Config) (*gorm.DB, error) {
	db, err := gorm.Open(gormsqlite.New(gormsqlite.Config{DriverName: "sqlite", DSN: address}), settings)
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return db, nil
}
