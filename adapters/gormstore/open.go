// Package gormstore keeps journal, advice queue and cases in a database, through GORM. One adapter, and a dialect for
// each kind of database.
package gormstore

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"

	"voucherswitch/adapters/keyring"
	"voucherswitch/ports"
)

// Options say which database to use, and how.
type Options struct {
	DSN      string        // sqlite:PATH of a file in a folder that exists, or mysql://USER:PASSWORD@HOST:PORT/NAME
	Clock    ports.Clock   // stands for the database's clock, in tests; nil: its own, SQLite's being this process's
	IndexKey []byte        // keys the blind index of serial numbers and codes, and the digests of moves; 32 bytes
	Keyring  *keyring.Ring // seals the contents of moves
	// AnchorKeys sign the hours of the history: the first one signs, what any of them signed is good. Without any, no
	// hour is anchored here and no anchor is good.
	AnchorKeys []ed25519.PrivateKey
	// DecisionsPerCommit is how many decisions share a commit at most; 0: 64. With 1 none does, each commits for itself
	// and as many at a time as there are connections: to measure what sharing brings.
	DecisionsPerCommit int
}

// Store is a journal, an advice queue and a list of cases in a database. Its methods may be called from many
// goroutines at once.
type Store struct {
	dialect
	gatherer
	bulks
	sweep
	clear   atomic.Bool // contents in clear are read: CheckKeys found that there may be some, from before
	links   links
	key     []byte
	chain   []byte // of the links
	ring    *keyring.Ring
	signers []ed25519.PrivateKey
	writer  *gorm.DB
	reader  *gorm.DB
}

// Open connects to the database. It changes nothing in it; before first use, Migrate makes the tables.
func Open(ctx context.Context, o Options) (*Store, error) {
	if len(o.IndexKey) < 16 {
		return nil, errors.New("the index key is shorter than 16 bytes")
	}
	if o.Keyring == nil {
		return nil, errors.New("there is no key to seal with")
	}
	chain, err := chainKey(o.IndexKey)
	if err != nil {
		return nil, err
	}
	s := &Store{key: o.IndexKey, chain: chain, ring: o.Keyring, signers: o.AnchorKeys}
	name, rest, _ := strings.Cut(o.DSN, ":")
	switch name {
	case "sqlite":
		s.dialect = sqliteDialect()
	case "mysql":
		s.dialect = mysqlDialect()
	default:
		return nil, fmt.Errorf("no database of kind %q: want sqlite:PATH or mysql://USER:PASSWORD@HOST:PORT/NAME", name)
	}
	if s.most = cmp.Or(o.DecisionsPerCommit, widest); s.most == 1 {
		s.commits = connections
	}
	if o.Clock != nil {
		s.now = func() clause.Expr { return clause.Expr{SQL: "?", Vars: []any{o.Clock().UnixMicro()}} }
	}
	if err := s.connect(ctx, rest); err != nil {
		return nil, fmt.Errorf("cannot open the database: %w", err)
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context, address string) (err error) {
	if s.writer, s.reader, err = s.dial(address, s.commits); err != nil {
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

const (
	// statements is how many prepared statements a pool keeps: more than this package has.
	statements = 200
	// neverEvict is GORM's own value for no eviction; any other starts a goroutine that closes statements in use.
	neverEvict = 10 * 365 * 24 * time.Hour
)

// prepared are the settings of a pool that prepares each statement once.
func prepared() *gorm.Config {
	c := settings()
	c.PrepareStmt, c.PrepareStmtMaxSize, c.PrepareStmtTTL = true, statements, neverEvict
	return c
}

// settings are those of every connection. The logger is silent, since GORM's prints values.
func settings() *gorm.Config {
	return &gorm.Config{
		Logger:                 logger.New(nil, logger.Config{LogLevel: logger.Silent, ParameterizedQueries: true}),
		SkipDefaultTransaction: true,
	}
}

// Inspect holds the server's settings against what the promises need: what is wrong with it, and what is doubtful.
func (s *Store) Inspect(ctx context.Context) (wrong, doubtful []string, err error) {
	if s.inspect == nil {
		return nil, nil, nil
	}
	wrong, doubtful, err = s.inspect(ctx, s)
	return wrong, doubtful, s.fault(err)
}

// Pools are the figures of the connections, by what they are for.
func (s *Store) Pools() map[string]func() sql.DBStats {
	pools := map[string]func() sql.DBStats{}
	for name, db := range map[string]*gorm.DB{"reader": s.reader, "writer": s.writer} {
		if pool, err := db.DB(); err == nil {
			pools[name] = pool.Stats
		}
	}
	return pools
}
