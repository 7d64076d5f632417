package application

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// Alarm tells people when a provider's lane has owed an advice for too long, and when that is over: once each; and of
// every sale that its dual-messaging channel has not confirmed for so long. It stops nothing, for an advice is repeated
// without end, and a sale stands. Every replica tells for itself, and anew after a restart.
type Alarm struct {
	Records ports.Records
	Cases   ports.Cases
	Dual    []voucher.ChannelID // the channels that confirm by themselves
	Age     time.Duration       // from here on it is too long
	Log     *slog.Logger

	raised  map[voucher.ProviderID]bool // by Pass only
	watched time.Time                   // sales whose lease ended before were looked at, by Pass only
}

var _ ports.Chore = (*Alarm)(nil)

const (
	mostNamed = 20        // sales that one pass names
	lookBack  = time.Hour // of a process's first pass
)

// Pass looks once. While lanes cannot be read, none is said to be well again.
func (a *Alarm) Pass(ctx context.Context) (int, error) {
	return 0, errors.Join(a.lanes(ctx), a.sales(ctx))
}

// sales looks at those whose lease ended since the last pass, but for the alarm's age.
func (a *Alarm) sales(ctx context.Context) error {
	if len(a.Dual) == 0 {
		return nil
	}
	now, err := a.Records.Now(ctx)
	if err != nil {
		return err
	}
	until := now.Add(-a.Age)
	if a.watched.IsZero() {
		a.watched = until.Add(-lookBack)
	}
	forgotten, err := a.Cases.Unconfirmed(ctx, a.Dual, a.watched, until)
	if err != nil {
		return err
	}
	a.watched = until
	for _, id := range forgotten[:min(mostNamed, len(forgotten))] {
		a.Log.Error("a sale is not confirmed for too long", "transaction", id, "alarm_age", a.Age)
	}
	if more := len(forgotten) - mostNamed; more > 0 {
		a.Log.Error("more sales are not confirmed for too long", "count", more)
	}
	return nil
}

func (a *Alarm) lanes(ctx context.Context) error {
	backlog, err := a.Records.Backlog(ctx)
	if err != nil {
		return err
	}
	late := map[voucher.ProviderID]bool{}
	for _, lane := range backlog {
		if lane.Oldest < a.Age {
			continue
		}
		late[lane.Provider] = true
		if !a.raised[lane.Provider] {
			a.Log.Error("advices are owed for too long", "provider", lane.Provider, "owed", lane.Advices,
				"oldest", lane.Oldest, "alarm_age", a.Age)
		}
	}
	for provider := range a.raised {
		if !late[provider] {
			a.Log.Info("no advice is owed for too long any more", "provider", provider)
		}
	}
	a.raised = late
	return nil
}
