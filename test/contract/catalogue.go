package contract

import (
	"context"
	"reflect"
	"testing"

	"voucherswitch/domain/voucher"
	"voucherswitch/ports"
)

// Catalogue holds a catalogue that was given a list against what ports.Catalogue promises.
func Catalogue(t *testing.T, open func(*testing.T, voucher.Catalogue) ports.Catalogue) {
	full := FullMove().Opening.Product
	for _, c := range []struct {
		rule string
		list voucher.Catalogue
	}{
		{"every product is listed, whole and in order", voucher.Catalogue{Products: []voucher.Product{full, {ID: "2"}}}},
		{"an empty list is no error", voucher.Catalogue{}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := open(t, c.list).Products(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(c.list.Products, got.Products) {
				t.Errorf("got %+v, want %+v", got.Products, c.list.Products)
			}
		})
	}
}
