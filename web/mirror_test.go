package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// billing is a billing system of two names, one of them dirty.
type billing struct{ domains []registrar.MirrorDomain }

func (billing) System() string                        { return "fossbilling" }
func (billing) Probe(context.Context) (string, error) { return "after 0.8.5", nil }

func (billing) Customers(_ context.Context, after string, _ int) ([]registrar.MirrorCustomer, error) {
	if after != "" {
		return nil, nil
	}
	return []registrar.MirrorCustomer{{ExternalID: "1", Currency: "EUR", Contact: mirrored()}}, nil
}

func (b billing) Domains(_ context.Context, after string, _ int) ([]registrar.MirrorDomain, error) {
	if after != "" {
		return nil, nil
	}
	return b.domains, nil
}

func mirrored() registrar.MirrorContact {
	return registrar.MirrorContact{Name: "Ada Lovelace", Email: "ada@example.org", Street: []string{"12 St James's Square"}, City: "London", PostalCode: "SW1Y 4JH", Country: "GB", PhoneCC: "44", Phone: "2079460123"}
}

// TestMirrorPages walks through the staff's page of imports and its worklist, and
// looks at what a customer sees of a mirrored name.
func TestMirrorPages(t *testing.T) {
	h := frozenHouse(t)
	expires := h.clock.Now().AddDate(1, 0, 0)
	row := func(id, name string) registrar.MirrorDomain {
		return registrar.MirrorDomain{ExternalID: id, CustomerID: "1", Name: name, Standing: registrar.StandingSponsored, Registrant: mirrored(), NameServers: []string{"ns1.example.net"}, CreatedAt: &expires, ExpiresAt: &expires}
	}
	b := billing{[]registrar.MirrorDomain{row("1", "theirs.shop"), row("2", "<script>.shop"), row("3", "gone.shop")}}
	b.domains[0].Registrant.Phone = "n/a"
	load := func() {
		t.Helper()
		_, err := h.engine.ImportMirror(t.Context(), registrar.System("test"), b, registrar.MirrorOptions{})
		h.must(err)
		h.clock.Advance(time.Hour)
	}
	load()
	b.domains = b.domains[:2]
	load()
	staff := h.staff()
	page := staff.get("/admin/mirror").is(http.StatusOK).has("FOSSBilling", "after 0.8.5", "Not a domain name", "&lt;script&gt;.shop", "Phone number can&#39;t be used", "No longer listed there")
	page.hasNot("<script>.shop")
	staff.get("/admin/mirror?state=open&kind=bad_phone").is(http.StatusOK).has("theirs.shop").hasNot("gone.shop")
	staff.get("/admin/mirror?state=ignored").is(http.StatusOK).has("Nothing here")
	issues, err := h.store.MirrorIssues(t.Context(), registrar.MirrorIssueFilter{System: "fossbilling", State: registrar.IssueOpen}, registrar.Page{})
	h.must(err)
	for _, i := range issues {
		path := "/admin/mirror/issues/" + i.ID
		staff.get(path).is(http.StatusOK).has(i.Kind.Info().Do[:20])
		staff.post(path+"/ignore", url.Values{"reason": {" "}}).is(http.StatusUnprocessableEntity).has("Please say why.")
		if i.Kind == registrar.FlawVanished {
			staff.post(path+"/remove", url.Values{"reason": {"the registry says so"}}).leadsTo("/admin/mirror")
			continue
		}
		staff.post(path+"/ignore", url.Values{"reason": {"known"}}).leadsTo(path)
		staff.get(path).is(http.StatusOK).has("Ignored", "known")
	}
	if _, err := h.store.DomainByName(t.Context(), "gone.shop"); !registrar.IsNotFound(err) {
		t.Errorf("the removed name is still there: %v", err)
	}
	h.customerSees(t)
}

// customerSees gives the name to a customer with a login.
func (h *house) customerSees(t *testing.T) {
	p, user := h.customer("ada@example.com", 0)
	h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error {
		d, err := tx.DomainByName(t.Context(), "theirs.shop")
		if err != nil {
			return err
		}
		d.CustomerID = user.CustomerID
		return tx.UpdateDomain(t.Context(), d)
	}))
	page := p.get("/domains/theirs.shop").is(http.StatusOK).has("managed in FOSSBilling")
	for _, door := range []string{"/nameservers\"", "/renew\"", "/transfer-code\"", "/delete\"", "/lock\"", "/hosts\""} {
		if strings.Contains(page.Body, door) {
			t.Errorf("the page of a mirrored name has the door %s", door)
		}
	}
	p.post("/domains/theirs.shop/nameservers", url.Values{"nameservers": {"ns1.example.net", "ns2.example.net"}, "key": {"6b1f4a52-3f0e-4c0f-9a55-0f6a2c1d9e01"}}).has("managed in FOSSBilling")
}
