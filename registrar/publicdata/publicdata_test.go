package publicdata_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/publicdata"
	"github.com/indera/indera/registrar/publicdata/publicdatatest"
)

const contactBase = "https://portal.example/contact/"

type feed struct{ fn func(registrar.Event) }

func (f *feed) Subscribe(fn func(registrar.Event)) { f.fn = fn }

func service(t *testing.T, src publicdata.Source, change func(*publicdata.Options)) *publicdata.Service {
	t.Helper()
	opt := publicdata.Options{Source: src, Redactor: publicdata.Redactor{ContactBase: contactBase}, Clock: clockwork.NewFakeClock()}
	if change != nil {
		change(&opt)
	}
	s, err := publicdata.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func name(t *testing.T, s string) registrar.Name {
	t.Helper()
	n, err := registrar.ParseName(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLookupShowsWhatPolicyLetsOut(t *testing.T) {
	reg := publicdatatest.Example("bücher.example")
	s := service(t, publicdatatest.NewSource(reg), nil)
	got, err := s.Lookup(context.Background(), name(t, "BÜCHER.example"))
	if err != nil {
		t.Fatal(err)
	}
	want := publicdata.View{
		Name: "xn--bcher-kva.example", UName: "bücher.example", Statuses: []string{"ok"},
		Created: reg.Domain.CreatedAt, Expires: reg.Domain.ExpiresAt, NameServers: reg.Domain.NameServers,
		Registrant: publicdata.Registrant{State: "Greater London", CountryCode: "GB", ContactURI: contactBase + "xn--bcher-kva.example"},
		Redacted: []publicdata.Field{publicdata.RegistryDomainID, publicdata.RegistryRegistrantID, publicdata.RegistrantName,
			publicdata.RegistrantOrganization, publicdata.RegistrantStreet, publicdata.RegistrantCity,
			publicdata.RegistrantPostalCode, publicdata.RegistrantPhone, publicdata.RegistrantEmail},
		ReadAt: got.ReadAt,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if got.ReadAt.IsZero() || got.ReadAt.Location() != time.UTC {
		t.Fatalf("read at %v", got.ReadAt)
	}
}

func TestHandleIsShownOnlyForListedRepositories(t *testing.T) {
	for id, shown := range map[string]bool{
		"2336799_DOMAIN_COM-VRSN": true, "D1-vrsn": true, "D1-SBX": false, "dom_1": false, "A-B-VRSN": false, "": false, "é-VRSN": false,
	} {
		reg := publicdatatest.Example("a.example")
		reg.Domain.ROID = id
		v := publicdata.Redactor{ContactBase: contactBase, Repositories: []string{"VRSN"}}.Redact(reg, time.Now())
		if (v.Handle == id && id != "") != shown || v.Withholds(publicdata.RegistryDomainID) == shown {
			t.Errorf("ROID %q: handle %q, withheld %v", id, v.Handle, v.Withholds(publicdata.RegistryDomainID))
		}
	}
}

func TestOrganizationIsDeclaredOnlyWhenHeld(t *testing.T) {
	reg := publicdatatest.Example("a.example")
	reg.Registrant.Organization = ""
	v := publicdata.Redactor{ContactBase: contactBase}.Redact(reg, time.Now())
	if v.Withholds(publicdata.RegistrantOrganization) {
		t.Fatal("an organisation that is not held was declared as withheld")
	}
}

func TestStatuses(t *testing.T) {
	for _, c := range []struct {
		in, hosts, want []string
	}{
		{nil, []string{"ns1.example.net"}, []string{"ok"}},
		{nil, nil, []string{"inactive"}},
		{[]string{"ok", "addPeriod"}, nil, []string{"ok", "addPeriod"}},
		{[]string{"ok", "clientTransferProhibited"}, nil, []string{"clientTransferProhibited"}},
		{[]string{"serverHold", "serverHold", ""}, nil, []string{"serverHold"}},
		{[]string{"redemptionPeriod"}, nil, []string{"redemptionPeriod", "pendingDelete"}},
		{[]string{"ourOwnWord", "ok"}, nil, []string{"ok"}},
	} {
		reg := publicdatatest.Example("a.example")
		reg.Domain.Statuses, reg.Domain.NameServers = c.in, c.hosts
		v := publicdata.Redactor{}.Redact(reg, time.Now())
		if !slices.Equal(v.Statuses, c.want) {
			t.Errorf("%v with hosts %v: %v, want %v", c.in, c.hosts, v.Statuses, c.want)
		}
	}
}

// TestNoHiddenValueInAnyView walks every string of many views.
func TestNoHiddenValueInAnyView(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		reg, hidden := publicdatatest.Random(r)
		v := publicdata.Redactor{ContactBase: contactBase}.Redact(reg, time.Now())
		text := fmt.Sprintf("%+v", v)
		for _, h := range hidden {
			if strings.Contains(text, h) {
				t.Fatalf("view shows %q:\n%s", h, text)
			}
		}
		if v.Registrant.State != reg.Registrant.State || v.Registrant.CountryCode != reg.Registrant.CountryCode {
			t.Fatal("state and country must be shown")
		}
	}
}

// TestViewHasRoomForNoContactData fails when somebody adds a field to the
// public registrant without thinking of this test.
func TestViewHasRoomForNoContactData(t *testing.T) {
	typ := reflect.TypeFor[publicdata.Registrant]()
	var got []string
	for i := range typ.NumField() {
		got = append(got, typ.Field(i).Name)
	}
	if want := []string{"State", "CountryCode", "ContactURI"}; !slices.Equal(got, want) {
		t.Fatalf("public registrant has %v; each addition needs consent and a redaction rule", got)
	}
}

func TestHitsAndMissesAreCachedForTheirTime(t *testing.T) {
	src := publicdatatest.NewSource(publicdatatest.Example("a.example"))
	clock := clockwork.NewFakeClock()
	s := service(t, src, func(o *publicdata.Options) { o.Clock = clock })
	look := func(n string, wantReads int) {
		t.Helper()
		_, err := s.Lookup(context.Background(), name(t, n))
		if err != nil && !registrar.IsNotFound(err) {
			t.Fatal(err)
		}
		if got := src.Reads(); got != wantReads {
			t.Fatalf("%s: %d reads, want %d", n, got, wantReads)
		}
	}
	look("a.example", 1)
	look("a.example", 1)
	look("b.example", 2)
	look("b.example", 2)
	clock.Advance(time.Second + time.Millisecond)
	look("a.example", 2)
	look("b.example", 3)
	clock.Advance(4 * time.Second)
	look("a.example", 4)
}

func TestEventInvalidates(t *testing.T) {
	src, f := publicdatatest.NewSource(), &feed{}
	s := service(t, src, func(o *publicdata.Options) { o.Feed = f })
	if _, err := s.Lookup(context.Background(), name(t, "new.example")); !registrar.IsNotFound(err) {
		t.Fatalf("want not found, got %v", err)
	}
	src.Put(publicdatatest.Example("new.example"))
	f.fn(registrar.Event{Kind: registrar.EventBalanceToppedUp}) // concerns no name
	if _, err := s.Lookup(context.Background(), name(t, "new.example")); !registrar.IsNotFound(err) {
		t.Fatalf("an event about no name emptied the cache: %v", err)
	}
	f.fn(registrar.Event{Kind: registrar.EventDomainRegistered, Domain: "new.example"})
	if _, err := s.Lookup(context.Background(), name(t, "new.example")); err != nil {
		t.Fatalf("a new name must show at once: %v", err)
	}
}

// TestChangeDuringReadIsNotLost: the read began before the commit, the event
// came while it ran; its stale answer must not stay.
func TestChangeDuringReadIsNotLost(t *testing.T) {
	src, f := publicdatatest.NewSource(), &feed{}
	s := service(t, src, func(o *publicdata.Options) { o.Feed = f })
	gate := make(chan struct{})
	src.Hold(gate)
	done := make(chan error)
	go func() {
		_, err := s.Lookup(context.Background(), registrar.Name{A: "new.example"})
		done <- err
	}()
	src.AwaitRead()
	src.Put(publicdatatest.Example("new.example"))
	f.fn(registrar.Event{Domain: "new.example"})
	src.Hold(nil)
	close(gate)
	if err := <-done; err != nil && !registrar.IsNotFound(err) {
		t.Fatal(err)
	}
	if _, err := s.Lookup(context.Background(), registrar.Name{A: "new.example"}); err != nil {
		t.Fatalf("stale answer was kept: %v", err)
	}
}

func TestStampedeIsOneRead(t *testing.T) {
	src := publicdatatest.NewSource(publicdatatest.Example("a.example"))
	gate := make(chan struct{})
	src.Hold(gate)
	s := service(t, src, nil)
	var wg, started sync.WaitGroup
	errs := make(chan error, 100)
	started.Add(100)
	for range 100 {
		wg.Go(func() {
			started.Done()
			_, err := s.Lookup(context.Background(), registrar.Name{A: "a.example"})
			errs <- err
		})
	}
	started.Wait()
	close(gate)
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	if src.Reads() != 1 {
		t.Fatalf("%d reads for 100 callers", src.Reads())
	}
}

func TestFailureIsUnavailableAndNotCached(t *testing.T) {
	src := publicdatatest.NewSource(publicdatatest.Example("a.example"))
	cause := errors.New("connection refused by 10.0.0.7")
	src.Fail(cause)
	s := service(t, src, nil)
	_, err := s.Lookup(context.Background(), name(t, "a.example"))
	if registrar.KindOf(err) != registrar.KindUnavailable || !errors.Is(err, cause) {
		t.Fatalf("got %v", err)
	}
	src.Fail(nil)
	if _, err := s.Lookup(context.Background(), name(t, "a.example")); err != nil {
		t.Fatalf("failure was cached: %v", err)
	}
}

func TestSlowSourceIsBounded(t *testing.T) {
	src := publicdatatest.NewSource(publicdatatest.Example("a.example"))
	src.Hold(make(chan struct{}))
	s := service(t, src, func(o *publicdata.Options) { o.Timeout = 10 * time.Millisecond })
	_, err := s.Lookup(context.Background(), name(t, "a.example"))
	if registrar.KindOf(err) != registrar.KindUnavailable {
		t.Fatalf("got %v", err)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	src := publicdatatest.NewSource()
	for what, change := range map[string]func(*publicdata.Options){
		"no source":          func(o *publicdata.Options) { o.Source = nil },
		"TTL over promise":   func(o *publicdata.Options) { o.TTL = 6 * time.Second },
		"negative over TTL":  func(o *publicdata.Options) { o.NegativeTTL, o.TTL = 3*time.Second, 2*time.Second },
		"no contact form":    func(o *publicdata.Options) { o.Redactor.ContactBase = "" },
		"contact not closed": func(o *publicdata.Options) { o.Redactor.ContactBase = "https://portal.example/contact" },
		"contact by mail":    func(o *publicdata.Options) { o.Redactor.ContactBase = "mailto:a@b.example/" },
	} {
		opt := publicdata.Options{Source: src, Redactor: publicdata.Redactor{ContactBase: contactBase}}
		change(&opt)
		if _, err := publicdata.New(opt); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
}
