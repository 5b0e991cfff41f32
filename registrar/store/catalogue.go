package store

import (
	"context"

	"gorm.io/gorm/clause"

	"github.com/indera/indera/registrar"
)

type tldRow struct {
	Name           string `gorm:"column:name;primaryKey"`
	Registry       string `gorm:"column:registry"`
	MinYears       int    `gorm:"column:min_years"`
	MaxYears       int    `gorm:"column:max_years"`
	MinNameServers int    `gorm:"column:min_name_servers"`
	MaxNameServers int    `gorm:"column:max_name_servers"`
	Active         bool   `gorm:"column:active"`
	IDNTables      string `gorm:"column:idn_tables"`
}

// TableName names the table.
func (tldRow) TableName() string { return "tlds" }

func (r reader) TLDs(ctx context.Context) ([]registrar.TLD, error) {
	rows, err := many[tldRow](ctx, r, "TLDs", "name", "1 = 1")
	return convert(rows, func(t tldRow) registrar.TLD { return registrar.TLD(t) }), err
}

func (t *transaction) PutTLD(ctx context.Context, tld registrar.TLD) error {
	row := tldRow(tld)
	return t.d.wrap("writing TLD", t.q(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error)
}

type priceRow struct {
	TLD          string   `gorm:"column:tld;primaryKey"`
	Action       string   `gorm:"column:action;primaryKey"`
	Class        string   `gorm:"column:class;primaryKey"`
	Years        int      `gorm:"column:years;primaryKey;autoIncrement:false"`
	Currency     string   `gorm:"column:currency;primaryKey"`
	ValidFrom    instant  `gorm:"column:valid_from;primaryKey"`
	ValidUntil   *instant `gorm:"column:valid_until"`
	SaleMinor    int64    `gorm:"column:sale_minor"`
	CostMinor    int64    `gorm:"column:cost_minor"`
	CostCurrency string   `gorm:"column:cost_currency"`
}

// TableName names the table.
func (priceRow) TableName() string { return "prices" }

func priceToRow(p registrar.Price) priceRow {
	return priceRow{TLD: p.TLD, Action: string(p.Action), Class: p.Class, Years: p.Years, Currency: p.Sale.Currency, ValidFrom: at(p.ValidFrom),
		ValidUntil: optional(p.ValidUntil), SaleMinor: p.Sale.Minor, CostMinor: p.Cost.Minor, CostCurrency: p.Cost.Currency}
}

func priceFromRow(r priceRow) registrar.Price {
	return registrar.Price{TLD: r.TLD, Action: registrar.Action(r.Action), Class: r.Class, Years: r.Years,
		Sale: registrar.Money{Minor: r.SaleMinor, Currency: r.Currency}, Cost: registrar.Money{Minor: r.CostMinor, Currency: r.CostCurrency},
		ValidFrom: r.ValidFrom.Time, ValidUntil: timePtr(r.ValidUntil)}
}

func (r reader) Prices(ctx context.Context) ([]registrar.Price, error) {
	rows, err := many[priceRow](ctx, r, "prices", "tld, action, class, years, currency, valid_from", "1 = 1")
	return convert(rows, priceFromRow), err
}

func (t *transaction) PutPrice(ctx context.Context, p registrar.Price) error {
	row := priceToRow(p)
	return t.d.wrap("writing price", t.q(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error)
}
