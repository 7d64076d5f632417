package simulation

import (
	"hash/maphash"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// phase is where a sale stands in the sequential model of one id: what its channel could know.
type phase int

const (
	none      phase = iota // the id is free
	pending                // the intent stands, and nobody has heard how it ended
	sold                   // the voucher stands
	failed                 // no voucher, and none will come
	withdrawn              // reversed at the channel's wish
	barred                 // the reversal came first
	neverSold              // withdrawn, where no reversal is taken: then the provider said that it issued nothing
)

// modelled is a state of the model.
type modelled struct {
	phase     phase
	body      uint64 // of the kept answer; 0 while nobody has heard it
	confirmed bool
	parks     bool // the provider takes no reversals
	early     bool // withdrawn before it was sold
	declined  bool // it failed since nothing was issued, and no look-up says otherwise any more
}

// to is the state with another phase, in which nothing was heard of the answer.
func (m modelled) to(p phase) modelled { return modelled{phase: p, parks: m.parks} }

// step is one act of the model: a call has one or two.
type step struct {
	act  act
	body uint64
}

// act is what a call does to a sale, or shows of it.
type act int

const (
	begins      act = iota // it opens the sale
	mayBegin               // it opens it if the id is free, or does nothing
	showsSold              // with the body, where it is known
	showsFailed            // likewise
	showsUndone            // the channel's own reversal was accepted, or came first
	showsTaken             // the id is used
	showsFlight
	showsNone     // there is nothing that the channel could have
	showsReversed // reversed, by whomever
	showsUnknown  // a person looks into it
	undoes        // a reversal is accepted
	bars          // a reversal comes first
	mayUndo
	cannotUndo // it is confirmed
	stands     // a confirmation is accepted
	mayStand
)

// as takes what is shown for the sale's end: pending may have ended so, unheard.
func (m modelled) as(p phase, body uint64) []any {
	known := m.phase == p && (m.body == 0 || body == 0 || m.body == body)
	if m.phase != pending && !known {
		return nil
	}
	next := m
	next.phase, next.body = p, max(m.body, body)
	return []any{next}
}

// ended takes a look-up that shows no voucher: nothing was issued, or that is undone or not known yet.
func (m modelled) ended(declined bool) []any {
	states := m.as(failed, 0)
	if len(states) == 0 || m.declined && !declined {
		return nil
	}
	next := states[0].(modelled)
	next.declined = declined
	return []any{next}
}

// take is the model: every state in which one may be after a step.
func (m modelled) take(s step) []any {
	same := []any{m}
	only := func(phases ...phase) []any {
		if slices.Contains(phases, m.phase) {
			return same
		}
		return nil
	}
	switch s.act {
	case begins:
		if m.phase == none {
			return []any{m.to(pending)}
		}
		return nil
	case mayBegin:
		if m.phase == none {
			return []any{m, m.to(pending)}
		}
		return same
	case showsSold:
		return m.as(sold, s.body)
	case showsFailed:
		return m.as(failed, s.body)
	case showsUndone:
		return only(withdrawn, barred, neverSold)
	case showsTaken:
		return only(pending, sold, failed, withdrawn, neverSold)
	case showsFlight:
		return only(pending)
	case showsNone:
		if m.phase == withdrawn && m.early && m.parks {
			return []any{m.to(neverSold)}
		}
		return append(only(none, barred, neverSold), m.ended(true)...)
	case showsReversed:
		return append(only(withdrawn), m.ended(false)...)
	case showsUnknown:
		return m.ended(false)
	case undoes, bars, mayUndo, cannotUndo, stands, mayStand:
		return m.advised(s.act)
	}
	return nil
}

// advised is what advices do.
func (m modelled) advised(a act) []any {
	switch a {
	case bars:
		if m.phase == none || m.phase == barred {
			return []any{m.to(barred)}
		}
	case undoes:
		switch {
		case m.phase == pending:
			early := m.to(withdrawn)
			early.early = true
			return []any{early, m.to(failed)}
		case m.phase == sold && !m.confirmed:
			return []any{m.to(withdrawn)}
		case m.phase == failed, m.phase == withdrawn, m.phase == neverSold:
			return []any{m}
		}
	case mayUndo:
		return append(append(m.advised(undoes), m.advised(bars)...), m)
	case cannotUndo:
		if m.phase == pending || m.phase == sold { // the switch may have confirmed by itself
			stood := m
			stood.phase, stood.confirmed = sold, true
			return []any{stood}
		}
	case stands:
		return m.advised(cannotUndo)
	case mayStand:
		return append(m.advised(stands), m)
	}
	return nil
}

// model is the sequential model of one id.
func model(parks bool) porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{modelled{parks: parks}} },
		Step: func(state, input, _ any) []any { return state.(modelled).take(input.(step)) },
	}
	return m.ToModel()
}

