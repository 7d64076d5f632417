package quokka

import (
	"testing"
	"time"

	"voucherswitch/domain/voucher"
	"voucherswitch/test/contract"
)

var headers = []string{
	"Content-Type",
	"X-Partner", // fact: the header that tells who asks
	"X-Key",     // fact: the header that proves it
}

func TestASaleIsAskedForAsTheVendorShowsIt(t *testing.T) {
	want := contract.Request{
		Headers: headers, Body: string(contract.Sample(t, "testdata/sale_request.json")),
		Method: "POST",   // fact: the method of a sale
		Path:   "/sales", // fact: the path of a sale
	}
	contract.Asks(t, New, account, want, func(c *Client) {
		sale := asked()
		sale.SendBy = time.Now().Add(connectWithin)
		c.Provision(t.Context(), sale)
	})
}

func TestAReversalIsAskedForAsTheVendorShowsIt(t *testing.T) {
	want := contract.Request{
		Headers: headers, Body: string(contract.Sample(t, "testdata/reversal_request.json")),
		Method: "POST",                                             // fact: the method of a reversal
		Path:   "/sales/7c1f5a0e-3f6b-4d3a-9f52-0d5f6b0f6a11/void", // fact: the path of a reversal, whole
	}
	contract.Asks(t, New, account, want, func(c *Client) {
		c.Advise(t.Context(), voucher.Advice{
			Transaction: reference, Kind: voucher.Reversal,
			ID:     "0b2f9f3e-91f7-4d6c-8a53-4f8f6c0d2b22", // fact: the reversal's own id in its sample
			Reason: "TIMEOUT",                              // fact: its reason there
		})
	})
}
