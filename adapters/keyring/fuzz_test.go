package keyring

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// FuzzParse: a text that is a keyset is one after it was written and read again, with the same keys, and opens what it
// sealed; the error of any other repeats nothing of it.
func FuzzParse(f *testing.F) {
	one := ring(f)
	two, id, err := one.Add()
	if err != nil {
		f.Fatal(err)
	}
	other, err := two.Promote(id)
	if err != nil {
		f.Fatal(err)
	}
	for _, r := range []*Ring{one, two, other} {
		text, err := r.Text()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		f.Add(bytes.ReplaceAll(text, []byte("TINK"), []byte("RAW")))
		f.Add(bytes.Replace(text, []byte("ENABLED"), []byte("DISABLED"), 1))
		f.Add(bytes.Replace(text, []byte("XChaCha20Poly1305Key"), []byte("AesGcmKey"), 1))
		f.Add(bytes.Replace(text, []byte(`"value":"`), []byte(`"value":"AA`), 1))
	}
	f.Add([]byte(`{"primaryKeyId":1,"key":[]}`))
	f.Add([]byte(`{"key":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Parse(text)
		if err != nil {
			if r != nil || len(text) > 8 && strings.Contains(err.Error(), string(text)) {
				t.Errorf("a ring beside %v", err)
			}
			return
		}
		written, err := r.Text()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(written)
		if err != nil {
			t.Fatal(err)
		}
		if r.Primary() == 0 || again.Primary() != r.Primary() || len(r.Keys()) != len(again.Keys()) {
			t.Errorf("keys %v, the first %d; again %v, %d", r.Keys(), r.Primary(), again.Keys(), again.Primary())
		}
		body, err := r.Seal([]byte("1234"), place)
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := again.Open(body, place); err != nil || string(opened) != "1234" {
			t.Errorf("what it sealed opens as %q, %v", opened, err)
		}
		if !bytes.HasPrefix(body, Prefix(r.Primary())) {
			t.Error("the seal does not begin with its key's number")
		}
	})
}

// FuzzOpen: nothing opens but what was sealed, where it was sealed.
func FuzzOpen(f *testing.F) {
	r := ring(f)
	body := sealed(f, r, "1234 5678")
	f.Add(body, place)
	f.Add(body[:len(body)-1], place)
	f.Add([]byte(nil), place)
	f.Fuzz(func(t *testing.T, changed, where []byte) {
		text, err := r.Open(changed, where)
		genuine := bytes.Equal(changed, body) && bytes.Equal(where, place)
		if genuine != (err == nil) || err != nil && (!errors.Is(err, ErrSealed) || text != nil) {
			t.Errorf("opened: %q, %v; it was sealed: %v", text, err, genuine)
		}
	})
}
