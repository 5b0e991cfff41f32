package admin

import (
	"context"
	"fmt"
	"net/http"
	"sort"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
)

// homeView shows what is wrong first, then how the day goes.
type homeView struct {
	Review     []registrar.Command
	Failed     []registrar.Command
	Counts     []stateCount
	Registries []registryView
	Orders     []registrar.Order // today's, newest first
	OrdersMore bool              // there are more than the page reads
	Revenue    []registrar.Money // today's totals per currency
	Restore    *restoreNote      // the database was restored; nil on a normal day
	Braked     []registrar.Brake // mass runs that wait for release
	Waits      []waiting         // what else waits for a person
	Calm       bool              // nothing needs a person
}

type stateCount struct {
	State registrar.CommandState
	N     int
}

// registryView is a registry account: whether it has our money, and how its
// sessions are.
type registryView struct {
	Name         string
	TLDs         []string
	NoFundsSince *time.Time
	Waiting      int // open commands of it that were read
	Health       *RegistryHealth
	Stuck        bool
}

// openStates are shown in this order.
var openStates = []registrar.CommandState{
	registrar.CommandNeedsReview, registrar.CommandSent, registrar.CommandQueued, registrar.CommandWaiting,
}

func (a *Admin) homePage(c echo.Context) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	var view homeView
	var err error
	if view.Review, err = read.Commands(ctx, registrar.CommandFilter{States: []registrar.CommandState{registrar.CommandNeedsReview}}, registrar.Page{Limit: 20}); err != nil {
		return fmt.Errorf("reading reviews: %w", err)
	}
	if view.Failed, err = read.Commands(ctx, registrar.CommandFilter{States: []registrar.CommandState{registrar.CommandFailed}}, registrar.Page{Limit: 10}); err != nil {
		return fmt.Errorf("reading failures: %w", err)
	}
	counts, err := read.OpenCommandCounts(ctx)
	if err != nil {
		return fmt.Errorf("counting commands: %w", err)
	}
	for _, s := range openStates {
		view.Counts = append(view.Counts, stateCount{s, counts[s]})
	}
	if view.Registries, err = a.registries(ctx); err != nil {
		return err
	}
	if err := a.today(ctx, &view); err != nil {
		return err
	}
	if view.Restore, err = a.restoreNote(ctx); err != nil {
		return err
	}
	if view.Braked, err = a.braked(ctx); err != nil {
		return err
	}
	if view.Waits, err = a.waits(c); err != nil {
		return err
	}
	view.Calm = len(view.Review) == 0 && len(view.Waits) == 0 && view.Restore == nil && len(view.Braked) == 0
	for _, r := range view.Registries {
		view.Calm = view.Calm && !r.Stuck
	}
	return a.shell.Render(c, http.StatusOK, "home", a.shell.Page(c, "Home", view))
}

func (a *Admin) registries(ctx context.Context) ([]registryView, error) {
	tlds, err := a.engine.Read().TLDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading TLDs: %w", err)
	}
	health := make(map[string]RegistryHealth)
	if a.health != nil {
		for _, h := range a.health.Registries(ctx) {
			health[h.Name] = h
		}
	}
	byName := make(map[string]*registryView)
	for _, t := range tlds {
		r, ok := byName[t.Registry]
		if !ok {
			r = &registryView{Name: t.Registry}
			byName[t.Registry] = r
		}
		r.TLDs = append(r.TLDs, "."+t.Name)
	}
	var out []registryView
	for name, r := range byName {
		state, err := a.engine.Read().RegistryState(ctx, name)
		if err != nil && !registrar.IsNotFound(err) {
			return nil, fmt.Errorf("reading registry state: %w", err)
		}
		r.NoFundsSince = state.NoFundsSince
		if h, ok := health[name]; ok {
			r.Health = &h
		}
		r.Stuck = r.NoFundsSince != nil || r.Health != nil && r.Health.Problem != ""
		sort.Strings(r.TLDs)
		out = append(out, *r)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out, nil
}

// todayLimit bounds what the home page reads of a busy day.
const todayLimit = 200

func (a *Admin) today(ctx context.Context, view *homeView) error {
	orders, err := a.engine.Read().Orders(ctx, "", registrar.Page{Limit: todayLimit})
	if err != nil {
		return fmt.Errorf("reading orders: %w", err)
	}
	midnight := a.engine.Now().Truncate(24 * time.Hour)
	sums := make(map[string]int64)
	for _, o := range orders {
		if !o.PlacedAt.Before(midnight) {
			view.Orders = append(view.Orders, o)
			sums[o.Total.Currency] += o.Total.Minor
		}
	}
	view.OrdersMore = len(view.Orders) == todayLimit
	for cur, minor := range sums {
		view.Revenue = append(view.Revenue, registrar.Money{Minor: minor, Currency: cur})
	}
	sort.Slice(view.Revenue, func(i, j int) bool { return view.Revenue[i].Currency < view.Revenue[j].Currency })
	return nil
}
