package http_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"voucherswitch/adapters/http"
	"voucherswitch/domain/fault"
	"voucherswitch/domain/voucher"
)

// logged serves a request with a log that a test can read.
func logged(t *testing.T, s *scripted, method, path, body string) (answer, map[string]any, string) {
	t.Helper()
	var lines bytes.Buffer
	options := http.Options{Switch: s, Log: slog.New(slog.NewJSONHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	got := serve(options, newRequest(method, path, body))
	var line map[string]any
	if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
		t.Fatalf("not one line a request: %v\n%s", err, lines.String())
	}
	return got, line, lines.String()
}

func TestARequestIsOneLogLineWithoutItsSecrets(t *testing.T) {
	withCode := example(t, contract(t), "ProvisionRequest")
	withCode["voucher"] = map[string]any{"code": secret}
	body := encoded(t, withCode)
	cases := map[string]struct {
		method, path, body, route string
		reply                     func(*scripted) (voucher.Transaction, error)
		status                    float64
	}{
		"sold":             {"POST", "/vouchers", body, "/vouchers", ends(approval()), 201},
		"retried":          {"POST", "/suv/v1/vouchers/" + provisionID + "/retry", body, "/suv/v1/vouchers/:provisionId/retry", ends(approval()), 201},
		"looked up":        {"GET", "/vouchers/?voucherCode=" + secret, "", "/vouchers", says(sold(t), nil), 200},
		"looked up badly":  {"GET", "/vouchers?voucherCode=" + secret + "%00", "", "/vouchers", nil, 400},
		"malformed":        {"POST", "/vouchers", replaced(body, `{`, `{"pin":"`+secret+`",`), "/vouchers", nil, 400},
		"failed":           {"POST", "/vouchers", body, "/vouchers", failing(fault.Internal, "a fault"), 500},
		"panicked":         {"POST", "/vouchers", body, "/vouchers", func(*scripted) (voucher.Transaction, error) { panic(secret) }, 500},
		"panicked by Go":   {"POST", "/vouchers", body, "/vouchers", func(s *scripted) (voucher.Transaction, error) { _ = s.calls[9]; return sold(t), nil }, 500},
		"panicked on nil":  {"POST", "/vouchers", body, "/vouchers", nil, 500},
		"an error of ours": {"POST", "/vouchers", body, "/vouchers", says(voucher.Transaction{}, errors.New("disk full")), 500},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, line, text := logged(t, &scripted{reply: c.reply}, c.method, c.path, c.body)
			if float64(got.Code) != c.status {
				t.Fatalf("status %d: %s", got.Code, got.Body)
			}
			if line["method"] != c.method || line["route"] != c.route || line["status"] != c.status || line["channel"] != channelID {
				t.Errorf("the line says %s", text)
			}
			for _, hidden := range []string{secret, password, "90817", "voucherCode"} {
				if strings.Contains(text, hidden) {
					t.Errorf("%q is in the log: %s", hidden, text)
				}
			}
			if _, told := line["error"]; told != (c.status == 500) {
				t.Errorf("the cause of a %v: %s", c.status, text)
			}
		})
	}
}

// A method is a stranger's to choose and as long as a head may be, so nobody fills the log with it.
func TestAMethodThatIsNoneIsCutShortInTheLog(t *testing.T) {
	_, line, _ := logged(t, &scripted{}, strings.Repeat("M", 8000), "/vouchers", "")
	if line["method"] != strings.Repeat("M", 16) {
		t.Errorf("the line says %.100q", line["method"])
	}
}

func TestAFailuresCauseIsLoggedAndNotAnswered(t *testing.T) {
	body := encoded(t, example(t, contract(t), "ProvisionRequest"))
	got, _, text := logged(t, &scripted{reply: says(voucher.Transaction{},
		fault.Wrap(fault.Overloaded, errors.New("driver: refused"), "the database is away"))}, "POST", "/vouchers", body)
	got.mustRefuse(t, 503, "UPSTREAM_UNAVAILABLE")
	if strings.Contains(got.Body.String(), "driver") || !strings.Contains(text, "driver: refused") {
		t.Errorf("answered %s\nlogged %s", got.Body, text)
	}
}

func TestATransactionFoundWithoutAVoucherIsAFaultOfOurs(t *testing.T) {
	empty := sold(t)
	empty.Approval = nil
	got, line, _ := logged(t, &scripted{reply: says(empty, nil)}, "GET", "/vouchers?voucherSerialNumber=1", "")
	got.mustRefuse(t, 500, "GENERAL_ERROR")
	if line["error"] != "a transaction without a voucher was found" {
		t.Errorf("logged %v", line["error"])
	}
}

func TestAnAnswerThatBreaksOffIsNotFollowedByAnother(t *testing.T) {
	w := &hungUp{ResponseRecorder: httptest.NewRecorder()}
	options := http.Options{Switch: &scripted{reply: ends(approval())}, Authenticate: authenticate, Log: silent()}
	http.New(options).ServeHTTP(w, newRequest("POST", "/vouchers", encoded(t, example(t, contract(t), "ProvisionRequest"))))
	if w.Code != 201 || w.writes != 1 {
		t.Errorf("status %d, %d writes", w.Code, w.writes)
	}
}

