package pool

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/session"
)

var (
	pwSent    = regexp.MustCompile(`<pw>([^<]*)</pw>`)
	newPWSent = regexp.MustCompile(`<newPW>([^<]*)</newPW>`)
)

// doorkeeper is a registry that checks passwords and takes new ones. steps is
// told what is about to happen; false kills the client's side at that point.
type doorkeeper struct {
	mu       sync.Mutex
	password string
	bad      int // refused logins
	refuse   int // code for a login with newPW, 0 = take it
	step     func(name string) bool
}

func (d *doorkeeper) serve(c *epptest.Conn) {
	c.Greet()
	req, err := c.Read()
	if err != nil {
		return
	}
	pw, fresh := pwSent.FindStringSubmatch(req.XML)[1], newPWSent.FindStringSubmatch(req.XML)
	kind := "login"
	if fresh != nil {
		kind = "change"
	}
	if !d.step(kind + " arrives") {
		return
	}
	d.mu.Lock()
	switch {
	case pw != d.password:
		d.bad++
		d.mu.Unlock()
		c.Reply(2200, req.ClTRID)
		_, _ = c.Read()
		return
	case fresh != nil && d.refuse != 0:
		code := d.refuse
		d.mu.Unlock()
		c.Reply(code, req.ClTRID)
		_, _ = c.Read()
		return
	case fresh != nil:
		d.password = fresh[1]
	}
	d.mu.Unlock()
	if !d.step(kind + " done") {
		return
	}
	c.Reply(1000, req.ClTRID)
	if !d.step(kind + " answered") {
		return
	}
	for {
		req, err := c.Read()
		if err != nil {
			return
		}
		if req.Verb == "logout" {
			c.Reply(1500, req.ClTRID)
			return
		}
		c.Reply(1000, req.ClTRID)
	}
}

// vault is Secrets in memory that survive a killed client.
type vault struct {
	mu   sync.Mutex
	kept Credentials
	step func(name string) bool
}

var errKilled = errors.New("killed")

func (v *vault) Load(context.Context) (Credentials, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.kept, nil
}

func (v *vault) Propose(_ context.Context, known Credentials, pending epp.Secret) error {
	return v.change("propose", known, Credentials{known.Current, pending})
}

func (v *vault) Settle(_ context.Context, known Credentials, proven epp.Secret) error {
	return v.change("settle", known, Credentials{Current: proven})
}

func (v *vault) change(name string, known, next Credentials) error {
	if !v.step(name + " begins") {
		return errKilled
	}
	v.mu.Lock()
	if v.kept == known {
		v.kept = next
	}
	v.mu.Unlock()
	if !v.step(name + " done") {
		return errKilled
	}
	return nil
}

const (
	oldPW epp.Secret = "old-secret-1"
	newPW epp.Secret = "new-secret-1"
)

// rotationRig is a doorkeeper with its vault; kill is the step at which the
// client dies.
func rotationRig(t *testing.T) (cfg Config, d *doorkeeper, v *vault, arm func(kill int) context.Context, steps func() []string) {
	var mu sync.Mutex
	var seen []string
	var killAt int
	dead, cancel := context.Background(), context.CancelFunc(func() {})
	step := func(name string) bool {
		mu.Lock()
		defer mu.Unlock()
		if dead.Err() != nil {
			return false
		}
		seen = append(seen, name)
		if len(seen) == killAt {
			cancel()
			return false
		}
		return true
	}
	d = &doorkeeper{password: oldPW.Reveal(), step: step}
	v = &vault{kept: Credentials{Current: oldPW}, step: step}
	srv := epptest.New(t, d.serve)
	tlsCfg, err := session.TLS{ServerName: epptest.ServerName, Roots: epptest.Roots()}.Config()
	if err != nil {
		t.Fatal(err)
	}
	cfg = Config{Secrets: v, Session: session.Config{
		Registry: "test", Addr: "pipe:700", TLS: tlsCfg, ClientID: "registrar-1",
		Services: epp.Services{Objects: []string{epp.Standard.Domain}}, DialContext: srv.Dial,
	}}
	arm = func(kill int) context.Context {
		mu.Lock()
		defer mu.Unlock()
		seen, killAt = nil, kill
		dead, cancel = context.WithCancel(context.Background())
		t.Cleanup(cancel)
		return dead
	}
	return cfg, d, v, arm, func() []string { mu.Lock(); defer mu.Unlock(); return seen }
}

// TestRotateSurvivesAKillAtEveryStep: wherever the client dies, the pools of
// other processes still log in, and the change can be finished.
func TestRotateSurvivesAKillAtEveryStep(t *testing.T) {
	for kill, more := 1, true; more; kill++ {
		synctest.Test(t, func(t *testing.T) {
			cfg, d, v, arm, steps := rotationRig(t)
			if _, err := Rotate(arm(kill), cfg, newPW); err == nil {
				more = false // it came to its end before
				if kill < 10 || d.password != newPW.Reveal() || v.kept != (Credentials{Current: newPW}) || d.bad != 0 {
					t.Errorf("%d steps; the registry has %q, kept %v, %d refused logins", kill, d.password, v.kept, d.bad)
				}
				return
			}
			died := steps()[kill-1]
			synctest.Wait()
			live := arm(0)
			p := newPool(t, nil, func(c *Config) { *c = cfg })
			if _, err := p.Exchange(live, Customer, check); err != nil {
				t.Fatalf("killed when %s: a pool can't log in: %v", died, err)
			}
			if err := p.Close(live); err != nil {
				t.Error(err)
			}
			if _, err := Rotate(live, cfg, "third-secret"); err != nil {
				t.Fatalf("killed when %s: the change can't be finished: %v", died, err)
			}
			if v.kept != (Credentials{Current: epp.Secret(d.password)}) || d.password == oldPW.Reveal() || d.bad > 2 {
				t.Errorf("killed when %s: the registry has %q, %d refused logins, settled: %t", died, d.password, d.bad, v.kept.Pending == "")
			}
		})
	}
}

