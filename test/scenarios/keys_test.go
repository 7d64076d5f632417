package scenarios

import (
	"bytes"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"voucherswitch/test/mariadb"
)

// TestKeysChangeWhileReplicasSell takes two replicas through a change of keys, a restart at a time, while channels sell:
// every sale of before, of meanwhile and of afterwards is answered again by both, byte by byte.
func TestKeysChangeWhileReplicasSell(t *testing.T) {
	t.Parallel()
	a, b, dsn := pair(t, "2s")
	var (
		mutex sync.Mutex
		sales []message
		first = map[string]answer{}
	)
	sell := func(w *world) {
		request := sale(plain, 10000)
		got, err := w.channel().send(http.MethodPost, "/vouchers", request.bytes())
		if err != nil || got.status != http.StatusCreated {
			return // cut off by a restart: retries are another test's
		}
		mutex.Lock()
		defer mutex.Unlock()
		sales, first[request.id()] = append(sales, request), got
	}
	over := make(chan struct{})
	var tills sync.WaitGroup
	for _, w := range []*world{a, b} {
		tills.Go(func() {
			for {
				select {
				case <-over:
					return
				case <-time.After(20 * time.Millisecond):
					sell(w)
				}
			}
		})
	}
	keys := func(args ...string) string {
		t.Helper()
		var notes bytes.Buffer
		command := exec.Command(binary, append(append([]string{"keys"}, args...), "--config",
			filepath.Join(a.data, "switch.yaml"))...)
		command.Stderr = &notes
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%v: %v %s", args, err, notes.Bytes())
		}
		return strings.TrimSpace(string(out))
	}
	renew := func(replicas ...*world) {
		t.Helper()
		for _, w := range replicas {
			if err := w.stop(); err != nil {
				t.Fatal(err)
			}
			w.restart(t)
		}
	}
	old := strings.Fields(strings.Split(keys("list"), "\n")[1])[0]
	fresh := keys("add")
	renew(a, b)
	keys("promote", fresh)
	renew(a) // b still seals with the old key, and opens what a seals
	time.Sleep(200 * time.Millisecond)
	renew(b)
	keys("rotate")
	a.intact(t)
	keys("retire", old)
	renew(a, b)
	time.Sleep(200 * time.Millisecond)
	close(over)
	tills.Wait()

	if len(sales) < 20 {
		t.Errorf("only %d sales were made meanwhile", len(sales))
	}
	for i, request := range sales {
		again := []*world{a, b}[i%2].channel().retry(t, request)
		again.want(t, http.StatusOK)
		same(t, first[request.id()], again)
	}
	db := mariadb.Open(t, dsn)
	t.Cleanup(func() { _ = db.Close() })
	if rows := column(t, db, "SELECT CONCAT(key_id, ' ', retired) FROM seals ORDER BY retired"); len(rows) != 2 ||
		rows[0] != fresh+" 0" || rows[1] != old+" 1" {
		t.Errorf("the keys in use are %q, want %s", rows, fresh)
	}
}
