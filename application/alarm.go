package application

import (
	"context"
	"log/slog"
	"time"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// Alarm tells people when a provider's lane has owed an advice for too long, and when that is over: once each. It
// stops nothing, for an advice is repeated without end. Every replica tells for itself, and anew after a restart.
type Alarm struct {
	Records ports.Records
	Age     time.Duration // from here on an advice is owed for too long
	Log     *slog.Logger

	raised map[voucher.ProviderID]bool // by Pass only
}

var _ ports.Chore = (*Alarm)(nil)

// Pass looks at the lanes once. While they cannot be read, nothing is said to be well again.
func (a *Alarm) Pass(ctx context.Context) (int, error) {
	backlog, err := a.Records.Backlog(ctx)
	if err != nil {
		return 0, err
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
	return 0, nil
}
