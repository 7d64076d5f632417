package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// moves are the figures of what the journal writes. A move counts when the journal says yes. One whose commit's answer
// was lost counts when it is appended again and finds itself; if it never is, it is not counted here, and if it is
// appended again after a yes, it counts twice.
type moves struct {
	commits    *prometheus.HistogramVec
	provisions *prometheus.CounterVec
	moves      *prometheus.CounterVec
	cases      *prometheus.CounterVec
}

func newMoves(in promauto.Factory) moves {
	m := moves{
		commits: histogram(in, "journal_append_duration_seconds",
			"Commits by how they ended: ok, stale (somebody moved first), ambiguous (the answer was lost) and others.",
			byResult),
		provisions: counter(in, "provisions_total",
			"Provisions whose answer was fixed, each once, by their outcome.", byProvider, byOutcome),
		moves: counter(in, "moves_total",
			"Moves written, by the fact and the state after it: approved in Reversing is late evidence.",
			byProvider, byFact, byState),
		cases: counter(in, "cases_opened_total", "Cases opened for a person, by what they ask.", byQuestion),
	}
	for _, q := range questions {
		m.cases.WithLabelValues(q)
	}
	return m
}

func (m moves) begin(id voucher.ProviderID) {
	for _, outcome := range outcomes {
		m.provisions.WithLabelValues(string(id), outcome)
	}
}

type journal struct {
	ports.Journal
	figures *Figures
}

// Journal is a journal, observed.
func (f *Figures) Journal(observed ports.Journal) ports.Journal { return journal{observed, f} }

// Append implements ports.Journal.
func (j journal) Append(ctx context.Context, d voucher.Decision) error {
	began := time.Now()
	err := j.Journal.Append(ctx, d)
	j.figures.moves.commits.WithLabelValues(result(err)).Observe(time.Since(began).Seconds())
	if err == nil {
		j.figures.moves.count(j.figures.named(d.Next.Terms().Provider), d.Move)
	}
	return err
}

// count takes a provision's outcome from the one move that fixes its answer; a later outcome is evidence.
func (m moves) count(provider string, move voucher.Move) {
	m.moves.WithLabelValues(provider, move.Fact.String(), move.State.String()).Inc()
	if move.Outcome != nil && !move.Answer.IsZero() {
		m.provisions.WithLabelValues(provider, word(outcomes, move.Outcome.Kind)).Inc()
	}
	if move.Opens != voucher.NoQuestion {
		m.cases.WithLabelValues(word(questions, move.Opens)).Inc()
	}
}
