package scenarios

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// busy sells at a provider with some clients, without a pause, and counts what is sold.
type busy struct {
	world *world
	over  atomic.Bool
	sold  map[string]*atomic.Int64 // by receiver
	all   sync.WaitGroup
}

func (b *busy) sell(clients int, receivers ...string) {
	for _, receiver := range receivers {
		b.sold[receiver] = &atomic.Int64{}
		for range clients {
			b.all.Go(func() {
				for !b.over.Load() {
					a, err := b.world.channel().send(http.MethodPost, "/vouchers", sale(receiver, 12000).bytes())
					if err == nil && a.status == http.StatusCreated {
						b.sold[receiver].Add(1)
					}
				}
			})
		}
	}
}

// during counts what is sold at these receivers in a while.
func (b *busy) during(wait time.Duration, receivers ...string) (count int64) {
	for _, r := range receivers {
		count -= b.sold[r].Load()
	}
	time.Sleep(wait)
	for _, r := range receivers {
		count += b.sold[r].Load()
	}
	return count
}

func median(counts []int64) int64 {
	slices.Sort(counts)
	return counts[len(counts)/2]
}

// TestABlackHoledProviderCostsTheOthersNothing compares turns, for machines are noisy: while one provider of five never
// answers, the other four sell as before. Liveness L4 allows them to lose a twentieth; the bound leaves room for noise.
func TestABlackHoledProviderCostsTheOthersNothing(t *testing.T) {
	own := ownWorld(t, "--set", "providers.plain.breaker.open_for=1s")
	others := []string{stellr, netcare, dual, kiosk}
	b := &busy{world: own, sold: map[string]*atomic.Int64{}}
	b.sell(4, append(others, plain)...)
	const turns, turn = 4, 2500 * time.Millisecond
	b.during(turn, others...) // to get warm
	var well, holed []int64
	for range turns {
		well = append(well, b.during(turn, others...))
		own.rule(t, "plain", "6002", turn.String())
		before := b.sold[plain].Load()
		holed = append(holed, b.during(turn, others...))
		if sold := b.sold[plain].Load() - before; sold > 8 { // what was on its way
			t.Errorf("the black hole has sold %d", sold)
		}
		b.during(2*time.Second, others...) // its breaker closes again
	}
	b.over.Store(true)
	b.all.Wait()
	ratio := float64(median(holed)) / float64(median(well))
	t.Logf("sold at the others in %s: %v, beside a black hole %v; ratio of the medians %.2f", turn, well, holed, ratio)
	if ratio < 0.85 {
		t.Errorf("the others keep %.0f %% of their throughput", 100*ratio)
	}
}
