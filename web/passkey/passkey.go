// Package passkey runs the ceremonies of WebAuthn (W3C, Level 3) for the pages:
// it asks a browser for a passkey and checks what comes back. It stands here and
// not in the engine because origin, challenge and client data are words of the
// web; the engine keeps the records, the counter and the evidence. Portal and
// admin share it.
//
// The relying party is the host of the public address in the configuration, and
// its origin is the only one taken: the Host header of a request has no say.
// A challenge lies in the session of the browser that asked, works for one
// purpose, one answer and five minutes.
package passkey

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// Purpose is what a challenge may be answered for.
type Purpose string

// Purposes.
const (
	Add    Purpose = "passkey_add"
	SignIn Purpose = "passkey_sign_in" // without a password
	Second Purpose = "passkey_second"  // after the password
	Prove  Purpose = "passkey_prove"   // before a sensitive act
)

// maxAnswer bounds what a browser sends back, in bytes.
const maxAnswer = 64 << 10

// Desk runs ceremonies for one face.
type Desk struct {
	engine   *registrar.Engine
	sessions *ui.Sessions
	rp       *webauthn.WebAuthn // nil: the site has no name that passkeys could be bound to
	origin   string
}

// New returns the desk of a site that people reach at publicURL (scheme and
// host). Passkeys are bound to a host name and a secure origin: at an IP
// address, or without https anywhere but on localhost, the desk is closed.
func New(engine *registrar.Engine, sessions *ui.Sessions, publicURL, name string) (*Desk, error) {
	d := &Desk{engine: engine, sessions: sessions, origin: publicURL}
	u, err := url.Parse(publicURL)
	if err != nil {
		return nil, fmt.Errorf("public address: %w", err)
	}
	host := u.Hostname()
	if protocol.ValidateRPID(host) != nil || u.Scheme != "https" && host != "localhost" {
		return d, nil
	}
	d.rp, err = webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: name, RPOrigins: []string{publicURL}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred},
	})
	if err != nil {
		return nil, fmt.Errorf("setting up passkeys: %w", err)
	}
	return d, nil
}

// Open reports whether passkeys can be used at this site.
func (d *Desk) Open() bool { return d.rp != nil }

// Origin is where passkeys of this site work.
func (d *Desk) Origin() string { return d.origin }

var errClosed = registrar.Errorf(registrar.KindConflict, "no_site_name", "Passkeys need this site to be reached by its name over https.")

// person is a user as WebAuthn wants to see one. The handle is the user's id,
// which tells nothing about the person.
type person struct {
	user registrar.User
	keys []registrar.Passkey
}

func (p person) WebAuthnID() []byte          { return []byte(p.user.ID) }
func (p person) WebAuthnName() string        { return p.user.Email }
func (p person) WebAuthnDisplayName() string { return p.user.Name }

func (p person) WebAuthnCredentials() []webauthn.Credential {
	out := make([]webauthn.Credential, 0, len(p.keys))
	for _, k := range p.keys {
		c := webauthn.Credential{ID: k.CredentialID, PublicKey: k.PublicKey,
			Flags:         webauthn.CredentialFlags{BackupEligible: k.BackupEligible, BackupState: k.BackedUp},
			Authenticator: webauthn.Authenticator{SignCount: k.SignCount}}
		for _, t := range k.Transports {
			c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
		}
		out = append(out, c)
	}
	return out
}

func (d *Desk) person(ctx context.Context, user registrar.User) (person, error) {
	keys, err := d.engine.Passkeys(ctx, user.ID)
	return person{user, keys}, err
}

// BeginAdd returns what the browser needs to make a passkey for a user, to be
// sent as JSON.
func (d *Desk) BeginAdd(ctx context.Context, user registrar.User) (any, error) {
	if d.rp == nil {
		return nil, errClosed
	}
	p, err := d.person(ctx, user)
	if err != nil {
		return nil, err
	}
	options, data, err := d.rp.BeginRegistration(p, webauthn.WithExclusions(webauthn.Credentials(p.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return nil, fmt.Errorf("asking for a new passkey: %w", err)
	}
	return options.Response, d.remember(ctx, Add, data, user.ID)
}

// BeginSignIn returns what the browser needs to let somebody in whom we do not
// know yet; the authenticator must verify the person.
func (d *Desk) BeginSignIn(ctx context.Context) (any, error) {
	if d.rp == nil {
		return nil, errClosed
	}
	options, data, err := d.rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, fmt.Errorf("asking for a passkey: %w", err)
	}
	return options.Response, d.remember(ctx, SignIn, data, "")
}

// BeginUse returns what the browser needs to use one of the passkeys of a user
// for Second or Prove.
func (d *Desk) BeginUse(ctx context.Context, purpose Purpose, user registrar.User) (any, error) {
	if d.rp == nil {
		return nil, errClosed
	}
	p, err := d.person(ctx, user)
	if err != nil {
		return nil, err
	}
	if len(p.keys) == 0 {
		return nil, registrar.BadPasskey(nil)
	}
	options, data, err := d.rp.BeginLogin(p)
	if err != nil {
		return nil, fmt.Errorf("asking for a passkey of %s: %w", user.ID, err)
	}
	return options.Response, d.remember(ctx, purpose, data, user.ID)
}

// remember ties a challenge to the browser's session.
func (d *Desk) remember(ctx context.Context, purpose Purpose, data *webauthn.SessionData, userID string) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("keeping a challenge: %w", err)
	}
	if err := d.engine.NoteChallenge(ctx, data.Challenge, userID); err != nil {
		return err
	}
	d.sessions.Put(ctx, string(purpose), string(text))
	return nil
}

