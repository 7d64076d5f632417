package gormstore

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
	"voucherswitch/test/mariadb"
	"voucherswitch/test/mysqlproxy"
)

var (
	lostCommits = flag.Int("lostcommits", 200, "COMMITs to lose, or to lose the answer of")
	lostSeed    = flag.Uint64("lostseed", 1, "seed of which are lost")
)

const (
	lostPatience = 400 * time.Millisecond // of one Append
	lostDelay    = 600 * time.Millisecond // of an answer that comes after that
	lostLatest   = 300 * time.Millisecond // until a COMMIT arrives whose client gave up, mostly
	lostWorkers  = 24
	lostWithin   = time.Minute // that it takes until a move is decided
)

// TestALostCommitContradictsNoAnswer lets many append at once through a line that loses COMMITs in every way, from two
// replicas, with rivals for each version. Whatever a writer was told in the end must be what the database holds then:
// yes, and its very move stands there; taken, and another's does; not written, and it does not. What was ambiguous is
// appended again until the key decides. An advice is queued exactly where its move stands.
func TestALostCommitContradictsNoAnswer(t *testing.T) {
	dsn := mariadb.NewDatabase(t, mariadb.Address(t))
	before, rest, _ := strings.Cut(dsn, "@")
	upstream, name, _ := strings.Cut(rest, "/")
	proxy, err := mysqlproxy.Start(upstream)
	if err != nil {
		t.Fatal(err)
	}
	through := before + "@" + proxy.Address() + "/" + name
	truth := openMySQL(t, dsn, nil)
	l := &loss{t: t, truth: truth, replicas: []*Store{openMySQL(t, through, nil), openMySQL(t, through, nil)}}
	proxy.Follow(cutting(*lostSeed))
	l.run(func() bool { return losses(proxy.Tally()) >= *lostCommits })
	proxy.Follow(nil)
	l.judge()
	for _, s := range l.replicas { // so that no late COMMIT waits for its turn
		_ = s.Close()
	}
	if err := proxy.Close(); err != nil {
		t.Error(err)
	}
	l.judge()
	tally := proxy.Tally()
	for _, cut := range mysqlproxy.Cuts {
		if tally[cut] == 0 {
			t.Errorf("no COMMIT was %s", cut)
		}
	}
	for _, kind := range []string{"yes", "taken", "not written", "ambiguous"} {
		if l.told(kind) == 0 {
			t.Errorf("nobody was told: %s", kind)
		}
	}
	t.Logf("%d lost: %v; %d sales; told %v", losses(tally), tally, len(l.sales), l.tellings())
}

func losses(tally map[mysqlproxy.Cut]int) (count int) {
	for _, cut := range mysqlproxy.Cuts {
		count += tally[cut]
	}
	return count
}

// cutting loses two COMMITs of three, in each way in turn. One late COMMIT of eight comes when nobody waits for its lock
// any more.
func cutting(seed uint64) mysqlproxy.Rule {
	var mu sync.Mutex
	source := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // to be repeated
	turn := 0
	return func(int) (mysqlproxy.Cut, time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		if source.IntN(3) == 0 {
			return mysqlproxy.None, 0
		}
		turn++
		cut, wait := mysqlproxy.Cuts[turn%len(mysqlproxy.Cuts)], lostDelay
		if cut == mysqlproxy.Late {
			wait = time.Duration(source.Int64N(int64(lostLatest)))
			if turn%(8*len(mysqlproxy.Cuts)) < len(mysqlproxy.Cuts) {
				wait = 4 * time.Second
			}
		}
		return cut, wait
	}
}

// loss is a run: its sales, each with writers that want a version for themselves.
type loss struct {
	t        *testing.T
	truth    *Store
	replicas []*Store
	minted   atomic.Int64

	mu    sync.Mutex
	sales map[voucher.TransactionID][]claim
	kinds map[string]int
}

// claim is what a writer was told in the end of the move that it wanted to stand under a version.
type claim struct {
	version int
	tag     string // the move's own, in its reason
	queues  bool
	told    string
}

func (l *loss) tellings() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kinds
}

func (l *loss) told(kind string) int { return l.tellings()[kind] }

