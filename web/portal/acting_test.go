package portal

import (
	"slices"
	"strings"
	"testing"
)

// TestProofIsClosedToStaff: what asks for a proof is closed to staff who act for
// a user even when somebody lists it, and the list names pages that exist.
func TestProofIsClosedToStaff(t *testing.T) {
	proofs := 0
	for route, r := range rules {
		method, path, _ := strings.Cut(route, " ")
		if r.prove {
			proofs++
			if actingMay[route] {
				t.Errorf("%s asks for a proof and is listed", route)
			}
			if !closedWhenListed(method, path) {
				t.Errorf("%s asks for a proof and would be open if somebody listed it", route)
			}
		}
	}
	if proofs < 20 {
		t.Errorf("only %d pages ask for a proof", proofs)
	}
	unguarded := []string{"POST /search", "POST /search/stream", "POST /basket/add", "POST /basket/add-all", "POST /basket", "POST /sign-out"}
	for route := range actingMay {
		if _, ok := rules[route]; !ok && !slices.Contains(unguarded, route) {
			t.Errorf("%s does not exist", route)
		}
	}
	for route, closed := range map[string]bool{"GET /domains": false, "HEAD /domains": false, "POST /new-page": true, "DELETE /domains": true, "PUT /basket": true} {
		method, path, _ := strings.Cut(route, " ")
		if closedToStaff(method, path) != closed {
			t.Errorf("%s: closed is %v", route, !closed)
		}
	}
}

// closedWhenListed reports whether a page stays closed although actingMay has
// it: most proof pages are closed for want of an entry alone, which would hide
// that nobody looks for the proof.
func closedWhenListed(method, path string) bool {
	route := method + " " + path
	if !actingMay[route] {
		actingMay[route] = true
		defer delete(actingMay, route)
	}
	return closedToStaff(method, path)
}
