package voucher

import (
	"fmt"
	"strings"
	"testing"

	"voucherswitch/domain/fault"
)

// What a cell says when it writes no move.
const (
	impossible = "never"
	kept       = "stay"
	used       = "refused: duplicate"
	unknown    = "refused: not found"
	isReversed = "refused: already reversed"
	notParked  = "refused: invalid" // only a parked transaction can be resolved
	asApproved = "as approved"      // no voucher is recorded yet, so none can be the second
)

const (
	onlyNoted  = "noted"
	evidenced  = "noted, voucher kept"
	unexpected = "noted, voucher kept, case: a voucher was issued where none should be"
	twoIssued  = "noted, voucher kept, case: the provider issued a second, different voucher"
	unknowable = "→ Parked, case: was the voucher issued? its provider takes no reversals"
	cannot     = "case: a channel reversed a voucher, and its provider takes no reversals"
	hastened   = "reversal due now"
	closed     = "noted, case closed"

	nobodyWaits = unknown            // no advice is open
	windowOpen  = "refused: invalid" // the reversal window sends the confirmation
)

var (
	noAdvices         = Capabilities{}
	reversalsOnly     = Capabilities{Reversals: true}
	confirmationsOnly = Capabilities{Confirmations: true}
	allAdvices        = Capabilities{Reversals: true, Confirmations: true}
)

type row [facts]string

// but is the row with some cells changed.
func (r row) but(changes map[Fact]string) row {
	for fact, want := range changes {
		r[fact] = want
	}
	return r
}

