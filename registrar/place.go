package registrar

import (
	"context"
	"fmt"
	"time"
)

// OrderRequest is what a customer asks and agrees to pay for.
type OrderRequest struct {
	CustomerID string
	Lines      []LineRequest
	Agreement  Agreement // what the customer accepted; time and address are added unless it was earlier, the language unless it is given
	Key        *KeyRequest
}

// LineRequest is one wish: a registration or a renewal.
type LineRequest struct {
	Action      Action
	Name        string
	Years       int
	Registrant  ContactChoice // registrations only
	NameServers []string      // registrations only
	Expect      *Money        // the price that was shown; nil = today's price is accepted
	QuotedAt    time.Time     // when it was shown: its price holds for QuoteLife; zero = not said

	// CurrentExpiry guards renewals: when the registry's expiry date is another,
	// nothing is ordered. YYYY-MM-DD; "" = no guard.
	CurrentExpiry string
}

// ContactChoice names a kept contact or brings new data.
type ContactChoice struct {
	ContactID string
	Data      *ContactData
}

// KeyRequest carries a client's Idempotency-Key.
type KeyRequest struct {
	Key        string
	BodyDigest string // hex SHA-256 of method, path and body
}

// keyLife is how long an idempotency key is remembered.
const keyLife = 60 * 24 * time.Hour

// maxOrderLines bounds one order and so one transaction.
const maxOrderLines = 50

// plan is an order being put together; nothing is written before it is whole.
type plan struct {
	req      OrderRequest
	by       Actor
	customer Customer
	cat      *Catalogue
	lines    []linePlan
}

type linePlan struct {
	req   LineRequest
	tld   TLD
	name  Name
	price Price
	hosts []string
	data  *ContactData
	caps  Capabilities

	hostsToCreate []string
}

// PlaceOrder takes the order, holds the money and journals the commands in one
// transaction; the registries are spoken to afterwards, by workers. It returns
// one operation per line. With a known key and the same body it returns the
// operations of the first time, unless they failed.
func (e *Engine) PlaceOrder(ctx context.Context, by Actor, req OrderRequest) (Order, []Operation, error) {
	p, refusal := e.planOrder(ctx, by, req)
	if refusal != nil && req.Key == nil {
		return Order{}, nil, refusal
	}
	var (
		order  Order
		ops    []Operation
		replay bool
	)
	err := e.inFreshTx(ctx, func(tx Tx) error {
		known, old, err := e.bindKey(ctx, tx, req.CustomerID, req.Key)
		if err != nil {
			return err
		}
		if replay = known != nil; replay {
			order, ops, err = e.knownOrder(ctx, tx, *known)
			return err
		}
		// Only now: a request that succeeded before is answered again, even if
		// today's price or agreement would refuse it.
		if refusal != nil {
			return refusal
		}
		order, ops, err = e.writeOrder(ctx, tx, p)
		if err != nil || req.Key == nil {
			return err
		}
		return e.pointKey(ctx, tx, req.CustomerID, req.Key, old, ops[0].ID)
	})
	if err != nil {
		return Order{}, nil, fmt.Errorf("placing order: %w", err)
	}
	if !replay {
		e.notice.publishWork(e.event(EventOrderPlaced, Operation{CustomerID: order.CustomerID, OrderID: order.ID}, ""))
	}
	return order, ops, nil
}

// planOrder checks everything that needs no lock.
func (e *Engine) planOrder(ctx context.Context, by Actor, req OrderRequest) (plan, error) {
	p := plan{req: req, by: by}
	if len(req.Lines) == 0 {
		return p, Errorf(KindInvalid, "empty_order", "The basket is empty.")
	}
	if len(req.Lines) > maxOrderLines {
		return p, Errorf(KindInvalid, "too_many_lines", "One order takes at most %d lines.", maxOrderLines)
	}
	var err error
	if p.customer, err = e.store.Customer(ctx, req.CustomerID); err != nil {
		return p, err
	}
	shown, err := e.agreementShown(req.Agreement, p.customer)
	if err != nil {
		return p, err
	}
	p.req.Agreement.Language = shown.Language
	if p.customer.ClosedAt != nil {
		return p, errClosed
	}
	if err := e.OpenAgreements(ctx); err != nil {
		return p, err
	}
	if p.cat, err = e.Catalogue(ctx); err != nil {
		return p, err
	}
	for _, l := range req.Lines {
		lp, err := e.planLine(p, l)
		if err != nil {
			return p, err
		}
		p.lines = append(p.lines, lp)
	}
	return p, nil
}

