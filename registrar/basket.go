package registrar

import (
	"context"
	"fmt"
	"time"
)

// MaxBasket is how many names a basket takes: what one order takes.
const MaxBasket = maxOrderLines

// QuoteLife is how long a price that was shown holds. An order within that time
// is charged the price of the moment of the quote.
const QuoteLife = 30 * time.Minute

// basketLife is how long a line waits untouched.
const basketLife = 90 * 24 * time.Hour

// Prefixes of ids of baskets of visitors who are not signed in, and of lines.
const (
	PrefixBasket     = "bsk"
	PrefixBasketLine = "bln"
)

// BasketLine is a name that somebody wants to register. The basket of a customer
// has the customer's id; a visitor's has one of its own.
type BasketLine struct {
	ID          string
	Basket      string
	Name        string // A-label
	Years       int
	ContactID   string   // holder of this name; "" = the one chosen at checkout
	NameServers []string // of this name; none = those chosen at checkout
	Price       Money    // as it was quoted
	QuotedAt    time.Time
	ChangedAt   time.Time
	Revision    int // grows with each change, so that two tabs can't overwrite each other
	Position    int // grows along the basket
}

// QuoteUntil is when the quoted price ends.
func (l BasketLine) QuoteUntil() time.Time { return l.QuotedAt.Add(QuoteLife) }

// BasketReader reads baskets.
type BasketReader interface {
	// BasketLines lists a basket in the order of adding.
	BasketLines(ctx context.Context, basket string) ([]BasketLine, error)
	// AgreementText returns the text of a version that was in force at a moment.
	AgreementText(ctx context.Context, version, language string, at time.Time) (AgreementText, error)
}

// BasketTx writes them.
type BasketTx interface {
	// InsertBasketLine reports false when the basket has the name already.
	InsertBasketLine(ctx context.Context, l BasketLine) (fresh bool, err error)
	// ChangeBasketLine writes a line whose revision is still from.
	ChangeBasketLine(ctx context.Context, l BasketLine, from int) (ok bool, err error)
	// DeleteBasketLines removes names from a basket; ones that are not there are no error.
	DeleteBasketLines(ctx context.Context, basket string, names []string) error
	PurgeBaskets(ctx context.Context, before time.Time, limit int) (int, error)
	// InsertAgreementText reports false when version and language have a text already.
	InsertAgreementText(ctx context.Context, a AgreementText) (fresh bool, err error)
}

// NewBasket returns the id of a basket for a visitor who is not signed in. Who
// knows it can change the basket.
func (e *Engine) NewBasket() string { return e.id(PrefixBasket) }

// Basket lists a basket; "" is empty.
func (e *Engine) Basket(ctx context.Context, basket string) ([]BasketLine, error) {
	if basket == "" {
		return nil, nil
	}
	lines, err := e.store.BasketLines(ctx, basket)
	if err != nil {
		return nil, fmt.Errorf("reading basket: %w", err)
	}
	return lines, nil
}

// AddToBasket adds names for their shortest period, at today's prices in a
// currency; left are those, as A-labels, for which there is no room. Names that are in it
// already stay as they are.
func (e *Engine) AddToBasket(ctx context.Context, basket, currency string, names []string) (left []string, err error) {
	cat, err := e.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	var lines []BasketLine
	for _, typed := range names {
		l, err := e.newBasketLine(cat, basket, currency, typed)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		left, err = addLines(ctx, tx, basket, lines)
		return err
	})
	if err == nil && len(left) > 0 && len(names) == 1 {
		return left, Errorf(KindInvalid, "basket_full", "The basket takes %d names. Please order these first.", MaxBasket)
	}
	if err != nil {
		return nil, fmt.Errorf("adding to a basket: %w", err)
	}
	return left, nil
}

