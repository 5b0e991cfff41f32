package demo

import (
	"errors"
	"fmt"
	"os"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar/seal"
)

// sealKey makes the demo's key at the first start and keeps it: without it what
// the database holds sealed could not be read again.
func (d *demo) sealKey(c *config.Config) error {
	path := d.path("seal.key")
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		var key string
		if key, err = seal.NewKey(); err == nil {
			err = writeFile(path, []byte(key+"\n"))
		}
	}
	if err != nil {
		return fmt.Errorf("making the demo's key: %w", err)
	}
	c.Seal.Keys = []config.SealKey{{ID: "demo", KeyFile: path}}
	return nil
}