func (e *Engine) planLine(p plan, l LineRequest) (linePlan, error) {
	lp := linePlan{req: l}
	var err error
	if lp.name, err = ParseName(l.Name); err != nil {
		return lp, err
	}
	tld, ok := p.cat.Find(lp.name.A)
	if !ok || (!tld.Active && l.Action == ActionRegister) {
		return lp, Errorf(KindUnsupported, "tld_not_sold", "Names like %s are not sold here.", lp.name.U)
	}
	lp.tld = tld
	if l.Action == ActionRegister {
		if err := tld.mayRegister(lp.name); err != nil {
			return lp, err
		}
	}
	if l.Years < tld.MinYears || l.Years > tld.MaxYears {
		return lp, InvalidField("period_years", "bad_period", "Names under .%s can be had for %d to %d years.", tld.Name, tld.MinYears, tld.MaxYears)
	}
	at, err := e.priceAt(l, lp.name)
	if err != nil {
		return lp, err
	}
	if lp.price, ok = p.cat.Price(tld.Name, l.Action, l.Years, p.customer.Currency, at); !ok {
		return lp, Errorf(KindUnsupported, "no_price", "There is no price for this in %s.", p.customer.Currency)
	}
	if l.Expect != nil && *l.Expect != lp.price.Sale {
		return lp, Errorf(KindPriceChanged, "price_changed", "The price of %s is now %s, not %s.", lp.name.U, lp.price.Sale, *l.Expect)
	}
	reg, err := e.registry(tld.Registry)
	if err != nil {
		return lp, err
	}
	lp.caps = reg.Capabilities()
	switch l.Action {
	case ActionRegister:
		return planRegistration(p.cat, lp)
	case ActionRenew:
		return lp, nil
	}
	return lp, Errorf(KindUnsupported, "action_not_sold", "%q can't be ordered.", l.Action)
}

// planRegistration tells all that is wrong with name servers and holder.
// priceAt returns the moment whose prices an order line is charged.
func (e *Engine) priceAt(l LineRequest, name Name) (time.Time, error) {
	now := e.Now()
	if l.QuotedAt.IsZero() || l.QuotedAt.After(now) {
		return now, nil
	}
	if now.Sub(l.QuotedAt) > QuoteLife {
		return now, Errorf(KindPriceChanged, "quote_expired", "The price of %s was quoted more than %d minutes ago. Please look at today's price.", Shown(name.A), int(QuoteLife.Minutes()))
	}
	return l.QuotedAt, nil
}

func planRegistration(cat *Catalogue, lp linePlan) (linePlan, error) {
	var found findings
	hosts, err := NormalizeNameServers(lp.req.NameServers, lp.tld.MinNameServers, lp.tld.MaxNameServers)
	if err := found.add(err); err != nil {
		return lp, err
	}
	lp.hosts = hosts
	for _, h := range lp.hosts {
		if Under(h, lp.name.A) {
			found = append(found, InvalidField("nameservers", "subordinate_host", "%s lies inside the name you are registering; choose name servers elsewhere first.", h))
			break
		}
	}
	lp.hostsToCreate = cat.hostsToCreate(lp.tld.Registry, lp.caps, lp.hosts)
	switch {
	case lp.req.Registrant.Data != nil:
		data, err := lp.req.Registrant.Data.Normalize()
		if err := found.add(err); err != nil {
			return lp, err
		}
		lp.data = &data
	case lp.req.Registrant.ContactID == "":
		found = append(found, InvalidField("registrant", "required", "Please say who will hold %s.", lp.name.U))
	}
	return lp, found.err()
}