// The rows of lifecycle.md's table, for a dual-messaging channel at a provider that takes every advice.
var (
	absentRow = row{
		FactOrdered: "→ Sending", FactApproved: impossible, FactSecondVoucher: asApproved, FactDeclined: impossible,
		FactNotSent: impossible, FactInDoubt: impossible, FactLapsed: impossible, FactConfirm: unknown,
		FactConfirmOnBehalf: impossible, FactReverse: "→ Barred, refused: not found", FactReversalSettled: impossible,
		FactReversalRefused: impossible, FactConfirmationSettled: impossible, FactConfirmationRefused: impossible,
		FactFoundIssued: notParked, FactFoundUndone: notParked, FactCaseClosed: unknown, FactHastened: nobodyWaits,
	}
	sendingRow = row{
		FactOrdered: used, FactApproved: "→ Provisioned, voucher kept", FactSecondVoucher: asApproved,
		FactDeclined: "→ Declined", FactNotSent: "→ NotSent", FactInDoubt: "→ Reversing, own reversal queued",
		FactLapsed: "→ Reversing, own reversal queued", FactConfirm: "refused: undecided",
		FactConfirmOnBehalf: impossible, FactReverse: "→ Reversing, channel's reversal queued for the lease's end",
		FactReversalSettled: impossible, FactReversalRefused: impossible, FactConfirmationSettled: impossible,
		FactConfirmationRefused: impossible, FactFoundIssued: notParked, FactFoundUndone: notParked,
		FactCaseClosed: unknown, FactHastened: nobodyWaits,
	}
	provisionedRow = row{
		FactOrdered: used, FactApproved: kept, FactSecondVoucher: twoIssued, FactDeclined: impossible,
		FactNotSent: impossible, FactInDoubt: kept, FactLapsed: kept,
		FactConfirm: "→ Confirmed, channel's confirmation queued", FactConfirmOnBehalf: impossible,
		FactReverse: "→ Reversing, channel's reversal queued", FactReversalSettled: impossible,
		FactReversalRefused: impossible, FactConfirmationSettled: impossible, FactConfirmationRefused: impossible,
		FactFoundIssued: notParked, FactFoundUndone: notParked, FactCaseClosed: unknown, FactHastened: nobodyWaits,
	}
	failedRow = row{ // Declined and NotSent
		FactOrdered: used, FactApproved: unexpected, FactSecondVoucher: asApproved, FactDeclined: kept,
		FactNotSent: kept, FactInDoubt: kept, FactLapsed: kept, FactConfirm: unknown, FactConfirmOnBehalf: impossible,
		FactReverse: onlyNoted, FactReversalSettled: kept, FactReversalRefused: kept,
		FactConfirmationSettled: impossible, FactConfirmationRefused: impossible, FactFoundIssued: notParked,
		FactFoundUndone: notParked, FactCaseClosed: unknown, FactHastened: nobodyWaits,
	}
	confirmedRow = row{
		FactOrdered: used, FactApproved: kept, FactSecondVoucher: twoIssued, FactDeclined: impossible,
		FactNotSent: impossible, FactInDoubt: kept, FactLapsed: kept, FactConfirm: kept, FactConfirmOnBehalf: kept,
		FactReverse:             "refused: already confirmed",
		FactReversalSettled:     "noted, case: the provider answered a reversal of a confirmed sale",
		FactReversalRefused:     "noted, case: the provider answered a reversal of a confirmed sale",
		FactConfirmationSettled: "noted, channel's confirmation settled",
		FactConfirmationRefused: "noted, channel's confirmation settled, case: the provider refused the confirmation",
		FactFoundIssued:         notParked, FactFoundUndone: notParked, FactCaseClosed: unknown, FactHastened: "noted, channel's confirmation due now",
	}
	reversingRow = row{ // the switch's own reversal, no approval recorded
		FactOrdered: used, FactApproved: evidenced + ", own " + hastened, FactSecondVoucher: asApproved,
		FactDeclined: "→ Reversed, own reversal settled", FactNotSent: "→ Reversed, own reversal settled",
		FactInDoubt: "noted, own " + hastened, FactLapsed: "noted, own " + hastened, FactConfirm: isReversed,
		FactConfirmOnBehalf: kept, FactReverse: onlyNoted, FactReversalSettled: "→ Reversed, own reversal settled",
		FactReversalRefused:     "→ Parked, own reversal settled, case: the provider refused the reversal",
		FactConfirmationSettled: impossible, FactConfirmationRefused: impossible, FactFoundIssued: notParked,
		FactFoundUndone: notParked, FactCaseClosed: unknown, FactHastened: "noted, own " + hastened,
	}
	reversedRow = row{ // settled by a 2xx, no approval recorded
		FactOrdered: used, FactApproved: evidenced, FactSecondVoucher: asApproved, FactDeclined: kept,
		FactNotSent: kept, FactInDoubt: kept, FactLapsed: kept, FactConfirm: isReversed, FactConfirmOnBehalf: kept,
		FactReverse: onlyNoted, FactReversalSettled: kept, FactReversalRefused: kept,
		FactConfirmationSettled: impossible, FactConfirmationRefused: impossible, FactFoundIssued: notParked,
		FactFoundUndone: notParked, FactCaseClosed: unknown, FactHastened: nobodyWaits,
	}
	parkedRow = row{ // no approval recorded, no channel's reversal accepted
		FactOrdered: used, FactApproved: evidenced, FactSecondVoucher: asApproved,
		FactDeclined: "→ Declined, case closed", FactNotSent: "→ Declined, case closed", FactInDoubt: kept,
		FactLapsed: kept, FactConfirm: "refused: status unknown", FactConfirmOnBehalf: kept, FactReverse: onlyNoted,
		FactReversalSettled: "→ Reversed, case closed", FactReversalRefused: kept, FactConfirmationSettled: impossible,
		FactConfirmationRefused: impossible, FactFoundIssued: "→ Confirmed, case closed",
		FactFoundUndone: "→ Reversed, case closed", FactCaseClosed: closed, FactHastened: nobodyWaits,
	}
	barredRow = row{
		FactOrdered: isReversed, FactApproved: unexpected, FactSecondVoucher: asApproved, FactDeclined: impossible,
		FactNotSent: impossible, FactInDoubt: kept, FactLapsed: kept, FactConfirm: unknown,
		FactConfirmOnBehalf: impossible, FactReverse: "noted, refused: not found", FactReversalSettled: impossible,
		FactReversalRefused: impossible, FactConfirmationSettled: impossible, FactConfirmationRefused: impossible,
		FactFoundIssued: notParked, FactFoundUndone: notParked, FactCaseClosed: unknown, FactHastened: nobodyWaits,
	}
)

