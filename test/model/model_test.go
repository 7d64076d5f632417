// Package model searches, exhaustively within bounds, what may become of one transaction.
package model

import (
	"testing"
	"time"
)

func TestTheShortSearch(t *testing.T) {
	for _, p := range profiles {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(p, read(t, p.wire), bounds{wishes: []wish{{kind: provision}, {kind: retry}, {reverse, firstReversal}}, faults: 1, crashes: 1}, sound)
			s := newSearch(m)
			start := time.Now()
			whole := s.run(3000000, time.Now().Add(time.Hour))
			if s.found == nil {
				s.drain()
			}
			t.Logf("%v worlds %d steps %d nodes %d in %v", whole, s.count(), s.steps, len(m.nodes), time.Since(start))
			if s.found != nil {
				t.Error(s.found)
			}
		})
	}
}
