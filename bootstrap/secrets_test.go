package bootstrap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"voucherswitch/domain/voucher"
)

func TestAChannelIsKnownByTheSecretItsHashWasMadeOf(t *testing.T) {
	oldSecret, oldHash := newChannelSecret()
	newSecret, newHash := newChannelSecret()
	alone, aloneHash := newChannelSecret()
	known := newRegistry([]Channel{
		{ID: "rotating", SecretHash: oldHash, SecretHashes: []string{newHash}, Messaging: messagingDual},
		{ID: "alone", SecretHash: aloneHash},
	})
	cases := []struct {
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
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			channel, admitted := known.authenticate(c.user, c.password)
			if admitted != c.admitted || admitted && channel.ID != voucher.ChannelID(c.user) {
				t.Errorf("admitted %t as %q", admitted, channel.ID)
			}
		})
	}
	if channel, _ := known.authenticate("rotating", oldSecret); channel.Messaging != voucher.DualMessaging {
		t.Error("a channel is not the one that the configuration describes")
	}
}

func TestDevelopmentKnowsEveryChannelByOnePassword(t *testing.T) {
	secret, hash := newChannelSecret()
	known := newRegistry([]Channel{{ID: "own", SecretHash: hash}})
	known.stranger = devChannel
	channel, admitted := known.authenticate("4711", devPassword)
	if !admitted || channel.ID != "4711" || channel.Messaging != voucher.SingleMessaging ||
		channel.SettlementEntity != (voucher.Institution{ID: "33333333", Name: "TransactionsRUs"}) {
		t.Errorf("admitted %t: %+v", admitted, channel)
	}
	for name, credentials := range map[string][2]string{
		"another password": {"4711", "Password"}, "no name": {"", devPassword},
		"a configured channel by the one password": {"own", devPassword},
	} {
		if _, admitted := known.authenticate(credentials[0], credentials[1]); admitted {
			t.Errorf("%s is admitted", name)
		}
	}
	if _, admitted := known.authenticate("own", secret); !admitted {
		t.Error("a configured channel is not admitted by its own secret")
	}
}

func TestSecretsAreLongAndNeverTheSame(t *testing.T) {
	first, _ := newChannelSecret()
	second, _ := newChannelSecret()
	if first == second || len(first) < 43 {
		t.Errorf("secrets of %d characters, equal: %t", len(first), first == second)
	}
}

func TestATestKeyIsMadeOnceForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "index.key")
	if err := makeTestKey(path); err != nil {
		t.Fatal(err)
	}
	first, isTest, err := readKey(path)
	if err != nil || !isTest || len(first) != keySize {
		t.Fatalf("%d bytes, test key %t, %v", len(first), isTest, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := makeTestKey(path); err != nil {
		t.Fatal(err)
	}
	if again, _, _ := readKey(path); string(again) != string(first) {
		t.Error("the key of the data has changed")
	}
}

func TestOldDataGetsNoNewKey(t *testing.T) {
	config, _, _ := Load(Sources{World: devWorld, Folder: t.TempDir()})
	write(t, config.databasePath(), "")
	p := program{config: config}
	if err := p.makeTestKeys(); err == nil || !strings.Contains(err.Error(), config.Keys.IndexKeyFile) {
		t.Errorf("%v", err)
	}
}

func TestAProviderPasswordFileMayEndInALine(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "password"), " hunter2 \n")
	password, err := Provider{PasswordFile: path}.password()
	if err != nil || password.Reveal() != " hunter2 " {
		t.Errorf("read otherwise: %v", err)
	}
}
