package suvwire

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAProductThatBreaksARuleIsLeftOutOfTheListAlone(t *testing.T) {
	list, refused := DecodeProductList([]byte(`{"products": [
		{"productId": "A1", "name": "Airtime", "amount": {"amount": 100, "currency": "710"}, "newer": [1]},
		{"productId": "A-2"}, {"name": "nameless"}, "A3", {"productId": "A4", "minAmount": {"amount": "1"}},
		{"productId": "A5"}], "next": null}`))
	if refused != nil {
		t.Fatal(refused)
	}
	want := &ProductList{
		Products: []Product{
			{ProductID: "A1", Name: "Airtime", Amount: &LedgerAmount{Amount: 100, Currency: "710"}}, {ProductID: "A5"},
		},
		LeftOut: []FormatError{
			{"products[1].productId", "products[1].productId must match [0-9A-Za-z]{1,40}", "A-2"},
			{"products[2].productId", "products[2].productId may not be null", ""},
			{"products[3]", "products[3] must be an object", ""},
			{"products[4].minAmount.currency", "products[4].minAmount.currency may not be null", "A4"},
		},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWhatIsNoProductListIsRefused(t *testing.T) {
	for name, body := range map[string]string{
		"nothing": ``, "garbage": `<html>it works</html>`, "no object": `[]`, "no list": `{}`, "a list of null": `{"products": [null]}`,
		"cut off": `{"products": [{"productId": "A1"}`, "an object": `{"products": {}}`,
		"twice": `{"products": [], "products": []}`, "too long": `{"products": [` + strings.Repeat("{},", maxProducts) + `{}]}`,
	} {
		if list, refused := DecodeProductList([]byte(body)); list != nil || refused == nil {
			t.Errorf("%s is taken for a list", name)
		}
	}
}

func TestAProductListMayBeLongerThanOtherLists(t *testing.T) {
	one := `{"productId": "A"},`
	list, refused := DecodeProductList([]byte(`{"products": [` + strings.Repeat(one, maxProducts-1) + one[:len(one)-1] + `]}`))
	if refused != nil || len(list.Products) != maxProducts {
		t.Fatal(refused)
	}
}
