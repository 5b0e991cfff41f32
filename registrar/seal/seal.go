// Package seal keeps secrets at rest: TOTP seeds, codes that wait in a mail,
// API keys of others. A sealed value is text that names the key it was sealed
// with, so that keys can be changed one at a time:
//
//	v1.<key id>.<base64url of nonce and AES-256-GCM ciphertext>
//
// Each value is bound to the place it is kept in, written "table.column/row":
// moved to another row it does not open.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// KeySize is the length of a key in bytes (AES-256).
const KeySize = 32

// ErrUnknownKey says that a value was sealed with a key that is not in the ring.
var ErrUnknownKey = errors.New("sealed with a key that is not configured")

// ErrBroken says that a value is no sealed value, was changed, or belongs to
// another place. It does not tell which.
var ErrBroken = errors.New("sealed value does not open")

const version = "v1"

var goodID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Key is one key with its name.
type Key struct {
	ID    string // 1-32 of a-z, 0-9 and -; stands in each value
	Bytes []byte // KeySize random bytes
}

// Ring seals with its first key and opens with all of them. It is safe for
// concurrent use.
type Ring struct {
	current string
	keys    map[string]cipher.AEAD
}

// New returns a ring; the first key is the current one.
func New(keys ...Key) (*Ring, error) {
	if len(keys) == 0 {
		return nil, errors.New("a key ring needs a key")
	}
	r := &Ring{current: keys[0].ID, keys: make(map[string]cipher.AEAD, len(keys))}
	for _, k := range keys {
		if !goodID.MatchString(k.ID) {
			return nil, fmt.Errorf("key id %q: want 1-32 of a-z, 0-9 and -", k.ID)
		}
		if len(k.Bytes) != KeySize {
			return nil, fmt.Errorf("key %s has %d bytes: want %d", k.ID, len(k.Bytes), KeySize)
		}
		if r.keys[k.ID] != nil {
			return nil, fmt.Errorf("key id %s is there twice", k.ID)
		}
		block, err := aes.NewCipher(k.Bytes)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", k.ID, err)
		}
		// Random 96-bit nonces: far below 2^32 values per key (NIST SP 800-38D §8.3).
		if r.keys[k.ID], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("key %s: %w", k.ID, err)
		}
	}
	return r, nil
}

// ParseKey reads a key as it stands in a file: base64 of KeySize bytes, white
// space around it ignored.
func ParseKey(id, text string) (Key, error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(b) != KeySize {
		return Key{}, fmt.Errorf("key %s: want base64 of %d bytes", id, KeySize) // the cause would show the key
	}
	return Key{ID: id, Bytes: b}, nil
}

// NewKey returns a fresh key as ParseKey reads it.
func NewKey() (string, error) {
	b := make([]byte, KeySize)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("making a key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b), nil
}

// Current returns the id of the key that seals.
func (r *Ring) Current() string { return r.current }

// Seal seals plain with the current key for a place, for example
// "user_totp.sealed/usr_1".
func (r *Ring) Seal(place string, plain []byte) (string, error) {
	aead := r.keys[r.current]
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("making a nonce: %w", err)
	}
	box := aead.Seal(nonce, nonce, plain, bound(r.current, place))
	return version + "." + r.current + "." + base64.RawURLEncoding.EncodeToString(box), nil
}

// Open returns what was sealed for a place: ErrUnknownKey or ErrBroken when it
// can't.
func (r *Ring) Open(place, sealed string) ([]byte, error) {
	id, text, ok := split(sealed)
	if !ok {
		return nil, ErrBroken
	}
	aead := r.keys[id]
	if aead == nil {
		return nil, fmt.Errorf("key %s: %w", id, ErrUnknownKey)
	}
	box, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(box) < aead.NonceSize() {
		return nil, ErrBroken
	}
	plain, err := aead.Open(nil, box[:aead.NonceSize()], box[aead.NonceSize():], bound(id, place))
	if err != nil {
		return nil, ErrBroken
	}
	return plain, nil
}

// Reseal seals a value anew when it carries another key than the current one;
// changed is false when it is current already.
func (r *Ring) Reseal(place, sealed string) (fresh string, changed bool, err error) {
	if KeyOf(sealed) == r.current {
		return sealed, false, nil
	}
	plain, err := r.Open(place, sealed)
	if err != nil {
		return "", false, err
	}
	fresh, err = r.Seal(place, plain)
	return fresh, err == nil, err
}

// KeyOf returns the key id that a sealed value names, "" when it is none.
func KeyOf(sealed string) string {
	id, _, ok := split(sealed)
	if !ok {
		return ""
	}
	return id
}

func split(sealed string) (id, text string, ok bool) {
	parts := strings.Split(sealed, ".")
	if len(parts) != 3 || parts[0] != version || !goodID.MatchString(parts[1]) {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// bound is the associated data: neither key id nor place can be swapped.
func bound(id, place string) []byte { return []byte(version + "\x00" + id + "\x00" + place) }
