package suvwire

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// refusal decodes a body and gives only what is wrong with it, so that one table can hold every message.
type refusal func(body string) *FormatErrors

func refusalOf[T any](decode func([]byte) (*T, *FormatErrors)) refusal {
	return func(body string) *FormatErrors {
		_, refused := decode([]byte(body))
		return refused
	}
}

// rewrite decodes a body and writes it again.
type rewrite func(t *testing.T, body string) string

func rewriteOf[T any](decode func([]byte) (*T, *FormatErrors)) rewrite {
	return func(t *testing.T, body string) string {
		t.Helper()
		message, refused := decode([]byte(body))
		if refused != nil {
			t.Fatalf("refused: %v", refused)
		}
		written, err := Encode(message)
		if err != nil {
			t.Fatal(err)
		}
		return string(written)
	}
}

// The kinds of message, each with its full sample. Required lists the fields whose absence is a violation.
var kinds = []struct {
	name     string
	sample   string
	refusal  refusal
	rewrite  rewrite
	strict   bool
	required string
}{
	{"ProvisionRequest", "provision-request.json", refusalOf(DecodeProvisionRequest),
		rewriteOf(DecodeProvisionRequest), true, transactionFields + amountsFields + tendersFields + voucherFields +
			productFields + posInfoFields + paymentMethodFields},
	{"ProvisionResponse", "provision-response.json", refusalOf(DecodeProvisionResponse),
		rewriteOf(DecodeProvisionResponse), false, transactionFields + amountsFields + voucherFields +
			productFields + posInfoFields + ` voucher ` + laterIdentifiers},
	{"RedemptionRequest", "redemption-request.json", refusalOf(DecodeRedemptionRequest),
		rewriteOf(DecodeRedemptionRequest), true, transactionFields + amountsFields + tendersFields +
			voucherFields + productFields + posInfoFields + ` voucher voucher.code `},
	{"BasicAdvice", "basic-advice.json", refusalOf(DecodeBasicAdvice),
		rewriteOf(DecodeBasicAdvice), true, adviceFields + amountsFields},
	{"AdviceResponse", "basic-advice.json", refusalOf(DecodeAdviceResponse),
		rewriteOf(DecodeAdviceResponse), false, adviceFields + amountsFields},
	{"BasicReversal", "basic-reversal.json", refusalOf(DecodeBasicReversal),
		rewriteOf(DecodeBasicReversal), true, adviceFields + amountsFields + ` reversalReason `},
	{"TenderAdvice", "tender-advice.json", refusalOf(DecodeTenderAdvice),
		rewriteOf(DecodeTenderAdvice), true, adviceFields + amountsFields + tendersFields},
	{"ErrorDetail", "error-detail.json", refusalOf(DecodeErrorDetail),
		rewriteOf(DecodeErrorDetail), false, ` errorType errorMessage `},
}

