package gormstore

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/adapters/keyring"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
	"voucherswitch/test/mariadb"
)

// dialects are fresh databases, one of each kind.
func dialects(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"SQLite": "sqlite:" + filepath.Join(t.TempDir(), "s.db"), "MySQL": mariadb.NewDatabase(t, mariadb.Address(t)),
	}
}

// with opens a database as a process with that ring does.
func with(t *testing.T, dsn string, ring *keyring.Ring) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{DSN: dsn, IndexKey: testKey, Keyring: ring})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

func checked(t *testing.T, s *Store) *Store {
	t.Helper()
	if err := s.CheckKeys(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

// fullOf is the fullest move, as the only one of a transaction.
func fullOf(id voucher.TransactionID) voucher.Decision {
	v := contract.FullMove()
	v.Transaction, v.Version = id, 1
	return voucher.Decision{Move: v}
}

func execute(t *testing.T, s *Store, sql string, values ...any) {
	t.Helper()
	if done := s.writer.Exec(sql, values...); done.Error != nil || done.RowsAffected == 0 {
		t.Fatalf("%s: %d rows, %v", sql, done.RowsAffected, done.Error)
	}
}

func history(s *Store, id voucher.TransactionID) error {
	_, err := s.History(context.Background(), id)
	return err
}

func TestASealOpensInItsOwnRowAlone(t *testing.T) {
	for name, dsn := range dialects(t) {
		s := checked(t, with(t, dsn, testRing))
		of := "WHERE transaction_id = '%' AND version = 1"
		if name == "MySQL" {
			of = "WHERE place = (SELECT place FROM moves WHERE transaction_id = '%' AND version = 1)"
		}
		body := func(id, kind string) (body []byte) {
			row := s.reader.Raw("SELECT body FROM contents "+strings.Replace(of, "%", id, 1)+" AND kind = ?", kind).Row()
			if err := row.Scan(&body); err != nil {
				t.Fatal(err)
			}
			return body
		}
		appended(t, s, fullOf("other"))
		for moved, from := range map[string][2]string{
			"another transaction's": {"other", "sealed approval"}, "another kind's": {"", "sealed answer"},
		} {
			id := voucher.TransactionID(moved)
			appended(t, s, fullOf(id))
			row := strings.Replace(of, "%", strings.ReplaceAll(moved, "'", "''"), 1)
			source := from[0]
			if source == "" {
				source = strings.ReplaceAll(moved, "'", "''")
			}
			execute(t, s, "UPDATE contents SET body = ? "+row+" AND kind = 'sealed approval'", body(source, from[1]))
			if err := history(s, id); !fault.Is(err, fault.Internal) {
				t.Errorf("%s, %s body: %v, want an internal fault", name, moved, err)
			}
		}
		if err := history(s, "other"); err != nil {
			t.Errorf("%s: one that cannot be opened hides another: %v", name, err)
		}
	}
}

func TestABindingNamesTableRowAndColumn(t *testing.T) {
	bindings := map[string]bool{}
	rows := []contentRow{
		{"1", 1, "answer", nil}, {"1", 2, "answer", nil}, {"1", 1, "approval", nil}, {"1/1", 1, "answer", nil},
		{"1", 11, "answer", nil}, {"11", 1, "answer", nil}, {"1", 1, "1/answer", nil},
	}
	for _, r := range rows {
		bindings[string(r.binding())] = true
		if !strings.HasPrefix(string(r.binding()), "contents.body/") {
			t.Errorf("%s does not name table and column", r.binding())
		}
	}
	if len(bindings) != len(rows) {
		t.Errorf("two of %d rows share a binding", len(rows))
	}
}

func TestAContentWithoutItsKeyIsOurFaultAndSaysNothing(t *testing.T) {
	for name, dsn := range dialects(t) {
		appended(t, with(t, dsn, testRing), fullOf("1"))
		_, err := with(t, dsn, newRing()).History(context.Background(), "1")
		if !fault.Is(err, fault.Internal) || strings.Contains(err.Error(), "aead") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneThatCannotBeOpenedIsMissingFromTheRecentAlone(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), time.Now)
	appended(t, s, intent("1"))
	appended(t, s, intent("2"))
	execute(t, s, "UPDATE contents SET body = 'x' WHERE transaction_id = '1'")
	recent, err := s.Recent(context.Background(), 10)
	if !fault.Is(err, fault.Internal) || len(recent) != 1 || recent[0].ID != "2" {
		t.Errorf("%v, %v; want 2, and the other reported", recent, err)
	}
}

func TestAMoveFindsItselfAlthoughItsSealsDiffer(t *testing.T) {
	for name, dsn := range dialects(t) {
		s := with(t, dsn, testRing)
		d := fullOf("1")
		first, again := entryOf(t, s, d), entryOf(t, s, d)
		if bytes.Equal(first.contents[0].Body, again.contents[0].Body) || !bytes.Equal(first.digest, again.digest) {
			t.Fatalf("%s: the seals must differ, the digests must not", name)
		}
		appended(t, s, d)
		appended(t, s, d)
		appended(t, with(t, dsn, newRing()), d) // as after a promotion
		other := d
		other.Move.Answer.Body = voucher.NewSecret("another answer")
		if err := s.Append(context.Background(), other); !fault.Is(err, fault.Duplicate) {
			t.Errorf("%s: a move that differs in its contents alone: %v", name, err)
		}
	}
}

func TestAProcessWithoutAKeyInUseIsFoundOut(t *testing.T) {
	ctx := context.Background()
	for name, dsn := range dialects(t) {
		old := checked(t, with(t, dsn, testRing))
		if err := with(t, dsn, newRing()).CheckKeys(ctx); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: another ring: %v", name, err)
		}
		both, id, err := testRing.Add()
		if err != nil {
			t.Fatal(err)
		}
		promoted, err := both.Promote(id)
		if err != nil {
			t.Fatal(err)
		}
		checked(t, with(t, dsn, both))
		checked(t, with(t, dsn, promoted))
		if err := old.CheckKeys(ctx); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: a process that lacks the key others seal with: %v", name, err)
		}
		used, err := old.KeysInUse(ctx)
		if want := []keyring.KeyID{testRing.Primary(), id}; err != nil || !cmp.Equal(slices.Sorted(slices.Values(want)), used) {
			t.Errorf("%s: %v are in use, %v", name, used, err)
		}
	}
}