// Changes of a row that recur.
var (
	withoutReversals = map[Fact]string{FactInDoubt: unknowable, FactLapsed: unknowable, FactReverse: unknowable}
	caseOpen         = map[Fact]string{FactCaseClosed: closed}
	voucherKept      = map[Fact]string{FactApproved: kept, FactSecondVoucher: twoIssued}
	contradicted     = map[Fact]string{FactDeclined: impossible, FactNotSent: impossible}
	byChannel        = map[Fact]string{
		FactDeclined: "→ Reversed, channel's reversal settled", FactNotSent: "→ Reversed, channel's reversal settled",
		FactInDoubt: "noted, channel's " + hastened, FactLapsed: "noted, channel's " + hastened,
		FactApproved:        evidenced + ", channel's " + hastened,
		FactHastened:        "noted, channel's " + hastened,
		FactReversalSettled: "→ Reversed, channel's reversal settled",
		FactReversalRefused: "→ Parked, channel's reversal settled, case: the provider refused the reversal",
	}
)

// situation is a state with what splits its cells, and the road there.
type situation struct {
	name         string
	state        State
	capabilities Capabilities
	messaging    Messaging
	road         []step
	want         row
}

var situations = []situation{
	{"absent", Absent, allAdvices, DualMessaging, nil, absentRow},

	{"the channel confirms", Sending, allAdvices, DualMessaging, []step{ordered}, sendingRow},
	{"the switch confirms", Sending, allAdvices, SingleMessaging, []step{ordered},
		sendingRow.but(map[Fact]string{
			FactApproved: "→ Provisioned, voucher kept, own confirmation queued for the window's end"})},
	{"reversals only", Sending, reversalsOnly, SingleMessaging, []step{ordered}, sendingRow},
	{"confirmations only", Sending, confirmationsOnly, DualMessaging, []step{ordered}, sendingRow.but(withoutReversals)},
	{"no advices", Sending, noAdvices, SingleMessaging, []step{ordered}, sendingRow.but(withoutReversals)},

	{"the channel confirms", Provisioned, allAdvices, DualMessaging, []step{ordered, approved}, provisionedRow},
	{"the switch confirms", Provisioned, allAdvices, SingleMessaging, []step{ordered, approved},
		provisionedRow.but(map[Fact]string{
			FactConfirm:         "→ Confirmed, own confirmation settled, channel's confirmation queued",
			FactConfirmOnBehalf: "→ Confirmed", FactHastened: windowOpen,
			FactReverse: "→ Reversing, own confirmation settled, channel's reversal queued"})},
	{"reversals only", Provisioned, reversalsOnly, SingleMessaging, []step{ordered, approved},
		provisionedRow.but(map[Fact]string{FactConfirm: "→ Confirmed"})},
	{"confirmations only, the switch confirms", Provisioned, confirmationsOnly, SingleMessaging,
		[]step{ordered, approved}, provisionedRow.but(map[Fact]string{
			FactConfirm:         "→ Confirmed, own confirmation settled, channel's confirmation queued",
			FactConfirmOnBehalf: "→ Confirmed", FactHastened: windowOpen,
			FactReverse: "→ Parked, own confirmation settled, " + cannot})},
	{"no advices", Provisioned, noAdvices, DualMessaging, []step{ordered, approved},
		provisionedRow.but(map[Fact]string{FactConfirm: "→ Confirmed", FactReverse: "→ Parked, " + cannot})},
	{"a second voucher came", Provisioned, allAdvices, DualMessaging, []step{ordered, approved, second},
		provisionedRow.but(caseOpen)},

	{"declined", Declined, allAdvices, DualMessaging, []step{ordered, refusedBy}, failedRow},
	{"voucher came late", Declined, allAdvices, DualMessaging, []step{ordered, refusedBy, approved},
		failedRow.but(voucherKept).but(caseOpen)},
	{"parked before", Declined, noAdvices, DualMessaging, []step{ordered, doubted, refusedBy}, failedRow},

	{"not sent", NotSent, allAdvices, DualMessaging, []step{ordered, unsent}, failedRow},
	{"voucher came late", NotSent, allAdvices, DualMessaging, []step{ordered, unsent, approved},
		failedRow.but(voucherKept).but(caseOpen)},

	{"by the channel", Confirmed, allAdvices, DualMessaging, []step{ordered, approved, confirmed}, confirmedRow},
	{"by the switch", Confirmed, allAdvices, SingleMessaging, []step{ordered, approved, confirmedOnBehalf},
		confirmedRow.but(map[Fact]string{
			FactHastened:            "noted, own confirmation due now",
			FactConfirmationSettled: "noted, own confirmation settled",
			FactConfirmationRefused: "noted, own confirmation settled, case: the provider refused the confirmation"})},
	{"by the channel before the switch", Confirmed, allAdvices, SingleMessaging, []step{ordered, approved, confirmed},
		confirmedRow},
	{"confirmation consumed", Confirmed, reversalsOnly, DualMessaging, []step{ordered, approved, confirmed},
		confirmedRow.but(map[Fact]string{
			FactConfirmationSettled: kept, FactConfirmationRefused: kept, FactHastened: nobodyWaits})},
	{"found issued", Confirmed, allAdvices, DualMessaging, []step{ordered, doubted, refused, resolved(true)},
		confirmedRow.but(map[Fact]string{
			FactApproved: evidenced, FactSecondVoucher: asApproved, // rule 7, S13: the first sight of it is no repeat
			FactConfirmationSettled: kept, FactConfirmationRefused: kept, FactHastened: nobodyWaits})},
	{"found issued after the channel's reversal", Confirmed, noAdvices, DualMessaging,
		[]step{ordered, approved, reversed, resolved(true)}, confirmedRow.but(map[Fact]string{
			FactConfirm: isReversed, FactReverse: onlyNoted,
			FactConfirmationSettled: kept, FactConfirmationRefused: kept, FactHastened: nobodyWaits})},
	{"a second voucher came", Confirmed, allAdvices, DualMessaging, []step{ordered, approved, confirmed, second},
		confirmedRow.but(caseOpen)},

	{"after a doubt", Reversing, allAdvices, DualMessaging, []step{ordered, doubted}, reversingRow},
	{"after a lapse", Reversing, reversalsOnly, SingleMessaging, []step{ordered, lapsed}, reversingRow},
	{"after a doubt, then the channel's reversal", Reversing, allAdvices, DualMessaging,
		[]step{ordered, doubted, reversed}, reversingRow},
	{"after a doubt, then a late voucher", Reversing, allAdvices, DualMessaging, []step{ordered, doubted, approved},
		reversingRow.but(voucherKept).but(contradicted)},
	{"the channel reversed in flight", Reversing, allAdvices, DualMessaging, []step{ordered, reversed},
		reversingRow.but(byChannel)},
	{"the channel reversed a voucher", Reversing, allAdvices, SingleMessaging, []step{ordered, approved, reversed},
		reversingRow.but(byChannel).but(voucherKept).but(contradicted)},
	{"a second voucher came", Reversing, allAdvices, SingleMessaging, []step{ordered, approved, reversed, second},
		reversingRow.but(byChannel).but(voucherKept).but(contradicted).but(caseOpen)},

	{"settled by a 2xx", Reversed, allAdvices, DualMessaging, []step{ordered, doubted, settled}, reversedRow},
	{"settled by a 2xx, then a late voucher", Reversed, allAdvices, DualMessaging,
		[]step{ordered, doubted, settled, approved}, reversedRow.but(voucherKept)},
	{"a voucher undone", Reversed, allAdvices, DualMessaging, []step{ordered, approved, reversed, settled},
		reversedRow.but(voucherKept)},
	{"settled by a 404", Reversed, allAdvices, DualMessaging, []step{ordered, doubted, notFound},
		reversedRow.but(map[Fact]string{FactApproved: unexpected})},
	{"settled by a 404, then a late voucher", Reversed, allAdvices, DualMessaging,
		[]step{ordered, doubted, notFound, approved}, reversedRow.but(voucherKept).but(caseOpen)},
	{"declined late", Reversed, allAdvices, DualMessaging, []step{ordered, doubted, refusedBy},
		reversedRow.but(map[Fact]string{FactApproved: unexpected})},
	{"found undone", Reversed, noAdvices, DualMessaging, []step{ordered, doubted, resolved(false)},
		reversedRow.but(map[Fact]string{FactApproved: unexpected})},
	{"parked, then settled late by a 2xx", Reversed, allAdvices, DualMessaging,
		[]step{ordered, doubted, refused, settled}, reversedRow},

	{"outcome unknown", Parked, noAdvices, DualMessaging, []step{ordered, doubted}, parkedRow},
	{"outcome unknown, then a late voucher", Parked, noAdvices, DualMessaging, []step{ordered, lapsed, approved},
		parkedRow.but(voucherKept).but(map[Fact]string{FactDeclined: kept, FactNotSent: kept})},
	{"outcome unknown, then the channel's reversal", Parked, noAdvices, DualMessaging,
		[]step{ordered, doubted, reversed}, parkedRow.but(map[Fact]string{FactConfirm: isReversed})},
	{"the channel reversed in flight", Parked, noAdvices, DualMessaging, []step{ordered, reversed},
		parkedRow.but(map[Fact]string{FactConfirm: isReversed})},
	{"the channel reversed a voucher", Parked, noAdvices, DualMessaging, []step{ordered, approved, reversed},
		parkedRow.but(voucherKept).but(map[Fact]string{
			FactConfirm: isReversed, FactDeclined: kept, FactNotSent: kept})},
	{"the switch's reversal refused", Parked, allAdvices, DualMessaging, []step{ordered, doubted, refused}, parkedRow},
	{"the channel's reversal refused", Parked, allAdvices, DualMessaging, []step{ordered, reversed, refused},
		parkedRow.but(map[Fact]string{FactConfirm: isReversed})},
	{"its case closed before", Parked, noAdvices, DualMessaging, []step{ordered, doubted, caseClosed},
		parkedRow.but(map[Fact]string{
			FactDeclined: "→ Declined", FactNotSent: "→ Declined", FactReversalSettled: "→ Reversed",
			FactFoundIssued: "→ Confirmed", FactFoundUndone: "→ Reversed", FactCaseClosed: unknown})},

	{"barred", Barred, allAdvices, DualMessaging, []step{reversed}, barredRow},
	{"voucher came late", Barred, allAdvices, DualMessaging, []step{reversed, approved},
		barredRow.but(voucherKept).but(caseOpen)},
}

