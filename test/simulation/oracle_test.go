package simulation

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"voucherswitch/adapters/providers/simulator"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// drain waits until nothing is owed any more: liveness L1 and S11.
func (w *world) drain() {
	const most = 30 * time.Minute
	began := time.Now()
	owing := w.sales
	for reason := ""; len(owing) > 0; time.Sleep(5 * time.Second) {
		var still []*sale
		for _, s := range owing {
			if owes := w.owes(s); owes != "" {
				still, reason = append(still, s), owes
			}
		}
		if owing = still; time.Since(began) > most && len(owing) > 0 {
			w.breaks("%d sales are not settled in %v, such as %s", len(owing), most, reason)
			return
		}
	}
}

// state is how the journal has a sale.
func (w *world) state(s *sale) voucher.Transaction {
	t, err := w.store.Find(context.Background(), voucher.ByID(voucher.TransactionID(s.id)))
	if err != nil && !fault.Is(err, fault.NotFound) {
		w.breaks("S6: %s cannot be replayed: %v", s.id, err)
	}
	return t
}

// owes says what is still to do for a sale, and what must not be so at any time.
func (w *world) owes(s *sale) string {
	t := w.state(s)
	waiting, err := w.store.Waiting(context.Background(), voucher.Which{Transaction: t.ID}, 10)
	switch {
	case t.Version == 0:
		return ""
	case err != nil || len(waiting) > 1:
		w.breaks("S14: %d advices wait for %s, error %v", len(waiting), s.id, err)
	case len(waiting) == 0 && t.Open != nil:
		w.breaks("S11: %s is owed an advice that no queue has", t)
		return ""
	case len(waiting) == 1 && (t.Open == nil || waiting[0].ID != t.Open.ID):
		w.breaks("S14: an advice waits for %s that it does not know", t)
	}
	late := time.Now().After(t.LeaseEnds.Add(2*sweepRest + 5*time.Second))
	if t.State == voucher.Sending && late && time.Now().After(w.calm.Add(2*sweepRest+5*time.Second)) {
		w.breaks("L1: %s is still being sent", t)
		return ""
	}
	if t.State == voucher.Sending || t.State == voucher.Reversing || len(waiting) > 0 {
		return t.String()
	}
	return ""
}

// examine asks about every sale when all is settled: at one replica, and about some at each.
func (w *world) examine() {
	nobodys := &sale{w: w, id: w.uuid("nobody's")}
	w.unknown = nobodys.callAt(w.replicas[0], told{verb: lookUp, user: stranger}, 2*deadline).body
	for _, s := range w.sales {
		asked := w.replicas
		if s.number%8 != 0 {
			first := s.number % len(asked)
			asked = asked[first : first+1]
		}
		for _, r := range asked {
			s.callAt(r, told{verb: lookUp, user: s.user}, 2*deadline)
			if s.exists() {
				s.callAt(r, told{verb: retry, user: s.user}, 2*deadline)
			}
		}
	}
}

// judge joins the providers' books with the journal and with what channels were told.
func (w *world) judge() {
	books := map[string]simulator.Entry{}
	for _, e := range w.vendor.Ledger() {
		if other, twice := books[string(e.ID)]; twice {
			w.breaks("%s is at two providers: %+v and %+v", e.ID, other, e)
		}
		books[string(e.ID)] = e
	}
	excused := map[string]bool{}
	open, err := w.store.OpenCases(context.Background(), 1<<20)
	if err != nil {
		w.breaks("the cases cannot be read: %v", err)
	}
	for _, c := range open {
		excused[string(c.Transaction)] = true
	}
	sums := map[string]int64{} // by provider and currency
	for _, s := range w.sales {
		t, e := w.state(s), books[s.id]
		if reason := s.verdict(t, e, excused[s.id]); reason != "" {
			w.breaks("%s (%s, %s, mood %q): %s\n\t%+v", t, s.id, s.provider.ID, s.mood, reason, e)
		}
		s.history(t)
		if !excused[s.id] {
			sums[string(s.provider.ID)+" in "+e.Currency] += standsThere(e) * e.Amount
			sums[string(s.provider.ID)+" in "+s.currency] -= standsHere(t) * s.amount
		}
		delete(books, s.id)
	}
	for where, difference := range sums {
		if difference != 0 {
			w.breaks("S7: the sums at %s differ by %d", where, difference)
		}
	}
	for id, e := range books {
		w.breaks("S1: nobody ordered %s: %+v", id, e)
	}
	w.limits()
	w.secrets()
}

