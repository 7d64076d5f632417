package bootstrap

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeSwitch lets in whom admits, and answers every sale with the status.
func fakeSwitch(t *testing.T, status int, admits func(channel, password string) bool) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		channel, password, _ := r.BasicAuth()
		switch {
		case !admits(channel, password):
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/suv/v1/products":
			w.WriteHeader(http.StatusOK)
		default:
			w.WriteHeader(status)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/suv/v1"
}

func anybody(_, password string) bool { return password == devPassword }

func onlyOne(channel, password string) bool { return channel == "22222222" && password == devPassword }

func TestBenchFailsWhenTooManyRequestsAreErrors(t *testing.T) {
	brief := []string{"bench", "--rate", "200", "--duration", "300ms", "--warm-up", "0s"}
	for _, c := range []struct {
		status int
		share  string
		code   int
	}{{http.StatusCreated, "0", exitDone}, {http.StatusServiceUnavailable, "0.5", exitFailed},
		{http.StatusServiceUnavailable, "1", exitDone}} {
		url := fakeSwitch(t, c.status, anybody)
		code, out, notes := do(append(brief, "--url", url, "--max-error-share", c.share)...)
		if code != c.code || !strings.Contains(out, "p99.9") {
			t.Errorf("status %d, share %s: exit code %d\n%s%s", c.status, c.share, code, out, notes)
		}
	}
}

func TestBenchSaysThatItBuysRealVouchersWhereNotEverybodyIsLetIn(t *testing.T) {
	brief := []string{"bench", "--concurrency", "1", "--duration", "50ms", "--warm-up", "0s", "--url"}
	for name, c := range map[string]struct {
		admits func(channel, password string) bool
		warns  bool
	}{"dev": {anybody, false}, "not dev": {onlyOne, true}} {
		code, _, notes := do(append(brief, fakeSwitch(t, http.StatusCreated, c.admits))...)
		if code != exitDone || strings.Contains(notes, "real") != c.warns {
			t.Errorf("%s: %d %s", name, code, notes)
		}
	}
}

func TestBenchRefusesWhatItMustNotLoad(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("another\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	known := fakeSwitch(t, http.StatusCreated, onlyOne)
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"another machine", []string{"--rate", "1", "--url", "http://192.0.2.1"}, exitUsage, "--allow-remote"},
		{"neither loop", []string{"--url", known}, exitUsage, "rate"},
		{"both loops", []string{"--rate", "1", "--concurrency", "1"}, exitUsage, "concurrency"},
		{"an unknown operation", []string{"--rate", "1", "--url", known, "--mix", "provision=1,redeem=1"}, exitUsage, "redeem"},
		{"no amount", []string{"--rate", "1", "--url", known, "--amount", "much"}, exitUsage, "much"},
		{"no such file", []string{"--rate", "1", "--url", known, "--password-file", "none"}, exitUsage, "none"},
		{"a wrong secret", []string{"--rate", "1", "--url", known, "--password-file", secret}, exitFailed, "22222222"},
		{"nobody there", []string{"--rate", "1", "--url", "http://127.0.0.1:1"}, exitFailed, "no connection"},
	} {
		code, _, notes := do(append([]string{"bench"}, c.args...)...)
		if code != c.code || !strings.Contains(notes, c.says) || strings.Contains(notes, "another\n") {
			t.Errorf("%s: %d %s", c.name, code, notes)
		}
	}
}

func TestBenchWritesOnlyItsReportUnderJSON(t *testing.T) {
	page := filepath.Join(t.TempDir(), "load.html")
	code, out, notes := do("bench", "--concurrency", "2", "--duration", "100ms", "--warm-up", "0s", "--json",
		"--report", page, "--url", fakeSwitch(t, http.StatusCreated, anybody))
	var report struct {
		Requests int
		Callers  int `json:"concurrency"`
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != exitDone || report.Requests == 0 ||
		report.Callers != 2 || strings.Contains(notes, "%") {
		t.Errorf("%d %v\n%s%s", code, err, out, notes)
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "</html>") {
		t.Errorf("%v: no page", err)
	}
}
