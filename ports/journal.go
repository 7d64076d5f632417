package ports

import (
	"context"
	"time"

	"voucherswitch/domain/voucher"
)

// Journal keeps transactions as their moves. It is append-only: one row a move, its key is (transaction, version).
type Journal interface {
	// Append writes a whole Decision (move, advice, case, what it takes of limits or gives back) or nothing.
	// fault.Duplicate: a first move of this id exists; fault.Stale: another move with this version exists.
	// fault.LimitExceeded: the id is free, and a limit leaves no room for the sale; over all replicas no more is ever
	// taken of a day than the limit of the last one that took. fault.Ambiguous: the commit's answer was lost, only
	// appending the same move again can tell; a move that finds itself under its key succeeds. fault.Overloaded: nothing
	// was written, and cannot be now.
	Append(context.Context, voucher.Decision) error
	// Find replays a transaction from its moves. fault.NotFound, fault.Overloaded. By serial number or code it finds
	// the youngest of the channel's own that was ever Provisioned; by id and channel only the channel's own.
	Find(context.Context, voucher.Key) (voucher.Transaction, error)
	// Overdue are transactions still Sending whose lease has ended by the database's clock, the oldest first.
	Overdue(ctx context.Context, limit int) ([]voucher.Transaction, error)
}

// AdviceQueue hands out advices that are due. Advices enter and leave only through Journal.Append.
type AdviceQueue interface {
	// Claim takes up to limit due advices of a provider, the longest due first, for the length of the lease; when the
	// lease ends unanswered they are due again. What it returns has ID, Transaction, Provider, Kind and Claim; the rest
	// stands in the transaction.
	Claim(ctx context.Context, provider voucher.ProviderID, lease time.Duration, limit int) ([]voucher.Advice, error)
	// ClaimOldest takes the advice that is owed longest of those that back off, due or not, so that a provider that was
	// away is tried again soon.
	ClaimOldest(ctx context.Context, provider voucher.ProviderID, lease time.Duration) ([]voucher.Advice, error)
	// Postpone makes a claimed advice due again after a delay. A claim that is no longer the latest, or whose advice was
	// hastened since, changes nothing: fault.Stale.
	Postpone(ctx context.Context, claimed voucher.Advice, delay time.Duration) error
	// BackOff is Postpone for an advice that got no final answer: its delay may be cut short.
	BackOff(ctx context.Context, claimed voucher.Advice, delay time.Duration) error
	// Hasten makes all of a provider's advices that back off due now.
	Hasten(context.Context, voucher.ProviderID) error
}

// Cases lists what waits for a person.
type Cases interface {
	// OpenCases are the cases not closed yet, the oldest first.
	OpenCases(ctx context.Context, limit int) ([]voucher.Case, error)
	// Unconfirmed are sales of these channels that stand neither confirmed nor reversed, and whose lease ended between
	// from and to, by the database's clock. It reads every sale of that time, so it should be short.
	Unconfirmed(ctx context.Context, channels []voucher.ChannelID, from, to time.Time) ([]voucher.TransactionID, error)
}
