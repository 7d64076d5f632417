package scenarios

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// badBodies are texts that are no provision, made from a good one so that one mistake is their only fault.
func badBodies(good string) map[string]string {
	replaced := func(old, replacement string) string {
		if !strings.Contains(good, old) {
			panic("a bad body would be a good one: " + old)
		}
		return strings.Replace(good, old, replacement, 1)
	}
	deep := strings.Repeat(`{"a":`, 100000) + "1" + strings.Repeat("}", 100000)
	bodies := map[string]string{
		"empty":                   "",
		"blank":                   " \n",
		"broken":                  good[:len(good)-1],
		"cut in a string":         good[:len(good)/2],
		"trailing text":           good + "x",
		"two messages":            good + good,
		"an array":                "[" + good + "]",
		"a string":                `"x"`,
		"a number":                "1",
		"null":                    "null",
		"an empty object":         "{}",
		"byte order mark":         "\xef\xbb\xbf" + good,
		"UTF-16":                  "{\x00}\x00",
		"bad UTF-8":               replaced("Till0001", "Till\xff\xfe01"),
		"overlong UTF-8":          replaced("Till0001", "Till\xc0\xaf01"),
		"half a surrogate":        replaced("Till0001", `Till\ud800001`),
		"control character":       replaced("Corner Shop", "Corner\x01Shop"),
		"newline in a string":     replaced("Corner Shop", "Corner\nShop"),
		"duplicate key":           replaced(`"amounts":`, `"amounts":{},"amounts":`),
		"duplicate id":            replaced(`"id":`, `"id":"`+uuid.NewString()+`","id":`),
		"key in another case":     replaced(`"amounts":`, `"Amounts":`),
		"key by escape, twice":    replaced(`"amounts":`, `"\u0061mounts":{},"amounts":`),
		"a comment":               "/* sale */" + good,
		"deep":                    replaced(`"amounts":`, `"deep":`+deep+`,"amounts":`),
		"deep in a known field":   replaced(`"amounts":`, `"slipData":`+deep+`,"amounts":`),
		"deep arrays":             strings.Repeat("[", 200000),
		"an amount with a dot":    replaced("12000", "120.5"),
		"an amount in a string":   replaced("12000", `"twelve"`),
		"a huge amount":           replaced("12000", "9223372036854775808"),
		"an exponent":             replaced("12000", "12e400"),
		"a leading zero":          replaced("12000", "012000"),
		"not a number":            replaced("12000", "NaN"),
		"an object for a string":  replaced(`"Till0001"`, `{"a":1}`),
		"an array for an object":  replaced(`{"id":"22222222","name":"TransAcquire Co"},"id"`, `[],"id"`),
		"a boolean for a string":  replaced(`"Till0001"`, "true"),
		"null for a required one": replaced(`"Till0001"`, "null"),
		"an object for a list":    replaced(`"thirdPartyIdentifiers":[`, `"thirdPartyIdentifiers":{"a":1},"x":[`),
		"a long name":             replaced("Corner Shop", strings.Repeat("x", 24)),
		"an unknown field":        replaced(`"amounts":`, `"__proto__":{},"amounts":`),
		"form data":               "id=1&amount=2",
		"XML":                     `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`,
	}
	return bodies
}

func TestBadInputIsNamedAndStoresNothing(t *testing.T) {
	t.Parallel()
	own := ownWorld(t)
	c, request := own.channel(), sale(plain, 12000)
	good := string(request.bytes())
	unharmed := func(name string, path string, a answer) {
		t.Run(name+" at "+path, func(t *testing.T) { a.wantError(t, http.StatusBadRequest, "FORMAT_ERROR") })
	}
	for name, body := range badBodies(good) {
		unharmed(name, "/vouchers", c.must(t, "POST", "/vouchers", []byte(body)))
		unharmed(name, "/retry", c.must(t, "POST", "/vouchers/"+request.id()+"/retry", []byte(body)))
	}
	undo := string(reversal(request.id()).bytes())
	for name, body := range map[string]string{
		"broken": undo[:20], "no requestId": string(reversal(request.id()).without("requestId").bytes()),
		"a reason of its own": strings.Replace(undo, "TIMEOUT", "BOREDOM", 1),
		"no reason":           string(advice(request.id()).bytes()),
		"a bad requestId":     strings.Replace(undo, request.id(), "1", 1),
		"a sale":              good,
	} {
		unharmed(name, "/vouchers/reversals", c.must(t, "POST", "/vouchers/reversals", []byte(body)))
	}
	for name, body := range map[string]string{"broken": undo[:20], "a reversal": undo, "a sale": good} {
		unharmed(name, "/vouchers/confirmations", c.must(t, "POST", "/vouchers/confirmations", []byte(body)))
	}
	own.nothingStored(t, request)
}

