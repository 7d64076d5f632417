package bootstrap

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"voucherswitch/adapters/http"
)

func TestEveryCommandExplainsItself(t *testing.T) {
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		for _, below := range c.Commands() {
			visit(below)
		}
		path := strings.Fields(c.CommandPath())[1:]
		code, out, notes := do(append(path, "--help")...)
		if code != exitDone || !strings.Contains(out, "Usage:") {
			t.Errorf("%v: %d\n%s%s", path, code, out, notes)
		}
		if !c.HasSubCommands() && !strings.Contains(out, "Exit codes: 0 done") {
			t.Errorf("%v does not say its exit codes:\n%s", path, out)
		}
	}
	visit((&shell{}).root())
}

func TestTheExitCodeTellsWrongUsageFromFailure(t *testing.T) {
	good := file(t, production)
	cases := []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no such command", []string{"sevre"}, exitUsage, "sevre"},
		{"no such flag", []string{"serve", "--cofnig", "x"}, exitUsage, "--cofnig"},
		{"an argument too many", []string{"version", "x"}, exitUsage, "x"},
		{"half a command", []string{"config"}, exitUsage, "--help"},
		{"half a setting", []string{"serve", "--set", "x"}, exitUsage, "key=value"},
		{"an unknown setting", []string{"dev", "--set", "timing.sendguard=1s"}, exitUsage, "timing.send_guard"},
		{"no file", []string{"config", "check", "--config", "none.yaml"}, exitUsage, "none.yaml"},
		{"a bad configuration", []string{"config", "check", "--set", "http.listen=x"}, exitUsage, "http.listen"},
		{"a required flag", []string{"channel", "add", "--id", "x"}, exitUsage, "name"},
		{"a taken id", []string{"channel", "add", "--id", "22222222", "--name", "x", "--config", good}, exitUsage,
			"secret_hashes"},
		{"no checkout", []string{"provider", "new", "lantern", "--dir", t.TempDir()}, exitFailed, "--dir"},
		{"a name that is none", []string{"provider", "new", "Lantern", "--dir", ".."}, exitFailed, "small letters"},
		{"no database", []string{"cases", "list", "--config", good}, exitFailed, "no database yet"},
		{"two databases", []string{"cases", "list", "--config", good, "--data", "x"}, exitUsage, "data"},
		{"a good configuration", []string{"config", "check", "--config", good}, exitDone, "next: "},
		{"a free id", []string{"channel", "add", "--id", "4", "--name", "x", "--config", good}, exitDone, "shown this once"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			code, _, notes := do(c.args...)
			if code != c.code || !strings.Contains(notes, c.says) {
				t.Errorf("%d, want %d and %q:\n%s", code, c.code, c.says, notes)
			}
		})
	}
}

func TestCommandsThatPrintDataSpeakJSON(t *testing.T) {
	good := file(t, production)
	for _, args := range [][]string{
		{"version"}, {"config", "print", "--config", good}, {"config", "check", "--config", good},
		{"channel", "add", "--id", "1", "--name", "x"},
	} {
		code, out, notes := do(append(args, "--json")...)
		if code != exitDone || !json.Valid([]byte(out)) {
			t.Errorf("%v: %d %s%s", args, code, out, notes)
		}
	}
	code, out, _ := do("config", "check", "--json", "--set", "http.listen=x")
	var found struct{ Errors, Warnings []Problem }
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != exitUsage || len(found.Errors) != 4 {
		t.Errorf("%d %v: %s", code, err, out)
	}
}

func TestAPrintedConfigurationSaysWhereEachValueCameFrom(t *testing.T) {
	good := file(t, production)
	_, out, _ := do("config", "print", "--config", good, "--set", "timing.sweep=7s")
	for _, want := range []string{"timing.sweep 7s # flag --set", "http.listen 127.0.0.1:8080 # default",
		"providers.0.id stellr # file " + good, "channels.0.secret_hash (secret) # file " + good} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("%s is missing from:\n%s", want, out)
		}
	}
}

// The channel of a printed snippet needs only its settlement entity to be a good one.
func TestAPrintedChannelFitsTheConfiguration(t *testing.T) {
	_, out, _ := do("channel", "add", "--id", "22222222", "--name", `Bank "One"`)
	_, snippet, _ := strings.Cut(out, "\n")
	snippet = strings.Replace(snippet, `{id: "", name: ""}`, `{id: "3", name: "T"}`, 1)
	before, rest, _ := strings.Cut(production, "channels:")
	_, after, _ := strings.Cut(rest, "providers:")
	config, warnings, wrong := Load(Sources{File: file(t, before+snippet+"providers:"+after)})
	if len(wrong)+len(warnings) > 0 || config.Channels[0].Name != `Bank "One"` {
		t.Errorf("%v %v", wrong, warnings)
	}
	secret, _, _ := strings.Cut(out, "\n")
	caller := http.Caller{Username: "22222222", Password: secret}
	if _, _, admitted := newRegistry(config.Channels, nil).authenticate(caller); !admitted {
		t.Error("the printed secret does not fit the printed hash")
	}
}

func TestTheDataFolderHoldsEverything(t *testing.T) {
	data := filepath.Join(t.TempDir(), "my data")
	_, out, _ := do("config", "print", "--data", data)
	for _, want := range []string{"sqlite:" + data + "/voucherswitch.db", data + "/keys/index.key", data + "/keys/keyset.json", data + "/keys/anchor.key",
		data + "/simulator-ledger.jsonl # flag --data"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("%s is missing from:\n%s", want, out)
		}
	}
}
