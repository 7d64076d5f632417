package scenarios

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func detailFields(m message) (names []string) {
	detail, _ := m["detailMessage"].(map[string]any)
	for name := range detail {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestDuplicateDisclosesTheVoucherToItsOwnerForTheSameSaleOnly(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(plain, 12000)
	code, product := c.sold(t, request).want(t, 201).code(), listed(t, plain, false)["productId"]
	check := func(when string) {
		again := request.with("time", "2026-11-23T00:00:00Z").with("basketRef", "other")
		told := c.provision(t, again).wantError(t, http.StatusBadRequest, "DUPLICATE_RECORD").names(t, request.id(), "")
		if told.value("detailMessage.voucher.code") != code {
			t.Errorf("%s: the owner was not told its voucher: %s", when, told.bytes())
		}
		want := []string{"freeString", "receiver", "requestTime", "voucher", "voucherId"}
		if got := detailFields(told); !slices.Equal(got, want) {
			t.Errorf("%s: detailMessage has %v, want %v", when, got, want)
		}
		for name, other := range map[string]message{
			"amount":   request.with("amounts.requestAmount.amount", 12100),
			"currency": request.with("amounts.requestAmount.currency", "840"),
			"receiver": request.with("receiver.id", dual),
			"product":  request.with("product", map[string]any{"productId": product}),
		} {
			refused := c.provision(t, other)
			refused.wantError(t, http.StatusBadRequest, "DUPLICATE_RECORD").names(t, request.id(), "")
			if strings.Contains(string(refused.body), code) {
				t.Errorf("%s: another %s was told the voucher: %s", when, name, refused.body)
			}
		}
		told = common.stranger().provision(t, asStranger(request)).
			wantError(t, http.StatusBadRequest, "DUPLICATE_RECORD").names(t, request.id(), "")
		if got := detailFields(told); len(got) > 1 || len(got) == 1 && got[0] != "freeString" {
			t.Errorf("%s: another channel was told %s", when, told.bytes())
		}
	}
	check("while it stands")
	c.reverse(t, reversal(request.id())).want(t, http.StatusAccepted)
	check("since it is reversed")
	if written := common.ledger(t)[request.id()]; written.Calls != 1 || written.State != "reversed" {
		t.Errorf("the provider's books say %+v", written)
	}
}

func TestDuplicateOfAFailedProvisionNamesNoVoucher(t *testing.T) {
	t.Parallel()
	for name, amount := range map[string]int64{"declined": 14001, "answered too late": 16003} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, request := common.channel(), sale(plain, amount)
			first := c.provision(t, request)
			// The provider's late answer comes about a second after the switch's time-out, and is kept as evidence.
			for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
				told := c.provision(t, request).wantError(t, http.StatusBadRequest, "DUPLICATE_RECORD")
				if told.value("detailMessage.voucher") != nil {
					t.Fatalf("a voucher was shown: %s", told.bytes())
				}
				same(t, first, c.retry(t, request))
				if shown := c.lookup(t, request.id()); shown.status < 400 {
					t.Fatalf("a lookup found %s", shown.body)
				}
			}
		})
	}
}

func TestAnotherChannelsIdIsAnUnknownId(t *testing.T) {
	t.Parallel()
	c, other := common.channel(), common.stranger()
	request := sale(plain, 12000)
	sold := c.sold(t, request)
	voucher := sold.want(t, 201)
	hidden := func(operation string, call func(id string) answer) {
		t.Helper()
		unknown := uuid.NewString()
		theirs, nobodys := call(request.id()), call(unknown)
		theirs.wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD")
		got, want := strings.ReplaceAll(string(theirs.body), request.id(), unknown), string(nobodys.body)
		if theirs.status != nobodys.status || got != want {
			t.Errorf("%s tells another's id from an unknown one:\n%s\n%s", operation, got, want)
		}
	}
	undo, accept := reversal(request.id()), advice(request.id())
	lookup := func(id string) answer { return other.lookup(t, id) }
	reverse := func(id string) answer { return other.reverse(t, undo.with("requestId", id)) }
	hidden("lookup", lookup)
	hidden("confirmation", func(id string) answer { return other.confirm(t, accept.with("requestId", id)) })
	hidden("reversal", reverse)
	hidden("a second reversal", func(id string) answer { reverse(id); return reverse(id) })
	hidden("lookup after a reversal", func(id string) answer { reverse(id); return lookup(id) })
	for _, field := range []string{"voucherSerialNumber", "voucherCode"} {
		name := map[string]string{"voucherSerialNumber": "voucher.serialNumber", "voucherCode": "voucher.code"}[field]
		query := "/vouchers?" + field + "=" + url.QueryEscape(voucher.value(name).(string))
		other.must(t, "GET", query, nil).wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD")
	}
	told := other.retry(t, asStranger(request)).wantError(t, http.StatusBadRequest, "DUPLICATE_RECORD")
	if got := detailFields(told); len(got) > 1 || strings.Contains(string(told.bytes()), voucher.code()) {
		t.Errorf("a retry told another channel %s", told.bytes())
	}
	same(t, sold, c.retry(t, request))
	if written := common.ledger(t)[request.id()]; written.State != "issued" || written.Calls != 1 {
		t.Errorf("another channel changed the books: %+v", written)
	}
	c.reverse(t, reversal(request.id())).want(t, http.StatusAccepted)
}

