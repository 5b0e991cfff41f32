// Package guess estimates how soon somebody who knows how people choose
// passwords guesses one: from the passwords seen most often in leaks, from words
// and names, from what is known about the person, from rows of keys, runs,
// years and repeats. It follows zxcvbn (D. Wheeler, USENIX Security 2016) and
// uses the lists of its Go port; the port itself takes a quarter of a second at
// each start of the program and half a second for a long password, so only its
// lists are taken, when the first password is chosen.
package guess

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"unicode"

	"github.com/ccojocar/zxcvbn-go/data"
)

// longest is how many characters are looked at: what follows can only make a
// password better.
const longest = 64

// lists are ordered by how often people choose a word, most often first.
var lists = []string{"Passwords", "English", "FemaleNames", "MaleNames", "Surnames"}

// ranks tells the best place of each word in the lists, from 1.
var ranks = sync.OnceValues(func() (map[string]int, error) {
	out := make(map[string]int, 90_000)
	for _, name := range lists {
		raw, err := data.Asset("data/" + name + ".json")
		if err != nil {
			return nil, fmt.Errorf("reading the words of %s: %w", name, err)
		}
		var words struct{ List []string }
		if err := json.Unmarshal(raw, &words); err != nil {
			return nil, fmt.Errorf("reading the words of %s: %w", name, err)
		}
		for i, w := range words.List {
			if best, ok := out[w]; !ok || i+1 < best {
				out[w] = i + 1
			}
		}
	}
	return out, nil
})

// rows of keys that lie beside each other, and ways to walk over them.
var rows = []string{
	"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "abcdefghijklmnopqrstuvwxyz",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "zaq1xsw2cde3vfr4bgt5nhy6mju7", "zaq12wsxcde34rfvbgt56yhnmju78ik", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "7894561230", "147258369",
}

// plainer undoes what people put for letters.
var plainer = strings.NewReplacer("4", "a", "@", "a", "8", "b", "3", "e", "6", "g", "1", "i", "!", "i", "0", "o", "5", "s", "$", "s", "7", "t", "2", "z")

const (
	minPiece = 3  // characters of a word, run or row
	maxPiece = 32 // of a word
)

// Bits returns the binary logarithm of how many guesses a password takes. about
// holds what a guesser would try first: name and address of the person, the name
// of the site.
func Bits(password string, about ...string) (float64, error) {
	words, err := ranks()
	if err != nil {
		return 0, err
	}
	text := []rune(password)
	if len(text) > longest {
		text = text[:longest]
	}
	text = []rune(strings.ToLower(string(text)))
	if block := period(text); block < len(text) {
		return math.Log2(float64(len(text)/block)) + cheapest(text[:block], words, own(about)), nil
	}
	return cheapest(text, words, own(about)), nil
}

// own are the words of what is known, also each by itself.
func own(about []string) map[string]bool {
	out := map[string]bool{}
	for _, a := range about {
		a = strings.ToLower(a)
		out[a] = true
		for _, w := range strings.FieldsFunc(a, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			out[w] = true
		}
	}
	return out
}

// period is the length of the block that a text repeats, its own length when it
// repeats none.
func period(text []rune) int {
	for n := 1; n <= len(text)/2; n++ {
		if len(text)%n == 0 && strings.Repeat(string(text[:n]), len(text)/n) == string(text) {
			return n
		}
	}
	return len(text)
}

// cheapest cuts a text into the pieces that are guessed soonest.
func cheapest(text []rune, words map[string]int, own map[string]bool) float64 {
	each := math.Log2(alphabet(text))
	plain := []rune(plainer.Replace(string(text))) // as many characters as before
	best := make([]float64, len(text)+1)
	for end := 1; end <= len(text); end++ {
		best[end] = best[end-1] + each
		for start := max(0, end-maxPiece); start <= end-minPiece; start++ {
			cost := piece(string(text[start:end]), words, own)
			if p := string(plain[start:end]); p != string(text[start:end]) {
				cost = math.Min(cost, word(p, words, own)+1)
			}
			best[end] = math.Min(best[end], best[start]+cost)
		}
	}
	return best[len(text)]
}

// alphabet is how many characters a guesser must try where nothing else helps.
func alphabet(text []rune) float64 {
	kinds := map[string]float64{}
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			kinds["digit"] = 10
		case r >= 'a' && r <= 'z':
			kinds["letter"] = 26
		case r < 0x80:
			kinds["sign"] = 33
		default:
			kinds["other"] = 100
		}
	}
	n := 0.
	for _, k := range kinds {
		n += k
	}
	return math.Max(n, 2)
}

// piece is the cost of a part that somebody would guess as a whole, infinite
// when nobody would.
func piece(s string, words map[string]int, own map[string]bool) float64 {
	return math.Min(word(s, words, own), math.Min(row(s), year(s)))
}

func word(s string, words map[string]int, own map[string]bool) float64 {
	if own[s] {
		return 1
	}
	if rank, ok := words[s]; ok {
		return math.Log2(float64(rank)) + 1 // capitals and the like
	}
	return math.Inf(1)
}

// row is a walk over neighbouring keys or letters, to either side, or one
// character again and again.
func row(s string) float64 {
	runes := []rune(s)
	if strings.Count(s, string(runes[:1])) == len(runes) {
		return math.Log2(40 * float64(len(runes)))
	}
	back := make([]rune, len(runes))
	for i, r := range runes {
		back[len(runes)-1-i] = r
	}
	for _, keys := range rows {
		switch {
		case strings.HasPrefix(keys, s):
			return math.Log2(float64(len(rows) * len(runes)))
		case strings.Contains(keys, s), strings.Contains(keys, string(back)):
			return math.Log2(float64(len(rows) * len(keys) * len(runes)))
		}
	}
	return math.Inf(1)
}

// year is one that people alive remember.
func year(s string) float64 {
	if len(s) == 4 && (s[:2] == "19" || s[:2] == "20") && strings.Trim(s[2:], "0123456789") == "" {
		return math.Log2(120)
	}
	return math.Inf(1)
}
