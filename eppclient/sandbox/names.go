package sandbox

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// validHostname reports whether name is lower-case LDH of at least minLabels
// labels (RFC 952, 1123, 5890): no empty label, 63 octets a label, 253 in all;
// labels with hyphens in positions 3 and 4 must be real A-labels, and the last
// label has a letter, or an IPv4 address would be a name (RFC 1123 §2.1).
func validHostname(name string, minLabels int) bool {
	if len(name) == 0 || len(name) > 253 {
		return false
	}
	labels := strings.Split(name, ".")
	if len(labels) < minLabels {
		return false
	}
	for _, label := range labels {
		if !validLabel(label) {
			return false
		}
	}
	return strings.ContainsFunc(labels[len(labels)-1], func(c rune) bool { return c >= 'a' && c <= 'z' })
}

func validLabel(label string) bool {
	if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for _, c := range []byte(label) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	if len(label) >= 4 && label[2:4] == "--" {
		if !strings.HasPrefix(label, "xn--") {
			return false
		}
		u, err := idna.Registration.ToUnicode(label)
		return err == nil && u != label
	}
	return true
}

// takesLabel reports whether the TLD's IDN tables have all characters of a label
// that validLabel has passed.
func (t *TLD) takesLabel(label string) bool {
	if !strings.HasPrefix(label, "xn--") {
		return true
	}
	u, err := idna.Registration.ToUnicode(label)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(t.IDN, func(script string) bool {
		return strings.IndexFunc(u, func(r rune) bool {
			plain := r == '-' || r >= '0' && r <= '9'
			return !plain && !unicode.In(r, unicode.Scripts[script], unicode.Inherited)
		}) < 0
	})
}

// fold lowers ASCII letters only: DNS names compare that way, and anything
// else is refused later by validHostname.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, name)
}

// tldOf finds the served TLD that name lies in (the longest match), whatever
// the depth below it. "" means the name is external.
func (r *registry) tldOf(name string) *TLD {
	for rest := name; ; {
		_, after, found := strings.Cut(rest, ".")
		if !found {
			return nil
		}
		if tld := r.tlds[after]; tld != nil {
			return tld
		}
		rest = after
	}
}

// superordinate gives the registrable name that contains host, for example
// "a.example" for "ns1.a.example" when "example" is served; "" for external hosts.
func (r *registry) superordinate(host string) string {
	tld := r.tldOf(host)
	if tld == nil {
		return ""
	}
	labels := strings.Split(strings.TrimSuffix(host, "."+tld.Name), ".")
	return labels[len(labels)-1] + "." + tld.Name
}

// documentation ranges look public and are what tests and demos use.
var documentation = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32"),
}

// checkAddress verifies an address of a host object: syntax (2005), family
// equal to the ip attribute (2005), usable as glue (2004). The answer is the
// canonical text form.
func checkAddress(a hostAddr) (hostAddr, *refusal) {
	ip, err := netip.ParseAddr(a.addr)
	if err != nil || ip.Zone() != "" || ip.Is4In6() || ip.Is4() != (a.ip == "v4") {
		return a, refuse(2005, "not an IP%s address", a.ip).at(nsHost, "addr", a.addr)
	}
	public := ip.IsGlobalUnicast() && !ip.IsPrivate()
	for _, p := range documentation {
		public = public || p.Contains(ip)
	}
	if !public {
		return a, refuse(2004, "not a public unicast address").at(nsHost, "addr", a.addr)
	}
	return hostAddr{ip: a.ip, addr: ip.String()}, nil
}
