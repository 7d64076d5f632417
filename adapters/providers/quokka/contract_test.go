package quokka_test

import (
	"testing"

	"voucherswitch/adapters/providers/quokka"
	"voucherswitch/test/contract"
)

func TestKeepsTheContractOfProviders(t *testing.T) { contract.Provider(t, contract.Quokka(quokka.New)) }
