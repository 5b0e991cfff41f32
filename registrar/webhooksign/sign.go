// Package webhooksign signs and verifies webhook messages as the Standard
// Webhooks specification 1.0.0 says (symmetric scheme, v1): HMAC-SHA256 over
// "<webhook-id>.<webhook-timestamp>.<body>", in base64, with a prefix that names
// the version. Receivers written for any sender of that specification work.
package webhooksign

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Names of the headers.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp" // seconds of Unix time
	HeaderSignature = "webhook-signature" // "v1,<base64>", several separated by a space
)

// Tolerance is how far the timestamp may lie from the receiver's clock.
const Tolerance = 5 * time.Minute

const (
	secretPrefix = "whsec_"
	secretSize   = 32 // bytes; the specification asks for 24 to 64
	version      = "v1,"
)

// NewSecret returns "whsec_" and the base64 of 32 random bytes.
func NewSecret() (string, error) {
	raw := make([]byte, secretSize)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("making a webhook secret: %w", err)
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(raw), nil
}

// errSecret never shows what it is about.
var errSecret = errors.New("this is no webhook secret")

func key(secret string) ([]byte, error) {
	text, ok := strings.CutPrefix(secret, secretPrefix)
	raw, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(raw) < 24 || len(raw) > 64 {
		return nil, errSecret
	}
	return raw, nil
}

// Sign returns the value of the signature header: one signature for each secret.
func Sign(id string, at time.Time, body []byte, secrets ...string) (string, error) {
	if len(secrets) == 0 {
		return "", errSecret
	}
	parts := make([]string, 0, len(secrets))
	for _, s := range secrets {
		k, err := key(s)
		if err != nil {
			return "", err
		}
		parts = append(parts, version+base64.StdEncoding.EncodeToString(sum(k, id, strconv.FormatInt(at.Unix(), 10), body)))
	}
	return strings.Join(parts, " "), nil
}

func sum(key []byte, id, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

// Reasons why a message is refused.
var (
	ErrIncomplete = errors.New("a webhook header is missing or broken")
	ErrStale      = errors.New("the webhook timestamp is too far from now")
	ErrSignature  = errors.New("no webhook signature fits")
)

// Verify checks a received message: header returns the value of a header, body
// is as it came over the wire. It is what a receiver does.
func Verify(header func(name string) string, body []byte, secret string, now time.Time) error {
	id, timestamp, signatures := header(HeaderID), header(HeaderTimestamp), header(HeaderSignature)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || id == "" || signatures == "" {
		return ErrIncomplete
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > Tolerance || age < -Tolerance {
		return ErrStale
	}
	k, err := key(secret)
	if err != nil {
		return err
	}
	want := sum(k, id, timestamp, body)
	for _, s := range strings.Fields(signatures) {
		text, ok := strings.CutPrefix(s, version)
		got, err := base64.StdEncoding.DecodeString(text)
		if ok && err == nil && hmac.Equal(got, want) {
			return nil
		}
	}
	return ErrSignature
}
