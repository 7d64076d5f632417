package model

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"voucherswitch/domain/voucher"
)

// The mirror's events: what channels ask for, what the provider answers, and whose turn it is.
const (
	provisioning   = 'P'
	retrying       = 'R'
	reversing      = 'V'
	another        = 'W' // reversal, of another id
	confirmingSale = 'C'
	saysYes        = 'y'
	saysNo         = 'n'
	saysNothing    = '?' // that anybody understands
	timePasses     = 'T' // to the next moment that decides
	sweeps         = 'S' // replica B looks for lapsed leases
	forwards       = 'F' // replica A's lane delivers what is due, and the provider answers at once
)

var (
	wishes = map[rune]wish{provisioning: sale, retrying: again, reversing: undo, another: undoTwice, confirmingSale: keep}

	mirrored = bounds{wishes: []wish{sale, sale, again, again, undo, undo, undoTwice, keep}}
)

// beginnings are how the mirror's sequences begin; each is followed by all that is three events long.
var beginnings = []string{"", "P", "Py", "P?", "PV", "PTT", "PTTF", "PTTy", "PVTT", "PyVF", "PyTTT"}

const (
	everyEvent = "PRVWCyn?TSF"
	tail       = 3
)

// TestTheModelMovesAsTheApplicationDoes holds the model's steps to those that they mirror: the real use cases, on the
// real journal in memory, write the same moves after every event of every sequence.
func TestTheModelMovesAsTheApplicationDoes(t *testing.T) {
	for _, p := range profiles {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			count, differs := newMachine(p, read(t, p.wire), mirrored, sound).mirrorAll(t)
			if differs != "" {
				t.Error(differs)
			}
			t.Logf("%d sequences", count)
		})
	}
}

func TestTheMirrorShowsWhereAModelStrays(t *testing.T) {
	for _, planted := range []plant{barsNothing, confirmsUndecided, takesTheFirstAcknowledgementAsFinal} {
		if _, differs := newMachine(netcare, read(t, netcare.wire), mirrored, planted).mirrorAll(t); differs == "" {
			t.Errorf("plant %d moves as the application does", planted)
		} else {
			t.Log(differs)
		}
	}
}

// mirrorAll plays the sequences on both sides until they differ.
func (m *machine) mirrorAll(t *testing.T) (count int, differs string) {
	var play func(sequence string, events int)
	play = func(sequence string, events int) {
		if events == 0 {
			count++
			synctest.Test(t, func(*testing.T) { differs = m.compare(sequence) })
			return
		}
		for _, e := range everyEvent {
			if differs == "" {
				play(sequence+string(e), events-1)
			}
		}
	}
	for _, begin := range beginnings {
		play(begin, tail)
	}
	return count, differs
}

// noticed is how long a replica may take to see what another one wrote.
const noticed = 260 * time.Millisecond

// compare plays one sequence on both sides, and tells where they differ.
func (m *machine) compare(sequence string) string {
	they := newReality(m)
	defer they.stop()
	var w world
	for n, e := range sequence {
		w = m.mirror(w, e)
		they.play(e, m.clock, w.phase)
		time.Sleep(noticed)
		synctest.Wait()
		if model, is := written(m.nodes[w.journal].moves), they.history(); model != is {
			return fmt.Sprintf("after %s the model has\n%s\nand the application\n%s", sequence[:n+1], model, is)
		}
		if model, is := w.told != 0, they.told; model != is {
			return fmt.Sprintf("after %s: the model has answered the sale, %v; the application, %v", sequence[:n+1], model, is)
		}
	}
	return ""
}

// mirror is the world after an event, when nobody has anything to do any more.
func (m *machine) mirror(w world, e rune) world {
	switch e {
	case provisioning, retrying, reversing, another, confirmingSale:
		w = m.wished(w, wishes[e])
	case saysYes, saysNo, saysNothing:
		says := map[rune]answer{saysYes: yes, saysNo: no, saysNothing: failing}[e]
		for _, s := range m.steps(w, m.sell) {
			if s.answer == says && (says != failing || s.books == nothing) {
				w = s
			}
		}
	case timePasses:
		if w.phase >= m.clock.guard {
			w = m.settled(m.first(w, m.timeUp))
		}
		w = m.first(w, m.tick)
	case sweeps:
		w = m.first(w, func(w world) { m.overdue(w, firstSweep) })
	case forwards:
		w = m.first(w, func(w world) { m.claim(w, 0) })
	}
	return m.settled(w)
}

// count is how often the channel may wish for something.
func (b bounds) count(of wish) (n int) {
	for _, w := range b.wishes {
		if w == of {
			n++
		}
	}
	return n
}

func (m *machine) wished(w world, of wish) world {
	for n, wish := range m.bounds.wishes {
		if wish == of && w.requests[n].at == unborn {
			return m.first(w, func(w world) { m.ask(w, slot(n)) })
		}
	}
	return w
}

// settled lets all go on that need neither time nor the provision's answer.
func (m *machine) settled(w world) world {
	for {
		next := m.first(w, func(w world) {
			for n := range m.bounds.wishes {
				m.request(w, slot(n))
			}
			m.listen(w)
			for n := range slot(replicas) {
				m.deliver(w, n)
				m.sweep(w, firstSweep+n)
			}
			m.advised(w)
		})
		if next == w {
			return w
		}
		w = next
	}
}

// steps are where a part of the model leads.
func (m *machine) steps(w world, part func(world)) (to []world) {
	m.from, m.sink = w, func(s step) { to = append(to, s.to) }
	part(w)
	return to
}

func (m *machine) first(w world, part func(world)) world {
	if to := m.steps(w, part); len(to) > 0 {
		return to[0]
	}
	return w
}

// written is all of a history that two runs with other ids have in common.
func written(moves []voucher.Move) string {
	var text strings.Builder
	for _, m := range moves {
		fmt.Fprintf(&text, "%s, %s by %s, opens %q, closes %d, answers %d", m.Fact, m.State, m.By, m.Opens, m.Closes,
			m.Answer.Status)
		if m.Outcome != nil {
			fmt.Fprintf(&text, ", outcome %d %d %s", m.Outcome.Kind, m.Outcome.Doubt, m.Outcome.Decline.ProviderCode)
		}
		if m.Queues != nil {
			fmt.Fprintf(&text, ", queues %s, own %v, at once %v", m.Queues.Kind, m.Queues.IsOwn(),
				m.Queues.Due == voucher.Due{})
		}
		if m.Response != nil {
			fmt.Fprintf(&text, ", response %d", m.Response.Kind)
		}
		fmt.Fprintf(&text, ", voucher %v, settles %v, hastens %v\n", m.Approval != nil, m.Settles != "", m.Hastens != "")
	}
	return text.String()
}
