package main

import (
	"reflect"
	"testing"
)

func TestDeckIsReplayableAndWhole(t *testing.T) {
	short := makeDeck(7, false, 2, 1)
	if !reflect.DeepEqual(short, makeDeck(7, false, 2, 1)) {
		t.Error("the same seed gives two decks")
	}
	if reflect.DeepEqual(short, makeDeck(8, false, 2, 1)) {
		t.Error("two seeds give the same deck")
	}
	seen := map[deed]int{}
	for _, s := range makeDeck(7, true, 2, 2) {
		seen[s.Deed]++
		if s.Registry > 1 || s.Replica > 1 || s.Count < 1 {
			t.Errorf("step %+v is out of bounds", s)
		}
	}
	for d, n := range shortDeck {
		if seen[d] != 4*n {
			t.Errorf("the long deck has %d of %q, want %d", seen[d], d, 4*n)
		}
	}
	for d, n := range longExtra {
		if seen[d] != n {
			t.Errorf("the long deck has %d of %q, want %d", seen[d], d, n)
		}
	}
}
