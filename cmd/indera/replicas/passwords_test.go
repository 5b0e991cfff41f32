package replicas_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"context"

	"github.com/indera/indera/cmd/indera/replicas"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar/seal"
	"github.com/indera/indera/registrar/store/storetest"
)

func ring(t *testing.T, ids ...string) *seal.Ring {
	t.Helper()
	var keys []seal.Key
	for _, id := range ids {
		keys = append(keys, seal.Key{ID: id, Bytes: bytes.Repeat([]byte(id[len(id)-1:]), seal.KeySize)})
	}
	r, err := seal.New(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPasswords(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "r.sealed")
	p := replicas.Passwords{Path: path, Registry: "r", Configured: "first-pw", Ring: ring(t, "k1"), Store: storetest.OpenSQLite(t, nil), Holder: "a"}
	kept := func() string {
		t.Helper()
		c, err := p.Load(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return c.Current.Reveal() + "/" + c.Pending.Reveal()
	}
	want := func(text string) {
		t.Helper()
		if got := kept(); got != text {
			t.Errorf("kept %q, want %q", got, text)
		}
	}
	want("first-pw/")
	known := pool.Credentials{Current: "first-pw"}
	if err := p.Propose(ctx, known, "second-pw"); err == nil {
		t.Error("proposed without holding the lease")
	}
	hold := func(do func(held replicas.Passwords) error) error {
		return p.Hold(ctx, func(_ context.Context, held replicas.Passwords) error { return do(held) })
	}
	propose := func(pending epp.Secret) func(replicas.Passwords) error {
		return func(held replicas.Passwords) error { return held.Propose(ctx, known, pending) }
	}
	if err := hold(propose("second-pw")); err != nil {
		t.Fatal(err)
	}
	want("first-pw/second-pw")
	if err := hold(propose("third-pw")); err == nil {
		t.Error("a second change was begun while one is pending")
	}
	both := pool.Credentials{Current: "first-pw", Pending: "second-pw"}
	// Another process is at it: Settle leaves everything as it is.
	if err := hold(func(replicas.Passwords) error { return p.Settle(ctx, both, "second-pw") }); err != nil {
		t.Fatal(err)
	}
	want("first-pw/second-pw")
	if err := p.Settle(ctx, known, "first-pw"); err != nil { // what it knows is old
		t.Fatal(err)
	}
	want("first-pw/second-pw")
	if err := p.Settle(ctx, both, "second-pw"); err != nil {
		t.Fatal(err)
	}
	want("second-pw/")

	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "second-pw") || !strings.HasPrefix(string(text), "v1.k1.") {
		t.Errorf("file %q, %v", text, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if files, err := filepath.Glob(path + "*"); err != nil || len(files) != 1 {
		t.Errorf("left over: %v %v", files, err)
	}

	// A new key, then without the old one.
	p.Ring = ring(t, "k2", "k1")
	for _, want := range []bool{true, false} {
		if changed, err := p.Reseal(ctx); err != nil || changed != want {
			t.Errorf("sealed anew: %t, %v", changed, err)
		}
	}
	p.Ring = ring(t, "k2")
	want("second-pw/")

	p.Ring = ring(t, "k3")
	if _, err := p.Load(ctx); !errors.Is(err, seal.ErrUnknownKey) || strings.Contains(err.Error(), "-pw") {
		t.Errorf("without its key: %v", err)
	}
	p.Ring = ring(t, "k2")
	p.Registry = "other"
	if _, err := p.Load(ctx); !errors.Is(err, seal.ErrBroken) {
		t.Errorf("another account's file: %v", err)
	}
	p.Registry = "r"
	p.Configured = "set-by-hand" // newer than what was changed
	want("set-by-hand/")
}
