package application

import (
	"context"
	"fmt"
	"log/slog"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// Vendor is a provider's profile and the client that speaks to it.
type Vendor struct {
	voucher.Provider
	Client ports.Provider
}

// provision asks the client. A client that panics leaves a doubt: it ends neither the process nor anybody else's sale.
func (v Vendor) provision(ctx context.Context, a voucher.Attempt, log *slog.Logger) (o voucher.Outcome) {
	defer func() {
		if failure := recover(); failure != nil {
			v.report(log, failure)
			o = voucher.Broken()
		}
	}()
	return v.Client.Provision(ctx, a)
}

// advise delivers an advice within the provider's time-out; one that panics is repeated.
func (v Vendor) advise(ctx context.Context, a voucher.Advice, log *slog.Logger) (o voucher.AdviceOutcome) {
	defer func() {
		if failure := recover(); failure != nil {
			v.report(log, failure)
			o = voucher.AdviceOutcome{}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, v.Timeout)
	defer cancel()
	return v.Client.Advise(ctx, a)
}

// report names the kind of failure only: its text may hold what the client had in hand, a code perhaps.
func (v Vendor) report(log *slog.Logger, failure any) {
	log.Error("a provider's client panicked", "provider", v.ID, "kind", fmt.Sprintf("%T", failure))
}
