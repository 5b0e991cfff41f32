package store

import (
	"context"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/indera/indera/registrar"
)

type customerRow struct {
	ID       string  `gorm:"column:id;primaryKey"`
	Name     string  `gorm:"column:name"`
	Currency string  `gorm:"column:currency"`
	Language string  `gorm:"column:language"`
	Created  instant `gorm:"column:created_at"`

	Closed   *instant `gorm:"column:closed_at"`
	Revision int64    `gorm:"column:revision"` // of the customer's users
}

// TableName names the table.
func (customerRow) TableName() string { return "customers" }

func customerToRow(c registrar.Customer) customerRow {
	return customerRow{ID: c.ID, Name: c.Name, Currency: c.Currency, Language: c.Language, Created: at(c.CreatedAt), Closed: optional(c.ClosedAt)}
}

func customerFromRow(r customerRow) registrar.Customer {
	return registrar.Customer{ID: r.ID, Name: r.Name, Currency: r.Currency, Language: r.Language, CreatedAt: r.Created.Time, ClosedAt: timePtr(r.Closed)}
}

// termRow is one word by which a customer can be found.
type termRow struct {
	Term       string `gorm:"column:term;primaryKey"`
	CustomerID string `gorm:"column:customer_id;primaryKey"`
}

// TableName names the table.
func (termRow) TableName() string { return "customer_terms" }

const maxTerm = 64 // characters, as the column

// terms folds text into the words it can be found by.
func terms(text string) []string {
	folded := strings.ToLower(norm.NFKC.String(text))
	words := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	seen := make(map[string]bool, len(words))
	var out []string
	for _, w := range words {
		if r := []rune(w); len(r) > maxTerm {
			w = string(r[:maxTerm])
		}
		if !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

func (r reader) Customer(ctx context.Context, id string) (registrar.Customer, error) {
	row, err := one[customerRow](ctx, r, "customer", "id = ?", id)
	return customerFromRow(row), err
}

// maxSearchWords bounds the work of one search.
const maxSearchWords = 6

// Customers finds by id, or by the beginnings of words in the name and in the
// users' addresses; every word of the query must match.
func (r reader) Customers(ctx context.Context, query string, page registrar.Page) ([]registrar.Customer, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := newest(branch{}, page)
	query = strings.TrimSpace(query)
	if strings.HasPrefix(query, registrar.PrefixCustomer+"_") {
		if !plain(query) {
			return nil, nil
		}
		b = b.and("id = ?", query)
	} else if query != "" {
		words := terms(query)
		if len(words) == 0 {
			return nil, nil
		}
		for _, w := range words[:min(len(words), maxSearchWords)] {
			b = b.and("id IN (SELECT customer_id FROM customer_terms WHERE term >= ? AND term < ?)", w, w+"\U0010FFFF")
		}
	}
	db := r.q(ctx).Order("id DESC").Limit(page.Size())
	if b.where != "" {
		db = db.Where(b.where, b.args...)
	}
	var rows []customerRow
	if err := db.Find(&rows).Error; err != nil {
		return nil, r.d.wrap("searching customers", err)
	}
	return convert(rows, customerFromRow), nil
}

func (t *transaction) InsertCustomer(ctx context.Context, c registrar.Customer) error {
	row := customerToRow(c)
	if err := t.insert(ctx, "customer", &row); err != nil {
		return err
	}
	return t.addTerms(ctx, c.ID, c.Name)
}

func (t *transaction) addTerms(ctx context.Context, customerID, text string) error {
	for _, w := range terms(text) {
		if _, err := t.insertFresh(ctx, "customer term", &termRow{Term: w, CustomerID: customerID}); err != nil {
			return err
		}
	}
	return nil
}

type userRow struct {
	ID           string   `gorm:"column:id;primaryKey"`
	CustomerID   string   `gorm:"column:customer_id"`
	Email        string   `gorm:"column:email"`
	Name         string   `gorm:"column:name"`
	Role         string   `gorm:"column:role"`
	PasswordHash string   `gorm:"column:password_hash"`
	Created      instant  `gorm:"column:created_at"`
	Disabled     *instant `gorm:"column:disabled_at"`

	EmailVerified *instant `gorm:"column:email_verified_at"`
	Revision      int64    `gorm:"column:revision"` // counts changes that must not pass each other
}

// TableName names the table.
func (userRow) TableName() string { return "users" }

func userToRow(u registrar.User) userRow {
	return userRow{ID: u.ID, CustomerID: u.CustomerID, Email: strings.ToLower(u.Email), Name: u.Name, Role: string(u.Role),
		PasswordHash: u.PasswordHash, Created: at(u.CreatedAt), Disabled: optional(u.DisabledAt), EmailVerified: optional(u.EmailVerifiedAt)}
}

func userFromRow(r userRow) registrar.User {
	return registrar.User{ID: r.ID, CustomerID: r.CustomerID, Email: r.Email, Name: r.Name, Role: registrar.Role(r.Role),
		PasswordHash: r.PasswordHash, CreatedAt: r.Created.Time, DisabledAt: timePtr(r.Disabled), EmailVerifiedAt: timePtr(r.EmailVerified)}
}

func (r reader) User(ctx context.Context, id string) (registrar.User, error) {
	row, err := one[userRow](ctx, r, "user", "id = ?", id)
	return userFromRow(row), err
}

func (r reader) UserByEmail(ctx context.Context, email string) (registrar.User, error) {
	row, err := oneText[userRow](ctx, r, "user", "email = ?", strings.ToLower(email))
	return userFromRow(row), err
}

func (r reader) UsersOf(ctx context.Context, customerID string) ([]registrar.User, error) {
	rows, err := many[userRow](ctx, r, "users", "id DESC", "customer_id = ?", customerID)
	return convert(rows, userFromRow), err
}

func (t *transaction) InsertUser(ctx context.Context, u registrar.User) error {
	row := userToRow(u)
	if err := t.insert(ctx, "user", &row); err != nil {
		return err
	}
	if u.CustomerID == "" {
		return nil // staff belong to no customer
	}
	return t.addTerms(ctx, u.CustomerID, u.Email)
}

type tokenRow struct {
	ID         string   `gorm:"column:id;primaryKey"`
	CustomerID string   `gorm:"column:customer_id"`
	UserID     string   `gorm:"column:user_id"`
	Name       string   `gorm:"column:name"`
	Digest     string   `gorm:"column:digest"`
	Hint       string   `gorm:"column:hint"`
	Scopes     list     `gorm:"column:scopes"`
	Created    instant  `gorm:"column:created_at"`
	Expires    *instant `gorm:"column:expires_at"`
	LastUsed   *instant `gorm:"column:last_used_at"`
	Revoked    *instant `gorm:"column:revoked_at"`
	Networks   list     `gorm:"column:networks"`
}

// TableName names the table.
func (tokenRow) TableName() string { return "api_tokens" }

func tokenToRow(t registrar.APIToken) tokenRow {
	scopes := make(list, 0, len(t.Scopes))
	for _, s := range t.Scopes {
		scopes = append(scopes, string(s))
	}
	return tokenRow{ID: t.ID, CustomerID: t.CustomerID, UserID: t.UserID, Name: t.Name, Digest: t.Digest, Hint: t.Hint, Scopes: scopes, Networks: networksToList(t.Networks),
		Created: at(t.CreatedAt), Expires: optional(t.ExpiresAt), LastUsed: optional(t.LastUsedAt), Revoked: optional(t.RevokedAt)}
}

func tokenFromRow(r tokenRow) registrar.APIToken {
	var scopes []registrar.Scope
	for _, s := range r.Scopes {
		scopes = append(scopes, registrar.Scope(s))
	}
	return registrar.APIToken{ID: r.ID, CustomerID: r.CustomerID, UserID: r.UserID, Name: r.Name, Digest: r.Digest, Hint: r.Hint, Scopes: scopes, Networks: networksFromList(r.Networks),
		CreatedAt: r.Created.Time, ExpiresAt: timePtr(r.Expires), LastUsedAt: timePtr(r.LastUsed), RevokedAt: timePtr(r.Revoked)}
}

func networksToList(in []netip.Prefix) list {
	out := make(list, 0, len(in))
	for _, p := range in {
		out = append(out, p.String())
	}
	return out
}

// networksFromList reads what networksToList wrote. What is no network becomes
// one that holds no address: a broken row must not open a token to everybody.
func networksFromList(in list) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range in {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			p = netip.Prefix{}
		}
		out = append(out, p)
	}
	return out
}

