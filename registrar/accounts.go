package registrar

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/alexedwards/argon2id"
)

// SignUp is what a new customer tells.
type SignUp struct {
	Name     string
	Email    string
	Password string
	Language string // BCP 47; "" = en
}

// Passwords (NIST SP 800-63B §5.1.1, ASVS 2.1.1 and 2.1.7): long, not soon
// guessed, no composition rules. A password that was chosen under other rules
// goes on working.
const (
	minPassword = 12
	maxPassword = 128  // ASVS 2.1.2; the longest that was ever taken had 256
	maxGiven    = 1024 // bytes that are compared
	minBits     = 25   // some thirty million guesses (registrar/guess)
)

// hashParams follow the argon2id advice of RFC 9106 §4 (second choice, scaled
// to a server that signs many people in).
var hashParams = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// decoyHash costs as much to compare as a real one, so that the time of a
// failed sign-in does not tell whether the address is known.
var decoyHash = sync.OnceValues(func() (string, error) {
	return argon2id.CreateHash("no password has this value", hashParams)
})

// SignUp makes a customer with its first user, without a mail before: for the
// operator (ActorSystem), who answers for the address, which then counts as
// confirmed, and for deployments that can't send one. Others are mailed a link
// that proves their address. The pages use RequestSignUp, which does not tell
// that an address is taken.
func (e *Engine) SignUp(ctx context.Context, by Actor, s SignUp) (Customer, User, error) {
	cus, usr, err := e.newAccount(s)
	if err != nil {
		return Customer{}, User{}, err
	}
	if by.Kind == ActorSystem {
		usr.EmailVerifiedAt = &cus.CreatedAt
	}
	if err := e.openAccount(ctx, by, cus, usr, func(Tx) error { return nil }); err != nil {
		return Customer{}, User{}, err
	}
	return cus, usr, nil
}

// newAccount checks what was told and returns a customer and its owner.
func (e *Engine) newAccount(s SignUp) (Customer, User, error) {
	name, email, hash, err := e.credentials(s.Name, s.Email, s.Password)
	if err != nil {
		return Customer{}, User{}, err
	}
	lang := s.Language
	if lang == "" {
		lang = "en"
	}
	now := e.Now()
	cus := Customer{ID: e.id(PrefixCustomer), Name: name, Currency: e.opt.Currency, Language: lang, CreatedAt: now}
	return cus, User{ID: e.id(PrefixUser), CustomerID: cus.ID, Email: email, Name: name, Role: RoleOwner, PasswordHash: hash, CreatedAt: now}, nil
}

// openAccount writes a customer and its first user; first comes before all else
// in the same transaction.
func (e *Engine) openAccount(ctx context.Context, by Actor, cus Customer, usr User, first func(Tx) error) error {
	ev := Event{ID: e.id(PrefixEvent), Kind: EventCustomerSignedUp, CustomerID: cus.ID, At: cus.CreatedAt}
	if by.ID == "" {
		by.ID = usr.ID
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		if err := first(tx); err != nil {
			return err
		}
		if err := tx.InsertCustomer(ctx, cus); err != nil {
			return err
		}
		if err := tx.InsertUser(ctx, usr); err != nil {
			return err
		}
		if _, err := tx.EnsureAccount(ctx, AccountKey{AccountCustomer, cus.ID, cus.Currency}); err != nil {
			return err
		}
		if err := tx.InsertAudit(ctx, e.audit(by, "customer.sign_up", "customer", cus.ID, "", nil, map[string]string{"name": usr.Name, "email": usr.Email})); err != nil {
			return err
		}
		if e.AddressConfirmed(usr) != nil {
			if err := e.writeVerification(ctx, tx, usr); err != nil {
				return err
			}
		}
		return tx.InsertEvent(ctx, ev)
	})
	if err != nil {
		return fmt.Errorf("signing up: %w", err)
	}
	e.notice.publish(ev)
	return nil
}

func (e *Engine) credentials(name, email, password string) (string, string, string, error) {
	name = tidy(name)
	if name == "" || len([]rune(name)) > 255 || hasControl(name) {
		return "", "", "", InvalidField("name", "required", "Please give your name, at most 255 characters.")
	}
	email, err := NormalizeEmail(email)
	if err != nil {
		return "", "", "", err
	}
	hash, err := e.hashPassword(password, name, email)
	if err != nil {
		return "", "", "", err
	}
	return name, strings.ToLower(email), hash, nil
}

