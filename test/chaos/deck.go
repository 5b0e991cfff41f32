package main

import (
	"math/rand/v2"
	"slices"
)

// deed is one kind of mischief.
type deed string

const (
	killSent     deed = "kill serve while a command is sent"
	killExecuted deed = "kill serve after execution, before the answer"
	killNow      deed = "kill serve"
	killTwice    deed = "kill serve, and again while it starts"
	stopServe    deed = "stop serve gently"
	pauseServe   deed = "freeze serve past its time limits"
	dropBefore   deed = "cut before execution"
	dropAfter    deed = "cut after execution"
	cutFrame     deed = "cut in the middle of a frame"
	slowAnswer   deed = "answer too late"
	answer2400   deed = "answer 2400"
	answer2500   deed = "answer 2500"
	infoFails    deed = "fail the reads that reconcile"
	refuseLogin  deed = "refuse sessions (2502)"
	closeAll     deed = "close all sessions"
	takeFunds    deed = "take the registry funds away"
	killSandbox  deed = "kill the registry"
	killDatabase deed = "kill the database"
	relayDown    deed = "stop the mail relay"
	relayBusy    deed = "refuse mail for now (451, 452)"
	relayCuts    deed = "hang up before the mail"
	relaySilent  deed = "take mail without saying so"
	newSlot      deed = "kill two replicas, start both as schedulers of a new slot"
)

// step is one deed with what was drawn for it.
type step struct {
	Deed     deed
	Registry int    // index
	Replica  int    // index of the serve process
	Verb     string // of the commands that are hit
	Object   string
	Count    int
}

// targets are the transforms that faults strike; billable ones more often.
var targets = []struct{ verb, object string }{
	{"create", "domain"}, {"create", "domain"}, {"create", "domain"}, {"renew", "domain"}, {"renew", "domain"}, {"renew", "domain"},
	{"update", "domain"}, {"update", "domain"}, {"create", "contact"}, {"create", "host"},
}

// shortDeck is how often each deed is done in the short form.
var shortDeck = map[deed]int{
	killSent: 4, killExecuted: 4, killNow: 3, killTwice: 1, stopServe: 1, pauseServe: 1,
	dropBefore: 3, dropAfter: 3, cutFrame: 3, slowAnswer: 3, answer2400: 2, answer2500: 2, infoFails: 2, refuseLogin: 1, closeAll: 2, takeFunds: 2,
	relayDown: 1, relayBusy: 2, relayCuts: 2, relaySilent: 2, newSlot: 2,
}

// longExtra is what only the long form does, beside four short decks.
var longExtra = map[deed]int{killSandbox: 6, killDatabase: 5}

// makeDeck shuffles the deeds of a run; the same seed gives the same deck.
func makeDeck(seed uint64, long bool, registries, replicas int) []step {
	r := rand.New(rand.NewPCG(seed, 2))
	counts := map[deed]int{}
	for d, n := range shortDeck {
		counts[d] = n
		if long {
			counts[d] = 4 * n
		}
	}
	if long {
		for d, n := range longExtra {
			counts[d] += n
		}
	}
	var kinds []deed
	for d := range counts {
		kinds = append(kinds, d)
	}
	slices.Sort(kinds) // map order is no seed
	var deck []step
	for _, d := range kinds {
		for range counts[d] {
			t := targets[r.IntN(len(targets))]
			deck = append(deck, step{Deed: d, Registry: r.IntN(registries), Replica: r.IntN(replicas), Verb: t.verb, Object: t.object, Count: 1 + r.IntN(2)})
		}
	}
	r.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
	return deck
}
