package store

import (
	"context"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
)

// oldAgreementRow is a text that an earlier program kept: as HTML, and some of
// them more than once in a version.
type oldAgreementRow struct {
	Digest   string  `gorm:"column:digest;primaryKey"`
	Version  string  `gorm:"column:version"`
	Language string  `gorm:"column:language"`
	Body     string  `gorm:"column:body"`
	Kept     instant `gorm:"column:kept_at"`
}

// TableName names the table.
func (oldAgreementRow) TableName() string { return "agreements" }

type agreementRow struct {
	Digest   string  `gorm:"column:digest;primaryKey"`
	Version  string  `gorm:"column:version"`
	Language string  `gorm:"column:language"`
	Format   string  `gorm:"column:format"`
	Body     string  `gorm:"column:body"`
	Kept     instant `gorm:"column:kept_at"`
}

// TableName names the table.
func (agreementRow) TableName() string { return "agreement_texts" }

func (r agreementRow) text() registrar.AgreementText {
	text := agreement.Text{Version: r.Version, Language: r.Language, Format: agreement.Format(r.Format), Body: r.Body}
	return registrar.AgreementText{Digest: r.Digest, Text: text, KeptAt: r.Kept.Time}
}

func (t *transaction) InsertAgreementText(ctx context.Context, a registrar.AgreementText) (bool, error) {
	row := agreementRow{Digest: a.Digest, Version: a.Version, Language: a.Language, Format: string(a.Format), Body: a.Body, Kept: at(a.KeptAt)}
	return t.insertFresh(ctx, "agreement", &row)
}

func (r reader) AgreementText(ctx context.Context, version, language string, until time.Time) (registrar.AgreementText, error) {
	var now []agreementRow
	err := r.q(ctx).Where("version = ? AND language = ?", version, language).Limit(1).Find(&now).Error
	if err != nil {
		return registrar.AgreementText{}, r.d.wrap("reading agreement", err)
	}
	if len(now) == 1 && !now[0].Kept.After(until) {
		return now[0].text(), nil
	}
	var old []oldAgreementRow
	err = r.q(ctx).Where("version = ? AND language = ? AND kept_at <= ?", version, language, at(until)).Order("kept_at DESC").Limit(1).Find(&old).Error
	switch {
	case err != nil:
		return registrar.AgreementText{}, r.d.wrap("reading agreement", err)
	case len(old) == 1:
		o := old[0]
		return agreementRow{o.Digest, o.Version, o.Language, string(agreement.HTML), o.Body, o.Kept}.text(), nil
	case len(now) == 1: // the clock of whoever took the order was behind
		return now[0].text(), nil
	}
	return registrar.AgreementText{}, notFound("agreement")
}