const (
	transactionFields = ` id time originator originator.institution originator.institution.id
		originator.institution.name originator.terminalId originator.merchant originator.merchant.merchantType
		originator.merchant.merchantId originator.merchant.merchantName originator.merchant.merchantName.name
		originator.merchant.merchantName.city originator.merchant.merchantName.region
		originator.merchant.merchantName.country client client.id client.name settlementEntity.id
		settlementEntity.name receiver.id receiver.name thirdPartyIdentifiers thirdPartyIdentifiers[0]
		thirdPartyIdentifiers[0].institutionId thirdPartyIdentifiers[0].transactionIdentifier
		slipData.messageLines[0] slipData.messageLines[0].text slipData.messageLines[0].barcode.data
		transactionLabels[0] `
	laterIdentifiers = ` thirdPartyIdentifiers[1] thirdPartyIdentifiers[1].institutionId
		thirdPartyIdentifiers[1].transactionIdentifier thirdPartyIdentifiers[2]
		thirdPartyIdentifiers[2].institutionId thirdPartyIdentifiers[2].transactionIdentifier `
	adviceFields = ` id requestId time thirdPartyIdentifiers thirdPartyIdentifiers[0]
		thirdPartyIdentifiers[0].institutionId thirdPartyIdentifiers[0].transactionIdentifier `
	amountsFields = ` amounts.requestAmount.amount amounts.requestAmount.currency amounts.approvedAmount.amount
		amounts.approvedAmount.currency amounts.feeAmount.amount amounts.feeAmount.currency
		amounts.balanceAmount.amount amounts.balanceAmount.currency amounts.additionalAmounts.tip
		amounts.additionalAmounts.tip.amount amounts.additionalAmounts.tip.currency `
	tendersFields = ` tenders[0] tenders[0].tenderType tenders[0].amount tenders[0].amount.amount
		tenders[0].amount.currency `
	voucherFields = ` voucher.redeemInstructions[0] voucher.pin.type voucher.pin.pin `
	productFields = ` product.productId product.amount.amount product.amount.currency product.minAmount.amount
		product.minAmount.currency product.maxAmount.amount product.maxAmount.currency
		product.channelProductListings[0] product.channelProductListings[0].channelName product.receiver.id
		product.receiver.name `
	posInfoFields       = ` posInfo.entryMode.panEntryMode posInfo.entryMode.pinEntryCapability `
	paymentMethodFields = ` paymentMethods[0] paymentMethods[0].type paymentMethods[0].amount.amount
		paymentMethods[0].amount.currency paymentMethods[0].issuer.id paymentMethods[0].issuer.name
		paymentMethods[0].pin.type paymentMethods[0].pin.pinBlock
		paymentMethods[0].pin.encryptionParameters.accountNumber paymentMethods[1] paymentMethods[1].type
		paymentMethods[2] paymentMethods[2].type paymentMethods[2].pin.type paymentMethods[2].pin.hash
		paymentMethods[2].pin.hashedPinParameters.name paymentMethods[3] paymentMethods[3].type
		paymentMethods[4] paymentMethods[4].type paymentMethods[5] paymentMethods[5].type paymentMethods[6]
		paymentMethods[6].type `
)

// sample reads a message of testdata without its white space.
func sample(t testing.TB, name string) string {
	t.Helper()
	file, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, file); err != nil {
		t.Fatal(err)
	}
	return compact.String()
}

// edit replaces the first piece of a body that must be there.
func edit(t *testing.T, body, piece, replacement string) string {
	t.Helper()
	if !strings.Contains(body, piece) {
		t.Fatalf("the sample has no %s", piece)
	}
	return strings.Replace(body, piece, replacement, 1)
}

// messages gives the complaints alone.
func messages(refused *FormatErrors) []string {
	if refused == nil {
		return nil
	}
	var list []string
	for _, violation := range refused.List {
		list = append(list, violation.Msg)
	}
	return list
}

// spot is one value inside a parsed sample: where it is and how to replace it.
type spot struct {
	path    string
	value   any
	replace func(value any)
}

// spots lists every value below the root.
func spots(path string, value any) []spot {
	var list []spot
	switch parent := value.(type) {
	case map[string]any:
		for name, child := range parent {
			childPath := strings.TrimPrefix(path+"."+name, ".")
			list = append(list, spot{childPath, child, func(v any) { parent[name] = v }})
			list = append(list, spots(childPath, child)...)
		}
	case []any:
		for i, child := range parent {
			childPath := path + "[" + string(rune('0'+i)) + "]"
			list = append(list, spot{childPath, child, func(v any) { parent[i] = v }})
			list = append(list, spots(childPath, child)...)
		}
	}
	return list
}

func parsed(t *testing.T, body string) map[string]any {
	t.Helper()
	var message map[string]any
	if err := json.Unmarshal([]byte(body), &message); err != nil {
		t.Fatal(err)
	}
	return message
}

func written(t *testing.T, message any) string {
	t.Helper()
	body, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
