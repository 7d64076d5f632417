package http_test

import (
	"encoding/base64"
	"encoding/json"
	nethttp "net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"voucherswitch/adapters/http"
	"voucherswitch/domain/voucher"
	"voucherswitch/test/fuzzing"
)

// posted are the routes that take a message, each with an example of it whose secrets are canaries.
var posted = []struct{ path, message string }{
	{"/vouchers", "ProvisionRequest"},
	{"/suv/v1/vouchers/" + provisionID + "/retry", "ProvisionRequest"},
	{"/vouchers/reversals/", "BasicReversal"},
	{"/vouchers/confirmations", "TenderAdvice"},
	{"/redemptions", "RedemptionRequest"},
	{"/redemptions/confirmations", "BasicAdvice"},
	{"/redemptions/reversals", "BasicReversal"},
}

func canaries(message map[string]any) {
	if _, takesVoucher := message["originator"]; !takesVoucher {
		return
	}
	message["voucher"] = map[string]any{
		"code": fuzzing.Canary, "pin": map[string]any{"type": "CLEAR_PIN", "pin": fuzzing.Canary},
	}
}

// FuzzMessage: a message that is changed in one place gets an answer of its contract: what its example gets, or an
// ErrorDetail that conforms to the published schema and holds no secret; and nobody is asked about what was refused.
func FuzzMessage(f *testing.F) {
	document, err := loaded()
	if err != nil {
		f.Fatal(err)
	}
	bodies := make([][]byte, len(posted))
	for i, p := range posted {
		data, err := json.Marshal(document.Components.Examples[p.message].Value.Value)
		var message map[string]any
		if err == nil {
			err = json.Unmarshal(data, &message)
		}
		if err != nil {
			f.Fatal(err)
		}
		canaries(message)
		if bodies[i], err = json.Marshal(message); err != nil {
			f.Fatal(err)
		}
		secretAt := strings.Index(string(bodies[i]), fuzzing.Canary)
		for _, insert := range []string{"", `"`, `\u0000`, "{", strings.Repeat("7", 50), "\xff", `":{"code":"`} {
			f.Add(uint8(i), uint16(0), uint8(0), []byte(insert), "application/json")
			f.Add(uint8(i), uint16(len(bodies[i])/3), uint8(3), []byte(insert), "application/json; charset=UTF-8")
			f.Add(uint8(i), uint16(max(secretAt, 0)), uint8(0), []byte(insert), "application/json")
		}
	}
	f.Add(uint8(0), uint16(0), uint8(0), []byte(nil), "text/plain")
	f.Fuzz(func(t *testing.T, route uint8, at uint16, cut uint8, insert []byte, media string) {
		i := int(route) % len(posted)
		body := fuzzing.Edit(bodies[i], at, cut, insert)
		s := &scripted{reply: ends(approval())}
		r := httptest.NewRequest(nethttp.MethodPost, posted[i].path, strings.NewReader(string(body)))
		r.SetBasicAuth(channelID, password)
		r.Header["Content-Type"] = []string{media}
		got := serve(http.Options{Switch: s}, r)
		if got.Code/100 == 2 {
			if len(s.calls) != 1 || fuzzing.Flaw(body, fuzzing.Elements) != "" {
				t.Errorf("%d for %s, calls %v", got.Code, body, s.calls)
			}
			return
		}
		detail := got.errorDetail(t)
		if len(s.calls) > 0 {
			t.Errorf("%d, and the switch was asked: %v", got.Code, s.calls)
		}
		if message, _ := detail["errorMessage"].(string); utf8.RuneCountInString(message) > 80 {
			t.Errorf("the message is too long: %s", message)
		}
		if strings.Contains(got.Body.String(), fuzzing.Canary) && !misplaced(body, insert) {
			t.Errorf("a secret shows in %s", got.Body)
		}
	})
}

// misplaced tells that the change put the canary where no secret belongs, such as into the client's name.
func misplaced(body, insert []byte) bool {
	if strings.Contains(string(insert), fuzzing.Canary) {
		return true
	}
	if !json.Valid(body) {
		return false
	}
	for name := range fuzzing.Names(fuzzing.Value(body)) {
		path, value, _ := strings.Cut(name, "=")
		if strings.Contains(path, fuzzing.Canary) ||
			strings.Contains(value, fuzzing.Canary) && path != ".voucher.code" && path != ".voucher.pin.pin" {
			return true
		}
	}
	return false
}

