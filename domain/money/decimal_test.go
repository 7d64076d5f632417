package money

import (
	"math/rand/v2"
	"testing"
)

const most = 1<<63 - 1

func TestAnAmountHasAsManyDigitsAsItsCurrency(t *testing.T) {
	for _, c := range []struct {
		minor int64
		code  string
		want  string
	}{
		{10000, "ZAR", "100.00"}, {5, "ZAR", "0.05"}, {0, "ZAR", "0.00"}, {99, "USD", "0.99"},
		{500, "JPY", "500"}, {0, "JPY", "0"}, {1234, "KWD", "1.234"}, {1, "TND", "0.001"}, {7, "CLF", "0.0007"},
		{most, "ZAR", "92233720368547758.07"}, {most, "JPY", "9223372036854775807"},
	} {
		currency, ok := CurrencyOf(c.code)
		if code, _ := currency.Code(); !ok || code != c.code {
			t.Errorf("%s is %q", c.code, currency)
		}
		a := New(c.minor, currency)
		if got, err := a.Decimal(); err != nil || got != c.want {
			t.Errorf("%v is written %q, %v; want %q", a, got, err, c.want)
		}
		if got, err := ParseDecimal(c.want, currency); err != nil || got != a {
			t.Errorf("%q is read as %v, %v", c.want, got, err)
		}
	}
}

func TestWhatIsNotExactlyAnAmountIsRefused(t *testing.T) {
	for _, text := range []string{
		"", ".", "100", "100.0", "100.000", "100.", ".00", "-100.00", "+100.00", "-0.00", "0100.00", "00.00", "1e2",
		"1.00e2", "100,00", "1 00.00", " 100.00", "100.00 ", "1_0.00", "0x1.00", "1.0.0", "1..0", "١٠٠.٠٠", "NaN",
		"92233720368547758.08", "99999999999999999999.00",
	} {
		if got, err := ParseDecimal(text, "710"); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
	for text, currency := range map[string]Currency{"100.00": "392", "1.00": "048", "1": "959", "2.00": "000", "0": ""} {
		if got, err := ParseDecimal(text, currency); err == nil {
			t.Errorf("%q of currency %s is read as %v", text, currency, got)
		}
	}
	for _, a := range []Amount{{}, New(-1, "710"), New(1, "999"), New(1, "000")} {
		if got, err := a.Decimal(); err == nil {
			t.Errorf("%v is written %q", a, got)
		}
	}
	if c, ok := CurrencyOf("ABC"); ok {
		t.Errorf("ABC is %s", c)
	}
}

func TestADecimalIsReadAsWhatWasWritten(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	for number := range codes {
		if _, ok := number.Digits(); !ok {
			continue
		}
		for range 100 {
			a := New(chance.Int64()>>chance.IntN(63), number)
			text, err := a.Decimal()
			if got, refused := ParseDecimal(text, number); err != nil || refused != nil || got != a {
				t.Fatalf("%v, written %q (%v), is read as %v (%v)", a, text, err, got, refused)
			}
		}
	}
}

func TestTheExceptionsAreCurrenciesOfISO4217(t *testing.T) {
	for number, digits := range digitsOf {
		if _, ok := number.Digits(); !ok || digits == usualDigits {
			t.Errorf("%s is no exception", number)
		}
	}
	for number := range withoutMinor {
		if _, assigned := number.Code(); !assigned {
			t.Errorf("%s is not assigned", number)
		}
	}
}
