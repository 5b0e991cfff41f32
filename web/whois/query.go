package whois

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
)

// refusal is the answer to a query that is not understood. The texts avoid the
// words by which programs recognise a free name.
type refusal string

// Error returns the line to send.
func (r refusal) Error() string { return string(r) }

const (
	errInvalid refusal = "Invalid query. Please send one domain name."
	errObject  refusal = "Invalid query. Only domain names can be asked here."
)

// withArgument are flags of other servers' dialects that take a value, as in
// "-T dn,ace example.de".
var withArgument = []string{"-T", "-C", "-K"}

// otherObjects are query words of registries that stand for other objects.
var otherObjects = []string{"nameserver", "registrar", "contact", "entity", "host"}

// parseQuery reads a query line: a domain name, which may follow flags, the
// word "domain" or an equals sign, as tools for registries send them.
func parseQuery(line []byte) (registrar.Name, error) {
	if len(line) > maxQuery || !utf8.Valid(line) {
		return registrar.Name{}, errInvalid
	}
	words := strings.Fields(string(line))
	for len(words) > 1 && strings.HasPrefix(words[0], "-") {
		if slices.Contains(withArgument, words[0]) && len(words) > 2 {
			words = words[1:]
		}
		words = words[1:]
	}
	if len(words) == 2 {
		switch word := strings.ToLower(words[0]); {
		case word == "domain" || word == "=":
			words = words[1:]
		case slices.Contains(otherObjects, word):
			return registrar.Name{}, errObject
		}
	}
	if len(words) != 1 {
		return registrar.Name{}, errInvalid
	}
	name, err := registrar.ParseName(strings.TrimPrefix(words[0], "="))
	if err != nil {
		return registrar.Name{}, errInvalid
	}
	return name, nil
}

// answer returns the whole text for a query and its outcome for counting.
func (s *Server) answer(ctx context.Context, line []byte, client string) (text, outcome string) {
	if v := s.limit.Take(client); !v.OK {
		return fmt.Sprintf("Query rate exceeded. Please wait %d seconds before asking again.\r\n", ratelimit.Seconds(v.RetryAfter)), "refused"
	}
	name, err := parseQuery(line)
	if err != nil {
		return err.Error() + "\r\n", "refused"
	}
	view, err := s.opt.Data.Lookup(ctx, name)
	switch registrar.KindOf(err) {
	case registrar.KindNotFound:
		return s.missing(name), "not_found"
	case registrar.KindUnknown:
		if err == nil {
			return s.record(view), "found"
		}
	}
	s.opt.Logger.WarnContext(ctx, "whois lookup failed", "error", err)
	return "The registration data can't be read right now. Please try again later.\r\n", "failed"
}
