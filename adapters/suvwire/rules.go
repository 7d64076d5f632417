package suvwire

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// BadUUID is what the contract says about a malformed UUID, after the field's path.
const BadUUID = "UUID must conform to the format 8-4-4-4-12 hexadecimal values"

// rule checks one text and gives the complaint, empty if there is none. Every rule matches the whole text and counts
// characters, not bytes.
type rule func(text string) (complaint string)

// The rules, as the tables of the wire contract, section 3, give them.
var (
	upTo2      = sized(0, 2)
	upTo13     = sized(0, 13)
	upTo20     = sized(0, 20)
	upTo23     = sized(0, 23)
	upTo30     = sized(0, 30)
	upTo40     = sized(0, 40)
	upTo50     = sized(0, 50)
	upTo80     = sized(0, 80)
	upTo250    = sized(0, 250)
	from1To30  = sized(1, 30)
	from1To40  = sized(1, 40)
	from1To100 = sized(1, 100)

	terminalID = sized(8, 8)
	merchantID = sized(15, 15)

	merchantType    = pattern(`[0-9]{4}`, 4, 4, isDigit)
	currencyNumber  = pattern(`[0-9]{3}`, 3, 3, isDigit)
	productID       = pattern(`[0-9A-Za-z]{1,40}`, 1, 40, isAlphanumeric)
	productBarcode  = pattern(`[0-9A-Za-z]{1,13}`, 1, 13, isAlphanumeric)
	issuerReference = pattern(`[A-Z0-9]{1,40}`, 1, 40, func(c byte) bool { return isUpper(c) || isDigit(c) })
	pinBlock        = pattern(`[a-fA-F0-9]{16}`, 16, 16, isHex)
	accountNumber   = pattern(`[0-9]{12}`, 12, 12, isDigit)
	pinHash         = pattern(`[0-9A-F]{1,512}`, 1, 512, func(c byte) bool { return isHex(c) && c < 'a' })
	twoCapitals     = pattern(`[A-Z]{2}`, 2, 2, isUpper)
	upTo15Digits    = pattern(`^\+?[1-9]\d{0,14}`, 1, 15, isDigit)
	postalCode      = pattern(`[A-Za-z0-9 -]{1,20}`, 1, 20, func(c byte) bool {
		return isAlphanumeric(c) || c == ' ' || c == '-'
	})

	enumOfTransactionTypes   = oneOf(transactionTypes)
	enumOfAccountTypes       = oneOf(accountTypes)
	enumOfTenderTypes        = oneOf(tenderTypes)
	enumOfPaymentMethodTypes = oneOf(paymentMethodTypes)
	enumOfReversalReasons    = oneOf(reversalReasons)
	enumOfLedgerIndicators   = oneOf(ledgerIndicators)
	enumOfPinTypes           = oneOf(pinTypes)
	enumOfProxyTypes         = oneOf(proxyTypes)
)

// IsUUID tells whether text is 8-4-4-4-12 hexadecimal digits, in either case and of any version.
func IsUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (text[i] == '-') || !dash && !isHex(text[i]) {
			return false
		}
	}
	return true
}

func anyText(string) string { return "" }

func uuid(text string) string {
	if IsUUID(text) {
		return ""
	}
	return BadUUID
}

// dateTime holds to RFC 3339 where time.Parse is lax: two digits of hour, a point before the fraction, a real offset.
func dateTime(text string) string {
	_, err := time.Parse(time.RFC3339, text)
	if err == nil && text[13] == ':' && text[19] != ',' {
		offset := text[len(text)-5:]
		if strings.HasSuffix(text, "Z") || offset < "24:00" && offset[3:] < "60" {
			return ""
		}
	}
	return "must be an RFC 3339 date-time"
}

// date takes a full date or a date-time: the contract leaves the form of expiryDate and dateOfBirth open.
func date(text string) string {
	if _, err := time.Parse(time.DateOnly, text); err == nil || dateTime(text) == "" {
		return ""
	}
	return "must be an RFC 3339 date or date-time"
}

// cardNumber is six digits that name the issuer, then up to thirteen digits or stars.
func cardNumber(text string) string {
	ok := len(text) >= 6 && len(text) <= 19
	for i := range len(text) {
		ok = ok && (isDigit(text[i]) || i >= 6 && text[i] == '*')
	}
	if ok {
		return ""
	}
	return "must match [0-9]{6}[0-9*]{0,13}"
}

// msisdn is a telephone number of up to fifteen digits, none leading zero, perhaps after a plus sign.
func msisdn(text string) string {
	number := strings.TrimPrefix(text, "+")
	complaint := upTo15Digits(number)
	if complaint == "" && number[0] == '0' {
		complaint = upTo15Digits("")
	}
	return complaint
}

func sized(least, most int) rule {
	complaint := "size must be between " + strconv.Itoa(least) + " and " + strconv.Itoa(most)
	if least == most {
		complaint = "size must be exactly " + strconv.Itoa(least)
	}
	return func(text string) string {
		if size := utf8.RuneCountInString(text); size < least || size > most {
			return complaint
		}
		return ""
	}
}

// pattern is a repeated class of ASCII characters, shown to people as a regular expression.
func pattern(shown string, least, most int, allowed func(byte) bool) rule {
	complaint := "must match " + shown
	return func(text string) string {
		if len(text) < least || len(text) > most {
			return complaint
		}
		for i := range len(text) {
			if !allowed(text[i]) {
				return complaint
			}
		}
		return ""
	}
}

func oneOf(values []string) rule {
	complaint := "must be one of " + strings.Join(values, ", ")
	return func(text string) string {
		for _, value := range values {
			if text == value {
				return ""
			}
		}
		return complaint
	}
}

func isDigit(c byte) bool        { return '0' <= c && c <= '9' }
func isUpper(c byte) bool        { return 'A' <= c && c <= 'Z' }
func isLetter(c byte) bool       { return isUpper(c) || 'a' <= c && c <= 'z' }
func isAlphanumeric(c byte) bool { return isDigit(c) || isLetter(c) }
func isHex(c byte) bool          { return isDigit(c) || 'A' <= c && c <= 'F' || 'a' <= c && c <= 'f' }

func hasControl(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] == 0x7f {
			return true
		}
	}
	return false
}

// hasControlBesidesLayout lets tab, line feed and carriage return pass.
func hasControlBesidesLayout(text string) bool {
	for i := range len(text) {
		c := text[i]
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return true
		}
	}
	return false
}
