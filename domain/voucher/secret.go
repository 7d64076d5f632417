package voucher

import (
	"fmt"
	"log/slog"
)

const mask = "(secret)"

// Secret is text that refuses to print: a voucher code, a PIN, a message that may hold one. Only Reveal opens it, so a
// search for Reveal( is the audit. The text stands behind a pointer, because fmt walks into unexported fields without
// asking their methods.
type Secret struct{ text *string }

// NewSecret closes a text. The empty text is the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal opens the secret.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports that there is nothing to hide.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal compares the hidden texts.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// Format prints a mask for every verb.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = fmt.Fprint(state, mask) }

// LogValue logs a mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText writes a mask, so that no encoder writes a secret by accident.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }
