package suvwire

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"voucherswitch/adapters/strictjson"
)

// MaxErrorMessage is the length of an ErrorDetail's errorMessage, in characters (wire contract, ErrorDetail).
const MaxErrorMessage = 80

// maxProducts bounds a list of products, the one message that is long by nature.
const maxProducts = 10_000

// FormatErrors says why a body is not the message it should be. It holds no value of a secret field.
type FormatErrors struct {
	// ID and RequestID are those of the message where they could be read as UUIDs, else empty; a body with other
	// faults, unreadable ones included, may still have told them. RequestID is an advice's only.
	ID        string
	RequestID string
	// List is never empty: missing fields first, by their position in the message, then everything else.
	List []FormatError
}

// Error names the violations, and no values.
func (e *FormatErrors) Error() string {
	messages := make([]string, len(e.List))
	for i, violation := range e.List {
		messages[i] = violation.Msg
	}
	return "format: " + strings.Join(messages, "; ")
}

// leniency says what to do with properties that the contract does not know.
type leniency bool

const (
	// refuseUnknown holds for channels (wire contract, section 3).
	refuseUnknown leniency = false
	// allowUnknown holds for a provider's answers: a newer interface version may add fields, and no sale may fall
	// into doubt for that.
	allowUnknown leniency = true
)

// Each decoding function gives a message that keeps every format rule, and nil; or nil, and what is wrong.
// Keep the second result in a variable of its own type: a nil *FormatErrors in an error variable is not nil.

// DecodeProvisionRequest reads the body of provisionVoucher and retryProvisionVoucher (wire contract, section 1).
func DecodeProvisionRequest(body []byte) (*ProvisionRequest, *FormatErrors) {
	return decode(body, refuseUnknown, bindProvisionRequest)
}

// DecodeBasicReversal reads the body of reverseVoucher and reverseRedeem (wire contract, section 1).
func DecodeBasicReversal(body []byte) (*BasicReversal, *FormatErrors) {
	return decode(body, refuseUnknown, bindBasicReversal)
}

// DecodeTenderAdvice reads the body of confirmVoucher (wire contract, section 1).
func DecodeTenderAdvice(body []byte) (*TenderAdvice, *FormatErrors) {
	return decode(body, refuseUnknown, bindTenderAdvice)
}

// DecodeBasicAdvice reads the body of confirmRedeem (wire contract, section 1).
func DecodeBasicAdvice(body []byte) (*BasicAdvice, *FormatErrors) {
	return decode(body, refuseUnknown, bindBasicAdvice)
}

// DecodeRedemptionRequest reads the body of redeemVoucher (wire contract, section 1).
func DecodeRedemptionRequest(body []byte) (*RedemptionRequest, *FormatErrors) {
	return decode(body, refuseUnknown, bindRedemptionRequest)
}

// DecodeProvisionResponse reads a provider's approval; unknown properties pass. Whether it answers the question, and
// whether its voucher holds anything, is for the caller to judge (lifecycle, rule 6).
func DecodeProvisionResponse(body []byte) (*ProvisionResponse, *FormatErrors) {
	return decode(body, allowUnknown, bindProvisionResponse)
}

// DecodeAdviceResponse reads a provider's echo of an advice; unknown properties, and those of the fuller advices, pass.
func DecodeAdviceResponse(body []byte) (*BasicAdvice, *FormatErrors) {
	return decode(body, allowUnknown, bindBasicAdvice)
}

// DecodeErrorDetail reads a provider's error; unknown properties pass. The error type is one of the constants, the
// message is cut to MaxErrorMessage characters, the free-form detailMessage is left out.
func DecodeErrorDetail(body []byte) (*ErrorDetail, *FormatErrors) {
	return decode(body, allowUnknown, bindErrorDetail)
}

// DecodeProductList reads a provider's answer to lookupProducts; unknown properties pass. A product that breaks a rule
// is left out, and does not spoil the others.
func DecodeProductList(body []byte) (*ProductList, *FormatErrors) {
	t, broken := strictjson.ParseLong(body, maxProducts)
	defer t.Release()
	return bound(t, broken, allowUnknown, bindProductList)
}

func decode[T any](body []byte, unknown leniency, bind func(object) T) (*T, *FormatErrors) {
	t, broken := strictjson.Parse(body)
	defer t.Release()
	return bound(t, broken, unknown, bind)
}

func bound[T any](
	t *strictjson.Tree, broken *strictjson.Broken, unknown leniency, bind func(object) T,
) (*T, *FormatErrors) {
	if broken != nil {
		return nil, refuse(t, FormatError{Field: broken.Path, Msg: broken.Error()})
	}
	if t.Nodes[0].Kind != strictjson.ObjectNode {
		return nil, refuse(t, FormatError{Field: "body", Msg: "body must be an object"})
	}
	c := &check{Tree: t, marks: make([]mark, len(t.Nodes))}
	root, _ := c.open(0)
	message := bind(root)
	if unknown == refuseUnknown {
		if list := c.unknown(); len(list) > 0 {
			return nil, refuse(t, list...)
		}
	}
	if list := slices.Concat(c.missing, c.wrong); len(list) > 0 {
		return nil, refuse(t, list...)
	}
	return &message, nil
}

func refuse(t *strictjson.Tree, list ...FormatError) *FormatErrors {
	return &FormatErrors{ID: rootUUID(t, "id"), RequestID: rootUUID(t, "requestId"), List: list}
}

// rootUUID gives a top-level member that is a well-formed UUID, else nothing. It serves on a half-read tree too.
func rootUUID(t *strictjson.Tree, name string) string {
	if len(t.Nodes) == 0 {
		return ""
	}
	child := t.Member(0, name)
	if child == 0 || t.Nodes[child].Kind != strictjson.TextNode || !IsUUID(t.Nodes[child].Text) {
		return ""
	}
	return t.Nodes[child].Text
}

// Encode writes a message as compact JSON, with <, > and & as they are. It fails only on a value that JSON cannot hold.
func Encode(message any) ([]byte, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(message); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(body.Bytes(), []byte("\n")), nil
}
