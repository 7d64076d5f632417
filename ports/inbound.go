// Package ports holds the interfaces between the use cases and the world, and nothing else.
package ports

import (
	"context"

	"voucherswitch/domain/voucher"
)

// Switch is what channels may ask. Every error is a fault; the Transaction beside it holds no more than its channel
// may see. A transaction of another channel is answered as if it did not exist.
type Switch interface {
	// Provision sells a voucher once per id. The transaction's Answer is what the channel is told. fault.Duplicate: the
	// id is taken; the transaction is filled only if the order is its owner's and asks for the same sale.
	// fault.AlreadyReversed, NoRoute, InvalidAmount, NotAllowed, Unavailable, Overloaded; fault.Undecided if the
	// outcome could not be recorded in time.
	Provision(context.Context, voucher.Order) (voucher.Transaction, error)
	// Retry answers a kept outcome again, or provisions an id never seen. It fails as Provision does, and with
	// fault.HardDecline at a provider without retries, fault.Invalid if the order is not the original sale.
	Retry(context.Context, voucher.Order) (voucher.Transaction, error)
	// Reverse accepts a reversal, durably, and waits a short while for the provider's answer. fault.NotFound,
	// fault.AlreadyConfirmed; fault.Refused if the provider refused within the wait.
	Reverse(context.Context, voucher.Advice) (voucher.Transaction, error)
	// Confirm accepts a confirmation, durably. fault.NotFound, AlreadyReversed, Unknown, Undecided.
	Confirm(context.Context, voucher.Advice) (voucher.Transaction, error)
	// Find looks a transaction up. fault.NotFound, AlreadyReversed, Unknown; a transaction in state Sending is in
	// flight and has no voucher yet.
	Find(context.Context, voucher.Key) (voucher.Transaction, error)
	// Products lists what is sold under a channel name; an empty name lists all.
	Products(ctx context.Context, channelName string) (voucher.Catalogue, error)
}

// Chore is work that is due without anybody asking.
type Chore interface {
	// Pass does what is due now and says how much that was; 0 means that the chore may rest.
	Pass(context.Context) (done int, err error)
}

// Render makes the answer to a provision, status and bytes, from a transaction whose sending has ended. It is made
// once, kept with the move that ended the sending, and sent again by every retry.
type Render func(voucher.Transaction) voucher.Answer
