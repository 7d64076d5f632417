package money

import "testing"

// FuzzDecimal: what is read as an amount is written the very same, digit for digit, and an amount that is written is
// read as itself: no rounding, no second spelling.
func FuzzDecimal(f *testing.F) {
	for _, text := range []string{"100.00", "100", "0.001", "-1.00", "+1.00", "1e2", "00.10", "92233720368547758.08", ".", ""} {
		for _, letters := range []string{"ZAR", "JPY", "KWD", "CLF", "XAU", "???"} {
			f.Add(text, letters, int64(len(text)))
		}
	}
	f.Fuzz(func(t *testing.T, text, letters string, minor int64) {
		c, assigned := CurrencyOf(letters)
		if code, ok := c.Code(); ok != assigned || assigned && code != letters {
			t.Fatalf("%s is %s", letters, code)
		}
		if a, err := ParseDecimal(text, c); err == nil {
			if again, err := a.Decimal(); err != nil || again != text || a.Currency != c || a.Minor < 0 {
				t.Errorf("%q is read as %v and written as %q, %v", text, a, again, err)
			}
		}
		a := New(minor, c)
		if text, err := a.Decimal(); err == nil {
			if again, err := ParseDecimal(text, c); err != nil || again != a {
				t.Errorf("%v is written as %q and read as %v, %v", a, text, again, err)
			}
		}
	})
}

// FuzzCurrency: a currency is three digits, whatever else it is called.
func FuzzCurrency(f *testing.F) {
	for _, text := range []string{"710", "71", "7100", "७१०", "ZAR", "-10", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCurrency(text)
		digits := len(text) == 3
		for i := range len(text) {
			digits = digits && '0' <= text[i] && text[i] <= '9'
		}
		if (err == nil) != digits || err == nil && string(c) != text || err != nil && c != "" {
			t.Errorf("%q is the currency %q, %v", text, c, err)
		}
	})
}
