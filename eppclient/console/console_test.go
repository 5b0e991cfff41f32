package console

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/sandbox/pki"
	"github.com/indera/indera/eppclient/session"
)

// world is a console at a strict registry.
type world struct {
	t    *testing.T
	srv  *sandbox.Server
	opt  Options
	acts []string
	stop error // what evidence answers before sending
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clock := clockwork.NewFakeClockAt(time.Date(2031, 2, 28, 12, 0, 0, 0, time.UTC))
	dir := t.TempDir()
	bundle, err := pki.Ensure(dir, clock.Now(), "registrar-1")
	if err != nil {
		t.Fatal(err)
	}
	serverTLS, clientTLS := bundle.ServerTLS(), bundle.ClientTLS("registrar-1")
	serverTLS.Time, clientTLS.Time = clock.Now, clock.Now
	w := &world{t: t}
	w.srv, err = sandbox.New(sandbox.Config{
		Name: "sandbox-a", DatabasePath: filepath.Join(dir, "a.db"), TLS: serverTLS, Clock: clock,
		TLDs:     []sandbox.TLD{{Name: "example", Currency: "USD", Prices: map[sandbox.Action]int64{sandbox.ActionCreate: 800, sandbox.ActionRenew: 900}, Reserved: []string{"www.example"}}},
		Accounts: []sandbox.Account{{ClientID: "registrar-1", Password: "a-password", ClientCertCN: "registrar-1", OpeningBalanceMinor: 10_000, Currency: "USD"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.srv.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.srv.Close() })
	p := pool.New(pool.Config{MaxSessions: 1, Session: session.Config{
		Registry: "a", Addr: w.srv.Addr(), TLS: clientTLS, ClientID: "registrar-1", Password: "a-password", Clock: clock,
		Services: epp.Services{Objects: []string{epp.Standard.Domain, epp.Standard.Contact, epp.Standard.Host}},
	}})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	w.opt = Options{Pool: p, Evidence: w, Name: func(typed string) (string, error) {
		if strings.Contains(typed, "_") {
			return "", errors.New("no name")
		}
		return strings.ToLower(typed), nil
	}}
	return w
}

// Sending implements Evidence.
func (w *world) Sending(_ context.Context, act Act) error {
	w.acts = append(w.acts, "before "+act.String()+" "+string(act.Message))
	return w.stop
}

// Sent implements Evidence.
func (w *world) Sent(_ context.Context, act Act, answer Answer, err error) error {
	w.acts = append(w.acts, "after "+act.String())
	if answer.ClTRID != act.ClTRID || act.ClTRID == "" {
		w.t.Errorf("act %q, answer %q", act.ClTRID, answer.ClTRID)
	}
	return nil
}

func (w *world) run(line string) (Answer, error) {
	w.t.Helper()
	c, err := New(w.opt)
	if err != nil {
		w.t.Fatal(err)
	}
	return c.Run(w.t.Context(), line)
}

// says runs a line that the registry answers with a code.
func (w *world) says(code int, line string, want ...string) Answer {
	w.t.Helper()
	a, err := w.run(line)
	if err != nil || a.Code != code {
		w.t.Fatalf("%s: code %d, want %d; %v %v", line, a.Code, code, err, a.Reasons)
	}
	text := strings.Join(a.Said, "\n") + a.Message + string(a.Response)
	for _, f := range a.Facts {
		text += "\n" + f.Name + " " + f.Value
	}
	for _, s := range want {
		if !strings.Contains(text, s) {
			w.t.Errorf("%s: lacks %q in %s", line, s, text)
		}
	}
	return a
}

func (w *world) refuses(line, want string) {
	w.t.Helper()
	_, err := w.run(line)
	var usage *UsageError
	var look *ReadOnlyError
	if !errors.As(err, &usage) && !errors.As(err, &look) || !strings.Contains(err.Error(), want) {
		w.t.Errorf("%s: %v, want a refusal with %q", line, err, want)
	}
}

func (w *world) domain(name string) {
	w.t.Helper()
	w.opt.ReadFile = func(string) ([]byte, error) {
		return []byte(`<e:epp xmlns:e="urn:ietf:params:xml:ns:epp-1.0"><!-- <e:command> --><e:command><e:create><d:create xmlns:d="urn:ietf:params:xml:ns:domain-1.0"><d:name>` + name +
			`</d:name><d:period unit="y">1</d:period><d:registrant>C-1</d:registrant><d:authInfo><d:pw>hidden-code-1</d:pw></d:authInfo></d:create></e:create></e:command></e:epp>`), nil
	}
	a := w.says(1000, "raw x")
	if strings.Contains(string(a.Request)+string(a.Response)+a.Line, "hidden-code-1") || !strings.Contains(string(a.Request), "<d:pw>***</d:pw>") {
		w.t.Errorf("the code shows: %s", a.Request)
	}
}

func TestLooking(t *testing.T) {
	w := newWorld(t)
	w.says(0, "greeting", "sandbox-a", "urn:ietf:params:xml:ns:domain-1.0", "<svID>")
	w.says(0, "hello", "sandbox-a")
	w.says(1000, "check Free.example www.example", "free.example: available", "www.example: not available (")
	w.says(1000, "check contact C-9", "C-9: available")
	w.says(1000, "check host ns1.example", "ns1.example: available")
	w.says(2303, "info none.example")
	w.says(2303, "info contact C-9")
	w.says(2303, "INFO host ns1.example")
	w.says(1300, "poll")
	w.says(2303, "transfer query none.example")
	w.opt.Facts = func() []Fact { return []Fact{{"dialect", "rfc"}} }
	w.says(0, "capabilities", "dialect rfc")
	w.says(0, "help", "check [domain|host|contact] NAME…", "refused here")
	w.says(0, "help poll", "oldest message")
	for line, want := range map[string]string{
		"":                                "type a command",
		"frobnicate":                      `"frobnicate" is no command`,
		"\x1b[2J":                         "is no command",
		"check":                           "usage",
		"check a_b.example":               "no name",
		"info a.example b.example":        "usage",
		"info host a.example auth":        "can't be taken here",
		"info a.example auth=secret":      "not typed on the line",
		"transfer query host a.example":   "hosts are not transferred",
		"transfer":                        "usage",
		"hello now":                       "usage",
		"greeting now":                    "usage",
		"capabilities now":                "usage",
		"help frobnicate":                 "is no command",
		"poll now":                        "usage",
		"raw x":                           "can't be taken here",
		"transfer approve a.example":      "only looks",
		"transfer request a.example auth": "only looks",
		"poll ack 7":                      "only looks",
		"delete domain a.example":         "only looks",
		"renew a.example from=2031-02-28": "only looks",
		"renew a.example":                 "from is the day",
		"renew a.example from=2031-02-28 years=0":    "1 to 99",
		"status add a.example clientHold":            "only looks",
		"status a.example":                           "usage",
		"status set a.example clientHold":            "usage",
		"delete a.example":                           "usage",
		"check " + strings.Repeat("a", 4000):         "4000",
		"check contact X-" + strings.Repeat("y", 20): "contact:id",
	} {
		w.refuses(line, want)
	}
	if w.acts != nil {
		t.Errorf("looking left evidence of acts: %q", w.acts)
	}
}

func TestWriting(t *testing.T) {
	w := newWorld(t)
	w.opt.Write = true
	w.opt.ReadFile = func(string) ([]byte, error) {
		return []byte(`<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><create><c:create xmlns:c="urn:ietf:params:xml:ns:contact-1.0"><c:id>C-1</c:id><c:postalInfo type="int"><c:name>Ada</c:name><c:addr><c:city>Paris</c:city><c:cc>FR</c:cc></c:addr></c:postalInfo><c:email>ada@example.org</c:email><c:authInfo><c:pw>hidden-code-2</c:pw></c:authInfo></c:create></create><clTRID>MINE-1</clTRID></command></epp>`), nil
	}
	if a := w.says(1000, "raw contact.xml"); a.ClTRID != "MINE-1" {
		t.Errorf("the frame's own clTRID is not kept: %q", a.ClTRID)
	}
	w.domain("a.example")
	w.says(1000, "status add a.example clientHold clientTransferProhibited")
	w.says(1000, "info a.example", `s="clientHold"`)
	w.says(1000, "status remove a.example clientHold clientTransferProhibited")
	w.says(1000, "renew a.example from=2032-02-28 years=2", "2034-02-28")
	asked := ""
	w.opt.Secret = func(what string) (epp.Secret, error) { asked = what; return "hidden-code-1", nil }
	if a := w.says(1000, "info a.example auth"); asked == "" || strings.Contains(string(a.Request), "hidden") {
		t.Errorf("asked %q; %s", asked, a.Request)
	}
	w.says(2301, "transfer approve a.example")
	w.refuses("poll ack 1", "no message waits")
	if err := w.srv.Queue(t.Context(), sandbox.Message{Account: "registrar-1", Text: "Hello"}); err != nil {
		t.Fatal(err)
	}
	a := w.says(1301, "poll", "Hello", "1 in the queue")
	id, err := messageID(a.Response)
	if err != nil {
		t.Fatal(err)
	}
	w.refuses("poll ack nonsense", "nothing was acknowledged")
	w.acts = nil
	w.says(1000, "poll ack "+id)
	if len(w.acts) != 2 || !strings.HasPrefix(w.acts[0], "before poll ack "+id) || !strings.Contains(w.acts[0], "Hello") {
		t.Errorf("evidence of the acknowledgement: %q", w.acts)
	}
	w.acts = nil
	w.says(2305, "delete contact C-1")
	if strings.Join(w.acts, "|") != "before contact:delete C-1 |after contact:delete C-1" {
		t.Errorf("evidence: %q", w.acts)
	}
	w.acts, w.stop = nil, errors.New("the evidence can't be kept")
	if _, err := w.run("delete domain a.example"); !errors.Is(err, w.stop) || len(w.acts) != 1 {
		t.Errorf("without evidence: %v %q", err, w.acts)
	}
	w.says(1000, "info a.example") // still there
}

func TestFramesThatAreNotSent(t *testing.T) {
	const epp10 = `<epp xmlns="urn:ietf:params:xml:ns:epp-1.0">`
	for frame, want := range map[string]string{
		"":                               "no element",
		"<epp>":                          "not well-formed",
		`<!DOCTYPE epp><epp/>`:           "document type",
		`<epp/>`:                         "one epp element",
		epp10 + `<greeting/></epp>`:      "neither a command",
		epp10 + `<command/></epp>`:       "neither a command",
		epp10 + `<hello/><hello/></epp>`: "with one child",
		epp10 + `<command><login/></command></epp>`:                                            `"login" is not among`,
		epp10 + `<command><logout/></command></epp>`:                                           `"logout" is not among`,
		epp10 + `<command><info/><create/></command></epp>`:                                    `"create" stands beside info`,
		epp10 + `<command><info/><clTRID>x</clTRID></command></epp>`:                           "3 to 64",
		epp10 + `<command><info/><!-- ` + strings.Repeat("x", MaxRaw) + ` --></command></epp>`: "octets",
	} {
		_, err := parseRaw([]byte(frame), epp.Standard)
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v, want %q", frame, err, want)
		}
	}
	for frame, want := range map[string]string{
		epp10 + `<command><poll op="ack" msgID="7"/></command></epp>`:                                                                                                      "poll ack 7",
		epp10 + `<command><poll op="req"/></command></epp>`:                                                                                                                "poll req",
		epp10 + `<command><check><x:check xmlns:x="urn:x"><x:id>a</x:id><x:id>b</x:id></x:check></check><extension/></command></epp>`:                                      "other:check a,b",
		epp10 + `<command><transfer op="query"><d:transfer xmlns:d="urn:ietf:params:xml:ns:domain-1.0"><d:name>a.example</d:name></d:transfer></transfer></command></epp>`: "domain:transfer query a.example",
	} {
		r, err := parseRaw([]byte(frame), epp.Standard)
		if err != nil || r.desc.String() != want || !strings.Contains(string(r.frame), "<clTRID>"+r.clTRID+"</clTRID></command>") {
			t.Errorf("%s: %q %s %v", frame, r.desc, r.frame, err)
		}
	}
}

func TestWhatMayBeRemembered(t *testing.T) {
	w := newWorld(t)
	c, err := New(w.opt)
	if err != nil {
		t.Fatal(err)
	}
	for line, ok := range map[string]bool{
		"check a.example": true, "info a.example auth": true, "help": true, "raw my file": true,
		"info a.example my-code": false, "info a.example auth=my-code": false, "my-code": false, "": false,
	} {
		if got := c.Check(line) == nil; got != ok {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func TestCompletion(t *testing.T) {
	w := newWorld(t)
	names := func(kind, prefix string) []string {
		if kind == "domain" && strings.HasPrefix("shop.example", prefix) {
			return []string{"shop.example"}
		}
		return nil
	}
	try := func(line, want string) {
		t.Helper()
		c, err := New(w.opt)
		if err != nil {
			t.Fatal(err)
		}
		got := c.Complete(line, names)
		if text := strings.Join(got.Words, " "); text != want || got.Start != strings.LastIndexByte(line, ' ')+1 {
			t.Errorf("%q: %q at %d, want %q", line, text, got.Start, want)
		}
	}
	try("ch", "check")
	try("h", "hello help")
	try("d", "")
	try("check ", "contact domain host shop.example")
	try("check domain s", "shop.example")
	try("info C", "contact")
	try("transfer ", "query")
	try("poll ", "")
	try("help tr", "transfer")
	try("hello ", "")
	w.opt.Write = true
	try("d", "delete")
	try("poll ", "ack")
	try("transfer r", "reject request")
	try("transfer query s", "shop.example")
	try("transfer query domain s", "shop.example")
	try("status ", "add remove")
	try("status add s", "shop.example")
	try("status add shop.example clientH", "clientHold")
	try("renew shop.example f", "from=")
}
