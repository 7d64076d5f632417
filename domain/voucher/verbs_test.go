package voucher

import (
	"fmt"
	"slices"
	"testing"

	"voucherswitch/domain/fault"
)

func TestTheSameReversalAgainWritesNothing(test *testing.T) {
	for name, c := range map[string]struct {
		road []step
		want fault.Kind // Internal: accepted
	}{
		"reversing": {[]step{ordered, approved, reversed}, fault.Internal},
		"reversed":  {[]step{ordered, approved, reversed, settled}, fault.Internal},
		"declined":  {[]step{ordered, refusedBy, reversed}, fault.Internal},
		"barred":    {[]step{reversed}, fault.NotFound},
	} {
		t := reach(test, attempt(allAdvices, DualMessaging), c.road...)
		again := channelAdvice(t, Reversal)
		again.ID = t.Reversals[0]
		d := t.Reverse(again)
		if d.Writes() || (d.Refusal != nil) != (c.want != fault.Internal) || fault.KindOf(d.Refusal) != c.want {
			test.Errorf("%s: writes = %v, refusal = %v", name, d.Writes(), d.Refusal)
		}
	}
}

func TestASecondReversalStandsInHistoryOnly(test *testing.T) {
	t := reach(test, attempt(allAdvices, DualMessaging), ordered, approved, reversed)
	d := t.Reverse(channelAdvice(t, Reversal))
	if !d.Writes() || d.Move.Queues != nil || d.Next.Open.ID != t.Open.ID || d.Next.ReversalID() != t.ReversalID() {
		test.Errorf("got %+v", d.Move)
	}
}

func TestTheHistoryOfReversalsIsBounded(test *testing.T) {
	t := reach(test, attempt(allAdvices, DualMessaging), ordered, refusedBy)
	for n := range 100 {
		d := t.Reverse(channelAdvice(t, Reversal))
		if d.Refusal != nil {
			test.Fatal(d.Refusal)
		}
		if !d.Writes() {
			if n != maxReversals {
				test.Errorf("after %d", n)
			}
			return
		}
		t = d.Next
	}
	test.Error("no bound")
}

