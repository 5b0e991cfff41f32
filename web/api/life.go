package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/indera/indera/registrar"
)

// LockRequest says which locks to set.
type LockRequest struct {
	Locks []string `json:"locks" minItems:"1" maxItems:"3" nullable:"false" enum:"transfer,update,delete" doc:"transfer: no move to another registrar; update: no changes; delete: no deletion. Locks that stand already stay."`
}

type lockInput struct {
	KeyHeader
	NamePath
	Body LockRequest
}

type unlockInput struct {
	KeyHeader
	NamePath
	Locks []string `query:"locks" enum:"transfer,update,delete" doc:"Which locks to lift, separated by commas; absent: all."`
}

func locksOf(d registrar.Domain) []string {
	out := []string{}
	for _, l := range d.Locks() {
		out = append(out, string(l))
	}
	return out
}

func locks(in []string) []registrar.Lock {
	out := make([]registrar.Lock, 0, len(in))
	for _, l := range in {
		out = append(out, registrar.Lock(l))
	}
	return out
}

func (s *server) lock(ctx context.Context, in *lockInput) (*outcome, error) {
	return s.changeLocks(ctx, registrar.LockRequest{Name: in.Name, Locks: locks(in.Body.Locks), On: true, Key: in.key(ctx)})
}

func (s *server) unlock(ctx context.Context, in *unlockInput) (*outcome, error) {
	req := registrar.LockRequest{Name: in.Name, Locks: registrar.AllLocks, Key: in.key(ctx)}
	if len(in.Locks) > 0 {
		req.Locks = locks(in.Locks)
	}
	return s.changeLocks(ctx, req)
}

func (s *server) changeLocks(ctx context.Context, req registrar.LockRequest) (*outcome, error) {
	who := sessionOf(ctx)
	op, err := s.opt.Engine.ChangeLocks(ctx, who.actor(), who.token.CustomerID, req)
	if err != nil {
		return nil, s.problem(ctx, err, fieldPaths{"name": "path.name"})
	}
	return s.await(ctx, op, http.StatusOK)
}

// TransferCode is a code for a move to another registrar.
type TransferCode struct {
	Code      string    `json:"transfer_code,omitempty" example:"q7R_uK2v-XnT4m9!bZc5Wd8e" doc:"Shown in this answer only, and kept by nobody but the registry. Absent when the request repeats an earlier one."`
	LifeDays  int       `json:"life_days" example:"14" doc:"The code is taken back at the registry that many days after it got there."`
	Operation Operation `json:"operation" doc:"The code works once this has succeeded."`
}

type keyOnNameInput struct {
	KeyHeader
	NamePath
}

type codeOutput struct {
	Status       int
	CacheControl string `header:"Cache-Control" doc:"no-store"`
	Location     string `header:"Location" doc:"The operation."`
	Body         TransferCode
}

// transferCode makes a fresh code. It is shown even while the registry has not
// confirmed it: a later answer could not show it any more.
func (s *server) transferCode(ctx context.Context, in *keyOnNameInput) (*codeOutput, error) {
	who := sessionOf(ctx)
	code, err := s.opt.Engine.RenewTransferCode(ctx, who.actor(), who.token.CustomerID, in.Name, in.key(ctx))
	if err != nil {
		return nil, s.problem(ctx, err, fieldPaths{"name": "path.name"})
	}
	op, view, err := s.awaited(ctx, code.Operation)
	if err != nil {
		return nil, err
	}
	out := &codeOutput{Status: http.StatusOK, CacheControl: "no-store", Location: s.operationURL(op),
		Body: TransferCode{LifeDays: int(code.Life / (24 * time.Hour)), Operation: view}}
	if op.State != registrar.OpSucceeded {
		out.Status = http.StatusAccepted
	}
	if code.Code != "" {
		out.Body.Code = code.Code.Reveal()
	}
	return out, nil
}

