package scenarios

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// story is what the outside knows of one transaction.
type story struct {
	request   message
	receiver  string
	mood      int64
	mutex     sync.Mutex
	approval  []byte    // the first approved answer
	reversing bool      // a reversal was sent, whatever became of it
	undone    time.Time // a reversal was answered 202 or 404
	confirmed time.Time // a confirmation was answered 202
	wrong     []string  // promises that were broken before our eyes
}

// storm is traffic of all kinds at once against a switch that is killed again and again.
type storm struct {
	world   *world
	seed    uint64
	mutex   sync.Mutex
	stories []*story
	calls   atomic.Int64
	unheard atomic.Int64
}

var stormMoods = []int64{
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4001, 5000, 5003, 5004, 6001, 6002, 6003, 6004, 7001, 7002, 7003, 8001, 9001, 9002,
}

func (s *storm) newStory(random *rand.Rand) *story {
	receivers := []string{plain, plain, plain, dual, netcare, stellr}
	told := &story{receiver: receivers[random.IntN(len(receivers))], mood: stormMoods[random.IntN(len(stormMoods))]}
	told.request = sale(told.receiver, 30000+told.mood)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.stories = append(s.stories, told)
	return told
}

func (s *storm) oldStory(random *rand.Rand) *story {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.stories) == 0 {
		return nil
	}
	recent := max(0, len(s.stories)-60) // mostly what is still going on
	if random.IntN(4) == 0 {
		recent = 0
	}
	return s.stories[recent+random.IntN(len(s.stories)-recent)]
}

// act does one thing that a channel may do.
func (s *storm) act(random *rand.Rand) {
	told := s.oldStory(random)
	switch dice := random.IntN(20); {
	case told == nil || dice < 9:
		told = s.newStory(random)
		if random.IntN(8) == 0 { // a channel that loses patience at once
			wait := time.Duration(random.IntN(20)) * time.Millisecond
			time.AfterFunc(wait, func() { s.reverse(told) })
		}
		s.ask(told, http.MethodPost, "/vouchers")
	case dice < 14:
		s.ask(told, http.MethodPost, "/vouchers/"+told.request.id()+"/retry")
	case dice < 16:
		s.ask(told, http.MethodGet, "/vouchers?provisionRequestId="+told.request.id())
	case dice < 18:
		s.reverse(told)
	default:
		s.confirm(told)
	}
}

// send makes a call and keeps what it must not have said; no answer is no news.
func (s *storm) send(method, path string, body []byte) (a answer, began time.Time, heard bool) {
	s.calls.Add(1)
	began = time.Now()
	a, err := s.world.channel().send(method, path, body)
	if err != nil {
		s.unheard.Add(1)
	}
	return a, began, err == nil
}

func (told *story) broke(format string, values ...any) {
	told.wrong = append(told.wrong, fmt.Sprintf(format, values...))
}

// ask provisions, retries or looks up.
func (s *storm) ask(told *story, method, path string) {
	a, began, heard := s.send(method, path, told.request.bytes())
	if !heard {
		return
	}
	told.mutex.Lock()
	defer told.mutex.Unlock()
	after := func(moment time.Time) bool { return !moment.IsZero() && began.After(moment) }
	approved := method == http.MethodPost && (a.status == 200 || a.status == 201)
	if shown := approved || a.status == 200; shown && after(told.undone) {
		told.broke("%s %s showed the voucher after its reversal was accepted: %s", method, path, a.body)
	}
	if a.status == 500 && strings.Contains(string(a.body), "panic") || a.status == 0 {
		told.broke("%s %s: %d %s", method, path, a.status, a.body)
	}
	if !approved {
		return
	}
	if told.approval == nil {
		told.approval = a.body
	} else if string(told.approval) != string(a.body) {
		told.broke("answered first %s\nthen %s", told.approval, a.body)
	}
}

func (s *storm) reverse(told *story) {
	told.mutex.Lock()
	told.reversing = true
	told.mutex.Unlock()
	a, began, heard := s.send(http.MethodPost, "/vouchers/reversals", reversal(told.request.id()).bytes())
	if !heard {
		return
	}
	told.mutex.Lock()
	defer told.mutex.Unlock()
	if a.status != http.StatusAccepted && a.status != http.StatusNotFound {
		return
	}
	if !told.confirmed.IsZero() && began.After(told.confirmed) {
		told.broke("a confirmed sale was reversed: %d %s", a.status, a.body)
	}
	if told.undone.IsZero() {
		told.undone = time.Now()
	}
}

func (s *storm) confirm(told *story) {
	a, began, heard := s.send(http.MethodPost, "/vouchers/confirmations", advice(told.request.id()).bytes())
	if !heard || a.status != http.StatusAccepted {
		return
	}
	told.mutex.Lock()
	defer told.mutex.Unlock()
	if !told.undone.IsZero() && began.After(told.undone) {
		told.broke("a reversed sale was confirmed: %s", a.body)
	}
	if told.confirmed.IsZero() {
		told.confirmed = time.Now()
	}
}

