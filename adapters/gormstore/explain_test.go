package gormstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"voucherswitch/domain/voucher"
	"voucherswitch/test/mariadb"
)

// doublings make a million moves out of one transaction's two.
const doublings = 19

// settle fills the tables with half a million sales that are long over, and closes a case of every eighth.
func settle(t *testing.T, s *Store, db *sql.DB) {
	t.Helper()
	sold := provisioned(t, s, "sold")
	exec := func(statement string, values ...any) {
		t.Helper()
		if _, err := db.ExecContext(context.Background(), statement, values...); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE numbers (n INT NOT NULL PRIMARY KEY)")
	exec("INSERT INTO numbers VALUES (0)")
	for i := range doublings {
		exec("INSERT INTO numbers SELECT n + ? FROM numbers", 1<<i)
	}
	exec(`INSERT INTO moves SELECT NULL, CONCAT('old-', LPAD(n, 6, '0')), version, fact, state, at - 1000000 * n, made_by, reason, owner,
		provider, lease_ends - 86400000000 - 1000000 * n, horizon, UNHEX(MD5(n)), UNHEX(MD5(n)), digest, '{}', link
		FROM moves JOIN numbers WHERE transaction_id = ? ORDER BY n, version`, sold)
	exec(`INSERT INTO cases SELECT CONCAT('old-', LPAD(n, 6, '0')), 2, 'second_voucher', n, 3 FROM numbers WHERE n % 8 = 0`)
	exec(`INSERT INTO advices SELECT CONCAT('old-', LPAD(n, 6, '0')), CONCAT('advice-', n), 2, CONCAT('provider ', n % 5), 'reversal',
		? + n, 0, 1, n, n % 2 FROM numbers WHERE n % 8 = 0`, time.Now().Add(time.Hour).UnixMicro())
	exec("ANALYZE TABLE moves, cases, advices")
}

func provisioned(t *testing.T, s *Store, id voucher.TransactionID) voucher.TransactionID {
	t.Helper()
	appended(t, s, intent(id))
	opened, err := s.Find(context.Background(), voucher.ByID(id))
	if err != nil {
		t.Fatal(err)
	}
	v := voucher.Voucher{Code: voucher.NewSecret("code " + string(id)), SerialNumber: "serial " + string(id)}
	outcome := voucher.Outcome{Kind: voucher.OutcomeApproved, Approval: voucher.Approval{Voucher: v}}
	appended(t, s, opened.Record(outcome, voucher.Draft{ID: "draft of " + voucher.AdviceID(id), Time: time.Now()}))
	return id
}

// TestHotStatementsFindTheirRowsByAnIndexAtAMillionMoves asks the server how it runs every statement of every port.
func TestHotStatementsFindTheirRowsByAnIndexAtAMillionMoves(t *testing.T) {
	ctx := context.Background()
	dsn := mariadb.NewDatabase(t, mariadb.Address(t))
	db := mariadb.Open(t, dsn)
	defer func() { _ = db.Close() }()
	s := openMySQL(t, dsn, nil)
	settle(t, s, db)
	if _, err := s.Overdue(context.Background(), 1); err != nil { // the first walk raises the watermark
		t.Fatal(err)
	}
	asked := map[string][]any{}
	record := func(db *gorm.DB) { asked[db.Statement.SQL.String()] = slices.Clone(db.Statement.Vars) }
	for _, pool := range []*gorm.DB{s.writer, s.reader} {
		for _, err := range []error{
			pool.Callback().Raw().After("gorm:raw").Register("record", record),
			pool.Callback().Query().After("gorm:query").Register("record", record),
			pool.Callback().Row().After("gorm:row").Register("record", record),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	useEveryPort(t, s)
	one := []any{"00000000-0000-7000-8000-000000000001", "an advice"}
	asked[s.dropAdvices.head+s.dropAdvices.row] = one
	asked[s.dropAdvices.head+strings.Repeat(s.dropAdvices.between+s.dropAdvices.row, 64)[len(s.dropAdvices.between):]] =
		slices.Repeat(one, 64)
	asked[placeOfMove] = []any{"00000000-0000-7000-8000-000000000001", 1}
	if len(asked) < 15 {
		t.Fatalf("only %d statements were recorded", len(asked))
	}
	for statement, values := range asked {
		if !strings.HasPrefix(statement, "INSERT") {
			explain(ctx, t, db, statement, values)
		}
	}
}

// useEveryPort does, once at least, all that ports.Journal, AdviceQueue, Cases, Records and Assortments can.
func useEveryPort(t *testing.T, s *Store) {
	t.Helper()
	ctx := context.Background()
	owner := voucher.ChannelID("nobody")
	for _, key := range []voucher.Key{
		{Channel: owner, SerialNumber: "serial sold"}, {Channel: owner, Code: voucher.NewSecret("code sold")},
	} {
		_, _ = s.Find(ctx, key)
	}
	appended(t, s, intent("new"))
	appended(t, s, intent("new")) // finds itself
	opened := doubt(t, s, "new")
	s.links.keep("new", 0, nil) // forgotten, so that it is read
	appended(t, s, opened)
	reversing, err := s.Find(ctx, voucher.ByID("new"))
	if err != nil {
		t.Fatal(err)
	}
	provider := reversing.Terms().Provider
	for _, claim := range []func() ([]voucher.Advice, error){
		func() ([]voucher.Advice, error) { return s.Claim(ctx, provider, time.Minute, 10) },
		func() ([]voucher.Advice, error) { return s.ClaimOldest(ctx, provider, time.Minute) },
	} {
		claimed, err := claim()
		if err != nil || len(claimed) != 1 {
			t.Fatalf("claimed %v, %v", claimed, err)
		}
		if err := s.BackOff(ctx, claimed[0], time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	settled, _ := reversing.Advised(*reversing.Open, voucher.Sent{AfterHorizon: true},
		voucher.AdviceOutcome{Kind: voucher.AdviceAcknowledged})
	for _, err := range []error{s.Hasten(ctx, provider), s.Append(ctx, settled)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, _ = s.Find(ctx, voucher.Key{ID: "new", Channel: owner})
	if _, err := s.Overdue(ctx, 100); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenCases(ctx, 100); err != nil {
		t.Fatal(err)
	}
	useRecords(t, s)
	useAssortments(t, s)
}

func useAssortments(t *testing.T, s *Store) {
	t.Helper()
	ctx := context.Background()
	for range 2 {
		kept, err := s.Assortment(ctx, "vendor")
		if err == nil {
			err = s.Restock(ctx, kept, nil)
		}
		if err == nil {
			_, err = s.Editions(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// useRecords asks what operators and gauges ask. A backlog is counted, and so read, row by row.
func useRecords(t *testing.T, s *Store) {
	t.Helper()
	ctx := context.Background()
	if _, err := s.History(ctx, "new"); err != nil {
		t.Fatal(err)
	}
	for name, ask := range map[string]func() error{
		"recent":    func() error { _, err := s.Recent(ctx, 1); return err },
		"waiting":   func() error { _, err := s.Waiting(ctx, voucher.Which{}, 20); return err },
		"one waits": func() error { _, err := s.Waiting(ctx, voucher.Which{Transaction: "new"}, 1); return err },
		"backlog":   func() error { _, err := s.Backlog(ctx); return err },
		"unconfirmed": func() error {
			now := time.Now()
			_, err := s.Unconfirmed(ctx, []voucher.ChannelID{"22222222"}, now.Add(-time.Minute), now)
			return err
		},
		"unanswered": func() error { _, err := s.Unanswered(ctx); return err },
	} {
		if err := ask(); err != nil {
			t.Fatal(name, err)
		}
	}
}

// few is how many rows a step of a hot statement may expect to read.
const few = 5000

// mayReadMore tells a statement whose expected rows say nothing: a count reads what it counts, and the estimate of a
// walk down an index ignores its LIMIT.
func mayReadMore(statement string) bool {
	return strings.HasPrefix(statement, "SELECT COUNT(*)") || strings.Contains(statement, "ORDER BY lease_ends DESC")
}

func explain(ctx context.Context, t *testing.T, db *sql.DB, statement string, values []any) {
	t.Helper()
	rows, err := db.QueryContext(ctx, "EXPLAIN "+statement, values...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells, places := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			places[i] = &cells[i]
		}
		if err := rows.Scan(places...); err != nil {
			t.Fatal(err)
		}
		step := map[string]string{}
		for i, column := range columns {
			step[strings.ToLower(column)] = cells[i].String
		}
		var expected int
		_, _ = fmt.Sscan(step["rows"], &expected)
		short := step["table"] == "watermarks" || step["table"] == "assortments" // a row, or a row a provider
		whole := (step["type"] == "ALL" || step["type"] == "index") && !short
		if whole || expected > few && !mayReadMore(statement) || strings.Contains(step["extra"], "filesort") {
			t.Errorf("%s\n%v", statement, step)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
