package scenarios

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// Receivers of development mode, by provider.
const (
	plain   = "44444444"
	stellr  = "55555555"
	netcare = "66666666"
	dual    = "77777777"
	kiosk   = "88888888"
)

// message is a JSON object as a channel writes it.
type message map[string]any

// sale is a provision request with an id of its own, as a till of channel 22222222 writes it.
func sale(receiver string, amount int64) message {
	return object(fmt.Sprintf(`{
		"id": %q, "time": "2026-11-22T10:00:00.000+02:00",
		"originator": {"institution": {"id": "22222222", "name": "TransAcquire Co"}, "terminalId": "Till0001",
			"merchant": {"merchantType": "5411", "merchantId": "Shop00000000001",
				"merchantName": {"name": "Corner Shop", "city": "Cape Town", "region": "WC", "country": "ZA"}}},
		"client": {"id": "22222222", "name": "TransAcquire Co"},
		"receiver": {"id": %q, "name": "Somebody"},
		"thirdPartyIdentifiers": [{"institutionId": "22222222", "transactionIdentifier": "till-1-0001"}],
		"amounts": {"requestAmount": {"amount": %d, "currency": "710"}}}`, uuid.NewString(), receiver, amount))
}

// advice is the part that reversals and confirmations share; reversal adds its reason.
func advice(requestID string) message {
	return object(fmt.Sprintf(`{"id": %q, "requestId": %q, "time": "2026-11-22T10:01:00.000+02:00",
		"thirdPartyIdentifiers": [{"institutionId": "22222222", "transactionIdentifier": "till-1-0001"}]}`,
		uuid.NewString(), requestID))
}

func reversal(requestID string) message { return advice(requestID).with("reversalReason", "TIMEOUT") }

func object(text string) message {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var m message
	if err := decoder.Decode(&m); err != nil {
		panic(fmt.Sprintf("%v in %s", err, text))
	}
	return m
}

func (m message) id() string { return m["id"].(string) }

func (m message) bytes() []byte {
	body, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return body
}

// with is a copy with the value at a path such as thirdPartyIdentifiers.0.institutionId.
func (m message) with(path string, value any) message {
	return m.changed(path, func(parent map[string]any, name string) { parent[name] = value })
}

// without is a copy that lacks the field at a path.
func (m message) without(path string) message {
	return m.changed(path, func(parent map[string]any, name string) { delete(parent, name) })
}

func (m message) changed(path string, change func(parent map[string]any, name string)) message {
	changed := object(string(m.bytes()))
	steps := strings.Split(path, ".")
	var parent any = map[string]any(changed)
	for _, step := range steps[:len(steps)-1] {
		if list, ok := parent.([]any); ok {
			index, _ := strconv.Atoi(step)
			parent = list[index]
		} else {
			parent = parent.(map[string]any)[step]
		}
	}
	change(parent.(map[string]any), steps[len(steps)-1])
	return changed
}

// value is what stands at a path, nil if nothing does.
func (m message) value(path string) any {
	var at any = map[string]any(m)
	for _, step := range strings.Split(path, ".") {
		switch parent := at.(type) {
		case map[string]any:
			at = parent[step]
		case []any:
			index, err := strconv.Atoi(step)
			if err != nil || index >= len(parent) {
				return nil
			}
			at = parent[index]
		default:
			return nil
		}
	}
	return at
}

// channel is a client of the switch, with its credentials.
type channel struct {
	base     string
	user     string
	password string
}

func (w *world) channel() channel { return w.channelOf("22222222") }

// stranger is another channel, and asStranger makes its messages.
func (w *world) stranger() channel { return w.channelOf("99999999") }

func (w *world) channelOf(user string) channel {
	return channel{base: w.api + "/suv/v1", user: user, password: cmp.Or(w.secrets[user], "password")}
}

func asStranger(m message) message { return as("99999999", m) }

func as(user string, m message) message {
	return m.with("client", map[string]any{"id": user, "name": "Stranger"})
}

