package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
)

// entry is a line of the providers' own books.
type entry struct {
	Provider, ID, State, Code, Mood string
	Calls, Reversals, Confirmations int
}

// stands says that somebody could spend the voucher.
func (e entry) stands() bool { return e.State == "issued" || e.State == "confirmed" }

// books are what the providers know, what the journal knows, and what waits.
type books struct {
	vendor  map[string]entry
	states  map[string]string // the last move's, by transaction
	advices map[string]bool   // open ones, by transaction
	cases   map[string]bool   // open ones
	moves   int
	wrong   []string // what is wrong with the books themselves
}

// read opens all books; the journal's by the node's console, apart from any replica.
func (s *site) read() (books, error) {
	b := books{
		vendor: map[string]entry{}, states: map[string]string{}, advices: map[string]bool{}, cases: map[string]bool{},
	}
	_, body, err := fetch("http://" + simulatorAt + "/ledger")
	if err != nil {
		return b, err
	}
	var lines []entry
	if err := json.Unmarshal(body, &lines); err != nil {
		return b, err
	}
	for _, line := range lines {
		if other, twice := b.vendor[line.ID]; twice {
			b.wrong = append(b.wrong, fmt.Sprintf("%s has two entries: %+v, %+v", line.ID, other, line))
		}
		if line.Calls > 1 {
			b.wrong = append(b.wrong, fmt.Sprintf("%s was asked for %d times", line.ID, line.Calls))
		}
		b.vendor[line.ID] = line
	}
	versions := map[string]int{}
	err = s.each("SELECT transaction_id, state, version FROM vouchers.moves ORDER BY transaction_id, version",
		func(rows *sql.Rows) error {
			var id, state string
			var version int
			if err := rows.Scan(&id, &state, &version); err != nil {
				return err
			}
			if versions[id]++; versions[id] != version {
				b.wrong = append(b.wrong, fmt.Sprintf("%s has no version %d", id, versions[id]))
			}
			b.states[id] = state
			b.moves++
			return nil
		})
	if err != nil {
		return b, err
	}
	for query, set := range map[string]map[string]bool{
		"SELECT transaction_id FROM vouchers.advices":                            b.advices,
		"SELECT transaction_id FROM vouchers.cases WHERE closed_version IS NULL": b.cases,
	} {
		err := s.each(query, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			set[id] = true
			return err
		})
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

func (s *site) each(query string, row func(*sql.Rows) error) error {
	rows, err := s.nodes[0].console.QueryContext(context.Background(), query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// disorder finds moves that came long after others with a higher number: an hour that was anchored meanwhile would not
// have them.
func (s *site) disorder() (wrong []string, err error) {
	const minute = int64(60_000_000) // microseconds
	earliest := int64(0)
	err = s.each("SELECT transaction_id, at FROM vouchers.moves ORDER BY place DESC", func(rows *sql.Rows) error {
		var id string
		var at int64
		err := rows.Scan(&id, &at)
		if earliest == 0 || at < earliest {
			earliest = at
		}
		if at > earliest+minute {
			wrong = append(wrong, fmt.Sprintf("%s came %d s after a move with a higher number", id, (at-earliest)/1_000_000))
		}
		return err
	})
	return wrong, err
}

// identical compares every row of every table between the nodes, once nothing changes any more.
func (s *site) identical() (wrong []string, err error) {
	for table, key := range map[string]string{
		"moves": "transaction_id, version", "contents": "place, kind", "advices": "transaction_id",
		"cases": "transaction_id, version", "watermarks": "name", "anchors": "number",
	} {
		var first string
		for i, n := range s.nodes {
			sum, err := n.digest("SELECT * FROM vouchers." + table + " ORDER BY " + key)
			switch {
			case err != nil:
				return nil, err
			case i == 0:
				first = sum
			case sum != first:
				wrong = append(wrong, fmt.Sprintf("%s has other %s than node1: %s, %s", n.name, table, sum, first))
			}
		}
	}
	return wrong, nil
}

// digest counts and sums up rows, after all that other nodes have committed.
func (n *node) digest(query string) (string, error) {
	ctx := context.Background()
	conn, err := n.console.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, "SET SESSION wsrep_sync_wait = 1"); err != nil {
		return "", err
	}
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	cells, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	count, sum := 0, sha256.New()
	for ; rows.Next(); count++ {
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		_, _ = fmt.Fprintf(sum, "%q\n", cells)
	}
	return fmt.Sprintf("%d rows %x", count, sum.Sum(nil)[:8]), rows.Err()
}

// lookup is what every replica says of a transaction, which must be one and the same.
func (t *traffic) lookup(told *story) (answer, error) {
	var first answer
	for at, r := range t.replicas {
		var a answer
		a.status, a.body = t.exchange(told, at, http.MethodGet, "/vouchers?provisionRequestId="+told.id, nil)
		switch {
		case a.status == 0:
			return a, fmt.Errorf("%s gives no answer", r.name)
		case at == 0:
			first = a
		case a.status != first.status || string(a.body) != string(first.body):
			return a, fmt.Errorf("%s says %d %s\n%s says %d %s", t.replicas[0].name, first.status, first.body,
				r.name, a.status, a.body)
		}
	}
	return first, nil
}
