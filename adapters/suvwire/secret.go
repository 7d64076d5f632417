package suvwire

import (
	"fmt"
	"io"
	"log/slog"
)

const mask = "[secret]"

// Secret is text that refuses to print: voucher codes, PIN material and card numbers. Every fmt verb, slog and
// MarshalText show a mask; only Reveal, and JSON on its way to the secret's owner, give the text.
// The zero Secret is an absent one.
//
// The text sits behind a pointer because fmt reaches unexported fields without calling Format: there it finds an
// address and not the text.
type Secret struct{ text *string }

// NewSecret keeps text as a Secret. An empty text is a present, empty secret.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Reveal gives the text, empty if the secret is absent.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero tells that the secret is absent; encoding/json leaves such a field out.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal tells whether both are absent or both hold the same text.
func (s Secret) Equal(other Secret) bool {
	return s.IsZero() == other.IsZero() && s.Reveal() == other.Reveal()
}

// Format prints the mask whatever the verb.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, mask) }

// LogValue gives the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText gives the mask.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

// MarshalJSON writes the true text: a message on the wire is the one place where a secret belongs.
func (s Secret) MarshalJSON() ([]byte, error) { return Encode(s.Reveal()) }
