package bootstrap

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// sandbox is a simulator with a configuration for trying its providers out.
type sandbox struct {
	*testing.T
	address, config string
}

const sandboxConfig = `
providers:
  - {id: plain, url: "http://ADDRESS/plain/suv/v1", username: voucherswitch, password: PASSWORD, allow_insecure: true,
     receivers: [{id: "44444444", name: MobiTalk}], timeout: 500ms, longest_processing: 700ms,
     capabilities: {retries: true, reversals: true, confirmations: true}, products: {fetch_every: 15m}}
  - {id: stellr, url: "http://ADDRESS/stellr/suv/v1", username: voucherswitch, password: PASSWORD, allow_insecure: true,
     receivers: [{id: "55555555", name: Stellr}], timeout: 500ms}
  - {id: kiosk, adapter: kiosk, url: "http://ADDRESS/kiosk", username: voucherswitch, password: PASSWORD,
     allow_insecure: true, receivers: [{id: "88888888", name: Kiosk}], timeout: 500ms, longest_processing: 700ms,
     capabilities: {reversals: true, confirmations: true}, product_ids: {Kiosk100: KD-0100, "*": KD-OPEN}}
  - {id: gone, url: "http://127.0.0.1:1/suv/v1", username: voucherswitch, password: PASSWORD, allow_insecure: true,
     receivers: [{id: "99999999", name: Gone}], timeout: 500ms}
products:
  - {id: MobiTalk100, provider: plain, fixed: {amount: 10000, currency: "710"}}
  - {id: Kiosk100, provider: kiosk, fixed: {amount: 10000, currency: "710"}}
`

func newSandbox(t *testing.T, password string) sandbox {
	r := start(t, "receivers", "simulate", "--listen", "127.0.0.1:0", "--ledger", filepath.Join(t.TempDir(), "ledger"))
	at := regexp.MustCompile(`books: http://([0-9.:]+)/`).FindStringSubmatch(r.notes.String())
	if at == nil {
		t.Fatalf("no address in %s", r.notes.String())
	}
	text := strings.NewReplacer("ADDRESS", at[1], "PASSWORD", password).Replace(sandboxConfig)
	return sandbox{t, at[1], file(t, text)}
}

// tried is a report, by the verdict of each step.
type tried struct {
	Passed, Failed, Skipped int
	Steps                   []struct{ Name, Expected, Came, Verdict string }
}

func (r tried) verdict(step string) (verdict, came string) {
	for _, s := range r.Steps {
		if s.Name == step {
			return s.Verdict, s.Came
		}
	}
	return "", ""
}

func (b sandbox) check(args ...string) (tried, int) {
	b.Helper()
	args = append([]string{"provider", "check", "--config", b.config, "--json"}, args...)
	code, out, notes := do(args...)
	var report tried
	if err := json.Unmarshal([]byte(out), &report); err != nil && code != exitUsage {
		b.Fatalf("%v: %d %v\n%s%s", args, code, err, out, notes)
	}
	b.silent(out + notes)
	return report, code
}

// silent fails if a secret is printed: the password, or a code in the simulator's books.
func (b sandbox) silent(text string) {
	b.Helper()
	_, books := ask(b.T, "GET", "http://"+b.address+"/ledger", "", "", "")
	var entries []entry
	if err := json.Unmarshal([]byte(books), &entries); err != nil {
		b.Fatal(err)
	}
	for _, e := range append(entries, entry{Code: simulatorPassword}) {
		if e.Code != "" && strings.Contains(text, e.Code) {
			b.Errorf("a secret is shown:\n%s", text)
		}
	}
}

// standing is how many vouchers nobody reversed, by their state.
func (b sandbox) standing() map[string]int {
	_, books := ask(b.T, "GET", "http://"+b.address+"/ledger", "", "", "")
	var entries []entry
	if err := json.Unmarshal([]byte(books), &entries); err != nil {
		b.Fatal(err)
	}
	states := map[string]int{}
	for _, e := range entries {
		states[e.State]++
	}
	return states
}

func TestAGoodVendorPassesEveryStepOverEachWire(t *testing.T) {
	for _, provider := range []string{"plain", "kiosk"} {
		b := newSandbox(t, simulatorPassword)
		report, code := b.check(provider, "--sell", "--confirm", "--impossible", "14003")
		if code != exitDone || report.Failed != 0 || report.Passed < 13 {
			t.Errorf("%s: %d, %+v", provider, code, report)
		}
		states := b.standing()
		if states["issued"] != 0 || states["confirmed"] != 1 || states["reversed"] != 1 {
			t.Errorf("%s: the books show %v", provider, states)
		}
	}
}

func TestNothingIsSoldWithoutConsent(t *testing.T) {
	b := newSandbox(t, simulatorPassword)
	for _, provider := range []string{"plain", "kiosk"} {
		report, code := b.check(provider)
		if code != exitDone || report.Passed < 4 || report.Skipped < 9 {
			t.Errorf("%s: %d, %+v", provider, code, report)
		}
	}
	if states := b.standing(); states["issued"]+states["reversed"]+states["confirmed"] != 0 {
		t.Errorf("the books show %v", states)
	}
	if _, code := b.check("plain", "--sell"); code != exitDone || b.standing()["confirmed"] != 0 {
		t.Errorf("%d; something stays sold without --confirm", code)
	}
}

