package admin

import "slices"

// GuardedRoutes lists the pages of staff as mounted, those of them that rules
// does not name, and rules of pages that do not exist.
func (a *Admin) GuardedRoutes() (mounted, missing, stale []string) {
	for _, r := range a.guardedRoutes {
		if _, ok := rules[r]; !ok {
			missing = append(missing, r)
		}
	}
	for r := range rules {
		if !slices.Contains(a.guardedRoutes, r) {
			stale = append(stale, r)
		}
	}
	return a.guardedRoutes, missing, stale
}
