package suv_test

import (
	"testing"

	"voucherswitch/adapters/providers/suv"
	"voucherswitch/test/contract"
)

func TestKeepsTheContractOfProviders(t *testing.T) { contract.Provider(t, contract.SUV(suv.New)) }
