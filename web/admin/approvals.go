package admin

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// approvalsView is what waits for a second person, or what became of it.
type approvalsView struct {
	list[approvalView]
	Tabs   []paymentTab
	State  string
	Alone  bool   // the one who looks is the only owner
	Reason string // as typed
	Tried  string // id of the request whose form was refused
}

// approvalView is a request with the words a person knows.
type approvalView struct {
	registrar.Approval
	What, Href     string // what it is about, and where that is shown
	Change         string // what would be done
	Asker, Decider string
	Mine           bool // asked by the one who looks: somebody else has to decide
	May            bool // the role of the one who looks may decide
	Over           bool
}

var approvalTabs = []struct {
	Label string
	State registrar.ApprovalState
}{
	{"Waiting", registrar.ApprovalPending}, {"Approved", registrar.ApprovalApproved}, {"Refused", registrar.ApprovalRefused},
	{"Withdrawn", registrar.ApprovalWithdrawn}, {"Lapsed", registrar.ApprovalLapsed},
}

func (a *Admin) approvalsPage(c echo.Context) error { return a.showApprovals(c, "", "", nil) }

func (a *Admin) showApprovals(c echo.Context, tried, reason string, problem error) error {
	ctx := c.Request().Context()
	view := approvalsView{Tried: tried, Reason: reason, State: string(registrar.ApprovalPending)}
	for _, t := range approvalTabs {
		if string(t.State) == c.QueryParam("state") {
			view.State = string(t.State)
		}
	}
	for _, t := range approvalTabs {
		view.Tabs = append(view.Tabs, paymentTab{t.Label, "/admin/approvals?state=" + string(t.State), string(t.State) == view.State})
	}
	rows, err := a.engine.Read().Approvals(ctx, registrar.ApprovalFilter{State: registrar.ApprovalState(view.State)}, nextPage(c))
	if err != nil {
		return fmt.Errorf("reading approvals: %w", err)
	}
	page := cut(rows, c.QueryParam("after"), func(a registrar.Approval) string { return a.ID }, "/admin/approvals", url.Values{"state": {view.State}})
	view.Next, view.First = page.Next, page.First
	if view.Rows, err = a.approvals(c, page.Rows); err != nil {
		return err
	}
	if view.Alone, err = a.onlyOwner(c); err != nil {
		return err
	}
	p := a.shell.Page(c, "Approvals", view)
	status := http.StatusOK
	if problem != nil {
		p.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "approvals", p)
}

// onlyOwner reports whether nobody but the one who looks is an owner, so that
// what an owner asks waits for good.
func (a *Admin) onlyOwner(c echo.Context) (bool, error) {
	v, ok := visitorOf(c)
	if !ok || v.User.Role != registrar.RoleStaffOwner {
		return false, nil
	}
	active, _, _, err := a.engine.Staff(c.Request().Context())
	if err != nil {
		return false, err
	}
	for _, u := range active {
		if u.Role == registrar.RoleStaffOwner && u.ID != v.User.ID {
			return false, nil
		}
	}
	return true, nil
}

// names returns a function that finds the name of staff users; one that is gone
// keeps its id.
func (a *Admin) names(c echo.Context) func(id string) (string, error) {
	known := map[string]string{"": ""}
	return func(id string) (string, error) {
		if name, ok := known[id]; ok {
			return name, nil
		}
		u, err := a.engine.Read().User(c.Request().Context(), id)
		if err != nil && !registrar.IsNotFound(err) {
			return "", fmt.Errorf("reading staff user: %w", err)
		}
		if known[id] = u.Name; u.Name == "" {
			known[id] = id
		}
		return known[id], nil
	}
}

func (a *Admin) approvals(c echo.Context, rows []registrar.Approval) ([]approvalView, error) {
	v, _ := visitorOf(c)
	nameOf := a.names(c)
	out := make([]approvalView, 0, len(rows))
	for _, row := range rows {
		view := approvalView{Approval: row, Mine: v.User.ID == row.AskedBy, May: a.engine.MayDecide(v.User.Role, row.Kind), Over: !a.engine.Now().Before(row.ExpiresAt)}
		var err error
		if view.Asker, err = nameOf(row.AskedBy); err != nil {
			return nil, err
		}
		if view.Decider, err = nameOf(row.DecidedBy); err != nil {
			return nil, err
		}
		if err := a.describe(c, &view, nameOf); err != nil {
			return nil, err
		}
		out = append(out, view)
	}
	return out, nil
}

