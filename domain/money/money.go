// Package money counts in whole minor units of an ISO 4217 currency. There are no fractions, and no conversion but the
// exact one to and from decimal digits.
package money

import (
	"fmt"
	"strconv"
)

// Currency is a three-digit ISO 4217 number, such as "710" for the South African rand. Empty means none.
type Currency string

// ParseCurrency takes exactly three digits, as the wire contract does. It does not ask whether the number is assigned.
func ParseCurrency(text string) (Currency, error) {
	if len(text) != 3 {
		return "", fmt.Errorf("a currency is three digits, not %q", text)
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return "", fmt.Errorf("a currency is three digits, not %q", text)
		}
	}
	return Currency(text), nil
}

// Code is the currency's three letters, and false for a number that ISO 4217 does not assign.
func (c Currency) Code() (string, bool) {
	code, ok := codes[c]
	return code, ok
}

// Amount is a number of minor units (cents) of a currency. The zero Amount is absent, which differs from zero rand.
type Amount struct {
	Minor    int64
	Currency Currency
}

// New makes an amount.
func New(minor int64, currency Currency) Amount { return Amount{Minor: minor, Currency: currency} }

// IsZero reports that no amount is given at all.
func (a Amount) IsZero() bool { return a.Currency == "" }

// Within reports whether a lies between the limits, both included. An absent limit does not limit; another currency
// never lies within.
func (a Amount) Within(least, most Amount) bool {
	if !least.IsZero() && (least.Currency != a.Currency || a.Minor < least.Minor) {
		return false
	}
	return most.IsZero() || (most.Currency == a.Currency && a.Minor <= most.Minor)
}

// String is for people: minor units and the currency's letters.
func (a Amount) String() string {
	if a.IsZero() {
		return "no amount"
	}
	unit := string(a.Currency)
	if code, ok := a.Currency.Code(); ok {
		unit = code
	}
	return strconv.FormatInt(a.Minor, 10) + " " + unit
}
