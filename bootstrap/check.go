package bootstrap

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"voucherswitch/domain/money"
	"voucherswitch/domain/voucher"
)

const (
	shortestSafeWindow = 5 * time.Minute // lifecycle: the configuration warns below it
	longestName        = 40              // an institution's name, wire contract section 3
	messagingSingle    = "single"
	messagingDual      = "dual"
)

var (
	// A provider's id stands in the simulator's addresses and in every log line.
	providerID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
	productID  = regexp.MustCompile(`^[0-9A-Za-z]{1,40}$`) // wire contract, Product
)

// complete fills in what follows from other keys.
func (c *Config) complete() {
	for i := range c.Providers {
		p := &c.Providers[i]
		if p.LongestProcessing == 0 {
			p.LongestProcessing = 2 * p.Timeout
		}
		for j := range p.Receivers {
			if p.Receivers[j].Name == "" {
				p.Receivers[j].Name = p.ID
			}
		}
	}
}

// checker holds a decoded configuration against the rules that no single key shows.
type checker struct {
	Config
	dev              bool            // channels and keys come by themselves there
	files            map[string]bool // looked at already
	errors, warnings Problems
}

func (c *checker) all() {
	if _, err := c.Log.level(); err != nil {
		c.errors.add("log.level", "must be debug, info, warn or error")
	}
	c.addresses()
	c.storage()
	c.timing()
	for i := range c.Channels {
		c.channel(i)
	}
	for i := range c.Providers {
		c.provider(i)
	}
	for i := range c.Products {
		c.product(i)
	}
	c.unique()
	if !c.dev && (len(c.Channels) == 0 || len(c.Providers) == 0) {
		c.warnings.add("", "without channels and providers nothing is sold; see `voucherswitch channel add --help`")
	}
}

func (c *checker) addresses() {
	c.address("http.listen", c.HTTP.Listen)
	c.address("admin.listen", c.Admin.Listen)
	if c.Simulator.Listen != "" {
		c.address("simulator.listen", c.Simulator.Listen)
	}
	tls := c.HTTP.TLS
	c.certificates("http.tls", "client_ca_file", tls.files())
	if tls.ClientCAFile != "" && tls.CertFile == "" {
		c.errors.add("http.tls.client_ca_file", "needs cert_file and key_file: without TLS nobody presents a certificate")
	}
	if most, ofOne := c.HTTP.MaxConnections, c.HTTP.MaxConnectionsPerSource; ofOne < 1 || ofOne > most {
		c.errors.add("http.max_connections_per_source", "must be 1 or more, and not above http.max_connections (%d)", most)
	}
	if tls.CertFile == "" && !isLoopback(c.HTTP.Listen) {
		c.warnings.add("http.listen",
			"passwords cross the network in clear unless something in front speaks TLS; see http.tls")
	}
	if !isLoopback(c.Admin.Listen) {
		c.warnings.add("admin.listen", "is reachable from other machines and asks for no password")
	}
}

func (c *checker) address(key, address string) {
	_, port, err := net.SplitHostPort(address)
	if number, wrong := strconv.Atoi(port); err != nil || wrong != nil || number < 0 || number > 65535 {
		c.errors.add(key, "must be host:port, such as 127.0.0.1:8080")
	}
}

// isLoopback reports that only this machine can reach an address.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

func (c *checker) storage() {
	switch scheme, path, _ := strings.Cut(c.Database.DSN, ":"); {
	case scheme == mysqlScheme:
		c.server()
	case scheme != sqliteScheme || path == "":
		c.errors.add("database.dsn", "must be sqlite:PATH or mysql://USER@HOST:PORT/NAME")
	case c.Database.PasswordFile != "":
		c.errors.add("database.password_file", "a SQLite file has no password; leave the key out")
	}
	if n := c.Database.DecisionsPerCommit; n < 1 || n > 1024 {
		c.errors.add("database.decisions_per_commit", "must be 1 to 1024")
	}
	c.keys()
	c.pepper()
}

// server checks the address of a database server. No message repeats it, for it may hold the password.
func (c *checker) server() {
	u, err := url.Parse(c.Database.DSN)
	if err != nil || u.Hostname() == "" || u.User.Username() == "" || len(u.Path) < 2 {
		c.errors.add("database.dsn", "must be mysql://USER:PASSWORD@HOST:PORT/NAME, with special characters as in an URL")
		return
	}
	_, inAddress := u.User.Password()
	if inAddress && c.Database.PasswordFile != "" {
		c.errors.add("database.password_file", "the password stands in database.dsn already; keep one of them")
	}
	c.secretFile("database.password_file", c.Database.PasswordFile)
	if !isLoopback(u.Hostname()) && u.Query().Get("tls") == "" {
		c.warnings.add("database.dsn", "vouchers cross the network to the database in clear; add ?tls=true")
	}
}

func (c *checker) timing() {
	t := c.Timing
	for key, d := range map[string]time.Duration{
		"channel_deadline": t.ChannelDeadline, "reversal_window": t.ReversalWindow, "send_guard": t.SendGuard,
		"lease_margin": t.LeaseMargin, "sweep": t.Sweep, "shutdown_grace": t.ShutdownGrace,
		"advice_alarm_age": t.AdviceAlarmAge, "certificate_alarm": t.CertificateAlarm,
	} {
		if d == 0 {
			c.errors.add("timing."+key, "must be longer than 0s")
		}
	}
	if t.ShutdownGrace <= t.ChannelDeadline {
		c.errors.add("timing.shutdown_grace", "must be longer than timing.channel_deadline (%s), or a stop cuts "+
			"requests off", t.ChannelDeadline)
	}
	if t.ReversalWait >= t.ChannelDeadline {
		c.errors.add("timing.reversal_wait", "must be shorter than timing.channel_deadline (%s)", t.ChannelDeadline)
	}
	if t.ReversalWindow < shortestSafeWindow {
		c.warnings.add("timing.reversal_window", "%s is short: it must be longer than a channel's longest outage, "+
			"or sales are confirmed that the channel still wants to reverse", t.ReversalWindow)
	}
}

