package voucher

import "strings"

// DeclineType is one of the wire contract's error types.
type DeclineType string

// The types the switch itself gives when a provider gave none.
const (
	DoNotHonour         DeclineType = "DO_NOT_HONOUR"
	UpstreamUnavailable DeclineType = "UPSTREAM_UNAVAILABLE"
	GeneralError        DeclineType = "GENERAL_ERROR"
)

// Decline is a provider's no, in its own words. It is a value, not an error.
type Decline struct {
	Type            DeclineType // mapped to the wire contract's; empty if the provider gave none
	Message         string      // for people
	ProviderCode    string      // the provider's own code
	ProviderMessage string      // the provider's own words
}

// tellsOfReplay reports that the provider has seen the same request before.
func (d Decline) tellsOfReplay() bool {
	for _, code := range []string{string(d.Type), d.ProviderCode} {
		if strings.EqualFold(code, "DUPLICATE_RECORD") || strings.EqualFold(code, "VOUCHER_ALREADY_PROVISIONED") {
			return true
		}
	}
	return false
}
