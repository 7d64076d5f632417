package http_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

var loaded = sync.OnceValues(func() (*openapi3.T, error) {
	data, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	loader := openapi3.NewLoader()
	document, err := loader.LoadFromData(data)
	if err != nil {
		return nil, err
	}
	return document, document.Validate(loader.Context)
})

// contract is the published interface; it is valid OpenAPI or the test ends.
func contract(t testing.TB) *openapi3.T {
	t.Helper()
	document, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// example answers a fresh copy of a named example, as encoding/json would read it.
func example(t testing.TB, document *openapi3.T, name string) map[string]any {
	t.Helper()
	data, err := json.Marshal(document.Components.Examples[name].Value.Value)
	if err != nil {
		t.Fatal(err)
	}
	var message map[string]any
	if err := json.Unmarshal(data, &message); err != nil {
		t.Fatal(err)
	}
	return message
}

// conforms says how a message breaks the named schema, formats included.
func conforms(document *openapi3.T, schema string, message any) error {
	return document.Components.Schemas[schema].Value.VisitJSON(message, openapi3.EnableFormatValidation())
}

func TestContractListsEveryOperationWithItsStatuses(t *testing.T) {
	want := map[string]string{
		"POST /vouchers provisionVoucher":                          "201 400 401 404 413 415 429 500 503 504",
		"POST /vouchers/{provisionId}/retry retryProvisionVoucher": "200 201 400 401 404 413 415 429 500 503 504",
		"POST /vouchers/reversals reverseVoucher":                  "202 400 401 404 413 415 429 500 503",
		"POST /vouchers/confirmations confirmVoucher":              "202 400 401 404 413 415 429 500 503 504",
		"GET /products lookupProducts":                             "200 304 400 401 429 500 503",
		"GET /vouchers lookupVoucher":                              "200 202 400 401 404 429 500 503",
		"POST /redemptions redeemVoucher":                          "201 400 401 413 415 429 500 501 503",
		"POST /redemptions/confirmations confirmRedeem":            "202 400 401 413 415 429 500 501 503",
		"POST /redemptions/reversals reverseRedeem":                "202 400 401 413 415 429 500 501 503",
	}
	got := map[string]string{}
	for path, item := range contract(t).Paths.Map() {
		for method, operation := range item.Operations() {
			statuses := slices.Sorted(maps.Keys(operation.Responses.Map()))
			got[method+" "+path+" "+operation.OperationID] = strings.Join(statuses, " ")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestEveryErrorBodyIsAnErrorDetail(t *testing.T) {
	for path, item := range contract(t).Paths.Map() {
		for method, operation := range item.Operations() {
			for status, response := range operation.Responses.Map() {
				if status < "400" {
					continue
				}
				media := response.Value.Content.Get("application/json")
				if media == nil || media.Schema.Ref != "#/components/schemas/ErrorDetail" {
					t.Errorf("%s %s %s: the body is not an ErrorDetail", method, path, status)
				}
			}
		}
	}
}

func TestEveryExampleConformsToItsSchema(t *testing.T) {
	document := contract(t)
	shown := map[any]bool{}
	check := func(where string, content openapi3.Content) {
		for _, media := range content {
			for name, reference := range media.Examples {
				shown[reference.Value] = true
				if err := media.Schema.Value.VisitJSON(reference.Value.Value, openapi3.EnableFormatValidation()); err != nil {
					t.Errorf("%s %s: %v", where, name, err)
				}
			}
		}
	}
	for _, item := range document.Paths.Map() {
		for _, operation := range item.Operations() {
			if operation.RequestBody != nil {
				check(operation.OperationID, operation.RequestBody.Value.Content)
			}
			for status, response := range operation.Responses.Map() {
				check(operation.OperationID+" "+status, response.Value.Content)
			}
		}
	}
	for name, reference := range document.Components.Examples {
		if !shown[reference.Value] {
			t.Errorf("the example %s is shown nowhere", name)
		}
	}
}

func TestEveryModelRefusesUnknownProperties(t *testing.T) {
	for name, reference := range contract(t).Components.Schemas {
		schema := reference.Value
		open := name == "DetailMessage"
		closed := schema.AdditionalProperties.Has != nil && !*schema.AdditionalProperties.Has
		if schema.Type.Is("object") && closed == open {
			t.Errorf("%s: closed is %t", name, closed)
		}
	}
}

func TestSchemaJudgesAMessageAsTheWireContractDoes(t *testing.T) {
	const request = "ProvisionRequest"
	sized := func(n int) string { return strings.Repeat("1", n) }
	pin := func(fields map[string]any) map[string]any { return map[string]any{"pin": fields} }
	payment := func(kind, field string) []any { return []any{map[string]any{"type": kind, field: "1"}} }
	cases := map[string]struct {
		schema, path string
		value        any // nil: the field is missing
		valid        bool
	}{
		"a UUID of any version, either case":   {request, "id", "018F6D2E-7c1a-7b3e-9a54-3f0c8d21e601", true},
		"a UUID without dashes":                {request, "id", "018f6d2e7c1a7b3e9a543f0c8d21e601", false},
		"a text around a UUID":                 {request, "id", "x018f6d2e-7c1a-7b3e-9a54-3f0c8d21e601", false},
		"a missing id":                         {request, "id", nil, false},
		"a time with an offset":                {request, "time", "2026-11-22T10:15:30.123456789+02:00", true},
		"a time without an offset":             {request, "time", "2026-11-22T10:15:30", false},
		"an unknown property":                  {request, "colour", "red", false},
		"an unknown property within":           {request, "client.colour", "red", false},
		"no settlement entity":                 {request, "settlementEntity", nil, true},
		"a response without one":               {"ProvisionResponse", "settlementEntity", nil, false},
		"a response without a voucher":         {"ProvisionResponse", "voucher", nil, false},
		"no third party identifiers":           {request, "thirdPartyIdentifiers", []any{}, true},
		"a terminal id of 7":                   {request, "originator.terminalId", sized(7), false},
		"a terminal id of 9":                   {request, "originator.terminalId", sized(9), false},
		"a merchant id of 14":                  {request, "originator.merchant.merchantId", sized(14), false},
		"a merchant name of 23":                {request, "originator.merchant.merchantName.name", sized(23), true},
		"a merchant name of 24":                {request, "originator.merchant.merchantName.name", sized(24), false},
		"an institution name of 41":            {request, "client.name", sized(41), false},
		"a currency of two digits":             {request, "amounts.requestAmount.currency", "71", false},
		"half a cent":                          {request, "amounts.requestAmount.amount", 0.5, false},
		"an unknown transaction type":          {request, "tranType", "PURCHASE", false},
		"a product id with a dash":             {request, "product", map[string]any{"productId": "A-1"}, false},
		"a clear pin":                          {request, "voucher", pin(map[string]any{"type": "CLEAR_PIN", "pin": ""}), true},
		"a pin of no kind":                     {request, "voucher", pin(map[string]any{"pin": "1234"}), false},
		"a clear pin that calls itself hashed": {request, "voucher", pin(map[string]any{"type": "HASHED_PIN", "pin": "1"}), false},
		"a payment by QR code":                 {request, "paymentMethods", payment("QR", "tranId"), true},
		"a payment of no kind":                 {request, "paymentMethods", payment("COIN", "name"), false},
		"a payment with another kind's field":  {request, "paymentMethods", payment("QR", "pan"), false},
		"a reversal without a reason":          {"BasicReversal", "reversalReason", nil, false},
		"a confirmation without tenders":       {"TenderAdvice", "tenders", nil, true},
		"an advice without its request":        {"TenderAdvice", "requestId", nil, false},
		"a redemption without a code":          {"RedemptionRequest", "voucher.code", nil, false},
		"an error message of 81":               {"ErrorDetail", "errorMessage", sized(81), false},
		"an error of no type":                  {"ErrorDetail", "errorType", nil, false},
		"a detail of any shape":                {"ErrorDetail", "detailMessage.more", []any{1.0, "two"}, true},
	}
	examples := map[string]string{"ErrorDetail": "Duplicate"}
	document := contract(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			source := c.schema
			if other, ok := examples[c.schema]; ok {
				source = other
			}
			message := example(t, document, source)
			place(message, strings.Split(c.path, "."), c.value)
			if err := conforms(document, c.schema, message); (err == nil) != c.valid {
				t.Errorf("%s = %v: valid is %t, want %t (%v)", c.path, c.value, err == nil, c.valid, err)
			}
		})
	}
}

// place sets, or with nil removes, the field at a path that exists but for its last step.
func place(message map[string]any, path []string, value any) {
	for _, step := range path[:len(path)-1] {
		message = message[step].(map[string]any)
	}
	if last := path[len(path)-1]; value == nil {
		delete(message, last)
	} else {
		message[last] = value
	}
}