func (c *checker) provider(i int) {
	p, key := c.Providers[i], "providers."+strconv.Itoa(i)
	if !providerID.MatchString(p.ID) {
		c.errors.add(key+".id", "must be 1 to 40 letters, digits, dashes or underscores")
	}
	for j, r := range p.Receivers {
		c.institution(key+".receivers."+strconv.Itoa(j), r)
	}
	if p.Timeout == 0 {
		c.errors.add(key+".timeout", "must be longer than 0s")
	}
	if c.Timing.ChannelDeadline <= c.Timing.SendGuard+p.Timeout {
		c.errors.add(key+".timeout", "with timing.send_guard (%s) it must be shorter than timing.channel_deadline (%s)",
			c.Timing.SendGuard, c.Timing.ChannelDeadline)
	}
	if p.MaxInFlight == 0 {
		c.errors.add(key+".max_in_flight", "must be 1 or more")
	}
	if p.MaxAdvices == 0 {
		c.errors.add(key+".max_advices", "must be 1 or more")
	}
	if every := p.Products.FetchEvery; every != 0 && every < time.Second {
		c.errors.add(key+".products.fetch_every", "must be 1s or longer, or 0s for no list")
	}
	b := p.Breaker
	if b.Window == 0 || b.OpenFor == 0 || b.Minimum == 0 || b.FailureRatio <= 0 || b.FailureRatio > 1 {
		c.errors.add(key+".breaker", "needs window and open_for longer than 0s, minimum of 1 or more, and failure_ratio "+
			"above 0 and up to 1")
	}
	c.adapter(key, p)
}

// adapter checks what the provider speaks, and where.
func (c *checker) adapter(key string, p Provider) {
	wire, known := adapters[p.wire()]
	switch {
	case p.Adapter != adapterSimulator && !known:
		c.errors.add(key+".adapter", "must be %s or %s", wireNames(), adapterSimulator)
		return
	case p.Adapter != adapterSimulator:
		c.remote(key, p)
	case wire.simulated == "":
		c.errors.add(key+".wire", "must be one that the simulator speaks: %s", simulatedNames())
		return
	case c.Simulator.Listen == "":
		c.errors.add(key+".adapter", "needs the simulator: set simulator.listen")
	case p.URL != "":
		c.errors.add(key+".url", "the simulator's address follows from simulator.listen; leave the key out")
	}
	if !wire.ownIDs && len(p.ProductIDs) > 0 {
		c.errors.add(key+".product_ids", "the adapter %s asks for products by our ids; leave the key out", p.wire())
	}
	for _, product := range c.Products {
		if wire.ownIDs && slices.Contains(product.issuers(), p.ID) && p.ProductIDs[product.ID] == "" {
			c.errors.add(key+".product_ids", "has no id of the vendor's for product %s", product.ID)
		}
	}
}

// remote checks how a provider beyond this process is reached.
func (c *checker) remote(key string, p Provider) {
	u, err := url.Parse(p.URL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http":
		c.errors.add(key+".url", "must be https://HOST/PATH, without a password or a question mark")
	case p.AllowInsecure:
		c.warnings.add(key+".allow_insecure", "vouchers of %s may cross the network in clear", p.ID)
	case u.Scheme == "http":
		c.errors.add(key+".url", "must be https; for a test, set %s.allow_insecure", key)
	case p.isForbidden(u.Hostname()):
		c.errors.add(key+".url", "is no public address; if that is meant, name its network in %s.allowed_networks, or "+
			"for a test set %[1]s.allow_insecure", key)
	}
	c.networks(key+".allowed_networks", p)
	c.certificates(key+".tls", "ca_file", p.TLS.files())
	if p.Username == "" || len([]rune(p.Username)) > longestName {
		c.errors.add(key+".username", "must be our name at the provider, of 1 to %d characters", longestName)
	}
	if p.Password.IsZero() == (p.PasswordFile == "") {
		c.errors.add(key+".password_file", "needs a file that holds our password at the provider, or %s.password in "+
			"the environment, not both", key)
	}
	c.secretFile(key+".password_file", p.PasswordFile)
}

func (c *checker) institution(key string, i Institution) {
	if i.ID == "" || i.Name == "" || len([]rune(i.Name)) > longestName {
		c.errors.add(key, "needs an id, and a name of 1 to %d characters", longestName)
	}
}

func (c *checker) file(key, path string) os.FileInfo {
	if path == "" || c.files[path] {
		return nil
	}
	c.files[path] = true
	info, err := os.Stat(path)
	if err != nil {
		c.errors.add(key, "%v", err)
	} else if info.IsDir() {
		c.errors.add(key, "%s is a folder", path)
	}
	return info
}

func (c *checker) secretFile(key, path string) {
	if info := c.file(key, path); info != nil && info.Mode().Perm()&0o077 != 0 {
		c.warnings.add(key, "%s can be read by others: chmod 600 %s", path, path)
	}
}

func (a *Amount) money() voucher.LedgerAmount {
	if a == nil {
		return voucher.LedgerAmount{}
	}
	return voucher.LedgerAmount{Amount: money.New(int64(a.Amount), money.Currency(a.Currency))}
}
