package model

import (
	"fmt"
	"slices"
	"time"

	"voucherswitch/adapters/http"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// book keeps every history that the search has met, each once, and what the production verbs decide on it. A verb is
// pure, so it is asked once of a history and remembered.
type book struct {
	profile  profile
	wire     wire
	nodes    []node // 0 is the empty history
	children map[string]history
	ruled    map[asked]ruling
	bodies   map[string]uint8 // the kept answers, numbered
	advices  []voucher.Advice // by number
	wrong    string           // a rule that a move breaks
}

// node is a history, and the transaction that it replays to.
type node struct {
	voucher.Transaction
	moves  []voucher.Move
	parent history
	reply  uint8 // the kept answer, as a number; 0 if the reply is a refusal
	denied fault.Kind
	words  string // the last move
	open   uint8  // the advice in the queue, as a number; 0 if there is none
}

// verb is a verb of the domain.
type verb uint8

const (
	openVerb verb = iota
	recordVerb
	lapseVerb
	reverseVerb
	confirmVerb
	onBehalfVerb
	advisedVerb
)

// asked is a verb with its arguments.
type asked struct {
	on    history
	verb  verb
	by    uint8 // the slot whose draft or intent it is, or the number of an advice
	arg   uint8 // an answer
	marks marks
}

// ruling is what a verb decided. Without writes, next is the history that it was asked on.
type ruling struct {
	next   history
	writes bool
	denied fault.Kind // Internal: not at all, or impossible
	never  bool
	repeat voucher.Repeat
}

var dawn = time.Date(2026, time.November, 22, 8, 15, 30, 0, time.UTC)

func newBook(p profile, w wire) *book {
	return &book{profile: p, wire: w, nodes: make([]node, 1), children: map[string]history{}, ruled: map[asked]ruling{},
		bodies: map[string]uint8{}, advices: make([]voucher.Advice, 1)}
}

// decide asks the production verb.
func (b *book) decide(q asked) ruling {
	if r, known := b.ruled[q]; known {
		return r
	}
	d, repeat := b.verb(q)
	r := ruling{next: q.on, repeat: repeat, never: d.Refusal != nil && fault.Is(d.Refusal, fault.Internal)}
	if d.Refusal != nil {
		r.denied = fault.KindOf(d.Refusal)
	}
	if d.Writes() {
		if d.FixesAnswer() {
			d = d.Answering(http.Render(d.Next))
		}
		r.writes, r.next = true, b.child(q.on, d.Move)
	}
	b.ruled[q] = r
	return r
}

// verb mirrors who calls which verb in application.
func (b *book) verb(q asked) (voucher.Decision, voucher.Repeat) {
	t := b.nodes[q.on].Transaction
	draft := voucher.Draft{ID: voucher.AdviceID(fmt.Sprintf("own-%d", q.by)), Time: dawn}
	switch q.verb {
	case openVerb:
		return voucher.Open(attempt(b.profile, slot(q.by))), 0
	case recordVerb:
		return t.Record(b.wire.outcomes[q.arg], draft), 0
	case lapseVerb:
		if t.State != voucher.Sending { // settle.go
			return voucher.Decision{Next: t}, 0
		}
		return t.Lapse(draft), 0
	case reverseVerb:
		return t.Reverse(channelAdvice(voucher.Reversal, q.by)), 0
	case confirmVerb:
		return t.Confirm(channelAdvice(voucher.Confirmation, q.by)), 0
	case onBehalfVerb:
		return t.ConfirmOnBehalf(), 0
	case advisedVerb:
		advice := b.advices[q.by]
		sent := voucher.Sent{AfterHorizon: q.marks&afterHorizon != 0, Approved: q.marks&approved != 0}
		return t.Advised(advice, sent, b.wire.advices[advice.Kind][q.arg])
	default:
		panic("an unknown verb")
	}
}

var adviceIDs = []voucher.AdviceID{firstReversal, secondReversal, confirmation}

func channelAdvice(kind voucher.AdviceKind, n uint8) voucher.Advice {
	return voucher.Advice{ID: adviceIDs[n], Transaction: saleID, Channel: channel, Kind: kind,
		Time: "2026-11-22T10:20:30.123+02:00", Message: voucher.NewSecret("the channel's advice")}
}

// child is the history with one move more. A move is itself by what stands in it, as in a journal.
func (b *book) child(parent history, m voucher.Move) history {
	m.At = dawn // the later moments decide nothing but dues, which the world keeps
	key := fmt.Sprintf("%d %s", parent, portrait(m))
	if known, ok := b.children[key]; ok {
		return known
	}
	before := b.nodes[parent]
	moves := append(slices.Clip(before.moves), m)
	t, err := voucher.Replay(moves)
	if err != nil {
		b.wrong = "S6: a history does not replay: " + err.Error()
	}
	next := node{Transaction: t, moves: moves, parent: parent, words: fmt.Sprintf("%s, now %s", m.Fact, m.State)}
	if t.Open != nil {
		next.open = b.numberAdvice(*t.Open)
	}
	answer, err := t.Reply()
	if err != nil {
		next.denied = fault.KindOf(err)
	} else {
		next.reply = b.number(fmt.Sprintf("%d %s", answer.Status, answer.Body.Reveal()))
	}
	if wrong := checkMove(before.Transaction, t, m); wrong != "" && b.wrong == "" {
		b.wrong = wrong
	}
	if len(b.nodes) > 1<<16-1 {
		panic("more histories than a world can name")
	}
	b.nodes = append(b.nodes, next)
	b.children[key] = history(len(b.nodes) - 1)
	return history(len(b.nodes) - 1)
}

func (b *book) number(body string) uint8 {
	if _, known := b.bodies[body]; !known {
		b.bodies[body] = uint8(len(b.bodies) + 1)
	}
	return b.bodies[body]
}

// portrait tells moves apart.
func portrait(m voucher.Move) string {
	text := fmt.Sprintf("%d %s %s %s %d %s %q", m.Version, m.Fact, m.State, m.By, m.Closes, m.Opens, m.Answer.Body.Reveal())
	if m.Opening != nil {
		text += " opening " + m.Opening.Reference
	}
	if m.Outcome != nil {
		text += fmt.Sprintf(" outcome %+v", *m.Outcome)
	}
	if m.Approval != nil {
		text += " voucher " + m.Approval.Voucher.Code.Reveal()
	}
	if m.Response != nil {
		text += fmt.Sprintf(" response %+v", *m.Response)
	}
	if m.Advice != nil {
		text += " advice " + string(m.Advice.ID)
	}
	if m.Queues != nil {
		text += fmt.Sprintf(" queues %s %s", m.Queues.Kind, m.Queues.ID)
	}
	return text + fmt.Sprintf(" settles %s hastens %s", m.Settles, m.Hastens)
}

// holds reports that one history is another one, or goes on from it.
func (b *book) holds(whole, part history) bool {
	for b.nodes[whole].Version > b.nodes[part].Version {
		whole = b.nodes[whole].parent
	}
	return whole == part
}

// last is the youngest move of a history.
func (b *book) last(h history) voucher.Move {
	moves := b.nodes[h].moves
	return moves[len(moves)-1]
}

func (b *book) numberAdvice(a voucher.Advice) uint8 {
	for n, known := range b.advices {
		if known.ID == a.ID && known.Kind == a.Kind {
			return uint8(n)
		}
	}
	b.advices = append(b.advices, a)
	return uint8(len(b.advices) - 1)
}
