package scenarios

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// configuration is what `serve` needs to stand in front of a simulator of its own; providers as in development mode.
const configuration = `
http: {listen: %q}
admin: {listen: %q}
database: {dsn: "sqlite:%s/switch.db", migrate: true}
keys: {index_key_file: "%[3]s/index.key"}
timing: {reversal_window: 3s}
channels:
  - id: "22222222"
    name: "TransAcquire Co"
    messaging: single
    secret_hash: %[4]q
    settlement_entity: {id: "33333333", name: "TransactionsRUs"}
  - id: "99999999"
    name: "Stranger"
    messaging: dual
    secret_hash: %[4]q
    settlement_entity: {id: "33333333", name: "TransactionsRUs"}
providers:
`

const provider = `
  - id: %s
    adapter: suv
    url: "%s/%[1]s/suv/v1"
    username: "voucherswitch"
    password: "simulator"
    allow_insecure: true
    receivers: [{id: %[3]q, name: "Somebody"}]
    capabilities: {retries: %v, reversals: %v, confirmations: %v, client_codes: %v}
    timeout: %[8]s
    longest_processing: 4s
    breaker: {minimum: 1000000}
`

// production starts `simulate` and `serve` as two processes; killing the world kills the switch alone.
func production(t *testing.T, timeout string) *world {
	t.Helper()
	data := t.TempDir()
	ports, err := freePorts(3)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		data: data, api: "http://" + ports[0], admin: "http://" + ports[1], simulator: "http://" + ports[2],
		log: filepath.Join(data, "log"),
	}
	simulator := exec.Command(binary, "simulate", "--listen", ports[2], "--ledger", filepath.Join(data, "ledger.jsonl"))
	if err := simulator.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = simulator.Process.Kill(); _ = simulator.Wait() })
	output, err := exec.Command(binary, "channel", "add", "--id", "22222222", "--name", "Shop", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var credentials struct {
		Secret string `json:"secret"`
		Hash   string `json:"secret_hash"`
	}
	if err := json.Unmarshal(output, &credentials); err != nil {
		t.Fatalf("%v in %s", err, output)
	}
	w.password = credentials.Secret
	text := fmt.Sprintf(configuration, ports[0], ports[1], data, credentials.Hash) +
		fmt.Sprintf(provider, "plain", w.simulator, plain, true, true, true, true, timeout) +
		fmt.Sprintf(provider, "dual", w.simulator, dual, true, true, true, false, timeout) +
		fmt.Sprintf(provider, "netcare", w.simulator, netcare, false, true, true, false, timeout) +
		fmt.Sprintf(provider, "stellr", w.simulator, stellr, false, false, false, false, timeout)
	file := filepath.Join(data, "switch.yaml")
	for name, content := range map[string]string{
		file: text, filepath.Join(data, "index.key"): strings.Repeat("0123456789abcdef", 4),
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.arguments = []string{"serve", "--config", file}
	w.listCases = []string{"cases", "list", "--config", file, "--json"}
	eventually(t, 10*time.Second, func() string {
		if status, _, err := get(w.simulator + "/ledger"); err != nil || status != http.StatusOK {
			return "the simulator does not answer"
		}
		return ""
	})
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.kill)
	return w
}

func TestServeKnowsNoPasswordOfDevelopmentMode(t *testing.T) {
	t.Parallel()
	w := production(t, "2s")
	w.channel().sold(t, sale(plain, 12000))
	guess := w.channel()
	guess.password = "password"
	guess.provision(t, sale(plain, 12000)).wantError(t, http.StatusUnauthorized, "AUTHENTICATION_ERROR")
	unknown := w.channel()
	unknown.user = "10101010"
	unknown.provision(t, sale(plain, 12000)).wantError(t, http.StatusUnauthorized, "AUTHENTICATION_ERROR")
}

func TestDualMessagingChannelConfirmsForItself(t *testing.T) {
	t.Parallel()
	w := production(t, "2s")
	both, single := asStranger(sale(dual, 12000)), sale(dual, 12000)
	c := w.stranger()
	c.password = w.password
	c.sold(t, both)
	w.channel().sold(t, single)
	eventually(t, 10*time.Second, func() string {
		if w.ledger(t)[single.id()].State != "confirmed" {
			return "the switch did not confirm on behalf of the single messaging channel"
		}
		return ""
	})
	if written := w.ledger(t)[both.id()]; written.State != "issued" || written.Confirmations != 0 {
		t.Errorf("the switch confirmed on behalf of a dual messaging channel: %+v", written)
	}
	c.confirm(t, advice(both.id())).want(t, http.StatusAccepted)
	eventually(t, 5*time.Second, func() string {
		if w.ledger(t)[both.id()].State != "confirmed" {
			return "the confirmation was not delivered"
		}
		return ""
	})
}
