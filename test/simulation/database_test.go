package simulation

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"voucherswitch/adapters/gormstore"
	"voucherswitch/adapters/keyring"
	"voucherswitch/adapters/memory"
)

var indexKey = []byte("a test key of thirty-two bytes !")

// blank is an empty database file with its tables, made once, and the keys that it knows.
var blank = sync.OnceValues(func() (file []byte, ring *keyring.Ring) {
	folder, err := os.MkdirTemp("", "simulation")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if ring, err = keyring.New(); err != nil {
		panic(err)
	}
	path := filepath.Join(folder, "blank.db")
	s := onDisk(path, ring)
	if err := s.Migrate(context.Background()); err != nil {
		panic(err)
	}
	if err := s.CheckKeys(context.Background()); err != nil {
		panic(err)
	}
	if err := s.Close(); err != nil {
		panic(err)
	}
	if file, err = os.ReadFile(path); err != nil {
		panic(err)
	}
	return file, ring
})

func onDisk(path string, ring *keyring.Ring) *gormstore.Store {
	s, err := gormstore.Open(context.Background(), gormstore.Options{
		DSN: "sqlite:" + path, IndexKey: indexKey, Keyring: ring,
	})
	if err != nil {
		panic(err)
	}
	return s
}

// scratch is where databases lie: in memory where that can be had, since nothing here loses its power.
func scratch() string {
	if _, err := os.Stat("/dev/shm"); err == nil {
		return "/dev/shm"
	}
	return ""
}

// database opens a plan's database within its bubble, and closes it there.
func database(t *testing.T, p plan) (open func() store, closed func(store)) {
	t.Helper()
	if !p.onDisk {
		return func() store { return memory.NewStore(time.Now) }, func(store) {}
	}
	file, ring := blank()
	folder, err := os.MkdirTemp(scratch(), "simulation")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	path := filepath.Join(folder, "switch.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return func() store {
		s := onDisk(path, ring)
		if err := s.CheckKeys(context.Background()); err != nil {
			panic(err)
		}
		return s
	}, func(s store) { _ = s.(*gormstore.Store).Close() }
}
