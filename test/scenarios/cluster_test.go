package scenarios

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"voucherswitch/test/mariadb"
)

var lasting = flag.Duration("storm", time.Minute,
	"how long the cluster is in the storm; its providers are away for a quarter of it, a minute at most")

const (
	replicas  = 3
	settledIn = time.Minute // after the last fault
	// A frozen replica outlasts its lease of 1 + 0.4 + 2 s with two sweeps, and the horizon of 1 + 0.4 + 4 s.
	frozen = 6500 * time.Millisecond
)

// brisk makes leases lapse within a storm.
var brisk = []string{"--set", "timing.lease_margin=2s", "--set", "timing.sweep=1s"}

// siege is the faults that befall replicas, their database and their providers.
type siege struct {
	*storm
	server *mariadb.Server
	random *rand.Rand
}

// pause is a moment of random length.
func (s *siege) pause(most time.Duration) { time.Sleep(time.Duration(s.random.Int64N(int64(most)))) }

func (s *siege) anyone() *world { return s.replicas[s.random.IntN(len(s.replicas))] }

func (s *siege) killReplica(t *testing.T) {
	w := s.anyone()
	w.kill()
	s.pause(1500 * time.Millisecond)
	w.restart(t)
}

// killTwice kills a replica, and again while it starts.
func (s *siege) killTwice(t *testing.T) {
	w := s.anyone()
	w.kill()
	if err := w.launch(); err != nil {
		t.Fatal(err)
	}
	s.pause(200 * time.Millisecond)
	w.kill()
	w.restart(t)
}

func (s *siege) killDatabase(t *testing.T) {
	if err := s.server.Kill(); err != nil {
		t.Fatal(err)
	}
	s.pause(2 * time.Second)
	s.reviveDatabase(t)
}

func (s *siege) reviveDatabase(t *testing.T) {
	if err := s.server.Restart(); err != nil {
		t.Fatal(err)
	}
}

func (s *siege) killBoth(t *testing.T) {
	w := s.anyone()
	if err := s.server.Kill(); err != nil {
		t.Fatal(err)
	}
	w.kill()
	s.pause(time.Second)
	s.reviveDatabase(t)
	w.restart(t)
}

// freezeReplica lets a replica come back to provisions that others have resolved meanwhile.
func (s *siege) freezeReplica(t *testing.T) {
	w := s.anyone()
	w.freeze(t)
	time.Sleep(frozen)
	w.thaw(t)
}

// restartAll stops each replica in order and starts it again, as a new version is rolled out.
func (s *siege) restartAll(t *testing.T) {
	for _, w := range s.replicas {
		if err := w.stop(); err != nil {
			t.Errorf("a replica did not stop cleanly: %v\n%s", err, w.tail())
		}
		w.restart(t)
	}
}

// The providers' faults pass by themselves, while others strike. While the listener is closed nobody takes a mood.

func (s *siege) silenceProviders(*testing.T) { s.order("6001", 2*time.Second) }

func (s *siege) garbleProviders(*testing.T) { s.order("7001", 2*time.Second) }

func (s *siege) refuseForAMoment(*testing.T) { s.order("refuse", 700*time.Millisecond) }

func (s *siege) order(mood string, lasting time.Duration) {
	body := fmt.Sprintf(`{"mood": %q, "for": %q}`, mood, lasting)
	if response, err := http.Post(s.replicas[0].simulator+"/moods", "application/json", strings.NewReader(body)); err == nil {
		_ = response.Body.Close()
	}
}

// endure lets fault after fault befall the cluster, every kind in every round, while the providers are once away for
// long. It returns when the last is over.
func (s *siege) endure(t *testing.T) {
	t.Helper()
	faults := []struct {
		name   string
		strike func(*testing.T)
	}{
		{"a replica is killed", s.killReplica}, {"a replica is killed", s.killReplica},
		{"a replica is killed, and while it starts", s.killTwice}, {"a replica is frozen", s.freezeReplica},
		{"the database is killed", s.killDatabase}, {"the database is killed", s.killDatabase},
		{"a replica and the database are killed", s.killBoth}, {"the replicas are stopped in turn", s.restartAll},
		{"the providers are silent", s.silenceProviders}, {"the providers talk garbage", s.garbleProviders},
		{"the providers refuse", s.refuseForAMoment},
	}
	began := time.Now()
	outage := time.AfterFunc(*lasting/2, func() { s.order("refuse", min(*lasting/4, time.Minute)) })
	defer outage.Stop()
	for time.Since(began) < *lasting {
		s.random.Shuffle(len(faults), func(i, j int) { faults[i], faults[j] = faults[j], faults[i] })
		for _, f := range faults {
			t.Logf("%5.1f s: %s", time.Since(began).Seconds(), f.name)
			f.strike(t)
			if s.pause(800 * time.Millisecond); time.Since(began) > *lasting {
				break
			}
		}
	}
	eventually(t, time.Minute, func() string {
		if _, _, err := get(s.replicas[0].simulator + "/ledger"); err != nil {
			return "the providers stay away"
		}
		return ""
	})
}

// TestNoVoucherIsLostOrDoubledInAStormOverThreeReplicas is invariant S7 and its like, end to end: duplicates, retries,
// reversals and confirmations of the same ids arrive at different replicas, everything dies again and again, and
// within a minute of the last fault every voucher in the providers' books is accounted for exactly once.
func TestNoVoucherIsLostOrDoubledInAStormOverThreeReplicas(t *testing.T) {
	t.Parallel()
	server, err := mariadb.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Kill() })
	dsn := mariadb.NewDatabase(t, server.Address())
	s := siege{server: server, random: rand.New(rand.NewPCG(*seed, *seed)), storm: &storm{
		replicas: deploy(t, replicas, dsn, "400ms", brisk...), users: slices.Sorted(maps.Keys(messaging)),
		seed: *seed, pace: 80 * time.Millisecond, onBehalf: true,
	}}
	calm := s.rage(0)
	s.endure(t)
	calm()
	over := time.Now()

	db := mariadb.Open(t, dsn)
	t.Cleanup(func() { _ = db.Close() })
	eventually(t, settledIn, func() string { return unsettled(t, db) })
	t.Logf("settled %.1f s after the last fault", time.Since(over).Seconds())
	for _, wrong := range contradictions(t, db, keeper(t, s.replicas[0], dsn), s.replicas[0].ledger(t)) {
		t.Error(wrong)
	}
	s.replicas[0].intact(t)
	s.reconcile(t, time.Until(over.Add(settledIn)))
	s.hasRaged(t, 10)
}
