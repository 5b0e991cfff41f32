package registrar_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestSyncAsksForTheList: where a registry can list our names it is asked, unless a
// list is given; what can't be read ends the run, to go on later.
func TestSyncAsksForTheList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	only := func(got []string) bool {
		return slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "unknown.shop only_there") })
	}
	w.registry.ListNames(nil, "unknown.shop")
	if _, got := w.synced(registrar.SyncOptions{List: names()}); only(got) {
		t.Errorf("the given list does not count: %v", got)
	}
	for range 2 {
		if _, got := w.synced(registrar.SyncOptions{}); !only(got) {
			t.Errorf("the registry's list does not count: %v", got)
		}
	}
	fail := &registrar.UnknownOutcomeError{Cause: errors.New("the list changed")}
	w.registry.ListNames(fail)
	if _, err := w.engine.SyncRegistry(t.Context(), "mem", registrar.SyncOptions{}); !errors.Is(err, fail.Cause) {
		t.Errorf("%v", err)
	}
}