func TestNoVoucherIsSoldForANegativeAmount(t *testing.T) {
	t.Parallel()
	request := sale(plain, -12000)
	refused := common.channel().provision(t, request).want(t, http.StatusBadRequest)
	if kind := refused["errorType"]; kind != "FORMAT_ERROR" && kind != "INVALID_AMOUNT" {
		t.Errorf("a negative amount is called %v", kind)
	}
	if written, asked := common.ledger(t)[request.id()]; asked {
		t.Errorf("the provider was asked: %+v", written)
	}
}

// nothingStored: nobody was asked, there is nothing to find, and the id is free.
func (w *world) nothingStored(t *testing.T, request message) {
	t.Helper()
	if books := w.ledger(t); len(books) != 0 {
		t.Errorf("the provider was asked: %+v", books)
	}
	w.channel().lookup(t, request.id()).wantError(t, http.StatusNotFound, "UNABLE_TO_LOCATE_RECORD")
	w.channel().sold(t, request)
}

func TestWrongMethodsPathsAndHeadersAreNamedAndStoreNothing(t *testing.T) {
	t.Parallel()
	own := ownWorld(t)
	c, request := own.channel(), sale(plain, 12000)
	good := request.bytes()
	huge := request.with("basketRef", strings.Repeat("x", 10<<20)).bytes()
	for name, test := range map[string]struct {
		method, path string
		body         []byte
		headers      []string
		status       int
	}{
		"DELETE":                 {"DELETE", "/vouchers", nil, nil, 405},
		"PUT":                    {"PUT", "/vouchers", good, nil, 405},
		"PATCH":                  {"PATCH", "/vouchers", good, nil, 405},
		"TRACE":                  {"TRACE", "/vouchers", nil, nil, 405},
		"BREW":                   {"BREW", "/vouchers", nil, nil, 405},
		"POST products":          {"POST", "/products", good, nil, 405},
		"GET reversals":          {"GET", "/vouchers/reversals", nil, nil, 405},
		"GET retry":              {"GET", "/vouchers/" + request.id() + "/retry", nil, nil, 405},
		"unknown path":           {"GET", "/voucher", nil, nil, 404},
		"unknown path below":     {"POST", "/vouchers/" + request.id() + "/again", good, nil, 404},
		"upper case":             {"POST", "/Vouchers", good, nil, 404},
		"dots":                   {"GET", "/../../../etc/passwd", nil, nil, 404},
		"escaped dots":           {"GET", "/%2e%2e/%2e%2e/etc/passwd", nil, nil, 404},
		"a null in the path":     {"GET", "/vouchers%00", nil, nil, 404},
		"the console":            {"GET", "/metrics", nil, nil, 404},
		"10 MB":                  {"POST", "/vouchers", huge, nil, 413},
		"10 MB retry":            {"POST", "/vouchers/" + request.id() + "/retry", huge, nil, 413},
		"10 MB reversal":         {"POST", "/vouchers/reversals", huge, nil, 413},
		"text":                   {"POST", "/vouchers", good, []string{"Content-Type", "text/plain"}, 415},
		"form":                   {"POST", "/vouchers", good, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		"no content type":        {"POST", "/vouchers", good, []string{"Content-Type", ""}, 415},
		"two content types":      {"POST", "/vouchers", good, []string{"Content-Type", "text/html, application/json"}, 415},
		"JSON's cousin":          {"POST", "/vouchers", good, []string{"Content-Type", "application/json-patch+json"}, 415},
		"Latin-1":                {"POST", "/vouchers", good, []string{"Content-Type", "application/json; charset=latin1"}, 415},
		"packed":                 {"POST", "/vouchers", good, []string{"Content-Encoding", "gzip"}, 415},
		"another id in the path": {"POST", "/vouchers/" + uuid.NewString() + "/retry", good, nil, 400},
		"no id in the path":      {"POST", "/vouchers/x/retry", good, nil, 400},
		"a method by header":     {"POST", "/vouchers/x/retry", good, []string{"X-HTTP-Method-Override", "GET"}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.must(t, test.method, test.path, test.body, test.headers...)
			a.wantError(t, test.status, "FORMAT_ERROR")
			if test.status == 405 && a.header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
		})
	}
	own.nothingStored(t, request)
}