// answer is a response read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// client gives a switch the 60 s that a channel gives it.
var client = &http.Client{
	Timeout:       60 * time.Second,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// send makes one call; headers replace the usual ones, an empty value removes one.
func (c channel) send(method, path string, body []byte, headers ...string) (answer, error) {
	request, err := http.NewRequestWithContext(context.Background(), method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.SetBasicAuth(c.user, c.password)
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	for pair := range slices.Chunk(headers, 2) {
		if request.Header.Del(pair[0]); pair[1] != "" {
			request.Header.Set(pair[0], pair[1])
		}
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: read}, err
}

func (c channel) must(t *testing.T, method, path string, body []byte, headers ...string) answer {
	t.Helper()
	a, err := c.send(method, path, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (c channel) post(t *testing.T, path string, m message) answer {
	t.Helper()
	return c.must(t, http.MethodPost, path, m.bytes())
}

func (c channel) provision(t *testing.T, m message) answer {
	t.Helper()
	return c.post(t, "/vouchers", m)
}

func (c channel) retry(t *testing.T, m message) answer {
	t.Helper()
	return c.post(t, "/vouchers/"+m.id()+"/retry", m)
}

func (c channel) reverse(t *testing.T, m message) answer {
	t.Helper()
	return c.post(t, "/vouchers/reversals", m)
}

func (c channel) confirm(t *testing.T, m message) answer {
	t.Helper()
	return c.post(t, "/vouchers/confirmations", m)
}

func (c channel) lookup(t *testing.T, id string) answer {
	t.Helper()
	return c.must(t, http.MethodGet, "/vouchers?provisionRequestId="+id, nil)
}

// want checks the status and opens the body.
func (a answer) want(t *testing.T, status int) message {
	t.Helper()
	if a.status != status {
		t.Fatalf("answered %d %s\nwant %d", a.status, a.body, status)
	}
	if kind := a.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		t.Errorf("Content-Type %q, want application/json", kind)
	}
	var m message
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.UseNumber()
	if err := decoder.Decode(&m); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	noNulls(t, "", map[string]any(m))
	return m
}

// noNulls: null fields are left out everywhere.
func noNulls(t *testing.T, path string, at any) {
	t.Helper()
	switch at := at.(type) {
	case nil:
		t.Errorf("%s is null, want it left out", path)
	case map[string]any:
		for name, value := range at {
			noNulls(t, path+"."+name, value)
		}
	case []any:
		for i, value := range at {
			noNulls(t, fmt.Sprintf("%s[%d]", path, i), value)
		}
	}
}

var errorFields = []string{
	"detailMessage", "errorMessage", "errorType", "id", "originalId", "providerErrorCode", "providerErrorMessage",
}

// wantError checks that the answer is an ErrorDetail of that status and type.
func (a answer) wantError(t *testing.T, status int, errorType string) message {
	t.Helper()
	m := a.want(t, status)
	if m["errorType"] != errorType {
		t.Fatalf("answered %d %s\nwant errorType %s", a.status, a.body, errorType)
	}
	for name := range maps.Keys(m) {
		if !slices.Contains(errorFields, name) {
			t.Errorf("an ErrorDetail has no field %s: %s", name, a.body)
		}
	}
	if text, _ := m["errorMessage"].(string); text == "" || len([]rune(text)) > 80 {
		t.Errorf("errorMessage %q, want 1 to 80 characters", text)
	}
	return m
}

// names checks the ids of an error; an empty one must not be there.
func (m message) names(t *testing.T, id, originalID string) message {
	t.Helper()
	for field, want := range map[string]string{"id": id, "originalId": originalID} {
		if got, _ := m[field].(string); got != want {
			t.Errorf("%s = %q, want %q in %s", field, got, want, m.bytes())
		}
	}
	return m
}

// code is the voucher's code in an answer.
func (m message) code() string {
	code, _ := m.value("voucher.code").(string)
	return code
}

// sold provisions and returns the answer, which must be a voucher.
func (c channel) sold(t *testing.T, m message) answer {
	t.Helper()
	a := c.provision(t, m)
	if a.want(t, http.StatusCreated).code() == "" {
		t.Fatalf("no voucher in %s", a.body)
	}
	return a
}

// same: an answer given again is the same to the byte.
func same(t *testing.T, first, again answer) {
	t.Helper()
	if !bytes.Equal(first.body, again.body) {
		t.Errorf("answered again differently:\n%s\n%s", first.body, again.body)
	}
}

func (c channel) credentials() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.user+":"+c.password))
}

// provisionText is a provision as it goes over the wire, for calls that no decent client makes.
func (c channel) provisionText(m message) string {
	return fmt.Sprintf("POST /suv/v1/vouchers HTTP/1.1\r\nHost: switch\r\nAuthorization: %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", c.credentials(), len(m.bytes()), m.bytes())
}

// raw writes text to a new connection as it is.
func (w *world) raw(t *testing.T, text string) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(w.api, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	if _, err := io.WriteString(connection, text); err != nil {
		t.Fatal(err)
	}
	return connection
}

// hangUp provisions, and closes the connection as soon as the provider has heard of it.
func (w *world) hangUp(t *testing.T, m message) {
	t.Helper()
	connection := w.raw(t, w.channel().provisionText(m))
	w.heard(t, m.id())
	if err := connection.Close(); err != nil {
		t.Fatal(err)
	}
}

// heard waits until the provider has been asked.
func (w *world) heard(t *testing.T, id string) {
	t.Helper()
	eventually(t, 5*time.Second, func() string {
		if w.ledger(t)[id].Calls == 0 {
			return "the provider was never asked"
		}
		return ""
	})
}
