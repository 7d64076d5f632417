package scenarios

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"voucherswitch/adapters/gormstore"
	"voucherswitch/adapters/keyring"
	"voucherswitch/domain/voucher"
)

// lastMoves are the moves in which the transactions stand.
const lastMoves = `moves m WHERE version = (SELECT MAX(version) FROM moves n WHERE n.transaction_id = m.transaction_id)`

// work is what is still to do, and nothing of it is left in the end.
var work = map[string]string{
	"is still being sent":      "SELECT transaction_id FROM " + lastMoves + " AND state = 'sending'",
	"is still being reversed":  "SELECT transaction_id FROM " + lastMoves + " AND state = 'reversing'",
	"has an advice to deliver": "SELECT transaction_id FROM advices",
	"is parked and nobody is told": "SELECT transaction_id FROM " + lastMoves + ` AND state = 'parked' AND NOT EXISTS
		(SELECT 1 FROM cases c WHERE c.transaction_id = m.transaction_id AND c.closed_version IS NULL)`,
}

// unsettled tells what the database still has to do.
func unsettled(t *testing.T, db *sql.DB) string {
	t.Helper()
	var left []string
	for what, query := range work {
		if ids := column(t, db, query); len(ids) > 0 {
			left = append(left, fmt.Sprintf("%d: %s %s", len(ids), ids[0], what))
		}
	}
	return strings.Join(left, "\n")
}

// never is what must not stand in the database, whatever happened.
var never = map[string]string{
	"has versions that are not 1 to n": `SELECT transaction_id FROM moves GROUP BY transaction_id
		HAVING MIN(version) <> 1 OR MAX(version) <> COUNT(*)`,
	"was provisioned more than once": `SELECT transaction_id FROM moves WHERE state = 'provisioned' AND fact = 'approved'
		GROUP BY transaction_id HAVING COUNT(*) > 1`,
	"has an advice that no move queued": `SELECT a.transaction_id FROM advices a LEFT JOIN moves m
		ON m.transaction_id = a.transaction_id AND m.version = a.version WHERE m.version IS NULL`,
	"has contents and no move": `SELECT place FROM contents WHERE place NOT IN (SELECT place FROM moves)`,
}

// contradictions tells what the database must not say, and what the providers' books must not say beside it: a provision
// arrives after its intent was journaled, and before the horizon, after which it could be reversed for good.
func contradictions(t *testing.T, db *sql.DB, kept *gormstore.Store, books map[string]entry) []string {
	t.Helper()
	wrong := twoVouchers(t, db, kept)
	for what, query := range never {
		for _, id := range column(t, db, query) {
			wrong = append(wrong, id+" "+what)
		}
	}
	intents := map[string][2]int64{}
	rows, err := db.QueryContext(context.Background(),
		"SELECT transaction_id, at, horizon FROM moves WHERE version = 1 AND horizon IS NOT NULL")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var at, horizon int64
		if err := rows.Scan(&id, &at, &horizon); err != nil {
			t.Fatal(err)
		}
		intents[id] = [2]int64{at, horizon}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for id, written := range books {
		if written.Calls == 0 {
			continue
		}
		intent, journaled := intents[id]
		switch asked := written.AskedAt.UnixMicro(); {
		case !journaled:
			wrong = append(wrong, id+" was sent without an intent")
		case asked < intent[0]:
			wrong = append(wrong, id+" was sent before its intent")
		case asked > intent[1]:
			wrong = append(wrong, id+" was sent after its horizon")
		}
	}
	return wrong
}

// keeper opens the database of a deployed world with its keys.
func keeper(t *testing.T, w *world, dsn string) *gormstore.Store {
	t.Helper()
	keyset, err := os.ReadFile(filepath.Join(w.data, "keys", "keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.Parse(keyset)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := gormstore.Open(context.Background(), gormstore.Options{
		DSN: dsn, IndexKey: make([]byte, 32), Keyring: ring, // nothing is looked for by its marks
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	return kept
}

// intact holds the history of a deployed world against its links and anchors, beside the replicas that sell.
func (w *world) intact(t *testing.T) {
	t.Helper()
	var notes bytes.Buffer
	command := exec.Command(binary, "audit", "verify", "--json", "--config", filepath.Join(w.data, "switch.yaml"))
	command.Stderr = &notes
	output, err := command.Output()
	var found gormstore.Audit
	if failed := json.Unmarshal(output, &found); err != nil || failed != nil || found.Wrong > 0 || found.Moves == 0 ||
		found.Unlinked > 0 || found.Anchors == 0 {
		t.Errorf("the history is not what was written: %v\n%s%s", err, output, notes.Bytes())
	}
}

// twoVouchers reads the approvals of those that have several; they are sealed.
func twoVouchers(t *testing.T, db *sql.DB, kept *gormstore.Store) (wrong []string) {
	t.Helper()
	for _, id := range column(t, db, `SELECT transaction_id FROM moves m JOIN contents c ON c.place = m.place
		WHERE kind LIKE '%approval' GROUP BY transaction_id HAVING COUNT(*) > 1`) {
		moves, err := kept.History(context.Background(), voucher.TransactionID(id))
		if err != nil {
			t.Fatal(err)
		}
		vouchers := map[string]bool{}
		for _, m := range moves {
			if m.Approval != nil {
				vouchers[m.Approval.Voucher.SerialNumber+"/"+m.Approval.Voucher.Code.Reveal()] = true
			}
		}
		if len(vouchers) > 1 {
			wrong = append(wrong, id+" has two vouchers")
		}
	}
	return wrong
}

func column(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var values []string
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}
