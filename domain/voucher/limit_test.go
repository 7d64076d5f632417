package voucher

import (
	"slices"
	"strings"
	"testing"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/money"
)

func rands(minor int64) money.Amount { return money.New(minor, "710") }

func TestASaleTakesOfTheLimitOfItsProductAndOfTheOneOnEverything(test *testing.T) {
	limits := []Limit{
		{Product: "airtime", Most: rands(900)}, {Product: "data", Most: rands(800)},
		{Product: "airtime", Most: money.New(700, "840")}, {Most: rands(600)}, {Most: money.New(500, "840")},
	}
	all := Reservation{Price: rands(50), Most: 600}
	fixed := Product{ID: "airtime", Fixed: true, Amount: cents(50)}
	for name, c := range map[string]struct {
		order   ProductID
		amount  LedgerAmount
		product Product
		want    []Reservation
	}{
		"a product with a limit":    {"airtime", cents(50), Product{}, []Reservation{all, {"airtime", rands(50), 900}}},
		"a product without one":     {"games", cents(50), Product{}, []Reservation{all}},
		"no product":                {"", cents(50), Product{}, []Reservation{all}},
		"a fixed price, not named":  {"airtime", LedgerAmount{}, fixed, []Reservation{all, {"airtime", rands(50), 900}}},
		"a currency without limits": {"airtime", LedgerAmount{Amount: money.New(50, "978")}, Product{}, nil},
	} {
		o := order(DualMessaging)
		o.Product, o.Amounts, o.Channel.Limits = c.order, Amounts{Request: c.amount}, limits
		a := NewAttempt(o, provider(allAdvices), c.product, timing, "r")
		if got := a.Reservations; !slices.Equal(got, c.want) {
			test.Errorf("%s: got %v, want %v", name, got, c.want)
		}
		if kept := Open(a).Move.Opening; kept.Order.Channel.Limits != nil || !slices.Equal(kept.Reservations, c.want) {
			test.Errorf("%s: the intent keeps %v of %v", name, kept.Reservations, kept.Order.Channel.Limits)
		}
	}
}

func TestWhereALimitCountsTheAmountIsNamed(test *testing.T) {
	onAirtime := []Limit{{Product: "airtime", Most: rands(900)}}
	fixed := Product{ID: "airtime", Fixed: true, Amount: cents(50)}
	for name, c := range map[string]struct {
		limits  []Limit
		ordered ProductID
		amount  LedgerAmount
		product Product
		refused bool
	}{
		"no limit, no amount":                 {nil, "airtime", LedgerAmount{}, Product{}, false},
		"a limit, an amount":                  {onAirtime, "airtime", cents(50), Product{}, false},
		"a limit, no amount":                  {onAirtime, "airtime", LedgerAmount{}, Product{}, true},
		"a limit, a fixed price":              {onAirtime, "airtime", LedgerAmount{}, fixed, false},
		"another product's limit, no amount":  {onAirtime, "data", LedgerAmount{}, Product{}, false},
		"a limit on everything, no amount":    {[]Limit{{Most: rands(1)}}, "data", LedgerAmount{}, Product{}, true},
		"no limit, and not the product's own": {nil, "airtime", cents(51), fixed, true},
	} {
		o := order(DualMessaging)
		o.Product, o.Amounts, o.Channel.Limits = c.ordered, Amounts{Request: c.amount}, c.limits
		if err := o.Priced(c.product); (err != nil) != c.refused || c.refused && !fault.Is(err, fault.InvalidAmount) {
			test.Errorf("%s: %v", name, err)
		}
	}
}

func TestARefusalNamesTheLimitAndNoSum(test *testing.T) {
	long := ProductID(strings.Repeat("P", 40))
	for _, c := range []struct {
		limit Reservation
		names string
	}{
		{Reservation{Product: long, Price: rands(12345), Most: 67890}, string(long)},
		{Reservation{Price: rands(12345), Most: 67890}, "ZAR"},
		{Reservation{Price: money.New(12345, "000"), Most: 67890}, "000"},
	} {
		err := c.limit.Refused()
		text := fault.Text(err)
		if !fault.Is(err, fault.LimitExceeded) || !strings.Contains(text, c.names) || len(text) > 80 ||
			strings.Contains(text, "12345") || strings.Contains(text, "67890") {
			test.Errorf("%v, %d characters; want it to name %s", err, len(text), c.names)
		}
	}
}

func TestWhatIsUndoneGivesBackAndWhatStandsKeeps(test *testing.T) {
	taken := []Reservation{{Price: rands(5000), Most: 9000}}
	opened := func(c Capabilities) Transaction {
		a := attempt(c, DualMessaging)
		a.Reservations = taken
		return Open(a).Next
	}
	parked := opened(noAdvices).Record(Broken(), Draft{}).Next
	reversing := opened(allAdvices).Record(Broken(), Draft{}).Next
	sold := opened(allAdvices).Record(approval(firstCode), Draft{}).Next
	settled, _ := reversing.Advised(*reversing.Open, Sent{AfterHorizon: true}, AdviceOutcome{Kind: AdviceAcknowledged})
	for name, c := range map[string]struct {
		d     Decision
		gives bool
	}{
		"declined":                   {opened(allAdvices).Record(declined(), Draft{}), true},
		"not sent":                   {opened(allAdvices).Record(NothingSent(), Draft{}), true},
		"in doubt":                   {opened(allAdvices).Record(Broken(), Draft{}), false},
		"parked":                     {opened(noAdvices).Record(Broken(), Draft{}), false},
		"sold":                       {opened(allAdvices).Record(approval(firstCode), Draft{}), false},
		"confirmed":                  {sold.Confirm(channelAdvice(sold, Confirmation)), false},
		"reversed by its channel":    {sold.Reverse(channelAdvice(sold, Reversal)), false},
		"the reversal settled":       {settled, true},
		"declined while reversing":   {reversing.Record(declined(), Draft{}), true},
		"declined while parked":      {parked.Record(declined(), Draft{}), true},
		"found issued":               {parked.Resolve(true, quiet, signature), false},
		"found undone":               {parked.Resolve(false, quiet, signature), true},
		"reversed once more":         {settled.Next.Reverse(channelAdvice(sold, Reversal)), false},
		"another voucher after a no": {settled.Next.Record(approval(anotherCode), Draft{}), false},
	} {
		var want []Reservation
		if c.gives {
			want = taken
		}
		if !c.d.Writes() || !slices.Equal(c.d.Move.Releases, want) {
			test.Errorf("%s: writes %v, releases %v", name, c.d.Writes(), c.d.Move.Releases)
		}
	}
}
