package scenarios

import (
	"flag"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// storm is traffic of all kinds at once, of several channels, against a switch that is killed again and again.
type storm struct {
	replicas []*world // of the switch; every call goes to any of them that is up
	users    []string // the channels
	seed     uint64
	pace     time.Duration // a channel waits so long at most between two calls
	onBehalf bool          // the switch confirms within the test what single messaging channels sold
	mutex    sync.Mutex
	stories  []*story
	calls    atomic.Int64
	unheard  atomic.Int64
}

var stormMoods = []int64{
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4001, 5000, 5003, 5004, 6001, 6002, 6003, 6004, 7001, 7002, 7003, 8001, 9001, 9002,
}

func (s *storm) newStory(random *rand.Rand) *story {
	receivers := []string{plain, plain, plain, dual, netcare, stellr, kiosk}
	told := &story{
		user: s.users[random.IntN(len(s.users))], receiver: receivers[random.IntN(len(receivers))],
		mood: stormMoods[random.IntN(len(stormMoods))],
	}
	told.request = as(told.user, sale(told.receiver, 30000+told.mood))
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

// somewhere is a replica that is up, or any if none is.
func (s *storm) somewhere(random *rand.Rand) *world {
	var up []*world
	for _, w := range s.replicas {
		if w.up.Load() {
			up = append(up, w)
		}
	}
	if len(up) == 0 {
		up = s.replicas
	}
	return up[random.IntN(len(up))]
}

// act does one thing that a channel may do, or that its load balancer or its staff do for it.
func (s *storm) act(random *rand.Rand) {
	at, elsewhere := s.somewhere(random), s.somewhere(random)
	told := s.oldStory(random)
	switch dice := random.IntN(24); {
	case told == nil || dice < 9:
		told = s.newStory(random)
		if random.IntN(8) == 0 { // a channel that loses patience at once
			wait := time.Duration(random.IntN(20)) * time.Millisecond
			time.AfterFunc(wait, func() { s.reverse(told, elsewhere) })
		}
		s.ask(told, at, http.MethodPost, "/vouchers")
	case dice < 11:
		s.twice(s.newStory(random), at, elsewhere)
	case dice < 12: // long after, the very same again
		s.ask(told, at, http.MethodPost, "/vouchers")
	case dice < 17:
		s.ask(told, at, http.MethodPost, "/vouchers/"+told.request.id()+"/retry")
	case dice < 19:
		s.ask(told, at, http.MethodGet, "/vouchers?provisionRequestId="+told.request.id())
	case dice < 21:
		s.reverse(told, at)
	case dice < 22:
		s.pry(told, at)
	default:
		s.confirm(told, at)
	}
}

// twice sends the very same provision to two replicas at once.
func (s *storm) twice(told *story, at, elsewhere *world) {
	var both sync.WaitGroup
	both.Go(func() { s.ask(told, elsewhere, http.MethodPost, "/vouchers") })
	s.ask(told, at, http.MethodPost, "/vouchers")
	both.Wait()
}

// send makes a call; no answer is no news.
func (s *storm) send(c channel, method, path string, body []byte) (a answer, began time.Time, heard bool) {
	s.calls.Add(1)
	began = time.Now()
	a, err := c.send(method, path, body)
	if err != nil {
		s.unheard.Add(1)
	}
	return a, began, err == nil
}

// ask provisions, retries or looks up.
func (s *storm) ask(told *story, at *world, method, path string) {
	if a, began, heard := s.send(at.channelOf(told.user), method, path, told.request.bytes()); heard {
		told.hear(method, path, a, began)
	}
}

// pry looks up another channel's sale.
func (s *storm) pry(told *story, at *world) {
	other := "99999999"
	if told.user == other {
		other = "22222222"
	}
	path := "/vouchers?provisionRequestId=" + told.request.id()
	a, _, heard := s.send(at.channelOf(other), http.MethodGet, path, nil)
	if heard && a.status != http.StatusNotFound && a.status != http.StatusServiceUnavailable {
		told.broke("a stranger was answered %d %s", a.status, a.body)
	}
}

func (s *storm) reverse(told *story, at *world) {
	told.mutex.Lock()
	told.reversing = true
	told.mutex.Unlock()
	undo := reversal(told.request.id()).bytes()
	a, began, heard := s.send(at.channelOf(told.user), http.MethodPost, "/vouchers/reversals", undo)
	if heard && (a.status == http.StatusAccepted || a.status == http.StatusNotFound) {
		told.undo(a, began)
	}
}

func (s *storm) confirm(told *story, at *world) {
	accept := advice(told.request.id()).bytes()
	a, began, heard := s.send(at.channelOf(told.user), http.MethodPost, "/vouchers/confirmations", accept)
	if heard && a.status == http.StatusAccepted {
		told.confirm(a, began)
	}
}

// rage lets channels act until the function that it returns is called.
func (s *storm) rage(round uint64) (calm func()) {
	const channels = 12
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
					time.Sleep(time.Duration(random.Int64N(int64(s.pace))))
				}
			}
		})
	}
	return func() { close(over); acting.Wait() }
}

// blow lets channels act until the switch is killed under them, and starts it again.
func (s *storm) blow(t *testing.T, round uint64) {
	t.Helper()
	random := rand.New(rand.NewPCG(s.seed, round))
	calm := s.rage(round)
	time.Sleep(time.Duration(200+random.IntN(2200)) * time.Millisecond)
	s.replicas[0].kill()
	calm()
	s.replicas[0].restart(t)
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
	"--set", "providers.kiosk.timeout=400ms",
}

// brew makes a storm of one switch and one channel.
func brew(w *world) *storm {
	return &storm{replicas: []*world{w}, users: []string{"22222222"}, seed: *seed, pace: 25 * time.Millisecond}
}

func TestNothingIsLostOrIssuedTwiceWhereverTheSwitchDies(t *testing.T) {
	t.Parallel()
	s := brew(ownWorld(t, append(hasty, unbroken...)...))
	for round := range uint64(storms) {
		s.blow(t, round)
	}
	s.reconcile(t, drained)
	s.hasRaged(t, storms)
}

func TestNothingIsLostWhereTheProviderOutlivesTheSwitch(t *testing.T) {
	t.Parallel()
	s := brew(production(t, "400ms"))
	s.onBehalf = true
	for round := range uint64(storms) {
		if round%4 == 2 { // a provider that is away at the same time
			s.replicas[0].rule(t, "", "refuse", "600ms")
		}
		s.blow(t, round)
	}
	s.reconcile(t, drained)
	s.hasRaged(t, storms)
}
