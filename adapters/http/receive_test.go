package http_test

import (
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"voucherswitch/adapters/http"
	"voucherswitch/domain/voucher"
)

func TestABadRequestIsAnErrorDetailAndAsksNobody(t *testing.T) {
	good := encoded(t, example(t, contract(t), "ProvisionRequest"))
	header := func(name, value string) func(*nethttp.Request) {
		return func(r *nethttp.Request) { r.Header.Set(name, value) }
	}
	none := func(*nethttp.Request) {}
	cases := map[string]struct {
		method, path, body string
		prepare            func(*nethttp.Request)
		status             int
		errorType          string
	}{
		"no body":                   {"POST", "/vouchers", "", none, 400, "FORMAT_ERROR"},
		"broken JSON":               {"POST", "/vouchers", good[:len(good)-9], none, 400, "FORMAT_ERROR"},
		"an array":                  {"POST", "/vouchers", "[]", none, 400, "FORMAT_ERROR"},
		"trailing data":             {"POST", "/vouchers", good + "{}", none, 400, "FORMAT_ERROR"},
		"a byte order mark":         {"POST", "/vouchers", "\ufeff" + good, none, 400, "FORMAT_ERROR"},
		"a wrong type":              {"POST", "/vouchers", replaced(good, `"APP00001"`, `{}`), none, 400, "FORMAT_ERROR"},
		"a duplicate key":           {"POST", "/vouchers", replaced(good, `{`, `{"stan":"1",`), none, 400, "FORMAT_ERROR"},
		"an unknown property":       {"POST", "/vouchers", replaced(good, `{`, `{"colour":"red",`), none, 400, "FORMAT_ERROR"},
		"a name in another case":    {"POST", "/vouchers", replaced(good, `"stan"`, `"Stan"`), none, 400, "FORMAT_ERROR"},
		"a control character":       {"POST", "/vouchers", replaced(good, `004711`, `00\u00004711`), none, 400, "FORMAT_ERROR"},
		"a raw control character":   {"POST", "/vouchers", replaced(good, `004711`, "00\x004711"), none, 400, "FORMAT_ERROR"},
		"invalid UTF-8":             {"POST", "/vouchers", replaced(good, `004711`, "\xff"), none, 400, "FORMAT_ERROR"},
		"too deep":                  {"POST", "/vouchers", strings.Repeat(`{"a":`, 9999), none, 400, "FORMAT_ERROR"},
		"10 MB":                     {"POST", "/vouchers", strings.Repeat(" ", 10<<20), none, 413, "FORMAT_ERROR"},
		"10 MB of unsaid length":    {"POST", "/vouchers", strings.Repeat(" ", 10<<20), unsaid, 413, "FORMAT_ERROR"},
		"no media type":             {"POST", "/vouchers", good, header("Content-Type", ""), 415, "FORMAT_ERROR"},
		"a form":                    {"POST", "/vouchers", good, header("Content-Type", "application/x-www-form-urlencoded"), 415, "FORMAT_ERROR"},
		"a broken media type":       {"POST", "/vouchers", good, header("Content-Type", ";;"), 415, "FORMAT_ERROR"},
		"another charset":           {"POST", "/vouchers", good, header("Content-Type", "application/json; charset=latin1"), 415, "FORMAT_ERROR"},
		"a compressed body":         {"POST", "/vouchers", good, header("Content-Encoding", "gzip"), 415, "FORMAT_ERROR"},
		"PUT":                       {"PUT", "/vouchers", good, none, 405, "FORMAT_ERROR"},
		"PATCH of a retry":          {"PATCH", "/vouchers/" + provisionID + "/retry", good, none, 405, "FORMAT_ERROR"},
		"GET of a reversal":         {"GET", "/vouchers/reversals", "", none, 405, "FORMAT_ERROR"},
		"POST of products":          {"POST", "/products", good, none, 405, "FORMAT_ERROR"},
		"a method of no meaning":    {"BREW", "/vouchers", good, none, 405, "FORMAT_ERROR"},
		"the root":                  {"GET", "/", "", none, 404, "FORMAT_ERROR"},
		"the base path":             {"GET", "/suv/v1/", "", none, 404, "FORMAT_ERROR"},
		"another version":           {"POST", "/suv/v2/vouchers", good, none, 404, "FORMAT_ERROR"},
		"an unknown path":           {"POST", "/vouchers/" + provisionID, good, none, 404, "FORMAT_ERROR"},
		"a path outside":            {"GET", "/docs/..%2fopenapi.yaml", "", none, 404, "FORMAT_ERROR"},
		"a retry of a word":         {"POST", "/vouchers/reversals/retry", good, none, 400, "FORMAT_ERROR"},
		"an unreadable query":       {"GET", "/vouchers?voucherCode=%zz", "", none, 400, "FORMAT_ERROR"},
		"a code of 41":              {"GET", "/vouchers?voucherCode=" + strings.Repeat("7", 41), "", none, 400, "FORMAT_ERROR"},
		"a code with a line break":  {"GET", "/vouchers?voucherCode=7%0a7", "", none, 400, "FORMAT_ERROR"},
		"a serial number in bytes":  {"GET", "/vouchers?voucherSerialNumber=%ff", "", none, 400, "FORMAT_ERROR"},
		"one parameter twice":       {"GET", "/vouchers?voucherCode=1&voucherCode=2", "", none, 400, "FORMAT_ERROR"},
		"empty parameters":          {"GET", "/vouchers?voucherCode=&provisionRequestId=", "", none, 400, "FORMAT_ERROR"},
		"no credentials":            {"POST", "/vouchers", good, func(r *nethttp.Request) { r.Header.Del("Authorization") }, 401, "AUTHENTICATION_ERROR"},
		"a wrong password":          {"GET", "/products", "", func(r *nethttp.Request) { r.SetBasicAuth(channelID, "x") }, 401, "AUTHENTICATION_ERROR"},
		"a bearer":                  {"GET", "/products", "", header("Authorization", "Bearer "+password), 401, "AUTHENTICATION_ERROR"},
		"credentials of no meaning": {"GET", "/products", "", header("Authorization", "Basic !"), 401, "AUTHENTICATION_ERROR"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := &scripted{reply: says(voucher.Transaction{}, nil)}
			r := newRequest(c.method, c.path, c.body)
			c.prepare(r)
			got := serve(http.Options{Switch: s}, r)
			got.mustRefuse(t, c.status, c.errorType)
			if len(s.calls) > 0 {
				t.Errorf("the switch was asked: %v", s.calls)
			}
			if c.status == 405 && got.Header().Get("Allow") == "" {
				t.Error("405 without Allow")
			}
		})
	}
}

