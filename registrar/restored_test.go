package registrar_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/store"
)

// backedUp is a world whose database is a file that can be put back.
type backedUp struct {
	*world
	file string
}

func newBackedUp(t *testing.T) *backedUp {
	t.Helper()
	b := &backedUp{file: filepath.Join(t.TempDir(), "indera.db")}
	s := b.open(t)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.world = worldOn(t, s, registrytest.NewMemory(clockwork.NewRealClock()))
	return b
}

func (b *backedUp) open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Driver: store.DriverSQLite, Path: b.file, Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// cold closes the database, does something to its file and opens it again.
func (b *backedUp) cold(do func()) {
	b.t.Helper()
	if err := b.store.(*store.Store).Close(); err != nil {
		b.t.Fatal(err)
	}
	do()
	b.store = b.open(b.t)
	b.engine = b.newEngine(b.store, "after")
}

func (b *backedUp) copyFile(from, to string) {
	b.t.Helper()
	raw, err := os.ReadFile(from)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(to, raw, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *backedUp) backup() { b.cold(func() { b.copyFile(b.file, b.file+".backup") }) }

// restore puts the backup back and begins the reconciliation.
func (b *backedUp) restore(names ...string) {
	b.t.Helper()
	b.cold(func() { b.copyFile(b.file+".backup", b.file) })
	if _, err := b.engine.BeginRestore(b.t.Context(), registrar.System("test"), names); err != nil {
		b.t.Fatal(err)
	}
}

// later does what happens after the backup and will be forgotten.
func (b *backedUp) later(ops ...registrar.Operation) {
	b.t.Helper()
	stop := b.work(b.engine)
	defer stop()
	for _, op := range ops {
		b.succeeded(op)
	}
}

func (b *backedUp) succeeded(op registrar.Operation) {
	b.t.Helper()
	if op = b.finish(op.ID); op.State != registrar.OpSucceeded {
		b.t.Fatalf("operation: %+v", op)
	}
}

func (b *backedUp) delegate(name string, hosts ...string) registrar.Operation {
	b.t.Helper()
	op, err := b.engine.ChangeNameServers(b.t.Context(), b.by, b.customer.ID, name, hosts, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return op
}

func (b *backedUp) released() {
	b.t.Helper()
	for range 2000 {
		on, err := b.engine.Restoring(b.t.Context())
		if err != nil {
			b.t.Fatal(err)
		}
		if !on {
			return
		}
		tick(b.t, 10*time.Millisecond)
	}
	b.t.Fatal("the reconciliation does not end")
}

// tick lets a background worker go on for a moment.
func tick(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-t.Context().Done():
	case <-time.After(d):
	}
}

// findings lists open ones as "kind object".
func (b *backedUp) findings() map[string]registrar.RestoreFinding {
	b.t.Helper()
	list, err := b.store.RestoreFindings(b.t.Context(), registrar.FindingOpen, registrar.Page{})
	if err != nil {
		b.t.Fatal(err)
	}
	out := map[string]registrar.RestoreFinding{}
	for _, f := range list {
		out[string(f.Kind)+" "+f.Object] = f
	}
	return out
}

func (b *backedUp) wantFindings(want ...string) map[string]registrar.RestoreFinding {
	b.t.Helper()
	got := b.findings()
	for _, key := range want {
		if _, ok := got[key]; !ok {
			b.t.Errorf("no finding %q in %v", key, got)
		}
	}
	if len(got) != len(want) {
		b.t.Errorf("findings %v, want %v", got, want)
	}
	return got
}

func (b *backedUp) executed(verb registrar.Verb, name string, want int) {
	b.t.Helper()
	if n := b.registry.Executed(verb, name); n != want {
		b.t.Errorf("%s %s was executed %d times, want %d", verb, name, n, want)
	}
}

// TestNothingTwiceAfterARestore forgets a day of work and proves that none of
// it is done or charged again.
func TestNothingTwiceAfterARestore(t *testing.T) {
	b := newBackedUp(t)
	for _, name := range []string{"a.shop", "b.shop", "c.shop"} {
		b.own(name)
	}
	open := []registrar.Operation{b.place(b.registration("d.shop", 1)), b.place(b.renewal("b.shop", 1)), b.delegate("c.shop", "ns9.example.net")}
	b.backup()
	b.later(open...)
	b.later(b.place(b.registration("e.shop", 1)), b.place(b.renewal("a.shop", 1)))
	b.restore("a.shop", "b.shop", "c.shop", "d.shop", "E.shop", "free.shop")
	b.work(b.engine)
	b.released()
	for _, op := range open {
		b.succeeded(op)
	}
	for _, name := range []string{"a.shop", "b.shop", "c.shop", "d.shop", "e.shop"} {
		b.executed(registrar.VerbDomainCreate, name, 1)
	}
	b.executed(registrar.VerbDomainRenew, "a.shop", 1)
	b.executed(registrar.VerbDomainRenew, "b.shop", 1)
	b.executed(registrar.VerbDomainUpdate, "c.shop", 1)
	b.balanced(4*registerPrice+renewPrice, 5*costPerYear)
	found := b.wantFindings("differs a.shop", "unknown_here e.shop")
	if d := found["differs a.shop"].Detail; !strings.Contains(d, "expiry date here ") {
		t.Errorf("detail: %s", d)
	}

	// Only the name that differs is held; its renewal does not reach the registry.
	b.succeeded(b.delegate("b.shop", "ns8.example.net"))
	renew := b.place(b.renewal("a.shop", 1))
	tick(t, 200*time.Millisecond)
	b.executed(registrar.VerbDomainRenew, "a.shop", 1)
	wantKind(t, b.engine.ReleaseFinding(t.Context(), staff, found["differs a.shop"].ID, " "), registrar.KindInvalid, "required")
	if err := b.engine.ReleaseFinding(t.Context(), staff, found["differs a.shop"].ID, "the renewal of yesterday"); err != nil {
		t.Fatal(err)
	}
	wantKind(t, b.engine.ReleaseFinding(t.Context(), staff, found["differs a.shop"].ID, "again"), registrar.KindConflict, "already_released")
	cmds, err := b.store.CommandsOf(t.Context(), renew.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.engine.RetryCommand(t.Context(), staff, cmds[0].ID, "now, not in 15 s"); err != nil {
		t.Fatal(err)
	}
	if op := b.finish(renew.ID); op.State != registrar.OpFailed {
		t.Errorf("a renewal from an outdated expiry date: %+v", op)
	}
	b.executed(registrar.VerbDomainRenew, "a.shop", 1)
	b.balanced(4*registerPrice+renewPrice, 5*costPerYear)
}

// TestWhatNeverHappenedIsDoneAfterARestore orders, restores at once and sees
// the order carried out once, after the release.
func TestWhatNeverHappenedIsDoneAfterARestore(t *testing.T) {
	b := newBackedUp(t)
	op := b.place(b.registration("new.shop", 1))
	b.backup()
	b.restore()
	b.registry.SetDown(true)
	b.work(b.engine)
	tick(t, 300*time.Millisecond)
	if on, err := b.engine.Restoring(t.Context()); err != nil || !on {
		t.Fatalf("released (%v) while the registry is away: %v", !on, err)
	}
	b.registry.SetDown(false)
	b.released()
	b.succeeded(op)
	b.executed(registrar.VerbDomainCreate, "new.shop", 1)
	b.wantFindings()
	b.balanced(registerPrice, costPerYear)
}

// TestUndecidableAfterARestore has effects at the registry that open commands
// of the backup may or may not have brought about.
func TestUndecidableAfterARestore(t *testing.T) {
	b := newBackedUp(t)
	b.own("c.shop")
	b.own("gone.shop")
	ops := []registrar.Operation{b.place(b.registration("x.shop", 1)), b.place(b.registration("taken.shop", 1)), b.delegate("c.shop", "ns9.example.net")}
	b.backup()
	b.registry.Put(registrar.DomainInfo{Name: "x.shop", Ours: true, Registrant: "OTHER-1", Created: time.Now(), Expires: time.Now().AddDate(1, 0, 0)})
	b.registry.Put(registrar.DomainInfo{Name: "taken.shop", Created: time.Now()})
	third := *b.registry.Domain("c.shop")
	third.NameServers = []string{"ns7.example.net"}
	b.registry.Put(third)
	lost := *b.registry.Domain("gone.shop")
	lost.Ours = false
	b.registry.Put(lost)
	b.restore()
	b.work(b.engine)
	b.released()
	// The operations begin with a host or contact; the domain command that waits
	// behind them is what can't be decided.
	b.wantFindings("command x.shop", "command c.shop", "differs c.shop", "not_listed gone.shop")
	if op := b.finish(ops[1].ID); op.State != registrar.OpFailed {
		t.Errorf("an order for a name that somebody else has: %+v", op)
	}
	tick(t, 200*time.Millisecond)
	b.executed(registrar.VerbDomainCreate, "x.shop", 0)
	b.executed(registrar.VerbDomainUpdate, "c.shop", 0)
}

func TestStaffReleaseARestore(t *testing.T) {
	b := newBackedUp(t)
	ctx := t.Context()
	wantKind(t, b.engine.ReleaseRestore(ctx, staff, "why not"), registrar.KindConflict, "not_restoring")
	_, err := b.engine.BeginRestore(ctx, b.by, []string{"some.unknownending"})
	wantKind(t, err, registrar.KindInvalid, "unknown_ending")
	first, err := b.engine.BeginRestore(ctx, b.by, []string{"a.shop"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.engine.BeginRestore(ctx, b.by, []string{"a.shop", "b.shop"})
	if err != nil || again.ID != first.ID {
		t.Fatalf("beginning twice: %+v, %v", again, err)
	}
	progress, err := b.store.RestoreProgress(ctx, first.ID)
	if err != nil || len(progress) != 1 || progress[0].NamesTotal != 2 {
		t.Fatalf("progress: %+v, %v", progress, err)
	}
	wantKind(t, b.engine.ReleaseRestore(ctx, staff, ""), registrar.KindInvalid, "required")
	if err := b.engine.ReleaseRestore(ctx, staff, "we know what we do"); err != nil {
		t.Fatal(err)
	}
	run, err := b.store.LastRestore(ctx)
	if err != nil || run.EndedAt == nil || run.EndedBy != staff.ID || run.Reason != "we know what we do" {
		t.Errorf("run: %+v, %v", run, err)
	}
	b.own("after.shop") // the workers go on
}
