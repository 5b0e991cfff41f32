package sandbox

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
)

const nsSecDNS = "urn:ietf:params:xml:ns:secDNS-1.1"

const maxSecDNS = 8 // records or keys of one domain

// secDNSRecord is a DS record or a key in its text form, "12345 13 2 AB…" or
// "257 3 13 mdss…". Its text is its identity (RFC 5910 §5.2.5).
type secDNSRecord struct {
	kind string // "ds" or "key"
	text string
}

// secDNSCmd is secDNS:create or secDNS:update.
type secDNSCmd struct {
	add, rem  []secDNSRecord
	removeAll bool
}

func decodeSecDNS(s *strict, req *request, n *node) {
	c := &secDNSCmd{}
	switch n.name + " " + req.object + " " + req.verb {
	case "create domain create":
		q := s.open(n)
		c.add = s.secDNSRecords(q, true)
		q.done()
	case "update domain update":
		s.secDNSUpdate(c, n)
	default:
		s.misplaced(n)
	}
	req.ext.secDNS = c
}

func (s *strict) secDNSUpdate(c *secDNSCmd, n *node) {
	urgent := s.enum(n, "urgent", "0", "0", "1", "false", "true")
	q := s.open(n, "urgent")
	if rem := q.maybe("rem"); rem != nil {
		inner := s.open(rem)
		if all := inner.maybe("all"); all != nil {
			v := s.token(all, 0, -1)
			if v != "true" && v != "1" && s.err == nil {
				s.failAt(2306, all, "only true removes anything")
			}
			c.removeAll = true
		} else {
			c.rem = s.secDNSRecords(inner, false)
		}
		inner.done()
	}
	if add := q.maybe("add"); add != nil {
		inner := s.open(add)
		c.add = s.secDNSRecords(inner, true)
		inner.done()
	}
	if chg := q.maybe("chg"); chg != nil {
		inner := s.open(chg)
		s.noMaxSigLife(inner)
		inner.done()
	}
	q.done()
	if s.err == nil && (urgent == "1" || urgent == "true") {
		s.failAt(2102, n, "urgent changes are not offered")
	}
	if s.err == nil && !c.removeAll && len(c.add)+len(c.rem) == 0 {
		s.failAt(2003, n, "the update changes nothing")
	}
}

func (s *strict) noMaxSigLife(q *sequence) {
	if life := q.maybe("maxSigLife"); life != nil {
		s.number(life, 1, math.MaxInt32)
		if s.err == nil {
			s.failAt(2102, life, "maxSigLife is not offered")
		}
	}
}

// secDNSRecords reads dsOrKeyType; both kinds never mix in it.
func (s *strict) secDNSRecords(q *sequence, withLife bool) []secDNSRecord {
	if withLife {
		s.noMaxSigLife(q)
	}
	var out []secDNSRecord
	for _, n := range q.list("dsData", 0, -1) {
		out = append(out, secDNSRecord{"ds", s.dsData(n)})
	}
	if len(out) > 0 {
		return out
	}
	for _, n := range q.list("keyData", 0, -1) {
		out = append(out, secDNSRecord{"key", s.keyData(n)})
	}
	if len(out) == 0 && s.err == nil {
		q.missing("dsData")
	}
	return out
}

// digestSizes are octets by digest type (RFC 3658, 4509, 6605).
var digestSizes = map[int]int{1: 20, 2: 32, 4: 48}

func (s *strict) dsData(n *node) string {
	q := s.open(n)
	tag := s.number(q.need("keyTag"), 0, math.MaxUint16)
	alg := s.number(q.need("alg"), 0, math.MaxUint8)
	kind := s.number(q.need("digestType"), 0, math.MaxUint8)
	digest := q.need("digest")
	text := strings.ToUpper(s.token(digest, 0, -1))
	if raw, err := hex.DecodeString(text); s.err == nil && err != nil {
		s.failAt(2005, digest, "not hexadecimal")
	} else if size := digestSizes[kind]; s.err == nil && size != len(raw) {
		s.failAt(2306, digest, "wrong length, or a digest type that is not taken")
	}
	if key := q.maybe("keyData"); key != nil {
		s.keyData(key)
	}
	q.done()
	return fmt.Sprintf("%d %d %d %s", tag, alg, kind, text)
}

