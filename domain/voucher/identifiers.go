package voucher

import (
	"slices"
	"strings"
)

// TransactionID is the id of a provision request, chosen by the channel and unique across channels. It is a UUID, kept
// in lower case, so that two spellings of one UUID are one transaction.
type TransactionID string

// NewTransactionID takes a UUID in either case.
func NewTransactionID(uuid string) TransactionID { return TransactionID(strings.ToLower(uuid)) }

// AdviceID is the id of a reversal or confirmation, a UUID in lower case.
type AdviceID string

// NewAdviceID takes a UUID in either case.
func NewAdviceID(uuid string) AdviceID { return AdviceID(strings.ToLower(uuid)) }

// ChannelID is a channel's institution id: its user name, and the client.id of its messages.
type ChannelID string

// ProviderID names a provider in the configuration.
type ProviderID string

// ProductID is a product's id in the catalogue.
type ProductID string

// ThirdPartyIdentifier is one party's own reference to a transaction. Nobody changes another party's (wire contract).
type ThirdPartyIdentifier struct{ InstitutionID, TransactionIdentifier string }

// mergeIdentifiers appends to list, in order, the entries whose institution it does not name yet.
func mergeIdentifiers(list []ThirdPartyIdentifier, more ...ThirdPartyIdentifier) []ThirdPartyIdentifier {
	merged := append([]ThirdPartyIdentifier(nil), list...)
	for _, entry := range more {
		named := func(e ThirdPartyIdentifier) bool { return e.InstitutionID == entry.InstitutionID }
		if entry.InstitutionID != "" && !slices.ContainsFunc(merged, named) {
			merged = append(merged, entry)
		}
	}
	return merged
}

func identifierOf(list []ThirdPartyIdentifier, institution string) string {
	for _, entry := range list {
		if entry.InstitutionID == institution {
			return entry.TransactionIdentifier
		}
	}
	return ""
}

// Key finds a transaction: by ID, or by what is printed on a voucher. With a Channel, only among the channel's own; by
// what is printed, never otherwise.
type Key struct {
	Channel      ChannelID
	ID           TransactionID
	SerialNumber string
	Code         Secret
}

// ByID is the key of one transaction.
func ByID(id TransactionID) Key { return Key{ID: id} }