// SignIn checks address and password. Wrong address and wrong password give the
// same error and cost the same time; callers limit the rate.
func (e *Engine) SignIn(ctx context.Context, email, password string) (User, error) {
	wrong := Errorf(KindUnauthenticated, "wrong_credentials", "E-mail address or password is wrong.")
	decoy, err := decoyHash()
	if err != nil {
		return User{}, fmt.Errorf("hashing: %w", err)
	}
	hash, known := decoy, false
	usr, err := e.store.UserByEmail(ctx, strings.ToLower(strings.TrimSpace(email)))
	switch {
	case err == nil:
		// A removed user has no hash left to compare with.
		if usr.DisabledAt == nil {
			hash, known = usr.PasswordHash, true
		}
	case !IsNotFound(err):
		return User{}, fmt.Errorf("signing in: %w", err)
	}
	if len(password) > maxGiven {
		return User{}, wrong
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return User{}, fmt.Errorf("comparing password: %w", err)
	}
	if !match || !known {
		return User{}, wrong
	}
	return usr, nil
}

// tokenPrefix lets secret scanners recognise a leaked token.
const tokenPrefix = "indera_"

// IssueToken makes an API token. The returned string is shown once and kept
// nowhere. KindForbidden address_not_confirmed before the user has proved the
// address.
func (e *Engine) IssueToken(ctx context.Context, by Actor, user User, name string, scopes []Scope, expires *time.Time, networks ...netip.Prefix) (string, APIToken, error) {
	name = tidy(name)
	if name == "" || len([]rune(name)) > 100 {
		return "", APIToken{}, InvalidField("name", "required", "Please name the token, at most 100 characters.")
	}
	if by.For != "" {
		return "", APIToken{}, errImpersonated
	}
	if user.CustomerID == "" {
		return "", APIToken{}, Errorf(KindForbidden, "staff_token", "API tokens belong to customers.")
	}
	if err := checkScopes(scopes); err != nil {
		return "", APIToken{}, err
	}
	for _, s := range scopes {
		if !slices.Contains(user.Role.Scopes(), s) {
			return "", APIToken{}, Errorf(KindForbidden, "role_scope", "Your role does not allow the right %s.", s)
		}
	}
	if len(networks) > maxNetworks {
		return "", APIToken{}, InvalidField("networks", "too_many", "A token has at most %d networks.", maxNetworks)
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", APIToken{}, fmt.Errorf("making token: %w", err)
	}
	secret := tokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
	t := APIToken{
		ID: e.id(PrefixToken), CustomerID: user.CustomerID, UserID: user.ID, Name: name,
		Digest: digest(secret), Hint: secret[len(secret)-4:], Scopes: scopes, Networks: networks, CreatedAt: e.Now(), ExpiresAt: expires,
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		if err := e.addressConfirmed(ctx, tx, user.ID); err != nil {
			return err
		}
		if err := tx.InsertToken(ctx, t); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "token.issue", "token", t.ID, name, nil, map[string]any{"scopes": scopes, "expires": expires, "networks": networks}))
	})
	if err != nil {
		return "", APIToken{}, fmt.Errorf("issuing token: %w", err)
	}
	return secret, t, nil
}

func checkScopes(scopes []Scope) error {
	if len(scopes) == 0 {
		return InvalidField("scopes", "required", "Please choose at least one right.")
	}
	for _, s := range scopes {
		known := false
		for _, k := range AllScopes {
			known = known || k == s
		}
		if !known {
			return InvalidField("scopes", "unknown_scope", "%q is not a right.", clip(string(s), 40))
		}
	}
	return nil
}

// RevokeToken ends a token at once. Users of a customer end their own; owners
// end all.
func (e *Engine) RevokeToken(ctx context.Context, by Actor, customerID, tokenID string) error {
	err := e.store.InTx(ctx, func(tx Tx) error {
		if err := e.mayRevoke(ctx, tx, by, customerID, tokenID); err != nil {
			return err
		}
		if err := tx.RevokeToken(ctx, customerID, tokenID, e.Now()); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "token.revoke", "token", tokenID, "", nil, nil))
	})
	if err != nil {
		return fmt.Errorf("revoking token: %w", err)
	}
	return nil
}