func TestEveryFactInEveryStateDoesWhatTheLifecycleSays(test *testing.T) {
	for _, s := range situations {
		a := attempt(s.capabilities, s.messaging)
		before := reach(test, a, s.road...)
		if before.State != s.state {
			test.Fatalf("%s: the road leads to %s, want %s", s.name, before.State, s.state)
		}
		for fact, want := range s.want {
			test.Run(fmt.Sprintf("%s/%s/%s", s.state, s.name, Fact(fact)), func(test *testing.T) {
				if want == asApproved {
					if before.Approval != nil {
						test.Fatal("a voucher is recorded, so another one is the second")
					}
					want = s.want[FactApproved]
				}
				d := verbs[fact](before, a)
				if got := verdict(test, before, d); got != want {
					test.Errorf("got  %s\nwant %s", got, want)
				}
			})
		}
	}
}

func TestTheTableAndItsTestHaveNoHole(test *testing.T) {
	seen := map[State]bool{}
	for _, s := range situations {
		seen[s.state] = true
		for fact, want := range s.want {
			if want == "" {
				test.Errorf("%s, %s: nothing is expected of %q", s.state, s.name, Fact(fact))
			}
		}
	}
	for state := range State(states) {
		if !seen[state] {
			test.Errorf("no situation shows state %s", state)
		}
		for fact := range Fact(facts) {
			if len(transitions[state][fact]) == 0 {
				test.Errorf("%s has no cell for %q", state, fact)
			}
			for i, b := range transitions[state][fact] {
				if last := i == len(transitions[state][fact])-1; last != (b.when == always) {
					test.Errorf("%s, %q: branch %d; the last one, and no other, holds always", state, fact, i)
				}
			}
		}
	}
}

