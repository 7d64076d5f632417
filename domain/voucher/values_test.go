package voucher

import (
	"slices"
	"testing"
	"time"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/money"
)

func TestApprovedIsStrict(test *testing.T) {
	type reply struct {
		asked Attempt
		id    TransactionID
		Approval
	}
	for name, c := range map[string]struct {
		change func(*reply)
		want   OutcomeKind
	}{
		"all fits":         {func(*reply) {}, OutcomeApproved},
		"another id":       {func(r *reply) { r.id = "another" }, OutcomeInDoubt},
		"no id":            {func(r *reply) { r.id = "" }, OutcomeInDoubt},
		"another product":  {func(r *reply) { r.Product.ID = "electricity" }, OutcomeInDoubt},
		"no product named": {func(r *reply) { r.Product.ID = "" }, OutcomeApproved},
		"no product asked": {func(r *reply) { r.asked.Order.Product = "" }, OutcomeApproved},
		"another amount":   {func(r *reply) { r.Amounts.Request = cents(5001) }, OutcomeInDoubt},
		"another currency": {func(r *reply) { r.Amounts.Request.Currency = "840" }, OutcomeInDoubt},
		"less approved":    {func(r *reply) { r.Amounts.Approved = cents(4999) }, OutcomeInDoubt},
		"no amount named":  {func(r *reply) { r.Amounts = Amounts{} }, OutcomeApproved},
		"no amount asked":  {func(r *reply) { r.asked.Order.Amounts = Amounts{} }, OutcomeApproved},
		"not the fixed price": {func(r *reply) {
			r.asked.Order.Amounts, r.asked.Product = Amounts{}, Product{Fixed: true, Amount: cents(4000)}
		}, OutcomeInDoubt},
		"the fixed price": {func(r *reply) {
			r.asked.Order.Amounts, r.asked.Product = Amounts{}, Product{Fixed: true, Amount: cents(5000)}
		}, OutcomeApproved},
		"the other ledger":     {func(r *reply) { r.Amounts.Request.Indicator = "DEBIT" }, OutcomeApproved},
		"a fee, not asked of":  {func(r *reply) { r.Amounts.Fee = cents(7) }, OutcomeApproved},
		"nothing to spend":     {func(r *reply) { r.Voucher = Voucher{SerialNumber: "1"} }, OutcomeInDoubt},
		"another code":         {func(r *reply) { r.asked.Order.Code = NewSecret(anotherCode) }, OutcomeInDoubt},
		"the chosen code":      {func(r *reply) { r.asked.Order.Code = NewSecret(firstCode) }, OutcomeApproved},
		"a PIN without a code": {func(r *reply) { r.Voucher = Voucher{PIN: PIN{Value: NewSecret("1234")}} }, OutcomeApproved},
	} {
		r := reply{attempt(allAdvices, DualMessaging), saleID, approval(firstCode).Approval}
		r.Product.ID, r.Amounts = "airtime", Amounts{Request: cents(5000), Approved: cents(5000)}
		c.change(&r)
		o := Approve(r.asked, r.id, r.Approval)
		if o.Kind != c.want || o.Approval.Voucher.IsEmpty() != (c.want == OutcomeInDoubt) || o.Doubt != DoubtBroken {
			test.Errorf("%s: %+v", name, o)
		}
	}
}

func TestOnlyADefiniteErrorThatNobodyReplayedIsADecline(test *testing.T) {
	for _, c := range []struct {
		definite bool
		kind     DeclineType
		want     OutcomeKind
	}{
		{true, DoNotHonour, OutcomeDeclined},
		{true, "", OutcomeDeclined},
		{true, "DUPLICATE_RECORD", OutcomeInDoubt},
		{true, "duplicate_record", OutcomeInDoubt},
		{true, "VOUCHER_ALREADY_PROVISIONED", OutcomeInDoubt},
		{false, DoNotHonour, OutcomeInDoubt},
		{false, "", OutcomeInDoubt},
		{false, "DUPLICATE_RECORD", OutcomeInDoubt},
	} {
		given := Decline{Type: c.kind, ProviderCode: "51", ProviderMessage: "no"}
		o := DeclinedOrInDoubt(c.definite, given)
		if o.Kind != c.want || o.Decline != given || c.want == OutcomeInDoubt && o.Doubt != DoubtAnswered {
			test.Errorf("definite %v, %q: %+v", c.definite, c.kind, o)
		}
	}
}

