package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// settled is how long the last provision may take to be settled: its lease, two sweeps, the horizon and a backoff.
const settled = 2 * time.Minute

// The places of a voucher that was issued. It must have one of them, and the last one is none.
const (
	standing = "recorded and standing"
	reversed = "reversed"
	owed     = "owed a reversal"
	asked    = "a person is asked"
	lost     = "LOST"
)

// findings are what became of everything.
type findings struct {
	books
	places map[string]int // of issued vouchers
	codes  int            // different ones
	took   time.Duration  // to settle
	wrong  []string
}

// reconcile waits until everything is settled and then holds each book against all others.
func (s *site) reconcile(t *traffic) (f findings, err error) {
	began := time.Now()
	for deadline := began.Add(settled); ; time.Sleep(time.Second) {
		if f.books, err = s.read(); err != nil {
			return f, err
		}
		if open := f.unsettled(); open == 0 || time.Now().After(deadline) {
			break
		}
	}
	f.took = time.Since(began)
	f.wrong = append(f.wrong, f.books.wrong...)
	f.places = map[string]int{}
	f.place(t)
	for _, told := range t.stories {
		for _, broken := range told.wrong {
			f.wrong = append(f.wrong, told.id+": "+broken)
		}
		if reason := f.verdict(t, told); reason != "" {
			f.wrong = append(f.wrong, fmt.Sprintf("%s (mood %04d at %s): %s\n  books: %+v\n  journal: %s",
				told.id, told.mood, told.receiver, reason, f.vendor[told.id], f.states[told.id]))
		}
	}
	if err := s.close(); err != nil {
		f.wrong = append(f.wrong, err.Error())
	}
	if out, err := run(s.folder, "audit", "verify", "--config", s.replicas[0].config); err != nil {
		f.wrong = append(f.wrong, fmt.Sprintf("audit verify: %v\n%s", err, out))
	}
	late, err := s.disorder()
	if err != nil {
		return f, err
	}
	f.wrong = append(f.wrong, late...)
	different, err := s.identical()
	f.wrong = append(f.wrong, different...)
	return f, err
}

// unsettled counts what is still on its way: a provision nobody decided, or an advice nobody took.
func (b books) unsettled() int {
	open := len(b.advices)
	for _, state := range b.states {
		if state == "sending" {
			open++
		}
	}
	return open
}

// place finds the one place of every voucher that was issued, and sees that none was issued twice.
func (f *findings) place(t *traffic) {
	known := map[string]bool{}
	for _, told := range t.stories {
		known[told.id] = true
	}
	codes := map[string]string{}
	for id, e := range f.vendor {
		if !known[id] {
			f.wrong = append(f.wrong, fmt.Sprintf("nobody ordered %+v", e))
		}
		if e.Code == "" {
			continue
		}
		if other, twice := codes[e.Code]; twice {
			f.wrong = append(f.wrong, fmt.Sprintf("%s and %s have one voucher", id, other))
		}
		codes[e.Code] = id
		at := f.placeOf(id, e)
		if f.places[at]++; at == lost {
			f.wrong = append(f.wrong, fmt.Sprintf("nobody accounts for %+v; journal: %q", e, f.states[id]))
		}
	}
	f.codes = len(codes)
	for state := range maps.Values(f.states) {
		if state == "sending" {
			f.wrong = append(f.wrong, "a provision is still undecided")
		}
	}
}

func (f *findings) placeOf(id string, e entry) string {
	sold := f.states[id] == "provisioned" || f.states[id] == "confirmed"
	switch {
	case e.stands() && sold:
		return standing
	case f.cases[id] || f.states[id] == "parked":
		return asked
	case f.states[id] == "reversing" && f.advices[id]:
		return owed
	case !e.stands() && f.states[id] == "reversed":
		return reversed
	default:
		return lost
	}
}

// verdict says what a channel may complain of in the end.
func (f *findings) verdict(t *traffic, told *story) string {
	e, state := f.vendor[told.id], f.states[told.id]
	found, err := t.lookup(told)
	known := found.status == http.StatusOK
	sold := state == "provisioned" || state == "confirmed"
	switch {
	case err != nil:
		return err.Error()
	case known != sold:
		return fmt.Sprintf("the switch answers %d %s", found.status, found.body)
	case known && (!e.stands() || codeIn(found.body) != e.Code):
		return fmt.Sprintf("the switch shows %s", found.body)
	case told.refused && !told.pursued && state != "" && state != "not_sent":
		return "it was only ever refused as never begun, and yet it stands in the journal"
	case told.approval != nil && codeIn(told.approval) != e.Code:
		return fmt.Sprintf("another voucher was delivered: %s", told.approval)
	case told.approval != nil && !told.reversing && !sold:
		return "a sale that nobody reversed is gone"
	case !told.confirmed.IsZero() && state != "confirmed":
		return "a confirmation was accepted, and the sale is not confirmed"
	case !told.confirmed.IsZero() && told.receiver != stellr && e.State != "confirmed" && !f.advices[told.id]:
		return "the provider never heard of a confirmation"
	case !told.undone.IsZero() && sold:
		return "a reversal was accepted, and the sale stands"
	case f.cases[told.id] && told.receiver != stellr && told.mood != refusesReversals:
		return "a person is asked where messages could settle it"
	}
	return f.retried(t, told, known)
}

// retried asks again for what was approved: the same bytes, or word that it is reversed.
func (f *findings) retried(t *traffic, told *story, known bool) string {
	if told.approval == nil || told.receiver == stellr || told.receiver == netcare {
		return ""
	}
	at := slices.Index([]byte("0123456789abcdef"), told.id[0]) % nodes
	status, body := t.exchange(told, at, http.MethodPost, "/vouchers/"+told.id+"/retry", told.request)
	switch {
	case status == http.StatusOK && known && string(body) == string(told.approval):
		return ""
	case status == http.StatusBadRequest && !known && errorTypeOf(body) == "VOUCHER_ALREADY_REVERSED":
		return ""
	default:
		return fmt.Sprintf("approved %s\nand in the end retried: %d %s", told.approval, status, body)
	}
}

func codeIn(body []byte) string {
	var m struct{ Voucher struct{ Code string } }
	_ = json.Unmarshal(body, &m)
	return m.Voucher.Code
}

func errorTypeOf(body []byte) string {
	var m struct{ ErrorType string }
	_ = json.Unmarshal(body, &m)
	return m.ErrorType
}
