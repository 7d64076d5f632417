package http_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// The table of the wire contract, section 2, by what each kind says to the switch's caller.
var contracted = map[fault.Kind]struct {
	status    int
	errorType string
}{
	fault.Internal:         {500, "GENERAL_ERROR"},
	fault.Invalid:          {400, "FORMAT_ERROR"},
	fault.InvalidAmount:    {400, "INVALID_AMOUNT"},
	fault.NoRoute:          {400, "ROUTING_ERROR"},
	fault.HardDecline:      {404, "FUNCTION_NOT_SUPPORTED"},
	fault.NotAllowed:       {400, "FUNCTION_NOT_SUPPORTED"},
	fault.NotFound:         {404, "UNABLE_TO_LOCATE_RECORD"},
	fault.Duplicate:        {400, "DUPLICATE_RECORD"},
	fault.AlreadyReversed:  {400, "VOUCHER_ALREADY_REVERSED"},
	fault.AlreadyConfirmed: {400, "VOUCHER_ALREADY_CONFIRMED"},
	fault.Unknown:          {400, "VOUCHER_STATUS_UNKNOWN"},
	fault.Undecided:        {504, "VOUCHER_STATUS_UNKNOWN"},
	fault.Refused:          {400, "DO_NOT_HONOUR"},
	fault.Unavailable:      {503, "UPSTREAM_UNAVAILABLE"},
	fault.LimitExceeded:    {429, "LIMIT_EXCEEDED"},
	fault.Overloaded:       {503, "UPSTREAM_UNAVAILABLE"},
	fault.Stale:            {500, "GENERAL_ERROR"},
	fault.Ambiguous:        {500, "GENERAL_ERROR"},
}

func TestEveryFaultIsAnsweredByTheContractsTable(t *testing.T) {
	document := contract(t)
	for kind := fault.Internal; kind.String() != ""; kind++ {
		t.Run(kind.String(), func(t *testing.T) {
			want, ok := contracted[kind]
			if !ok {
				t.Fatal("the table has no row for this kind")
			}
			err := fault.Wrap(kind, errors.New("driver: table voucher is locked"), strings.Repeat("long ", 40))
			reversed := voucher.Transaction{Version: 2, Reversals: []voucher.AdviceID{ownAdvice}}
			s := &scripted{reply: says(reversed, err)}

			asked := post(t, s, "/vouchers", encoded(t, example(t, document, "ProvisionRequest")))
			advised := post(t, s, "/vouchers/reversals", encoded(t, example(t, document, "BasicReversal")))
			looked := get(t, s, "/vouchers?voucherSerialNumber=1")
			original := ""
			if kind == fault.AlreadyReversed {
				original = ownAdvice
			}
			for name, c := range map[string]struct {
				answer
				id, original string
			}{
				"request": {asked, provisionID, original},
				"advice":  {advised, reversalID, provisionID},
				"look-up": {looked, "", ""},
			} {
				detail := c.mustRefuse(t, want.status, want.errorType)
				got := map[string]any{"id": detail["id"], "originalId": detail["originalId"]}
				if diff := cmp.Diff(map[string]any{"id": key(c.id), "originalId": key(c.original)}, got); diff != "" {
					t.Errorf("%s: ids (-want +got):\n%s", name, diff)
				}
				if retryAfter := c.Header().Get("Retry-After"); (retryAfter != "") != (kind == fault.Overloaded) {
					t.Errorf("%s: Retry-After is %q", name, retryAfter)
				}
				if strings.Contains(c.Body.String(), "driver") {
					t.Errorf("%s: a driver's text left the switch: %s", name, c.Body)
				}
			}
		})
	}
}

// key is a text as it stands in an object, where an empty one is absent.
func key(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func TestAForeignErrorIsAFaultOfOurs(t *testing.T) {
	s := &scripted{reply: says(voucher.Transaction{}, errors.New("driver: connection refused"))}
	got := post(t, s, "/vouchers", encoded(t, example(t, contract(t), "ProvisionRequest")))
	if got.mustRefuse(t, 500, "GENERAL_ERROR"); strings.Contains(got.Body.String(), "driver") {
		t.Errorf("a driver's text left the switch: %s", got.Body)
	}
}

func TestADuplicateOfAFailedSaleShowsNoVoucher(t *testing.T) {
	failed := settled(asked(t, example(t, contract(t), "ProvisionRequest")), declined(voucher.Decline{}))
	s := &scripted{reply: func(s *scripted) (voucher.Transaction, error) { return failed.DisclosedTo(s.order) }}
	got := post(t, s, "/vouchers", encoded(t, example(t, contract(t), "ProvisionRequest")))
	detail := got.mustRefuse(t, 400, "DUPLICATE_RECORD")["detailMessage"].(map[string]any)
	if _, ok := detail["voucher"]; ok || detail["voucherId"] != provisionID {
		t.Errorf("detailMessage is %v", detail)
	}
}
