package bootstrap

import (
	_ "embed" // the development world
	"path/filepath"

	"voucherswitch/domain/voucher"
)

//go:embed dev.yaml
var devWorld []byte

const (
	simulatorUser     = "voucherswitch"
	simulatorPassword = "simulator"
)

const devOrigin = "development world"

// devSettings put everything that is kept into one folder.
func devSettings(folder, origin string) []Setting {
	in := func(parts ...string) string { return filepath.Join(append([]string{folder}, parts...)...) }
	return []Setting{
		{"database.dsn", "sqlite:" + in("voucherswitch.db"), origin},
		{"keys.index_key_file", in("keys", "index.key"), origin},
		{"keys.anchor_key_file", in("keys", "anchor.key"), origin},
		{"keys.keyset_file", in("keys", "keyset.json"), origin},
		{"simulator.ledger", in("simulator-ledger.jsonl"), origin},
	}
}

// devMember is whoever knows the one password (operation.md, Development mode's world).
func devMember(id string) member {
	if id == "" {
		return member{}
	}
	return member{secrets: [mostSecrets]secretHash{hashed(devPassword, nil)}, channel: voucher.Channel{
		ID: voucher.ChannelID(id), Name: id, Messaging: voucher.SingleMessaging,
		SettlementEntity: voucher.Institution{ID: "33333333", Name: "TransactionsRUs"},
	}}
}

// onlyLoopback keeps dev's one password, and the simulator that needs none worth the name, on this machine.
func onlyLoopback(c Config, dev bool) error {
	var open Problems
	for key, address := range map[string]string{
		"http.listen": c.HTTP.Listen, "admin.listen": c.Admin.Listen, "simulator.listen": c.Simulator.Listen,
	} {
		if dev && address != "" && !isLoopback(address) {
			open.add(key, "dev has one password for everybody and listens on loopback only: use 127.0.0.1, or serve")
		}
	}
	if len(open) == 0 {
		return nil
	}
	return open
}
