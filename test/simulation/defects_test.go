package simulation

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// defect is a fault that is planted in a world's own wiring, to see that it is found. The zero one is none.
type defect string

// The defects.
const (
	forgetsCommits  defect = "a journal acknowledges a voucher without keeping it"
	forgetsSales    defect = "a journal acknowledges a sale without keeping anything of it"
	asksTwice       defect = "a client asks again when it heard nothing"
	dropsAdvices    defect = "a queue drops an advice"
	pretends        defect = "a client pretends that a reversal was acknowledged"
	takesDoubtForNo defect = "a client takes a doubt for a no"
	settlesEarly    defect = "a queue takes every horizon for passed"
	limitless       defect = "a journal counts nothing under a channel's limits"
	tellsCodes      defect = "a client logs the voucher"
	mixesUp         defect = "a client takes another sale's voucher"
)

// planted are the defects, and the words by which the oracle must find each.
var planted = map[defect]string{
	forgetsCommits: "S4:", forgetsSales: "S1:", asksTwice: "S2:", dropsAdvices: "S11:", pretends: "S12:",
	settlesEarly: "S12:", limitless: "limit of a day", takesDoubtForNo: "S7:", tellsCodes: "S25:", mixesUp: "S3:",
}

// struck tells the sales that a defect meets: one in eight.
func (d defect) struck(id voucher.TransactionID) bool {
	return seed(1).draw(string(d), string(id))%8 == 0
}

// commit is what becomes of a decision in the database.
func (d defect) commit(s store, decision voucher.Decision) error {
	m := decision.Move
	if d.struck(m.Transaction) &&
		(d == forgetsCommits && m.State == voucher.Provisioned || d == forgetsSales) {
		return nil
	}
	if d == limitless && m.Opening != nil {
		free := *m.Opening
		free.Reservations, decision.Move.Opening = nil, &free
	}
	return s.Append(context.Background(), decision)
}

// keeps is what a decision leaves in the world's own knowledge of what was recorded.
func (d defect) keeps(s store, m voucher.Move) bool {
	if d != forgetsCommits && d != forgetsSales {
		return true
	}
	moves, err := s.History(context.Background(), m.Transaction)
	return err == nil && len(moves) >= m.Version
}

// queue is how advices are handed out.
func (d defect) queue(s store) store {
	if d == dropsAdvices || d == settlesEarly {
		return misleading{s, d}
	}
	return s
}

// misleading is a queue that hands out no advice of some sales, and shows none; or that hands all out as it should not.
type misleading struct {
	store
	defect defect
}

// Claim implements ports.AdviceQueue.
func (q misleading) Claim(
	ctx context.Context, id voucher.ProviderID, lease time.Duration, limit int,
) ([]voucher.Advice, error) {
	claimed, err := q.store.Claim(ctx, id, lease, limit)
	if q.defect == settlesEarly {
		for i := range claimed {
			claimed[i].Claim.UntilHorizon = 0
		}
		return claimed, err
	}
	return slices.DeleteFunc(claimed, func(a voucher.Advice) bool { return q.defect.struck(a.Transaction) }), err
}

// Waiting implements ports.Records.
func (q misleading) Waiting(ctx context.Context, which voucher.Which, limit int) ([]voucher.Waiting, error) {
	if q.defect == dropsAdvices && q.defect.struck(which.Transaction) {
		return nil, nil
	}
	return q.store.Waiting(ctx, which, limit)
}

// client is how a provider is asked.
func (d defect) client(w *world, p ports.Provider) ports.Provider {
	switch d {
	case asksTwice, pretends, takesDoubtForNo, tellsCodes, mixesUp:
		return faulty{p, w, d}
	default:
		return p
	}
}

// faulty is a client with a defect.
type faulty struct {
	ports.Provider
	w      *world
	defect defect
}

// Provision implements ports.Provider.
func (f faulty) Provision(ctx context.Context, a voucher.Attempt) voucher.Outcome {
	o := f.Provider.Provision(ctx, a)
	switch {
	case f.defect == asksTwice && o.Kind == voucher.OutcomeInDoubt:
		return f.Provider.Provision(ctx, a)
	case f.defect == takesDoubtForNo && o.Kind == voucher.OutcomeInDoubt:
		return voucher.Outcome{Kind: voucher.OutcomeDeclined}
	case f.defect == tellsCodes && o.Kind == voucher.OutcomeApproved:
		f.w.log.Info("approved", "voucher", o.Approval.Voucher.Code.Reveal())
	case f.defect == mixesUp && o.Kind == voucher.OutcomeApproved && f.defect.struck(a.Order.ID):
		o.Approval.Voucher.Code = voucher.NewSecret("4711471147114711")
	}
	return o
}

// Advise implements ports.Provider.
func (f faulty) Advise(ctx context.Context, a voucher.Advice) voucher.AdviceOutcome {
	if f.defect == pretends && f.defect.struck(a.Transaction) {
		return voucher.AdviceOutcome{Kind: voucher.AdviceAcknowledged}
	}
	return f.Provider.Advise(ctx, a)
}

// TestTheOracleFindsWhatIsPlanted shows that the simulation can fail: each defect is found under the name of the promise
// that it breaks, within a few seeds.
func TestTheOracleFindsWhatIsPlanted(t *testing.T) {
	for d, want := range planted {
		t.Run(string(d), func(t *testing.T) {
			var told []string
			for number := uint64(1); number <= 8; number++ {
				p := planOf(number)
				p.defect = d
				told = append(told, play(t, p).wrong...)
				for _, wrong := range told {
					if strings.Contains(wrong, want) {
						t.Logf("seed %d: %.300s", number, wrong)
						return
					}
				}
			}
			t.Errorf("nobody says %s of %d: %.2000v", want, len(told), told)
		})
	}
}
