package portal

import "slices"

// GuardedRoutes lists the pages of signed-in people as mounted, and those of
// them that rules does not name.
func (p *Portal) GuardedRoutes() (mounted, missing, stale []string) {
	for _, r := range p.guardedRoutes {
		if _, ok := rules[r]; !ok {
			missing = append(missing, r)
		}
	}
	for r := range rules {
		if !slices.Contains(p.guardedRoutes, r) {
			stale = append(stale, r)
		}
	}
	return p.guardedRoutes, missing, stale
}