// hungUp is a channel that goes away while it is answered.
type hungUp struct {
	*httptest.ResponseRecorder
	writes int
}

func (w *hungUp) Write([]byte) (int, error) {
	w.writes++
	return 0, errors.New("the connection is gone")
}

func TestAPanicIsAFaultOfOurs(t *testing.T) {
	s := &scripted{reply: func(*scripted) (voucher.Transaction, error) { panic(secret) }}
	got := post(t, s, "/vouchers", encoded(t, example(t, contract(t), "ProvisionRequest")))
	if got.mustRefuse(t, 500, "GENERAL_ERROR"); strings.Contains(got.Body.String(), secret) {
		t.Errorf("the panic was answered: %s", got.Body)
	}
}

func TestNoComplaintRepeatsAVoucherCode(t *testing.T) {
	long := strings.Repeat(secret, 3)
	message := example(t, contract(t), "ProvisionRequest")
	message["voucher"] = map[string]any{"code": long, "pin": map[string]any{"type": "CLEAR_PIN", "pin": long}}
	for name, got := range map[string]answer{
		"a body":  post(t, &scripted{}, "/vouchers", encoded(t, message)),
		"a query": get(t, &scripted{}, "/vouchers?voucherCode="+long),
	} {
		if got.mustRefuse(t, 400, "FORMAT_ERROR"); strings.Contains(got.Body.String(), secret) {
			t.Errorf("%s: %s", name, got.Body)
		}
	}
}

func TestAnswersToChannelsAreKeptOutOfCaches(t *testing.T) {
	for path, want := range map[string]string{
		"/vouchers?voucherSerialNumber=1": "no-store", "/products": "private, no-cache",
	} {
		got := get(t, &scripted{reply: says(sold(t), nil)}, path)
		if control := got.Header().Get("Cache-Control"); got.Code != 200 || control != want {
			t.Errorf("%s: %d, Cache-Control %q", path, got.Code, control)
		}
		if got.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: the type may be guessed", path)
		}
	}
}

func TestWhatIsShedNeverReachesTheSwitch(t *testing.T) {
	document := contract(t)
	var limited []voucher.ChannelID
	for name, c := range map[string]struct {
		options   http.Options
		status    int
		errorType string
		wait      string
	}{
		"draining":       {http.Options{Draining: func() bool { return true }}, 503, "UPSTREAM_UNAVAILABLE", "1"},
		"too much to do": {http.Options{Sheds: func(string) bool { return true }}, 503, "UPSTREAM_UNAVAILABLE", "1"},
		"limited": {http.Options{
			Draining: func() bool { return false },
			Limit:    func(id voucher.ChannelID) time.Duration { limited = append(limited, id); return time.Millisecond },
		}, 429, "LIMIT_EXCEEDED", "1"},
	} {
		for path, message := range map[string]string{
			"/vouchers": "ProvisionRequest", "/vouchers/" + provisionID + "/retry": "ProvisionRequest",
			"/vouchers/reversals": "BasicReversal", "/vouchers/confirmations": "TenderAdvice",
			"/redemptions": "RedemptionRequest", "/products": "", "/vouchers?voucherSerialNumber=1": "",
		} {
			r := newRequest("GET", path, "")
			if message != "" {
				r = newRequest("POST", path, encoded(t, example(t, document, message)))
			}
			s := &scripted{}
			c.options.Switch = s
			got := serve(c.options, r)
			got.mustRefuse(t, c.status, c.errorType)
			if len(s.calls) > 0 || got.Header().Get("Retry-After") != c.wait {
				t.Errorf("%s %s: calls %v, Retry-After %q", name, path, s.calls, got.Header().Get("Retry-After"))
			}
		}
	}
	if len(limited) != 7 || limited[0] != channelID {
		t.Errorf("the rate was asked of %v", limited)
	}
}

func TestWhatCannotBeReadTakesFromTheRateToo(t *testing.T) {
	const id = `{"id":"` + provisionID + `","requestId":"` + ownAdvice + `"}`
	options := http.Options{Limit: func(voucher.ChannelID) time.Duration { return time.Second }}
	for path, original := range map[string]any{
		"/vouchers": nil, "/redemptions": nil, "/vouchers/reversals": ownAdvice, "/redemptions/confirmations": ownAdvice,
	} {
		detail := serve(options, newRequest("POST", path, id)).mustRefuse(t, 429, "LIMIT_EXCEEDED")
		if detail["id"] != provisionID || detail["originalId"] != original {
			t.Errorf("%s: named %v and %v", path, detail["id"], detail["originalId"])
		}
	}
	serve(options, newRequest("GET", "/vouchers?voucherCode=%00", "")).mustRefuse(t, 429, "LIMIT_EXCEEDED")
}