var hashing = maphash.MakeSeed()

// steps are what a call shows, and whether its effect may still come after its answer; none if it shows nothing.
func (a told) steps() (acts []step, endless bool) {
	one := func(acts ...act) []step {
		var steps []step
		for _, act := range acts {
			steps = append(steps, step{act: act, body: maphash.Bytes(hashing, a.body) | 1})
		}
		return steps
	}
	unheard := a.heard.IsZero()
	lost := unheard || a.status == http.StatusGatewayTimeout && a.kind == "VOUCHER_STATUS_UNKNOWN"
	busy := a.status == http.StatusServiceUnavailable
	taken := a.status == http.StatusBadRequest && a.kind == "DUPLICATE_RECORD" // 404: the provider's word
	switch a.verb {
	case provision, retry:
		switch {
		case a.another && !taken:
			return nil, false
		case lost:
			return one(mayBegin), true
		case taken:
			return one(showsTaken), false
		case a.kind == "VOUCHER_ALREADY_REVERSED":
			return one(mayBegin, showsUndone), false
		case busy:
			return one(mayBegin), false
		case a.isFinal() && a.verb == provision && a.isVoucher():
			return one(begins, showsSold), false
		case a.isFinal() && a.verb == provision:
			return one(begins, showsFailed), false
		case a.isVoucher():
			return one(mayBegin, showsSold), false
		case a.isFinal():
			return one(mayBegin, showsFailed), false
		}
	case reverse:
		switch {
		case lost, busy:
			return one(mayUndo), true
		case a.status == http.StatusNotFound:
			return one(bars), false
		case a.kind == "VOUCHER_ALREADY_CONFIRMED":
			return one(cannotUndo), false
		default: // accepted, even where its refusal by the provider is told at once
			return one(undoes), false
		}
	case confirm:
		switch {
		case lost, busy:
			return one(mayStand), true
		case a.status == http.StatusAccepted:
			return one(stands), false
		}
		return one(a.shows()...), false
	case lookUp:
		switch {
		case lost, busy:
			return nil, false
		case a.status == http.StatusOK:
			return []step{{act: showsSold}}, false
		case a.status == http.StatusAccepted:
			return one(showsFlight), false
		}
		return one(a.shows()...), false
	}
	return nil, false
}

// shows is what a refusal says of the sale.
func (a told) shows() []act {
	switch a.kind {
	case "UNABLE_TO_LOCATE_RECORD":
		return []act{showsNone}
	case "VOUCHER_ALREADY_REVERSED":
		return []act{showsReversed}
	case "VOUCHER_STATUS_UNKNOWN":
		return []act{showsUnknown}
	default:
		return nil
	}
}

// operations are a sale's calls by its own channel, for the checker.
func operations(s *sale) (all []porcupine.Operation) {
	for i, a := range s.told {
		if a.user != s.user {
			continue
		}
		acts, endless := a.steps()
		for _, act := range acts {
			o := porcupine.Operation{ClientId: i, Input: act, Call: a.at.UnixNano(), Return: math.MaxInt64}
			if !endless {
				o.Return = a.heard.UnixNano()
			}
			all = append(all, o)
		}
	}
	return all
}

