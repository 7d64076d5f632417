package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const (
	script = `</script><script>alert("slip")</script>`
	canary = "CANARY-7730-4419-code"
)

// hostile is a vendor that means harm, in a way that the amount chooses.
type hostile struct {
	metadata string       // an address that no redirect may lead to
	poured   atomic.Int64 // bytes of bodies that never end
	undone   atomic.Int64 // reversals, of which the first one is sent elsewhere
}

// ServeHTTP implements http.Handler.
func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	asked := object(string(body))
	amount, _ := asked.value("amounts.requestAmount.amount").(json.Number)
	w.Header().Set("Content-Type", "application/json")
	yes := asked.with("voucher", map[string]any{"code": canary, "serialNumber": "S1"})
	switch amount.String() {
	case "1":
		yes = yes.with("slipData", map[string]any{"messageLines": []any{map[string]any{"text": script}}})
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(yes.bytes())
	case "2":
		http.Redirect(w, r, h.metadata, http.StatusTemporaryRedirect)
	case "3":
		w.WriteHeader(http.StatusCreated)
		h.pour(w)
	case "4":
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"errorType": "DO_NOT_HONOUR", "errorMessage": %q}`, "no\nlevel=ERROR msg=INJECTED\r\n"+script)
	case "5":
		w.Header().Set("Set-Cookie", "INJECTED=1")
		w.Header().Set("X-Long", strings.Repeat("x", 2<<20))
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(yes.bytes())
	case "6":
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, strings.Repeat(`{"voucher":`, 100000)+`"`+canary+`"`+strings.Repeat("}", 100000))
	case "7":
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(bytes.Replace(yes.bytes(), []byte(`"voucher"`), []byte(`"Voucher":{"code":"other"},"voucher"`), 1))
	default: // a reversal
		if h.undone.Add(1) == 1 {
			http.Redirect(w, r, h.metadata, http.StatusPermanentRedirect)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write(body)
	}
}

// pour writes a gigabyte, as far as somebody takes it.
func (h *hostile) pour(w io.Writer) {
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range 1 << 10 {
		n, err := w.Write(chunk)
		h.poured.Add(int64(n))
		if err != nil {
			return
		}
	}
}

// megabytes is the most memory that the switch ever held.
func (w *world) megabytes(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.process.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes >> 10
}

func TestAHostileProviderHarmsNobody(t *testing.T) {
	t.Parallel()
	var led atomic.Int32
	metadata := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { led.Add(1) }))
	t.Cleanup(metadata.Close)
	vendor := &hostile{metadata: metadata.URL + "/latest/meta-data/" + canary}
	server := httptest.NewServer(vendor)
	t.Cleanup(server.Close)
	w := deploy(t, 1, "", "2s", "--set", "providers.plain.url="+server.URL)[0]
	c := w.channel()

	sold := c.sold(t, sale(plain, 1))
	if sold.header.Get("X-Content-Type-Options") != "nosniff" || sold.header.Get("Content-Type") != "application/json" {
		t.Errorf("a slip that is a script is sent with %v", sold.header)
	}
	if line := sold.want(t, 201).value("slipData.messageLines.0.text"); line != script {
		t.Errorf("the slip's line became %v", line)
	}
	for amount, want := range map[int64]string{
		2: "404 UPSTREAM_UNAVAILABLE 500 GENERAL_ERROR", 3: "500 GENERAL_ERROR 504 UPSTREAM_UNAVAILABLE", 4: "404 DO_NOT_HONOUR",
		5: "500 GENERAL_ERROR", 6: "500 GENERAL_ERROR", 7: "201 500 GENERAL_ERROR",
	} {
		began := time.Now()
		a := c.provision(t, sale(plain, amount))
		said, _ := object(string(a.body))["errorType"].(string)
		if got := strings.TrimSpace(fmt.Sprint(a.status, " ", said)); !strings.Contains(want, got) {
			t.Errorf("%d is answered %s, want %s: %s", amount, got, want, a.body)
		}
		if a.status == http.StatusCreated && object(string(a.body)).code() != canary {
			t.Errorf("%d brought another code: %s", amount, a.body)
		}
		if a.status != http.StatusCreated && strings.Contains(string(a.body), canary) {
			t.Errorf("%d tells a code: %s", amount, a.body)
		}
		if took := time.Since(began); took > 10*time.Second || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%d took %s and brought %v", amount, took, a.header)
		}
	}
	eventually(t, 10*time.Second, func() string {
		if undone := vendor.undone.Load(); undone < 2 {
			return fmt.Sprintf("a reversal that was sent elsewhere is not repeated: %d came", undone)
		}
		return ""
	})
	if led.Load() > 0 {
		t.Error("a redirect was followed")
	}
	if poured := vendor.poured.Load() >> 20; poured > 64 {
		t.Errorf("%d MB of an endless body were taken", poured)
	}
	if most := w.megabytes(t); most > 400 {
		t.Errorf("the switch held %d MB", most)
	}
	w.oneLineEach(t, "INJECTED")
	if strings.Contains(w.wholeLog(t), canary) {
		t.Error("the log tells a code")
	}
}

func (w *world) wholeLog(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(w.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// oneLineEach: whatever a stranger says, a line of the log begins with its time, and the word begins none.
func (w *world) oneLineEach(t *testing.T, word string) {
	t.Helper()
	for line := range strings.Lines(w.wholeLog(t)) {
		if strings.HasPrefix(line, "warning: ") || strings.HasPrefix(line, "serving ") {
			continue
		}
		if !strings.HasPrefix(line, "time=20") || strings.Contains(line, " msg="+word) {
			t.Errorf("the log has the line %q", line)
		}
	}
}

// texts are the paths of all strings of a message.
func texts(path string, at any) (paths []string) {
	switch at := at.(type) {
	case string:
		paths = append(paths, path)
	case map[string]any:
		for name, value := range at {
			paths = append(paths, texts(strings.TrimPrefix(path+"."+name, "."), value)...)
		}
	case []any:
		for i, value := range at {
			paths = append(paths, texts(path+"."+strconv.Itoa(i), value)...)
		}
	}
	return paths
}

func TestALineOfTheLogStaysOneLineWhateverIsSaid(t *testing.T) {
	t.Parallel()
	w := production(t, "2s")
	c := w.channel()
	request := sale(plain, 12000).with("basketRef", "b").with("rrn", "1").with("stan", "1").
		with("product", map[string]any{"productId": "P"}).with("recipient", map[string]any{"firstName": "a", "lastName": "b"})
	const ends = "\r\ntime=2026 level=ERROR msg=INJECTED\u2028\x1b[2K\x00\x7f"
	for _, path := range texts("", map[string]any(request)) {
		for _, text := range []string{ends, "a" + ends} {
			changed := request.with(path, text)
			_ = c.post(t, "/vouchers", changed)
			_ = c.post(t, "/vouchers/"+request.id()+"/retry", changed)
		}
	}
	for _, path := range texts("", map[string]any(reversal(request.id()))) {
		changed := reversal(request.id()).with(path, ends)
		_ = c.reverse(t, changed)
		_ = c.confirm(t, changed)
	}
	stranger := c
	stranger.user = "2" + ends
	stranger.from("127.0.0.2")(t, "GET", "/products", nil).wantError(t, 401, "AUTHENTICATION_ERROR")
	for _, target := range []string{"/products?channelName=a%0Atime=2026%20msg=INJECTED", "/a%0d%0atime=2026%20msg=INJECTED"} {
		_ = c.must(t, "GET", target, nil)
		_ = c.must(t, "POST", target, request.bytes())
	}
	_ = c.must(t, "GET", "/vouchers?voucherCode=%0Amsg=INJECTED", nil, "User-Agent", "a\tmsg=INJECTED", "X-Request-Id", "msg=INJECTED")
	w.oneLineEach(t, "INJECTED")
	if strings.Contains(w.wholeLog(t), "INJECTED") {
		t.Error("the log repeats what a channel said")
	}
}
