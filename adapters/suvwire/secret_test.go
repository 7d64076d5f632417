package suvwire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// secrets are the texts of testdata/provision-request.json that nobody but their owner may see.
var secrets = []string{
	"SECRET-CODE-4711", "90817", "411111******1111", "0123456789abCDEF", "111111111111", "0A1B2C3D",
	"TOKEN0123456789", "600000000001", "4111111111111111", "62000000001", "rw-1", "wl-1", "qr-1",
}

func TestNoPrintShowsASecretHoweverDeepItStands(t *testing.T) {
	request, refused := DecodeProvisionRequest([]byte(sample(t, "provision-request.json")))
	if refused != nil {
		t.Fatal(refused)
	}
	type hidden struct {
		request ProvisionRequest
		voucher Voucher
		pin     Pin
		code    Secret
	}
	values := []any{
		request, *request, *request.Voucher, *request.Voucher.Pin, request.Tenders, request.PaymentMethods,
		*request.PaymentMethods[0].Pin, *request.PaymentMethods[0].Pin.EncryptionParameters, request.Voucher.Code,
		hidden{*request, *request.Voucher, *request.Voucher.Pin, request.Voucher.Code},
		map[string]Voucher{"a": *request.Voucher}, []Secret{request.Voucher.Code},
	}
	for _, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			assertNoSecret(t, fmt.Sprintf("%T as "+verb, value, value))
		}
	}
}

func TestNoLogLineShowsASecret(t *testing.T) {
	request, _ := DecodeProvisionRequest([]byte(sample(t, "provision-request.json")))
	response, _ := DecodeProvisionResponse([]byte(sample(t, "provision-response.json")))
	advice, _ := DecodeTenderAdvice([]byte(sample(t, "tender-advice.json")))
	detail := DetailMessage{Voucher: request.Voucher}
	var lines bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&lines, nil), slog.NewTextHandler(&lines, nil)} {
		logger := slog.New(handler)
		logger.Info("said", "request", request, "response", *response, "voucher", request.Voucher,
			"pin", *request.Voucher.Pin, "code", request.Voucher.Code, "advice", advice, "detail", detail,
			"error", ErrorDetail{DetailMessage: &detail}, "lookup", VoucherLookupResponse{Voucher: *request.Voucher})
	}
	assertNoSecret(t, lines.String())
}

func assertNoSecret(t *testing.T, printed string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(printed, secret) || strings.Contains(printed, fmt.Sprintf("%x", secret)) {
			t.Errorf("%s shows in %s", secret, printed)
		}
	}
}

func TestASecretIsOpenedByRevealAndByJSONAlone(t *testing.T) {
	secret := NewSecret(`4711"é`)
	if secret.Reveal() != `4711"é` {
		t.Errorf("revealed %q", secret.Reveal())
	}
	body, err := json.Marshal(secret)
	if err != nil || string(body) != `"4711\"é"` {
		t.Errorf("wrote %s, %v", body, err)
	}
	text, err := secret.MarshalText()
	if err != nil || string(text) != mask {
		t.Errorf("text %s, %v", text, err)
	}
}

func TestAnEmptySecretIsNotAnAbsentOne(t *testing.T) {
	absent, empty := Secret{}, NewSecret("")
	if !absent.IsZero() || empty.IsZero() || absent.Equal(empty) || !empty.Equal(NewSecret("")) || absent.Reveal() != "" {
		t.Error("taken for each other")
	}
}

func TestAnErrorOfABrokenBodyDoesNotQuoteIt(t *testing.T) {
	body := sample(t, "provision-request.json")
	for end := range len(body) {
		_, refused := DecodeProvisionRequest([]byte(body[:end]))
		if refused == nil {
			t.Fatalf("%d bytes were enough", end)
		}
		assertNoSecret(t, fmt.Sprintf("%v %+v", refused, refused.List))
	}
}