// answered reads one answer from a connection; none is as good as a refusal.
func answered(t *testing.T, connection io.Reader) answer {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		return answer{}
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: body}
}

func TestSmuggledRequestsStoreNothing(t *testing.T) {
	t.Parallel()
	own := ownWorld(t)
	c, request := own.channel(), sale(plain, 12000)
	text := c.provisionText(request)
	length := fmt.Sprintf("Content-Length: %d\r\n", len(request.bytes()))
	chunked := fmt.Sprintf("\r\n%x\r\n%s\r\n0\r\n\r\n", len(request.bytes()), request.bytes())
	for name, smuggled := range map[string]string{
		"two lengths":          strings.Replace(text, length, length+"Content-Length: 5\r\n", 1),
		"a negative length":    strings.Replace(text, length, "Content-Length: -1\r\n", 1),
		"a length with a sign": strings.Replace(text, length, strings.Replace(length, ": ", ": +", 1), 1),
		"a coding by another name": strings.Replace(text, "\r\n\r\n"+string(request.bytes()),
			"\r\nTransfer-Encoding: xchunked\r\n"+chunked, 1),
		"a space before the colon": strings.Replace(text, "Content-Length:", "Content-Length :", 1),
		"a folded header":          strings.Replace(text, "application/json", "text/plain,\r\n application/json", 1),
		"no host":                  strings.Replace(text, "Host: switch\r\n", "", 1),
		"two hosts":                strings.Replace(text, "Host: switch\r\n", "Host: switch\r\nHost: other\r\n", 1),
		"a control character":      strings.Replace(text, "Host: switch", "Host: switch\r\nX-A: \x00", 1),
		"a huge header":            strings.Replace(text, "Host: switch", "Host: switch\r\nX-A: "+strings.Repeat("x", 2<<20), 1),
		"an old protocol":          strings.Replace(text, "HTTP/1.1", "HTTP/0.9", 1),
	} {
		t.Run(name, func(t *testing.T) {
			connection := own.raw(t, smuggled)
			_ = connection.SetDeadline(time.Now().Add(20 * time.Second))
			if a := answered(t, connection); a.status != 0 && (a.status < 400 || a.status > 599) {
				t.Errorf("answered %d %s", a.status, a.body)
			}
		})
	}
	t.Run("a body that never comes", func(t *testing.T) {
		connection := own.raw(t, text[:len(text)-10])
		if err := connection.Close(); err != nil {
			t.Fatal(err)
		}
	})
	own.nothingStored(t, request)
	t.Run("headers that other software obeys", func(t *testing.T) {
		again := sale(plain, 12000)
		a := c.must(t, "POST", "/vouchers", again.bytes(), "Idempotency-Key", request.id(), "X-Original-URL", "/metrics",
			"X-Forwarded-For", "10.0.0.1", "X-Forwarded-User", "99999999", "X-HTTP-Method-Override", "DELETE")
		if a.want(t, http.StatusCreated)["id"] != again.id() || own.ledger(t)[again.id()].Calls != 1 {
			t.Errorf("a header changed what was asked: %s", a.body)
		}
	})
}

func TestOneBadByteAnywhereNeverBecomesASaleOfItsOwn(t *testing.T) {
	t.Parallel()
	own := ownWorld(t)
	c, request := own.channel(), sale(plain, 12000)
	good := request.bytes()
	for at := 0; at < len(good); at += 7 {
		for _, octet := range []byte{0, 0x80, '"', '}'} {
			bad := bytes.Clone(good)
			if bad[at] == octet {
				continue
			}
			bad[at] = octet
			if json.Valid(bad) && bytes.IndexByte(bad, 0x80) < 0 {
				continue
			}
			a := c.must(t, "POST", "/vouchers", bad)
			if a.status != http.StatusBadRequest {
				t.Errorf("byte %d became %q: answered %d %s", at, octet, a.status, a.body)
			}
		}
	}
	own.nothingStored(t, request)
}
