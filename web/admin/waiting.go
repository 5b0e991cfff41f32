package admin

import (
	"context"
	"fmt"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// waiting is work that only a person can do and that has a page of its own.
type waiting struct {
	Text string // "2 payments need a look"
	Href string
}

// waits lists what waits for whom, on the pages that the role may open.
func (a *Admin) waits(ctx context.Context, who registrar.User) ([]waiting, error) {
	var out []waiting
	add := func(n int, one, many, href, page string) {
		if n > 0 && who.Role.May(rules["GET "+page].may) {
			out = append(out, waiting{ui.Plural(n, one, many), href})
		}
	}
	mails, err := a.engine.Read().CountMails(ctx, registrar.MailFailed, countedUpTo)
	if err != nil {
		return nil, fmt.Errorf("counting failed mail: %w", err)
	}
	add(mails, "mail was not sent", "mails were not sent", "/admin/mail", "/admin/mail")
	approvals, err := a.decidable(ctx, who)
	if err != nil {
		return nil, err
	}
	add(approvals, "request waits for a second person", "requests wait for a second person", "/admin/approvals", "/admin/approvals")
	payments, err := a.engine.Read().Payments(ctx, registrar.PaymentFilter{State: registrar.PaymentNeedsReview}, registrar.Page{Limit: pageSize})
	if err != nil {
		return nil, fmt.Errorf("reading payments: %w", err)
	}
	add(len(payments), "payment needs review", "payments need review", "/admin/payments", "/admin/payments")
	for _, policy := range a.engine.Policies() {
		failed, err := a.engine.Read().CountDuties(ctx, policy, registrar.DutyFailed, countedUpTo)
		if err != nil {
			return nil, fmt.Errorf("counting duties: %w", err)
		}
		add(failed, "notice could not be delivered", "notices could not be delivered", noticesPath("/admin/notices", policy, string(registrar.DutyFailed), ""), "/admin/notices")
	}
	for _, system := range a.engine.Mirrors() {
		counts, err := a.engine.Read().CountMirrorIssues(ctx, system, registrar.IssueOpen)
		if err != nil {
			return nil, fmt.Errorf("counting mirror issues: %w", err)
		}
		add(counts[""], "row of the mirror needs a look", "rows of the mirror need a look", "/admin/mirror", "/admin/mirror")
	}
	hooks, err := a.engine.Read().WebhookEndpoints(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("listing webhooks: %w", err)
	}
	off := 0
	for _, h := range hooks {
		if h.OffAt != nil && h.OffWhy != registrar.OffByHand {
			off++
		}
	}
	add(off, "webhook of ours was turned off after failures", "webhooks of ours were turned off after failures", "/admin/webhooks", "/admin/webhooks")
	return out, nil
}

// decidable counts the requests that this person may decide.
func (a *Admin) decidable(ctx context.Context, who registrar.User) (int, error) {
	rows, err := a.engine.Read().Approvals(ctx, registrar.ApprovalFilter{State: registrar.ApprovalPending}, registrar.Page{Limit: pageSize})
	if err != nil {
		return 0, fmt.Errorf("counting approvals: %w", err)
	}
	n := 0
	for _, row := range rows {
		if row.AskedBy != who.ID && a.engine.MayDecide(who.Role, row.Kind) {
			n++
		}
	}
	return n, nil
}
