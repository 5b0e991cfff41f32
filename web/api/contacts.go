package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/indera/indera/registrar"
)

// Role says which contact plays a role for a name.
type Role struct {
	Role      string `json:"role" enum:"registrant,admin,tech,billing"`
	ContactID string `json:"contact_id" example:"con_01k9zq3v1c7p0e4v8n5j2x6r3w"`
}

// roles lists who plays which role, the registrant first.
func (s *server) roles(ctx context.Context, d registrar.Domain) ([]Role, error) {
	byRole, err := s.opt.Engine.ContactsOf(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("reading contacts: %w", err)
	}
	var out []Role
	for _, role := range []string{registrar.RoleRegistrant, registrar.RoleAdmin, registrar.RoleTech, registrar.RoleBilling} {
		if id := byRole[role]; id != "" {
			out = append(out, Role{role, id})
		}
	}
	return out, nil
}

// ContactChoice is a contact of the account, or a new one.
type ContactChoice struct {
	ContactID string      `json:"contact_id,omitempty" maxLength:"64" doc:"A contact of yours."`
	Data      *Registrant `json:"data,omitempty" doc:"A new contact, for this name only."`
}

// ContactsRequest says which contacts change; roles left out stay.
type ContactsRequest struct {
	Registrant *ContactChoice `json:"registrant,omitempty" doc:"The holder. Another name, organisation or e-mail address is a change of registrant."`
	Admin      *ContactChoice `json:"admin,omitempty"`
	Tech       *ContactChoice `json:"tech,omitempty"`
	Billing    *ContactChoice `json:"billing,omitempty"`
}

type contactsInput struct {
	KeyHeader
	NamePath
	Body ContactsRequest
}

// changeContacts gives a name other contacts.
func (s *server) changeContacts(ctx context.Context, in *contactsInput) (*outcome, error) {
	who := sessionOf(ctx)
	req := registrar.ContactsRequest{Name: in.Name, Key: in.key(ctx)}
	for role, choice := range map[string]*ContactChoice{
		registrar.RoleRegistrant: in.Body.Registrant, registrar.RoleAdmin: in.Body.Admin, registrar.RoleTech: in.Body.Tech, registrar.RoleBilling: in.Body.Billing,
	} {
		if choice == nil {
			continue
		}
		c, err := s.choice(ctx, role, *choice)
		if err != nil {
			return nil, err
		}
		if role == registrar.RoleRegistrant {
			req.Registrant = &c
			continue
		}
		if req.Roles == nil {
			req.Roles = map[string]registrar.ContactChoice{}
		}
		req.Roles[role] = c
	}
	op, err := s.opt.Engine.ChangeContacts(ctx, who.actor(), who.token.CustomerID, req)
	if err != nil {
		return nil, s.problem(ctx, err, fieldPaths{"name": "path.name"})
	}
	return s.await(ctx, op, http.StatusOK)
}

// choice checks new data here, so that its findings name their place in the body.
func (s *server) choice(ctx context.Context, role string, c ContactChoice) (registrar.ContactChoice, error) {
	if (c.Data == nil) == (c.ContactID == "") {
		e := registrar.InvalidField(role, "required", "Please give either contact_id or data.")
		return registrar.ContactChoice{}, invalid(ctx, e, nil)
	}
	if c.Data == nil {
		return registrar.ContactChoice{ContactID: c.ContactID}, nil
	}
	data := c.Data.data()
	if _, err := data.Normalize(); err != nil {
		return registrar.ContactChoice{}, s.problem(ctx, err, contactFields("body."+role+".data."))
	}
	return registrar.ContactChoice{Data: &data}, nil
}

// contactFields says where the fields of contact data stand.
func contactFields(prefix string) fieldPaths {
	fields := fieldPaths{}
	for _, f := range []string{"name", "organization", "street", "city", "state", "postal_code", "country_code", "phone", "email"} {
		fields[f] = prefix + f
	}
	return fields
}

// Contact is a contact of the account with where it is used.
type Contact struct {
	ID      string     `json:"id" example:"con_01k9zq3v1c7p0e4v8n5j2x6r3w"`
	Version int        `json:"version" example:"1" doc:"Counts the changes."`
	Data    Registrant `json:"data"`
	UsedBy  []Use      `json:"used_by" nullable:"false" doc:"Names that use it, at most 200: all of them follow a change."`
}

// Use is one role of a contact.
type Use struct {
	Domain string `json:"domain" example:"brand.shop"`
	Role   string `json:"role" enum:"registrant,admin,tech,billing"`
}

// ContactPath is the contact in a path.
type ContactPath struct {
	Contact string `path:"contact" maxLength:"64" example:"con_01k9zq3v1c7p0e4v8n5j2x6r3w" doc:"Contact id."`
}

type contactOutput struct{ Body Contact }

// maxUses bounds what an answer lists.
const maxUses = 200

func (s *server) contact(ctx context.Context, in *ContactPath) (*contactOutput, error) {
	v, err := s.opt.Engine.OwnedContact(ctx, sessionOf(ctx).token.CustomerID, in.Contact)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	c, err := s.wholeContact(ctx, v)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	return &contactOutput{Body: c}, nil
}

