// Package publicdata holds the one public projection of registrations. RDAP,
// WHOIS and every other public face read names through its Service and see
// only what its Redactor lets out, so they can neither disagree nor leak. A
// lookup is one indexed query at most: answers, also negative ones, are cached
// for seconds and forgotten as soon as the engine commits a change.
package publicdata

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/maypok86/otter/v2"

	"github.com/indera/indera/registrar"
)

// Source reads one active registration by its A-label; registrar.Reader is one.
// A name we do not sponsor is KindNotFound.
type Source interface {
	Registration(ctx context.Context, name string) (registrar.Registration, error)
}

// Feed tells of committed changes; *registrar.Engine is one.
type Feed interface {
	Subscribe(fn func(registrar.Event))
}

// Options wires a Service. Zero values take the defaults given here.
type Options struct {
	Source      Source
	Feed        Feed // may be nil: then only time invalidates
	Redactor    Redactor
	Clock       clockwork.Clock
	TTL         time.Duration // of a hit; other replicas' changes show by then; 5 s, at most that
	NegativeTTL time.Duration // of a miss; 1 s, at most TTL
	MaxEntries  int           // 50,000: some 50 MB
	Timeout     time.Duration // of one read of the source; 3 s
}

// MaxTTL keeps the promise that a change is public within 10 seconds.
const MaxTTL = 5 * time.Second

// Service looks names up. All methods may be called concurrently.
type Service struct {
	opt   Options
	cache *otter.Cache[string, answer]
}

// answer is a cached outcome; found is false for names that are not ours.
type answer struct {
	found bool
	view  View
}

// New checks the options and returns a service. It starts no goroutine.
func New(opt Options) (*Service, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	s := &Service{opt: opt}
	cache, err := otter.New(&otter.Options[string, answer]{
		MaximumSize: opt.MaxEntries,
		Clock:       ticks{opt.Clock},
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, answer]) time.Duration {
			if e.Value.found {
				return opt.TTL
			}
			return opt.NegativeTTL
		}),
	})
	if err != nil {
		return nil, fmt.Errorf("making cache: %w", err)
	}
	s.cache = cache
	if opt.Feed != nil {
		opt.Feed.Subscribe(func(ev registrar.Event) {
			if ev.Domain != "" {
				s.Forget(ev.Domain)
			}
		})
	}
	return s, nil
}

func (o *Options) check() error {
	if o.Source == nil {
		return errors.New("public data needs a source")
	}
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.TTL == 0 {
		o.TTL = MaxTTL
	}
	if o.NegativeTTL == 0 {
		o.NegativeTTL = min(time.Second, o.TTL)
	}
	if o.MaxEntries == 0 {
		o.MaxEntries = 50_000
	}
	if o.Timeout == 0 {
		o.Timeout = 3 * time.Second
	}
	if o.TTL < 0 || o.TTL > MaxTTL || o.NegativeTTL < 0 || o.NegativeTTL > o.TTL || o.MaxEntries < 1 || o.Timeout < 0 {
		return fmt.Errorf("public data: need 0 < negative TTL ≤ TTL ≤ %s, entries and timeout above 0", MaxTTL)
	}
	u, err := url.Parse(o.Redactor.ContactBase)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || !strings.HasSuffix(u.Path, "/") {
		return errors.New("public data: the contact base must be an http(s) URL that ends in /")
	}
	return nil
}

// Lookup returns the public view of a name we sponsor. Other names are
// KindNotFound; a source that fails or is late is KindUnavailable. Callers that
// ask for the same name at once share one read.
func (s *Service) Lookup(ctx context.Context, name registrar.Name) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timeout)
	defer cancel()
	a, err := s.cache.Get(ctx, name.A, otter.LoaderFunc[string, answer](s.load))
	if err != nil {
		return View{}, registrar.Errorf(registrar.KindUnavailable, "lookup_failed",
			"The registration data can't be read right now.").Because(err)
	}
	if !a.found {
		return View{}, registrar.Errorf(registrar.KindNotFound, "no_such_domain", "This name is not registered through this registrar.")
	}
	return a.view, nil
}

func (s *Service) load(ctx context.Context, name string) (answer, error) {
	readAt := s.opt.Clock.Now().UTC()
	reg, err := s.opt.Source.Registration(ctx, name)
	if registrar.IsNotFound(err) {
		return answer{}, nil
	}
	if err != nil {
		return answer{}, fmt.Errorf("reading registration: %w", err)
	}
	return answer{found: true, view: s.opt.Redactor.Redact(reg, readAt)}, nil
}

// Forget drops what is cached of a name, and what is being read of it.
func (s *Service) Forget(name string) { s.cache.Invalidate(name) }

// ticks gives the cache business time. It sends no ticks: entries go when they
// are asked for or when room is needed.
type ticks struct{ clock clockwork.Clock }

func (t ticks) NowNano() int64 { return t.clock.Now().UnixNano() }

func (ticks) Tick(time.Duration) <-chan time.Time { return nil }
