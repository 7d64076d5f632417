package exchange

import "voucherswitch/domain/voucher"

// Account is how the switch reaches a vendor's server and presents itself there. A client takes of it what its wire
// needs.
type Account struct {
	Options
	Username    string                       // our name at the vendor
	Password    voucher.Secret               // what proves it: a password, a key, a client secret
	Institution string                       // the vendor's id as a party to transactions
	ProductIDs  map[voucher.ProductID]string // the vendor's own, by ours; empty where it takes ours
}

// Reference is the vendor's own reference to a transaction.
func (a Account) Reference(reference string) voucher.ThirdPartyIdentifier {
	return voucher.ThirdPartyIdentifier{InstitutionID: a.Institution, TransactionIdentifier: reference}
}
