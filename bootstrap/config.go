package bootstrap

import (
	"log/slog"
	"time"

	"voucherswitch/domain/voucher"
)

// Config is the whole configuration: one field a key. The tag koanf names the key, the tag default its value where
// nobody gives one; a duration is written as "10s". File, environment and flags are read by Load.
type Config struct {
	HTTP      HTTP       `koanf:"http"`
	Admin     Admin      `koanf:"admin"`
	Database  Database   `koanf:"database"`
	Keys      Keys       `koanf:"keys"`
	Channels  []Channel  `koanf:"channels"`
	Providers []Provider `koanf:"providers"`
	Products  []Product  `koanf:"products"`
	Simulator Simulator  `koanf:"simulator"`
	Timing    Timing     `koanf:"timing"`
	Log       Log        `koanf:"log"`

	origins map[string]string
}

// HTTP is the channels' listener. What comes over its bounds on connections is closed unread; a source is an address,
// or a /64 of IPv6. Behind something that speaks for all channels there is one source.
type HTTP struct {
	Listen                  string `koanf:"listen" default:"127.0.0.1:8080"`
	TLS                     TLS    `koanf:"tls"`
	MaxConnections          int    `koanf:"max_connections" default:"8192"`
	MaxConnectionsPerSource int    `koanf:"max_connections_per_source" default:"4096"`
}

// TLS names PEM files. Without a certificate the listener speaks plain HTTP. Certificates that channels present are
// held against those of the client CA file, and refused where it is not named.
type TLS struct {
	CertFile     string `koanf:"cert_file"`
	KeyFile      string `koanf:"key_file"`
	ClientCAFile string `koanf:"client_ca_file"`
}

// ClientTLS names PEM files, and the name that a provider's certificate must be for. Its authorities are the system's
// unless the CA file names others; a certificate of ours is shown where it is asked for.
type ClientTLS struct {
	CAFile     string `koanf:"ca_file"`
	CertFile   string `koanf:"cert_file"`
	KeyFile    string `koanf:"key_file"`
	ServerName string `koanf:"server_name"` // the host of the url if empty
}

// Admin is the operators' listener, for /healthz, /readyz and /metrics. It asks for no password.
type Admin struct {
	Listen string `koanf:"listen" default:"127.0.0.1:8081"`
}

// Database says where the journal is.
type Database struct {
	DSN          string `koanf:"dsn" default:"sqlite:./data/voucherswitch.db"`
	PasswordFile string `koanf:"password_file"` // of a server's user, where its address has no password
	Migrate      bool   `koanf:"migrate"`       // bring an older schema up to date at the start
	// DecisionsPerCommit is how many decisions share a commit at most. Only measurements set it: 1 is slower under load.
	DecisionsPerCommit int `koanf:"decisions_per_commit" default:"64"`
}

// Keys names key files, all made by `voucherswitch keys init`. The keyset seals vouchers and messages; the index key
// makes the marks by which a voucher's code and serial number are found again, and the links between moves; the anchor
// key signs the hours of the history.
type Keys struct {
	KeysetFile    string `koanf:"keyset_file"`
	IndexKeyFile  string `koanf:"index_key_file"`
	AnchorKeyFile string `koanf:"anchor_key_file"`
	PepperFile    string `koanf:"pepper_file"`
}

// Log says how much is told: debug (each request that succeeds, too), info, warn or error.
type Log struct {
	Level string `koanf:"level" default:"info"`
}

func (l Log) level() (level slog.Level, err error) {
	return level, level.UnmarshalText([]byte(l.Level))
}

// Institution is a party to a transaction: its id, and a name of at most 40 characters (wire contract, section 3).
type Institution struct {
	ID   string `koanf:"id"`
	Name string `koanf:"name"`
}

// Channel is an originating system; ID is its HTTP Basic user name and the client.id of its messages.
type Channel struct {
	ID               string      `koanf:"id"`
	Name             string      `koanf:"name"`
	Messaging        string      `koanf:"messaging" default:"single"` // or dual
	SecretHash       string      `koanf:"secret_hash" secret:"true"`
	SecretHashes     []string    `koanf:"secret_hashes" secret:"true"` // while a secret is being changed
	SettlementEntity Institution `koanf:"settlement_entity"`
	DefaultProvider  string      `koanf:"default_provider"`
	RateLimit        *RateLimit  `koanf:"rate_limit"`
	// AllowedFrom are networks, such as 10.1.0.0/16, or addresses; without any, the channel may call from anywhere.
	AllowedFrom       []string    `koanf:"allowed_from"`
	ClientCertificate Certificate `koanf:"client_certificate"`
	// DailyLimits are one at most for a product and currency; where none fits, any amount may be sold.
	DailyLimits []DailyLimit `koanf:"daily_limits"`
}

// DailyLimit is the most that a channel may sell in a day of UTC, over all replicas, in whole minor units (cents): of a
// product, or, without one, of everything in that currency.
type DailyLimit struct {
	Product  string `koanf:"product"`
	Amount   int    `koanf:"amount"`
	Currency string `koanf:"currency"` // an ISO 4217 number, such as "710"
}

// Certificate names the one that a channel must have beside its secret, signed by http.tls.client_ca_file: by the
// SHA-256 fingerprint in hexadecimal, by the subject in the form of RFC 2253, or by both. Without either none is asked.
type Certificate struct {
	SHA256  string `koanf:"sha256"`
	Subject string `koanf:"subject"`
}

