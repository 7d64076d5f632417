package model

import (
	"strings"
	"testing"
	"time"
)

// plant is a mistake made on purpose in the model's steps, to show that the search finds it.
type plant int

const (
	sound plant = iota
	takesTheFirstAcknowledgementAsFinal
	takesTheRightToSend
	answersBeforeTheCommit
	takesALostCommitForAFailure
	answersFromItsOwnMove
	barsNothing
	writesOverOthersMoves
	asksNoGuard
	judgesByTheApprovalOfNow
	confirmsUndecided
	losesTheAdviceOfALostCommit
	dropsWhatIsNotSettled
)

func TestTheSearchFindsAPlantedMistake(t *testing.T) {
	reversed := []wish{{kind: provision}, {reverse, firstReversal}}
	forgetting := remembering
	forgetting.forgets = true
	retried := append([]wish{{kind: retry}}, reversed...)
	for name, c := range map[string]struct {
		plant   plant
		profile profile
		wishes  []wish
		rule    string
		faults  uint8
	}{
		"the first acknowledgement is taken as final": {takesTheFirstAcknowledgementAsFinal, hasty, reversed, "S12", 1},
		"not found before the horizon is taken as final": {
			takesTheFirstAcknowledgementAsFinal, plain, reversed, "S12", 1},
		"a replica that takes over sends again":         {takesTheRightToSend, plain, reversed[:1], "S2", 1},
		"an answer leaves before its commit":            {answersBeforeTheCommit, plain, reversed[:1], "S4", 1},
		"a lost commit is taken for a failure":          {takesALostCommitForAFailure, plain, retried[:2], "S5", 1},
		"an answer is made from one's own move":         {answersFromItsOwnMove, plain, reversed, "S8", 1},
		"a reversal that comes first leaves no trace":   {barsNothing, plain, reversed, "S8", 1},
		"a stale move is written over another's":        {writesOverOthersMoves, plain, reversed, "S20", 1},
		"a provision is sent whenever its owner awakes": {asksNoGuard, plain, reversed[:1], "S7", 1},
		"an acknowledgement is judged by what is known when it comes": {
			judgesByTheApprovalOfNow, hasty, reversed[:1], "S7", 0},
		"a confirmation is sent before its move":           {confirmsUndecided, netcare, reversed, "S14", 1},
		"a provider is wrongly said to remember reversals": {sound, forgetting, reversed, "S12", 0},
		"an advice is another commit than its move":        {losesTheAdviceOfALostCommit, plain, reversed[:1], "liveness", 1},
		"a provisional acknowledgement ends the advice":    {dropsWhatIsNotSettled, plain, reversed[:1], "liveness", 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := bounds{wishes: c.wishes, faults: c.faults, crashes: c.faults}
			s := newSearch(newMachine(c.profile, read(t, c.profile.wire), b, c.plant))
			s.run(2_000_000, time.Now().Add(time.Minute))
			if s.found == nil {
				s.drain()
			}
			if s.found == nil || !strings.HasPrefix(s.found.rule, c.rule+":") {
				t.Fatalf("in %d worlds, want a breach of %s, found %v", s.count(), c.rule, s.found)
			}
			t.Log(s.found)
		})
	}
}
