package money

import "testing"

func TestACurrencyIsThreeDigits(t *testing.T) {
	for text, good := range map[string]bool{"710": true, "008": true, "": false, "71": false, "7100": false, "ZAR": false, "７１０": false} {
		if _, err := ParseCurrency(text); (err == nil) != good {
			t.Errorf("%q: err = %v", text, err)
		}
	}
}

func TestLimitsAreIncludedAndNeverCrossCurrencies(t *testing.T) {
	rand := func(minor int64) Amount { return New(minor, "710") }
	cases := map[string]struct {
		amount, least, most Amount
		want                bool
	}{
		"at the lower limit":    {rand(100), rand(100), rand(200), true},
		"at the upper limit":    {rand(200), rand(100), rand(200), true},
		"below":                 {rand(99), rand(100), rand(200), false},
		"above":                 {rand(201), rand(100), rand(200), false},
		"no limits":             {rand(-5), Amount{}, Amount{}, true},
		"only a lower limit":    {rand(1e15), rand(100), Amount{}, true},
		"only an upper limit":   {rand(0), Amount{}, rand(200), true},
		"another currency":      {New(150, "840"), rand(100), rand(200), false},
		"absent against limits": {Amount{}, rand(0), rand(200), false},
	}
	for name, c := range cases {
		if got := c.amount.Within(c.least, c.most); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAnAmountReadsAsMinorUnitsAndLetters(t *testing.T) {
	for want, a := range map[string]Amount{"10000 ZAR": New(10000, "710"), "5 000": New(5, "000"), "no amount": {}} {
		if a.String() != want {
			t.Errorf("got %q, want %q", a.String(), want)
		}
	}
}
