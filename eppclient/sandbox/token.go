package sandbox

const nsToken = "urn:ietf:params:xml:ns:allocationToken-1.0"

// tokenCmd is an allocation token, or with wanted the question for one.
type tokenCmd struct {
	value  string
	wanted bool
}

func decodeToken(s *strict, req *request, n *node) {
	c := &tokenCmd{}
	switch {
	case req.object != "domain":
		s.misplaced(n)
	case n.name == "info" && req.verb == "info":
		c.wanted = true
		s.empty(n)
	case n.name == "allocationToken" && req.verb != "info":
		c.value = s.token(n, 1, -1)
	default:
		s.misplaced(n)
	}
	req.ext.token = c
}

// tokenFits reports whether a command carries the token of a name.
func (tld *TLD) tokenFits(req *request, name string) bool {
	want := tld.Tokens[name]
	return req.ext.token != nil && sameSecret(want, req.ext.token.value)
}

// whyTokenFails is the check answer for a name by its token: a reserved name needs
// the right one, any other name takes none (RFC 8495 §3.1.1).
func (r *registry) whyTokenFails(req *request, tld *TLD, name string) string {
	fits := tld.tokenFits(req, name)
	switch {
	case r.reserved[name] && !fits && req.ext.token != nil && tld.Tokens[name] != "":
		return "Allocation Token mismatch"
	case r.reserved[name] && !fits:
		return "Reserved name"
	case req.ext.token != nil && !fits:
		return "Allocation Token mismatch"
	}
	return ""
}

// mayAllocate judges a create: a wrong token is 2201, a reserved name without one
// 2306.
func (w *work) mayAllocate(req *request, tld *TLD, name string) error {
	fits := tld.tokenFits(req, name)
	switch {
	case req.ext.token != nil && !fits:
		return refuse(2201, "the token is not of this name").at(nsToken, "allocationToken", "")
	case w.reg.reserved[name] && !fits:
		return refuse(2306, "reserved name").at(nsDomain, "name", name)
	}
	return nil
}

// tokenInfo tells the sponsor the token of a name: 2201 for others, 2303 when
// there is none (RFC 8495 §3.1.2).
func (w *work) tokenInfo(d *domainRow) (string, error) {
	tld := w.reg.tlds[d.tld]
	switch {
	case d.sponsor != w.clientID:
		return "", refuse(2201, "sponsored by another client").at(nsToken, "info", "")
	case tld == nil || tld.Tokens[d.name] == "":
		return "", refuse(2303, "the name has no token").at(nsToken, "info", "")
	}
	x := &writer{}
	x.text("allocationToken:allocationToken", tld.Tokens[d.name], "xmlns:allocationToken", nsToken)
	return x.String(), nil
}