func TestRotateRefused(t *testing.T) {
	for name, c := range map[string]struct {
		refuse int
		have   epp.Secret // what the registry has at first
		bad    int
	}{
		"a password it does not like": {2306, oldPW, 0},
		"the current one is wrong":    {0, "quite-another", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg, d, v, arm, _ := rotationRig(t)
				d.refuse, d.password = c.refuse, c.have.Reveal()
				_, err := Rotate(arm(0), cfg, newPW)
				var ce *session.ConnectError
				if !errors.As(err, &ce) || errors.Is(err, ErrUndecided) || v.kept != (Credentials{Current: oldPW}) || d.bad != c.bad {
					t.Errorf("%v; kept pending: %t, %d refused logins", err, v.kept.Pending != "", d.bad)
				}
			})
		})
	}
}

// TestRotateWhenBothAreWrong: nothing is forgotten, and the account is not
// locked by trying.
func TestRotateWhenBothAreWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg, d, v, arm, _ := rotationRig(t)
		v.kept.Pending, d.password = newPW, "quite-another"
		_, err := Rotate(arm(0), cfg, "third-secret")
		if !errors.Is(err, ErrUndecided) || v.kept != (Credentials{oldPW, newPW}) || d.bad != 2 {
			t.Errorf("%v, %d refused logins", err, d.bad)
		}
	})
}

// TestRotateToWhatCanNotBeSent: such a password is forgotten, also when an
// earlier process died right after it was kept.
func TestRotateToWhatCanNotBeSent(t *testing.T) {
	for _, begun := range []epp.Secret{"", "short"} {
		synctest.Test(t, func(t *testing.T) {
			cfg, d, v, arm, _ := rotationRig(t)
			v.kept.Pending = begun
			_, err := Rotate(arm(0), cfg, "short")
			var invalid *epp.InvalidError
			if !errors.As(err, &invalid) || v.kept != (Credentials{Current: oldPW}) || d.bad != 0 {
				t.Errorf("%v; kept pending: %t", err, v.kept.Pending != "")
			}
		})
	}
}

// TestRotateWhileTheRegistryIsAway forgets the new one, too: it was not sent.
func TestRotateWhileTheRegistryIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg, _, v, arm, _ := rotationRig(t)
		away := errors.New("connection refused")
		cfg.Session.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, away }
		if _, err := Rotate(arm(0), cfg, newPW); !errors.Is(err, away) || v.kept != (Credentials{Current: oldPW}) {
			t.Errorf("%v; kept pending: %t", err, v.kept.Pending != "")
		}
	})
}

// TestRotateWaitsForAPlace: other replicas hold all sessions and make room.
func TestRotateWaitsForAPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg, d, _, arm, _ := rotationRig(t)
		shared := NewMemory()
		cfg.Leases, cfg.MaxSessions = shared, 2
		ctx := arm(0)
		p := newPool(t, nil, func(c *Config) { *c = cfg; c.Warm = 2 })
		synctest.Wait()
		if s := p.Stats(); s.Open != 2 {
			t.Fatalf("%+v", s)
		}
		limit, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		if _, err := Rotate(limit, cfg, newPW); err != nil || d.password != newPW.Reveal() {
			t.Errorf("%v", err)
		}
		if told(shared) != 1 {
			t.Errorf("its demand stays: %d", told(shared))
		}
		// New sessions take the new password.
		p.cutAll()
		if _, err := p.Exchange(ctx, Customer, check); err != nil || d.bad != 0 {
			t.Errorf("%v, %d refused logins", err, d.bad)
		}
	})
}

// TestManySessionsWhileAChangeIsOpen: only one refused login is risked.
func TestManySessionsWhileAChangeIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg, d, v, arm, _ := rotationRig(t)
		ctx := arm(0)
		v.kept.Pending, d.password = newPW, newPW.Reveal()
		cfg.MaxSessions = 5
		p := newPool(t, nil, func(c *Config) { *c = cfg; c.Warm = 5 })
		synctest.Wait()
		if _, err := p.Exchange(ctx, Customer, check); err != nil {
			t.Error(err)
		}
		if s := p.Stats(); s.Open != 5 || d.bad != 1 || v.kept != (Credentials{Current: newPW}) {
			t.Errorf("%+v, %d refused logins", s, d.bad)
		}
	})
}

func TestCredentialsHideThemselves(t *testing.T) {
	if got := fmt.Sprintf("%v %+v", Credentials{oldPW, newPW}, &Credentials{oldPW, newPW}); regexp.MustCompile("secret-1").MatchString(got) {
		t.Error(got)
	}
}
