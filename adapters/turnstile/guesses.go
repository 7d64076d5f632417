package turnstile

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	mostRemembered = 1 << 14 // of sources, of names and of pairs that proved themselves
	sourceBits     = 64      // of an IPv6 address; the rest is anybody's to choose
)

// What wrong guesses are free. A source's come back at one a second, so whoever shares its address waits no longer.
var (
	freeOfSource = Rate{PerSecond: 1, Burst: 20}
	freeOfName   = Rate{PerSecond: 10, Burst: 100}
)

// Guesses count wrong credentials by where they come from and by the name that they are for, known or not, and slow
// both down. Who proved itself from a place before, or is expected there, is never slowed there by the guesses of
// others, and the first attempt from a place that did not guess lately always counts, so that nobody is locked out from
// elsewhere. It may be used by many at once.
type Guesses struct {
	clock func() time.Time
	seed  maphash.Seed

	mu      sync.Mutex
	sources buckets
	names   buckets
	proved  map[uint64]struct{}
}

// Attempt is who tries to come in, and whether it may.
type Attempt struct {
	From     netip.Addr
	Name     string
	Right    bool
	Expected bool // from there, by that name: the configuration says so
}

// place is who comes from where. Names are a stranger's to choose, so they are kept as hashes only.
type place struct {
	source netip.Prefix
	name   string
}

// NewGuesses knows of no guess yet.
func NewGuesses(clock func() time.Time) *Guesses {
	return &Guesses{
		clock: clock, seed: maphash.MakeSeed(), sources: buckets{}, names: buckets{}, proved: map[uint64]struct{}{},
	}
}

// Judge takes one attempt, right or wrong, and says whether it is let in. If it is not and the guesses are used up,
// wait is above 0, and says nothing about the attempt: a right one is refused like a wrong one.
func (g *Guesses) Judge(a Attempt) (admitted bool, wait time.Duration) {
	source := network(a.From)
	pair := maphash.Comparable(g.seed, place{source, a.Name})
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, proved := g.proved[pair]; a.Right && (proved || a.Expected) {
		return true, 0
	}
	now := g.clock()
	ofSource := g.sources.at(maphash.Comparable(g.seed, source), freeOfSource)
	ofName := g.names.at(maphash.Comparable(g.seed, a.Name), freeOfName)
	used := ofSource.TokensAt(now) < 1 ||
		ofName.TokensAt(now) < 1 && ofSource.TokensAt(now) < float64(freeOfSource.Burst)
	if !a.Right {
		ofSource.AllowN(now, 1)
		ofName.AllowN(now, 1)
	}
	switch {
	case used:
		return false, time.Second
	case a.Right:
		makeRoom(g.proved)
		g.proved[pair] = struct{}{}
	}
	return a.Right, 0
}

// network is what one stranger has of addresses: one, or of IPv6 a whole net.
func network(from netip.Addr) netip.Prefix {
	bits := from.BitLen()
	if from.Is6() {
		bits = sourceBits
	}
	prefix, _ := from.Prefix(bits)
	return prefix
}

type buckets map[uint64]*rate.Limiter

func (b buckets) at(key uint64, free Rate) *rate.Limiter {
	bucket, ok := b[key]
	if !ok {
		makeRoom(b)
		bucket = free.bucket()
		b[key] = bucket
	}
	return bucket
}

// makeRoom forgets anybody where there are too many: a stranger gains some guesses by it, and memory has its bound.
func makeRoom[V any](remembered map[uint64]V) {
	if len(remembered) < mostRemembered {
		return
	}
	for key := range remembered {
		delete(remembered, key)
		return
	}
}
