package gormstore

import (
	"context"
	"database/sql/driver"
)

// session prepares every connection for what it is used for: transactions at READ COMMITTED, without a question before
// each of them; and, to a Galera node, reading what any node has acknowledged, for a retry must not see less than the
// first answer was made from.
type session struct{ driver.Connector }

// Connect implements driver.Connector.
func (s session) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := s.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := setUp(ctx, conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func setUp(ctx context.Context, conn driver.Conn) error {
	does := conn.(driver.ExecerContext)
	if _, err := does.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		return err
	}
	on, err := isGalera(ctx, conn)
	if err == nil && on {
		_, err = does.ExecContext(ctx, "SET SESSION wsrep_sync_wait = 1", nil)
	}
	return err
}

func isGalera(ctx context.Context, conn driver.Conn) (bool, error) {
	rows, err := conn.(driver.QueryerContext).QueryContext(ctx, "SHOW GLOBAL VARIABLES LIKE 'wsrep_on'", nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = rows.Close() }()
	values := make([]driver.Value, len(rows.Columns()))
	if rows.Next(values) != nil || len(values) < 2 {
		return false, nil
	}
	text, _ := values[1].([]byte)
	return string(text) == "ON", nil
}
