package model

import (
	"fmt"
	"hash/maphash"
	"strings"
	"time"
)

// search is breadth first, so that what it finds wrong is told in the fewest steps. It keeps every world whole.
type search struct {
	*machine
	worlds  pages[world]
	parents pages[uint32]
	quiet   pages[uint32] // where a calm step leads; itself if nothing is left to do
	table   []uint32      // open addressing: numbers of worlds, 0 for none
	seed    maphash.Seed

	at      uint32 // the world whose steps are being taken
	quieter bool   // it has its calm step
	steps   int
	found   *violation
}

// violation is a broken rule and the road there.
type violation struct {
	rule  string
	story []event
}

func (v *violation) String() string {
	var told strings.Builder
	fmt.Fprintf(&told, "%s, by these steps:\n", v.rule)
	for n, e := range v.story {
		fmt.Fprintf(&told, "%3d. %s\n", n+1, e)
	}
	return told.String()
}

func newSearch(m *machine) *search {
	s := &search{machine: m, table: make([]uint32, 1<<16), seed: maphash.MakeSeed()}
	m.sink = s.take
	s.worlds.add(world{}) // number 0 is nobody
	s.parents.add(0)
	s.quiet.add(0)
	s.add(world{}, 0)
	return s
}

// run searches until all is seen, something is found wrong, the worlds are as many as wanted, or the time is over. It
// tells whether all was seen.
func (s *search) run(most int, until time.Time) bool {
	for s.at = 1; int(s.at) < s.worlds.len(); s.at++ {
		if s.found != nil || most > 0 && s.count() >= most || s.at%4096 == 0 && time.Now().After(until) {
			return false
		}
		from := s.worlds.get(s.at)
		s.quieter = s.isDrained(from)
		if s.quieter {
			s.quiet.set(s.at, s.at)
		}
		s.next(from)
		if !s.quieter && s.found == nil {
			s.found = s.accuse("liveness: nothing goes on, and something is still owed")
		}
	}
	return s.found == nil
}

func (s *search) count() int { return s.worlds.len() - 1 }

// depth is how many steps the last world is away from the first.
func (s *search) depth() (steps int) {
	for n := s.parents.get(uint32(s.count())); n != 0; n = s.parents.get(n) {
		steps++
	}
	return steps
}

func (s *search) take(next step) {
	s.steps++
	if next.blame != "" {
		if s.found == nil {
			s.found = s.accuse(next.blame, next.event)
		}
		return
	}
	n := s.add(next.to, s.at)
	if next.calm && !s.quieter {
		s.quieter = true
		s.quiet.set(s.at, n)
	}
}

// add numbers a world, once.
func (s *search) add(w world, parent uint32) uint32 {
	if 2*s.worlds.len() > len(s.table) {
		s.grow()
	}
	at := s.place(w)
	if s.table[at] == 0 {
		s.table[at] = uint32(s.worlds.len())
		s.worlds.add(w)
		s.parents.add(parent)
		s.quiet.add(0)
	}
	return s.table[at]
}

// place is where a world stands in the table, or would stand.
func (s *search) place(w world) uint64 {
	mask := uint64(len(s.table) - 1)
	at := maphash.Comparable(s.seed, w) & mask
	for s.table[at] != 0 && s.worlds.get(s.table[at]) != w {
		at = (at + 1) & mask
	}
	return at
}

func (s *search) grow() {
	s.table = make([]uint32, 2*len(s.table))
	for n := 1; n < s.worlds.len(); n++ {
		s.table[s.place(s.worlds.get(uint32(n)))] = uint32(n)
	}
}

// accuse tells how the world under way came about, by taking each step of the road again.
func (s *search) accuse(rule string, last ...event) *violation {
	var road []uint32
	for n := s.at; n != 0; n = s.parents.get(n) {
		road = append(road, n)
	}
	v := &violation{rule: rule}
	for i := len(road) - 1; i > 0; i-- {
		v.story = append(v.story, s.between(s.worlds.get(road[i]), s.worlds.get(road[i-1])))
	}
	v.story = append(v.story, last...)
	return v
}

func (s *search) between(from, to world) (found event) {
	defer func(sink func(step)) { s.sink = sink }(s.sink)
	s.sink = func(next step) {
		if next.to == to && found.who == "" {
			found = next.event
		}
	}
	s.next(from)
	return found
}

// drain follows the calm steps from every world, and accuses one from which they lead in a circle. A world that the
// search had no time to leave is as good as where its steps lead, which a later world's story tells.
func (s *search) drain() {
	const unseen, under, dry = 0, 1, 2
	seen := make([]byte, s.worlds.len())
	for first := 1; first < s.worlds.len(); first++ {
		var road []uint32
		n := uint32(first)
		for seen[n] == unseen {
			seen[n] = under
			road = append(road, n)
			next := s.quiet.get(n)
			if next == n || next == 0 {
				seen[n] = dry
				break
			}
			n = next
		}
		if seen[n] == under {
			s.at = n
			s.found = s.accuse("liveness: what goes on leads in a circle")
			return
		}
		for _, n := range road {
			seen[n] = dry
		}
	}
}

// pages are a list that grows without being copied.
type pages[T any] struct {
	all   [][]T
	count int
}

const page = 1 << 16

func (p *pages[T]) len() int { return p.count }

func (p *pages[T]) get(n uint32) T { return p.all[n/page][n%page] }

func (p *pages[T]) set(n uint32, v T) { p.all[n/page][n%page] = v }

func (p *pages[T]) add(v T) {
	if p.count%page == 0 {
		p.all = append(p.all, make([]T, 0, page))
	}
	last := len(p.all) - 1
	p.all[last] = append(p.all[last], v)
	p.count++
}