func TestNoBranchOfTheTableIsDead(test *testing.T) {
	taken := map[string]bool{}
	key := func(state State, fact Fact, b branch) string {
		return fmt.Sprintf("%s, %q: %s", state, fact, branchText(b))
	}
	for _, s := range situations {
		t := reach(test, attempt(s.capabilities, s.messaging), s.road...)
		for fact := range Fact(facts) {
			taken[key(s.state, fact, decide(t, fact))] = true
		}
	}
	for state := range State(states) {
		for fact := range Fact(facts) {
			for _, b := range transitions[state][fact] {
				if !taken[key(state, fact, b)] {
					test.Errorf("no situation takes %s", key(state, fact, b))
				}
			}
		}
	}
}

// verdict tells a decision in the words of the table, and checks what holds for every decision.
func verdict(test *testing.T, t Transaction, d Decision) string {
	test.Helper()
	if !d.Writes() {
		if d.Next.Version != 0 && portrait(d.Next) != portrait(t) {
			test.Errorf("nothing is written, but the transaction changes\nfrom %s\nto   %s", portrait(t), portrait(d.Next))
		}
		switch {
		case d.Refusal == nil:
			return kept
		case fault.Is(d.Refusal, fault.Internal):
			return impossible
		default:
			return "refused: " + fault.KindOf(d.Refusal).String()
		}
	}
	m := d.Move
	if m.Version != t.Version+1 || d.Next.Version != m.Version || d.Next.State != m.State || m.Transaction != saleID {
		test.Errorf("move %s v%d to %s, next %s after %s", m.Transaction, m.Version, m.State, d.Next, t)
	}
	said := []string{onlyNoted}
	if m.State != t.State {
		said[0] = "→ " + m.State.String()
	}
	if m.Approval != nil {
		said = append(said, "voucher kept")
	}
	said = append(said, adviceVerdict(test, t, m)...)
	if m.Opens != NoQuestion {
		said = append(said, "case: "+string(m.Opens))
	}
	if m.Closes > 0 {
		said = append(said, "case closed")
	}
	if d.Refusal != nil {
		said = append(said, "refused: "+fault.KindOf(d.Refusal).String())
	}
	return strings.Join(said, ", ")
}

func adviceVerdict(test *testing.T, t Transaction, m Move) []string {
	test.Helper()
	var said []string
	name := func(a *Advice) string {
		if a.IsOwn() {
			return "own " + a.Kind.String()
		}
		return "channel's " + a.Kind.String()
	}
	for verb, id := range map[string]AdviceID{" settled": m.Settles, " due now": m.Hastens} {
		if id == "" {
			continue
		}
		if t.Open == nil || t.Open.ID != id {
			test.Fatalf("advice %s is%s, but it is not open", id, verb)
		}
		said = append(said, name(t.Open)+verb)
	}
	if m.Queues == nil {
		return said
	}
	switch m.Queues.Due {
	case Due{}:
		return append(said, name(m.Queues)+" queued")
	case Due{At: t.LeaseEnds}:
		return append(said, name(m.Queues)+" queued for the lease's end")
	case Due{In: window}:
		return append(said, name(m.Queues)+" queued for the window's end")
	default:
		test.Errorf("an advice is due %+v", m.Queues.Due)
		return said
	}
}