// limits adds up what the limited channel has sold, by what the providers' books and the journal say.
func (w *world) limits() {
	var taken int64
	for _, s := range w.sales {
		if t := w.state(s); s.user == single && s.product == limited && (standsHere(t) == 1 || t.State == voucher.Parked) {
			taken += s.amount
		}
	}
	if taken > mostOfADay {
		w.breaks("the limit of a day is %d, and %d is sold", mostOfADay, taken)
	}
}

func standsThere(e simulator.Entry) int64 {
	if e.State == simulator.StateIssued || e.State == simulator.StateConfirmed {
		return 1
	}
	return 0
}

func standsHere(t voucher.Transaction) int64 {
	if t.State == voucher.Provisioned || t.State == voucher.Confirmed {
		return 1
	}
	return 0
}

// verdict says where the voucher of a sale is not where it may be (S7, S9, S12, S13, S16).
func (s *sale) verdict(t voucher.Transaction, e simulator.Entry, excused bool) string {
	caps, issued := s.provider.Capabilities, e.Serial != ""
	refuses := s.mood == refusesAdvices || !caps.Reversals || s.w.denied[s.id]
	switch {
	case t.State == voucher.Reversed && standsThere(e) == 1 && !excused:
		return "S12: a reversal is settled that undid nothing"
	case standsThere(e) == 1 && standsHere(t) == 0 && !excused:
		return "S7: a voucher stands that the switch does not answer for"
	case standsHere(t) == 1 && standsThere(e) == 0:
		return "S7: a sale stands whose voucher does not"
	case standsHere(t) == 1 && (t.Approval == nil || t.Approval.Voucher.Code.Reveal() != e.Code):
		return "S3: another voucher is recorded than was issued"
	case t.State == voucher.Parked && !excused:
		return "S7: parked, and nobody is asked"
	case excused && !refuses:
		return "a person is asked where messages could settle it"
	case issued && e.State == simulator.StateReversed && t.State != voucher.Reversed && !excused:
		return "S13: reversed by the provider, and not here"
	case t.Delivered && len(t.Reversals) == 0 && standsHere(t) == 0:
		return "S9: a sale is gone that its channel did not reverse"
	case (t.State == voucher.Barred || t.Version == 0) && e.Calls > 0:
		return "S16: the provider was asked"
	case t.State == voucher.Confirmed && caps.Confirmations && e.State != simulator.StateConfirmed && !excused:
		return "S11: a confirmation was not delivered"
	case !e.AskedAt.IsZero() && (e.AskedAt.Before(t.OpenedAt.Truncate(time.Microsecond)) || e.AskedAt.After(t.Horizon)):
		return fmt.Sprintf("S1: asked at %v, opened at %v, horizon %v", e.AskedAt, t.OpenedAt, t.Horizon)
	case s.w.sent[s.id] > 0 && t.Version == 0:
		return "S1: sent without an intent"
	}
	return s.moves(t)
}

// moves checks the history: versions 1 to n, provisioned at most once, and no way out of what is final (S6).
func (s *sale) moves(t voucher.Transaction) string {
	if t.Version == 0 {
		return ""
	}
	moves, err := s.w.store.History(context.Background(), t.ID)
	if err != nil {
		return err.Error()
	}
	provisioned := 0
	for i, m := range moves {
		if m.Version != i+1 {
			return fmt.Sprintf("S6: version %d is number %d", m.Version, i+1)
		}
		if m.Fact == voucher.FactApproved && m.State == voucher.Provisioned {
			provisioned++
		}
		if i == 0 {
			continue
		}
		switch was := moves[i-1].State; was {
		case voucher.Declined, voucher.NotSent, voucher.Confirmed, voucher.Reversed, voucher.Barred:
			if m.State != was {
				return fmt.Sprintf("S6: from %s to %s", was, m.State)
			}
		case voucher.Absent, voucher.Sending, voucher.Provisioned, voucher.Reversing, voucher.Parked:
		}
	}
	if provisioned > 1 {
		return "S3: provisioned more than once"
	}
	return ""
}