// inTheClear takes a database back to the time before there were seals, and migrates it.
func inTheClear(t *testing.T, s *Store) {
	t.Helper()
	var rows []struct {
		Place, Version      int
		TransactionID, Kind string
		Body                []byte
	}
	if err := s.reader.Raw("SELECT c." + s.contents.place + " AS place, m.transaction_id, m.version, c.kind, c.body " +
		"FROM contents c JOIN moves m ON " + s.contents.ofMove).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		open, err := s.unsealed(contentRow{r.TransactionID, r.Version, r.Kind, r.Body})
		if err != nil {
			t.Fatal(err)
		}
		execute(t, s, "UPDATE contents SET kind = ?, body = ? WHERE "+s.contents.place+
			" = ? AND kind = ?", open.Kind, open.Body, r.Place, r.Kind)
	}
	pool, err := s.writer.DB()
	if err != nil {
		t.Fatal(err)
	}
	migrator, err := s.migrator(pool)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for _, step := range migrator.ListSources() {
		if strings.HasSuffix(step.Path, "_seals.sql") {
			_, err = migrator.DownTo(ctx, step.Version-1)
		}
	}
	if err := errors.Join(err, s.Migrate(ctx)); err != nil {
		t.Fatal(err)
	}
}

func TestContentsInClearAreReadOnlyWhereTheyAreFromBefore(t *testing.T) {
	ctx := context.Background()
	for name, dsn := range dialects(t) {
		s := with(t, dsn, testRing)
		appended(t, s, fullOf("1"))
		before, err := s.History(ctx, "1")
		if err != nil {
			t.Fatal(err)
		}
		inTheClear(t, s)
		if err := history(s, "1"); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: clear text is read by a process that was not told that there is some: %v", name, err)
		}
		appended(t, checked(t, s), fullOf("2"))
		after, err := s.History(ctx, "1")
		if err != nil || !reflect.DeepEqual(before, after) {
			t.Errorf("%s: %v (-sealed +clear)\n%s", name, err, cmp.Diff(before, after))
		}
		if err := history(s, "2"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// spellings are the forms in which a code must not be found.
func spellings(secret string) map[string][]byte {
	reversed := []byte(secret)
	slices.Reverse(reversed)
	quoted, _ := json.Marshal(secret)
	escaped := ""
	for _, letter := range secret {
		escaped += "\\u00" + hex.EncodeToString([]byte(string(letter)))
	}
	forms := map[string][]byte{
		"clear": []byte(secret), "hex": []byte(hex.EncodeToString([]byte(secret))), "reversed": reversed,
		"HEX": []byte(strings.ToUpper(hex.EncodeToString([]byte(secret)))), "JSON": bytes.Trim(quoted, `"`),
		"JSON, escaped": []byte(escaped),
	}
	for shift := range 3 { // base64 of a longer text has one of three forms of it inside
		coded := base64.StdEncoding.EncodeToString(append(make([]byte, shift), secret...))
		forms["base64, shifted "+string(rune('0'+shift))] = []byte(strings.TrimRight(coded, "=")[shift+2 : len(secret)])
	}
	return forms
}

// leaks scans every file below a folder for secrets.
func leaks(t *testing.T, folder string, secrets ...string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, secret := range secrets {
			for form, spelling := range spellings(secret) {
				if bytes.Contains(text, spelling) {
					found = append(found, filepath.Base(path)+": "+secret+" in "+form)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

const (
	canaryCode = "CANARY-4711-CODE-0815"
	canaryPIN  = "canary?pin\"31415926"
	canarySlip = "Your canary is 2718-2818"
)

// canaries makes a transaction of several moves that all hold them.
func canaries(t *testing.T, s *Store, id voucher.TransactionID) {
	t.Helper()
	d := fullOf(id)
	v := d.Move
	v.State = voucher.Provisioned // so that its voucher can be searched for
	v.Opening.Order.Code = voucher.NewSecret(canaryCode)
	v.Opening.Order.Message = voucher.NewSecret(`{"voucher":{"code":"` + canaryCode + `"}}`)
	v.Approval.Voucher.Code, v.Approval.Voucher.PIN.Value = voucher.NewSecret(canaryCode), voucher.NewSecret(canaryPIN)
	v.Approval.Slip.Lines[0].Text = voucher.NewSecret(canarySlip)
	v.Answer.Body = voucher.NewSecret(`{"code":"` + canaryCode + `","pin":"` + canaryPIN + `"}`)
	v.Advice.Message, v.Queues.Message = v.Opening.Order.Message, v.Answer.Body
	d.Move = v
	appended(t, s, d)
}

func TestNoSecretStandsInAFileOfTheDatabase(t *testing.T) {
	folder, served := t.TempDir(), t.TempDir()
	server, err := mariadb.Start(served)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Kill() })
	for name, c := range map[string]struct {
		dsn, folder string
	}{
		"SQLite": {"sqlite:" + filepath.Join(folder, "s.db"), folder},
		"MySQL":  {mariadb.NewDatabase(t, server.Address()), served},
	} {
		s := checked(t, with(t, c.dsn, testRing))
		for _, id := range []voucher.TransactionID{"1", "2", "3"} {
			canaries(t, s, id)
		}
		if name == "MySQL" {
			if err := server.Stop(); err != nil {
				t.Fatal(err)
			}
		}
		if found := leaks(t, c.folder, canaryCode, canaryPIN, canarySlip); len(found) > 0 {
			t.Errorf("%s: %q", name, found)
		}
		if name == "MySQL" { // its database is dropped afterwards
			if err := server.Restart(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestTheScanFindsACanaryInEverySpelling(t *testing.T) {
	folder := t.TempDir()
	for form, text := range map[string]string{
		"clear": canaryCode, "hex": hex.EncodeToString([]byte("a" + canaryCode + "b")),
		"base64":        base64.StdEncoding.EncodeToString([]byte(`{"code":"` + canaryCode + `"}`)),
		"base64, next":  base64.StdEncoding.EncodeToString([]byte(`{"code": "` + canaryCode + `"}`)),
		"base64, third": base64.StdEncoding.EncodeToString([]byte(`{"code" : "` + canaryCode + `"}`)),
	} {
		if err := os.WriteFile(filepath.Join(folder, "file"), []byte("before"+text+"after"), 0o600); err != nil {
			t.Fatal(err)
		}
		if len(leaks(t, folder, canaryCode)) == 0 {
			t.Errorf("%s is not found", form)
		}
	}
}
