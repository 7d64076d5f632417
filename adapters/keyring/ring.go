// Package keyring seals secrets for the database, with keys of Tink. A ring has several keys while they are being
// changed: one seals, each opens what it sealed. No error tells anything of a key, a secret or a seal.
package keyring

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// KeyID is a key's number. None is 0.
type KeyID uint32

// ErrSealed says that a text cannot be opened: its key is not on the ring, or it is not what was sealed, or not there.
var ErrSealed = errors.New("the seal does not open")

// Ring seals and opens. It never changes, and may be used from many goroutines at once.
type Ring struct {
	keys *keyset.Handle
	aead tink.AEAD
}

// New makes a ring with one new key.
func New() (*Ring, error) {
	// Of random nonces so long as this cipher's no two are ever equal, however much one key seals.
	keys, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		return nil, err
	}
	return ringOf(keys)
}

// Parse reads what Text wrote. Its error repeats nothing of the text.
func Parse(text []byte) (*Ring, error) {
	keys, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, errors.New("it is no keyset of Tink's in JSON")
	}
	return ringOf(keys)
}

func ringOf(keys *keyset.Handle) (*Ring, error) {
	cipher, err := aead.New(keys)
	if err != nil {
		return nil, errors.New("its keys are not for authenticated encryption")
	}
	for i := range keys.Len() {
		if key, err := keys.Entry(i); err != nil || key.KeyStatus() != keyset.Enabled {
			return nil, errors.New("it has a key that is not enabled")
		}
	}
	for _, key := range keys.KeysetInfo().GetKeyInfo() { // rotation finds by Prefix what a key has sealed
		if key.GetOutputPrefixType() != tinkpb.OutputPrefixType_TINK {
			return nil, errors.New("it has a key whose seals do not tell its number")
		}
	}
	return &Ring{keys: keys, aead: cipher}, nil
}

// Text is the whole ring, keys in clear, as Tink's JSON.
func (r *Ring) Text() ([]byte, error) {
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(r.keys, keyset.NewJSONWriter(&text)); err != nil {
		return nil, err
	}
	return append(bytes.TrimSpace(text.Bytes()), '\n'), nil
}

// Seal closes a text with the primary key. It opens at the same place only.
func (r *Ring) Seal(text, place []byte) ([]byte, error) {
	sealed, err := r.aead.Encrypt(text, place)
	if err != nil {
		return nil, errors.New("the text cannot be sealed")
	}
	return sealed, nil
}

// Open gives back what was sealed at this place, or ErrSealed.
func (r *Ring) Open(sealed, place []byte) ([]byte, error) {
	text, err := r.aead.Decrypt(sealed, place)
	if err != nil {
		return nil, ErrSealed
	}
	return text, nil
}

// Prefix is what all seals of a key begin with, five bytes: Tink's mark and the key's number.
func Prefix(id KeyID) []byte { return binary.BigEndian.AppendUint32([]byte{1}, uint32(id)) }

// Primary is the key that seals.
func (r *Ring) Primary() KeyID {
	key, err := r.keys.Primary()
	if err != nil {
		return 0
	}
	return KeyID(key.KeyID())
}

// Keys are all keys, the oldest first.
func (r *Ring) Keys() (ids []KeyID) {
	for i := range r.keys.Len() {
		if key, err := r.keys.Entry(i); err == nil {
			ids = append(ids, KeyID(key.KeyID()))
		}
	}
	return ids
}

// Add gives a ring with one more key, which opens and does not seal yet.
func (r *Ring) Add() (*Ring, KeyID, error) {
	keys := keyset.NewManagerFromHandle(r.keys)
	id, err := keys.Add(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		return nil, 0, err
	}
	ring, err := changed(keys)
	return ring, KeyID(id), err
}

// Promote gives a ring that seals with another of its keys.
func (r *Ring) Promote(id KeyID) (*Ring, error) {
	keys := keyset.NewManagerFromHandle(r.keys)
	if err := keys.SetPrimary(uint32(id)); err != nil {
		return nil, err
	}
	return changed(keys)
}

// Retire gives a ring without a key. The primary one stays.
func (r *Ring) Retire(id KeyID) (*Ring, error) {
	keys := keyset.NewManagerFromHandle(r.keys)
	if err := keys.Delete(uint32(id)); err != nil {
		return nil, err
	}
	return changed(keys)
}

func changed(keys *keyset.Manager) (*Ring, error) {
	handle, err := keys.Handle()
	if err != nil {
		return nil, err
	}
	return ringOf(handle)
}