// linear checks every sale's history, over all replicas, and says how many operations that were. A check that does not
// end in time is a failure.
func linear(sales []*sale) (checked int, wrong []string) {
	for _, s := range sales {
		history := operations(s)
		checked += len(history)
		if result := porcupine.CheckOperationsTimeout(
			model(!s.provider.Capabilities.Reversals), history, 10*time.Second); result != porcupine.Ok {
			var b strings.Builder
			for _, a := range s.told {
				b.WriteString("\n\t" + a.String())
			}
			wrong = append(wrong, "linearizability: "+string(result)+": "+s.id+" at "+string(s.provider.ID)+b.String())
		}
	}
	return checked, wrong
}

// TestTheCheckerSeesWhatIsNotLinear shows that the checker can fail.
func TestTheCheckerSeesWhatIsNotLinear(t *testing.T) {
	at := func(second int) time.Time { return epoch.Add(time.Duration(second) * time.Second) }
	call := func(v verb, from, to, status int, kind, body string) told {
		a := told{verb: v, user: single, at: at(from), status: status, kind: kind, body: []byte(body)}
		if to > 0 {
			a.heard = at(to)
		}
		return a
	}
	sells, again := call(provision, 0, 2, 201, "", "a"), call(retry, 3, 4, 200, "", "a")
	for name, c := range map[string]struct {
		told   []told
		linear bool
	}{
		"a sale and its retry":              {[]told{sells, again}, true},
		"another body":                      {[]told{sells, call(retry, 3, 4, 200, "", "b")}, false},
		"in flight beside it":               {[]told{sells, call(lookUp, 1, 3, 202, "", "")}, true},
		"in flight after it":                {[]told{sells, call(lookUp, 3, 4, 202, "", "")}, false},
		"a sale that is gone":               {[]told{sells, call(lookUp, 3, 4, 404, "UNABLE_TO_LOCATE_RECORD", "")}, false},
		"created twice":                     {[]told{sells, call(provision, 3, 4, 201, "", "a")}, false},
		"taken before it began":             {[]told{call(provision, 3, 4, 201, "", "a"), call(provision, 0, 1, 400, "DUPLICATE_RECORD", "")}, false},
		"unheard, then sold":                {[]told{call(provision, 0, 0, 0, "", ""), call(retry, 3, 4, 200, "", "a")}, true},
		"unheard, then free, then sold":     {[]told{call(provision, 0, 0, 0, "", ""), call(lookUp, 1, 2, 404, "UNABLE_TO_LOCATE_RECORD", ""), call(retry, 3, 4, 200, "", "a")}, true},
		"reversed, then shown":              {[]told{sells, call(reverse, 3, 4, 202, "", ""), call(lookUp, 5, 6, 200, "", "")}, false},
		"reversed beside being shown":       {[]told{sells, call(reverse, 3, 6, 202, "", ""), call(lookUp, 5, 7, 200, "", "")}, true},
		"unheard reversal, shown, then not": {[]told{sells, call(reverse, 3, 0, 0, "", ""), call(lookUp, 5, 6, 200, "", ""), call(lookUp, 7, 8, 400, "VOUCHER_ALREADY_REVERSED", "")}, true},
		"unheard reversal, gone, and back":  {[]told{sells, call(reverse, 3, 0, 0, "", ""), call(lookUp, 5, 6, 400, "VOUCHER_ALREADY_REVERSED", ""), call(lookUp, 7, 8, 200, "", "")}, false},
		"confirmed, then reversed":          {[]told{sells, call(confirm, 3, 4, 202, "", ""), call(reverse, 5, 6, 202, "", "")}, false},
		"reversed, then confirmed":          {[]told{sells, call(reverse, 3, 4, 202, "", ""), call(confirm, 5, 6, 202, "", "")}, false},
		"barred, then sold":                 {[]told{call(reverse, 0, 1, 404, "UNABLE_TO_LOCATE_RECORD", ""), call(provision, 2, 3, 201, "", "a")}, false},
		"a no, then a sale":                 {[]told{call(provision, 0, 1, 404, "DO_NOT_HONOUR", "no"), again}, false},
	} {
		_, wrong := linear([]*sale{{user: single, told: c.told, provider: providers[0]}})
		if (len(wrong) == 0) != c.linear {
			t.Errorf("%s: linear should be %v: %v", name, c.linear, wrong)
		}
	}
}