func (r reader) TokenByDigest(ctx context.Context, digest string) (registrar.APIToken, error) {
	row, err := one[tokenRow](ctx, r, "token", "digest = ?", digest)
	return tokenFromRow(row), err
}

func (r reader) TokensOf(ctx context.Context, customerID string) ([]registrar.APIToken, error) {
	rows, err := many[tokenRow](ctx, r, "tokens", "id DESC", "customer_id = ?", customerID)
	return convert(rows, tokenFromRow), err
}

func (t *transaction) InsertToken(ctx context.Context, tok registrar.APIToken) error {
	row := tokenToRow(tok)
	return t.insert(ctx, "token", &row)
}

// RevokeToken keeps the time of the first revocation.
func (t *transaction) RevokeToken(ctx context.Context, customerID, id string, when time.Time) error {
	tok, err := one[tokenRow](ctx, t.reader, "token", "id = ? AND customer_id = ?", id, customerID)
	if err != nil || tok.Revoked != nil {
		return err
	}
	_, err = t.update(ctx, "token", &tokenRow{}, map[string]any{"revoked_at": at(when)}, "id = ? AND revoked_at IS NULL", id)
	return err
}

// TouchToken never moves the time back.
func (t *transaction) TouchToken(ctx context.Context, id string, when time.Time) error {
	_, err := t.update(ctx, "token", &tokenRow{}, map[string]any{"last_used_at": at(when)},
		"id = ? AND (last_used_at IS NULL OR last_used_at < ?)", id, at(when))
	return err
}
