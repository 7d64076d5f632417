package ports

import (
	"context"

	"voucherswitch/domain/voucher"
)

// Records are what operators and gauges read, apart from the hot path. fault.Overloaded if the database is away.
type Records interface {
	// History is a transaction's moves, the first first. fault.NotFound.
	History(context.Context, voucher.TransactionID) ([]voucher.Move, error)
	// Recent are the transactions that were opened last, the newest first.
	Recent(ctx context.Context, limit int) ([]voucher.Transaction, error)
	// Waiting are queued advices, the longest owed first; of every provider if none is named.
	Waiting(ctx context.Context, provider voucher.ProviderID, limit int) ([]voucher.Waiting, error)
	// Backlog counts what waits in each provider's lane, by provider; a lane where nothing waits is left out.
	Backlog(context.Context) ([]voucher.Backlog, error)
	// Unanswered counts the open cases.
	Unanswered(context.Context) (int, error)
}
