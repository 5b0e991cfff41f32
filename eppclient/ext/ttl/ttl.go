// Package ttl is the time-to-live extension of EPP (RFC 9803): how long resolvers
// keep the records the registry publishes for a domain or host.
package ttl

import (
	"math"
	"regexp"
	"strconv"

	"github.com/indera/indera/eppclient/epp"
)

// Namespace is the extension's URI.
const Namespace = "urn:ietf:params:xml:ns:epp:ttl-1.0"

// Mapping describes the extension.
var Mapping = epp.Mapping{
	URI: Namespace, Prefix: "ttl", Reference: "RFC 9803",
	Adds: "time-to-live of NS, DS, DNAME, A and AAAA records",
}

// Value is the time-to-live of one record type.
type Value struct {
	For     string // "NS", "DS", "DNAME", "A", "AAAA" or "custom"
	Custom  string // the type of a custom one
	Seconds *int   // nil = the registry's default
	// The registry's policy, in answers to Info{Policy: true} only.
	Min, Default, Max *int
}

// Create goes with a create of a domain or host.
type Create struct{ Values []Value }

// EncodeExtension implements epp.Extension.
func (c Create) EncodeExtension(e *epp.Encoder) { encode(e, "create", c.Values) }

// Update goes with an update of a domain or host.
type Update struct{ Values []Value }

// EncodeExtension implements epp.Extension.
func (u Update) EncodeExtension(e *epp.Encoder) { encode(e, "update", u.Values) }

// Request goes with an info and asks for the values, with Policy also for what
// the registry allows.
type Request struct{ Policy bool }

// EncodeExtension implements epp.Extension.
func (r Request) EncodeExtension(e *epp.Encoder) {
	e.Within("ttl", Namespace, "info", nil, epp.A("policy", strconv.FormatBool(r.Policy)))
}

var customPattern = regexp.MustCompile(`^(A|[A-Z][A-Z0-9\-]*[A-Z0-9])$`)

func encode(e *epp.Encoder, local string, values []Value) {
	if len(values) == 0 {
		e.Fail("ttl:ttl", "required")
	}
	seen := map[string]bool{}
	e.Within("ttl", Namespace, local, func() {
		for _, v := range values {
			e.OneOf("ttl:ttl@for", v.For, "NS", "DS", "DNAME", "A", "AAAA", "custom")
			if seen[v.For] {
				e.Fail("ttl:ttl@for", "named twice")
			}
			seen[v.For] = true
			if (v.For == "custom") != (v.Custom != "") || v.Custom != "" && !customPattern.MatchString(v.Custom) {
				e.Fail("ttl:ttl@custom", "goes with custom and is a record type")
			}
			attrs := []epp.Attr{epp.A("for", v.For), epp.A("custom", v.Custom)}
			if v.Seconds == nil {
				e.Empty("ttl:ttl", attrs...)
				continue
			}
			e.Int("ttl:ttl", int64(*v.Seconds), 0, math.MaxInt32, attrs...)
		}
	})
}

// Info returns what an info answers.
func Info(r *epp.Response) []Value {
	var out []Value
	for _, el := range r.Extension(Namespace, "infData").All(Namespace, "ttl") {
		out = append(out, Value{
			For: el.Attr("for"), Custom: el.Attr("custom"), Seconds: number(el.Value()),
			Min: number(el.Attr("min")), Default: number(el.Attr("default")), Max: number(el.Attr("max")),
		})
	}
	return out
}

func number(text string) *int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return nil
	}
	return &n
}
