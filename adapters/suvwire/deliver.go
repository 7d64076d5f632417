package suvwire

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"voucherswitch/domain/voucher"
)

const ( // characters (wire contract, section 3)
	longestCode = 40 // and serial number
	longestPIN  = 20
)

// IsDeliverable tells that channels may be sent a voucher, and the vendor's reference with it, from a wire that is not
// this one: short texts of one line, and a date or time where it expires.
func IsDeliverable(v voucher.Voucher, reference string) bool {
	_, noDate := time.Parse(time.DateOnly, v.ExpiryDate)
	_, noTime := time.Parse(time.RFC3339, v.ExpiryDate)
	return isLine(v.Code.Reveal(), longestCode) && isLine(v.PIN.Value.Reveal(), longestPIN) &&
		isLine(v.SerialNumber, longestCode) && isLine(reference, longestCode) &&
		(v.ExpiryDate == "" || noDate == nil || noTime == nil)
}

func isLine(text string, longest int) bool {
	return utf8.RuneCountInString(text) <= longest && !strings.ContainsFunc(text, unicode.IsControl)
}
