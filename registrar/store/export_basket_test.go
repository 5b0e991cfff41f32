package store

import (
	"context"
	"time"

	"github.com/indera/indera/registrar"
)

func init() { Rows = append(Rows, basketLineRow{}, agreementRow{}, oldAgreementRow{}) }

// KeepAsBefore writes a text as earlier programs did.
func KeepAsBefore(ctx context.Context, tx registrar.Tx, digest, version, language, body string, kept time.Time) error {
	return tx.(*transaction).q(ctx).Create(&oldAgreementRow{digest, version, language, body, at(kept)}).Error
}