func TestEachMoodFailsTheStepThatShowsIt(t *testing.T) {
	const sale, tidy = "a sale is approved, strictly and in time", "everything that was sold is reversed"
	for _, c := range []struct {
		amount, step, came, tidied string
	}{
		{"14001", sale, "declined: DO_NOT_HONOUR", "passed"},
		{"15000", sale, "in doubt: an error that does not tell", "passed"},
		{"16001", sale, "in doubt: no whole answer within 500ms", "passed"},
		{"16003", sale, "in doubt: no whole answer within 500ms", "passed"},
		{"16004", sale, "in doubt: no whole answer within 500ms", "passed"},
		{"17001", sale, "in doubt: the line broke", "passed"},
		{"17002", sale, "in doubt: the line broke", "passed"},
		{"17003", sale, "in doubt: the line broke", "passed"},
		{"18001", sale, "in doubt: the line broke", "passed"},
		{"19001", "its reversal is acknowledged", "refused: VOUCHER_ALREADY_REDEEMED", "failed"},
		{"19002", "its reversal is acknowledged", "no answer, or none of use", "passed"},
	} {
		for _, provider := range []string{"plain", "kiosk"} {
			t.Run(provider+" "+c.amount, func(t *testing.T) {
				t.Parallel()
				b := newSandbox(t, simulatorPassword)
				report, code := b.check(provider, "--sell", "--amount", c.amount)
				verdict, came := report.verdict(c.step)
				if code != exitFailed || verdict != "failed" || !strings.HasPrefix(came, c.came) {
					t.Errorf("%d, %s, %s", code, verdict, came)
				}
				verdict, came = report.verdict(tidy)
				if left := b.standing()["issued"]; verdict != c.tidied || (left == 0) != (c.tidied == "passed") {
					t.Errorf("tidied: %s, %s; %d stand", verdict, came, left)
				}
			})
		}
	}
}

func TestAWrongAccountFailsAndSellsNothing(t *testing.T) {
	b := newSandbox(t, "not-the-password")
	for _, provider := range []string{"plain", "kiosk"} {
		report, code := b.check(provider, "--sell")
		if verdict, _ := report.verdict("our credentials are accepted"); code != exitFailed || verdict != "failed" {
			t.Errorf("%s: %d, %s", provider, code, verdict)
		}
	}
	if report, code := b.check("gone", "--sell", "--amount", "100", "--currency", "710"); code != exitFailed ||
		len(report.Steps) != 1 || report.Failed != 1 {
		t.Errorf("a server that is not there: %d, %+v", code, report)
	}
	if states := b.standing(); len(states) > 1 {
		t.Errorf("the books show %v", states)
	}
}

func TestAProviderWithoutReversalsLeavesItsVoucherAndSaysWhich(t *testing.T) {
	b := newSandbox(t, simulatorPassword)
	report, code := b.check("stellr", "--sell", "--amount", "10000", "--currency", "710")
	verdict, came := report.verdict("everything that was sold is reversed")
	if code != exitDone || verdict != "skipped" || !strings.Contains(came, "left standing: 0") {
		t.Errorf("%d, %s: %s", code, verdict, came)
	}
}

func TestATrialIsRefusedBeforeItBeginsIfItCannotBeMeant(t *testing.T) {
	b := newSandbox(t, simulatorPassword)
	for want, args := range map[string][]string{
		"there are: [plain": {"nobody"}, "--amount": {"stellr", "--sell", "--currency", "710"},
		"--currency": {"stellr", "--sell", "--amount", "5"}, "accepts 1 arg": {},
	} {
		code, _, notes := do(append([]string{"provider", "check", "--config", b.config}, args...)...)
		if code != exitUsage || !strings.Contains(notes, want) {
			t.Errorf("%v: %d, %s", args, code, notes)
		}
	}
}

func TestTheReportIsWrittenForPeopleAndAsJUnit(t *testing.T) {
	b := newSandbox(t, simulatorPassword)
	junit := filepath.Join(t.TempDir(), "report.xml")
	code, out, notes := do("provider", "check", "--config", b.config, "plain", "--sell", "--amount", "19001",
		"--junit", junit)
	if code != exitFailed || !strings.Contains(out, "FAILED   its reversal is acknowledged") ||
		!strings.Contains(out, "expected: acknowledged") || !strings.Contains(out, "SKIPPED  ") ||
		!strings.Contains(out, "PASSED   a sale is approved") {
		t.Errorf("%d:\n%s%s", code, out, notes)
	}
	text, err := os.ReadFile(junit)
	if err != nil {
		t.Fatal(err)
	}
	b.silent(out + notes + string(text))
	var suite struct {
		XMLName  xml.Name `xml:"testsuite"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Skipped  int      `xml:"skipped,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal(text, &suite); err != nil {
		t.Fatal(err)
	}
	failures, skipped := 0, 0
	for _, c := range suite.Cases {
		if c.Failure != nil {
			failures++
		}
		if c.Skipped != nil {
			skipped++
		}
	}
	counted := fmt.Sprintf("%d passed, %d failed, %d skipped", len(suite.Cases)-failures-skipped, failures, skipped)
	if suite.Tests != len(suite.Cases) || suite.Failures != failures || suite.Skipped != skipped || failures != 2 ||
		!strings.Contains(out, counted) {
		t.Errorf("%s in:\n%s%s", counted, text, out)
	}
}
