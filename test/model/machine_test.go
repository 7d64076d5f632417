package model

import (
	"fmt"

	"voucherswitch/domain/voucher"
)

// machine makes of a world all that may come next. What the switch does in it mirrors application step by step; each
// function names the one that it mirrors. What is decided, it asks the book, which asks the domain.
type machine struct {
	*book
	clock  clock
	bounds bounds
	plant  plant
	names  [slots][replicas]string // of the runs, by replica

	from  world
	blame string // the rule that the step under way breaks
	sink  func(step)
}

// step is one way on. A calm one needs no fault, no wish and no choice of the provider's but the common one.
type step struct {
	to    world
	calm  bool
	event event
	blame string
}

// event is a step in words.
type event struct{ who, what, with string }

func (e event) String() string {
	if e.with != "" {
		return fmt.Sprintf("%s %s: %s", e.who, e.what, e.with)
	}
	return e.who + " " + e.what
}

func newMachine(p profile, w wire, b bounds, planted plant) *machine {
	m := &machine{book: newBook(p, w), clock: p.clock(), bounds: b, plant: planted}
	for s := range slots {
		name := "the listener"
		switch {
		case int(s) < len(b.wishes):
			name = fmt.Sprintf("%s %d", b.wishes[s].kind, s+1)
		case s >= firstLane:
			name = "the lane"
		case s >= firstSweep:
			name = "the sweeper"
		}
		m.names[s] = [replicas]string{name + " at A", name + " at B"}
	}
	return m
}

// next gives every step from a world to the sink, calm ones in the order in which a quiet world takes them.
func (m *machine) next(from world) {
	m.from, m.blame = from, ""
	for n := range m.bounds.wishes {
		m.request(from, slot(n))
	}
	m.listen(from)
	for n := range slot(replicas) {
		m.deliver(from, n)
		m.sweep(from, firstSweep+n)
	}
	m.sell(from)
	m.advised(from)
	m.timeUp(from)
	m.land(from)
	for n := range slot(replicas) {
		m.claim(from, n)
		m.overdue(from, firstSweep+n)
	}
	m.tick(from)
	for n := range m.bounds.wishes {
		m.ask(from, slot(n))
	}
	for n := range replicas {
		m.crash(from, n)
	}
}

func (m *machine) emit(to world, calm bool, who, what, with string) {
	to.deaf()
	if to.due <= to.phase {
		to.due = 0
	}
	for i, h := range to.floating {
		if h != 0 && m.nodes[h].parent != to.journal {
			to.floating[i] = 0 // somebody moved first: its key is taken for ever
		}
	}
	if to.crashes == m.bounds.crashes { // nothing is left that happens to one replica alone
		for i := range to.requests {
			to.requests[i].run &^= onB
		}
		to.late.run &^= onB
	}
	if to.floating[0] < to.floating[1] {
		to.floating[0], to.floating[1] = to.floating[1], to.floating[0]
	}
	if to.floating[0] == to.floating[1] {
		to.floating[1] = 0
	}
	blame := m.blame
	if blame == "" {
		blame = m.wrong
	}
	if blame == "" {
		blame = m.check(m.from, to)
	}
	m.blame = ""
	m.sink(step{to, calm, event{who, what, with}, blame})
}

func (m *machine) blames(rule string, broken bool) {
	if broken && m.blame == "" {
		m.blame = rule
	}
}

// commit mirrors application/commit.go: commit, append and read. It decides on what the run knows, and appends; then
// takes what the call comes to. Where nothing is to be written, or once it is, then goes on. To find that somebody moved
// first and to read again changes nothing that others see, so it is one step with what follows.
func (m *machine) commit(w world, s slot, q asked, then func(world, ruling)) {
	q.on = *w.read(s)
	r := m.decide(q)
	m.blames("a cell is reached that the table calls impossible", r.never)
	if !r.writes {
		then(w, r)
		return
	}
	again := func(x world) {
		*x.read(s) = x.journal
		x.setLost(s, false)
		if m.plant == answersFromItsOwnMove && m.holds(x.journal, r.next) {
			then(x, r)
			return
		}
		q.on = x.journal
		if x.journal != w.journal && m.decide(q).writes {
			m.emit(x, true, m.who(w, s), "reads what it wrote, and goes on", "")
			return
		}
		m.commit(x, s, q, then)
	}
	switch found := m.holds(w.journal, r.next); {
	case w.journal == q.on:
		m.lose(w, s, r)
		m.giveUp(w, s)
		x := w
		m.append(&x, r.next)
		if w.isLost(s) {
			again(x)
			return
		}
		then(x, r)
	case found && !w.isLost(s):
		then(w, r)
	case m.plant == writesOverOthersMoves && !found:
		w.journal = r.next
		then(w, r)
	default: // its move stands under its key, or another's does
		again(w)
	}
}