func replaced(text, from, to string) string { return strings.Replace(text, from, to, 1) }

func unsaid(r *nethttp.Request) { r.ContentLength = -1 }

func TestChecksComeInTheContractsOrder(t *testing.T) {
	impostor := example(t, contract(t), "ProvisionRequest")
	place(impostor, []string{"client", "id"}, "99999999")
	malformed := example(t, contract(t), "ProvisionRequest")
	place(malformed, []string{"client", "id"}, "99999999")
	delete(malformed, "time")
	stranger := func(r *nethttp.Request) { r.SetBasicAuth(channelID, "wrong") }
	text := func(r *nethttp.Request) { r.Header.Set("Content-Type", "text/plain") }
	known := func(*nethttp.Request) {}
	cases := map[string]struct {
		path, body string
		prepare    func(*nethttp.Request)
		status     int
		errorType  string
	}{
		"credentials before the media type": {"/vouchers", "{", func(r *nethttp.Request) { stranger(r); text(r) }, 401, "AUTHENTICATION_ERROR"},
		"credentials before the format":     {"/vouchers", "{", stranger, 401, "AUTHENTICATION_ERROR"},
		"media type before the format":      {"/vouchers", "{", text, 415, "FORMAT_ERROR"},
		"format before the client":          {"/vouchers", encoded(t, malformed), known, 400, "FORMAT_ERROR"},
		"path before the client":            {"/vouchers/" + reversalID + "/retry", encoded(t, impostor), known, 400, "FORMAT_ERROR"},
		"the client last":                   {"/vouchers", encoded(t, impostor), known, 400, "AUTHENTICATION_ERROR"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := &scripted{}
			r := newRequest("POST", c.path, c.body)
			c.prepare(r)
			serve(http.Options{Switch: s}, r).mustRefuse(t, c.status, c.errorType)
		})
	}
}

