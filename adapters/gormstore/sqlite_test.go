package gormstore

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"voucherswitch/adapters/keyring"
	"voucherswitch/ports"
	"voucherswitch/test/contract"
)

var (
	testKey  = []byte("an index key of thirty-two bytes")
	testRing = newRing()
)

func newRing() *keyring.Ring {
	ring, err := keyring.New()
	if err != nil {
		panic(err)
	}
	return ring
}

func open(t testing.TB, path string, clock ports.Clock) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{DSN: "sqlite:" + path, Clock: clock, IndexKey: testKey, Keyring: testRing})
	if err == nil {
		t.Cleanup(func() { _ = s.Close() })
		err = s.Migrate(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fresh(t *testing.T, clock ports.Clock) contract.Store {
	return open(t, filepath.Join(t.TempDir(), "a switch.db"), clock)
}

func TestSQLiteIsAJournal(t *testing.T) { contract.Journal(t, fresh) }

func TestSQLiteIsAnAdviceQueue(t *testing.T) { contract.AdviceQueue(t, fresh) }

func TestSQLiteListsCases(t *testing.T) { contract.Cases(t, fresh) }

func TestSQLiteKeepsRecords(t *testing.T) { contract.Records(t, fresh) }

func TestSQLiteKeepsAssortments(t *testing.T) {
	contract.Assortments(t, func(t *testing.T, clock ports.Clock) ports.Assortments {
		return open(t, filepath.Join(t.TempDir(), "s.db"), clock)
	})
}

func TestThePoolsOfReadersAndOfWritersAreCounted(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s.db"), nil)
	if got := slices.Sorted(maps.Keys(s.Pools())); !slices.Equal(got, []string{"reader", "writer"}) {
		t.Errorf("the pools are %v", got)
	}
}
