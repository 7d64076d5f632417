package bootstrap

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"voucherswitch/adapters/http"
	"voucherswitch/adapters/telemetry"
	"voucherswitch/adapters/turnstile"
	"voucherswitch/domain/voucher"
)

func admits(r registry, caller http.Caller) bool {
	channel, _, admitted := r.authenticate(caller)
	return admitted && channel.ID == voucher.ChannelID(caller.Username)
}

func TestAChannelIsKnownByTheSecretItsHashWasMadeOf(t *testing.T) {
	pepper := bytes.Repeat([]byte{7}, keySize)
	for name, pepper := range map[string][]byte{"without pepper": nil, "with pepper": pepper} {
		oldSecret, oldHash := newChannelSecret(pepper)
		newSecret, newHash := newChannelSecret(pepper)
		alone, aloneHash := newChannelSecret(pepper)
		known := newRegistry([]Channel{
			{ID: "rotating", SecretHash: oldHash, SecretHashes: []string{newHash}, Messaging: messagingDual},
			{ID: "alone", SecretHash: aloneHash},
		}, pepper)
		for _, c := range []struct {
			name, user, password string
			admitted             bool
		}{
			{"its secret", "alone", alone, true},
			{"the old secret while rotating", "rotating", oldSecret, true},
			{"the new secret while rotating", "rotating", newSecret, true},
			{"another channel's secret", "alone", newSecret, false},
			{"no secret", "alone", "", false},
			{"the hash itself", "alone", aloneHash, false},
			{"an unknown channel", "nobody", alone, false},
			{"the development password", "nobody", devPassword, false},
			{"nobody at all", "", "", false},
		} {
			if got := admits(known, http.Caller{Username: c.user, Password: c.password}); got != c.admitted {
				t.Errorf("%s, %s: admitted %t", name, c.name, got)
			}
		}
		channel, _, _ := known.authenticate(http.Caller{Username: "rotating", Password: oldSecret})
		if channel.Messaging != voucher.DualMessaging {
			t.Error("a channel is not the one that the configuration describes")
		}
	}
}

// A secret that is almost right, and one whose hash begins or ends alike, are as wrong as any other.
func TestEveryByteOfASecretsHashCounts(t *testing.T) {
	for name, pepper := range map[string][]byte{"without pepper": nil, "with pepper": bytes.Repeat([]byte{7}, keySize)} {
		secret, _ := newChannelSecret(pepper)
		caller, right := http.Caller{Username: "a", Password: secret}, hashed(secret, pepper)
		if !admits(newRegistry([]Channel{{ID: "a", SecretHash: right.String()}}, pepper), caller) {
			t.Fatalf("%s: the right secret is refused", name)
		}
		for at := range right.digest {
			wrong := right
			wrong.digest[at] ^= 1
			if admits(newRegistry([]Channel{{ID: "a", SecretHash: wrong.String()}}, pepper), caller) {
				t.Errorf("%s: byte %d of the hash does not count", name, at)
			}
		}
		for _, almost := range []string{secret[:len(secret)-1], secret[1:], secret + "A", " " + secret} {
			caller.Password = almost
			if admits(newRegistry([]Channel{{ID: "a", SecretHash: right.String()}}, pepper), caller) {
				t.Errorf("%s: a part of the secret, or more than it, is enough", name)
			}
		}
	}
}

func TestASecretWithAPepperIsNothingWithoutIt(t *testing.T) {
	pepper := bytes.Repeat([]byte{7}, keySize)
	secret, hash := newChannelSecret(pepper)
	caller, channels := http.Caller{Username: "a", Password: secret}, []Channel{{ID: "a", SecretHash: hash}}
	for name, other := range map[string][]byte{"no": nil, "another": bytes.Repeat([]byte{8}, keySize)} {
		if admits(newRegistry(channels, other), caller) {
			t.Errorf("%s pepper admits", name)
		}
	}
	plain, plainHash := newChannelSecret(nil)
	old := newRegistry([]Channel{{ID: "a", SecretHash: plainHash, SecretHashes: []string{hash}}}, pepper)
	if !admits(old, http.Caller{Username: "a", Password: plain}) || !admits(old, caller) {
		t.Error("a secret from before the pepper cannot be changed for one of after")
	}
}

func TestDevelopmentKnowsEveryChannelByOnePassword(t *testing.T) {
	secret, hash := newChannelSecret(nil)
	known := newRegistry([]Channel{{ID: "own", SecretHash: hash}}, nil)
	known.stranger = devMember
	channel, _, admitted := known.authenticate(http.Caller{Username: "4711", Password: devPassword})
	if !admitted || channel.ID != "4711" || channel.Messaging != voucher.SingleMessaging ||
		channel.SettlementEntity != (voucher.Institution{ID: "33333333", Name: "TransactionsRUs"}) {
		t.Errorf("admitted %t: %+v", admitted, channel)
	}
	for name, caller := range map[string]http.Caller{
		"another password": {Username: "4711", Password: "Password"}, "no name": {Password: devPassword},
		"a configured channel by the one password": {Username: "own", Password: devPassword},
	} {
		if admits(known, caller) {
			t.Errorf("%s is admitted", name)
		}
	}
	if !admits(known, http.Caller{Username: "own", Password: secret}) {
		t.Error("a configured channel is not admitted by its own secret")
	}
}

