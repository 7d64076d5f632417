// Package gormstore keeps journal, advice queue and cases in a database, through GORM. One adapter, and a dialect for
// each kind of database.
package gormstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"voucherswitch/ports"
)

// Options say which database to use, and how.
type Options struct {
	DSN      string      // "sqlite:" and the path of a file, whose folder must exist
	Clock    ports.Clock // SQLite's clock: that database lives in this process
	IndexKey []byte      // keys the blind index of serial numbers and codes, and the digests of moves; 32 bytes
}

// Store is a journal, an advice queue and a list of cases in a database. Its methods may be called from many
// goroutines at once.
type Store struct {
	dialect
	gatherer
	sweep
	key    []byte
	writer *gorm.DB
	reader *gorm.DB
}

// Open connects to the database. It changes nothing in it; before first use, Migrate makes the tables.
func Open(ctx context.Context, o Options) (*Store, error) {
	if len(o.IndexKey) < 16 {
		return nil, errors.New("the index key is shorter than 16 bytes")
	}
	name, rest, _ := strings.Cut(o.DSN, ":")
	if name != "sqlite" {
		return nil, fmt.Errorf("no database of kind %q: want sqlite:PATH", name)
	}
	s := &Store{dialect: sqliteDialect(o.Clock), key: o.IndexKey}
	if err := s.connect(ctx, rest); err != nil {
		return nil, fmt.Errorf("cannot open the database: %w", err)
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context, address string) (err error) {
	if s.writer, s.reader, err = s.dial(address); err != nil {
		return errors.Join(err, s.Close())
	}
	for _, pool := range []*gorm.DB{s.writer, s.reader} {
		if err := pool.WithContext(ctx).Exec("SELECT 1").Error; err != nil {
			return errors.Join(err, s.Close())
		}
	}
	return nil
}

// Close ends all connections. What was acknowledged is on disk already.
func (s *Store) Close() error {
	var failures []error
	for _, db := range []*gorm.DB{s.reader, s.writer} {
		if db == nil {
			continue
		}
		pool, err := db.DB()
		if err == nil {
			err = pool.Close()
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// settings are those of every connection. The logger is silent, since GORM's prints values.
func settings() *gorm.Config {
	return &gorm.Config{
		Logger:                 logger.New(nil, logger.Config{LogLevel: logger.Silent, ParameterizedQueries: true}),
		SkipDefaultTransaction: true,
	}
}