// RateLimit is how many requests a channel may send to one replica: PerSecond in the long run, and Burst at once. A
// channel without one may send any number.
type RateLimit struct {
	PerSecond float64 `koanf:"per_second"`
	Burst     int     `koanf:"burst"`
}

// Provider is a voucher vendor. Adapter is the wire it speaks (docs/providers.md), or simulator for the one in this
// process.
type Provider struct {
	ID                string            `koanf:"id"`
	Adapter           string            `koanf:"adapter" default:"suv"`
	Wire              string            `koanf:"wire" default:"suv"` // that the simulator speaks
	URL               string            `koanf:"url"`
	Username          string            `koanf:"username"`
	Password          voucher.Secret    `koanf:"password"`
	PasswordFile      string            `koanf:"password_file"`
	Receivers         []Institution     `koanf:"receivers"`   // a plain id will do: its name is then the provider's id
	ProductIDs        map[string]string `koanf:"product_ids"` // the vendor's, by ours
	Capabilities      Capabilities      `koanf:"capabilities"`
	AllowInsecure     bool              `koanf:"allow_insecure"`   // http, and any address
	AllowedNetworks   []string          `koanf:"allowed_networks"` // that the vendor may be in, beside public ones
	TLS               ClientTLS         `koanf:"tls"`
	Timeout           time.Duration     `koanf:"timeout" default:"10s"`
	LongestProcessing time.Duration     `koanf:"longest_processing"`         // 0: twice the time-out (settle rule)
	MaxInFlight       int               `koanf:"max_in_flight" default:"64"` // provisions
	MaxAdvices        int               `koanf:"max_advices" default:"16"`   // reversals and confirmations in flight
	Breaker           Breaker           `koanf:"breaker"`
	Products          Listed            `koanf:"products"`
}

// Listed says what becomes of a provider's own list of products. The keys under products go before it.
type Listed struct {
	FetchEvery time.Duration `koanf:"fetch_every"` // 0: it is not asked for, and what was kept of it is not on sale
}

// Capabilities are what a provider can do (voucher.Capabilities says what each means).
type Capabilities struct {
	Retries            bool `koanf:"retries"`
	Reversals          bool `koanf:"reversals"`
	Confirmations      bool `koanf:"confirmations"`
	RemembersReversals bool `koanf:"remembers_reversals"`
	ClientCodes        bool `koanf:"client_codes"`
}

// Breaker opens when, of at least Minimum calls within Window, the share FailureRatio failed.
type Breaker struct {
	Window       time.Duration `koanf:"window" default:"30s"`
	FailureRatio float64       `koanf:"failure_ratio" default:"0.5"`
	Minimum      int           `koanf:"minimum" default:"20"`
	OpenFor      time.Duration `koanf:"open_for" default:"10s"`
}

// Product is what channels can sell: at a fixed price, between min and max, or, with none of them, at any amount.
type Product struct {
	ID          string       `koanf:"id"`
	Name        string       `koanf:"name"`
	Description string       `koanf:"description"`
	Barcode     string       `koanf:"barcode"`
	Provider    string       `koanf:"provider"`
	Providers   []string     `koanf:"providers"` // instead of provider: several, in the order of preference
	Receiver    *Institution `koanf:"receiver"`  // the first provider's first one if absent
	Fixed       *Amount      `koanf:"fixed"`
	Min         *Amount      `koanf:"min"`
	Max         *Amount      `koanf:"max"`
	Listings    []Listing    `koanf:"listings"`
}

// Amount is in whole minor units (cents) of an ISO 4217 number, such as "710" for the rand.
type Amount struct {
	Amount   int    `koanf:"amount"`
	Currency string `koanf:"currency"`
}

// Listing is how one sales channel shows a product. A product with listings is shown under their names only.
type Listing struct {
	ChannelName       string  `koanf:"channel_name"`
	DisplayName       string  `koanf:"display_name"`
	DisplayCategory   string  `koanf:"display_category"`
	SortOrder         float64 `koanf:"sort_order"`
	ProductIdentifier string  `koanf:"product_identifier"`
}

// Simulator is the provider simulator in this process; without an address there is none.
type Simulator struct {
	Listen string `koanf:"listen"`
	Ledger string `koanf:"ledger" default:"./data/simulator-ledger.jsonl"`
}

// Timing holds the switch's durations; send guard, lease margin and sweep are the numbers of the lifecycle's settle
// rule.
type Timing struct {
	ChannelDeadline time.Duration `koanf:"channel_deadline" default:"30s"` // a request is answered within it
	ReversalWindow  time.Duration `koanf:"reversal_window" default:"15m"`  // before the switch confirms on behalf
	ReversalWait    time.Duration `koanf:"reversal_wait" default:"2s"`     // a reversal waits for its provider
	AdviceAlarmAge  time.Duration `koanf:"advice_alarm_age" default:"15m"` // an advice owed so long is an error line
	// CertificateAlarm is how long before its end a certificate of ours is a line in the log, once a day.
	CertificateAlarm time.Duration `koanf:"certificate_alarm" default:"720h"`
	SendGuard        time.Duration `koanf:"send_guard" default:"1s"`
	LeaseMargin      time.Duration `koanf:"lease_margin" default:"10s"`
	Sweep            time.Duration `koanf:"sweep" default:"5s"`
	ShutdownGrace    time.Duration `koanf:"shutdown_grace" default:"40s"` // a graceful stop is given up after it
}
