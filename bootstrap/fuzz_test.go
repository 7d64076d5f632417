package bootstrap

import (
	"bytes"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"voucherswitch/adapters/http"
	"voucherswitch/adapters/keyring"
	"voucherswitch/test/fuzzing"
)

// FuzzConfiguration: of any text comes a configuration or a list of what is wrong with it, each told with a reason; no
// problem and no print shows a secret, and to read the same again gives the same.
func FuzzConfiguration(f *testing.F) {
	secret := strings.NewReplacer("KEY", "/nowhere", "password_file: \"KEY/password\"", "password: \""+fuzzing.Canary+"\"",
		goodHash, plainScheme+strings.Repeat(fuzzing.Canary, 4))
	for _, text := range []string{
		production, string(devWorld), "", "providers: [1, {id: a}]", "channels: {a: {id: 1}}", "http: 7", "a: &a [*a]", "timing: {a: 1}",
		"database: {dsn: \"mysql://u:" + fuzzing.Canary + "@h/n\"}", "providers: [{id: x, password: [" + fuzzing.Canary + "]}]", "? x",
		"providers: [{id: x, url: \"https://u:" + fuzzing.Canary + "@h\"}]", "{<<: {http: {listen: x}}}", "2: {3: 4}", "\t", "---\n---\n",
	} {
		f.Add([]byte(secret.Replace(text)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "switch.yaml")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		config, warnings, wrong := Load(Sources{File: path})
		again, _, wrongAgain := Load(Sources{File: path})
		if !reflect.DeepEqual(wrong, wrongAgain) || !reflect.DeepEqual(config, again) {
			t.Errorf("read twice: %v, then %v", wrong, wrongAgain)
		}
		for _, p := range append(warnings, wrong...) {
			if p.Text == "" {
				t.Errorf("%q is wrong without a reason", p.Key)
			}
		}
		if entries := config.Entries(); strings.Contains(fmt.Sprint(entries), fuzzing.Canary) && !misspelt(text) {
			t.Errorf("a secret is printed: %v", entries)
		}
		if strings.Contains(wrong.Error()+warnings.Error(), fuzzing.Canary) && !misspelt(text) {
			t.Errorf("a secret shows in %v", wrong)
		}
	})
}

// misspelt tells that the canary stands where no secret belongs: in a text that is not one of the seeds' lines.
func misspelt(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if !bytes.Contains(line, []byte(fuzzing.Canary)) {
			continue
		}
		known := false
		for _, place := range []string{"password: \"", "secret_hash: \"sha256:"} {
			_, after, found := strings.Cut(string(line), place)
			value, _, closed := strings.Cut(after, `"`)
			known = known || found && closed && strings.Contains(value, fuzzing.Canary) &&
				!strings.Contains(strings.Replace(string(line), value, "", 1), fuzzing.Canary)
		}
		if !known {
			return true
		}
	}
	return false
}

// FuzzSetting: a key says the same by the environment and by a flag, and what it says is what is then configured, or
// told as wrong.
func FuzzSetting(f *testing.F) {
	for key, value := range map[string]string{
		"http.listen": "127.0.0.1:1", "providers.stellr.timeout": "3s", "providers.0.max_in_flight": "-1", "channels.22222222.name": "é",
		"channels.1.id": "2", "channels.7.id": "2", "providers.stellr.capabilities.retries": "yes", "timing": "1", "http..listen": "",
		"providers.stellr.receivers": "a, b", "http.tls": "x", "products.game250.fixed.amount": "1e3", ".": "", "a": "b", "providers": "",
		"channels.22222222.rate_limit.per_second": "NaN", "database.dsn": "sqlite:x", "providers.stellr.breaker.failure_ratio": "Inf",
	} {
		f.Add(key, value)
	}
	path, ok := written(f)
	if !ok {
		f.Fatal("no configuration")
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		if strings.ContainsAny(key+value, "=\x00") || strings.ToLower(key) != key || strings.Contains(key, "__") {
			return // no environment can say that
		}
		config, _, wrong := Load(Sources{File: path, Flags: []Setting{{key, value, "x"}}})
		variable := environmentPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "__"))
		if strings.ToLower(strings.ToUpper(key)) != key || !strings.HasPrefix(variable, environmentPrefix) {
			return
		}
		other, _, otherwise := Load(Sources{File: path, Environment: []string{variable + "=" + value, "PATH=/"}})
		if !reflect.DeepEqual(wrong, otherwise) {
			t.Errorf("%q by flag: %v; by the environment: %v", key, wrong, otherwise)
		}
		config.origins, other.origins = nil, nil
		if len(wrong) == 0 && !reflect.DeepEqual(config, other) {
			t.Errorf("%q=%q by flag and by the environment differ", key, value)
		}
		if len(wrong) == 0 && !says(config, value) {
			t.Errorf("%q=%q is taken, and stands nowhere", key, value)
		}
	})
}

