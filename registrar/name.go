package registrar

import (
	"strings"

	"golang.org/x/net/idna"
)

// Name is a domain or host name in both its forms (RFC 5890 §2.3.2).
type Name struct {
	A string // A-label form, lower case, no trailing dot: the key everywhere
	U string // U-label form, for people
}

// lookup maps and checks what people type (UTS #46, non-transitional) and
// keeps to letters, digits and hyphens (STD3 rules).
var lookup = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.StrictDomainName(true),
	idna.BidiRule(),
	idna.CheckHyphens(true),
	idna.CheckJoiners(true),
	idna.VerifyDNSLength(true),
)

// ParseName reads a domain name as a person types it. It needs at least two
// labels and checks syntax only: whether the TLD is sold here or the registry
// allows the characters is for others to say.
func ParseName(input string) (Name, error) {
	s := strings.TrimSpace(input)
	for _, stop := range []string{".", "。", "．", "｡"} { // one, of any kind that UTS #46 reads as a dot
		if rest, cut := strings.CutSuffix(s, stop); cut {
			s = rest
			break
		}
	}
	bad := InvalidField("name", "bad_name", "%q is not a domain name.", clip(input, 80))
	if s == "" || len(s) > 1000 {
		return Name{}, bad
	}
	a, err := lookup.ToASCII(s)
	if err != nil && strings.ContainsFunc(s, pictorial) {
		return Name{}, InvalidField("name", "emoji_refused", "%q has an emoji that can't stand in a domain name.", clip(input, 80)).Because(err)
	}
	if err != nil {
		return Name{}, bad.Because(err)
	}
	if !strings.Contains(a, ".") {
		return Name{}, InvalidField("name", "no_tld", "%q has no ending such as .com.", clip(input, 80))
	}
	u, err := lookup.ToUnicode(a)
	if err != nil {
		return Name{}, bad.Because(err)
	}
	return Name{A: a, U: u}, nil
}

// clip shortens text that is echoed back to its sender.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}

// ParseHostName reads a name server name; same rules as ParseName, and an IPv4
// address is none: no ending is all digits (RFC 3696 §2).
func ParseHostName(input string) (string, error) {
	n, err := ParseName(input)
	if err != nil {
		return "", InvalidField("nameservers", "bad_host", "%q is not a host name.", clip(input, 80)).Because(err)
	}
	if last := n.A[strings.LastIndexByte(n.A, '.')+1:]; strings.Trim(last, "0123456789") == "" {
		return "", InvalidField("nameservers", "bad_host", "%q is an address, not a host name.", clip(input, 80))
	}
	return n.A, nil
}

// Under reports whether name lies below zone or is zone itself.
func Under(name, zone string) bool {
	return name == zone || strings.HasSuffix(name, "."+zone)
}
