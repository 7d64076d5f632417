package memory_test

import (
	"testing"

	"voucherswitch/adapters/memory"
	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
	"voucherswitch/test/contract"
)

func open(_ *testing.T, clock ports.Clock) contract.Store { return memory.NewStore(clock) }

func TestTheStoreIsAJournal(t *testing.T) { contract.Journal(t, open) }

func TestTheStoreIsAnAdviceQueue(t *testing.T) { contract.AdviceQueue(t, open) }

func TestTheStoreListsCases(t *testing.T) { contract.Cases(t, open) }

func TestTheStoreKeepsRecords(t *testing.T) { contract.Records(t, open) }

func TestTheStoreKeepsAssortments(t *testing.T) {
	contract.Assortments(t, func(_ *testing.T, clock ports.Clock) ports.Assortments { return memory.NewStore(clock) })
}

func TestTheListIsACatalogue(t *testing.T) {
	contract.Catalogue(t, func(_ *testing.T, list voucher.Catalogue) ports.Catalogue { return memory.NewCatalogue(list) })
}
