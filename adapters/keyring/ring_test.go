package keyring

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

var place = []byte("a table's row and column")

func ring(t testing.TB) *Ring {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sealed(t testing.TB, r *Ring, text string) []byte {
	t.Helper()
	body, err := r.Seal([]byte(text), place)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestASealOpensOnlyWhereItWasMade(t *testing.T) {
	r := ring(t)
	body := sealed(t, r, "1234 5678")
	if text, err := r.Open(body, place); err != nil || string(text) != "1234 5678" {
		t.Errorf("%q, %v", text, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another place":   func() ([]byte, error) { return r.Open(body, []byte("elsewhere")) },
		"another ring":    func() ([]byte, error) { return ring(t).Open(body, place) },
		"a changed text":  func() ([]byte, error) { return r.Open(append(bytes.Clone(body[:len(body)-1]), 0), place) },
		"a text in clear": func() ([]byte, error) { return r.Open([]byte("1234 5678"), place) },
		"nothing":         func() ([]byte, error) { return r.Open(nil, place) },
	} {
		if text, err := open(); !errors.Is(err, ErrSealed) || text != nil {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

func TestTheSameTextIsSealedDifferentlyEachTime(t *testing.T) {
	r := ring(t)
	if bytes.Equal(sealed(t, r, "1234"), sealed(t, r, "1234")) {
		t.Error("equal texts can be told")
	}
}

func TestARingSurvivesItsText(t *testing.T) {
	old := ring(t)
	body := sealed(t, old, "1234")
	text, err := old.Text()
	if err != nil {
		t.Fatal(err)
	}
	read, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := read.Open(body, place); err != nil || string(again) != "1234" {
		t.Errorf("%q, %v", again, err)
	}
}

func TestAKeyIsAddedBeforeItSealsAndRetiredAfterwards(t *testing.T) {
	old := ring(t)
	body := sealed(t, old, "1234")
	both, id, err := old.Add()
	if err != nil {
		t.Fatal(err)
	}
	if both.Primary() != old.Primary() || !slices.Equal(both.Keys(), []KeyID{old.Primary(), id}) {
		t.Errorf("added: %v, primary %d", both.Keys(), both.Primary())
	}
	promoted, err := both.Promote(id)
	if err != nil {
		t.Fatal(err)
	}
	fresh := sealed(t, promoted, "5678")
	if !bytes.HasPrefix(body, Prefix(old.Primary())) || !bytes.HasPrefix(fresh, Prefix(id)) {
		t.Errorf("sealed with the prefixes %x and %x", body[:5], fresh[:5])
	}
	if _, err := both.Open(fresh, place); err != nil {
		t.Error("a ring that knows the key already cannot open what another sealed with it")
	}
	if _, err := promoted.Retire(id); err == nil {
		t.Error("the key that seals is retired")
	}
	alone, err := promoted.Retire(old.Primary())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alone.Open(body, place); !errors.Is(err, ErrSealed) {
		t.Errorf("a retired key opens: %v", err)
	}
	if _, err := alone.Retire(old.Primary()); err == nil {
		t.Error("a key that is not there is retired")
	}
}

func TestABadTextIsRefusedWithoutRepeatingIt(t *testing.T) {
	for _, text := range []string{"", "{", `{"primaryKeyId":4711,"key":[{"keyData":{"value":"c2VjcmV0"}}]}`} {
		if _, err := Parse([]byte(text)); err == nil || strings.Contains(err.Error(), "4711") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Rotation finds by the number in a seal what is still to be sealed anew, and what a key that retires has sealed.
func TestAKeyWhoseSealsDoNotTellItsNumberIsRefused(t *testing.T) {
	text, err := ring(t).Text()
	if err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"RAW", "LEGACY", "CRUNCHY"} {
		if _, err := Parse(bytes.ReplaceAll(text, []byte("TINK"), []byte(prefix))); err == nil {
			t.Errorf("a key of prefix %s is taken", prefix)
		}
	}
}

// BenchmarkSeal measures what an answer of a kilobyte costs at its writing, and at its reading.
func BenchmarkSeal(b *testing.B) {
	r, text := ring(b), bytes.Repeat([]byte("x"), 1000)
	body := sealed(b, r, string(text))
	b.Run("seal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.Seal(text, place); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.Open(body, place); err != nil {
				b.Fatal(err)
			}
		}
	})
}
