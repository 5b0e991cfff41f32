package main

import (
	"fmt"
	"math/rand/v2"
)

// kind is what an ask wants.
type kind string

const (
	askRegister    kind = "register"
	askRenew       kind = "renew"
	askNameServers kind = "nameservers"
)

// ask is one request of a customer, sent under one Idempotency-Key until it is
// answered.
type ask struct {
	ID          int
	Kind        kind
	Name        string
	Years       int
	NameServers []string
	WantFailure bool // names a host that the registry can't know
	Twice       bool // sent by two clients at once, with the same key
}

func (a ask) key(seed uint64) string { return fmt.Sprintf("chaos-%d-%d", seed, a.ID) }

// life is what happens to one name. Its asks follow each other, or, when the
// life is crowded, all wishes after the registration are asked at once and
// queue up behind each other.
type life struct {
	Name    string
	Crowded bool
	Asks    []ask
}

// makePlan draws n asks for names under the TLDs: about a third registrations,
// the rest renewals and name server changes of those names.
func makePlan(seed uint64, n int, tlds []string) []life {
	r := rand.New(rand.NewPCG(seed, 1))
	var lives []life
	for id := 0; id < n; {
		tld := tlds[r.IntN(len(tlds))]
		l := life{Name: fmt.Sprintf("life-%d-%d.%s", seed%1_000_000, len(lives), tld), Crowded: r.IntN(3) == 0}
		add := func(a ask) {
			if id < n {
				a.ID, a.Name, a.Twice = id, l.Name, r.IntN(5) == 0
				l.Asks = append(l.Asks, a)
				id++
			}
		}
		if r.IntN(10) == 0 {
			// Refused by the registry at its last step; the money comes back and
			// the name is free for the next ask.
			add(ask{Kind: askRegister, Years: 1, NameServers: impossible(r, len(lives), 0, tld), WantFailure: true})
		}
		add(ask{Kind: askRegister, Years: 1 + r.IntN(2), NameServers: hosts(r, len(lives), 0)})
		for i := range 1 + r.IntN(3) {
			switch {
			case r.IntN(2) == 0:
				add(ask{Kind: askRenew, Years: 1})
			case r.IntN(12) == 0:
				add(ask{Kind: askNameServers, NameServers: impossible(r, len(lives), 1+i, tld), WantFailure: true})
			default:
				add(ask{Kind: askNameServers, NameServers: hosts(r, len(lives), 1+i)})
			}
		}
		lives = append(lives, l)
	}
	return lives
}

// impossible adds a host under the registry's own ending, in a name that nobody
// has: only the registry can create it, so it answers 2303.
func impossible(r *rand.Rand, life, turn int, tld string) []string {
	return append(hosts(r, life, turn), fmt.Sprintf("ns1.nobody-%d-%d.%s", life, turn, tld))
}

// hosts mixes hosts that many names share, whose creation is raced for, with
// hosts of their own.
func hosts(r *rand.Rand, life, turn int) []string {
	shared := fmt.Sprintf("ns%d.shared.invalid", r.IntN(6))
	if r.IntN(3) == 0 {
		return []string{shared}
	}
	return []string{shared, fmt.Sprintf("ns%d.life-%d.invalid", turn, life)}
}
