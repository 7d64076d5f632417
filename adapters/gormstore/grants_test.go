package gormstore

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"voucherswitch/ports"
	"voucherswitch/test/contract"
	"voucherswitch/test/mariadb"
)

const commandDenied = 1142

// script runs a numbered block of deploy/mysql.md as root, word for word.
func script(t *testing.T, root *sql.DB, nth int) {
	t.Helper()
	text, err := mariadb.Script("../../deploy/mysql.md", nth)
	if err != nil {
		t.Fatal(err)
	}
	for statement := range strings.SplitSeq(text, ";\n") {
		if _, err := root.ExecContext(context.Background(), strings.TrimSuffix(statement, ";")); err != nil {
			t.Fatalf("%v in %s", err, statement)
		}
	}
}

// account is the DSN of a user that deploy/mysql.md makes.
func account(server *mariadb.Server, user, password string) string {
	return strings.Replace(server.Address(), "root@", user+":"+password+"@", 1) + "/vouchers"
}

// granted makes a server as deploy/mysql.md tells, and gives root's connection and the service's DSN.
func granted(t *testing.T) (root *sql.DB, service string) {
	t.Helper()
	server, err := mariadb.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Kill() })
	root = mariadb.Open(t, server.Address())
	t.Cleanup(func() { _ = root.Close() })
	script(t, root, 1)
	if err := openMySQL(t, account(server, "migrator", "change-this-1"), nil).Close(); err != nil { // it migrates
		t.Fatal(err)
	}
	script(t, root, 2)
	return root, account(server, "service", "change-this-2")
}

func TestTheDocumentedGrantsAreEnough(t *testing.T) {
	ctx := context.Background()
	root, service := granted(t)
	empty := func(t *testing.T, clock ports.Clock) *Store {
		for _, statement := range []string{
			"TRUNCATE vouchers.moves", "TRUNCATE vouchers.contents", "TRUNCATE vouchers.advices",
			"TRUNCATE vouchers.cases", "TRUNCATE vouchers.fingerprints", "TRUNCATE vouchers.assortments", "TRUNCATE vouchers.seals",
			"TRUNCATE vouchers.takings", "TRUNCATE vouchers.anchors",
			"UPDATE vouchers.watermarks SET decided_to = 0",
		} {
			if _, err := root.ExecContext(ctx, statement); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Open(ctx, Options{DSN: service, Clock: clock, IndexKey: testKey, Keyring: testRing})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		if have, need, err := s.Schema(ctx); err != nil || have != need {
			t.Fatalf("version %d, want %d, %v", have, need, err)
		}
		if err := s.CheckKeys(ctx); err != nil {
			t.Fatal(err)
		}
		return s
	}
	store := func(t *testing.T, clock ports.Clock) contract.Store { return empty(t, clock) }
	contract.Journal(t, store)
	contract.AdviceQueue(t, store)
	contract.Cases(t, store)
	contract.Records(t, store)
	contract.Assortments(t, func(t *testing.T, clock ports.Clock) ports.Assortments { return empty(t, clock) })
}

func TestTheServiceCannotChangeWhatIsWritten(t *testing.T) {
	ctx := context.Background()
	_, service := granted(t)
	s, err := Open(ctx, Options{DSN: service, IndexKey: testKey, Keyring: testRing})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	appended(t, s, intent("1"))
	for _, statement := range []string{
		"UPDATE moves SET state = 'reversed'", "DELETE FROM moves", "TRUNCATE moves", "DROP TABLE moves",
		"ALTER TABLE moves ADD COLUMN more INT", "UPDATE contents SET body = ''", "DELETE FROM contents",
		"DELETE FROM cases", "DELETE FROM watermarks", "UPDATE fingerprints SET value = ''",
		"DELETE FROM seals", "UPDATE seals SET retired = 1", "DELETE FROM takings",
		"DELETE FROM anchors", "UPDATE anchors SET moves = 0",
		"INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)", "CREATE TABLE more (id INT)",
	} {
		var refusal *mysql.MySQLError
		if err := s.writer.Exec(statement).Error; !errors.As(err, &refusal) || refusal.Number != commandDenied {
			t.Errorf("%s: %v, want that it is denied", statement, err)
		}
	}
	if !isWritten(s, "1") {
		t.Error("the move is gone")
	}
}

// TestTheDocumentedAuditorReadsAndWritesNothing has the service anchor, too.
func TestTheDocumentedAuditorReadsAndWritesNothing(t *testing.T) {
	ctx := context.Background()
	root, service := granted(t)
	var clock atomic.Int64
	clock.Store(ten.UnixMicro())
	s := checked(t, replica(t, service, testRing, testSigner, &clock))
	provisioned(t, s, "1")
	clock.Add(time.Hour.Microseconds())
	passed(t, s.Anchoring(slog.New(slog.DiscardHandler)))
	script(t, root, 4)
	_, rest, _ := strings.Cut(service, "@")
	auditor, err := Open(ctx, Options{
		DSN: "mysql://auditor:change-this-4@" + rest, IndexKey: testKey, Keyring: testRing,
		AnchorKeys: []ed25519.PrivateKey{testSigner},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = auditor.Close() }()
	if have, need, err := auditor.Schema(ctx); err != nil || have != need {
		t.Errorf("version %d, want %d, %v", have, need, err)
	}
	if found := verified(t, checked(t, auditor)); found.Wrong > 0 || found.Moves != 2 || found.Anchors != 1 {
		t.Errorf("%+v", found)
	}
	for _, statement := range []string{
		"INSERT INTO anchors SELECT * FROM anchors", "INSERT INTO moves SELECT * FROM moves",
		"INSERT INTO contents SELECT * FROM contents", "DELETE FROM anchors", "UPDATE moves SET at = 0",
		"SELECT * FROM advices",
	} {
		var refusal *mysql.MySQLError
		if err := auditor.writer.Exec(statement).Error; !errors.As(err, &refusal) || refusal.Number != commandDenied {
			t.Errorf("%s: %v, want that it is denied", statement, err)
		}
	}
}
