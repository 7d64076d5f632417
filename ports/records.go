package ports

import (
	"context"
	"time"

	"voucherswitch/domain/voucher"
)

// Records are what operators and gauges read, apart from the hot path. fault.Overloaded if the database is away.
type Records interface {
	// History is a transaction's moves, the first first. fault.NotFound.
	History(context.Context, voucher.TransactionID) ([]voucher.Move, error)
	// Recent are the sales whose lease ends last, which are about the youngest, the newest first; no tombstones.
	Recent(ctx context.Context, limit int) ([]voucher.Transaction, error)
	// Waiting are queued advices, the longest owed first.
	Waiting(ctx context.Context, which voucher.Which, limit int) ([]voucher.Waiting, error)
	// Backlog counts what each provider's lane owes, by provider; a lane that owes nothing is left out.
	Backlog(context.Context) ([]voucher.Backlog, error)
	// Unanswered counts the open cases.
	Unanswered(context.Context) (int, error)
	// Now is the database's clock.
	Now(context.Context) (time.Time, error)
}
