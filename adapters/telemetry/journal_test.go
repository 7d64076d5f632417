package telemetry_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"voucherswitch/adapters/memory"
	"voucherswitch/adapters/telemetry"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// sale is an attempt at stellr, which takes reversals here.
func sale(id voucher.TransactionID) voucher.Attempt {
	return voucher.Attempt{
		Order: voucher.Order{ID: id, Channel: voucher.Channel{ID: "22222222"}},
		Terms: voucher.Terms{
			Provider: stellr, Messaging: voucher.DualMessaging, Lease: time.Minute, Horizon: time.Minute,
			Capabilities: voucher.Capabilities{Reversals: true},
		},
	}
}

// keeping is an observed journal, and what a test writes to it.
type keeping struct {
	t       *testing.T
	journal ports.Journal
}

func (k keeping) write(d voucher.Decision) voucher.Transaction {
	k.t.Helper()
	if d.FixesAnswer() {
		d = d.Answering(voucher.Answer{Status: 200, Body: voucher.NewSecret("the answer")})
	}
	if err := k.journal.Append(context.Background(), d); err != nil {
		k.t.Fatal(err)
	}
	return d.Next
}

func approved() voucher.Outcome {
	return voucher.Outcome{Kind: voucher.OutcomeApproved, Approval: voucher.Approval{
		Voucher: voucher.Voucher{Code: voucher.NewSecret("a code"), SerialNumber: "1"},
	}}
}

func TestAProvisionCountsOnceByTheOutcomeThatFixedItsAnswer(t *testing.T) {
	figures := telemetry.New(stellr)
	k := keeping{t, figures.Journal(memory.NewStore(time.Now))}
	draft := voucher.Draft{ID: "advice"}
	k.write(k.write(voucher.Open(sale("1"))).Record(approved(), draft))
	late := k.write(k.write(voucher.Open(sale("2"))).Record(voucher.TimedOut(), draft))
	late = k.write(late.Record(approved(), draft))
	d, _ := late.Advised(*late.Open, voucher.Sent{Approved: true}, voucher.AdviceOutcome{Kind: voucher.AdviceAcknowledged})
	k.write(d)
	k.write(k.write(voucher.Open(sale("3"))).Record(voucher.NothingSent(), draft))
	k.write(k.write(voucher.Open(sale("4"))).Lapse(draft))
	want(t, figures, map[string]float64{
		`provisions_total{outcome="approved",provider="stellr"}`: 1,
		`provisions_total{outcome="in doubt",provider="stellr"}`: 2,
		`provisions_total{outcome="not sent",provider="stellr"}`: 1,
		`provisions_total{outcome="declined",provider="stellr"}`: 0,

		`moves_total{fact="ordered",provider="stellr",state="Sending"}`:           4,
		`moves_total{fact="approved",provider="stellr",state="Provisioned"}`:      1,
		`moves_total{fact="approved",provider="stellr",state="Reversing"}`:        1, // late evidence
		`moves_total{fact="reversal settled",provider="stellr",state="Reversed"}`: 1,
		`moves_total{fact="lease lapsed",provider="stellr",state="Reversing"}`:    1,
	})
}

func TestACaseCountsByWhatItAsks(t *testing.T) {
	figures := telemetry.New(stellr)
	want(t, figures, map[string]float64{
		`cases_opened_total{question="outcome unknown"}`: 0, `cases_opened_total{question="cannot reverse"}`: 0,
		`cases_opened_total{question="reversal refused"}`: 0, `cases_opened_total{question="confirmation denied"}`: 0,
		`cases_opened_total{question="unexpected voucher"}`: 0, `cases_opened_total{question="second voucher"}`: 0,
		`cases_opened_total{question="confirmed reversed"}`: 0,
	})
	k := keeping{t, figures.Journal(memory.NewStore(time.Now))}
	attempt := sale("1")
	attempt.Terms.Capabilities.Reversals = false
	k.write(k.write(voucher.Open(attempt)).Record(voucher.Broken(), voucher.Draft{ID: "advice"}))
	want(t, figures, map[string]float64{
		`cases_opened_total{question="outcome unknown"}`:                1,
		`moves_total{fact="in doubt",provider="stellr",state="Parked"}`: 1,
		`provisions_total{outcome="in doubt",provider="stellr"}`:        1,
		`journal_append_duration_seconds_bucket{result="ok",le="60"}`:   2,
		`journal_append_duration_seconds_count{result="ok"}`:            2,
	})
}

func TestATombstoneHasNoProvider(t *testing.T) {
	figures := telemetry.New(stellr)
	k := keeping{t, figures.Journal(memory.NewStore(time.Now))}
	k.write(voucher.Bar(voucher.Advice{ID: "r", Transaction: "1", Channel: "22222222"}))
	want(t, figures, map[string]float64{`moves_total{fact="reverse",provider="",state="Barred"}`: 1})
}

// losing is a journal whose answers are lost so many times, although it wrote.
type losing struct {
	ports.Journal
	times int
}

func (l *losing) Append(ctx context.Context, d voucher.Decision) error {
	err := l.Journal.Append(ctx, d)
	if l.times--; l.times >= 0 {
		return fault.New(fault.Ambiguous, "the commit's answer was lost")
	}
	return err
}

func TestAMoveCountsWhenTheJournalSaysYes(t *testing.T) {
	figures, ctx, intent := telemetry.New(stellr), context.Background(), voucher.Open(sale("1"))
	journal := figures.Journal(&losing{memory.NewStore(time.Now), 2})
	for _, kind := range []fault.Kind{fault.Ambiguous, fault.Ambiguous} {
		if err := journal.Append(ctx, intent); !fault.Is(err, kind) {
			t.Fatal(err)
		}
	}
	if _, text := scrape(t, figures); strings.Contains(text, "voucherswitch_moves_total{") {
		t.Error("a move counts before the journal said yes")
	}
	if err := journal.Append(ctx, intent); err != nil {
		t.Fatal(err)
	}
	if err := journal.Append(ctx, voucher.Open(sale("1"))); err != nil {
		t.Fatal(err)
	}
	other := sale("1")
	other.Reference = "another"
	if err := journal.Append(ctx, voucher.Open(other)); !fault.Is(err, fault.Duplicate) {
		t.Fatal(err)
	}
	want(t, figures, map[string]float64{
		`moves_total{fact="ordered",provider="stellr",state="Sending"}`: 2, // appended again after a yes: counted again
		`journal_append_duration_seconds_count{result="ambiguous"}`:     2,
		`journal_append_duration_seconds_count{result="duplicate"}`:     1,
		`journal_append_duration_seconds_count{result="ok"}`:            2,
	})
}