// history checks what the channels were told (S3, S5, S8, S9, S18, S19).
func (s *sale) history(t voucher.Transaction) {
	var final []byte
	created, code := 0, ""
	breaks := func(rule string, a told) {
		s.w.breaks("%s: %s: %s %s at %s was told %d %s", rule, t, a.user, a.verb, a.replica, a.status, a.body)
	}
	for _, a := range s.told {
		if a.heard.IsZero() {
			continue
		}
		if a.heard.Sub(a.at) > deadline+time.Second {
			breaks("L3: answered only after "+a.heard.Sub(a.at).String(), a)
		}
		if a.code != "" && (code != "" && a.code != code || t.Approval == nil || t.Approval.Voucher.Code.Reveal() != a.code) {
			breaks("S3: a voucher that is not the sale's", a)
		}
		if code = a.code + code[min(len(code), len(a.code)):]; a.user != s.user {
			s.strange(a, breaks)
			continue
		}
		if a.another && (a.isVoucher() || a.code != "") {
			breaks("S18: another sale under the id", a)
		}
		if a.isFinal() && final != nil && !bytes.Equal(final, a.body) {
			breaks("S5: told differently, before "+string(final), a)
		}
		if a.isFinal() && final == nil {
			final = a.body
		}
		if a.status == http.StatusCreated {
			created++
		}
		if !s.provider.Capabilities.Retries && a.verb == retry && !overloaded(a) && a.kind != "FUNCTION_NOT_SUPPORTED" {
			breaks("S15: a retry where there is none", a)
		}
		if a.status == http.StatusInternalServerError && bytes.Contains(a.body, []byte("could not complete the request")) {
			breaks("a fault of the switch", a)
		}
		s.afterwards(a, breaks)
	}
	if created > 1 {
		s.w.breaks("S5: %s was created %d times", t, created)
	}
}

// afterwards holds an answer against what was accepted before it was asked for (S8, S9).
func (s *sale) afterwards(a told, breaks func(string, told)) {
	for _, b := range s.told {
		if b.heard.IsZero() || b.user != s.user || !b.heard.Before(a.at) {
			continue
		}
		undone := b.verb == reverse && (b.status == http.StatusAccepted || b.status == http.StatusNotFound)
		confirmed := b.verb == confirm && b.status == http.StatusAccepted
		switch {
		case undone && a.isVoucher():
			breaks("S8: a voucher after its reversal was accepted", a)
		case undone && a.verb == confirm && a.status == http.StatusAccepted:
			breaks("S9: a reversed sale is confirmed", a)
		case confirmed && a.verb == reverse && a.status == http.StatusAccepted:
			breaks("S9: a confirmed sale is reversed", a)
		case b.isFinal() && !b.isVoucher() && a.code != "":
			breaks("S8: a voucher after a final error", a)
		}
	}
}

// overloaded tells that the switch could not say anything.
func overloaded(a told) bool {
	return a.status == http.StatusServiceUnavailable || a.status == http.StatusGatewayTimeout ||
		a.status == http.StatusTooManyRequests
}

// strange checks what a stranger to the sale was told (S19).
func (s *sale) strange(a told, breaks func(string, told)) {
	want := map[verb]string{
		lookUp: "UNABLE_TO_LOCATE_RECORD", reverse: "UNABLE_TO_LOCATE_RECORD", confirm: "UNABLE_TO_LOCATE_RECORD",
		provision: "DUPLICATE_RECORD", retry: "DUPLICATE_RECORD",
	}[a.verb]
	if a.verb == retry && !s.provider.Capabilities.Retries {
		want = "FUNCTION_NOT_SUPPORTED"
	}
	if a.verb == lookUp && !overloaded(a) && !bytes.Equal(a.body, s.w.unknown) {
		breaks("S19: a stranger is told another thing than of an id that nobody has", a)
	}
	if !overloaded(a) && (a.kind != want || a.code != "" || a.detailed) {
		breaks("S19: a stranger is told more than "+want, a)
	}
}

// secrets looks for what was issued, and for what proves who we are, where it must not stand (S25).
func (w *world) secrets() {
	logs := w.logs.String()
	if strings.Contains(logs, password) {
		w.breaks("S25: a password is logged")
	}
	for _, e := range w.vendor.Ledger() {
		if e.Code != "" && strings.Contains(logs, e.Code) {
			w.breaks("S25: the code of %s is logged", e.ID)
		}
	}
	for _, s := range w.sales {
		for _, a := range s.told {
			shows := a.kind != "" && (a.kind != "DUPLICATE_RECORD" || a.status != http.StatusBadRequest) && s.code() != "" && bytes.Contains(a.body, []byte(s.code()))
			if shows || bytes.Contains(a.body, []byte(password)) {
				w.breaks("S25: an error of %s shows a secret: %s", s.id, a.body)
			}
		}
	}
}

// code is what the provider would issue for the sale.
func (s *sale) code() string { return s.w.digits(16, "digits", s.id, string(rune('a'+16))) }
