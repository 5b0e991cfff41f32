package web_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/publicdata"
	"github.com/indera/indera/web/rdap"
	"github.com/indera/indera/web/whois"
)

// directory answers for the names of a house by RDAP and WHOIS.
type directory struct {
	t     *testing.T
	rdap  http.Handler
	whois string // address
}

func (h *house) directory() directory {
	h.t.Helper()
	us := publicdata.Registrar{Name: "Test Registrar", IANAID: "9999", URL: "https://registrar.test/", AbuseEmail: "abuse@registrar.test", AbusePhone: "+1.2125550100"}
	data, err := publicdata.New(publicdata.Options{Source: h.engine.Read(), Feed: h.engine, Clock: h.clock, Redactor: publicdata.Redactor{ContactBase: h.url + "/contact/"}})
	h.must(err)
	d := directory{t: h.t}
	d.rdap, err = rdap.New(rdap.Options{Data: data, PublicBase: "https://rdap.test", RDAPBase: "https://rdap.test/", Registrar: us, TermsURL: h.url + "/directory-terms", Clock: h.clock})
	h.must(err)
	s, err := whois.New(whois.Options{Data: data, Registrar: us, Host: "whois.test", TermsURL: h.url + "/directory-terms", Clock: h.clock})
	h.must(err)
	ln, err := (&net.ListenConfig{}).Listen(h.t.Context(), "tcp", "127.0.0.1:0")
	h.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	h.t.Cleanup(func() { cancel(); h.must(<-done) })
	d.whois = ln.Addr().String()
	return d
}

// ask returns what both say of a name, and the status of RDAP.
func (d directory) ask(name string) (status int, rdapBody, whoisBody string) {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.rdap.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/domain/"+name, http.NoBody))
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(d.t.Context(), "tcp", d.whois)
	if err != nil {
		d.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		d.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, name+"\r\n"); err != nil {
		d.t.Fatal(err)
	}
	text, err := io.ReadAll(conn)
	if err != nil {
		d.t.Fatal(err)
	}
	return w.Code, w.Body.String(), string(text)
}

// shows wants a name in both, with what may be seen, and nothing of the holder.
func (d directory) shows(name string, inRDAP, inWHOIS []string) {
	d.t.Helper()
	status, r, w := d.ask(name)
	if status != http.StatusOK {
		d.t.Errorf("RDAP answers %d of %s: %s", status, name, r)
	}
	for _, want := range inRDAP {
		if !strings.Contains(r, want) {
			d.t.Errorf("RDAP of %s lacks %s:\n%s", name, want, r)
		}
	}
	for _, want := range inWHOIS {
		if !strings.Contains(w, want+"\r\n") {
			d.t.Errorf("WHOIS of %s lacks %q:\n%s", name, want, w)
		}
	}
	for _, hidden := range []string{"Ada", "Lovelace", "ada@example.org", "St James", "London", "SW1Y", "7946", "fossbilling", "FOSSBilling", "dom_", "con_"} {
		if strings.Contains(r, hidden) || strings.Contains(w, hidden) {
			d.t.Errorf("the public record of %s shows %q:\n%s\n%s", name, hidden, r, w)
		}
	}
}

func (d directory) knowsNot(name string) {
	d.t.Helper()
	status, r, w := d.ask(name)
	if status != http.StatusNotFound || strings.Contains(w, "Domain Name:") {
		d.t.Errorf("%s is in the directory: %d %s\n%s", name, status, r, w)
	}
}

// TestMirroredNamesInTheDirectory: names that a billing system manages are public
// like all others, through the same redaction, at once after an import and until
// staff remove them.
func TestMirroredNamesInTheDirectory(t *testing.T) {
	h := frozenHouse(t)
	created, expires := time.Date(2024, 5, 5, 10, 0, 0, 0, time.UTC), time.Date(2027, 5, 5, 10, 0, 0, 0, time.UTC)
	person := mirrored()
	person.State = "West Yorkshire"
	row := func(id, name string) registrar.MirrorDomain {
		return registrar.MirrorDomain{ExternalID: id, CustomerID: "1", Name: name, Standing: registrar.StandingSponsored, Registrant: person, NameServers: []string{"NS1.example.net."}, Locked: true, CreatedAt: &created, ExpiresAt: &expires}
	}
	b := billing{[]registrar.MirrorDomain{row("1", "theirs.shop"), row("2", "bücher.shop"), row("3", "bare.shop"), row("4", "pending.shop"), row("5", "elsewhere.invalid")}}
	b.domains[2].Registrant, b.domains[2].NameServers, b.domains[2].CreatedAt, b.domains[2].ExpiresAt, b.domains[2].Locked = registrar.MirrorContact{}, nil, nil, nil, false
	b.domains[3].Standing = registrar.StandingPending
	load := func() {
		t.Helper()
		_, err := h.engine.ImportMirror(t.Context(), registrar.System("test"), b, registrar.MirrorOptions{})
		h.must(err)
	}
	d := h.directory()
	d.knowsNot("theirs.shop") // and what says so is kept a while
	load()
	dates := []string{`"eventDate":"2024-05-05T10:00:00Z"`, `"eventDate":"2027-05-05T10:00:00Z"`, `"client transfer prohibited"`, `"ldhName":"ns1.example.net"`, "West Yorkshire", `"cc":"GB"`, "/contact/theirs.shop"}
	lines := []string{"Creation Date: 2024-05-05T10:00:00Z", "Registrar Registration Expiration Date: 2027-05-05T10:00:00Z", "Registrant State/Province: West Yorkshire", "Registrant Country: GB", "Name Server: ns1.example.net"}
	d.shows("theirs.shop", dates, append([]string{"Domain Name: theirs.shop"}, lines...))
	d.shows("xn--bcher-kva.shop", []string{`"unicodeName":"bücher.shop"`}, lines)
	d.shows("bare.shop", []string{`"status":["inactive"]`}, []string{"Domain Name: bare.shop"})
	d.knowsNot("pending.shop")
	d.knowsNot("elsewhere.invalid")

	b.domains[0].NameServers, b.domains[0].Locked = []string{"ns7.example.net"}, false
	load()
	d.shows("theirs.shop", []string{`"ldhName":"ns7.example.net"`, `"status":["active"]`}, []string{"Name Server: ns7.example.net"})
	b.domains = b.domains[1:]
	load()
	d.shows("theirs.shop", []string{`"ldhName":"ns7.example.net"`}, nil) // vanished there is not deleted at the registry
	issues, err := h.store.MirrorIssues(t.Context(), registrar.MirrorIssueFilter{System: "fossbilling", State: registrar.IssueOpen, Kind: registrar.FlawVanished}, registrar.Page{})
	h.must(err)
	if len(issues) != 1 {
		t.Fatalf("worklist: %+v", issues)
	}
	u, err := h.engine.CreateStaff(t.Context(), registrar.System("test"), "Grace", "grace@registrar.test", "correct horse battery", registrar.RoleStaffOwner)
	h.must(err)
	h.must(h.engine.RemoveMirrored(t.Context(), registrar.Actor{Kind: registrar.ActorStaff, ID: u.ID}, issues[0].ID, "the registry says so"))
	d.knowsNot("theirs.shop")
}
