package api_test

import (
	"net/netip"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestTokenFromElsewhere: a token that leaked is worth nothing outside its
// networks.
func TestTokenFromElsewhere(t *testing.T) {
	w := newWorld(t, nil)
	issue := func(networks ...netip.Prefix) string {
		secret, _, err := w.engine.IssueToken(t.Context(), registrar.System("test"), w.user, "net", registrar.AllScopes, nil, networks...)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	// Test requests come from 192.0.2.1 (httptest.DefaultRemoteAddr).
	w.call("GET", "/balance", nil, "Authorization", "Bearer "+issue(netip.MustParsePrefix("192.0.2.0/24"))).want(200, nil)
	for _, n := range []string{"198.51.100.0/24", "2001:db8::/32"} {
		secret := issue(netip.MustParsePrefix(n))
		w.call("GET", "/balance", nil, "Authorization", "Bearer "+secret).problem(403, "forbidden", "wrong_network")
		w.call("GET", "/balance", nil, "Authorization", "Bearer "+secret, "X-Forwarded-For", "198.51.100.7").problem(403, "forbidden", "wrong_network")
	}
}

// TestTokenOfALesserRole: what its user may not do, a token may not do.
func TestTokenOfALesserRole(t *testing.T) {
	w := newWorld(t, nil)
	w.call("GET", "/balance", nil).want(200, nil)
	set := func(role registrar.Role) {
		err := w.engine.Read().(registrar.Store).InTx(t.Context(), func(tx registrar.Tx) error { return tx.SetRole(t.Context(), w.user.ID, role) })
		if err != nil {
			t.Fatal(err)
		}
	}
	set(registrar.RoleReadOnly)
	w.call("GET", "/balance", nil).problem(403, "forbidden", "missing_scope")
	w.call("PUT", "/domains/x.shop/nameservers", map[string]any{"nameservers": []string{"ns1.example.net"}}).problem(403, "forbidden", "missing_scope")
	w.call("GET", "/domains", nil).want(200, nil)
	set(registrar.RoleBills)
	w.call("GET", "/balance", nil).want(200, nil)
	set(registrar.RoleTechnical)
	w.call("GET", "/balance", nil).problem(403, "forbidden", "missing_scope")
}
