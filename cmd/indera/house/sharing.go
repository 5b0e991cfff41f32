package house

import (
	"cmp"
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/replicas"
)

// countReplicas tells the other processes of our roles that we live and counts
// them, once now and then in the background, so that no request waits for it.
func (h *house) countReplicas(ctx context.Context, group *errgroup.Group) {
	var roles []string
	for _, role := range []config.Role{config.RoleWeb, config.RoleRDDS} {
		if h.cfg.Has(role) {
			roles = append(roles, string(role))
		}
	}
	if h.opt.Alone || len(roles) == 0 {
		return
	}
	h.alive = replicas.NewAlive(h.store, h.holder, roles, cmp.Or(h.opt.ReplicaLife, replicas.AliveLife), h.log)
	h.alive.Beat(ctx)
	group.Go(func() error { h.alive.Run(ctx); return nil })
}

// sharing returns how many processes of a role share the rate limits; nil when
// there is no other.
func (h *house) sharing(role config.Role) func() int {
	if h.alive == nil {
		return nil
	}
	return func() int { return h.alive.Count(string(role)) }
}