func (s *server) wholeContact(ctx context.Context, v registrar.ContactVersion) (Contact, error) {
	uses, err := s.opt.Engine.Read().ContactUses(ctx, v.ContactID, registrar.Page{Limit: maxUses})
	if err != nil {
		return Contact{}, fmt.Errorf("reading uses of a contact: %w", err)
	}
	out := Contact{ID: v.ContactID, Version: v.Version, Data: *registrantOf(v), UsedBy: make([]Use, 0, len(uses))}
	for _, u := range uses {
		out.UsedBy = append(out.UsedBy, Use{u.Name, u.Role})
	}
	return out, nil
}

// ContactEdit is new data for a contact.
type ContactEdit struct {
	Version int        `json:"version,omitempty" minimum:"0" doc:"Guard: when the contact has another version, nothing is done."`
	Data    Registrant `json:"data"`
}

// EditedContact is the contact and how its change is getting on, registry by
// registry.
type EditedContact struct {
	Contact    Contact     `json:"contact"`
	Operations []Operation `json:"operations" nullable:"false" doc:"One per object at a registry; none when no registry has it."`
}

type editContactInput struct {
	KeyHeader
	ContactPath
	Body ContactEdit
}

type editContactOutput struct {
	Status int
	Body   EditedContact
}

// editContact changes a contact for all names that use it.
func (s *server) editContact(ctx context.Context, in *editContactInput) (*editContactOutput, error) {
	who := sessionOf(ctx)
	v, ops, err := s.opt.Engine.EditContact(ctx, who.actor(), who.token.CustomerID, registrar.ContactEdit{
		ContactID: in.Contact, Version: in.Body.Version, Data: in.Body.Data.data(), Key: in.key(ctx),
	})
	if err != nil {
		return nil, s.problem(ctx, err, contactFields("body.data."))
	}
	out := &editContactOutput{Status: http.StatusOK, Body: EditedContact{Operations: make([]Operation, 0, len(ops))}}
	wait, cancel := context.WithTimeout(ctx, s.opt.WaitFor)
	defer cancel()
	for _, op := range ops {
		op, err := s.opt.Engine.WaitOperation(wait, who.token.CustomerID, op.ID, s.opt.WaitFor)
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return nil, s.problem(ctx, err, nil)
		}
		view, err := s.wholeOperation(ctx, op)
		if err != nil {
			return nil, s.problem(ctx, err, nil)
		}
		out.Body.Operations = append(out.Body.Operations, view)
	}
	unfinished := func(o Operation) bool { return o.State != string(registrar.OpSucceeded) }
	if slices.ContainsFunc(out.Body.Operations, unfinished) {
		out.Status = http.StatusAccepted
	}
	if out.Body.Contact, err = s.wholeContact(ctx, v); err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	return out, nil
}

func exampleContact() Contact {
	return Contact{ID: "con_01k9zq3v1c7p0e4v8n5j2x6r3w", Version: 1, Data: *exampleRegistrant(), UsedBy: []Use{{"brand.shop", "registrant"}, {"brand.shop", "tech"}}}
}

func (s *server) contactsOp(a huma.API) huma.Operation {
	op := huma.Operation{
		OperationID: "set-contacts", Method: http.MethodPut, Path: "/domains/{name}/contacts", Summary: "Change the contacts",
		Description: "Gives a name another holder or other contacts; no other name changes. It costs nothing.",
		Security:    needs(registrar.ScopeDomainsWrite), Tags: []string{"Domains"}, DefaultStatus: http.StatusOK, Errors: changeErrors,
	}
	holder := exampleRegistrant()
	holder.City, holder.PostalCode = "Cambridge", "CB2 1TN"
	return twoWays(a, op, ContactsRequest{Registrant: &ContactChoice{Data: holder}}, exampleDomain(true))
}

func (s *server) contactOp() huma.Operation {
	op := huma.Operation{
		OperationID: "get-contact", Method: http.MethodGet, Path: "/contacts/{contact}", Summary: "Show a contact and where it is used",
		Description: "The latest version of its data, and the names that follow when it changes.",
		Security:    needs(registrar.ScopeDomainsRead), Tags: []string{"Contacts"}, Errors: []int{401, 403, 404, 429, 503},
	}
	return withExamples(op, nil, exampleContact())
}

func (s *server) editContactOp() huma.Operation {
	op := huma.Operation{
		OperationID: "edit-contact", Method: http.MethodPut, Path: "/contacts/{contact}", Summary: "Change a contact for all its names",
		Description: "Writes a new version and takes it to every registry that has the contact. To change one name only, give it a new contact instead. 202 while a registry is still at it, or when one refused: its operation tells why.",
		Security:    needs(registrar.ScopeDomainsWrite), Tags: []string{"Contacts"}, DefaultStatus: http.StatusOK, Errors: changeErrors,
	}
	edited := exampleContact()
	edited.Version, edited.Data.Phone = 2, "+44.2079460999"
	done := exampleOperation()
	done.Kind, done.OrderID, done.Domain, done.Commands = "contact", "", "", []Command{{"contact:update", "iq3v1c7p0e4v8n5j", "done", 1000}}
	return withExamples(op, ContactEdit{Data: edited.Data}, EditedContact{Contact: edited, Operations: []Operation{done}})
}