// writeOrder writes the whole order; it runs inside the transaction and may run
// again, so it keeps no state of its own.
func (e *Engine) writeOrder(ctx context.Context, tx Tx, p plan) (Order, []Operation, error) {
	if err := e.staysOpen(ctx, tx, p); err != nil {
		return Order{}, nil, err
	}
	now := e.Now()
	o := Order{
		ID: e.id(PrefixOrder), CustomerID: p.customer.ID, State: OrderPaid,
		Total: Money{0, p.customer.Currency}, PlacedAt: now, PlacedBy: p.by,
		Agreement: p.req.Agreement,
	}
	if o.Agreement.At.IsZero() { // accepted with this very request
		o.Agreement.IP, o.Agreement.At = p.by.IP, now
	}
	if err := owesNothing(ctx, tx, p.customer.ID, p.customer.Currency); err != nil {
		return o, nil, err
	}
	account, err := tx.EnsureAccount(ctx, AccountKey{AccountCustomer, p.customer.ID, p.customer.Currency})
	if err != nil {
		return o, nil, err
	}
	var (
		ops      []Operation
		commands [][]Command
		holds    []Hold
	)
	holders := newHolders{}
	for _, lp := range p.lines {
		line, op, cmds, err := e.writeLine(ctx, tx, p, o, lp, holders)
		if err != nil {
			return o, nil, err
		}
		o.Lines, ops, commands = append(o.Lines, line), append(ops, op), append(commands, cmds)
		o.Total.Minor += line.Price.Minor
		holds = append(holds, Hold{ID: line.HoldID, AccountID: account.ID, Ref: line.ID, Minor: line.Price.Minor, State: HoldOpen, CreatedAt: now})
	}
	if err := tx.InsertOrder(ctx, o); err != nil {
		return o, nil, err
	}
	for i := range ops {
		if err := tx.InsertOperation(ctx, ops[i]); err != nil {
			return o, nil, err
		}
		if err := tx.InsertCommands(ctx, commands[i]); err != nil {
			return o, nil, err
		}
		if err := e.stillExpires(ctx, tx, commands[i]); err != nil {
			return o, nil, err
		}
		if err := tx.HoldFunds(ctx, holds[i]); err != nil {
			return o, nil, err
		}
	}
	return o, ops, e.recordOrder(ctx, tx, p.by, o)
}

// staysOpen keeps the account of an order open until the commit. Money does that
// alone: no account with some is closed, and no hold is set in one without. Only
// an order that costs nothing has to lock the customer.
func (e *Engine) staysOpen(ctx context.Context, tx Tx, p plan) error {
	for _, l := range p.lines {
		if l.price.Sale.Minor != 0 {
			return nil
		}
	}
	_, err := e.openCustomer(ctx, tx, p.customer.ID)
	return err
}

func (e *Engine) recordOrder(ctx context.Context, tx Tx, by Actor, o Order) error {
	audit := e.audit(by, "order.place", "order", o.ID, "", nil, o)
	audit.Retention = RetainTransaction
	if err := tx.InsertAudit(ctx, audit); err != nil {
		return err
	}
	return tx.InsertEvent(ctx, e.event(EventOrderPlaced, Operation{CustomerID: o.CustomerID, OrderID: o.ID}, o.Total.String()))
}