func TestTheZeroValuesAreTheCautiousOnes(test *testing.T) {
	if (Outcome{}).Kind != OutcomeInDoubt || (AdviceOutcome{}).Kind != AdviceUnanswered {
		test.Error("a forgotten outcome is in doubt, a forgotten answer is asked for again")
	}
	for name, c := range map[string]struct {
		got   Outcome
		kind  OutcomeKind
		doubt Doubt
	}{
		"broken":       {Broken(), OutcomeInDoubt, DoubtBroken},
		"timed out":    {TimedOut(), OutcomeInDoubt, DoubtTimedOut},
		"nothing sent": {NothingSent(), OutcomeNotSent, DoubtBroken},
	} {
		if c.got.Kind != c.kind || c.got.Doubt != c.doubt {
			test.Errorf("%s: %+v", name, c.got)
		}
	}
}

func TestARetryGetsTheSameBytesAgain(test *testing.T) {
	for status, want := range map[int]int{201: 200, 200: 200, 404: 404, 504: 404, 500: 404, 503: 404, 400: 404} {
		kept := Answer{Status: status, Body: NewSecret("body")}
		if again := kept.Again(); again.Status != want || again.Body != kept.Body {
			test.Errorf("%d: %d, want %d", status, again.Status, want)
		}
	}
}

func TestASaleIsItsProductAmountsReceiverAndClient(test *testing.T) {
	for name, c := range map[string]struct {
		change func(*Order)
		want   bool
	}{
		"nothing":           {func(*Order) {}, true},
		"product":           {func(o *Order) { o.Product = "electricity" }, false},
		"request amount":    {func(o *Order) { o.Amounts.Request = cents(1) }, false},
		"ledger indicator":  {func(o *Order) { o.Amounts.Request.Indicator = "DEBIT" }, false},
		"approved amount":   {func(o *Order) { o.Amounts.Approved = cents(1) }, false},
		"fee":               {func(o *Order) { o.Amounts.Fee = cents(1) }, false},
		"balance":           {func(o *Order) { o.Amounts.Balance = cents(1) }, false},
		"additional amount": {func(o *Order) { o.Amounts.Additional = map[string]LedgerAmount{"tip": cents(1)} }, false},
		"no additional":     {func(o *Order) { o.Amounts.Additional = map[string]LedgerAmount{} }, true},
		"receiver":          {func(o *Order) { o.Receiver.ID = "another" }, false},
		"client":            {func(o *Order) { o.Client.ID = "another" }, false},
		"time":              {func(o *Order) { o.Time = "later" }, true},
		"references":        {func(o *Order) { o.Identifiers = nil }, true},
		"settlement entity": {func(o *Order) { o.SettlementEntity.ID = "another" }, true},
		"message":           {func(o *Order) { o.Message = NewSecret("another") }, true},
		"names":             {func(o *Order) { o.Receiver.Name, o.Client.Name = "another", "another" }, true},
	} {
		other := order(DualMessaging)
		c.change(&other)
		if original := order(DualMessaging); original.SameSale(other) != c.want || other.SameSale(original) != c.want {
			test.Errorf("%s changed: same sale = %v", name, !c.want)
		}
	}
}

