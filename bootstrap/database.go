package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"voucherswitch/adapters/gormstore"
)

const (
	sqliteScheme = "sqlite"
	mysqlScheme  = "mysql"
)

// databasePath is the database's file, and empty if a server keeps it.
func (c Config) databasePath() string {
	scheme, path, _ := strings.Cut(c.Database.DSN, ":")
	if scheme != sqliteScheme {
		return ""
	}
	return path
}

// openDatabase opens the database without changing it.
func (c Config) openDatabase(ctx context.Context, keys storeKeys) (*gormstore.Store, error) {
	dsn, err := c.dsn()
	if err != nil {
		return nil, err
	}
	return gormstore.Open(ctx, gormstore.Options{
		DSN: dsn, IndexKey: keys.index, Keyring: keys.ring, AnchorKeys: keys.anchors,
		DecisionsPerCommit: c.Database.DecisionsPerCommit,
	})
}

// dsn is the database's address with its password, which may stand in a file of its own.
func (c Config) dsn() (string, error) {
	if c.Database.PasswordFile == "" {
		return c.Database.DSN, nil
	}
	text, err := os.ReadFile(c.Database.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("database.password_file: %w", err)
	}
	u, err := url.Parse(c.Database.DSN)
	if err != nil {
		return "", errors.New("database.dsn is no URL")
	}
	u.User = url.UserPassword(u.User.Username(), strings.TrimRight(string(text), "\r\n"))
	return u.String(), nil
}

// holdDatabase keeps a second process off a file, since SQLite's clock and leases live in the process. A server's
// database is there to be shared.
func (c Config) holdDatabase() (release func() error, err error) {
	path := c.databasePath()
	if path == "" {
		return func() error { return nil }, nil
	}
	held, err := lock(path)
	if err != nil {
		return nil, err
	}
	return held.Close, nil
}

// exists keeps a command that only reads from making a new, empty database.
func exists(c Config) error {
	path := c.databasePath()
	if path == "" {
		return nil
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("there is no database yet (%w); it is made by `voucherswitch dev` or `voucherswitch migrate up`",
			err)
	}
	return nil
}

// inspect refuses a server whose settings would break the promises, and warns of what may.
func (p *program) inspect(ctx context.Context) error {
	wrong, doubtful, err := p.store.Inspect(ctx)
	for _, d := range doubtful {
		p.log.Warn("the database's settings", "doubtful", d)
	}
	if len(wrong) > 0 {
		err = errors.Join(err, fmt.Errorf("the database: %s", strings.Join(wrong, "; ")))
	}
	return err
}