// FuzzQuery: what is looked up is what the query names, each parameter once and short; all else is refused with an
// ErrorDetail that repeats no code.
func FuzzQuery(f *testing.F) {
	for _, query := range []string{
		"voucherCode=" + fuzzing.Canary, "provisionRequestId=" + provisionID + "&voucherSerialNumber=A%20B", "channelName=é",
		"voucherCode=1&voucherCode=2", "voucherCode=%zz", "voucherCode=" + strings.Repeat("7", 41), "a;b=c", "&&=&", "voucherCode=%00",
		"voucherCode=" + fuzzing.Canary + "&provisionRequestId=7", "voucherCode=" + fuzzing.Canary + "&voucherCode=%ff",
	} {
		f.Add(query, true)
		f.Add(query, false)
	}
	f.Fuzz(func(t *testing.T, query string, products bool) {
		path := "/vouchers"
		if products {
			path = "/products"
		}
		r := newRequest(nethttp.MethodGet, path, "")
		r.URL.RawQuery = query
		s := &scripted{reply: ends(approval())}
		got := serve(http.Options{Switch: s}, r)
		named, err := url.ParseQuery(query)
		text := named.Get
		fits := err == nil && short(named, 50, "channelName")
		if !products {
			fits = err == nil && short(named, 40, "provisionRequestId", "voucherSerialNumber", "voucherCode") &&
				text("provisionRequestId")+text("voucherSerialNumber")+text("voucherCode") != ""
		}
		switch {
		case len(s.calls) == 1 && fits && products:
			if s.channelName != text("channelName") {
				t.Errorf("listed for %q of %q", s.channelName, query)
			}
		case len(s.calls) == 1 && fits:
			if s.key.SerialNumber != text("voucherSerialNumber") || s.key.Code.Reveal() != text("voucherCode") ||
				string(s.key.ID) != strings.ToLower(text("provisionRequestId")) || s.key.Channel != channelID {
				t.Errorf("looked up %+v of %q", s.key, query)
			}
		case len(s.calls) > 0:
			t.Errorf("the switch was asked for %q", query)
		default:
			detail := got.errorDetail(t)
			if code := text("voucherCode"); len(code) >= len(fuzzing.Canary) && strings.Contains(got.Body.String(), code) {
				t.Errorf("the code shows in %v", detail)
			}
			if fits && (products || text("provisionRequestId") == "") {
				t.Errorf("%q is refused: %s", query, got.Body)
			}
		}
	})
}

func short(query url.Values, most int, names ...string) bool {
	for _, name := range names {
		values := query[name]
		if len(values) > 1 || !utf8.ValidString(query.Get(name)) || utf8.RuneCountInString(query.Get(name)) > most ||
			strings.ContainsFunc(query.Get(name), isControl) {
			return false
		}
	}
	return true
}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

// FuzzCredentials: who asks is who the header of RFC 7617 names, and a header that names nobody is nobody's. What it
// says is in no answer.
func FuzzCredentials(f *testing.F) {
	basic := func(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, header := range []string{
		basic(channelID + ":" + password), basic("a:b:c"), basic("a"), basic(":"), "basic " + basic("a:b")[6:], "Basic", "Bearer x",
		basic("a:b") + " ", "Basic  " + basic("a:b")[6:], basic("\x00:\xff"), "Basic =", "", basic(channelID + ":" + fuzzing.Canary),
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := newRequest(nethttp.MethodGet, "/products", "")
		r.Header["Authorization"] = []string{header}
		var asked *http.Caller
		got := serve(http.Options{
			Switch: &scripted{reply: says(voucher.Transaction{}, nil)},
			Authenticate: func(c http.Caller) (voucher.Channel, time.Duration, bool) {
				asked = &c
				return authenticate(c)
			},
		}, r)
		name, secret, named := credentialsIn(header)
		if named != (asked != nil) || named && (asked.Username != name || asked.Password != secret) {
			t.Fatalf("%q is taken for %+v", header, asked)
		}
		if named && secret == password {
			got.mustBe(t, nethttp.StatusOK)
			return
		}
		got.mustRefuse(t, nethttp.StatusUnauthorized, "AUTHENTICATION_ERROR")
		if len(secret) > 7 && strings.Contains(got.Body.String(), secret) || got.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("answered %v %s", got.Header(), got.Body)
		}
	})
}

func credentialsIn(header string) (name, secret string, named bool) {
	if len(header) < 6 || !strings.EqualFold(header[:6], "Basic ") {
		return "", "", false
	}
	text, err := base64.StdEncoding.DecodeString(header[6:])
	name, secret, named = strings.Cut(string(text), ":")
	return name, secret, named && err == nil
}

// FuzzPath: whatever a path, every answer to a stranger is 401 on a route of the interface, and an ErrorDetail or a
// published document elsewhere.
func FuzzPath(f *testing.F) {
	for _, path := range []string{
		"/vouchers", "/suv/v1/products/", "//vouchers", "/docs", "/docs/", "/docs/..%2f..", "/openapi.yaml", "/%76ouchers", "/vouchers/x/retry",
		"/vouchers//retry", "/docs/initializer.js", "*", "/\x00", "/%zz", "/suv/v1//", "/vouchers/%2e%2e/products", "http://a/vouchers",
	} {
		f.Add("GET", path)
		f.Add("POST", path)
		f.Add("HEAD", path)
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		target, err := url.ParseRequestURI(path)
		if err != nil {
			return
		}
		r := newRequest(nethttp.MethodGet, "/", "")
		r.Method, r.URL, r.RequestURI = method, target, path
		r.Header.Del("Authorization")
		s := &scripted{reply: says(voucher.Transaction{}, nil)}
		got := serve(http.Options{Switch: s}, r)
		if len(s.calls) > 0 {
			t.Errorf("%s %s asked the switch", method, path)
		}
		if got.Code >= 400 {
			if detail := got.errorDetail(t); got.Code == 401 && detail["errorType"] != "AUTHENTICATION_ERROR" {
				t.Errorf("%s %s: %v", method, path, detail)
			}
		} else if !strings.HasPrefix(target.Path, "/docs") && !strings.HasPrefix(target.Path, "/openapi.yaml") {
			t.Errorf("%s %s is answered %d", method, path, got.Code)
		}
	})
}
