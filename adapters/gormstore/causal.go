package gormstore

import (
	"context"
	"database/sql/driver"
)

// causal lets every connection to a Galera node read what any node has acknowledged: a retry must not see less than
// the first answer was made from. Elsewhere it changes nothing.
type causal struct{ driver.Connector }

// Connect implements driver.Connector.
func (c causal) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	on, err := isGalera(ctx, conn)
	if err == nil && on {
		_, err = conn.(driver.ExecerContext).ExecContext(ctx, "SET SESSION wsrep_sync_wait = 1", nil)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
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
