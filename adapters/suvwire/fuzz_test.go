package suvwire

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/test/fuzzing"
)

// read is any decoder, its message as a pointer.
type read func(body []byte) (any, *FormatErrors)

func reading[T any](decode func([]byte) (*T, *FormatErrors)) read {
	return func(body []byte) (any, *FormatErrors) {
		message, refused := decode(body)
		if message == nil {
			return nil, refused
		}
		return message, refused
	}
}

// readers are all decoders; strict ones are for what channels send.
var readers = []struct {
	name     string
	read     read
	strict   bool
	elements int
}{
	{"ProvisionRequest", reading(DecodeProvisionRequest), true, fuzzing.Elements},
	{"BasicReversal", reading(DecodeBasicReversal), true, fuzzing.Elements},
	{"TenderAdvice", reading(DecodeTenderAdvice), true, fuzzing.Elements},
	{"BasicAdvice", reading(DecodeBasicAdvice), true, fuzzing.Elements},
	{"RedemptionRequest", reading(DecodeRedemptionRequest), true, fuzzing.Elements},
	{"ProvisionResponse", reading(DecodeProvisionResponse), false, fuzzing.Elements},
	{"AdviceResponse", reading(DecodeAdviceResponse), false, fuzzing.Elements},
	{"ErrorDetail", reading(DecodeErrorDetail), false, fuzzing.Elements},
	{"ProductList", reading(DecodeProductList), false, maxProducts},
}

func samples(f *testing.F) (bodies []string) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no samples", err)
	}
	for _, file := range files {
		bodies = append(bodies, sample(f, filepath.Base(file)))
	}
	return append(bodies, `{"products":[{"productId":"A"},{"productId":"é"}]}`, `{"id":"😀","a":[1e9,-0,true,null,{}]}`)
}

// FuzzMessages: an accepted message is strict JSON, and the very same when it is written and read again; one that a
// channel sent says nothing that was passed over, so no name in another case and none that is unknown. A refusal says
// what is wrong, in few words.
func FuzzMessages(f *testing.F) {
	for kind := range readers {
		for _, body := range samples(f) {
			f.Add(uint8(kind), []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		r := readers[int(kind)%len(readers)]
		message, refused := r.read(body)
		if (message == nil) == (refused == nil) {
			t.Fatal("neither or both")
		}
		if refused != nil {
			judgeRefusal(t, refused)
			return
		}
		if flaw := fuzzing.Flaw(body, r.elements); flaw != "" {
			t.Fatalf("accepted: %s", flaw)
		}
		if list, ok := message.(*ProductList); ok { // which tells of others beside it
			list.LeftOut, list.Products = nil, append([]Product{}, list.Products...)
		}
		written, err := Encode(message)
		if err != nil {
			t.Fatal(err)
		}
		again, refused := r.read(written)
		if refused != nil {
			t.Fatalf("%v: %s", refused, written)
		}
		if list, ok := again.(*ProductList); ok {
			list.Products = append([]Product{}, list.Products...)
		}
		if diff := cmp.Diff(message, again); diff != "" {
			t.Error(diff)
		}
		if r.strict {
			judgeWhole(t, body, written)
		}
	})
}

func judgeRefusal(t *testing.T, refused *FormatErrors) {
	t.Helper()
	if len(refused.List) == 0 || len(refused.List) > 2*maxFormatErrors {
		t.Fatalf("%d violations", len(refused.List))
	}
	for _, id := range []string{refused.ID, refused.RequestID} {
		if id != "" && !IsUUID(id) {
			t.Errorf("the id %q", id)
		}
	}
	for _, e := range refused.List {
		if e.Field == "" || !strings.HasPrefix(e.Msg, e.Field+" ") || !utf8.ValidString(e.Msg+e.Value) ||
			utf8.RuneCountInString(e.Value) > maxValue+1 {
			t.Errorf("a violation: %+v", e)
		}
	}
	if _, err := Encode(refused.List); err != nil {
		t.Error(err)
	}
}

// judgeWhole fails for what a channel said and the message does not hold.
func judgeWhole(t *testing.T, body, written []byte) {
	t.Helper()
	kept := fuzzing.Names(fuzzing.Value(written))
	for name := range fuzzing.Names(fuzzing.Value(body)) {
		if !kept[name] {
			t.Errorf("%s is passed over", name)
		}
	}
}

// The places that no complaint may repeat, and what stands there in testdata/provision-request.json. The short ones are
// left out, which might come about by chance.
var (
	secretPlaces = strings.Fields("code cardNumber pin pinBlock accountNumber hash token pan accountId rewardId walletId " +
		"tranId data text redeemInstructions")
	longSecrets = slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return len(s) < 11 })
)