func TestAnAmountIsPricedByItsProduct(test *testing.T) {
	fixed := Product{ID: "airtime", Fixed: true, Amount: cents(5000)}
	limited := Product{ID: "airtime", Min: cents(500), Max: cents(10000)}
	dollars := LedgerAmount{Amount: money.New(5000, "840")}
	for name, c := range map[string]struct {
		product Product
		asked   LedgerAmount
		fits    bool
	}{
		"fixed, its price":         {fixed, cents(5000), true},
		"fixed, no amount":         {fixed, LedgerAmount{}, true},
		"fixed, another price":     {fixed, cents(4999), false},
		"fixed, another currency":  {fixed, dollars, false},
		"limits, least":            {limited, cents(500), true},
		"limits, most":             {limited, cents(10000), true},
		"limits, too little":       {limited, cents(499), false},
		"limits, too much":         {limited, cents(10001), false},
		"limits, no amount":        {limited, LedgerAmount{}, false},
		"limits, another currency": {limited, dollars, false},
		"no limits":                {Product{}, cents(1), true},
		"no limits, no amount":     {Product{}, LedgerAmount{}, true},
		"nothing":                  {Product{}, cents(0), false},
		"less than nothing":        {Product{}, cents(-1), false},
		"only a least":             {Product{Min: cents(500)}, cents(1e9), true},
		"only a most":              {Product{Max: cents(500)}, cents(501), false},
	} {
		err := c.product.Price(c.asked)
		if (err == nil) != c.fits || !c.fits && !fault.Is(err, fault.InvalidAmount) {
			test.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheCatalogueKeepsWhatIsListedUnderAName(test *testing.T) {
	everywhere := Product{ID: "everywhere"}
	app := Product{ID: "app", Listings: []Listing{{ChannelName: "App"}}}
	both := Product{ID: "both", Listings: []Listing{{ChannelName: "Till"}, {ChannelName: "App"}}}
	catalogue := Catalogue{Products: []Product{everywhere, app, both}}
	for name, want := range map[string][]ProductID{
		"": {"everywhere", "app", "both"}, "App": {"everywhere", "app", "both"}, "Till": {"everywhere", "both"},
		"app": {"everywhere"},
	} {
		var got []ProductID
		for _, p := range catalogue.For(name).Products {
			got = append(got, p.ID)
		}
		if !slices.Equal(got, want) {
			test.Errorf("%q: %v, want %v", name, got, want)
		}
	}
	if p, found := catalogue.Find("app"); !found || p.ID != "app" {
		test.Errorf("found %v", p)
	}
	if p, found := catalogue.Find("nothing"); found || p.ID != "" {
		test.Errorf("found %v", p)
	}
}

func TestTwoIdentifiersInFourOut(test *testing.T) {
	type ids = []ThirdPartyIdentifier
	sender := ids{{"till", "till-1"}, {"shop", "shop-1"}}
	for name, c := range map[string]struct{ asked, provided, want ids }{
		"the provider named itself": {sender, ids{{"vendor-receiver", "vendor-9"}},
			ids{sender[0], sender[1], {"bank", "our-reference"}, {"vendor-receiver", "vendor-9"}}},
		"the provider named nobody": {sender, nil,
			ids{sender[0], sender[1], {"bank", "our-reference"}, {"vendor-receiver", "our-reference"}}},
		"the provider added another": {sender, ids{{"issuer", "i-1"}, {"vendor-receiver", "vendor-9"}},
			ids{sender[0], sender[1], {"bank", "our-reference"}, {"vendor-receiver", "vendor-9"}, {"issuer", "i-1"}}},
		"the provider changed the sender's and ours": {sender, ids{{"till", "x"}, {"bank", "x"}, {"vendor-receiver", "v"}},
			ids{sender[0], sender[1], {"bank", "our-reference"}, {"vendor-receiver", "v"}}},
		"the sender is the settlement entity": {ids{{"bank", "bank-1"}}, ids{{"vendor-receiver", "v"}},
			ids{{"bank", "bank-1"}, {"vendor-receiver", "v"}}},
		"the sender named nobody": {nil, nil, ids{{"bank", "our-reference"}, {"vendor-receiver", "our-reference"}}},
	} {
		a := attempt(allAdvices, DualMessaging)
		a.Order.Identifiers = c.asked
		yes := approval(firstCode)
		yes.Approval.Identifiers = c.provided
		t := reach(test, a, ordered, recorded(yes))
		if got := t.Identifiers(); !slices.Equal(got, c.want) {
			test.Errorf("%s:\ngot  %v\nwant %v", name, got, c.want)
		}
		if again := t.Identifiers(); !slices.Equal(again, c.want) || !slices.Equal(t.Attempt.Order.Identifiers, c.asked) {
			test.Errorf("%s: reading changes them", name)
		}
	}
}

func TestTheProviderIsToldTheSendersIdentifiersAndOurs(test *testing.T) {
	want := []ThirdPartyIdentifier{{"till", "till-1"}, {"shop", "shop-1"}, {"bank", "our-reference"}}
	if got := attempt(allAdvices, DualMessaging).Identifiers(); !slices.Equal(got, want) {
		test.Errorf("got %v", got)
	}
}

func TestTermsJoinProviderChannelAndSwitch(test *testing.T) {
	got := NewTerms(provider(reversalsOnly), Channel{Messaging: DualMessaging}, timing)
	want := Terms{
		Provider: "vendor", Capabilities: reversalsOnly, Messaging: DualMessaging, ReversalWindow: 15 * time.Minute,
		Lease:   41 * time.Second, // 1 send guard + 30 time-out + 10 margin
		Horizon: 91 * time.Second, // 1 send guard + 30 time-out + 60 longest processing
	}
	if got != want {
		test.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestTheReceiverIsTheOrdersElseTheProductsElseTheProvider(test *testing.T) {
	named, listed := Institution{ID: "named"}, Product{Receiver: Institution{ID: "listed"}}
	for name, c := range map[string]struct {
		order   Institution
		product Product
		vendor  Provider
		want    string
	}{
		"the order's":       {named, listed, provider(allAdvices), "named"},
		"the product's":     {Institution{}, listed, provider(allAdvices), "listed"},
		"the provider's":    {Institution{}, Product{}, provider(allAdvices), "vendor-receiver"},
		"the provider's id": {Institution{}, Product{}, Provider{ID: "vendor"}, "vendor"},
	} {
		o := order(DualMessaging)
		o.Receiver = c.order
		if got := NewAttempt(o, c.vendor, c.product, timing, "r").Receiver.ID; got != c.want {
			test.Errorf("%s: %q", name, got)
		}
	}
	if p := provider(allAdvices); !p.Receives("vendor-receiver") || p.Receives("vendor") || p.Receives("") {
		test.Error("a provider receives for its receivers, and for nobody else")
	}
}

func TestTwoSpellingsOfAUUIDAreOneID(test *testing.T) {
	const upper, lower = "6FB1C7A0-ABCD-4000-8000-00000000000F", "6fb1c7a0-abcd-4000-8000-00000000000f"
	if NewTransactionID(upper) != lower || NewAdviceID(upper) != lower || NewTransactionID(lower) != lower {
		test.Error("the case of an id matters")
	}
}

func TestOneVoucherIsItsCodePINAndSerialNumber(test *testing.T) {
	whole := Voucher{
		Code: NewSecret(firstCode), PIN: PIN{Type: ClearPIN, Value: NewSecret("1234")}, SerialNumber: "1", ExpiryDate: "x",
	}
	for name, c := range map[string]struct {
		change func(*Voucher)
		same   bool
	}{
		"nothing":       {func(*Voucher) {}, true},
		"code":          {func(v *Voucher) { v.Code = NewSecret(anotherCode) }, false},
		"PIN":           {func(v *Voucher) { v.PIN.Value = NewSecret("4321") }, false},
		"PIN's form":    {func(v *Voucher) { v.PIN.Type = HashedPIN }, false},
		"serial number": {func(v *Voucher) { v.SerialNumber = "2" }, false},
		"expiry date":   {func(v *Voucher) { v.ExpiryDate = "y" }, true},
		"instructions":  {func(v *Voucher) { v.RedeemInstructions = []string{"dial"} }, true},
	} {
		other := whole
		c.change(&other)
		if whole.Same(other) != c.same || other.Same(whole) != c.same {
			test.Errorf("%s changed: same = %v", name, !c.same)
		}
	}
}

func TestAbsentAmountsAreZeroAndZeroRandIsNot(test *testing.T) {
	none := Amounts{Additional: map[string]LedgerAmount{}}
	if !none.IsZero() || !(Amounts{}).IsZero() || (Amounts{Request: cents(0)}).IsZero() {
		test.Error("only what is not given is zero")
	}
}

func TestASlipIsZeroOnlyWithoutAnyPart(test *testing.T) {
	for _, s := range []Slip{{Lines: []SlipLine{{}}}, {Width: 1}, {IssuerReference: "R"}} {
		if s.IsZero() {
			test.Errorf("%+v has something to print", s)
		}
	}
	if !(Slip{}).IsZero() {
		test.Error("nothing is something")
	}
}

func TestAnInstitutionIsNamedOnceEvenIfItsReferenceIsEmpty(test *testing.T) {
	a := attempt(allAdvices, DualMessaging)
	a.Order.Identifiers = []ThirdPartyIdentifier{{a.Order.SettlementEntity.ID, ""}, {a.Receiver.ID, ""}}
	if got := reach(test, a, ordered, recorded(approval(firstCode))).Identifiers(); len(got) != 2 {
		test.Errorf("got %v", got)
	}
}

func TestAnIndexFindsWhatLookingAtEachProductFinds(test *testing.T) {
	list := Catalogue{Products: []Product{{ID: "a", Name: "first"}, {ID: "b"}, {ID: "a", Name: "second"}}}
	for _, id := range []ProductID{"a", "b", "c", ""} {
		want, listed := list.Find(id)
		got, found := list.Indexed().Find(id)
		if found != listed || got.Name != want.Name {
			test.Errorf("%q: %v, %v; want %v, %v", id, got.Name, found, want.Name, listed)
		}
	}
}