// recall takes the challenge out of the session and out of the world: whatever
// the answer is worth, it is the only one.
func (d *Desk) recall(ctx context.Context, purpose Purpose) (webauthn.SessionData, error) {
	var data webauthn.SessionData
	text := d.sessions.Get(ctx, string(purpose))
	d.sessions.Remove(ctx, string(purpose))
	if d.rp == nil {
		return data, errClosed
	}
	if text == "" {
		return data, registrar.BadPasskey(nil)
	}
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		return data, fmt.Errorf("reading a challenge: %w", err)
	}
	return data, d.engine.TakeChallenge(ctx, data.Challenge)
}

// FinishAdd returns the passkey that a browser made for a user, for
// Engine.AddPasskey.
func (d *Desk) FinishAdd(ctx context.Context, user registrar.User, answer string) (registrar.Passkey, error) {
	data, err := d.recall(ctx, Add)
	if err != nil {
		return registrar.Passkey{}, err
	}
	if len(answer) > maxAnswer {
		return registrar.Passkey{}, registrar.BadPasskey(nil)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return registrar.Passkey{}, registrar.BadPasskey(err)
	}
	c, err := d.rp.CreateCredential(person{user: user}, data, parsed)
	if err != nil {
		return registrar.Passkey{}, registrar.BadPasskey(err)
	}
	p := registrar.Passkey{CredentialID: c.ID, PublicKey: c.PublicKey, SignCount: c.Authenticator.SignCount,
		BackupEligible: c.Flags.BackupEligible, BackedUp: c.Flags.BackupState}
	for _, t := range c.Transport {
		p.Transports = append(p.Transports, string(t))
	}
	return p, nil
}

// FinishSignIn returns who answered, and the use for Engine.UsePasskey.
func (d *Desk) FinishSignIn(ctx context.Context, answer string) (registrar.User, registrar.PasskeyUse, error) {
	data, err := d.recall(ctx, SignIn)
	if err != nil {
		return registrar.User{}, registrar.PasskeyUse{}, err
	}
	parsed, err := parse(answer)
	if err != nil {
		return registrar.User{}, registrar.PasskeyUse{}, err
	}
	record, user, err := d.engine.PasskeyOwner(ctx, parsed.RawID)
	if err != nil {
		return registrar.User{}, registrar.PasskeyUse{}, err
	}
	owner := func(_, _ []byte) (webauthn.User, error) { return person{user, []registrar.Passkey{record}}, nil }
	if _, _, err := d.rp.ValidatePasskeyLogin(owner, data, parsed); err != nil {
		return registrar.User{}, registrar.PasskeyUse{}, registrar.BadPasskey(err)
	}
	return user, use(parsed), nil
}

// FinishUse checks the answer of a user to Second or Prove and returns the use
// for the engine.
func (d *Desk) FinishUse(ctx context.Context, purpose Purpose, user registrar.User, answer string) (registrar.PasskeyUse, error) {
	data, err := d.recall(ctx, purpose)
	if err != nil {
		return registrar.PasskeyUse{}, err
	}
	parsed, err := parse(answer)
	if err != nil {
		return registrar.PasskeyUse{}, err
	}
	p, err := d.person(ctx, user)
	if err != nil {
		return registrar.PasskeyUse{}, err
	}
	if _, err := d.rp.ValidateLogin(p, data, parsed); err != nil {
		return registrar.PasskeyUse{}, registrar.BadPasskey(err)
	}
	return use(parsed), nil
}

func parse(answer string) (*protocol.ParsedCredentialAssertionData, error) {
	if len(answer) > maxAnswer {
		return nil, registrar.BadPasskey(nil)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return nil, registrar.BadPasskey(err)
	}
	return parsed, nil
}

// use takes the counter as it was signed; whether it went back, the engine
// judges.
func use(parsed *protocol.ParsedCredentialAssertionData) registrar.PasskeyUse {
	data := parsed.Response.AuthenticatorData
	return registrar.PasskeyUse{CredentialID: parsed.RawID, SignCount: data.Counter, BackedUp: data.Flags.HasBackupState()}
}
