package house

import (
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store/storetest"
	"github.com/indera/indera/test/billing"
	"github.com/indera/indera/test/mariadb"
)

func TestMain(m *testing.M) { os.Exit(mariadb.Main(m)) }

// TestMirrorJob: the scheduler's job imports as configured. Another process that
// imports, and a brake that waits for staff, are no failures of it; a billing
// system that is away is.
func TestMirrorJob(t *testing.T) {
	if jobs := (&house{cfg: &config.Config{}}).mirrorJobs(); len(jobs) != 0 {
		t.Errorf("jobs without a billing system: %v", jobs)
	}
	in, err := billing.New(t.Context(), mariadb.Shared(t), "billing")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := in.Fill(t.Context(), 10, 100); err != nil {
		t.Fatal(err)
	}
	t.Setenv(config.EnvFOSSBillingPassword, billing.Password)
	cfg, said := &config.Config{}, &safeBuffer{}
	cfg.Mirrors.FOSSBilling = config.FOSSBilling{Address: in.Address, Name: in.Database, User: in.User, Registrars: []string{"Epp"}, TimeZone: "Europe/Berlin",
		Every: 6 * time.Hour, Timeout: 5 * time.Second, BrakeShare: 0.02, BrakeFloor: 30}
	s := storetest.OpenSQLite(t, nil)
	h := &house{cfg: cfg, store: s, clock: clockwork.NewFakeClock(), log: slog.New(slog.NewTextHandler(said, nil))}
	if h.engine, err = registrar.New(registrar.Options{Store: s, Holder: "replica", Currency: "EUR"}); err != nil {
		t.Fatal(err)
	}
	shop := registrar.TLD{Name: "shop", Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true}
	if err := h.engine.ApplyCatalogue(t.Context(), registrar.System("test"), []registrar.TLD{shop}, nil); err != nil {
		t.Fatal(err)
	}
	jobs := h.mirrorJobs()
	if len(jobs) != 1 || jobs[0].name != "mirror-fossbilling" || jobs[0].every != 6*time.Hour || jobs[0].limit != mirrorLimit {
		t.Fatalf("jobs: %+v", jobs)
	}
	run := func(says string) error {
		t.Helper()
		err := jobs[0].run(t.Context())
		if !strings.Contains(said.String(), says) {
			t.Errorf("the log lacks %q: %s", says, said)
		}
		return err
	}
	token, ok, err := s.TryLease(t.Context(), "mirror/fossbilling", "another", time.Minute)
	if err != nil || !ok {
		t.Fatal(err)
	}
	if err := run("Another process is importing from FOSSBilling"); err != nil {
		t.Errorf("while another process imports: %v", err)
	}
	if err := s.ReleaseLease(t.Context(), "mirror/fossbilling", token); err != nil {
		t.Fatal(err)
	}
	if err := run("outcome=done created=110"); err != nil {
		t.Errorf("the import: %v", err)
	}
	d, err := s.DomainByName(t.Context(), "n1.shop")
	if want := time.Date(2027, 5, 5, 8, 0, 0, 0, time.UTC); err != nil || d.OwnerSystem != "mirror(fossbilling)" || d.ExpiresAt == nil || !d.ExpiresAt.Equal(want) {
		t.Errorf("imported as %+v, %v; its time zone is Berlin's", d, err)
	}
	if err := in.Exec(t.Context(), "DELETE FROM service_domain WHERE id <= 31"); err != nil {
		t.Fatal(err)
	}
	if err := run("outcome=braked"); err != nil {
		t.Errorf("the import that brakes: %v", err)
	}
	if err := run("waits for release by staff"); err != nil {
		t.Errorf("while the brake is engaged: %v", err)
	}
	cfg.Mirrors.FOSSBilling.Address, cfg.Mirrors.FOSSBilling.Every = "127.0.0.1:1", time.Minute // a slot too short for a second try
	b, err := s.EngagedBrake(t.Context(), "mirror/fossbilling")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.engine.ReleaseBrake(t.Context(), registrar.System("test"), b.ID, "sold"); err != nil {
		t.Fatal(err)
	}
	jobs = h.mirrorJobs()
	if err := run(""); registrar.KindOf(err) != registrar.KindUnavailable {
		t.Errorf("a billing system that is away: %v", err)
	}
	cfg.Mirrors.FOSSBilling.Address = in.Address
	jobs = h.mirrorJobs()
	if err := run("gone=31"); err != nil {
		t.Errorf("after the release: %v", err)
	}
	t.Setenv(config.EnvFOSSBillingPassword, "")
	if err := run(""); err == nil {
		t.Error("a job without its password does nothing and says nothing")
	}
}
