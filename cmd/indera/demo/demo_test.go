package demo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar"
)

func take(t *testing.T, dir string, fresh bool) *os.File {
	t.Helper()
	f, err := takeFolder(dir, fresh)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
	})
	return f
}

func put(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestFolderIsTakenOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	lock := take(t, dir, false)
	_, err := takeFolder(dir, false)
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Fatalf("error = %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	take(t, dir, false)
}

func TestFreshEmptiesOnlyOurs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	lock := take(t, dir, true)
	put(t, filepath.Join(dir, "indera.db"))
	if _, err := takeFolder(dir, true); !errors.Is(err, ErrInUse) {
		t.Fatalf("error = %v", err)
	}
	if !exists(filepath.Join(dir, "indera.db")) {
		t.Fatal("--fresh emptied the folder of a running demo")
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	take(t, dir, true)
	if exists(filepath.Join(dir, "indera.db")) {
		t.Error("--fresh kept data")
	}
	foreign := t.TempDir()
	put(t, filepath.Join(foreign, "thesis.txt"))
	if _, err := takeFolder(foreign, true); err == nil || !exists(filepath.Join(foreign, "thesis.txt")) {
		t.Errorf("a foreign folder was taken: %v", err)
	}
}

func TestCredentialsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), credentialsFile)
	first, err := loadCredentials(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v", info.Mode(), err)
	}
	again, err := loadCredentials(path)
	if err != nil || again.Customer != first.Customer || again.Staff != first.Staff {
		t.Errorf("second start: %v", err)
	}
	for name, password := range first.Registries {
		if again.Registries[name] != password || len(password) < 6 || len(password) > 16 {
			t.Errorf("EPP password of %s does not fit RFC 5730 pwType or changed", name)
		}
	}
	if err := os.WriteFile(path, []byte("{half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadCredentials(path); err == nil || !strings.Contains(err.Error(), "--fresh") {
		t.Errorf("broken credentials: %v", err)
	}
}

// TestCatalogueEarnsMoney compares prices with what the registries take, and
// proves that every ending can be sold.
func TestCatalogueEarnsMoney(t *testing.T) {
	var prices []config.Price
	endings := 0
	for _, r := range registries {
		prices = append(prices, pricesOf(r)...)
		endings += len(tldsOf(r))
	}
	list, err := config.Catalogue{Prices: prices}.PriceList()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2*endings || endings < 4 {
		t.Errorf("%d prices for %d endings", len(list), endings)
	}
	for _, p := range list {
		if p.Sale.Minor <= p.Cost.Minor || p.Sale.Currency != currency {
			t.Errorf("%s %s sells for %s and costs %s", p.TLD, p.Action, p.Sale, p.Cost)
		}
	}
}

// TestOpeningFundsCanBeBooked keeps the first deposit within what one test
// top-up may bring.
func TestOpeningFundsCanBeBooked(t *testing.T) {
	if openingFunds > 1_000_000 {
		t.Errorf("%s is more than one test top-up", registrar.Money{Minor: openingFunds, Currency: currency})
	}
}

func TestPortsDoNotCollide(t *testing.T) {
	p := PortsFor(MaxPortBase)
	seen := map[int]bool{}
	for _, port := range append(append([]int{p.SMTP, p.WHOIS, p.HTTP, p.RDAP, p.Ops}, p.EPP...), p.Control...) {
		if seen[port] || port > 65535 {
			t.Errorf("port %d is taken twice or too high", port)
		}
		seen[port] = true
	}
	if q := PortsFor(MinPortBase); q.SMTP < 1024 {
		t.Errorf("port %d needs root", q.SMTP)
	}
}
