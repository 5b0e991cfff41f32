package registrar

import (
	"context"
	"errors"
	"log/slog"
)

// Quote is what a customer sees of a name before buying it.
type Quote struct {
	Name    string // A-label; the input itself when it is not a name
	UName   string
	Caution Caution // why the name could be taken for another
	TLD     string
	Status  Availability
	Reason  string // why it can't be had, or why we can't tell
	Code    string // stable word of a refusal of ours, "" for a registry's answer
	Premium bool
	Prices  map[Action]Money // one year each; only for endings sold here
}

// MaxCheckNames bounds one check.
const MaxCheckNames = 200

// MaxStreamNames bounds one check whose answers are handed over as they come.
const MaxStreamNames = 500

// Check asks all registries concerned in parallel and answers in the order of
// names. A registry that does not answer within CheckTimeout leaves its names
// unknown; it never fails the others.
func (e *Engine) Check(ctx context.Context, names []string, currency string) ([]Quote, error) {
	return e.check(ctx, names, currency, MaxCheckNames, func([]Quote) {})
}

// CheckEach is Check for up to MaxStreamNames that hands over quotes as soon as
// they are known, each name once: first those that no registry needs to be asked
// about, then those of each registry as it answers, at the end those without
// answer. give is called from this goroutine only.
func (e *Engine) CheckEach(ctx context.Context, names []string, currency string, give func([]Quote)) error {
	_, err := e.check(ctx, names, currency, MaxStreamNames, give)
	return err
}

func (e *Engine) check(ctx context.Context, names []string, currency string, limit int, give func([]Quote)) ([]Quote, error) {
	if len(names) == 0 {
		return nil, InvalidField("names", "required", "Please give at least one name.")
	}
	if len(names) > limit {
		return nil, InvalidField("names", "too_many", "At most %d names can be checked at once.", limit)
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
	open := make(map[string]Quote)     // by name, those without answer yet
	var known []Quote
	for i, input := range names {
		var registry string
		quotes[i], registry = e.quote(cat, input, currency)
		q := quotes[i]
		if _, again := open[q.Name]; registry != "" && !again {
			open[q.Name] = q
			asked[registry] = append(asked[registry], q.Name)
		} else if registry == "" {
			known = append(known, q)
		}
	}
	if len(known) > 0 {
		give(known)
	}
	answers := make(map[string]Quote)
	e.askRegistries(ctx, asked, func(results []CheckResult) {
		if ctx.Err() != nil {
			return // nobody waits for it any more
		}
		batch := make([]Quote, 0, len(results))
		for _, r := range results {
			if q, waiting := open[r.Name]; waiting {
				if r.Status != Unknown {
					q.Code = ""
				}
				q.Status, q.Reason, q.Premium = r.Status, r.Reason, r.Premium
				batch, answers[r.Name] = append(batch, q), q
				delete(open, r.Name)
			}
		}
		if len(batch) > 0 {
			give(batch)
		}
	})
	if silent := waiting(quotes, open); len(silent) > 0 && ctx.Err() == nil {
		give(silent)
	}
	for i, q := range quotes {
		if a, ok := answers[q.Name]; ok && q.Status == Unknown {
			quotes[i] = a
		}
	}
	return quotes, nil
}

// noAnswer is why a name is unknown.
const noAnswer = "The registry did not answer in time."

// waiting returns the quotes that are still open, once each, in their order.
func waiting(quotes []Quote, open map[string]Quote) []Quote {
	var out []Quote
	for _, q := range quotes {
		if _, still := open[q.Name]; still && q.Status == Unknown {
			out = append(out, q)
			delete(open, q.Name)
		}
	}
	return out
}

// quote prepares a name without asking anybody; registry is "" when there is
// nobody to ask.
func (e *Engine) quote(cat *Catalogue, input, currency string) (Quote, string) {
	name, err := ParseName(input)
	if err != nil {
		return Quote{Name: clip(input, 255), UName: clip(input, 255), Status: Unsupported, Reason: detailOf(err), Code: codeOf(err)}, ""
	}
	q := Quote{Name: name.A, UName: name.U, Status: Unsupported, Caution: name.Caution()}
	tld, ok := cat.Find(name.A)
	if !ok || !tld.Active {
		q.Code, q.Reason = "tld_not_sold", "This ending is not sold here."
		return q, ""
	}
	q.TLD = tld.Name
	q.Prices = e.OneYearPrices(cat, tld, currency)
	if _, sold := q.Prices[ActionRegister]; !sold {
		q.Code, q.Reason = "no_price", "There is no price for this ending in "+currency+"."
		return q, ""
	}
	if err := tld.mayRegister(name); err != nil {
		q.Code, q.Reason = codeOf(err), detailOf(err)
		return q, ""
	}
	q.Status, q.Code, q.Reason = Unknown, "no_answer", noAnswer
	return q, tld.Registry
}

// askRegistries asks all batches at once and hands over each answer as it comes,
// until CheckTimeout has passed or ctx ends: later ones are dropped.
func (e *Engine) askRegistries(ctx context.Context, asked map[string][]string, give func([]CheckResult)) {
	ctx, cancel := context.WithTimeout(ctx, e.opt.CheckTimeout)
	defer cancel()
	type batch struct {
		registry string
		reg      Registry
		names    []string
	}
	var all []batch
	for registry, names := range asked {
		reg, err := e.registry(registry)
		if err != nil {
			continue
		}
		for _, part := range batches(names, max(1, reg.Capabilities().CheckBatch)) {
			all = append(all, batch{registry, reg, part})
		}
	}
	answers := make(chan []CheckResult, len(all)) // room for all: nobody waits for a reader who left
	for _, b := range all {
		go func() { answers <- e.askOne(ctx, b.registry, b.reg, b.names) }()
	}
	for range all {
		select {
		case results := <-answers:
			give(results)
		case <-ctx.Done():
			return
		}
	}
}

func (e *Engine) askOne(ctx context.Context, registry string, reg Registry, names []string) []CheckResult {
	start := e.opt.Clock.Now()
	results, err := reg.CheckDomains(ctx, names)
	e.opt.Observer.Checked(registry, len(names), e.opt.Clock.Since(start), err)
	if err != nil {
		level := slog.LevelWarn
		if errors.Is(ctx.Err(), context.Canceled) {
			level = slog.LevelDebug // nobody waits for it any more
		}
		e.log.Log(ctx, level, "check failed", "registry", registry, "names", len(names), "error", err)
		results = nil
		for _, name := range names {
			results = append(results, CheckResult{Name: name, Status: Unknown, Reason: noAnswer})
		}
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
