package webhook

import "net/netip"

// forbidden lists networks that are no public unicast addresses of hosts: IANA's
// special-purpose registries for IPv4 (RFC 6890 and updates) and IPv6, without
// the rows that are globally reachable. Multicast is added.
var forbidden = prefixes(
	"0.0.0.0/8",       // this network, RFC 791
	"10.0.0.0/8",      // private, RFC 1918
	"100.64.0.0/10",   // carrier-grade NAT, RFC 6598
	"127.0.0.0/8",     // loopback, RFC 1122
	"169.254.0.0/16",  // link-local, RFC 3927; clouds serve credentials there
	"172.16.0.0/12",   // private, RFC 1918
	"192.0.0.0/24",    // protocol assignments, RFC 6890
	"192.0.2.0/24",    // documentation, RFC 5737
	"192.31.196.0/24", // AS112, RFC 7535
	"192.52.193.0/24", // AMT, RFC 7450
	"192.88.99.0/24",  // 6to4 relays, RFC 7526
	"192.168.0.0/16",  // private, RFC 1918
	"192.175.48.0/24", // AS112, RFC 7534
	"198.18.0.0/15",   // benchmarks, RFC 2544
	"198.51.100.0/24", // documentation, RFC 5737
	"203.0.113.0/24",  // documentation, RFC 5737
	"224.0.0.0/4",     // multicast, RFC 5771
	"240.0.0.0/4",     // reserved and broadcast, RFC 1112, RFC 8190
)

// globalUnicast is all of IPv6 that is given out (RFC 4291 §2.4, IANA); the rest
// is loopback, unspecified, unique local (fc00::/7), link-local, site-local,
// multicast, IPv4-mapped, discard-only (100::/64) or not assigned.
var globalUnicast = netip.MustParsePrefix("2000::/3")

// forbidden6 lists what is not for hosts inside globalUnicast.
var forbidden6 = prefixes(
	"2001::/23",     // protocol assignments with Teredo, ORCHID, benchmarks, RFC 2928
	"2001:db8::/32", // documentation, RFC 3849
	"2002::/16",     // 6to4 holds an IPv4 address, RFC 3056
	"2620:4f:8000::/48",
	"3ffe::/16", // the former 6bone, RFC 3701
	"3fff::/20", // documentation, RFC 9637
	"5f00::/16", // segment routing, RFC 9602
)

// nat64 leads to the IPv4 address in its last four bytes (RFC 6052).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, 0, len(list))
	for _, p := range list {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func in(a netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// public reports whether an address is a public one that a message may go to.
// An address that stands for an IPv4 address is judged as that one.
func public(a netip.Addr) bool {
	if a.Zone() != "" || !a.IsValid() {
		return false
	}
	a = a.Unmap()
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if a.Is4() {
		return !in(a, forbidden)
	}
	return globalUnicast.Contains(a) && !in(a, forbidden6)
}
