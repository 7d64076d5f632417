package model

import (
	"os"
	"testing"
	"time"
)

func TestScan(t *testing.T) {
	if os.Getenv("SCAN") == "" {
		return
	}
	P, R, V, V2, C := wish{kind: provision}, wish{kind: retry}, wish{reverse, firstReversal}, wish{reverse, secondReversal}, wish{confirm, confirmation}
	for _, p := range profiles {
		for _, b := range []bounds{
			{"P 00", []wish{P}, 0, 0, false}, {"P 11", []wish{P}, 1, 1, false}, 
			{"PV 00", []wish{P, V}, 0, 0, false}, {"PV 10", []wish{P, V}, 1, 0, false}, {"PV 01", []wish{P, V}, 0, 1, false}, {"PV 11", []wish{P, V}, 1, 1, false},
			{"PC 00", []wish{P, C}, 0, 0, false}, {"PVC 00", []wish{P, V, C}, 0, 0, false}, {"PR 00", []wish{P, R}, 0, 0, false}, {"PRV 00", []wish{P, R, V}, 0, 0, false},
			{"PP 00", []wish{P, P}, 0, 0, false}, {"PVV 00", []wish{P, V, V2}, 0, 0, false}, {"PPVVCR 00", []wish{P, P, V, V2, C, R}, 0, 0, false},
		} {
			m := newMachine(p, read(t, p.wire), b, sound)
			s := newSearch(m)
			start := time.Now()
			whole := s.run(3000000, time.Now().Add(time.Hour))
			if s.found == nil {
				s.drain()
			}
			took := time.Since(start)
			depth := 0
			for n := uint32(s.count()); n != 0; n = s.parents.get(n) {
				depth++
			}
			t.Logf("%-25s %-8s whole %v worlds %d steps %d nodes %d depth %d in %v", p.name, b.name, whole, s.count(), s.steps, len(m.nodes), depth, took)
			if s.found != nil {
				t.Error(s.found)
			}
		}
	}
}
