package bench

import "sync"

// mostSold bounds what is remembered of a long run.
const mostSold = 4096

// sold are sales of this run that stand, for retries and reversals. What is being retried is not in it, so that no
// reversal meets it.
type sold struct {
	mu    sync.Mutex
	sales []message
}

func (s *sold) put(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sales) < mostSold {
		s.sales = append(s.sales, m)
	}
}

// take gives one of them away, by chance.
func (s *sold) take(chance func(int) int) (m message, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sales) == 0 {
		return m, false
	}
	at, last := chance(len(s.sales)), len(s.sales)-1
	m, s.sales[at] = s.sales[at], s.sales[last]
	s.sales = s.sales[:last]
	return m, true
}
