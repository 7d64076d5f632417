package gormstore

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/adapters/keyring"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// promoted is testRing with a new primary key.
func promoted(t testing.TB) *keyring.Ring {
	t.Helper()
	ring, id, err := testRing.Add()
	if err == nil {
		ring, err = ring.Promote(id)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// without is a ring after its oldest key was retired.
func without(t testing.TB, ring *keyring.Ring) *keyring.Ring {
	t.Helper()
	alone, err := ring.Retire(ring.Keys()[0])
	if err != nil {
		t.Fatal(err)
	}
	return alone
}

func rotated(t *testing.T, s *Store) Rotation {
	t.Helper()
	r, err := s.Rotate(context.Background(), func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// filled holds so many transactions that a rotation takes several batches.
func filled(t *testing.T, s *Store) (ids []voucher.TransactionID) {
	t.Helper()
	for n := range 2*batch + 9 {
		ids = append(ids, voucher.TransactionID(fmt.Sprint("sale ", n)))
		appended(t, s, fullOf(ids[n]))
	}
	return ids
}

func histories(t *testing.T, s *Store, ids []voucher.TransactionID) (all [][]voucher.Move) {
	t.Helper()
	for _, id := range ids {
		moves, err := s.History(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, moves)
	}
	return all
}

func TestARotationChangesKeysAndNothingElse(t *testing.T) {
	ctx := context.Background()
	for name, dsn := range dialects(t) {
		old := checked(t, with(t, dsn, testRing))
		ids := filled(t, old)
		before := histories(t, old, ids)
		ring := promoted(t)
		s := checked(t, with(t, dsn, ring))
		if err := s.Retire(ctx, testRing.Primary(), nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: a key in use is retired: %v", name, err)
		}
		if r := rotated(t, s); r.Sealed == 0 || r.Unreadable > 0 {
			t.Errorf("%s: %+v", name, r)
		}
		if r := rotated(t, s); r.Sealed > 0 {
			t.Errorf("%s: a second time: %+v", name, r)
		}
		if err := s.Retire(ctx, ring.Primary(), nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: the key that seals is retired: %v", name, err)
		}
		if err := s.Retire(ctx, testRing.Primary(), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		alone := checked(t, with(t, dsn, without(t, ring)))
		if after := histories(t, alone, ids); !reflect.DeepEqual(before, after) {
			t.Errorf("%s (-before +after)\n%s", name, cmp.Diff(before, after))
		}
		for what, late := range map[string]*Store{"runs": old, "starts": with(t, dsn, testRing)} {
			if err := late.CheckKeys(ctx); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "retired") {
				t.Errorf("%s: a process %s that seals with a retired key: %v", name, what, err)
			}
		}
		appended(t, alone, fullOf(ids[0])) // it finds itself
	}
}

func TestARotationThatWasCutOffIsTakenUpAgain(t *testing.T) {
	for name, dsn := range dialects(t) {
		old := checked(t, with(t, dsn, testRing))
		ids := filled(t, old)
		ring := promoted(t)
		s := checked(t, with(t, dsn, ring))
		ctx, cancel := context.WithCancel(context.Background())
		first, err := s.Rotate(ctx, func(int64, int64) { cancel() })
		if err == nil || first.Sealed == 0 {
			t.Fatalf("%s: %+v, %v", name, first, err)
		}
		histories(t, s, ids) // half and half
		second := rotated(t, s)
		var contents int
		s.reader.Raw("SELECT COUNT(*) FROM contents").Scan(&contents)
		if first.Sealed+second.Sealed != contents || second.Sealed == 0 {
			t.Errorf("%s: %d and %d of %d were sealed anew", name, first.Sealed, second.Sealed, contents)
		}
		histories(t, with(t, dsn, without(t, ring)), ids)
	}
}

func TestARotationSealsWhatStandsInClear(t *testing.T) {
	ctx := context.Background()
	for name, dsn := range dialects(t) {
		s := with(t, dsn, testRing)
		appended(t, s, fullOf("1"))
		before := histories(t, s, []voucher.TransactionID{"1"})
		inTheClear(t, s)
		checked(t, s)
		rotated(t, s)
		used, err := s.KeysInUse(ctx)
		if err != nil || !slices.Equal(used, []keyring.KeyID{testRing.Primary()}) {
			t.Errorf("%s: in use are %v, %v", name, used, err)
		}
		fresh := checked(t, with(t, dsn, testRing))
		if after := histories(t, fresh, []voucher.TransactionID{"1"}); !reflect.DeepEqual(before, after) {
			t.Errorf("%s (-before +after)\n%s", name, cmp.Diff(before, after))
		}
		// From now on clear text is what somebody has put there.
		execute(t, fresh, "UPDATE contents SET kind = 'answer', body = 'forged' WHERE kind = 'sealed answer'")
		if err := history(fresh, "1"); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: a forged answer: %v", name, err)
		}
		if r, err := fresh.Rotate(ctx, nil); err != nil || r.Unreadable != 1 || r.Sealed != 0 {
			t.Errorf("%s: a forged answer is sealed: %+v, %v", name, r, err)
		}
	}
}

func TestAContentThatDoesNotOpenStopsNoRotationAndKeepsItsKey(t *testing.T) {
	for name, dsn := range dialects(t) {
		s := checked(t, with(t, dsn, testRing))
		appended(t, s, fullOf("1"))
		execute(t, s, "UPDATE contents SET body = ? WHERE kind = 'sealed answer'",
			append(keyring.Prefix(testRing.Primary()), "broken"...))
		appended(t, s, fullOf("2"))
		s = checked(t, with(t, dsn, promoted(t)))
		r := rotated(t, s)
		if r.Unreadable != 1 || !slices.Equal(r.Examples, []string{"1/1 sealed answer"}) || r.Sealed < 2 {
			t.Errorf("%s: %+v", name, r)
		}
		if err := s.Retire(context.Background(), testRing.Primary(), nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: its key is retired: %v", name, err)
		}
	}
}

func TestARotationLeavesWhatAnotherOneWasFasterWith(t *testing.T) {
	ctx := context.Background()
	for name, dsn := range dialects(t) {
		appended(t, checked(t, with(t, dsn, testRing)), fullOf("1"))
		s := checked(t, with(t, dsn, promoted(t)))
		stale, err := s.stale(ctx, 0, batch)
		if err != nil || len(stale) == 0 {
			t.Fatal(err)
		}
		rotated(t, s)
		var r Rotation
		if err := s.sealAnew(ctx, stale, &r); err != nil || r.Sealed != 0 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		histories(t, s, []voucher.TransactionID{"1"})
	}
}

func TestTheDocumentedRotatorCanRotateAndNothingElse(t *testing.T) {
	ctx := context.Background()
	root, service := granted(t)
	script(t, root, 3)
	appended(t, checked(t, serving(t, service, testRing)), fullOf("1"))
	ring := promoted(t)
	rotator := checked(t, serving(t, strings.Replace(service, "service:change-this-2@", "rotator:change-this-3@", 1), ring))
	if r := rotated(t, rotator); r.Sealed == 0 {
		t.Errorf("%+v", r)
	}
	if err := rotator.Retire(ctx, testRing.Primary(), nil); err != nil {
		t.Error(err)
	}
	for _, statement := range []string{
		"UPDATE moves SET state = 'reversed'", "DELETE FROM moves", "DELETE FROM contents", "DROP TABLE contents",
		"INSERT INTO contents VALUES (1, 'answer', '')", "UPDATE contents SET place = 7", "DELETE FROM advices",
		"UPDATE fingerprints SET value = ''", "DELETE FROM seals", "UPDATE seals SET key_id = 7", "CREATE TABLE more (id INT)",
	} {
		if err := rotator.writer.Exec(statement).Error; !isNumbered(err, commandDenied, 1143) {
			t.Errorf("%s: %v, want that it is denied", statement, err)
		}
	}
	histories(t, serving(t, service, without(t, ring)), []voucher.TransactionID{"1"})
}

// serving opens a database whose tables another account has made.
func serving(t *testing.T, dsn string, ring *keyring.Ring) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{DSN: dsn, IndexKey: testKey, Keyring: ring})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