// says tells that a value stands somewhere in a configuration, in whatever form.
func says(config Config, value string) bool {
	for _, e := range config.Entries() {
		number, _ := strconv.ParseFloat(value, 64)
		truth, err := strconv.ParseBool(value)
		if e.Value == value || e.Value == redacted || e.Value == fmt.Sprint(number) || err == nil && e.Value == fmt.Sprint(truth) ||
			strings.HasPrefix(e.Value, "[") || e.Value == shortOf(value) {
			return true
		}
	}
	return value == ""
}

func shortOf(value string) string {
	d, err := time.ParseDuration(value)
	if err != nil {
		return value
	}
	return shortDuration(d)
}

// written is production's configuration, with all the files that it names.
func written(f *testing.F) (path string, ok bool) {
	dir := f.TempDir()
	ring, err := keyring.New()
	if err == nil {
		err = writeKeyset(filepath.Join(dir, "keyset.json"), ring, false)
	}
	path = filepath.Join(dir, "switch.yaml")
	for name, text := range map[string]string{
		"index.key": strings.Repeat("ab", keySize) + "\n", "password": "hunter2\n",
		"anchor.key":  strings.Repeat("cd", keySize) + "\n",
		"switch.yaml": strings.ReplaceAll(production, "KEY", dir),
	} {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
		}
	}
	_, _, wrong := Load(Sources{File: path})
	return path, err == nil && len(wrong) == 0
}

// FuzzKeyFiles: a key is 32 bytes that stand in the file as digits, a keyset one that Tink reads; only the mark makes a
// test's of them, and no error repeats what stands there.
func FuzzKeyFiles(f *testing.F) {
	digits := strings.Repeat(fuzzing.Canary, 4)
	ring, err := keyring.New()
	if err != nil {
		f.Fatal(err)
	}
	keyset, err := ring.Text()
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{
		digits, "# for people\n" + digits + "\n", testKeyMark + "\n" + digits, digits + "00", digits[1:], "\n\n" + digits, string(keyset),
		testKeyMark + "\n" + string(keyset), "#" + string(keyset), "{" + digits + "}", digits + "\n" + digits, strings.Repeat("a", 70000),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		marked := bytes.Contains(text, []byte(testKeyMark))
		key, isTest, err := readKey(path)
		if err == nil && (len(key) != keySize || !bytes.Contains(bytes.ToLower(text), []byte(hex.EncodeToString(key)))) {
			t.Errorf("the key %x of %q", key, text)
		}
		read, isTestSet, failed := readKeyset(path)
		if failed == nil && read.Primary() == 0 {
			t.Error("a keyset without a key")
		}
		if (isTest || isTestSet) && !marked {
			t.Error("a test key without the mark")
		}
		if said := fmt.Sprint(err, failed); strings.Contains(said, fuzzing.Canary) {
			t.Errorf("the key shows in %s", said)
		}
	})
}

// FuzzSecretHash: the text of a hash is read as that hash, in one spelling but for the case of its digits; it lets in
// who knows the secret it was made of, and nobody else.
func FuzzSecretHash(f *testing.F) {
	pepper := []byte("pepper")
	for _, secret := range []string{"", "a", "correct horse", "\x00\xff"} {
		f.Add(hashed(secret, nil).String(), secret)
		f.Add(hashed(secret, pepper).String(), secret)
		f.Add(strings.ToUpper(hashed(secret, nil).String()), secret)
	}
	f.Add("sha256:", "")
	f.Add("sha512:"+strings.Repeat("0", 64), "")
	f.Add(plainScheme+strings.Repeat("0", 64), "")
	f.Fuzz(func(t *testing.T, text, secret string) {
		h, ok := parseSecretHash(text)
		if !ok {
			if h != (secretHash{}) {
				t.Errorf("%q is no hash, and is %v", text, h)
			}
			h = secretHash{}
		} else if again, _ := parseSecretHash(h.String()); again != h || !strings.EqualFold(h.String(), text) {
			t.Errorf("%q is read as %s", text, h)
		}
		known := newRegistry([]Channel{{ID: "1", SecretHash: text}}, pepper)
		_, _, admitted := known.authenticate(http.Caller{Username: "1", Password: secret, Address: netip.MustParseAddr("127.0.0.1")})
		made := hashed(secret, nil)
		if h.peppered {
			made = hashed(secret, pepper)
		}
		if right := ok && subtle.ConstantTimeCompare(made.digest[:], h.digest[:]) == 1; right != admitted {
			t.Errorf("%q and the secret %q: %v", text, secret, admitted)
		}
	})
}

