package store

import (
	"context"
	"time"

	"github.com/indera/indera/registrar"
)

type basketLineRow struct {
	ID          string  `gorm:"column:id;primaryKey"`
	Basket      string  `gorm:"column:basket"`
	Name        string  `gorm:"column:name"`
	Years       int     `gorm:"column:years"`
	ContactID   string  `gorm:"column:contact_id"`
	NameServers list    `gorm:"column:name_servers"`
	PriceMinor  int64   `gorm:"column:price_minor"`
	Currency    string  `gorm:"column:currency"`
	Quoted      instant `gorm:"column:quoted_at"`
	Changed     instant `gorm:"column:changed_at"`
	Revision    int     `gorm:"column:revision"`
	Position    int     `gorm:"column:position"`
}

// TableName names the table.
func (basketLineRow) TableName() string { return "basket_lines" }

func basketLineToRow(l registrar.BasketLine) basketLineRow {
	return basketLineRow{ID: l.ID, Basket: l.Basket, Name: l.Name, Years: l.Years, ContactID: l.ContactID, NameServers: l.NameServers,
		PriceMinor: l.Price.Minor, Currency: l.Price.Currency, Quoted: at(l.QuotedAt), Changed: at(l.ChangedAt), Revision: l.Revision, Position: l.Position}
}

func basketLineFromRow(r basketLineRow) registrar.BasketLine {
	return registrar.BasketLine{ID: r.ID, Basket: r.Basket, Name: r.Name, Years: r.Years, ContactID: r.ContactID, NameServers: r.NameServers,
		Price: registrar.Money{Minor: r.PriceMinor, Currency: r.Currency}, QuotedAt: r.Quoted.Time, ChangedAt: r.Changed.Time, Revision: r.Revision, Position: r.Position}
}

func (r reader) BasketLines(ctx context.Context, basket string) ([]registrar.BasketLine, error) {
	rows, err := many[basketLineRow](ctx, r, "basket", "position, id", "basket = ?", basket)
	return convert(rows, basketLineFromRow), err
}

func (t *transaction) InsertBasketLine(ctx context.Context, l registrar.BasketLine) (bool, error) {
	row := basketLineToRow(l)
	return t.insertFresh(ctx, "basket line", &row)
}

func (t *transaction) ChangeBasketLine(ctx context.Context, l registrar.BasketLine, from int) (bool, error) {
	row := basketLineToRow(l)
	return t.update(ctx, "basket line", &basketLineRow{}, map[string]any{
		"years": row.Years, "contact_id": row.ContactID, "name_servers": row.NameServers, "price_minor": row.PriceMinor, "currency": row.Currency,
		"quoted_at": row.Quoted, "changed_at": row.Changed, "revision": row.Revision,
	}, "basket = ? AND name = ? AND revision = ?", l.Basket, l.Name, from)
}

func (t *transaction) DeleteBasketLines(ctx context.Context, basket string, names []string) error {
	if !plain(basket) {
		return nil
	}
	return t.d.wrap("removing basket lines", t.q(ctx).Where("basket = ? AND name IN ?", basket, names).Delete(&basketLineRow{}).Error)
}

func (t *transaction) PurgeBaskets(ctx context.Context, before time.Time, limit int) (int, error) {
	return purge[basketLineRow](ctx, t, "basket lines", "id", "changed_at", before, limit)
}
