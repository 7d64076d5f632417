// Package model searches all that may become of one transaction, within bounds: two replicas, a database whose commits
// are late or lose their answers, a provider and the line to it. What the switch decides, the production verbs of
// domain/voucher decide, and what a provider's answers mean, the production clients say; the order of steps mirrors
// application, and is held to it by TestTheModelMovesAsTheApplicationDoes. docs/proof.md tells what the search covers.
package model

// maxRequests bounds what channels ask for in one world.
const maxRequests = 8

// world is everything that decides what may happen to one transaction. Two equal worlds have equal futures, so a world
// is its own key in the set of those seen: no hash can hide one behind another.
type world struct {
	journal  history            // what the database holds
	floating [2]history         // commits on their way: applied some time if nobody moves first, or never
	requests [maxRequests]task  // the channel's, by the wish they stand for
	late     task               // listens to the provider after its time-out
	sweepers [replicas]task     // settle.go, one a replica
	lanes    [replicas]delivery // forward.go, one a replica

	phase   phase // of the database's clock, from the intent on
	due     phase // from when on the open advice may be claimed
	sweeps  uint8 // started so far; each has an advice id of its own
	faults  uint8 // of the database, so far
	crashes uint8

	// The provider and the line to it.
	books   books
	request request
	answer  answer // on its way to whoever listens; silence if none is
	strays  strays // advices that nobody waits for any more, delivered some time or never

	// What channels were told, for the rules alone: no step reads it.
	told    uint8 // the kept answer to the provision, as a number; 0 if none was
	hearsay hearsay
	calls   uint8 // provisions whose first byte left
}

const replicas = 2

// history names a node of the book: the moves from the first one to it. 0 is none.
type history = uint16

// task is one run of a use case.
type task struct {
	read history // the transaction as it knows it
	arg  uint16  // an answer, or the number of a sweep
	at   place
	run  run
}

// run is where a task runs, and whether an answer of the database to it was lost.
type run uint8

const (
	onB  run = 1 << iota // on the second replica
	lost                 // commit.go: append's lost
)

func (r run) replica() int { return int(r & onB) }

// delivery is one attempt of a lane at an advice.
type delivery struct {
	read   history // the transaction as it knows it
	advice uint8   // the claimed one's number in the book
	at     place
	answer answer
	marks  marks
}

// marks are what a delivery remembers of its claim and its sending.
type marks uint8

const (
	afterHorizon marks = 1 << iota // the claim said so
	approved                       // voucher.Sent.Approved
	latest                         // no later claim, and not hastened since
	unsure                         // commit.go: append's lost
)

// place is the next step of a task.
type place uint8

const (
	unborn     place = iota // idle, for a lane or a sweeper
	intending               // provision.go: intend
	intended                // provision.go: provision, the intent is durable
	sending                 // exchange.go: Do, the guard was asked
	asking                  // provision.go: ask
	recording               // provision.go: record
	waiting                 // provision.go: awaitOutcome
	deciding                // reverse.go, confirm.go, settle.go: commit
	claimed                 // forward.go: forward
	confirming              // forward.go: forward, on behalf of the channel
	advising                // vendor.go: advise
	judging                 // forward.go: forward, persist
	postponing              // forward.go: postpone; one place for each repeat
	postponingToHorizon
	postponingToNow
	done
)

// phase is an ordinal of the database's clock: how many of the profile's moments have come.
type phase uint8

const never phase = 0xff

// books are what the provider's ledger says.
type books uint8

const (
	nothing books = iota
	issued
	reversed
	confirmed
	barred // its reversal came first, and is remembered
)

// request is how far the one provision came.
type request uint8

const (
	unsent request = iota
	flying
	arrived
	gone // lost, or too late to take effect
)

// answer is what the provider says.
type answer uint8

const (
	silence answer = iota
	yes
	no       // 422 with a reason: nothing was issued; to an advice: refused
	failing  // 500, whether or not it did what it was asked
	garbage  // 200 with a body that nobody can use
	replayed // 409 DUPLICATE_RECORD, since the line repeated our only call
	unknown  // 404, to an advice
	answers

	// What becomes of a provision without an answer.
	tooLate answer = answers // the time-out
	notSent answer = answers + 1
)

// strays are a set of advices.
type strays uint8

const (
	strayReversal strays = 1 << iota
	strayConfirmation
)

// hearsay is what channels were told besides the kept answer.
type hearsay uint8

const (
	toldReversed hearsay = 1 << iota // a provision, that it is reversed
	toldVoucher
	acceptedReversal // 202, or 404, which is success to who reverses
	acceptedConfirmation
)

// slot names a run of a world.
type slot int

const (
	lateSlot   slot = maxRequests
	firstSweep slot = lateSlot + 1
	firstLane  slot = firstSweep + replicas
	slots      slot = firstLane + replicas
)

func (w *world) task(s slot) *task {
	switch {
	case s < lateSlot:
		return &w.requests[s]
	case s == lateSlot:
		return &w.late
	default:
		return &w.sweepers[s-firstSweep]
	}
}

func (w *world) replicaOf(s slot) int {
	switch {
	case s >= firstLane:
		return int(s - firstLane)
	case s >= firstSweep:
		return int(s - firstSweep)
	default:
		return w.task(s).run.replica()
	}
}

// read is the transaction as the run knows it.
func (w *world) read(s slot) *history {
	if s >= firstLane {
		return &w.lanes[s-firstLane].read
	}
	return &w.task(s).read
}

func (w *world) isLost(s slot) bool {
	if s >= firstLane {
		return w.lanes[s-firstLane].marks&unsure != 0
	}
	return w.task(s).run&lost != 0
}

func (w *world) setLost(s slot, is bool) {
	if s >= firstLane {
		w.lanes[s-firstLane].marks &^= unsure
		if is {
			w.lanes[s-firstLane].marks |= unsure
		}
		return
	}
	w.task(s).run &^= lost
	if is {
		w.task(s).run |= lost
	}
}

// end leaves nothing of a run: a request is not asked again, a chore rests.
func (w *world) end(s slot) {
	switch {
	case s >= firstLane:
		w.lanes[s-firstLane] = delivery{}
	case s < lateSlot:
		w.requests[s] = task{at: done}
	default:
		*w.task(s) = task{}
	}
}

// deaf drops an answer that nobody listens for.
func (w *world) deaf() {
	for i := range w.requests {
		if w.requests[i].at == asking {
			return
		}
	}
	if w.late.at != waiting {
		w.answer = silence
	}
}