// awaited waits a little and returns the operation, or its failure as a problem.
func (s *server) awaited(ctx context.Context, op registrar.Operation) (registrar.Operation, Operation, error) {
	s.opt.Logger.InfoContext(ctx, "operation accepted", "request_id", requestIDOf(ctx), "operation", op.ID, "kind", op.Kind)
	op, err := s.opt.Engine.WaitOperation(ctx, sessionOf(ctx).token.CustomerID, op.ID, s.opt.WaitFor)
	if err != nil {
		return op, Operation{}, s.problem(ctx, err, nil)
	}
	if op.State == registrar.OpFailed {
		p := newProblem(ctx, "operation-failed", op.FailureCode, op.Failure)
		p.OperationID = op.ID
		return op, Operation{}, p
	}
	view, err := s.wholeOperation(ctx, op)
	if err != nil {
		return op, view, s.problem(ctx, err, nil)
	}
	return op, view, nil
}

func (s *server) operationURL(op registrar.Operation) string {
	return s.opt.PublicURL + basePath + "/operations/" + op.ID
}

type operationAnswer struct {
	Status     int
	Location   string `header:"Location" doc:"The operation."`
	RetryAfter string `header:"Retry-After" doc:"With 202: seconds to wait before asking for the operation."`
	Body       Operation
}

// answerOperation is 200 with a finished operation, or 202 with a running one.
func (s *server) answerOperation(ctx context.Context, op registrar.Operation) (*operationAnswer, error) {
	op, view, err := s.awaited(ctx, op)
	if err != nil {
		return nil, err
	}
	out := &operationAnswer{Status: http.StatusOK, Location: s.operationURL(op), Body: view}
	if op.State != registrar.OpSucceeded {
		out.Status, out.RetryAfter = http.StatusAccepted, "2"
	}
	return out, nil
}

func (s *server) deleteDomain(ctx context.Context, in *keyOnNameInput) (*operationAnswer, error) {
	who := sessionOf(ctx)
	op, err := s.opt.Engine.DeleteDomain(ctx, who.actor(), who.token.CustomerID, in.Name, in.key(ctx))
	if err != nil {
		return nil, s.problem(ctx, err, fieldPaths{"name": "path.name"})
	}
	return s.answerOperation(ctx, op)
}

// Happening is one line of a name's history.
type Happening struct {
	At      time.Time `json:"at"`
	What    string    `json:"what" example:"lock" doc:"Kind of operation or event, or action of the audit trail."`
	By      string    `json:"by" enum:"customer,staff,token,system"`
	State   string    `json:"state,omitempty" enum:"running,succeeded,failed,needs_review" doc:"Of an operation."`
	Note    string    `json:"note,omitempty" doc:"Why it failed, or what more is known."`
	Subject string    `json:"subject,omitempty" doc:"What else it was about, for example the operation."`
}

// History is one page of it.
type History struct {
	Happenings []Happening `json:"happenings" nullable:"false" doc:"Newest first."`
	NextCursor string      `json:"next_cursor,omitempty" doc:"Where the next page starts; absent on the last."`
}

type historyInput struct {
	NamePath
	Cursor string `query:"cursor" maxLength:"40" pattern:"^[0-9a-z]*$" doc:"next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Entries on the page."`
}

type historyOutput struct{ Body History }