func TestSecretsAreLongAndNeverTheSame(t *testing.T) {
	first, _ := newChannelSecret(nil)
	second, _ := newChannelSecret(nil)
	if first == second || len(first) < 43 {
		t.Errorf("secrets of %d characters, equal: %t", len(first), first == second)
	}
}

func TestWhatIsWrongIsCountedAndNotTold(t *testing.T) {
	secret, hash := newChannelSecret(nil)
	certificate := &x509.Certificate{Raw: []byte("x"), Subject: pkix.Name{CommonName: "till", Organization: []string{"Shop"}}}
	fingerprint := sha256.Sum256(certificate.Raw)
	known := newRegistry([]Channel{{
		ID: "a", SecretHash: hash, AllowedFrom: []string{"10.1.0.0/16", "2001:db8::1"},
		ClientCertificate: Certificate{Subject: "CN=till,O=Shop", SHA256: hex.EncodeToString(fingerprint[:])},
	}}, nil)
	inside, outside := netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("10.2.0.1")
	other := &x509.Certificate{Raw: []byte("y"), Subject: certificate.Subject}
	var told []string
	known.refused = func(reason string) { told = append(told, reason) }
	for _, c := range []struct {
		caller http.Caller
		reason string
	}{
		{http.Caller{Username: "a", Password: secret, Address: inside, Certificate: certificate}, ""},
		{http.Caller{Username: "a", Password: secret, Address: netip.MustParseAddr("2001:db8::1"), Certificate: certificate}, ""},
		{http.Caller{Username: "a", Password: "x", Address: inside, Certificate: certificate}, telemetry.WrongSecret},
		{http.Caller{Username: "b", Password: secret, Address: inside, Certificate: certificate}, telemetry.WrongSecret},
		{http.Caller{Username: "a", Password: secret, Address: outside, Certificate: certificate}, telemetry.WrongAddress},
		{http.Caller{Username: "a", Password: secret, Certificate: certificate}, telemetry.WrongAddress},
		{http.Caller{Username: "a", Password: secret, Address: inside}, telemetry.WrongCertificate},
		{http.Caller{Username: "a", Password: secret, Address: inside, Certificate: other}, telemetry.WrongCertificate},
	} {
		told = nil
		channel, wait, admitted := known.authenticate(c.caller)
		if admitted != (c.reason == "") || wait != 0 || !admitted && channel.ID != "" {
			t.Errorf("%+v: admitted %t as %q, waits %s", c.caller, admitted, channel.ID, wait)
		}
		if c.reason != "" && !slices.Equal(told, []string{c.reason}) {
			t.Errorf("%+v: counted as %q, want %s", c.caller, told, c.reason)
		}
	}
	known.judge = turnstile.NewGuesses(time.Now).Judge
	for range 100 {
		known.authenticate(http.Caller{Username: "a", Password: "x", Address: outside})
	}
	if told[len(told)-1] != telemetry.TooManyGuesses {
		t.Errorf("the hundredth guess is counted as %s", told[len(told)-1])
	}
}

// The bound is wide, for the machine is shared; a step that only a known name took would be far beyond it.
func TestAnUnknownChannelCostsWhatAWrongSecretDoes(t *testing.T) {
	secret, hash := newChannelSecret(nil)
	known := newRegistry([]Channel{{ID: "known", SecretHash: hash}}, bytes.Repeat([]byte{7}, keySize))
	const rounds, each = 400, 20
	costs := map[string][]time.Duration{}
	for range rounds {
		for _, name := range []string{"known", "other"} {
			began := time.Now()
			for range each {
				known.authenticate(http.Caller{Username: name, Password: secret[1:]})
			}
			costs[name] = append(costs[name], time.Since(began))
		}
	}
	for _, c := range costs {
		slices.Sort(c)
	}
	a, b := costs["known"][rounds/2], costs["other"][rounds/2]
	if ratio := float64(a) / float64(b); ratio < 0.7 || ratio > 1.4 {
		t.Errorf("%d wrong secrets cost %s, as many unknown names %s", each, a, b)
	}
}

func TestASecretIsMadeWithTheConfiguredPepper(t *testing.T) {
	pepper := write(t, filepath.Join(t.TempDir(), "pepper"), strings.Repeat("cd", keySize))
	config := file(t, strings.Replace(production, "keys: {", `keys: {pepper_file: "`+pepper+`", `, 1))
	code, out, notes := do("channel", "add", "--id", "4", "--name", "x", "--config", config, "--json")
	var made struct {
		Secret string
		Hash   string `json:"secret_hash"`
	}
	if err := json.Unmarshal([]byte(out), &made); err != nil || code != exitDone {
		t.Fatalf("%d %v: %s%s", code, err, out, notes)
	}
	loaded, warnings, wrong := Load(Sources{File: config})
	if len(wrong) > 0 || len(warnings) != 1 || !strings.Contains(warnings[0].Text, "without the pepper") {
		t.Errorf("errors %v, warnings %v", wrong, warnings)
	}
	key, err := loaded.Keys.pepper()
	if err != nil {
		t.Fatal(err)
	}
	caller := http.Caller{Username: "4", Password: made.Secret}
	if !admits(newRegistry([]Channel{{ID: "4", SecretHash: made.Hash}}, key), caller) {
		t.Error("the secret does not fit its hash under the configured pepper")
	}
	_ = os.Remove(pepper)
	if code, out, _ := do("channel", "add", "--id", "4", "--name", "x", "--config", config); code != exitUsage || out != "" {
		t.Errorf("without the pepper's file: %d %s", code, out)
	}
}