// FuzzNoSecretShows: whatever one change does to a message, no complaint shows a secret, unless the change put the
// secret where none belongs.
func FuzzNoSecretShows(f *testing.F) {
	body := []byte(sample(f, "provision-request.json"))
	f.Add(uint16(0), uint8(1), []byte(""))
	f.Add(uint16(len(body)/2), uint8(0), []byte(`"`))
	for _, secret := range longSecrets {
		at := strings.Index(string(body), secret)
		if at < 0 {
			f.Fatalf("the sample has no %s", secret)
		}
		for _, insert := range []string{"", `\u0000`, "x", `",`, `{"a":`, strings.Repeat("7", 99), `":"`, "\n", `"],`} {
			f.Add(uint16(at), uint8(0), []byte(insert))
			f.Add(uint16(at-1), uint8(1), []byte(insert))
			f.Add(uint16(at+len(secret)), uint8(1), []byte(insert))
		}
	}
	f.Fuzz(func(t *testing.T, at uint16, cut uint8, insert []byte) {
		changed := fuzzing.Edit(body, at, cut, insert)
		_, refused := DecodeProvisionRequest(changed)
		if refused == nil || json.Valid(changed) && misplaced("", fuzzing.Value(changed)) {
			return
		}
		said := fmt.Sprintf("%v %+v", refused, refused.List)
		for _, secret := range longSecrets {
			if strings.Contains(said, secret) && !strings.Contains(string(insert), secret) {
				t.Errorf("%s shows in %s", secret, said)
			}
		}
	})
}

func misplaced(name string, value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for name, child := range v {
			if slices.ContainsFunc(longSecrets, func(s string) bool { return strings.Contains(name, s) }) ||
				misplaced(name, child) {
				return true
			}
		}
	case []any:
		for _, child := range v {
			if misplaced(name, child) {
				return true
			}
		}
	default:
		text := fmt.Sprint(v)
		return !slices.Contains(secretPlaces, name) &&
			slices.ContainsFunc(longSecrets, func(s string) bool { return strings.Contains(text, s) })
	}
	return false
}

// FuzzDomain: what a provider's answer says comes through the domain and back unchanged, once it is in the domain's
// form; and nothing of the voucher is lost on the way in.
func FuzzDomain(f *testing.F) {
	for _, body := range samples(f) {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, refused := DecodeProvisionResponse(body)
		if refused != nil {
			return
		}
		v := VoucherOf(m.Voucher.Domain())
		same(t, "voucher", v, VoucherOf(v.Domain()))
		amounts := AmountsOf(m.Amounts.Domain())
		same(t, "amounts", amounts, AmountsOf(amounts.Domain()))
		product := ProductOf(m.Product.Domain())
		same(t, "product", product, ProductOf(product.Domain()))
		slip := SlipOf(m.SlipData.Domain())
		same(t, "slip", slip, SlipOf(slip.Domain()))
		identifiers := IdentifiersOf(IdentifiersDomain(m.ThirdPartyIdentifiers))
		same(t, "identifiers", m.ThirdPartyIdentifiers, identifiers)
		if v.Code.Reveal() != m.Voucher.Code.Reveal() || v.SerialNumber != m.Voucher.SerialNumber ||
			v.ExpiryDate != m.Voucher.ExpiryDate || !slices.Equal(v.RedeemInstructions, m.Voucher.RedeemInstructions) {
			t.Errorf("a part of the voucher is lost: %s, %s", v.SerialNumber, m.Voucher.SerialNumber)
		}
		if p := m.Voucher.Pin; p != nil && v.Pin != nil && (p.Pin.Reveal() != v.Pin.Pin.Reveal() ||
			p.PinBlock.Reveal() != v.Pin.PinBlock.Reveal() || p.Hash.Reveal() != v.Pin.Hash.Reveal()) {
			t.Error("the PIN is lost")
		}
	})
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		t.Errorf("%s (-want +got)\n%s", what, cmp.Diff(want, got))
	}
}

// FuzzRules: an id that passes is one that the standard form reads, a time that passes one that its own format writes.
func FuzzRules(f *testing.F) {
	for _, seed := range []string{
		provisionID, "7C1F5A0E-3F6B-4D3A-9F52-0D5F6B0F6A11", "2026-11-22T10:15:30+02:00", "2026-11-22T10:15:30.5Z", "2026-11-22",
		"2026-02-30", "2026-11-22T10:15:30+24:00", "2026-11-22T1:15:30Z", "2026-11-22T10:15:30,5Z", "+27831234567", "411111*1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		judge := func(name string, passes bool, shape *regexp.Regexp) {
			if fits := shape.MatchString(text); passes != fits && (passes || name != "time") { // no such day or hour
				t.Errorf("%s %q passes: %v", name, text, passes)
			}
		}
		judge("id", IsUUID(text), idShape)
		judge("time", dateTime(text) == "", timeShape)
		judge("msisdn", msisdn(text) == "", msisdnShape)
		judge("card", cardNumber(text) == "", cardShape)
	})
}

var (
	idShape     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	timeShape   = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)
	msisdnShape = regexp.MustCompile(`^\+?[1-9][0-9]{0,14}$`)
	cardShape   = regexp.MustCompile(`^[0-9]{6}[0-9*]{0,13}$`)
)

func BenchmarkDecodeProvisionRequest(b *testing.B) {
	for _, name := range []string{"provision-request-typical.json", "provision-request.json"} {
		body := []byte(sample(b, name))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, refused := DecodeProvisionRequest(body); refused != nil {
					b.Fatal(refused)
				}
			}
		})
	}
}

func BenchmarkEncodeProvisionRequest(b *testing.B) {
	request, refused := DecodeProvisionRequest([]byte(sample(b, "provision-request-typical.json")))
	if refused != nil {
		b.Fatal(refused)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(request); err != nil {
			b.Fatal(err)
		}
	}
}
