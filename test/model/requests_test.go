package model

import (
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// ask starts a request: its route is found, and the transaction read. Wishes of one kind start in order, and the first
// of all on replica A, since nothing tells them apart before.
func (m *machine) ask(w world, s slot) {
	wish := m.bounds.wishes[s]
	if w.requests[s].at != unborn {
		return
	}
	started := false
	for n, other := range m.bounds.wishes {
		if slot(n) < s && other == wish && w.requests[n].at == unborn {
			return
		}
		started = started || w.requests[n].at != unborn
	}
	for replica := range run(replicas) {
		if replica == 1 && (!started || m.alone(w)) {
			return
		}
		x := w
		x.requests[s] = task{run: replica, read: w.journal}
		m.begin(x, s, false)
	}
}

// begin mirrors the first lines of Provision, Retry, Reverse and Confirm.
func (m *machine) begin(w world, s slot, calm bool) {
	t, who, wish := w.task(s), m.who(w, s), m.bounds.wishes[s]
	found := m.nodes[w.journal]
	switch {
	case wish.kind == provision, wish.kind == retry && found.State == voucher.Absent && m.profile.capabilities.Retries:
		t.at, t.read = intending, 0
	case wish.kind == reverse, wish.kind == confirm:
		t.at = deciding
	case !m.profile.capabilities.Retries: // hardDecline
		w.end(s)
	case found.State == voucher.Barred:
		w.end(s)
		m.tellReversed(&w)
	default:
		t.at = waiting
	}
	m.emit(w, calm, who, "comes, and finds", m.found(w))
}

func (m *machine) found(w world) string { return m.nodes[w.journal].State.String() }

// request is the next step of a request.
func (m *machine) request(w world, s slot) {
	switch w.requests[s].at {
	case intending:
		m.intend(w, s)
	case intended:
		m.intended(w, s)
	case sending:
		m.send(w, s)
	case asking:
		if w.answer != silence {
			x := w
			x.answer = silence
			m.record(x, s, w.answer)
		}
	case recording:
		m.recorded(w, s)
	case waiting:
		m.await(w, s)
	case deciding:
		m.decideAdvice(w, s)
	default:
	}
}

// intend mirrors provision.go: intend, and the append of commit.go under it. What is read back after a lost answer is
// judged in the same step, since nothing happens between.
func (m *machine) intend(w world, s slot) {
	r := m.decide(asked{verb: openVerb, by: uint8(s)})
	who := m.who(w, s)
	decided := func(x world) {
		t := x.task(s)
		t.at, t.read = intended, r.next
		if w.isLost(s) {
			t.read = x.journal
		}
		x.setLost(s, false)
		if m.nodes[t.read].State != voucher.Sending {
			m.reply(&x, s, t.read, who, "answers")
			return
		}
		m.emit(x, true, who, "has its intent", "")
	}
	switch {
	case w.journal == 0:
		x := w
		m.append(&x, r.next)
		decided(x)
		m.lose(w, s, r)
	case m.holds(w.journal, r.next):
		decided(w)
	default:
		x := w
		if m.bounds.wishes[s].kind == retry { // somebody was faster; now there is something to answer from
			x.requests[s] = task{run: w.requests[s].run &^ lost, read: w.journal}
			m.begin(x, s, true)
			return
		}
		m.duplicate(&x, s) // unlessTaken
		m.emit(x, true, who, "is told that the id is used", "")
	}
	m.giveUp(w, s)
}

// duplicate mirrors DisclosedTo, whose words for a used id are no answer to the sale.
func (m *machine) duplicate(w *world, s slot) {
	if m.nodes[w.journal].State == voucher.Barred {
		m.tellReversed(w)
	}
	w.end(s)
}

// intended mirrors provision.go: provision, from the durable intent to the question.
func (m *machine) intended(w world, s slot) {
	x := w
	if w.phase < m.clock.guard {
		x.task(s).at = sending
		m.emit(x, true, m.who(w, s), "is within its send guard", "")
		x = w
	}
	m.record(x, s, notSent)
}

// send is the request's first byte. Who asked the guard may have been held up for as long as the provider's time-out,
// by which the horizon is later; held up for longer is outside the promise.
func (m *machine) send(w world, s slot) {
	x, who := w, m.who(w, s)
	if m.inTime(w) {
		m.firstByte(&x, *x.read(s))
		x.task(s).at = asking
		m.emit(x, true, who, "sends the provision", "")
		x = w
	}
	m.record(x, s, notSent)
}

func (m *machine) inTime(w world) bool {
	return w.phase <= m.clock.guard || m.plant == asksNoGuard && w.request == unsent
}

func (m *machine) firstByte(w *world, intent history) {
	m.blames("S1: a byte leaves before its intent is committed", !m.holds(w.journal, intent) || m.nodes[intent].Version < 1)
	m.blames("S2: a second provision is sent", w.calls > 0)
	w.calls++
	w.request = flying
}

// record leaves ask for record, with an outcome. What it hears nobody else sees, so it is one step with the commit.
func (m *machine) record(w world, s slot, outcome answer) {
	t := w.task(s)
	t.at, t.arg = recording, uint16(outcome)
	if m.plant == answersBeforeTheCommit {
		r := m.decide(asked{on: t.read, verb: recordVerb, by: uint8(s), arg: uint8(outcome)})
		m.tell(&w, r.next)
		m.emit(w, true, m.who(w, s), "answers "+answerNames[outcome], "")
		return
	}
	m.recorded(w, s)
}

// recorded mirrors provision.go: record, persist and reply.
func (m *machine) recorded(w world, s slot) {
	outcome := answer(w.task(s).arg)
	m.commit(w, s, asked{verb: recordVerb, by: uint8(s), arg: uint8(outcome)}, func(x world, r ruling) {
		m.kept(x, outcome)
		m.reply(&x, s, r.next, m.who(w, s), "hears "+answerNames[outcome]+" and answers")
	})
}

func (m *machine) kept(w world, outcome answer) {
	lost := outcome == yes && m.nodes[w.journal].Approval == nil
	m.blames("S13: a voucher was recorded, and is not in the history", lost)
}

// reply mirrors provision.go: reply. It ends the request.
func (m *machine) reply(w *world, s slot, h history, who, what string) {
	w.end(s)
	m.tell(w, h)
	m.emit(*w, true, who, what, m.nodes[h].words)
}

// await mirrors provision.go: awaitOutcome. Who waits in vain is told nothing, as if it had never come.
func (m *machine) await(w world, s slot) {
	if m.nodes[w.journal].denied == fault.Undecided {
		return
	}
	if m.bounds.wishes[s].kind == retry {
		m.reply(&w, s, w.journal, m.who(w, s), "answers")
		return
	}
	x := w
	*x.read(s) = w.journal
	x.task(s).at = deciding
	m.emit(x, true, m.who(w, s), "has waited for the outcome", "")
}

// decideAdvice mirrors Reverse and Confirm from their commit on.
func (m *machine) decideAdvice(w world, s slot) {
	wish, who := m.bounds.wishes[s], m.who(w, s)
	q := asked{verb: reverseVerb}
	if wish.kind == confirm {
		q.verb = confirmVerb
	}
	for n, id := range adviceIDs {
		if id == wish.id {
			q.by = uint8(n)
		}
	}
	if m.plant == barsNothing && wish.kind == reverse && w.journal == 0 {
		w.end(s)
		w.hearsay |= acceptedReversal
		m.emit(w, true, who, "is told that there is no such provision", "")
		return
	}
	m.commit(w, s, q, func(x world, r ruling) {
		if r.denied == fault.Undecided {
			x.task(s).at = waiting
			m.emit(x, true, who, "waits for the outcome", "")
			return
		}
		x.end(s)
		m.accept(&x, wish.kind, r)
		if r.denied != fault.Internal {
			m.emit(x, true, who, "is refused", r.denied.String())
			return
		}
		m.emit(x, true, who, "is accepted", m.nodes[r.next].words)
	})
}

// accept is what the channel hears of its advice.
func (m *machine) accept(w *world, kind wishKind, r ruling) {
	committed := m.holds(w.journal, r.next)
	switch {
	case kind == reverse && (r.denied == fault.Internal || r.denied == fault.NotFound):
		m.blames("S4: a reversal is accepted that is not committed", !committed)
		w.hearsay |= acceptedReversal
	case kind == confirm && r.denied == fault.Internal:
		m.blames("S4: a confirmation is accepted that is not committed", !committed)
		w.hearsay |= acceptedConfirmation
	}
	both := acceptedReversal | acceptedConfirmation
	m.blames("a reversal and a confirmation were both accepted", w.hearsay&both == both)
}
