package model

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"voucherswitch/domain/voucher"
)

var (
	budget  = flag.Duration("budget", 0, "how long the long search may take; zero: a taste of it")
	most    = flag.Int("most", 25_000_000, "how many worlds of one profile are kept, at 0.12 kB each")
	results = flag.String("results", "", "the file that the long search appends its figures to")
)

const (
	goldenFile = "testdata/worlds.golden"
	fewest     = 100_000 // worlds of a profile, in the short search
	taste      = 50_000  // worlds of the long search when it has no budget
)

// TestNoWorldWithinTheShortBoundsBreaksARule searches all of them, holds their number against the golden file, and sees
// that every state and every fact of the lifecycle that is no operator's was met.
func TestNoWorldWithinTheShortBoundsBreaksARule(t *testing.T) {
	golden := readGolden(t)
	var met sync.Map // voucher.Fact and voucher.State
	t.Run("profile", func(t *testing.T) {
		for _, p := range profiles {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				p.searchShort(t, golden, &met)
			})
		}
	})
	for state := voucher.Sending; state <= voucher.Barred; state++ {
		if _, is := met.Load(state); !is {
			t.Errorf("no world came to %s", state)
		}
	}
	for fact := voucher.FactOrdered; fact < voucher.FactFoundIssued; fact++ {
		if _, is := met.Load(fact); !is && fact != voucher.FactSecondVoucher { // no provider of the model issues twice
			t.Errorf("in no world %s is a move", fact)
		}
	}
}

func (p profile) searchShort(t *testing.T, golden map[string]int, met *sync.Map) {
	largest := 0
	for _, b := range p.short() {
		s := newSearch(newMachine(p, read(t, p.wire), b, sound))
		if !s.exhaust(t, 0, time.Now().Add(time.Hour)) {
			return
		}
		largest = max(largest, s.count())
		name := p.name + ": " + b.name
		t.Logf("%s: %d worlds, %d steps, %d histories", name, s.count(), s.steps, len(s.nodes))
		if least, known := golden[name]; !known || s.count() < least {
			t.Errorf("%s: %d worlds, and %s says %d. If this is meant, write the new number there, and the reason "+
				"above it in a line that begins with #", name, s.count(), goldenFile, least)
		}
		for _, n := range s.nodes[1:] {
			met.Store(n.moves[len(n.moves)-1].Fact, true)
			met.Store(n.State, true)
		}
	}
	if largest < fewest {
		t.Errorf("%d worlds at most within one bound, want %d", largest, fewest)
	}
}

// TestNoWorldWithinTheLongBoundsBreaksARule searches as much of them as the budget lasts for, one bound after another.
func TestNoWorldWithinTheLongBoundsBreaksARule(t *testing.T) {
	for _, p := range profiles {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			limit, until := taste, time.Now().Add(time.Hour)
			if *budget > 0 {
				share := *budget * time.Duration(runtime.GOMAXPROCS(0)) / time.Duration(len(profiles))
				limit, until = *most, time.Now().Add(share)
			}
			for _, b := range p.long() {
				if time.Now().After(until) {
					return
				}
				begun := time.Now()
				s := newSearch(newMachine(p, read(t, p.wire), b, sound))
				whole := s.exhaust(t, limit, until)
				line := fmt.Sprintf("%s | %s | %s | %d worlds | %d steps | depth %d | whole: %v | violations: %v | %s",
					begun.UTC().Format(time.DateOnly), p.name, b.name, s.count(), s.steps, s.depth(), whole, s.found != nil,
					time.Since(begun).Round(time.Second))
				t.Log(line)
				if *results != "" {
					note(t, line)
				}
			}
		})
	}
}

// exhaust searches and then looks for worlds that never come to rest. It tells whether it saw all and found nothing
// wrong.
func (s *search) exhaust(t *testing.T, limit int, until time.Time) bool {
	t.Helper()
	whole := s.run(limit, until)
	if s.found == nil {
		s.drain()
	}
	if s.found != nil {
		t.Errorf("%s, %s: %s", s.profile.name, s.bounds.name, s.found)
	}
	return whole && s.found == nil
}

func note(t *testing.T, line string) {
	t.Helper()
	file, err := os.OpenFile(*results, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = fmt.Fprintln(file, line)
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		t.Error(err)
	}
}

func readGolden(t *testing.T) map[string]int {
	t.Helper()
	text, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	golden := map[string]int{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndex(line, ": ")
		if golden[line[:at]], err = strconv.Atoi(strings.TrimSpace(line[at+1:])); err != nil {
			t.Fatal(err)
		}
	}
	return golden
}