// blow lets channels act until the switch is killed under them, and starts it again.
func (s *storm) blow(t *testing.T, round uint64) {
	t.Helper()
	const channels = 12
	random := rand.New(rand.NewPCG(s.seed, round))
	over := make(chan struct{})
	var acting sync.WaitGroup
	for each := range uint64(channels) {
		acting.Go(func() {
			random := rand.New(rand.NewPCG(s.seed+round, each))
			for {
				select {
				case <-over:
					return
				default:
					s.act(random)
					time.Sleep(time.Duration(random.IntN(25)) * time.Millisecond)
				}
			}
		})
	}
	time.Sleep(time.Duration(200+random.IntN(2200)) * time.Millisecond)
	s.world.kill()
	close(over)
	acting.Wait()
	s.world.restart(t)
}

// reconcile compares every story with the provider's books and the switch's answers until all is settled.
func (s *storm) reconcile(t *testing.T, within time.Duration, confirmsOnBehalf bool) {
	t.Helper()
	unsettled := s.stories
	eventually(t, within, func() string {
		books, open := s.world.ledger(t), s.world.cases(t)
		var still []*story
		var reasons []string
		for _, told := range unsettled {
			reason := s.verdict(t, told, books[told.request.id()], open[told.request.id()])
			if asked := books[told.request.id()]; reason == "" && confirmsOnBehalf && told.approval != nil &&
				told.receiver != stellr && !told.reversing && asked.State != "confirmed" {
				reason = "nobody confirmed the sale"
			}
			if reason != "" {
				still = append(still, told)
				reasons = append(reasons, fmt.Sprintf("%s (mood %04d, reversal sent %v, approval %s)\n  %s\n  books: %+v",
					told.request.id(), told.mood, told.reversing, told.approval, reason, books[told.request.id()]))
			}
		}
		unsettled = still
		return strings.Join(reasons[:min(len(reasons), 8)], "\n")
	})
	var approved, undone, confirmed int
	for _, told := range s.stories {
		for _, broken := range told.wrong {
			t.Errorf("%s: %s", told.request.id(), broken)
		}
		approved += one(told.approval != nil)
		undone += one(!told.undone.IsZero())
		confirmed += one(!told.confirmed.IsZero())
	}
	t.Logf("seed %d: %d calls, %d unheard, about %d transactions: %d approved, %d reversed, %d confirmed",
		s.seed, s.calls.Load(), s.unheard.Load(), len(s.stories), approved, undone, confirmed)
	if s.unheard.Load() < storms || approved < storms || undone < storms || confirmed < storms {
		t.Error("that was no storm")
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// verdict says what is not as it must be in the end.
func (s *storm) verdict(t *testing.T, told *story, written entry, open bool) string {
	t.Helper()
	c, id := s.world.channel(), told.request.id()
	found := c.lookup(t, id)
	known := found.status == http.StatusOK
	var shown string
	if known {
		shown = found.want(t, http.StatusOK).code()
	}
	switch {
	case written.Calls > 1:
		return fmt.Sprintf("the provider was asked %d times", written.Calls)
	case found.status == http.StatusAccepted:
		return "still in flight"
	case known && (shown != written.Code || !written.standing()):
		return fmt.Sprintf("the switch shows %s", found.body)
	case written.standing() && !known && !open:
		return fmt.Sprintf("a voucher stands that the switch does not answer for: %d %s", found.status, found.body)
	case told.approval != nil && !told.reversing && !known:
		return fmt.Sprintf("a sale that nobody reversed is gone: %d %s", found.status, found.body)
	case !told.confirmed.IsZero() && (!known || told.receiver != stellr && written.State != "confirmed"):
		return "a confirmation was accepted, and the sale is not confirmed"
	case !told.undone.IsZero() && known:
		return "a reversal was accepted, and the sale stands"
	case open && told.receiver != stellr && told.mood != 9001:
		return "a person is asked where messages could settle it"
	}
	if told.approval == nil || told.receiver == stellr || told.receiver == netcare {
		return ""
	}
	again := c.retry(t, told.request)
	if again.status == http.StatusOK && string(again.body) == string(told.approval) && known {
		return ""
	}
	if again.status == http.StatusBadRequest && told.reversing && !known &&
		again.want(t, http.StatusBadRequest)["errorType"] == "VOUCHER_ALREADY_REVERSED" {
		return ""
	}
	return fmt.Sprintf("a retry was answered %d %s", again.status, again.body)
}

var seed = flag.Uint64("seed", 20261122, "of the traffic and of the moments at which the switch is killed")

// storms is how often the switch is killed; lease 13 s, two sweeps, the horizon and the backoff come after the last.
const (
	storms  = 12
	drained = 75 * time.Second
)

// hasty makes time-outs, and the reversals that follow them, happen between two kills.
var hasty = []string{
	"--set", "providers.plain.timeout=400ms", "--set", "providers.stellr.timeout=400ms",
	"--set", "providers.netcare.timeout=400ms", "--set", "providers.dual.timeout=400ms",
}

func TestNothingIsLostOrIssuedTwiceWhereverTheSwitchDies(t *testing.T) {
	t.Parallel()
	s := &storm{world: ownWorld(t, append(hasty, unbroken...)...), seed: *seed}
	for round := range uint64(storms) {
		s.blow(t, round)
	}
	s.reconcile(t, drained, false)
}

func TestNothingIsLostWhereTheProviderOutlivesTheSwitch(t *testing.T) {
	t.Parallel()
	s := &storm{world: production(t, "400ms"), seed: *seed}
	for round := range uint64(storms) {
		if round%4 == 2 { // a provider that is away at the same time
			s.world.rule(t, "", "refuse", "600ms")
		}
		s.blow(t, round)
	}
	s.reconcile(t, drained, true)
}
