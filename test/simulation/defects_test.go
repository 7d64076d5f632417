package simulation

import (
	"context"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// defect is a fault that is planted in a world's own wiring, to see that it is found. The zero one is none.
type defect string

// commit is what becomes of a decision in the database.
func (d defect) commit(s store, decision voucher.Decision) error {
	return s.Append(context.Background(), decision)
}

// client is how a provider is asked.
func (d defect) client(p ports.Provider) ports.Provider { return p }
