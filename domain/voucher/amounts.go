package voucher

import (
	"maps"

	"voucherswitch/domain/money"
)

// LedgerAmount is an amount with the side of the ledger it stands on: DEBIT, CREDIT or not said.
type LedgerAmount struct {
	money.Amount
	Indicator string
}

// Amounts are the sums a transaction speaks of. The zero LedgerAmount is absent.
type Amounts struct {
	Request, Approved, Fee, Balance LedgerAmount
	Additional                      map[string]LedgerAmount
}

// Equal compares every sum.
func (a Amounts) Equal(b Amounts) bool {
	return a.Request == b.Request && a.Approved == b.Approved && a.Fee == b.Fee && a.Balance == b.Balance &&
		maps.Equal(a.Additional, b.Additional)
}

// IsZero reports that no sum is given.
func (a Amounts) IsZero() bool { return a.Equal(Amounts{}) }