// append is the journal's: one move, and with it what it does to the queue.
func (m *machine) append(w *world, next history) {
	before, move := m.nodes[w.journal], m.last(next)
	if move.Fact == voucher.FactReversalSettled && move.State == voucher.Reversed {
		comes := w.request == flying && w.books != barred && w.phase < m.clock.horizon
		m.blames("S12: a reversal is settled, and the provision can still take effect", comes)
	}
	if before.Open != nil && m.nodes[next].open != before.open {
		m.blames("S11: an advice left the queue unsettled", move.Settles != before.Open.ID)
	}
	w.journal = next
	if q := move.Queues; q != nil {
		w.due = 0
		if !q.Due.At.IsZero() {
			w.due = m.clock.lease
			m.blames("a reversal is due at another moment than the lease's end",
				!q.Due.At.Equal(m.nodes[next].LeaseEnds))
		} else if q.Due.In > 0 {
			w.due = m.clock.window
		}
	}
	if move.Hastens != "" {
		w.due = 0
	}
	if move.Queues != nil || move.Hastens != "" || move.Settles != "" {
		for i := range w.lanes {
			w.lanes[i].marks &^= latest
		}
	}
}

// lose is a commit whose answer is lost: applied, or on its way for as long as it takes.
func (m *machine) lose(w world, s slot, r ruling) {
	if w.faults == m.bounds.faults {
		return
	}
	w.faults++
	if m.plant == takesALostCommitForAFailure && s < lateSlot && w.requests[s].at == recording {
		x := w
		m.append(&x, r.next)
		x.end(s)
		m.tell(&x, failure)
		m.emit(x, false, m.who(w, s), "loses the answer to a commit, and tells the channel that it failed", "")
	}
	x := w
	m.append(&x, r.next)
	x.setLost(s, true)
	if m.plant == losesTheAdviceOfALostCommit && m.last(r.next).Queues != nil {
		x.due = never
	}
	m.emit(x, false, m.who(w, s), "commits, and the answer is lost", m.nodes[r.next].words)
	for i := range w.floating {
		if w.floating[i] == 0 {
			x := w
			x.floating[i] = r.next
			x.setLost(s, true)
			m.emit(x, false, m.who(w, s), "sends a commit that is late, and hears nothing", m.nodes[r.next].words)
			break
		}
	}
}

// giveUp is the end of a run's context: the database was away for too long.
func (m *machine) giveUp(w world, s slot) {
	if w.faults == m.bounds.faults {
		return
	}
	who := m.who(w, s)
	w.faults++
	if s >= firstLane {
		w.lanes[s-firstLane].at = postponing // forward.go: RepeatLater
	} else {
		w.end(s) // 503 or 504, and nothing final said
	}
	m.emit(w, false, who, "gives up: the database is away", "")
}

// land applies a commit that was late.
func (m *machine) land(w world) {
	for i, h := range w.floating {
		if h == 0 {
			continue
		}
		x := w
		x.floating[i] = 0
		m.append(&x, h)
		m.emit(x, true, "the database", "applies a late commit", m.nodes[h].words)
		x = w
		x.floating[i] = 0
		m.emit(x, false, "the database", "drops a late commit", m.nodes[h].words)
	}
}

// who names a run.
func (m *machine) who(w world, s slot) string { return m.names[s][w.replicaOf(s)] }

// tick lets the next moment come. Time is counted from the intent on.
func (m *machine) tick(w world) {
	if w.phase == m.clock.last || m.nodes[w.journal].OpenedAt.IsZero() {
		return
	}
	w.phase++
	if w.phase == m.clock.horizon && w.request == flying && m.plant != asksNoGuard {
		w.request = gone // whatever is still on its way takes no effect any more
	}
	m.emit(w, true, "time goes on:", m.clock.names[w.phase], "")
}

// crash is kill -9 of a replica, and its start.
func (m *machine) crash(w world, replica int) {
	if w.crashes == m.bounds.crashes {
		return
	}
	before := w
	for s := range firstLane {
		if t := w.task(s); t.at != unborn && t.at != done && t.run.replica() == replica {
			w.end(s)
		}
	}
	m.abandon(&w, slot(replica))
	if w == before {
		return
	}
	w.crashes++
	m.emit(w, false, "replica "+string(rune('A'+replica)), "is killed and starts again", "")
}

// abandon ends a lane's attempt: what is on its way to the provider may still come there.
func (m *machine) abandon(w *world, lane slot) {
	if l := w.lanes[lane]; l.at == advising && l.answer == silence {
		w.strays |= strayOf(m.advices[l.advice].Kind)
	}
	w.end(firstLane + lane)
}

func strayOf(kind voucher.AdviceKind) strays {
	if kind == voucher.Confirmation {
		return strayConfirmation
	}
	return strayReversal
}