func (e *Engine) mayRevoke(ctx context.Context, r Reader, by Actor, customerID, tokenID string) error {
	if by.Kind != ActorCustomer {
		return nil
	}
	tokens, err := r.TokensOf(ctx, customerID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(tokens, func(t APIToken) bool { return t.ID == tokenID })
	if i < 0 || tokens[i].UserID == by.ID {
		return nil // one that is not there is the writer's to refuse
	}
	user, err := r.User(ctx, by.ID)
	if err != nil {
		return err
	}
	if user.CustomerID != customerID || !user.Role.May(MayUsers) {
		return Errorf(KindForbidden, "not_yours", "This is the token of another user; an owner of the account can revoke it.")
	}
	return nil
}

// lastUsedGrain keeps a busy token from writing a row per request.
const lastUsedGrain = time.Minute

// Token returns the live token behind a bearer string.
func (e *Engine) Token(ctx context.Context, bearer string) (APIToken, error) {
	wrong := Errorf(KindUnauthenticated, "bad_token", "The API token is not valid.")
	if !strings.HasPrefix(bearer, tokenPrefix) || len(bearer) > 100 {
		return APIToken{}, wrong
	}
	t, err := e.store.TokenByDigest(ctx, digest(bearer))
	if IsNotFound(err) {
		return APIToken{}, wrong
	}
	if err != nil {
		return APIToken{}, fmt.Errorf("reading token: %w", err)
	}
	if t, err = e.withinRole(ctx, t); err != nil {
		return APIToken{}, err
	}
	now := e.Now()
	if t.RevokedAt != nil || (t.ExpiresAt != nil && !now.Before(*t.ExpiresAt)) {
		return APIToken{}, wrong
	}
	usr, err := e.store.User(ctx, t.UserID)
	if err != nil && !IsNotFound(err) {
		return APIToken{}, fmt.Errorf("reading the token's user: %w", err)
	}
	if err != nil || usr.DisabledAt != nil {
		return APIToken{}, wrong
	}
	if t.LastUsedAt == nil || now.Sub(*t.LastUsedAt) > lastUsedGrain {
		err = e.store.InTx(ctx, func(tx Tx) error { return tx.TouchToken(ctx, t.ID, now) })
		if err != nil {
			return APIToken{}, fmt.Errorf("noting token use: %w", err)
		}
	}
	return t, nil
}

// withinRole narrows a token to what the role of its user allows today. A token
// whose user is gone opens nothing.
func (e *Engine) withinRole(ctx context.Context, t APIToken) (APIToken, error) {
	user, err := e.store.User(ctx, t.UserID)
	if IsNotFound(err) || err == nil && (user.DisabledAt != nil || user.CustomerID != t.CustomerID) {
		return APIToken{}, Errorf(KindUnauthenticated, "bad_token", "The API token is not valid.")
	}
	if err != nil {
		return APIToken{}, fmt.Errorf("reading the user of a token: %w", err)
	}
	allowed := user.Role.Scopes()
	t.Scopes = slices.DeleteFunc(slices.Clone(t.Scopes), func(s Scope) bool { return !slices.Contains(allowed, s) })
	return t, nil
}

// maxNetworks bounds the networks of one token.
const maxNetworks = 20

// ParseNetworks reads addresses and networks, separated by white space or
// commas: "192.0.2.7, 2001:db8::/32". A bare address is a network of one.
func ParseNetworks(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		p, err := netip.ParsePrefix(word)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(word); err == nil {
				p = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
			}
		}
		if err != nil || strings.Contains(word, "%") || p.Addr().Is4In6() {
			return nil, InvalidField("networks", "bad_network", "%q is not an address or network like 192.0.2.0/24.", clip(word, 40))
		}
		out = append(out, p.Masked())
	}
	if len(out) > maxNetworks {
		return nil, InvalidField("networks", "too_many", "A token has at most %d networks.", maxNetworks)
	}
	return out, nil
}

// From reports whether the token may be used from an address.
func (t APIToken) From(ip string) bool {
	if len(t.Networks) == 0 {
		return true
	}
	addr, err := netip.ParseAddr(ip)
	return err == nil && slices.ContainsFunc(t.Networks, func(n netip.Prefix) bool { return n.Contains(addr.Unmap().WithZone("")) })
}

// Allows reports whether the token carries a scope.
func (t APIToken) Allows(s Scope) bool {
	for _, have := range t.Scopes {
		if have == s {
			return true
		}
	}
	return false
}

// digest is enough for tokens: they carry 256 random bits, so no slow hash is
// needed to keep them from being guessed.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