// FuzzAddress: a database's address with its password from a file is the same address with that password, however the
// password is spelt; no error shows it.
func FuzzAddress(f *testing.F) {
	for _, dsn := range []string{"mysql://u@h:3306/n", "mysql://u:p@h/n?tls=true", "sqlite:./x", "mysql://[::1]/n", "%zz", "mysql://u@h/ä b"} {
		for _, password := range []string{"x", "p@ss:w/rd?#", "%41", "\xff", fuzzing.Canary, "a\nb"} {
			f.Add(dsn, password)
		}
	}
	f.Fuzz(func(t *testing.T, dsn, password string) {
		file := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var c Config
		c.Database = Database{DSN: dsn, PasswordFile: file}
		whole, err := c.dsn()
		if err != nil {
			if len(password) > 8 && strings.Contains(err.Error(), password) {
				t.Errorf("the password shows in %v", err)
			}
			return
		}
		before, err := url.Parse(dsn)
		if err != nil || before.Scheme != mysqlScheme || before.Hostname() == "" || before.User.Username() == "" {
			return // it is none that the check lets pass, or a file's, which has no password
		}
		after, err := url.Parse(whole)
		if err != nil {
			t.Fatalf("%q with a password is no address", dsn)
		}
		got, _ := after.User.Password()
		if got != strings.TrimRight(password, "\r\n") || after.Host != before.Host || after.User.Username() != before.User.Username() ||
			after.RawQuery != before.RawQuery {
			t.Errorf("%q with %q is %q", dsn, password, whole)
		}
	})
}

// FuzzNetwork: an address is allowed by a network only if the network's own bits are the address's.
func FuzzNetwork(f *testing.F) {
	for _, text := range []string{"10.1.0.0/16", "10.1.2.3", "::1", "2001:db8::/32", "10.1.2.3/8", "fe80::1%eth0", "0.0.0.0/0", "1.2.3.4/33", ""} {
		f.Add(text, "10.1.2.3")
		f.Add(text, "::1")
	}
	f.Fuzz(func(t *testing.T, text, from string) {
		prefix, err := parseNetwork(text)
		at, failed := netip.ParseAddr(from)
		if err != nil || failed != nil {
			return
		}
		lives := member{from: []netip.Prefix{prefix}}.lives(at)
		if want := prefix.Addr().BitLen() == at.BitLen() && at.Zone() == "" && sameBits(prefix, at); lives != want {
			t.Errorf("%s in %s: %v", at, prefix, lives)
		}
	})
}

func sameBits(prefix netip.Prefix, at netip.Addr) bool {
	network, address := prefix.Addr().AsSlice(), at.AsSlice()
	for bit := range prefix.Bits() {
		if (network[bit/8]^address[bit/8])>>(7-bit%8)&1 != 0 {
			return false
		}
	}
	return true
}

// FuzzLimit: of whatever an operator asks for, a list reads at least one row and at most what it says.
func FuzzLimit(f *testing.F) {
	for _, text := range []string{"1", "0", "-1", "1000000", "9223372036854775808", "0x10", "a", "1e3", " 1", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		limit := 0
		command := limiting((&shell{out: &bytes.Buffer{}}).command("list", "", "", nil), &limit)
		if command.ParseFlags([]string{"--limit=" + text}) != nil {
			return
		}
		if rows := within(limit); rows < 1 || rows > most || limit >= 1 && limit <= most && rows != limit {
			t.Errorf("%q reads %d rows", text, rows)
		}
	})
}