// writeLine writes what the line needs and returns line, operation and commands
// for the caller to insert in order.
func (e *Engine) writeLine(ctx context.Context, tx Tx, p plan, o Order, lp linePlan, holders newHolders) (OrderLine, Operation, []Command, error) {
	line := OrderLine{
		ID: e.id(PrefixOrderLine), OrderID: o.ID, Action: lp.req.Action, Domain: lp.name.A, Years: lp.req.Years,
		Price: lp.price.Sale, Cost: lp.price.Cost, State: LineOpen, HoldID: e.id(PrefixHold), OperationID: e.id(PrefixOperation),
	}
	op := Operation{
		ID: line.OperationID, CustomerID: o.CustomerID, Domain: lp.name.A, OrderID: o.ID, LineID: line.ID,
		State: OpRunning, By: p.by, CreatedAt: o.PlacedAt,
	}
	var (
		cmds []Command
		dom  Domain
		err  error
	)
	switch lp.req.Action {
	case ActionRegister:
		op.Kind = OpRegister
		dom, cmds, err = e.writeRegistration(ctx, tx, p.by, o, op, lp, holders)
	case ActionRenew:
		op.Kind = OpRenew
		dom, cmds, err = e.planRenewal(ctx, tx, o, op, lp)
	}
	line.DomainID, op.DomainID = dom.ID, dom.ID
	return line, op, cmds, err
}

// bindKey claims an idempotency key, or returns the operation it already stands
// for. A key is free again when that failed, for an order with all its lines; old
// is then the operation that it still points to.
func (e *Engine) bindKey(ctx context.Context, tx Tx, customerID string, k *KeyRequest) (known *Operation, old string, err error) {
	if k == nil {
		return nil, "", nil
	}
	now := e.Now()
	row := IdempotencyKey{Scope: customerID, Key: k.Key, BodyDigest: k.BodyDigest, CreatedAt: now, ExpiresAt: now.Add(keyLife)}
	bound, fresh, err := tx.BindKey(ctx, row)
	if err != nil || fresh {
		return nil, "", err
	}
	if bound.BodyDigest != k.BodyDigest {
		return nil, "", Errorf(KindIdempotencyReuse, "idempotency_key_reused", "This Idempotency-Key was used for another request.")
	}
	if bound.OperationID == "" {
		return nil, "", nil
	}
	op, err := tx.Operation(ctx, bound.OperationID)
	if err != nil {
		return nil, "", err
	}
	failed := op.State == OpFailed
	if failed && op.OrderID != "" {
		// The key stands for the whole order, whose other lines may have succeeded.
		o, err := tx.Order(ctx, op.OrderID)
		if err != nil {
			return nil, "", err
		}
		failed = o.State == OrderFailed
	}
	if failed {
		return nil, bound.OperationID, nil
	}
	return &op, "", nil
}

// pointKey ties the key to the operation it caused, unless another request was
// faster to do so since bindKey.
func (e *Engine) pointKey(ctx context.Context, tx Tx, customerID string, k *KeyRequest, old, operationID string) error {
	now := e.Now()
	row := IdempotencyKey{Scope: customerID, Key: k.Key, BodyDigest: k.BodyDigest, OperationID: operationID, CreatedAt: now, ExpiresAt: now.Add(keyLife)}
	ok, err := tx.RebindKey(ctx, row, old)
	if err == nil && !ok {
		err = Errorf(KindConflict, "idempotency_race", "The same request is being executed right now.")
	}
	return err
}

// RememberKey guards a request that changes nothing but carries a key: another
// body under the same key is refused.
func (e *Engine) RememberKey(ctx context.Context, customerID string, k KeyRequest) error {
	err := e.store.InTx(ctx, func(tx Tx) error {
		_, _, err := e.bindKey(ctx, tx, customerID, &k)
		return err
	})
	if err != nil {
		return fmt.Errorf("binding idempotency key: %w", err)
	}
	return nil
}

func (e *Engine) knownOrder(ctx context.Context, tx Tx, first Operation) (Order, []Operation, error) {
	if first.OrderID == "" {
		return Order{}, nil, Errorf(KindIdempotencyReuse, "idempotency_key_reused", "This Idempotency-Key was used for another request.")
	}
	o, err := tx.Order(ctx, first.OrderID)
	if err != nil {
		return o, nil, err
	}
	var ops []Operation
	for _, l := range o.Lines {
		op, err := tx.Operation(ctx, l.OperationID)
		if err != nil {
			return o, nil, err
		}
		ops = append(ops, op)
	}
	return o, ops, nil
}