func (s *server) history(ctx context.Context, in *historyInput) (*historyOutput, error) {
	d, err := s.opt.Engine.OwnedDomain(ctx, sessionOf(ctx).token.CustomerID, in.Name)
	if err != nil {
		return nil, s.problem(ctx, err, fieldPaths{"name": "path.name"})
	}
	list, next, err := s.opt.Engine.History(ctx, d, false, registrar.Page{After: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	out := &historyOutput{Body: History{Happenings: make([]Happening, 0, len(list)), NextCursor: next}}
	for _, h := range list {
		line := Happening{At: h.At, What: h.What, By: string(h.By.Kind), State: string(h.State), Note: h.Note, Subject: h.Object}
		if h.Source == registrar.FromOperation {
			line.Subject = h.ID
		}
		out.Body.Happenings = append(out.Body.Happenings, line)
	}
	return out, nil
}

var changeErrors = []int{400, 401, 403, 404, 409, 413, 415, 429, 503}

func (s *server) lockOp(a huma.API) huma.Operation {
	op := huma.Operation{
		OperationID: "lock-domain", Method: http.MethodPost, Path: "/domains/{name}/lock", Summary: "Lock a domain",
		Description: "Sets client statuses at the registry. It costs nothing.",
		Security:    needs(registrar.ScopeDomainsWrite), Tags: []string{"Domains"}, DefaultStatus: http.StatusOK, Errors: changeErrors,
	}
	locked := exampleDomain(true)
	locked.Statuses, locked.Locks = []string{"clientTransferProhibited", "clientDeleteProhibited"}, []string{"transfer", "delete"}
	return twoWays(a, op, LockRequest{Locks: []string{"transfer", "delete"}}, locked)
}

func (s *server) unlockOp(a huma.API) huma.Operation {
	op := huma.Operation{
		OperationID: "unlock-domain", Method: http.MethodDelete, Path: "/domains/{name}/lock", Summary: "Unlock a domain",
		Description: "Lifts locks of yours. What the registry or our staff have set is refused with the reason (registry_lock, staff_lock).",
		Security:    needs(registrar.ScopeDomainsWrite), Tags: []string{"Domains"}, DefaultStatus: http.StatusOK, Errors: changeErrors,
	}
	return twoWays(a, op, nil, exampleDomain(true))
}

func (s *server) codeOp() huma.Operation {
	op := huma.Operation{
		OperationID: "renew-transfer-code", Method: http.MethodPost, Path: "/domains/{name}/transfer-code", Summary: "Get a fresh transfer code",
		Description: "Makes a code and sets it at the registry, where it replaces any other (RFC 9154). Refused while the name is locked against transfers. 202 when the registry has not confirmed it yet: the code works when the operation has succeeded.",
		Security:    needs(registrar.ScopeTransfers), Tags: []string{"Domains"}, DefaultStatus: http.StatusOK, Errors: changeErrors,
	}
	done := exampleOperation()
	done.Kind, done.OrderID, done.Commands = "transfer_code", "", []Command{{"domain:update", "brand.shop", "done", 1000}}
	return withExamples(op, nil, TransferCode{Code: "q7R_uK2v-XnT4m9!bZc5Wd8e", LifeDays: 14, Operation: done})
}

func (s *server) deleteOp() huma.Operation {
	op := huma.Operation{
		OperationID: "delete-domain", Method: http.MethodDelete, Path: "/domains/{name}", Summary: "Delete a domain",
		Description: "The name stops working. Where the registry takes a young registration back, it is gone at once and what was paid for it is credited; otherwise it stays pending_delete for some weeks and nothing is credited. Refused while it is locked or has hosts below it.",
		Security:    needs(registrar.ScopeTransfers), Tags: []string{"Domains"}, DefaultStatus: http.StatusOK, Errors: changeErrors,
	}
	done := exampleOperation()
	done.Kind, done.OrderID, done.Commands = "delete", "", []Command{{"domain:delete", "brand.shop", "done", 1000}}
	return withExamples(op, nil, done)
}

func (s *server) historyOp() huma.Operation {
	op := huma.Operation{
		OperationID: "domain-history", Method: http.MethodGet, Path: "/domains/{name}/history", Summary: "What happened to a domain",
		Description: "Orders, changes and events of the name, newest first, page by page: pass next_cursor of one page as cursor of the next.",
		Security:    needs(registrar.ScopeDomainsRead), Tags: []string{"Domains"}, Errors: []int{401, 403, 404, 429, 503},
	}
	return withExamples(op, nil, History{Happenings: []Happening{
		{At: exampleTime, What: "lock", By: "customer", State: "succeeded", Subject: "op_01k9zq3v1c7p0e4v8n5j2x6r3w"},
	}})
}