func TestRetryForAnotherSaleIsRefused(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(plain, 12000)
	sold := c.sold(t, request)
	code := sold.want(t, 201).code()
	for name, other := range map[string]message{
		"amount":   request.with("amounts.requestAmount.amount", 12100),
		"receiver": request.with("receiver.id", dual),
		"product":  request.with("product", map[string]any{"productId": listed(t, plain, false)["productId"]}),
	} {
		refused := c.retry(t, other)
		refused.wantError(t, http.StatusBadRequest, "FORMAT_ERROR").names(t, request.id(), "")
		if strings.Contains(string(refused.body), code) {
			t.Errorf("another %s was told the voucher: %s", name, refused.body)
		}
	}
	c.post(t, "/vouchers/"+uuid.NewString()+"/retry", request).wantError(t, http.StatusBadRequest, "FORMAT_ERROR")
	same(t, sold, c.retry(t, request.with("time", "2027-01-01T00:00:00Z").with("rrn", "999")))
}

func TestRetryOfAnUnknownIdProvisions(t *testing.T) {
	t.Parallel()
	request := sale(plain, 12000)
	first := common.channel().retry(t, request)
	first.want(t, http.StatusCreated)
	again := common.channel().retry(t, request)
	again.want(t, http.StatusOK)
	same(t, first, again)
	if written := common.ledger(t)[request.id()]; written.Calls != 1 {
		t.Errorf("the provider was asked %d times", written.Calls)
	}
	for _, receiver := range []string{stellr, netcare} {
		unknown := sale(receiver, 12000)
		common.channel().retry(t, unknown).wantError(t, http.StatusNotFound, "FUNCTION_NOT_SUPPORTED")
		common.channel().sold(t, unknown) // the id is still free
	}
}

func TestLookupFindsOwnVouchersOnly(t *testing.T) {
	t.Parallel()
	c, request := common.channel(), sale(plain, 12000).with("rrn", "000000000777")
	voucher := c.sold(t, request).want(t, 201)
	for _, query := range []string{
		"provisionRequestId=" + request.id(),
		"voucherSerialNumber=" + voucher.value("voucher.serialNumber").(string),
		"voucherCode=" + voucher.code(),
		"provisionRequestId=" + request.id() + "&voucherCode=" + voucher.code(),
	} {
		found := c.must(t, "GET", "/vouchers?"+query, nil).want(t, http.StatusOK)
		if found.code() != voucher.code() || found.value("receiver.id") != plain ||
			found.value("settlementEntity.id") != "33333333" || found["rrn"] != "000000000777" {
			t.Errorf("%s found %s", query, found.bytes())
		}
	}
	for _, query := range []string{"", "?provisionRequestId=", "?voucherId=1", "?provisionRequestId=7"} {
		c.must(t, "GET", "/vouchers"+query, nil).wantError(t, http.StatusBadRequest, "FORMAT_ERROR")
	}
	c.must(t, "GET", "/vouchers?provisionRequestId="+request.id()+"&voucherCode=1", nil).
		wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD")
	c.reverse(t, reversal(request.id())).want(t, http.StatusAccepted)
	if gone := c.lookup(t, request.id()); strings.Contains(string(gone.body), voucher.code()) {
		t.Errorf("a reversed voucher was shown: %d %s", gone.status, gone.body)
	}
}

func TestProductsAreListedWithAnETagAndByChannelName(t *testing.T) {
	t.Parallel()
	c := common.channel()
	listing := func(a answer) (mine, others, unlisted int) {
		for _, each := range a.want(t, http.StatusOK)["products"].([]any) {
			switch listings := string(message(each.(map[string]any)).bytes()); {
			case strings.Contains(listings, `"channelName":"WebShop"`):
				mine++
			case strings.Contains(listings, `"channelName":`):
				others++
			default:
				unlisted++
			}
		}
		return mine, others, unlisted
	}
	all := c.must(t, "GET", "/products", nil)
	mine, others, unlisted := listing(all)
	if mine == 0 || others == 0 || unlisted == 0 {
		t.Fatalf("development mode lists %d products for WebShop, %d for others, %d for all", mine, others, unlisted)
	}
	tag := all.header.Get("ETag")
	if tag == "" || tag != c.must(t, "GET", "/products", nil).header.Get("ETag") {
		t.Fatalf("ETag %q, want one that stays", tag)
	}
	for _, known := range []string{tag, `"other", ` + tag, "*", "W/" + tag} {
		unchanged := c.must(t, "GET", "/products", nil, "If-None-Match", known)
		if unchanged.status != http.StatusNotModified || len(unchanged.body) != 0 {
			t.Errorf("If-None-Match %s answered %d with %d bytes, want 304", known, unchanged.status, len(unchanged.body))
		}
	}
	c.must(t, "GET", "/products", nil, "If-None-Match", `"other"`).want(t, http.StatusOK)
	shop := c.must(t, "GET", "/products?channelName=WebShop", nil)
	if shown, foreign, _ := listing(shop); shown != mine || foreign != 0 {
		t.Errorf("WebShop is shown %d of its %d products and %d of others: %s", shown, mine, foreign, shop.body)
	}
	if shop.header.Get("ETag") == tag {
		t.Error("two listings have one ETag")
	}
	long := c.must(t, "GET", "/products?channelName="+strings.Repeat("x", 51), nil)
	long.wantError(t, http.StatusBadRequest, "FORMAT_ERROR")
}
