package suvwire

import (
	"strings"
	"testing"

	"voucherswitch/domain/voucher"
)

func TestAVoucherOfAnotherWireFitsThisOne(t *testing.T) {
	long := func(characters int) voucher.Secret { return voucher.NewSecret(strings.Repeat("é", characters)) }
	for name, c := range map[string]struct {
		voucher   voucher.Voucher
		reference string
		fits      bool
	}{
		"as long as may be": {voucher.Voucher{Code: long(40), PIN: voucher.PIN{Value: long(20)}}, "v-1", true},
		"a date":            {voucher.Voucher{ExpiryDate: "2029-11-22"}, "", true},
		"a time":            {voucher.Voucher{ExpiryDate: "2029-11-22T10:00:00+02:00"}, "", true},
		"words":             {voucher.Voucher{ExpiryDate: "never"}, "", false},
		"a long code":       {voucher.Voucher{Code: long(41)}, "", false},
		"a long PIN":        {voucher.Voucher{PIN: voucher.PIN{Value: long(21)}}, "", false},
		"two lines":         {voucher.Voucher{SerialNumber: "SN\n1"}, "", false},
		"a long reference":  {voucher.Voucher{}, strings.Repeat("v", 41), false},
	} {
		if got := IsDeliverable(c.voucher, c.reference); got != c.fits {
			t.Errorf("%s: fits %v", name, got)
		}
	}
}
