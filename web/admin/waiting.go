package admin

import (
	"context"
	"fmt"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// waiting is work that only a person can do and that has a page of its own.
type waiting struct {
	Text string // "2 payments need a look"
	Href string
}

// waits lists what waits for whom, on the pages that the role may open.
func (a *Admin) waits(c echo.Context) ([]waiting, error) {
	ctx := c.Request().Context()
	who, _ := staffOf(c)
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
	messages, err := a.engine.Read().CountQueueMessages(ctx, registrar.MessageWaiting, countedUpTo)
	if err != nil {
		return nil, fmt.Errorf("counting messages of registries: %w", err)
	}
	add(messages, "message of a registry needs a look", "messages of registries need a look", "/admin/messages", "/admin/messages")
	differences, err := a.engine.Read().CountDifferences(ctx, registrar.DiffOpen, countedUpTo)
	if err != nil {
		return nil, fmt.Errorf("counting differences: %w", err)
	}
	add(differences, "difference to a registry waits", "differences to registries wait", "/admin/differences", "/admin/differences")
	approvals, err := a.decidable(c)
	if err != nil {
		return nil, err
	}
	add(approvals, "request waits for a second person", "requests wait for a second person", "/admin/approvals", "/admin/approvals")
	payments, err := a.reviewedPayments(c)
	if err != nil {
		return nil, err
	}
	add(payments, "payment needs review", "payments need review", "/admin/payments", "/admin/payments")
	owed, err := a.owed(c)
	if err != nil {
		return nil, err
	}
	add(owed, "thing is ours and unpaid", "things are ours and unpaid", "/admin/receivables", "/admin/receivables")
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

// counted counts something once for a page: its menu shows it, and so may its
// content.
func counted(c echo.Context, what string, count func(ctx context.Context) (int, error)) (int, error) {
	key := "count of " + what
	if n, ok := c.Get(key).(int); ok {
		return n, nil
	}
	n, err := count(c.Request().Context())
	if err != nil {
		return 0, fmt.Errorf("counting %s: %w", what, err)
	}
	c.Set(key, n)
	return n, nil
}

// badge is a count of the menu; one that can't be had is 0, because the page
// itself will say what is wrong.
func (a *Admin) badge(c echo.Context, count func(echo.Context) (int, error)) int {
	n, err := count(c)
	if err != nil {
		a.log.WarnContext(c.Request().Context(), "menu", "error", err)
	}
	return n
}

// reviews counts the commands that only a person can settle.
func (a *Admin) reviews(c echo.Context) (int, error) {
	return counted(c, "commands", func(ctx context.Context) (int, error) {
		counts, err := a.engine.Read().OpenCommandCounts(ctx)
		return counts[registrar.CommandNeedsReview], err
	})
}

// reviewedPayments counts the payments that a person must look at, up to a page.
func (a *Admin) reviewedPayments(c echo.Context) (int, error) {
	return counted(c, "payments", func(ctx context.Context) (int, error) {
		rows, err := a.engine.Read().Payments(ctx, registrar.PaymentFilter{State: registrar.PaymentNeedsReview}, registrar.Page{Limit: pageSize})
		return len(rows), err
	})
}

// owed counts what customers owe, up to a page.
func (a *Admin) owed(c echo.Context) (int, error) {
	return counted(c, "receivables", func(ctx context.Context) (int, error) {
		return a.engine.Read().CountReceivables(ctx, registrar.ReceivableOpen, countedUpTo)
	})
}

// moneyWaits counts what a person must look at on the pages about money.
func (a *Admin) moneyWaits(c echo.Context) (int, error) {
	payments, err := a.reviewedPayments(c)
	if err != nil {
		return 0, err
	}
	owed, err := a.owed(c)
	return payments + owed, err
}

// decidable counts the requests that this person may decide.
func (a *Admin) decidable(c echo.Context) (int, error) {
	who, _ := staffOf(c)
	return counted(c, "approvals", func(ctx context.Context) (int, error) {
		rows, err := a.engine.Read().Approvals(ctx, registrar.ApprovalFilter{State: registrar.ApprovalPending}, registrar.Page{Limit: pageSize})
		n := 0
		for _, row := range rows {
			if row.AskedBy != who.ID && a.engine.MayDecide(who.Role, row.Kind) {
				n++
			}
		}
		return n, err
	})
}
