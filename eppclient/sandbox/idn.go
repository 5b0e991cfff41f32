package sandbox

import (
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

const nsIDN = "urn:ietf:params:xml:ns:idn-1.0"

// idnCmd is idn:data.
type idnCmd struct{ table, uname string }

func decodeIDN(s *strict, req *request, n *node) {
	if n.name != "data" || req.object != "domain" || req.verb != "create" {
		s.misplaced(n)
		return
	}
	c := &idnCmd{}
	q := s.open(n)
	c.table = s.token(q.need("table"), 1, -1)
	if u := q.maybe("uname"); u != nil {
		c.uname = s.token(u, 1, 255)
	}
	q.done()
	req.ext.idn = c
}

// applyIDN judges and keeps the table of a new name: mandatory for an IDN in a zone
// with tables (2003), one of them (2306), meaningless for any other name (2306).
// Sessions without the extension are not asked.
func (w *work) applyIDN(req *request, tld *TLD, name string) error {
	c, isIDN := req.ext.idn, strings.HasPrefix(name, "xn--")
	switch {
	case c == nil && isIDN && len(tld.IDNTables) > 0 && w.uses(nsIDN):
		return refuse(2003, "an IDN needs its table").at(nsIDN, "data", "")
	case c == nil:
		return nil
	case !isIDN:
		return refuse(2306, "not an IDN").at(nsIDN, "table", c.table)
	case !slices.Contains(tld.IDNTables, c.table):
		return refuse(2306, "not a table of this zone").at(nsIDN, "table", c.table)
	}
	unicode, err := idna.Registration.ToUnicode(name)
	if err != nil || c.uname != "" && c.uname != unicode {
		return refuse(2306, "not the same name").at(nsIDN, "uname", c.uname)
	}
	return w.exec(`INSERT INTO domain_idn (domain, idn_table, uname) VALUES (?, ?, ?)`, name, c.table, unicode)
}

// idnInfo is idn:data of a domain, "" when it has none.
func (w *work) idnInfo(domain string) (string, error) {
	table, found, err := value[string](w, `SELECT idn_table FROM domain_idn WHERE domain = ?`, domain)
	if err != nil || !found {
		return "", err
	}
	uname, _, err := value[string](w, `SELECT uname FROM domain_idn WHERE domain = ?`, domain)
	if err != nil {
		return "", err
	}
	x := newData("idn", nsIDN, "data")
	x.el("table", table)
	x.el("uname", uname)
	return x.reply(0).resData, nil
}
