package model

import "voucherswitch/domain/voucher"

// listen mirrors provision.go: listenOn. A late answer is kept as evidence, until the horizon.
func (m *machine) listen(w world) {
	who := m.who(w, lateSlot)
	switch w.late.at {
	case waiting:
		x := w
		if w.phase >= m.clock.horizon {
			x.end(lateSlot)
			m.emit(x, true, who, "hangs up at the horizon", "")
			return
		}
		if w.answer == silence {
			return
		}
		x.answer = silence
		if m.wire.outcomes[w.answer].Kind == voucher.OutcomeInDoubt {
			x.end(lateSlot)
			m.emit(x, true, who, "hears the provider late", answerNames[w.answer])
			return
		}
		x.late.at, x.late.arg = recording, uint16(w.answer)
		m.listen(x)
	case recording:
		outcome := answer(w.late.arg)
		m.commit(w, lateSlot, asked{verb: recordVerb, by: uint8(lateSlot), arg: uint8(outcome)}, func(x world, r ruling) {
			m.kept(x, outcome)
			x.end(lateSlot)
			m.emit(x, true, who, "hears "+answerNames[outcome]+", late", m.nodes[r.next].words)
		})
	default:
	}
}

// timeUp is the switch's own time-out, for the provision and for advices. What is on its way may still come.
func (m *machine) timeUp(w world) {
	for n := range m.bounds.wishes {
		s := slot(n)
		if w.requests[s].at != asking {
			continue
		}
		x := w
		x.late = task{read: *w.read(s), at: waiting, run: w.requests[s].run}
		m.record(x, s, tooLate)
	}
	for n := range w.lanes {
		l := w.lanes[n]
		if l.at != advising {
			continue
		}
		x := w
		if l.answer == silence {
			x.strays |= strayOf(m.advices[l.advice].Kind)
		}
		x.lanes[n].at, x.lanes[n].answer = postponing, silence // forward.go: unanswered is repeated later
		m.emit(x, false, m.who(w, firstLane+slot(n)), "has no answer in time", "")
	}
}

// overdue mirrors settle.go: Pass. To list the lapsed leases changes nothing, so it is one step with what follows.
func (m *machine) overdue(w world, s slot) {
	if w.task(s).at != unborn || m.nodes[w.journal].State != voucher.Sending || w.phase < m.clock.lease {
		return
	}
	if m.alone(w) && s > firstSweep && w.sweepers[0].at == unborn {
		return
	}
	*w.task(s) = task{read: w.journal, at: deciding, run: run(s - firstSweep), arg: uint16(w.sweeps)}
	w.sweeps++
	m.sweep(w, s)
}

// alone tells that it makes no difference any more which replica does something.
func (m *machine) alone(w world) bool { return w.crashes == m.bounds.crashes }

// sweep mirrors settle.go: Pass, one transaction of it.
func (m *machine) sweep(w world, s slot) {
	t := *w.task(s)
	if t.at != deciding {
		return
	}
	who := m.who(w, s)
	if m.plant == takesTheRightToSend && w.calls > 0 {
		x := w
		m.firstByte(&x, t.read)
		x.end(s)
		x.late = task{read: t.read, at: waiting, run: t.run & onB}
		m.emit(x, true, who, "sends the provision in its owner's stead", "")
		return
	}
	q := asked{verb: lapseVerb, by: uint8(slots) + uint8(t.arg)}
	m.commit(w, s, q, func(x world, r ruling) {
		x.end(s)
		m.emit(x, true, who, "has looked after a lapsed lease", m.nodes[r.next].words)
	})
}