func (e *Engine) newBasketLine(cat *Catalogue, basket, currency, typed string) (BasketLine, error) {
	name, err := ParseName(typed)
	if err != nil {
		return BasketLine{}, err
	}
	tld, ok := cat.Find(name.A)
	if !ok || !tld.Active {
		return BasketLine{}, Errorf(KindUnsupported, "tld_not_sold", "This ending is not sold here.")
	}
	if err := tld.mayRegister(name); err != nil {
		return BasketLine{}, err
	}
	now := e.Now()
	l := BasketLine{ID: e.id(PrefixBasketLine), Basket: basket, Name: name.A, Years: max(1, tld.MinYears), QuotedAt: now, ChangedAt: now, Revision: 1}
	price, sold := cat.Price(tld.Name, ActionRegister, l.Years, currency, now)
	if !sold {
		return l, Errorf(KindUnsupported, "no_price", "There is no price for this in %s.", currency)
	}
	l.Price = price.Sale
	return l, nil
}

// addLines inserts lines as far as there is room.
func addLines(ctx context.Context, tx Tx, basket string, lines []BasketLine) (left []string, err error) {
	old, err := tx.BasketLines(ctx, basket)
	if err != nil {
		return nil, err
	}
	count, last := len(old), 0
	known := make(map[string]bool)
	for _, l := range old {
		known[l.Name] = true
		last = l.Position
	}
	for _, l := range lines {
		switch {
		case known[l.Name]:
		case count >= MaxBasket:
			left = append(left, l.Name)
		default:
			last++
			l.Position = last
			fresh, err := tx.InsertBasketLine(ctx, l)
			if err != nil {
				return nil, err
			}
			if known[l.Name] = true; fresh {
				count++
			}
		}
	}
	return left, nil
}

// BasketChange is what a line becomes. Nil fields stay.
type BasketChange struct {
	Years       *int
	ContactID   *string
	NameServers *[]string
}

// ChangeBasketLine changes one line alone and quotes it again. revision is the one
// that was seen, 0 = any; when the line was changed meanwhile, nothing is written
// (KindConflict, "basket_changed"). customerID is whose contacts may be chosen.
func (e *Engine) ChangeBasketLine(ctx context.Context, basket, customerID, currency, name string, revision int, change BasketChange) (BasketLine, error) {
	cat, err := e.Catalogue(ctx)
	if err != nil {
		return BasketLine{}, err
	}
	var l BasketLine
	err = e.store.InTx(ctx, func(tx Tx) error {
		if l, err = findLine(ctx, tx, basket, name); err != nil {
			return err
		}
		from := l.Revision
		if revision != 0 && revision != from {
			return errBasketChanged
		}
		if err := e.applyChange(ctx, tx, cat, customerID, currency, &l, change); err != nil {
			return err
		}
		l.Revision, l.ChangedAt = from+1, e.Now()
		ok, err := tx.ChangeBasketLine(ctx, l, from)
		if err == nil && !ok {
			err = errBasketChanged
		}
		return err
	})
	if err != nil {
		return l, fmt.Errorf("changing a basket: %w", err)
	}
	return l, nil
}

var errBasketChanged = Errorf(KindConflict, "basket_changed", "This name was changed in another window. Look at it as it is now, then change it again.")

func findLine(ctx context.Context, r Reader, basket, name string) (BasketLine, error) {
	lines, err := r.BasketLines(ctx, basket)
	if err != nil {
		return BasketLine{}, err
	}
	for _, l := range lines {
		if l.Name == name {
			return l, nil
		}
	}
	return BasketLine{}, Errorf(KindNotFound, "not_in_basket", "%s is no longer in the basket.", Shown(name))
}

