package bootstrap

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"voucherswitch/adapters/keyring"
	"voucherswitch/domain/voucher"
)

const goodHash = "sha256:5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"

// production is a configuration without a fault; KEY stands for the folder of the test.
const production = `
keys: {index_key_file: "KEY/index.key", keyset_file: "KEY/keyset.json", anchor_key_file: "KEY/anchor.key"}
database: {dsn: "sqlite:KEY/switch.db"}
channels:
  - {id: "22222222", name: "TransAcquire Co", secret_hash: "` + goodHash + `",
     settlement_entity: {id: "33333333", name: "TransactionsRUs"}}
providers:
  - id: stellr
    url: "https://vendor.example/suv/v1"
    username: "us"
    password_file: "KEY/password"
    receivers: ["55555555"]
products:
  - {id: "Game250", name: "Game card", provider: stellr, fixed: {amount: 25000, currency: "710"}}
`

// folder holds the files that production names.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "index.key"), strings.Repeat("ab", keySize)+"\n")
	write(t, filepath.Join(dir, "anchor.key"), strings.Repeat("cd", keySize)+"\n")
	write(t, filepath.Join(dir, "password"), "hunter2\n")
	ring, err := keyring.New()
	if err == nil {
		err = writeKeyset(filepath.Join(dir, "keyset.json"), ring, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// file writes a configuration whose KEY is the folder of production's files.
func file(t *testing.T, yaml string) string {
	t.Helper()
	dir := folder(t)
	return write(t, filepath.Join(dir, "switch.yaml"), strings.ReplaceAll(yaml, "KEY", dir))
}

func TestAGoodConfigurationHasNeitherErrorsNorWarnings(t *testing.T) {
	config, warnings, wrong := Load(Sources{File: file(t, production)})
	if len(wrong)+len(warnings) > 0 {
		t.Fatalf("errors %v, warnings %v", wrong, warnings)
	}
	provider := config.Providers[0]
	if provider.Timeout != 10*time.Second || provider.LongestProcessing != 20*time.Second ||
		provider.MaxInFlight != 64 || provider.Breaker != (Breaker{30 * time.Second, 0.5, 20, 10 * time.Second}) {
		t.Errorf("a provider's defaults are not those of the documentation: %+v", provider)
	}
	if config.HTTP.Listen != "127.0.0.1:8080" || config.Admin.Listen != "127.0.0.1:8081" ||
		config.Simulator.Listen != "" || config.Database.Migrate {
		t.Errorf("the defaults are not those of the documentation: %+v", config)
	}
	want := Timing{
		30 * time.Second, 15 * time.Minute, 2 * time.Second, 15 * time.Minute, 720 * time.Hour,
		time.Second, 10 * time.Second, 5 * time.Second, 40 * time.Second,
	}
	if diff := cmp.Diff(want, config.Timing); diff != "" {
		t.Error(diff)
	}
	if r := provider.Receivers[0]; r != (Institution{"55555555", "stellr"}) {
		t.Errorf("a receiver given by its id alone is %+v", r)
	}
}

func TestTheDevelopmentWorldIsAGoodConfiguration(t *testing.T) {
	config, warnings, wrong := Load(Sources{World: devWorld, Folder: t.TempDir()})
	if len(wrong)+len(warnings) > 0 {
		t.Fatalf("errors %v, warnings %v", wrong, warnings)
	}
	want := map[string]voucher.Capabilities{
		"plain":   {Retries: true, Reversals: true, Confirmations: true, ClientCodes: true},
		"stellr":  {},
		"netcare": {Reversals: true, Confirmations: true},
		"dual":    {Retries: true, Reversals: true, Confirmations: true},
		"kiosk":   {Retries: true, Reversals: true, Confirmations: true},
	}
	got := map[string]voucher.Capabilities{}
	for _, p := range config.Providers {
		got[p.ID] = p.domain().Capabilities
		if p.Timeout != 2*time.Second || p.LongestProcessing != 4*time.Second {
			t.Errorf("%s waits %s, works %s", p.ID, p.Timeout, p.LongestProcessing)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r := config.Providers[0].Receivers[0]; r != (Institution{"44444444", "MobiTalk"}) {
		t.Errorf("the plain provider's receiver is %+v", r)
	}
	all := config.catalogue()
	if shop := all.For("WebShop").Products; len(shop) == 0 || len(shop) == len(all.Products) {
		t.Errorf("a channel name shows %d of %d products", len(shop), len(all.Products))
	}
}

func TestAWrongKeyIsAnErrorThatSaysWhatToDo(t *testing.T) {
	cases := []struct{ name, add, key, says string }{
		{"unknown key", "http: {listne: x}", "http.listne", "http.listen"},
		{"unknown group", "htpp: {listen: x}", "htpp", "nearest is http"},
		{"key at the wrong place", "channel_deadline: 5s", "channel_deadline", "timing.channel_deadline"},
		{"unknown key of an item", "products: [{id: a, provder: b}]", "products.0.provder", "products.0.provider"},
		{"a value for a group", "http: 8080", "http", "takes keys"},
		{"a number for a text", "channels: [{id: 0044}]", "channels.0.id", "quotes"},
		{"a duration without unit", "timing: {send_guard: 5}", "timing.send_guard", "unit"},
		{"a negative duration", "timing: {send_guard: -5s}", "timing.send_guard", "unit"},
		{"no duration", "timing: {sweep: 0s}", "timing.sweep", "longer than 0s"},
		{"an alarm for nothing", "timing: {advice_alarm_age: 0s}", "timing.advice_alarm_age", "longer than 0s"},
		{"a text for a bool", "database: {migrate: perhaps}", "database.migrate", "true or false"},
		{"an address without port", "http: {listen: localhost}", "http.listen", "host:port"},
		{"an impossible port", `admin: {listen: "localhost:70000"}`, "admin.listen", "host:port"},
		{"a server without a name", `database: {dsn: "mysql://u:hunter2@db:3306"}`, "database.dsn", "HOST:PORT/NAME"},
		{"a server's password said twice", `database: {dsn: "mysql://u:hunter2@db/x", password_file: f}`,
			"database.password_file", "keep one"},
		{"another database", `database: {dsn: "postgres:x"}`, "database.dsn", "sqlite:PATH"},
		{"a password for SQLite", "database: {password_file: x}", "database.password_file", "leave the key out"},
		{"a pepper that is not there", "keys: {pepper_file: KEY/none}", "keys.pepper_file", "no such file"},
		{"a pepper without key", "keys: {pepper_file: KEY/password}", "keys.pepper_file", "holds no key"},
		{"a peppered secret without the pepper", "channels: [{id: a, secret_hash: 'hmac-" + goodHash + "'}]",
			"channels.0.secret_hash", "keys.pepper_file"},
		{"three secrets", "channels: [{id: a, secret_hash: '" + goodHash + "', secret_hashes: ['" + goodHash + "', '" +
			goodHash + "']}]", "channels.0.secret_hashes", "at most 2"},
		{"a network", "channels: [{id: a, allowed_from: [10.0.0.0/8, here]}]", "channels.0.allowed_from.1", "10.1.0.0/16"},
		{"a certificate that nobody signs", "channels: [{id: a, client_certificate: {subject: CN=a}}]",
			"channels.0.client_certificate", "http.tls.client_ca_file"},
		{"a short fingerprint", "channels: [{id: a, client_certificate: {sha256: 'ab:cd'}}]",
			"channels.0.client_certificate.sha256", "64"},
		{"no keyset", "", "keys.keyset_file", "keys init DIR"},
		{"a keyset that is not there", "keys: {keyset_file: KEY/none}", "keys.keyset_file", "no such file"},
		{"a file without keys", "keys: {keyset_file: KEY/password}", "keys.keyset_file", "holds no keys"},
		{"no index key", "", "keys.index_key_file", "keys init DIR"},
		{"an index key that is not there", "keys: {index_key_file: KEY/none}", "keys.index_key_file", "no such file"},
		{"a file without key", "keys: {index_key_file: KEY/password}", "keys.index_key_file", "holds no key"},
		{"no anchor key", "", "keys.anchor_key_file", "keys init DIR"},
		{"an anchor key that is not there", "keys: {anchor_key_file: KEY/none}", "keys.anchor_key_file", "no such file"},
		{"a file without anchor key", "keys: {anchor_key_file: KEY/password}", "keys.anchor_key_file", "holds no key"},
		{"client certificates without TLS", "http: {tls: {client_ca_file: x}}", "http.tls.client_ca_file", "key_file"},
		{"authorities without certificate", "http: {tls: {client_ca_file: KEY/password}}", "http.tls.client_ca_file",
			"no certificate"},
		{"a certificate that is none", "http: {tls: {cert_file: KEY/password, key_file: KEY/password}}",
			"http.tls.cert_file", "PEM"},
		{"half a client certificate", `providers: [{id: p, tls: {key_file: KEY/password}}]`, "providers.0.tls", "both"},
		{"a vendor's authority that is none", `providers: [{id: p, tls: {ca_file: KEY/password}}]`,
			"providers.0.tls.ca_file", "no certificate"},
		{"a vendor's authority that is not there", `providers: [{id: p, tls: {ca_file: KEY/none}}]`,
			"providers.0.tls.ca_file", "no such file"},
		{"no time for an alarm", "timing: {certificate_alarm: 0s}", "timing.certificate_alarm", "longer than 0s"},
		{"half a certificate", "http: {tls: {cert_file: KEY/password}}", "http.tls", "both"},
		{"no connections", "http: {max_connections: 0}", "http.max_connections_per_source", "not above"},
		{"half a rate limit", "channels: [{id: a, rate_limit: {per_second: 1}}]", "channels.0.rate_limit", "burst of 1"},
		{"no secret", "channels: [{id: a}]", "channels.0.secret_hash", "channel add --id a"},
		{"a secret in clear", "channels: [{id: a, secret_hash: hunter2}]", "channels.0.secret_hash", "channel add"},
		{"no settlement entity", "channels: [{id: a}]", "channels.0.settlement_entity", "id"},
		{"messaging", "channels: [{id: a, messaging: triple}]", "channels.0.messaging", "single or dual"},
		{"twice a channel", "channels: [{id: a}, {id: a}]", "channels.1.id", "channels.0.id"},
		{"an unknown level", "log: {level: loud}", "log.level", "debug, info, warn or error"},
		{"an unknown default", "channels: [{default_provider: x}]", "channels.0.default_provider", `no provider "x"`},
		{"plain http", `providers: [{id: p, url: "http://a.example"}]`, "providers.0.url", "https"},
		{"a private address", `providers: [{id: p, url: "https://10.0.0.1"}]`, "providers.0.url", "allow_insecure"},
		{"a loopback address", `providers: [{id: p, url: "https://[::1]/x"}]`, "providers.0.url", "allow_insecure"},
		{"an address behind a translator", `providers: [{id: p, url: "https://100.64.0.1"}]`, "providers.0.url",
			"allowed_networks"},
		{"this machine in IPv6", `providers: [{id: p, url: "https://[::ffff:127.0.0.1]"}]`, "providers.0.url", "no public"},
		{"an address beside its network", `providers: [{id: p, url: "https://10.21.0.1", allowed_networks: [10.20.0.0/16]}]`,
			"providers.0.url", "no public"},
		{"a network that is none", `providers: [{id: p, allowed_networks: [10.20.0.0/16, there]}]`,
			"providers.0.allowed_networks.1", "10.20.0.0/16"},
		{"the network of metadata", `providers: [{id: p, allowed_networks: [169.254.169.254]}]`,
			"providers.0.allowed_networks.0", "metadata"},
		{"every network", `providers: [{id: p, allowed_networks: ["0.0.0.0/0"]}]`,
			"providers.0.allowed_networks.0", "metadata"},
		{"every private network of IPv6", `providers: [{id: p, allowed_networks: ["fd00::/8"]}]`,
			"providers.0.allowed_networks.0", "metadata"},
		{"no url", "providers: [{id: p}]", "providers.0.url", "must be https"},
		{"no username", "providers: [{id: p}]", "providers.0.username", "our name"},
		{"no password", "providers: [{id: p}]", "providers.0.password_file", "password"},
		{"an adapter", "providers: [{id: p, adapter: soap}]", "providers.0.adapter",
			"or simulator"},
		{"a wire", "providers: [{id: p, adapter: simulator, wire: soap}]", "providers.0.wire", "kiosk, suv"},
		{"a product without a vendor's id",
			"providers: [{id: p, adapter: kiosk, product_ids: {A: KD-1}}]\nproducts: [{id: B, provider: p}]",
			"providers.0.product_ids", "for product B"},
		{"a simulated product without a vendor's id",
			"providers: [{id: p, adapter: simulator, wire: kiosk}]\nproducts: [{id: B, provider: p}]",
			"providers.0.product_ids", "for product B"},
		{"a vendor's id that nobody asks for", "providers: [{id: p, product_ids: {A: b}}]",
			"providers.0.product_ids", "leave the key out"},
		{"an empty id", `providers: [{id: p, adapter: kiosk, product_ids: {A: ""}}]`,
			"providers.0.product_ids.A", "empty"},
		{"a number as an id", "providers: [{id: p, adapter: kiosk, product_ids: {A: 7}}]",
			"providers.0.product_ids.A", "quotes"},
		{"a list of ids", "providers: [{id: p, adapter: kiosk, product_ids: [a]}]", "providers.0.product_ids", "takes keys"},
		{"no simulator", "providers: [{id: p, adapter: simulator}]", "providers.0.adapter", "simulator.listen"},
		{"a slow provider", "providers: [{id: p, timeout: 29s}]", "providers.0.timeout", "timing.channel_deadline"},
		{"a shared receiver", "providers: [{id: p, receivers: [r]}, {id: q, receivers: [r]}]",
			"providers.1.receivers.0", "providers.0.receivers.0"},
		{"a breaker", "providers: [{id: p, breaker: {failure_ratio: 2}}]", "providers.0.breaker", "up to 1"},
		{"no room", "providers: [{id: p, max_in_flight: 0}]", "providers.0.max_in_flight", "1 or more"},
		{"a hasty fetch", "providers: [{id: a, products: {fetch_every: 900ms}}]", "providers.0.products.fetch_every",
			"1s or longer"},
		{"a product's id", `products: [{id: "a-b"}]`, "products.0.id", "letters and digits"},
		{"a product's provider", "products: [{id: a, provider: x}]", "products.0.provider", `no provider "x"`},
		{"two prices", `products: [{fixed: {amount: 1, currency: "710"}, min: {amount: 1, currency: "710"}}]`,
			"products.0.fixed", "not both"},
		{"a currency", "products: [{fixed: {amount: 1, currency: ZAR}}]", "products.0.fixed.currency", "three digits"},
		{"limits", `products: [{min: {amount: 2, currency: "710"}, max: {amount: 1, currency: "710"}}]`,
			"products.0.max", "not below"},
		{"a short grace", "timing: {shutdown_grace: 30s}", "timing.shutdown_grace", "cuts requests off"},
		{"a long wait", "timing: {reversal_wait: 30s}", "timing.reversal_wait", "shorter"},
		{"broken YAML", "http: {", "", "not readable YAML"},
		{"a key twice", "http: {listen: a}\nhttp: {listen: b}", "", "not readable YAML"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, wrong := Load(Sources{File: file(t, c.add)})
			for _, p := range wrong {
				if strings.Contains(p.Text, "hunter2") {
					t.Errorf("%s tells a secret: %s", p.Key, p.Text)
				}
			}
			for _, p := range wrong {
				if p.Key == c.key && strings.Contains(p.Text, c.says) {
					return
				}
			}
			t.Errorf("want %q to say %q, got:\n%v", c.key, c.says, wrong)
		})
	}
}

func TestAllErrorsAreListedAtOnce(t *testing.T) {
	_, _, wrong := Load(Sources{
		File:        file(t, "http: {listen: x}\nnonsense: 1\ntiming: {send_guard: soon}\n"),
		Environment: []string{"VOUCHERSWITCH_ADMIN__LISTEN=y", "VOUCHERSWITCH_PROVIDERS__NONE__URL=z", "HOME=/"},
		Flags:       []Setting{{"database.dsn", "none", "flag --set"}},
	})
	text := wrong.Error()
	for _, key := range []string{
		"http.listen", "nonsense", "timing.send_guard", "admin.listen", "providers.none.url", "database.dsn",
	} {
		if !strings.Contains(text, "  "+key+": ") {
			t.Errorf("%s is missing from:\n%s", key, text)
		}
	}
}

func TestAMissingFileIsAnError(t *testing.T) {
	if _, _, wrong := Load(Sources{File: filepath.Join(t.TempDir(), "none.yaml")}); len(wrong) != 1 {
		t.Errorf("%v", wrong)
	}
}

func TestWhatIsUnwiseIsAWarning(t *testing.T) {
	cases := []struct{ name, key, value, warns string }{
		{"a short reversal window", "timing.reversal_window", "4m59s", "timing.reversal_window"},
		{"passwords in clear", "http.listen", "0.0.0.0:8080", "http.listen"},
		{"an open admin listener", "admin.listen", ":8081", "admin.listen"},
		{"an insecure provider", "providers.stellr.allow_insecure", "true", "providers.0.allow_insecure"},
		{"a currency nobody knows", "products.Game250.fixed.currency", "000", "products.0.fixed.currency"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, warnings, wrong := Load(Sources{File: file(t, production), Flags: []Setting{{c.key, c.value, "flag"}}})
			if len(wrong) > 0 || len(warnings) != 1 || warnings[0].Key != c.warns {
				t.Errorf("errors %v, warnings %v", wrong, warnings)
			}
		})
	}
}

func TestASecretFileThatOthersCanReadIsAWarning(t *testing.T) {
	name := file(t, production)
	if err := os.Chmod(filepath.Join(filepath.Dir(name), "password"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, warnings, _ := Load(Sources{File: name})
	if len(warnings) != 1 || warnings[0].Key != "providers.0.password_file" {
		t.Errorf("%v", warnings)
	}
}

func TestAKeyMadeByDevIsRefusedElsewhere(t *testing.T) {
	dir := t.TempDir()
	made := Keys{
		IndexKeyFile: filepath.Join(dir, "index.key"), KeysetFile: filepath.Join(dir, "keyset.json"),
		AnchorKeyFile: filepath.Join(dir, "anchor.key"),
	}
	if err := made.makeTestKeys(); err != nil {
		t.Fatal(err)
	}
	for key, path := range map[string]string{
		"keys.index_key_file": made.IndexKeyFile, "keys.keyset_file": made.KeysetFile,
		"keys.anchor_key_file": made.AnchorKeyFile,
	} {
		_, _, wrong := Load(Sources{File: file(t, production), Flags: []Setting{{key, path, "flag"}}})
		if len(wrong) != 1 || wrong[0].Key != key || !strings.Contains(wrong[0].Text, "test key") {
			t.Errorf("%v", wrong)
		}
	}
}

func TestFlagsGoBeforeTheEnvironmentAndThatBeforeTheFile(t *testing.T) {
	sources := Sources{
		File: file(t, production+"\nhttp: {listen: \"127.0.0.1:1\"}\nadmin: {listen: \"127.0.0.1:2\"}\n"),
		Environment: []string{
			"VOUCHERSWITCH_ADMIN__LISTEN=127.0.0.1:3", "VOUCHERSWITCH_TIMING__SEND_GUARD=3s",
			"VOUCHERSWITCH_PROVIDERS__STELLR__TIMEOUT=4s", "VOUCHERSWITCH_PROVIDERS__0__RECEIVERS=a, b",
		},
		Flags: []Setting{{"timing.send_guard", "2s", "flag --set"}, {"channels.22222222.messaging", "dual", "flag --set"}},
	}
	config, _, wrong := Load(sources)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	got := map[string]string{}
	for _, e := range config.Entries() {
		got[e.Key] = e.Value + " by " + strings.Replace(e.Origin, sources.File, "FILE", 1)
	}
	for key, want := range map[string]string{
		"http.listen":                "127.0.0.1:1 by file FILE",
		"admin.listen":               "127.0.0.1:3 by environment VOUCHERSWITCH_ADMIN__LISTEN",
		"timing.send_guard":          "2s by flag --set",
		"timing.lease_margin":        "10s by default",
		"timing.reversal_window":     "15m by default",
		"providers.0.timeout":        "4s by environment VOUCHERSWITCH_PROVIDERS__STELLR__TIMEOUT",
		"providers.0.url":            "https://vendor.example/suv/v1 by file FILE",
		"providers.0.receivers.1.id": "b by environment VOUCHERSWITCH_PROVIDERS__0__RECEIVERS",
		"channels.0.messaging":       "dual by flag --set",
	} {
		if got[key] != want {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
}

func TestEveryAdapterMakesAClientAtItsOwnAddressAndAtTheSimulators(t *testing.T) {
	for name := range adapters {
		for _, world := range []Provider{
			{ID: "p", Adapter: name, URL: "https://vendor.example"}, {ID: "p", Adapter: adapterSimulator, Wire: name},
		} {
			vendors, _, err := Config{Providers: []Provider{world}}.vendors("127.0.0.1:1", slog.New(slog.DiscardHandler))
			if err != nil || len(vendors) != 1 || vendors[0].Client == nil || vendors[0].ID != "p" {
				t.Errorf("%+v: %v, %v", world, vendors, err)
			}
		}
	}
}

func TestAVendorsProductIDsAreKeysOfTheirOwn(t *testing.T) {
	sources := Sources{File: file(t, `providers: [{id: p, adapter: kiosk, product_ids: {A: KD-1, "*": KD-2}}]`),
		Flags: []Setting{{"providers.p.product_ids.B", "KD-3", "flag --set"}}}
	config, _, _ := Load(sources)
	got := map[string]string{}
	for _, e := range config.Entries() {
		if name, ok := strings.CutPrefix(e.Key, "providers.0.product_ids"); ok {
			got[name] = e.Value
		}
	}
	if diff := cmp.Diff(map[string]string{".A": "KD-1", ".B": "KD-3", ".*": "KD-2"}, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	want := map[voucher.ProductID]string{"A": "KD-1", "B": "KD-3", "*": "KD-2"}
	if diff := cmp.Diff(want, config.Providers[0].productIDs()); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

func TestAPasswordInAnAddressIsNotPrinted(t *testing.T) {
	config, _, wrong := Load(Sources{File: file(t, production), Environment: []string{
		"VOUCHERSWITCH_PROVIDERS__STELLR__URL=https://us:hunter2@vendor.example/suv",
	}})
	if printed := fmt.Sprint(config.Entries(), wrong); strings.Contains(printed, "hunter2") || len(wrong) == 0 {
		t.Errorf("printed, or not refused: %s", printed)
	}
}

func TestAPrintedConfigurationHoldsNoSecret(t *testing.T) {
	config, _, wrong := Load(Sources{File: file(t, production), Environment: []string{
		"VOUCHERSWITCH_PROVIDERS__STELLR__PASSWORD=hunter2", "VOUCHERSWITCH_PROVIDERS__STELLR__PASSWORD_FILE=",
		"VOUCHERSWITCH_DATABASE__DSN=mysql://u:hunter2@db/x",
		"VOUCHERSWITCH_CHANNELS__22222222__SECRET_HASHES=hunter2,hunter2",
	}})
	printed := fmt.Sprintf("%+v %v %+v", config.Entries(), wrong, config.Providers)
	if strings.Contains(printed, "hunter2") || strings.Contains(printed, goodHash) {
		t.Errorf("a secret is printed: %s", printed)
	}
	if strings.Count(printed, redacted) < 4 {
		t.Errorf("password, hash, hashes and DSN are not shown as secrets: %s", printed)
	}
}