func TestAnswersNameTheChannelsFirstReversalElseTheSwitchsOwn(test *testing.T) {
	for want, road := range map[AdviceID][]step{
		"":                   {ordered, approved},
		"own-1":              {ordered, doubted},
		"channel-reversal-2": {ordered, doubted, reversed, reversed},
		"channel-reversal-1": {ordered, reversed, doubted},
		"channel-reversal-0": {reversed, reversed},
	} {
		if got := reach(test, attempt(allAdvices, DualMessaging), road...).ReversalID(); got != want {
			test.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAnotherChannelsTransactionDoesNotExist(test *testing.T) {
	for _, s := range situations {
		if s.state == Absent {
			continue
		}
		t := reach(test, attempt(s.capabilities, s.messaging), s.road...)
		foreign := channelAdvice(t, Reversal)
		foreign.Channel = "another shop"
		for name, verb := range map[string]func(Advice) Decision{"reverse": t.Reverse, "confirm": t.Confirm} {
			d := verb(foreign)
			if d.Writes() || !fault.Is(d.Refusal, fault.NotFound) || portrait(d.Next) != portrait(Transaction{}) {
				test.Errorf("%s of %s, %s: %v, %s", name, s.state, s.name, d.Refusal, d.Next)
			}
		}
		o := s.order()
		o.Channel.ID = "another shop"
		if seen, err := t.DisclosedTo(o); !fault.Is(err, fault.Duplicate) || portrait(seen) != portrait(Transaction{}) {
			test.Errorf("order of %s, %s: %v, %s", s.state, s.name, err, seen)
		}
	}
}

func (s situation) order() Order { return order(s.messaging) }

func TestAVoucherIsDisclosedOnlyIfItWasEverDelivered(test *testing.T) {
	for _, s := range situations {
		if s.state == Absent {
			continue
		}
		told := fault.Duplicate
		if s.state == Barred {
			told = fault.AlreadyReversed
		}
		t := reach(test, attempt(s.capabilities, s.messaging), s.road...)
		seen, err := t.DisclosedTo(s.order())
		if !fault.Is(err, told) || seen.ID != t.ID {
			test.Errorf("%s, %s: %v", s.state, s.name, err)
		}
		if delivered := passes(test, s, Provisioned); (seen.Approval != nil) != delivered {
			test.Errorf("%s, %s: was Provisioned = %v, voucher shown = %v", s.state, s.name, delivered, !delivered)
		}
	}
}

// passes reports whether the situation's road leads through a state.
func passes(test *testing.T, s situation, state State) bool {
	for n := range s.road {
		if reach(test, attempt(s.capabilities, s.messaging), s.road[:n+1]...).State == state {
			return true
		}
	}
	return false
}

func TestAnotherSaleIsToldOnlyThatTheIDIsTaken(test *testing.T) {
	t := reach(test, attempt(allAdvices, DualMessaging), ordered, approved)
	o := order(DualMessaging)
	o.Product = "electricity"
	if seen, err := t.DisclosedTo(o); !fault.Is(err, fault.Duplicate) || portrait(seen) != portrait(Transaction{}) {
		test.Errorf("%v, %s", err, seen)
	}
}

func TestALookupShowsOnlyWhatStands(test *testing.T) {
	const shown = fault.Internal
	late := []step{ordered, lapsed, approved, resolved(true)}
	withdrawn := []step{ordered, approved, reversed, resolved(true)}
	for name, c := range map[string]struct {
		capabilities Capabilities
		road         []step
		want         fault.Kind
	}{
		"in flight":                       {allAdvices, []step{ordered}, shown},
		"provisioned":                     {allAdvices, []step{ordered, approved}, shown},
		"confirmed":                       {allAdvices, []step{ordered, approved, confirmed}, shown},
		"found issued, late evidence":     {noAdvices, late, fault.Unknown},
		"found issued, no voucher seen":   {noAdvices, []step{ordered, doubted, resolved(true)}, fault.Unknown},
		"found issued after its reversal": {noAdvices, withdrawn, fault.AlreadyReversed},
		"reversing":                       {allAdvices, []step{ordered, approved, reversed}, fault.AlreadyReversed},
		"reversed":                        {allAdvices, []step{ordered, doubted, settled}, fault.AlreadyReversed},
		"parked":                          {noAdvices, []step{ordered, doubted}, fault.Unknown},
		"parked by the channel":           {noAdvices, []step{ordered, approved, reversed}, fault.AlreadyReversed},
		"declined":                        {allAdvices, []step{ordered, refusedBy}, fault.NotFound},
		"not sent":                        {allAdvices, []step{ordered, unsent}, fault.NotFound},
		"barred":                          {allAdvices, []step{reversed}, fault.NotFound},
		"absent":                          {allAdvices, nil, fault.NotFound},
	} {
		err := reach(test, attempt(c.capabilities, DualMessaging), c.road...).Lookup()
		if (err == nil) != (c.want == shown) || fault.KindOf(err) != c.want {
			test.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestATransactionBearsTheVoucherItDelivered(test *testing.T) {
	yes := approval(firstCode)
	yes.Approval.Voucher.SerialNumber = "serial-1"
	a := attempt(allAdvices, DualMessaging)
	delivered := reach(test, a, ordered, recorded(yes))
	for name, c := range map[string]struct {
		t    Transaction
		key  Key
		want bool
	}{
		"by id":           {delivered, ByID(saleID), true},
		"its code":        {delivered, Key{Code: NewSecret(firstCode)}, true},
		"its serial":      {delivered, Key{SerialNumber: "serial-1"}, true},
		"both":            {delivered, Key{SerialNumber: "serial-1", Code: NewSecret(firstCode)}, true},
		"another code":    {delivered, Key{SerialNumber: "serial-1", Code: NewSecret(anotherCode)}, false},
		"another serial":  {delivered, Key{SerialNumber: "serial-2", Code: NewSecret(firstCode)}, false},
		"mere evidence":   {reach(test, a, ordered, doubted, recorded(yes)), Key{Code: NewSecret(firstCode)}, false},
		"nothing to bear": {reach(test, a, ordered), Key{SerialNumber: "serial-1"}, false},
	} {
		if got := c.t.Bears(c.key); got != c.want {
			test.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheReplyIsTheKeptAnswerUntilTheChannelWithdraws(test *testing.T) {
	const undecided, withdrawn = "undecided", "already reversed"
	for name, c := range map[string]struct {
		road []step
		want string
	}{
		"in flight":                  {[]step{ordered}, undecided},
		"approved":                   {[]step{ordered, approved}, "201"},
		"confirmed":                  {[]step{ordered, approved, confirmed}, "201"},
		"approved, then reversed":    {[]step{ordered, approved, reversed}, withdrawn},
		"and settled":                {[]step{ordered, approved, reversed, settled}, withdrawn},
		"reversed in flight":         {[]step{ordered, reversed}, withdrawn},
		"reversed, then approved":    {[]step{ordered, reversed, approved}, withdrawn},
		"in doubt":                   {[]step{ordered, doubted}, "504"},
		"in doubt, then approved":    {[]step{ordered, doubted, approved}, "504"},
		"in doubt, then reversed":    {[]step{ordered, doubted, reversed}, "504"},
		"in doubt, then declined":    {[]step{ordered, doubted, refusedBy}, "504"},
		"declined, then reversed":    {[]step{ordered, refusedBy, reversed}, "504"},
		"the reversal came first":    {[]step{reversed}, withdrawn},
		"and a voucher came after":   {[]step{reversed, approved}, withdrawn},
		"approved, then a second":    {[]step{ordered, approved, second}, "201"},
		"withdrawn and parked":       {[]step{ordered, approved, reversed, refused}, withdrawn},
		"withdrawn and found issued": {[]step{ordered, approved, reversed, refused, resolved(true)}, withdrawn},
	} {
		answer, err := reach(test, attempt(allAdvices, DualMessaging), c.road...).Reply()
		got := fmt.Sprint(answer.Status)
		if err != nil {
			got = fault.KindOf(err).String()
		}
		if got != c.want {
			test.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestTheAnswerIsFixedOnceByTheMoveThatEndsTheRequest(test *testing.T) {
	a := attempt(allAdvices, DualMessaging)
	sending := reach(test, a, ordered)
	if sending.Answer.Status != 0 || ordered(Transaction{}, a).FixesAnswer() {
		test.Error("the intent fixes no answer")
	}
	for name, verb := range map[string]step{
		"approved": approved, "declined": refusedBy, "not sent": unsent, "in doubt": doubted, "lapsed": lapsed,
	} {
		d := verb(sending, a)
		if !d.FixesAnswer() {
			test.Errorf("%s fixes no answer", name)
		}
		answered := d.Answering(Answer{Status: 201, Body: NewSecret("body")})
		if answered.Move.Answer != answered.Next.Answer || answered.FixesAnswer() {
			test.Errorf("%s: %v", name, answered.Next.Answer)
		}
	}
	if reversed(sending, a).FixesAnswer() {
		test.Error("a reversal ends another request")
	}
}

func TestAReversalInFlightIsDueWhenTheLeaseEnds(test *testing.T) {
	t := reach(test, attempt(allAdvices, DualMessaging), ordered, reversed)
	if want := dawn.Add(t.Terms().Lease); !t.Open.Due.At.Equal(want) || !t.LeaseEnds.Equal(want) {
		test.Errorf("due %s, lease ends %s, want %s", t.Open.Due.At, t.LeaseEnds, want)
	}
	if want := dawn.Add(t.Terms().Horizon); !t.Horizon.Equal(want) || !t.OpenedAt.Equal(dawn) {
		test.Errorf("horizon %s, want %s", t.Horizon, want)
	}
}

func TestAnAdviceIsComplete(test *testing.T) {
	yes := approval(firstCode)
	yes.Approval.Identifiers = []ThirdPartyIdentifier{{"vendor-receiver", "vendor-9"}}
	all := []ThirdPartyIdentifier{{"till", "till-1"}, {"shop", "shop-1"}, {"bank", "our-reference"},
		{"vendor-receiver", "vendor-9"}}
	unanswered := []ThirdPartyIdentifier{all[0], all[1], all[2], {"vendor-receiver", "our-reference"}}
	channelFirst := []ThirdPartyIdentifier{all[1], all[0], all[2], all[3]}
	for name, c := range map[string]struct {
		messaging    Messaging
		road         []step
		id           AdviceID
		time, reason string
		identifiers  []ThirdPartyIdentifier
	}{
		"own reversal":     {DualMessaging, []step{ordered, doubted}, "own-1", "2024-03-01T06:00:00Z", "TIMEOUT", unanswered},
		"own confirmation": {SingleMessaging, []step{ordered, recorded(yes)}, "own-1", "2024-03-01T06:00:00Z", "", all},
		"channel's reversal": {SingleMessaging, []step{ordered, recorded(yes), reversed}, "channel-reversal-2",
			"2024-03-01T08:01:00+02:00", "CANCELLED", channelFirst},
		"channel's confirmation": {SingleMessaging, []step{ordered, recorded(yes), confirmed}, "channel-confirmation-2",
			"2024-03-01T08:01:00+02:00", "", channelFirst},
	} {
		got := reach(test, attempt(allAdvices, c.messaging), c.road...).Open
		if got.ID != c.id || got.Transaction != saleID || got.Provider != "vendor" || got.Time != c.time ||
			got.Reason != c.reason || got.IsOwn() != got.Message.IsZero() {
			test.Errorf("%s: %+v", name, *got)
		}
		if !slices.Equal(got.Identifiers, c.identifiers) {
			test.Errorf("%s: %v, want %v", name, got.Identifiers, c.identifiers)
		}
	}
}

func TestTheConfirmationIsTheChannelsElseTheSwitchsOwn(test *testing.T) {
	for want, road := range map[AdviceID][]step{
		"":                       {ordered, approved},
		"own-1":                  {ordered, approved, confirmedOnBehalf},
		"channel-confirmation-2": {ordered, approved, confirmed},
	} {
		if got := reach(test, attempt(allAdvices, SingleMessaging), road...).Confirmation; got != want {
			test.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestResolvingClosesOnlyTheCaseThatAsksHowItEnded(test *testing.T) {
	t := reach(test, attempt(noAdvices, DualMessaging), ordered, approved, second, reversed)
	if len(t.Cases) != 2 {
		test.Fatalf("cases: %v", t.Cases)
	}
	for _, issued := range []bool{true, false} {
		next := t.Resolve(issued, quiet, signature).Next
		if len(next.Cases) != 1 || next.Cases[0].Question != SecondVoucher {
			test.Errorf("left: %v", next.Cases)
		}
	}
}

func TestClosingACaseTouchesNoAdviceAndNoOtherCase(test *testing.T) {
	for name, t := range map[string]Transaction{
		"in its reversal window": reach(test, attempt(allAdvices, SingleMessaging), ordered, approved, second),
		"confirmed":              reach(test, attempt(allAdvices, SingleMessaging), ordered, approved, second, confirmed),
		"reversing":              reach(test, attempt(allAdvices, SingleMessaging), ordered, approved, second, reversed),
		"parked":                 reach(test, attempt(noAdvices, DualMessaging), ordered, approved, second, reversed),
	} {
		if t.State == Parked && len(t.Cases) != 2 || t.State != Parked && (t.Open == nil || len(t.Cases) != 1) {
			test.Fatalf("%s: %v waits, cases %v", name, t.Open, t.Cases)
		}
		for _, c := range t.Cases {
			d := t.CloseCase(c.Version, signature)
			if d.Move.Settles != "" || d.Move.Hastens != "" || d.Next.Open != t.Open {
				test.Errorf("%s: the advice that waits is touched: %+v", name, d.Move)
			}
			left := slices.DeleteFunc(slices.Clone(t.Cases), func(other Case) bool { return other == c })
			if !slices.Equal(d.Next.Cases, left) {
				test.Errorf("%s: closing %v leaves %v", name, c, d.Next.Cases)
			}
		}
	}
}

func TestACaseKnowsTheMoveThatOpenedIt(test *testing.T) {
	t := reach(test, attempt(noAdvices, DualMessaging), ordered, doubted)
	if want := (Case{saleID, 2, OutcomeUnknown, dawn.Add(timing.SendGuard)}); len(t.Cases) != 1 || t.Cases[0] != want {
		test.Errorf("got %v, want %v", t.Cases, want)
	}
	if d := t.CloseCase(1, signature); d.Writes() || !fault.Is(d.Refusal, fault.NotFound) {
		test.Errorf("another version: %v", d.Refusal)
	}
}

func TestHistoryNamesWhoseFactItWas(test *testing.T) {
	a := attempt(noAdvices, DualMessaging)
	sending, parked := reach(test, a, ordered), reach(test, a, ordered, doubted)
	resolution := parked.Resolve(true, quiet, signature).Move
	for by, m := range map[string]Move{
		"shop": reversed(sending, a).Move, "vendor": refusedBy(sending, a).Move, "switch": lapsed(sending, a).Move,
		"operator": resolution,
	} {
		if m.By != by {
			test.Errorf("%s: by %q, want %q", m.Fact, m.By, by)
		}
	}
	if unsent(sending, a).Move.By != byTheSwitch || resolution.Reason != "statement checked" {
		test.Errorf("resolution: %q", resolution.Reason)
	}
}

func TestReplayRefusesAGapInTheVersions(test *testing.T) {
	opening := Open(attempt(allAdvices, DualMessaging))
	later := opening.Next.Record(declined(), Draft{}).Move
	for name, moves := range map[string][]Move{
		"no first move": {later}, "a move twice": {opening.Move, opening.Move}, "wrong order": {later, opening.Move},
	} {
		if t, err := Replay(moves); !fault.Is(err, fault.Internal) || t.Version != 0 {
			test.Errorf("%s: %v, %s", name, err, t)
		}
	}
	if t, err := Replay(nil); err != nil || t.State != Absent {
		test.Errorf("nothing replayed: %v, %s", err, t)
	}
}

func TestADecisionLeavesTheTransactionItWasMadeFromAlone(test *testing.T) {
	for _, s := range situations {
		a := attempt(s.capabilities, s.messaging)
		t := reach(test, a, s.road...)
		before := portrait(t)
		for _, verb := range verbs {
			verb(t, a)
		}
		if portrait(t) != before {
			test.Errorf("%s, %s: changed", s.state, s.name)
		}
	}
}

func TestTheSendGuardIsNotKept(test *testing.T) {
	a := attempt(allAdvices, DualMessaging)
	a.SendBy = dawn
	if d := Open(a); !d.Move.Opening.SendBy.IsZero() || !d.Next.Attempt.SendBy.IsZero() {
		test.Error("the monotonic clock of one process means nothing to another")
	}
}

func TestTheOutcomeKeptIsTheOneThatEndedTheSending(test *testing.T) {
	a := attempt(allAdvices, DualMessaging)
	for name, c := range map[string]struct {
		road []step
		want Outcome
	}{
		"in flight":               {[]step{ordered}, Outcome{}},
		"declined":                {[]step{ordered, refusedBy}, declined()},
		"declined, then approved": {[]step{ordered, refusedBy, approved}, declined()},
		"lapsed, then declined":   {[]step{ordered, lapsed, refusedBy}, TimedOut()},
	} {
		got := reach(test, a, c.road...).Outcome
		if got.Kind != c.want.Kind || got.Doubt != c.want.Doubt || got.Decline != c.want.Decline {
			test.Errorf("%s: %+v", name, got)
		}
	}
	kept := reach(test, a, ordered, approved).Outcome
	if kept.Kind != OutcomeApproved || !kept.Approval.Voucher.IsEmpty() {
		test.Errorf("the voucher stands in one place only, not in the outcome: %+v", kept)
	}
}

func TestTheSwitchsOwnReversalIsTheOneItQueuedItself(test *testing.T) {
	for want, road := range map[AdviceID][]step{
		"own-1": {ordered, doubted, reversed},
		"":      {ordered, approved, reversed},
	} {
		if got := reach(test, attempt(allAdvices, SingleMessaging), road...).OwnReversal; got != want {
			test.Errorf("got %q, want %q", got, want)
		}
	}
}