// waitingFor returns what was asked for about a subject and not decided yet.
func (a *Admin) waitingFor(c echo.Context, subjectID string) ([]approvalView, error) {
	rows, err := a.engine.Read().Approvals(c.Request().Context(), registrar.ApprovalFilter{State: registrar.ApprovalPending, SubjectID: subjectID}, registrar.Page{Limit: pageSize})
	if err != nil {
		return nil, fmt.Errorf("reading approvals: %w", err)
	}
	return a.approvals(c, rows)
}

// describe says what a request is about and what would be done.
func (a *Admin) describe(c echo.Context, v *approvalView, nameOf func(string) (string, error)) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	var err error
	switch v.Kind {
	case registrar.ApproveAdjustment:
		var adj registrar.Adjustment
		if adj, err = read.Adjustment(ctx, v.SubjectID); err != nil {
			return fmt.Errorf("reading adjustment: %w", err)
		}
		v.Change = "Credit of " + ui.FormatMoney(adj.Amount)
		if adj.Amount.Minor < 0 {
			v.Change = "Debit of " + ui.FormatMoney(adj.Amount)
		}
		v.Href = "/admin/customers/" + adj.CustomerID
		v.What, err = a.customerName(c, adj.CustomerID)
	case registrar.ApproveStaffInvite:
		v.What, v.Href, v.Change = v.Wish.Email, "/admin/staff", "Invite to the staff as "+registrar.StaffRoleName(v.Wish.Role)
	case registrar.ApproveStaffRole:
		v.Href, v.Change = "/admin/staff", "Change of role to "+registrar.StaffRoleName(v.Wish.Role)
		v.What, err = nameOf(v.SubjectID)
	case registrar.ApproveStaffDisable:
		v.Href, v.Change = "/admin/staff", "Take the login of an owner away"
		v.What, err = nameOf(v.SubjectID)
	case registrar.ApproveDomainMove, registrar.ApproveDomainDelete:
		err = a.describeName(c, v)
	case registrar.ApproveFactorReset:
		err = a.describeFactor(c, v)
	case registrar.ApproveWriteOff:
		err = a.describeWriteOff(c, v)
	}
	return err
}

func (a *Admin) describeName(c echo.Context, v *approvalView) error {
	d, err := a.engine.Read().Domain(c.Request().Context(), v.SubjectID)
	if err != nil {
		return fmt.Errorf("reading domain: %w", err)
	}
	v.What, v.Href, v.Change = d.UName, "/admin/domains/"+d.ID, "Delete the name"
	if v.Kind == registrar.ApproveDomainMove {
		var to string
		to, err = a.customerName(c, v.Wish.CustomerID)
		v.Change = "Move to the customer " + to + " (" + v.Wish.CustomerID + ")"
	}
	return err
}

func (a *Admin) customerName(c echo.Context, id string) (string, error) {
	cus, err := a.engine.Read().Customer(c.Request().Context(), id)
	if err != nil {
		return "", fmt.Errorf("reading customer: %w", err)
	}
	return cus.Name, nil
}

// approvalDo approves, refuses or withdraws a request.
func (a *Admin) approvalDo(c echo.Context) error {
	ctx, id, reason := c.Request().Context(), c.Param("id"), c.FormValue("reason")
	var err error
	said := ""
	switch c.FormValue("as") {
	case "approve":
		_, err = a.engine.Approve(ctx, actor(c), id, reason)
		said = "Approved, and done."
	case "refuse":
		_, err = a.engine.Refuse(ctx, actor(c), id, reason)
		said = "Refused. Nothing was done."
	case "withdraw":
		_, err = a.engine.Withdraw(ctx, actor(c), id)
		said = "Withdrawn. Nothing was done."
	default:
		return echo.ErrBadRequest
	}
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		return a.showApprovals(c, id, reason, err)
	}
	a.shell.Sessions.Say(ctx, said)
	return a.shell.Redirect(c, "/admin/approvals")
}
