package errp_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/policies/errp"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
	"github.com/indera/indera/templates/mail"
	"github.com/indera/indera/test/mariadb"
)

func TestMain(m *testing.M) { os.Exit(mariadb.Main(m)) }

const day = 24 * time.Hour

var start = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// world is a deployment in miniature whose business time is moved by hand.
type world struct {
	t        testing.TB
	clock    *clockwork.FakeClock
	store    *store.Store
	registry *registrytest.Memory
	engine   *registrar.Engine
	policy   *errp.Policy
	brake    registrar.BrakeLimit
	box      *postbox
	customer registrar.Customer
	user     registrar.User
	names    int
}

// onBoth runs a test on an empty deployment on each database.
func onBoth(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		clock := clockwork.NewFakeClockAt(start)
		f(t, newWorld(t, clock, storetest.OpenSQLite(t, clock)))
	})
	t.Run("mariadb", func(t *testing.T) {
		clock := clockwork.NewFakeClockAt(start)
		f(t, newWorld(t, clock, storetest.OpenMySQL(t, clock)))
	})
}

func newWorld(t testing.TB, clock *clockwork.FakeClock, s *store.Store) *world {
	t.Helper()
	w := &world{t: t, clock: clock, store: s, registry: registrytest.NewMemory(clock), box: &postbox{}, brake: registrar.BrakeLimit{Share: 0.02, Floor: 1000}}
	w.engine, w.policy = w.replica("first")
	err := w.engine.ApplyCatalogue(t.Context(), registrar.System("test"), []registrar.TLD{
		{Name: "shop", Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true},
	}, []registrar.Price{{
		TLD: "shop", Action: registrar.ActionRenew, Class: registrar.ClassStandard, Years: 1, Sale: registrar.Money{Minor: 1500, Currency: "USD"},
		Cost: registrar.Money{Minor: 900, Currency: "USD"}, ValidFrom: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
	}})
	w.must(err)
	w.customer, w.user, err = w.engine.SignUp(t.Context(), registrar.Actor{Kind: registrar.ActorCustomer}, registrar.SignUp{Name: "Ada", Email: "account@example.org", Password: "correct horse"})
	w.must(err)
	return w
}

// replica is another process on the same store.
func (w *world) replica(holder string) (*registrar.Engine, *errp.Policy) {
	w.t.Helper()
	letters, err := mail.New(mail.Sender{Registrar: "Test Registrar", PortalURL: "http://portal.test", AdminURL: "http://portal.test/admin"})
	w.must(err)
	e, err := registrar.New(registrar.Options{
		Store: w.store, Registries: map[string]registrar.Registry{"mem": w.registry}, Clock: w.clock, Letters: letters, Holder: holder, Sandbox: true,
		StaffEmail: "staff@registrar.example", SettleAfter: 50 * time.Millisecond, ConfirmAfter: 20 * time.Millisecond, CatalogueTTL: time.Nanosecond,
	})
	w.must(err)
	p, err := errp.New(errp.Options{Engine: e, Brake: w.brake, Exempt: []string{"xn--p1ai"}})
	w.must(err)
	return e, p
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) write(fn func(tx registrar.Tx) error) {
	w.t.Helper()
	w.must(w.store.InTx(w.t.Context(), fn))
}

// name puts an active name with a registrant of its own into the store.
func (w *world) name(expires time.Time, change ...func(*registrar.Domain)) registrar.Domain {
	w.t.Helper()
	w.names++
	d := registrar.Domain{
		ID: fmt.Sprintf("dom_%04d", w.names), Name: fmt.Sprintf("n%04d.shop", w.names), UName: fmt.Sprintf("n%04d.shop", w.names), TLD: "shop", Registry: "mem",
		CustomerID: w.customer.ID, OwnerSystem: registrar.OwnerEngine, State: registrar.DomainActive, OrderedAt: expires.AddDate(-1, 0, 0),
		ExpiresAt: &expires, ExpiresRaw: expires.Format(time.RFC3339), Registrant: registrar.ContactRef{ContactID: fmt.Sprintf("con_%04d", w.names), Version: 1},
	}
	for _, c := range change {
		c(&d)
	}
	w.write(func(tx registrar.Tx) error {
		if d.Registrant.ContactID != "" {
			if err := tx.InsertContactVersion(w.t.Context(), w.holder(d.Registrant, "holder"+d.ID[3:]+"@example.org")); err != nil {
				return err
			}
		}
		return tx.InsertDomain(w.t.Context(), d)
	})
	return d
}

func (w *world) holder(ref registrar.ContactRef, email string) registrar.ContactVersion {
	return registrar.ContactVersion{ContactID: ref.ContactID, Version: ref.Version, CustomerID: w.customer.ID, CreatedAt: w.clock.Now(), ContactData: registrar.ContactData{
		Name: "Grace " + ref.ContactID, Street: []string{"1 Road"}, City: "London", PostalCode: "SW1Y 4JH", CountryCode: "GB", Phone: "+44.2079460123", Email: email,
	}}
}

