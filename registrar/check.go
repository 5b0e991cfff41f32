package registrar

import (
	"context"
	"sync"
)

// Quote is what a customer sees of a name before buying it.
type Quote struct {
	Name    string // A-label; the input itself when it is not a name
	UName   string
	TLD     string
	Status  Availability
	Reason  string // why it can't be had, or why we can't tell
	Premium bool
	Prices  map[Action]Money // one year each; only for endings sold here
}

// MaxCheckNames bounds one check.
const MaxCheckNames = 200

// Check asks all registries concerned in parallel and answers in the order of
// names. A registry that does not answer within CheckTimeout leaves its names
// unknown; it never fails the others.
func (e *Engine) Check(ctx context.Context, names []string, currency string) ([]Quote, error) {
	if len(names) == 0 {
		return nil, InvalidField("names", "required", "Please give at least one name.")
	}
	if len(names) > MaxCheckNames {
		return nil, InvalidField("names", "too_many", "At most %d names can be checked at once.", MaxCheckNames)
	}
	cat, err := e.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	if currency == "" {
		currency = e.opt.Currency
	}
	quotes := make([]Quote, len(names))
	asked := make(map[string][]string) // registry → names, without repeats
	seen := make(map[string]bool)
	for i, input := range names {
		var registry string
		quotes[i], registry = e.quote(cat, input, currency)
		if registry != "" && !seen[quotes[i].Name] {
			seen[quotes[i].Name] = true
			asked[registry] = append(asked[registry], quotes[i].Name)
		}
	}
	answers := e.askRegistries(ctx, asked)
	for i, q := range quotes {
		if a, ok := answers[q.Name]; ok && q.Status == Unknown {
			quotes[i].Status, quotes[i].Reason = a.Status, a.Reason
		}
	}
	return quotes, nil
}

// quote prepares a name without asking anybody; registry is "" when there is
// nobody to ask.
func (e *Engine) quote(cat *Catalogue, input, currency string) (Quote, string) {
	name, err := ParseName(input)
	if err != nil {
		return Quote{Name: clip(input, 255), UName: clip(input, 255), Status: Unsupported, Reason: detailOf(err)}, ""
	}
	q := Quote{Name: name.A, UName: name.U, Status: Unsupported}
	tld, ok := cat.Find(name.A)
	if !ok || !tld.Active {
		q.Reason = "This ending is not sold here."
		return q, ""
	}
	q.TLD = tld.Name
	q.Prices = e.OneYearPrices(cat, tld, currency)
	if _, sold := q.Prices[ActionRegister]; !sold {
		q.Reason = "There is no price for this ending in " + currency + "."
		return q, ""
	}
	q.Status, q.Reason = Unknown, "The registry did not answer in time."
	return q, tld.Registry
}

func (e *Engine) askRegistries(ctx context.Context, asked map[string][]string) map[string]CheckResult {
	ctx, cancel := context.WithTimeout(ctx, e.opt.CheckTimeout)
	defer cancel()
	type answer struct{ results []CheckResult }
	answers := make(chan answer, 2*MaxCheckNames)
	var wg sync.WaitGroup
	for registry, names := range asked {
		reg, err := e.registry(registry)
		if err != nil {
			continue
		}
		for _, batch := range batches(names, max(1, reg.Capabilities().CheckBatch)) {
			wg.Add(1)
			go func() {
				defer wg.Done()
				answers <- answer{e.askOne(ctx, registry, reg, batch)}
			}()
		}
	}
	go func() { wg.Wait(); close(answers) }()
	out := make(map[string]CheckResult)
	for {
		select {
		case a, open := <-answers:
			if !open {
				return out
			}
			for _, r := range a.results {
				out[r.Name] = r
			}
		case <-ctx.Done():
			return out // late answers are dropped: their names stay unknown
		}
	}
}

func (e *Engine) askOne(ctx context.Context, registry string, reg Registry, names []string) []CheckResult {
	start := e.opt.Clock.Now()
	results, err := reg.CheckDomains(ctx, names)
	e.opt.Observer.Checked(registry, len(names), e.opt.Clock.Since(start), err)
	if err != nil {
		e.log.WarnContext(ctx, "check failed", "registry", registry, "names", len(names), "error", err)
		return nil
	}
	return results
}

func batches(names []string, size int) [][]string {
	var out [][]string
	for len(names) > size {
		out, names = append(out, names[:size]), names[size:]
	}
	return append(out, names)
}
