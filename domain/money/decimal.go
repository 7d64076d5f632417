package money

import (
	"fmt"
	"strconv"
	"strings"
)

const usualDigits = 2

// The currencies whose minor unit is not a hundredth, by the number of its decimal digits: ISO 4217, list one, as its
// maintenance agency SIX publishes it. Most currencies have two digits. Those that the list marks "N.A." (metals,
// funds of account, test codes) have no minor unit, and so no amounts here.
var (
	digitsOf = map[Currency]int{
		"108": 0, // BIF
		"152": 0, // CLP
		"262": 0, // DJF
		"324": 0, // GNF
		"352": 0, // ISK
		"392": 0, // JPY
		"174": 0, // KMF
		"410": 0, // KRW
		"600": 0, // PYG
		"646": 0, // RWF
		"800": 0, // UGX
		"940": 0, // UYI
		"704": 0, // VND
		"548": 0, // VUV
		"950": 0, // XAF
		"952": 0, // XOF
		"953": 0, // XPF
		"048": 3, // BHD
		"368": 3, // IQD
		"400": 3, // JOD
		"414": 3, // KWD
		"434": 3, // LYD
		"512": 3, // OMR
		"788": 3, // TND
		"990": 4, // CLF
		"927": 4, // UYW
	}
	withoutMinor = map[Currency]bool{
		"955": true, "956": true, "957": true, "958": true, // XBA, XBB, XBC, XBD
		"959": true, "961": true, "962": true, "964": true, // XAU, XAG, XPT, XPD
		"960": true, "965": true, "994": true, // XDR, XUA, XSU
		"963": true, "999": true, // XTS, XXX
	}
	numbers = numbersByCode()
)

func numbersByCode() map[string]Currency {
	numbers := make(map[string]Currency, len(codes))
	for number, code := range codes {
		numbers[code] = number
	}
	return numbers
}

// CurrencyOf is the currency of three letters, and false for letters that ISO 4217 does not assign.
func CurrencyOf(code string) (Currency, bool) {
	c, ok := numbers[code]
	return c, ok
}

// Digits is how many decimal digits the currency's minor unit has, and false for a currency without one.
func (c Currency) Digits() (int, bool) {
	if _, assigned := c.Code(); !assigned || withoutMinor[c] {
		return 0, false
	}
	if digits, other := digitsOf[c]; other {
		return digits, true
	}
	return usualDigits, true
}

// Decimal writes the amount in the currency's unit with all of its digits: 10000 ZAR is "100.00". It fails on less than
// nothing, and on a currency without a minor unit.
func (a Amount) Decimal() (string, error) {
	digits, ok := a.Currency.Digits()
	if !ok || a.Minor < 0 {
		return "", fmt.Errorf("%s has no decimal form", a)
	}
	text := fmt.Sprintf("%0*d", digits+1, a.Minor)
	if digits == 0 {
		return text, nil
	}
	point := len(text) - digits
	return text[:point] + "." + text[point:], nil
}

// ParseDecimal reads what Decimal writes, and nothing else: a sign, an exponent, another number of digits or more than
// 64 bits hold is an error, never a rounded amount.
func ParseDecimal(text string, c Currency) (Amount, error) {
	minor, err := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
	a := New(minor, c)
	if canonical, impossible := a.Decimal(); err != nil || impossible != nil || canonical != text {
		return Amount{}, fmt.Errorf("%q is no amount of that currency", text)
	}
	return a, nil
}
