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
		}
		if r.prove && !closedToStaff(method, path) {
			t.Errorf("%s asks for a proof and is open", route)
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