func (l *loss) run(enough func() bool) {
	l.sales, l.kinds = map[voucher.TransactionID][]claim{}, map[string]int{}
	var workers sync.WaitGroup
	for range lostWorkers {
		workers.Go(func() {
			for !enough() && !l.t.Failed() {
				l.sale()
			}
		})
	}
	workers.Wait()
}

// sale lets two writers want each of a sale's first two versions, from a replica each.
func (l *loss) sale() {
	id := voucher.TransactionID(fmt.Sprintf("sale-%d", l.minted.Add(1)))
	l.contest(id, intent(id), intent(id))
	opened, err := l.truth.Find(context.Background(), voucher.ByID(id))
	if fault.Is(err, fault.NotFound) {
		return // both were told that nothing was written; judge finds whether that is so
	}
	if err != nil {
		l.t.Error(err)
		return
	}
	draft := voucher.Draft{ID: voucher.AdviceID("draft of " + id), Time: time.Now()}
	l.contest(id, opened.Record(voucher.Broken(), draft),
		opened.Record(voucher.DeclinedOrInDoubt(true, contract.FullMove().Outcome.Decline), draft))
}

func (l *loss) contest(id voucher.TransactionID, rivals ...voucher.Decision) {
	var writers sync.WaitGroup
	for i, d := range rivals {
		writers.Go(func() {
			d.Move.Reason = fmt.Sprintf("%d of version %d", i, d.Move.Version)
			c := claim{version: d.Move.Version, tag: d.Move.Reason, queues: d.Move.Queues != nil}
			c.told = l.settled(l.replicas[i%len(l.replicas)], d)
			l.mu.Lock()
			defer l.mu.Unlock()
			l.sales[id] = append(l.sales[id], c)
			l.kinds[c.told]++
		})
	}
	writers.Wait()
}

// settled appends a move until it is decided, as the application does: once an answer was ambiguous, neither another
// one nor a database that is away says anything of it.
func (l *loss) settled(s *Store, d voucher.Decision) string {
	inDoubt := false
	for deadline := time.Now().Add(lostWithin); time.Now().Before(deadline); {
		ctx, cancel := context.WithTimeout(context.Background(), lostPatience)
		err := s.Append(ctx, d)
		cancel()
		switch {
		case err == nil:
			return "yes"
		case fault.Is(err, fault.Duplicate) && d.Move.Version == 1, fault.Is(err, fault.Stale) && d.Move.Version > 1:
			return "taken"
		case fault.Is(err, fault.Ambiguous):
			inDoubt = true
			l.mu.Lock()
			l.kinds["ambiguous"]++
			l.mu.Unlock()
		case fault.Is(err, fault.Overloaded) && !inDoubt:
			return "not written"
		case fault.Is(err, fault.Overloaded):
		default:
			l.t.Errorf("%s/%d: %v", d.Move.Transaction, d.Move.Version, err)
			return "a fault"
		}
	}
	l.t.Errorf("%s/%d is not decided within %s", d.Move.Transaction, d.Move.Version, lostWithin)
	return "nothing"
}

// judge holds every telling against what the database holds.
func (l *loss) judge() {
	ctx := context.Background()
	for id, claims := range l.sales {
		moves, err := l.truth.History(ctx, id)
		if err != nil && !fault.Is(err, fault.NotFound) {
			l.t.Fatal(err)
		}
		stands := map[int]string{}
		for _, m := range moves {
			stands[m.Version] = m.Reason
		}
		owed := false
		for _, c := range claims {
			mine := stands[c.version] == c.tag
			owed = owed || mine && c.queues
			contradicted := c.told == "yes" && !mine || c.told == "not written" && mine ||
				c.told == "taken" && (mine || stands[c.version] == "")
			if contradicted {
				l.t.Errorf("%s: %q was told %s, and %q stands there", id, c.tag, c.told, stands[c.version])
			}
		}
		waiting, err := l.truth.Waiting(ctx, voucher.Which{Transaction: id}, 2)
		if err != nil {
			l.t.Fatal(err)
		}
		if queued := len(waiting) == 1; queued != owed || len(waiting) > 1 {
			l.t.Errorf("%s: %d advices wait; one is owed: %v", id, len(waiting), owed)
		}
	}
}
