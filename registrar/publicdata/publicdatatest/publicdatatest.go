// Package publicdatatest generates registrations for tests of public faces and
// knows which of their values must never be seen.
package publicdatatest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/indera/indera/registrar"
)

// Source is a map of registrations by A-label. It counts reads.
type Source struct {
	mu    sync.Mutex // guards the fields below
	names map[string]registrar.Registration
	reads int
	fail  error
	gate  chan struct{}
	begun chan struct{} // closed at the first read
}

// NewSource returns a source that holds the given registrations.
func NewSource(regs ...registrar.Registration) *Source {
	s := &Source{names: make(map[string]registrar.Registration), begun: make(chan struct{})}
	for _, r := range regs {
		s.Put(r)
	}
	return s
}

// Put adds or replaces a registration.
func (s *Source) Put(r registrar.Registration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names[r.Domain.Name] = r
}

// Fail makes every read return err until it is called with nil.
func (s *Source) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// Hold makes reads wait, after they have read, until the channel is closed.
func (s *Source) Hold(gate chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate = gate
}

// Reads returns how many reads began.
func (s *Source) Reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// AwaitRead waits until a first read has begun.
func (s *Source) AwaitRead() { <-s.begun }

// Registration implements publicdata.Source.
func (s *Source) Registration(ctx context.Context, name string) (registrar.Registration, error) {
	s.mu.Lock()
	if s.reads++; s.reads == 1 {
		close(s.begun)
	}
	r, ok := s.names[name]
	fail, gate := s.fail, s.gate
	s.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return registrar.Registration{}, ctx.Err()
		}
	}
	if fail != nil {
		return registrar.Registration{}, fail
	}
	if !ok {
		return registrar.Registration{}, registrar.Errorf(registrar.KindNotFound, "no_such_domain", "no such domain")
	}
	return r, nil
}

// Example is a plain registration of name.
func Example(name string) registrar.Registration {
	created := time.Date(2026, 11, 22, 10, 20, 30, 0, time.UTC)
	expires := created.AddDate(1, 0, 0)
	n, err := registrar.ParseName(name)
	if err != nil {
		panic(err) // test data is wrong
	}
	return registrar.Registration{
		Domain: registrar.Domain{
			ID: "dom_1", Name: n.A, UName: n.U, TLD: "example", Registry: "alpha", CustomerID: "cus_1",
			OwnerSystem: registrar.OwnerEngine, State: registrar.DomainActive, ROID: "D1-EXMPL",
			NameServers: []string{"ns1.example.net", "ns2.example.net"}, Statuses: []string{"ok"},
			CreatedAt: &created, ExpiresAt: &expires, ExpiresRaw: "2027-11-22T10:20:30Z",
		},
		Registrant: registrar.ContactVersion{ContactID: "con_1", Version: 1, CustomerID: "cus_1", ContactData: registrar.ContactData{
			Name: "Ada Lovelace", Organization: "Analytical Engines Ltd", Street: []string{"12 St James's Square", "Flat 3"},
			City: "Marylebone", State: "Greater London", PostalCode: "SW1Y 4JH", CountryCode: "GB",
			Phone: "+44.2079460123", Email: "ada@analytical.example",
		}},
	}
}

var letters = map[string][]rune{
	"latin":    []rune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
	"cyrillic": []rune("абвгдежзиклмнопрстуфхцчшщэюя"),
	"han":      []rune("天地玄黃宇宙洪荒日月盈昃辰宿列張寒來暑往"),
	"markup":   []rune("<>&\"'/\\%{}[]ßé"),
}

// scripts keeps the order stable, so that a seed gives the same data.
var scripts = []string{"latin", "latin", "cyrillic", "han", "markup"}

// Random returns a registration with random data, all different from each
// other, and the values that no public output may contain.
func Random(r *rand.Rand) (registrar.Registration, []string) {
	word := func(n int) string {
		set := letters[scripts[r.IntN(len(scripts))]]
		out := []rune("q" + fmt.Sprintf("%05x", r.IntN(1<<20))) // makes chance hits improbable
		for range n {
			out = append(out, set[r.IntN(len(set))])
		}
		return string(out)
	}
	reg := Example(fmt.Sprintf("n%08x.example", r.Uint32()))
	c := &reg.Registrant.ContactData
	c.Name, c.City, c.PostalCode = word(12), word(8), strings.ToUpper(word(4))
	c.Organization = ""
	if r.IntN(2) == 0 {
		c.Organization = word(10)
	}
	c.Street = nil
	for range 1 + r.IntN(3) {
		c.Street = append(c.Street, word(10))
	}
	c.State = ""
	if r.IntN(2) == 0 {
		c.State = word(6)
	}
	c.CountryCode = []string{"DE", "CA", "JP", "UA"}[r.IntN(4)]
	national := fmt.Sprintf("%09d", 100_000_000+r.IntN(900_000_000))
	c.Phone = "+380." + national
	local := "u" + fmt.Sprintf("%08x", r.Uint32())
	c.Email = local + "@mail.example"
	reg.Domain.CustomerID = "cus_" + fmt.Sprintf("%016x", r.Uint64())
	reg.Registrant.ContactID = "con_" + fmt.Sprintf("%016x", r.Uint64())
	hidden := append([]string{c.Name, c.City, c.PostalCode, national, c.Email, local, reg.Domain.CustomerID,
		reg.Registrant.ContactID}, c.Street...)
	if c.Organization != "" {
		hidden = append(hidden, c.Organization)
	}
	return reg, hidden
}
