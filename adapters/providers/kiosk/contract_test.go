package kiosk_test

import (
	"testing"

	"voucherswitch/adapters/providers/kiosk"
	"voucherswitch/test/contract"
)

func TestKeepsTheContractOfProviders(t *testing.T) { contract.Provider(t, contract.Kiosk(kiosk.New)) }
