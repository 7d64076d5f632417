package voucher

import (
	"slices"
	"testing"
)

// exits are the states that a state can move to, itself left out.
func exits(from State) []State {
	var all []State
	for _, c := range transitions[from] {
		for _, b := range c {
			if b.write && b.to != Absent && b.to != from && !slices.Contains(all, b.to) {
				all = append(all, b.to)
			}
		}
	}
	return all
}

// reachable are the states that moves can lead to, the start included.
func reachable(from State) []State {
	all := []State{from}
	for i := 0; i < len(all); i++ {
		for _, next := range exits(all[i]) {
			if !slices.Contains(all, next) {
				all = append(all, next)
			}
		}
	}
	return all
}

func TestEveryStateCanBeReached(test *testing.T) {
	if got := len(reachable(Absent)); got != states {
		test.Errorf("%d of %d states: %v", got, states, reachable(Absent))
	}
}

func TestEveryStateCanEnd(test *testing.T) {
	for state := range State(states) {
		if !slices.ContainsFunc(reachable(state), State.IsFinal) {
			test.Errorf("%s never ends", state)
		}
	}
}

func TestAFinalStateHasNoExit(test *testing.T) {
	for _, state := range []State{Declined, NotSent, Confirmed, Reversed, Barred} {
		if !state.IsFinal() || len(exits(state)) > 0 {
			test.Errorf("%s: final = %v, leads to %v", state, state.IsFinal(), exits(state))
		}
	}
	for _, state := range []State{Absent, Sending, Provisioned, Reversing, Parked} {
		if state.IsFinal() || len(exits(state)) == 0 {
			test.Errorf("%s: final = %v, leads to %v", state, state.IsFinal(), exits(state))
		}
	}
}

func TestOnceConfirmedNeverReversedAndOnceReversedNeverConfirmed(test *testing.T) {
	if slices.Contains(reachable(Confirmed), Reversed) || slices.Contains(reachable(Reversed), Confirmed) {
		test.Errorf("Confirmed leads to %v, Reversed to %v", reachable(Confirmed), reachable(Reversed))
	}
}

func TestOnlyTheOpeningMoveLeadsToSending(test *testing.T) {
	for state := range State(states) {
		for fact, c := range transitions[state] {
			for _, b := range c {
				opening := state == Absent && Fact(fact) == FactOrdered
				if (b.to == Sending) != opening {
					test.Errorf("%s, %s: → %s", state, Fact(fact), b.to)
				}
			}
		}
	}
}

func TestOnlyTheProvidersYesInStateSendingLeadsToProvisioned(test *testing.T) {
	for state := range State(states) {
		for fact, c := range transitions[state] {
			for _, b := range c {
				if b.to == Provisioned && (state != Sending || Fact(fact) != FactApproved) {
					test.Errorf("%s, %s: → %s", state, Fact(fact), b.to)
				}
			}
		}
	}
}

func TestWhereAnApprovalIsWrittenItIsKept(test *testing.T) {
	for state := range State(states) {
		for fact, c := range transitions[state] {
			yes := Fact(fact) == FactApproved || Fact(fact) == FactSecondVoucher
			for _, b := range c {
				if b.write && (b.effects&evidence != 0) != yes {
					test.Errorf("%s, %s: evidence = %v", state, Fact(fact), !yes)
				}
			}
		}
	}
}

func TestTheSwitchReversesOnlyAfterADoubt(test *testing.T) {
	for state := range State(states) {
		for fact, c := range transitions[state] {
			for _, b := range c {
				queues := b.effects&(queueReversal|queueReversalLate) != 0
				doubt := state == Sending && (Fact(fact) == FactInDoubt || Fact(fact) == FactLapsed)
				if queues && !doubt && Fact(fact) != FactReverse {
					test.Errorf("%s, %s queues a reversal", state, Fact(fact))
				}
				if queues != (b.to == Reversing) {
					test.Errorf("%s, %s: → %s, reversal queued = %v", state, Fact(fact), b.to, queues)
				}
			}
		}
	}
}

func TestWhatAVerbRefusesByItselfTheTableRefusesToo(test *testing.T) {
	for state := range State(states) {
		for _, fact := range []Fact{FactFoundIssued, FactFoundUndone} {
			if got := branchText(decide(Transaction{State: state}, fact)); (got == impossible) != (state != Parked) {
				test.Errorf("%s, %s: %s", state, fact, got)
			}
		}
	}
	for _, state := range []State{Absent, Sending} {
		for _, fact := range []Fact{FactSecondVoucher, FactCaseClosed} {
			if got := branchText(decide(Transaction{State: state}, fact)); got != impossible {
				test.Errorf("%s, %s: %s", state, fact, got)
			}
		}
	}
	if got := branchText(decide(Transaction{}, FactConfirm)); got != unknown {
		test.Errorf("a confirmation of nothing: %s", got)
	}
}
