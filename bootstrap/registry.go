package bootstrap

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"time"

	"voucherswitch/adapters/http"
	"voucherswitch/adapters/telemetry"
	"voucherswitch/adapters/turnstile"
	"voucherswitch/domain/voucher"
)

// mostSecrets of one channel are good at a time: the one in use, and the one that it is changed for.
const mostSecrets = 2

// secretHash is what is kept of a secret. The zero value is that of no secret.
type secretHash struct {
	peppered bool
	digest   [sha256.Size]byte
}

const (
	plainScheme    = "sha256:"
	pepperedScheme = "hmac-sha256:"
)

// hashed is a secret's hash, keyed with the pepper where there is one. A fast hash will do: nobody can guess 256 bits,
// and a slow one would limit the throughput.
func hashed(secret string, pepper []byte) secretHash {
	if len(pepper) == 0 {
		return secretHash{digest: sha256.Sum256([]byte(secret))}
	}
	mac := hmac.New(sha256.New, pepper)
	mac.Write([]byte(secret))
	return secretHash{peppered: true, digest: [sha256.Size]byte(mac.Sum(nil))}
}

// String is the text that the configuration keeps.
func (h secretHash) String() string {
	if h.peppered {
		return pepperedScheme + hex.EncodeToString(h.digest[:])
	}
	return plainScheme + hex.EncodeToString(h.digest[:])
}

func parseSecretHash(text string) (h secretHash, ok bool) {
	scheme, digits, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(digits)
	h.peppered = scheme+":" == pepperedScheme
	if err != nil || len(raw) != sha256.Size || !h.peppered && scheme+":" != plainScheme {
		return secretHash{}, false
	}
	h.digest = [sha256.Size]byte(raw)
	return h, true
}

func (c Channel) hashes() []string {
	hashes := slices.Clone(c.SecretHashes)
	if c.SecretHash != "" {
		hashes = append(hashes, c.SecretHash)
	}
	return hashes
}

// member is a channel, and what it proves itself by.
type member struct {
	channel     voucher.Channel
	secrets     [mostSecrets]secretHash
	from        []netip.Prefix // empty: from anywhere
	certificate Certificate
}

func (c Channel) member() member {
	m := member{channel: c.domain(), certificate: c.ClientCertificate}
	hashes := c.hashes()
	for i, hash := range hashes[:min(len(hashes), mostSecrets)] {
		m.secrets[i], _ = parseSecretHash(hash)
	}
	for _, text := range c.AllowedFrom {
		prefix, _ := parseNetwork(text)
		m.from = append(m.from, prefix)
	}
	return m
}

// parseNetwork reads a network such as 10.1.0.0/16, or one address.
func parseNetwork(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix.Masked(), err
}

func (m member) lives(at netip.Addr) bool {
	return len(m.from) == 0 || slices.ContainsFunc(m.from, func(p netip.Prefix) bool { return p.Contains(at) })
}

// has reports whether a certificate is the one that is asked for; any will do, or none, if none is.
func (c Certificate) has(given *x509.Certificate) bool {
	if c == (Certificate{}) {
		return true
	}
	if given == nil {
		return false
	}
	fingerprint := sha256.Sum256(given.Raw)
	return (c.SHA256 == "" || c.fingerprint() == hex.EncodeToString(fingerprint[:])) &&
		(c.Subject == "" || c.Subject == given.Subject.String())
}

// fingerprint is the configured one without the colons that tools print.
func (c Certificate) fingerprint() string {
	return strings.ToLower(strings.ReplaceAll(c.SHA256, ":", ""))
}

// registry knows the channels by what they prove.
type registry struct {
	members  map[string]member
	pepper   []byte
	stranger func(name string) member                      // who has no entry; nil: nobody, who has no secret
	judge    func(turnstile.Attempt) (bool, time.Duration) // nil: guesses are not counted
	refused  func(reason string)                           // told of every refusal; nil: nobody is
}

func newRegistry(channels []Channel, pepper []byte) registry {
	r := registry{members: map[string]member{}, pepper: pepper}
	for _, c := range channels {
		r.members[c.ID] = c.member()
	}
	return r
}

// authenticate gives the channel that a caller is. It takes the same steps for an unknown name as for a wrong secret,
// compares in constant time, and answers whatever is wrong alike. While a caller's guesses are used up, wait is above
// 0.
func (r registry) authenticate(caller http.Caller) (channel voucher.Channel, wait time.Duration, admitted bool) {
	m, known := r.members[caller.Username]
	if !known && r.stranger != nil {
		m = r.stranger(caller.Username)
	}
	right, lives := r.matches(m, caller.Password), m.lives(caller.Address)
	admitted = m.certificate.has(caller.Certificate) && lives && right
	if r.judge != nil {
		admitted, wait = r.judge(turnstile.Attempt{
			From: caller.Address, Name: caller.Username, Right: admitted, Expected: lives && len(m.from) > 0,
		})
	}
	if admitted {
		return m.channel, 0, true
	}
	if r.refused != nil {
		r.refused(refusal(wait > 0, right, lives))
	}
	return voucher.Channel{}, wait, false
}

// matches compares a secret with both hashes of a member, whether it has them or not.
func (r registry) matches(m member, secret string) bool {
	plain := hashed(secret, nil)
	peppered := hashed(secret, r.pepper)
	match := 0
	for _, kept := range m.secrets {
		given := plain
		if kept.peppered {
			given = peppered
		}
		match |= subtle.ConstantTimeCompare(kept.digest[:], given.digest[:])
	}
	return match == 1
}

func refusal(slowed, right, lives bool) string {
	switch {
	case slowed:
		return telemetry.TooManyGuesses
	case !right:
		return telemetry.WrongSecret
	case !lives:
		return telemetry.WrongAddress
	default:
		return telemetry.WrongCertificate
	}
}