func (s *strict) keyData(n *node) string {
	q := s.open(n)
	flags := s.number(q.need("flags"), 0, math.MaxUint16)
	protocol := s.number(q.need("protocol"), 0, math.MaxUint8)
	alg := s.number(q.need("alg"), 0, math.MaxUint8)
	pub := q.need("pubKey")
	text := strings.ReplaceAll(s.token(pub, 1, -1), " ", "")
	if _, err := base64.StdEncoding.DecodeString(text); s.err == nil && err != nil {
		s.failAt(2005, pub, "not base64")
	}
	q.done()
	if s.err == nil && (protocol != 3 || flags != 256 && flags != 257) {
		s.failAt(2306, n, "flags 256 or 257, protocol 3")
	}
	return fmt.Sprintf("%d %d %d %s", flags, protocol, alg, text)
}

// number reads an integer; not a number is 2005, out of range 2004.
func (s *strict) number(n *node, lo, hi int) int {
	v := s.pattern(n, -1, numberPattern)
	if n == nil || s.err != nil {
		return 0
	}
	i, err := strconv.Atoi(v)
	if err != nil || i < lo || i > hi {
		s.failAt(2004, n, fmt.Sprintf("%d to %d", lo, hi))
	}
	return i
}

// applySecDNS changes the records of a domain: removals first, then additions
// (RFC 5910 §5.2.5), of the zone's one interface (2306).
func (w *work) applySecDNS(tld *TLD, domain string, c *secDNSCmd) error {
	if c == nil {
		return nil
	}
	for _, r := range append(append([]secDNSRecord{}, c.add...), c.rem...) {
		if r.kind != tld.SecDNS {
			return refuse(2306, "the zone takes %sData", tld.SecDNS).at(nsSecDNS, r.kind+"Data", "")
		}
	}
	have, err := w.texts(`SELECT text FROM domain_secdns WHERE domain = ? ORDER BY text`, domain)
	if err != nil {
		return err
	}
	if c.removeAll {
		if have, err = nil, w.exec(`DELETE FROM domain_secdns WHERE domain = ?`, domain); err != nil {
			return err
		}
	}
	text := func(v string) string { return v }
	result, err := change(have, recordTexts(c.add), recordTexts(c.rem), nsSecDNS, tld.SecDNS+"Data", text)
	if err != nil {
		return err
	}
	if len(result) > maxSecDNS {
		return refuse(2306, "at most %d", maxSecDNS).at(nsSecDNS, tld.SecDNS+"Data", "")
	}
	for _, r := range c.rem {
		if err := w.exec(`DELETE FROM domain_secdns WHERE domain = ? AND text = ?`, domain, r.text); err != nil {
			return err
		}
	}
	for _, r := range c.add {
		if err := w.exec(`INSERT INTO domain_secdns (domain, kind, text) VALUES (?, ?, ?)`, domain, r.kind, r.text); err != nil {
			return err
		}
	}
	return nil
}

func recordTexts(list []secDNSRecord) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.text)
	}
	return out
}

// secDNSInfo is secDNS:infData, "" for a domain without records.
func (w *work) secDNSInfo(domain string) (string, error) {
	kind, found, err := value[string](w, `SELECT kind FROM domain_secdns WHERE domain = ? LIMIT 1`, domain)
	if err != nil || !found {
		return "", err
	}
	list, err := w.texts(`SELECT text FROM domain_secdns WHERE domain = ? ORDER BY text`, domain)
	if err != nil {
		return "", err
	}
	elements := []string{"keyTag", "alg", "digestType", "digest"}
	if kind == "key" {
		elements = []string{"flags", "protocol", "alg", "pubKey"}
	}
	x := newData("secDNS", nsSecDNS, "infData")
	for _, record := range list {
		x.start("secDNS:" + kind + "Data")
		for i, part := range strings.Fields(record) {
			x.el(elements[i], part)
		}
		x.end("secDNS:" + kind + "Data")
	}
	return x.reply(0).resData, nil
}
