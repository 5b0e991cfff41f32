package pool

import (
	"context"
	"errors"
	"fmt"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/session"
)

// Credentials are the passwords of one registry account.
type Credentials struct {
	Current epp.Secret
	// Pending is one that the registry may have taken already: kept beside
	// Current until a login proves which one is valid. "" = none.
	Pending epp.Secret
}

// Secrets keeps the password of a registry account while it is changed.
// Implementations are safe for concurrent use, also by several processes, and
// what they return nil for survives a crash of the machine.
type Secrets interface {
	// Load returns what is kept now.
	Load(ctx context.Context) (Credentials, error)
	// Propose keeps a new password beside the current one. It fails when what is
	// kept is no longer as known, or one is pending already.
	Propose(ctx context.Context, known Credentials, pending epp.Secret) error
	// Settle makes proven, one of the known two, the current password and
	// forgets the other. When what is kept is no longer as known, or another
	// process is changing it, Settle does nothing.
	Settle(ctx context.Context, known Credentials, proven epp.Secret) error
}

// dial opens a session with the password that is valid.
func (p *Pool) dial() (*session.Session, error) {
	if p.cfg.Secrets == nil {
		return session.Dial(p.life, p.cfg.Session)
	}
	creds, err := p.credentials()
	if err != nil {
		return nil, err
	}
	if creds.Pending == "" {
		s, err := p.dialWith(creds.Current)
		if !refused(err) {
			return s, err
		}
		// The password may have been changed between reading and using it.
		now, loadErr := p.credentials()
		if loadErr != nil || now == creds {
			return nil, err
		}
	}
	// One at a time: a registry counts refused logins.
	p.proving.Lock()
	defer p.proving.Unlock()
	return p.prove()
}

// prove tries the current password and then the pending one, and keeps what it
// learns.
func (p *Pool) prove() (*session.Session, error) {
	creds, err := p.credentials()
	if err != nil {
		return nil, err
	}
	s, err := p.dialWith(creds.Current)
	if !refused(err) || creds.Pending == "" {
		return s, err
	}
	s, second := p.dialWith(creds.Pending)
	if second != nil {
		return nil, errors.Join(err, second)
	}
	ctx, cancel := context.WithTimeout(p.life, giveBackTimeout)
	defer cancel()
	if err := p.cfg.Secrets.Settle(ctx, creds, creds.Pending); err != nil {
		p.note(fmt.Errorf("keeping the proven password: %w", err)) // both are kept: proven again at the next login
	}
	return s, nil
}

func (p *Pool) credentials() (Credentials, error) {
	ctx, cancel := context.WithTimeout(p.life, giveBackTimeout)
	defer cancel()
	creds, err := p.cfg.Secrets.Load(ctx)
	if err != nil {
		return Credentials{}, fmt.Errorf("reading the password of %s: %w", p.name(), err)
	}
	return creds, nil
}

func (p *Pool) dialWith(password epp.Secret) (*session.Session, error) {
	cfg := p.cfg.Session
	cfg.Password = password
	return session.Dial(p.life, cfg)
}

// refused reports whether the server refused a password.
func refused(err error) bool {
	var ce *session.ConnectError
	return errors.As(err, &ce) && ce.CredentialsRefused()
}
