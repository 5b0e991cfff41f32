package api

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestMemberTwice(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}`:     "",
		`{"a":"b","b":"a"}`:                             "",
		`{"a":1,"a":1}`:                                 "body.a",
		`{"a":1,"\u0061":1}`:                            "body.a",
		`{"x":[1,{"a":{"b":1}},{"a":[],"a":{}}],"y":2}`: "body.x[2].a",
		`{"x":{"y":{"z":1,"z":2}}}`:                     "body.x.y.z",
		`[{"a":1},[{"b":1,"b":2}]]`:                     "body[1][0].b",
		`{"a":1,`:                                       "",
		`"a"`:                                           "",
		``:                                              "",
	} {
		if at, twice := memberTwice([]byte(body)); at != want || twice != (want != "") {
			t.Errorf("%s: %q, %v, want %q", body, at, twice, want)
		}
	}
}

// FuzzMemberTwice: whatever it lets pass as an object means the same to every
// decoder, so encoding it again keeps all members.
func FuzzMemberTwice(f *testing.F) {
	for _, s := range []string{`{"a":1,"a":2}`, `[[{"a":{}}]]`, `{"":{"":0}}`, `}`, `{"a":[}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, twice := memberTwice(body)
		var v map[string]json.RawMessage
		if twice || json.Unmarshal(body, &v) != nil {
			return
		}
		if n := members(t, body); n != len(v) {
			t.Errorf("%q: %d members were read as %d", body, n, len(v))
		}
	})
}

// members counts the members of the outermost object.
func members(t *testing.T, body []byte) (n int) {
	t.Helper()
	depth := 0
	dec := json.NewDecoder(bytes.NewReader(body))
	for {
		token, err := dec.Token()
		if err != nil {
			return n / 2
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if depth == 1 {
				n++
			}
			depth++
			continue
		case json.Delim('}'), json.Delim(']'):
			depth--
			continue
		}
		if depth == 1 {
			n++
		}
	}
}