// newcomer makes a name one that came to us now: windows that have closed are
// not ours.
func (w *world) newcomer(d *registrar.Domain) { d.OrderedAt = w.clock.Now() }

// moveTo sets the clock, also back.
func (w *world) moveTo(at time.Time) { w.clock.Advance(at.Sub(w.clock.Now())) }

// run is one run of the job.
func (w *world) run() {
	w.t.Helper()
	w.must(w.policy.Run(w.t.Context()))
}

// post hands over what the queue has due.
func (w *world) post(e *registrar.Engine) {
	w.t.Helper()
	office := registrar.NewPostOffice(e, w.box, 0)
	for {
		n, err := office.Round(w.t.Context())
		w.must(err)
		if n == 0 {
			return
		}
	}
}

// work runs the job, then the post office.
func (w *world) work() {
	w.t.Helper()
	w.run()
	w.post(w.engine)
}

// duty returns what is on record for a stage of a name; one cycle is expected.
func (w *world) duty(d registrar.Domain, stage string) registrar.Duty {
	w.t.Helper()
	var found []registrar.Duty
	for _, duty := range w.duties(d) {
		if duty.Stage == stage {
			found = append(found, duty)
		}
	}
	if len(found) != 1 {
		w.t.Fatalf("%d duties of stage %s for %s: %+v", len(found), stage, d.Name, found)
	}
	return found[0]
}

func (w *world) duties(d registrar.Domain) []registrar.Duty {
	w.t.Helper()
	ds, err := w.store.Duties(w.t.Context(), registrar.DutyFilter{SubjectID: d.ID}, registrar.Page{})
	w.must(err)
	return ds
}

func (w *world) notices(duty registrar.Duty) []registrar.Notice {
	w.t.Helper()
	ns, err := w.store.Notices(w.t.Context(), []string{duty.ID})
	w.must(err)
	return ns
}

// is fails unless the duty of a stage has a state.
func (w *world) is(d registrar.Domain, stage string, want registrar.DutyState) registrar.Duty {
	w.t.Helper()
	duty := w.duty(d, stage)
	if duty.State != want {
		w.t.Fatalf("%s of %s is %s (%s), want %s", stage, d.Name, duty.State, duty.Note, want)
	}
	return duty
}

// renew moves the expiry date as an order or as the registry's view does.
func (w *world) renew(d registrar.Domain, by *errp.Policy, renewed bool) registrar.Domain {
	w.t.Helper()
	var is registrar.Domain
	w.write(func(tx registrar.Tx) error {
		was, err := tx.Domain(w.t.Context(), d.ID)
		if err != nil {
			return err
		}
		next, now := was.ExpiresAt.AddDate(1, 0, 0), w.clock.Now()
		is = was
		is.ExpiresAt, is.ExpiresRaw, is.ChangedAt = &next, next.Format(time.RFC3339), &now
		if err := tx.UpdateDomain(w.t.Context(), is); err != nil {
			return err
		}
		return by.ExpiryMoved(w.t.Context(), tx, was, is, renewed)
	})
	return is
}

// postbox takes mail; while it has errors it answers with them.
type postbox struct {
	mu     sync.Mutex
	refuse []error
	down   error // answered to everything while set
	got    []registrar.Mail
	tries  int
}

func (p *postbox) Send(_ context.Context, m registrar.Mail) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tries++
	if p.down != nil {
		return p.down
	}
	if len(p.refuse) > 0 {
		err := p.refuse[0]
		p.refuse = p.refuse[1:]
		return err
	}
	p.got = append(p.got, m)
	return nil
}

// to counts mails of a template to an address.
func (p *postbox) to(address, template string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, m := range p.got {
		if m.Template == template && (address == "" || m.To == address) {
			n++
		}
	}
	return n
}

func (w *world) gotFor(d registrar.Domain) (templates []string) {
	w.box.mu.Lock()
	defer w.box.mu.Unlock()
	for _, m := range w.box.got {
		if strings.Contains(m.Subject, d.Name) {
			templates = append(templates, m.Template)
		}
	}
	return templates
}

var (
	errBusy    = errors.New("451 4.3.0 try again later")
	errUnknown = registrar.Errorf(registrar.KindInvalid, "refused", "550 5.1.1 no such user")
)

// compliance makes a member of staff who may release brakes.
func (w *world) compliance() registrar.Actor {
	w.t.Helper()
	id := registrar.NewID(w.clock, registrar.PrefixUser)
	w.write(func(tx registrar.Tx) error {
		return tx.InsertUser(w.t.Context(), registrar.User{ID: id, Email: id + "@registrar.example", Name: "Grace", Role: registrar.RoleStaffCompliance, PasswordHash: "-", CreatedAt: w.clock.Now()})
	})
	return registrar.Actor{Kind: registrar.ActorStaff, ID: id}
}
