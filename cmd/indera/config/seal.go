package config

import (
	"errors"
	"fmt"
	"os"

	"github.com/indera/indera/registrar/seal"
)

// Seal holds the keys that secrets at rest are sealed with.
type Seal struct {
	Keys []SealKey `key:"keys" validate:"unique=ID,dive"`
}

// SealKey is one key; the first of the list seals, all of them open.
type SealKey struct {
	ID      string `key:"id" validate:"required,max=32,slug" doc:"Name of the key; it stands in each sealed value, so it never changes. The first key of the list seals, the others only open."`
	KeyFile string `key:"key_file" validate:"required" file:"yes" doc:"File that holds the key: one line of base64, as indera keys new prints it."`
}

// ErrUnsealed says that a deployment that is no sandbox has no seal keys.
var ErrUnsealed = errors.New("seal.keys is empty: without a key there are no password resets, confirmed addresses, invitations, authenticator apps and transfer codes. Make one with indera keys new, or set http.staff_password_alone: true to go without")

// MayServe says why these settings, though valid, must not run: nobody shall find
// out on the first bad day that staff came in by their password alone. Lookups
// (role rdds) need no keys.
func (c *Config) MayServe() error {
	if len(c.Seal.Keys) > 0 || c.Sandbox || c.HTTP.StaffPasswordAlone {
		return nil
	}
	if !c.Has(RoleWeb) && !c.Has(RoleWorker) && !c.Has(RoleScheduler) {
		return nil
	}
	return ErrUnsealed
}

// Ring reads the keys; it is nil when none are configured.
func (s Seal) Ring() (*seal.Ring, error) {
	var keys []seal.Key
	for _, k := range s.Keys {
		text, err := os.ReadFile(k.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("reading seal key %s: %w", k.ID, err)
		}
		key, err := seal.ParseKey(k.ID, string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.KeyFile, err)
		}
		keys = append(keys, key)
	}
	if keys == nil {
		return nil, nil
	}
	ring, err := seal.New(keys...)
	if err != nil {
		return nil, fmt.Errorf("seal.keys: %w", err)
	}
	return ring, nil
}
