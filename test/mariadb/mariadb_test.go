package mariadb

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// TestDataSurvivesStopAndKill is the promise that chaos tests rest on.
func TestDataSurvivesStopAndKill(t *testing.T) {
	ctx := t.Context()
	s := StartTest(t, Options{Durable: true})
	if err := s.CreateDatabase(ctx, "a`b"); err == nil {
		t.Error("a name with a quote was taken")
	}
	s.NewDatabase(t)
	run := func(query string) {
		t.Helper()
		if _, err := s.root.ExecContext(ctx, query); err != nil {
			t.Fatal(err)
		}
	}
	run("CREATE DATABASE kept")
	run("CREATE TABLE kept.t (n int PRIMARY KEY)")
	addr := s.Addr()
	for i, end := range []func() error{s.Stop, s.Kill} {
		run("INSERT INTO kept.t VALUES (" + strconv.Itoa(i) + ")")
		if err := s.Restart(ctx); err == nil {
			t.Error("a running server was started again")
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := s.root.PingContext(ctx); err == nil {
			t.Error("it answers after its end")
		}
		if err := s.Restart(ctx); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := s.root.QueryRowContext(ctx, "SELECT COUNT(*) FROM kept.t").Scan(&n); err != nil || n != i+1 || s.Addr() != addr {
			t.Fatalf("%d rows at %s, want %d at %s; %v", n, s.Addr(), i+1, addr, err)
		}
	}
}

func TestCloseRemovesEverything(t *testing.T) {
	s, err := Start(t.Context(), Options{})
	need(t, err)
	dir := s.dir
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", dir, err)
	}
}

func TestBadOptionSaysWhy(t *testing.T) {
	_, err := Start(t.Context(), Options{Args: []string{"--no-such-option"}})
	if err == nil {
		t.Fatal("it started")
	}
	need(t, skipOnly(err))
}

// skipOnly keeps the one error that skips.
func skipOnly(err error) error {
	if err == ErrNotInstalled { //nolint:errorlint // Start returns it bare
		return err
	}
	return nil
}

// TestSweep removes the folder of an owner that is dead, and only that.
func TestSweep(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dead := exec.CommandContext(context.Background(), "true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(os.TempDir(), prefix+strconv.Itoa(dead.Process.Pid)+"-1")
	ours := filepath.Join(os.TempDir(), prefix+strconv.Itoa(os.Getpid())+"-1")
	odd := filepath.Join(os.TempDir(), prefix+"x-1")
	for _, dir := range []string{old, ours, odd} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := sweep(); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{old: false, ours: true, odd: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s: there %t, want %t", dir, err == nil, want)
		}
	}
}