func (e *Engine) applyChange(ctx context.Context, tx Tx, cat *Catalogue, customerID, currency string, l *BasketLine, change BasketChange) error {
	tld, ok := cat.Find(l.Name)
	if !ok || !tld.Active {
		return Errorf(KindUnsupported, "tld_not_sold", "This ending is not sold here.")
	}
	if change.Years != nil {
		if l.Years = *change.Years; l.Years < tld.MinYears || l.Years > tld.MaxYears {
			return InvalidField("years", "bad_period", "Names under .%s can be had for %d to %d years.", tld.Name, tld.MinYears, tld.MaxYears)
		}
	}
	if change.ContactID != nil {
		if l.ContactID = *change.ContactID; l.ContactID != "" {
			v, err := tx.ContactVersion(ctx, ContactRef{ContactID: l.ContactID})
			if IsNotFound(err) || err == nil && (customerID == "" || v.CustomerID != customerID) {
				return InvalidField("contact", "unknown_contact", "There is no such contact in your account.")
			}
			if err != nil {
				return err
			}
		}
	}
	if change.NameServers != nil {
		var err error
		if l.NameServers = nil; len(*change.NameServers) > 0 {
			if l.NameServers, err = NormalizeNameServers(*change.NameServers, tld.MinNameServers, tld.MaxNameServers); err != nil {
				return err
			}
		}
		for _, h := range l.NameServers {
			if Under(h, l.Name) {
				return InvalidField("nameservers", "subordinate_host", "%s lies inside the name you are registering; choose name servers elsewhere first.", h)
			}
		}
	}
	now := e.Now()
	price, sold := cat.Price(tld.Name, ActionRegister, l.Years, currency, now)
	if !sold {
		return Errorf(KindUnsupported, "no_price", "There is no price for this in %s.", currency)
	}
	l.Price, l.QuotedAt = price.Sale, now
	return nil
}

// RemoveFromBasket removes names; ones that are not there are no error.
func (e *Engine) RemoveFromBasket(ctx context.Context, basket string, names []string) error {
	if basket == "" || len(names) == 0 {
		return nil
	}
	err := e.store.InTx(ctx, func(tx Tx) error { return tx.DeleteBasketLines(ctx, basket, names) })
	if err != nil {
		return fmt.Errorf("taking out of a basket: %w", err)
	}
	return nil
}

// AdoptBasket moves a visitor's lines to the customer who has signed in, quoted
// anew in the customer's currency. Lines that the customer has already stay; left
// are names, as A-labels, for which there is no room.
func (e *Engine) AdoptBasket(ctx context.Context, visitor string, cus Customer) (left []string, err error) {
	if visitor == "" || visitor == cus.ID {
		return nil, nil
	}
	cat, err := e.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		left = nil
		lines, err := tx.BasketLines(ctx, visitor)
		if err != nil || len(lines) == 0 {
			return err
		}
		var names []string
		var moved []BasketLine
		for _, l := range lines {
			names = append(names, l.Name)
			fresh := l
			fresh.ID, fresh.Basket, fresh.ContactID = e.id(PrefixBasketLine), cus.ID, ""
			// A name that is no longer sold keeps its old quote and says so in the basket.
			if err := e.applyChange(ctx, tx, cat, cus.ID, cus.Currency, &fresh, BasketChange{}); err != nil && KindOf(err) != KindUnsupported {
				return err
			}
			moved = append(moved, fresh)
		}
		if err := tx.DeleteBasketLines(ctx, visitor, names); err != nil {
			return err
		}
		left, err = addLines(ctx, tx, cus.ID, moved)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("taking over a basket: %w", err)
	}
	return left, nil
}

// AddContact keeps a new contact of a customer.
func (e *Engine) AddContact(ctx context.Context, by Actor, customerID string, data ContactData) (ContactVersion, error) {
	data, err := data.Normalize()
	if err != nil {
		return ContactVersion{}, err
	}
	v := ContactVersion{ContactID: e.id(PrefixContact), Version: 1, CustomerID: customerID, ContactData: data, CreatedAt: e.Now()}
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := tx.InsertContactVersion(ctx, v); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "contact.create", "contact", v.ContactID, "", nil, v))
	})
	if err != nil {
		return ContactVersion{}, fmt.Errorf("adding a contact: %w", err)
	}
	return v, nil
}

// PurgeBaskets removes lines that nobody has touched for a long time.
func (e *Engine) PurgeBaskets(ctx context.Context) error {
	const batch = 500
	for ctx.Err() == nil {
		var n int
		err := e.store.InTx(ctx, func(tx Tx) (err error) {
			n, err = tx.PurgeBaskets(ctx, e.Now().Add(-basketLife), batch)
			return err
		})
		if err != nil {
			return fmt.Errorf("purging baskets: %w", err)
		}
		if n < batch {
			return nil
		}
	}
	return ctx.Err()
}