func TestAFormatErrorNamesTheIDsThatCouldBeRead(t *testing.T) {
	cases := map[string]struct{ path, body, id, original string }{
		"a request's":               {"/vouchers", `{"id":"` + provisionID + `"}`, provisionID, ""},
		"a request never names one": {"/vouchers", `{"id":"` + provisionID + `","requestId":"` + reversalID + `"}`, provisionID, ""},
		"a redemption's":            {"/redemptions", `{"id":"` + provisionID + `","requestId":"` + reversalID + `"}`, provisionID, ""},
		"an advice's":               {"/vouchers/reversals", `{"id":"` + reversalID + `","requestId":"` + provisionID + `"}`, reversalID, provisionID},
		"neither is a UUID":         {"/vouchers/confirmations", `{"id":"7","requestId":7}`, "", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			detail := post(t, &scripted{}, c.path, c.body).mustRefuse(t, 400, "FORMAT_ERROR")
			if detail["id"] != key(c.id) || detail["originalId"] != key(c.original) {
				t.Errorf("ids are %v and %v", detail["id"], detail["originalId"])
			}
		})
	}
}

func TestJSONInUTF8IsReadHoweverItIsDeclared(t *testing.T) {
	body := encoded(t, example(t, contract(t), "ProvisionRequest"))
	for _, media := range []string{
		"application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8", `application/json; charset="utf-8"`,
	} {
		r := newRequest("POST", "/vouchers", body)
		r.Header.Set("Content-Type", media)
		r.Header.Set("Content-Encoding", "identity")
		serve(http.Options{Switch: &scripted{reply: ends(approval())}}, r).mustBe(t, 201)
	}
}

func TestABodyOfExactlyTheLimitIsRead(t *testing.T) {
	body := encoded(t, example(t, contract(t), "ProvisionRequest"))
	for extra, status := range map[int64]int{0: 201, -1: 413} {
		for _, prepare := range []func(*nethttp.Request){unsaid, func(*nethttp.Request) {}} {
			r := newRequest("POST", "/vouchers", body)
			prepare(r)
			s := &scripted{reply: ends(approval())}
			serve(http.Options{Switch: s, MaxBody: int64(len(body)) + extra}, r).mustBe(t, status)
		}
	}
}

func TestABodyCutOffOnTheWayAsksNobody(t *testing.T) {
	s := &scripted{}
	r := httptest.NewRequest("POST", "/vouchers", cutOff{})
	r.SetBasicAuth(channelID, password)
	r.Header.Set("Content-Type", "application/json")
	serve(http.Options{Switch: s}, r).mustRefuse(t, 400, "FORMAT_ERROR")
}

func TestABodyThatSaysItIsTooLongIsNotRead(t *testing.T) {
	r := httptest.NewRequest("POST", "/vouchers", cutOff{})
	r.SetBasicAuth(channelID, password)
	r.Header.Set("Content-Type", "application/json")
	r.ContentLength = http.DefaultMaxBody + 1
	serve(http.Options{Switch: &scripted{}}, r).mustRefuse(t, 413, "FORMAT_ERROR")
}

type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, nethttp.ErrBodyReadAfterClose }

func TestAnAddressThatNoRouteNeedsIsRefused(t *testing.T) {
	needed := "/vouchers?provisionRequestId=" + strings.Repeat("%61", 36) + "&voucherSerialNumber=" +
		strings.Repeat("%F0%9F%8E%81", 40) + "&voucherCode=" + strings.Repeat("%F0%9F%8E%81", 40)
	for path, status := range map[string]int{
		"/products?a=" + strings.Repeat("b", 5000): 414, "/" + strings.Repeat("a/", 3000): 414, needed: 400,
	} {
		get(t, &scripted{}, path).mustRefuse(t, status, "FORMAT_ERROR")
	}
}