// claim mirrors forward.go: claim. An advice that is claimed can be claimed again when the lease of that claim lapses,
// which is longer than any attempt: then a lane was held up, and a fault of the world's is spent.
func (m *machine) claim(w world, lane slot) {
	if w.lanes[lane].at != unborn || m.nodes[w.journal].open == 0 || w.phase < w.due {
		return
	}
	other := w.lanes[1-lane]
	if m.alone(w) && lane == 1 && other.at == unborn {
		return
	}
	calm := other.marks&latest == 0
	if !calm {
		if w.faults == m.bounds.faults {
			return
		}
		w.faults++
	}
	for i := range w.lanes {
		w.lanes[i].marks &^= latest
	}
	l := delivery{read: w.journal, advice: m.nodes[w.journal].open, at: claimed, marks: latest}
	if w.phase >= m.clock.horizon || m.plant == takesTheFirstAcknowledgementAsFinal {
		l.marks |= afterHorizon
	}
	w.lanes[lane] = l
	m.emit(w, calm, m.who(w, firstLane+lane), "claims the advice", string(m.advices[l.advice].ID))
}

// deliver mirrors forward.go: forward.
func (m *machine) deliver(w world, lane slot) {
	l, s := w.lanes[lane], firstLane+lane
	who := m.who(w, s)
	switch l.at {
	case claimed:
		x := w
		x.lanes[lane].read = w.journal
		found := m.nodes[w.journal]
		if found.open == l.advice && found.State == voucher.Provisioned && m.plant != confirmsUndecided {
			x.lanes[lane].at = confirming
			m.confirm(x, lane)
			return
		}
		m.advise(x, lane, who)
	case confirming:
		m.confirm(w, lane)
	case advising:
		if l.answer == silence {
			return
		}
		w.lanes[lane].at = judging
		if m.plant == judgesByTheApprovalOfNow && m.nodes[w.journal].Approval != nil {
			w.lanes[lane].marks |= approved
		}
		m.judge(w, lane)
	case judging:
		m.judge(w, lane)
	case postponing, postponingToHorizon, postponingToNow:
		m.postpone(w, lane)
	default:
	}
}

// confirm mirrors forward.go: forward, before the first byte of a confirmation on the channel's behalf.
func (m *machine) confirm(w world, lane slot) {
	s := firstLane + lane
	m.commit(w, s, asked{verb: onBehalfVerb}, func(x world, r ruling) {
		x.lanes[lane].read = r.next
		m.advise(x, lane, m.who(w, s))
	})
}

// advise mirrors forward.go: forward, from the second look at the transaction to the first byte of the advice.
func (m *machine) advise(w world, lane slot, who string) {
	l := &w.lanes[lane]
	t := m.nodes[l.read]
	if t.open != l.advice {
		w.end(firstLane + lane)
		m.emit(w, true, who, "finds the advice superseded or settled", "")
		return
	}
	if t.Approval != nil {
		l.marks |= approved
	}
	l.at = advising
	m.checkAdvice(t)
	m.emit(w, true, who, "sends the "+t.Open.Kind.String(), string(t.Open.ID))
}

// judge mirrors forward.go: forward, persist.
func (m *machine) judge(w world, lane slot) {
	s, l := firstLane+lane, w.lanes[lane]
	q := asked{verb: advisedVerb, by: l.advice, arg: uint8(l.answer), marks: l.marks & (afterHorizon | approved)}
	m.commit(w, s, q, func(x world, r ruling) {
		at := map[voucher.Repeat]place{voucher.RepeatLater: postponing, voucher.RepeatAtHorizon: postponingToHorizon,
			voucher.RepeatAtOnce: postponingToNow}[r.repeat]
		x.lanes[lane].at = at
		if at == unborn {
			x.end(s)
		}
		m.emit(x, true, m.who(w, s), "hears "+answerNames[l.answer], m.nodes[r.next].words)
	})
}

// postpone mirrors forward.go: postpone. A back-off ends at any moment, so it is due at once here.
func (m *machine) postpone(w world, lane slot) {
	l := w.lanes[lane]
	w.end(firstLane + lane)
	if l.marks&latest != 0 && m.nodes[w.journal].open != 0 {
		w.due = 0
		if l.at == postponingToHorizon {
			w.due = m.clock.horizon
		}
		if m.plant == dropsWhatIsNotSettled {
			w.due = never
		}
	}
	m.emit(w, true, m.who(w, firstLane+lane), "says when the next attempt is due", "")
}
