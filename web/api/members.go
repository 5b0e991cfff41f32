package api

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// memberTwice finds a JSON object that names a member twice and says where, as
// in "body.registrant.name". Decoders disagree about which of the two counts
// (RFC 8259 §4), so a proxy may have checked another value than the one that
// would be used here. What is no JSON at all is told by the decoder later on.
func memberTwice(body []byte) (at string, twice bool) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var open []level
	for {
		token, err := dec.Token()
		if err != nil {
			return "", false // the end, or no JSON
		}
		if len(open) > 0 {
			if at, twice := open[len(open)-1].next(token); twice {
				return at, true
			}
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			at := "body"
			if len(open) > 0 {
				at = open[len(open)-1].here
			}
			l := level{at: at}
			if token == json.Delim('{') {
				l.seen = make(map[string]bool)
			}
			open = append(open, l)
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
	}
}

// level is an object or array that is being read.
type level struct {
	at    string          // where it stands
	here  string          // where its current member or element stands
	seen  map[string]bool // nil: an array
	value bool            // of an object: the name was read, its value comes
	count int
}

// next takes one token inside the level.
func (l *level) next(token json.Token) (at string, twice bool) {
	if d, ok := token.(json.Delim); ok && (d == '}' || d == ']') {
		return "", false
	}
	if l.seen == nil {
		l.here = l.at + "[" + strconv.Itoa(l.count) + "]"
		l.count++
		return "", false
	}
	if l.value = !l.value; !l.value {
		return "", false
	}
	name, _ := token.(string)
	l.here = l.at + "." + name
	twice, l.seen[name] = l.seen[name], true
	return l.here, twice
}
