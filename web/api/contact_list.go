package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/indera/indera/registrar"
)

// ContactEntry is a contact in a list.
type ContactEntry struct {
	ID           string `json:"id" example:"con_01k9zq3v1c7p0e4v8n5j2x6r3w"`
	Version      int    `json:"version" example:"1" doc:"Counts the changes."`
	Name         string `json:"name" example:"Ada Lovelace"`
	Organization string `json:"organization,omitempty"`
	Email        string `json:"email" example:"ada@example.org"`
}

// ContactList is one page of contacts.
type ContactList struct {
	Contacts   []ContactEntry `json:"contacts" nullable:"false" doc:"Newest first."`
	NextCursor string         `json:"next_cursor,omitempty" doc:"Where the next page starts; absent on the last."`
}

type contactListInput struct {
	Cursor string `query:"cursor" maxLength:"40" pattern:"^(con_[0-9a-z]+)?$" doc:"next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Entries on the page."`
}

type contactListOutput struct {
	Link string `header:"Link" doc:"The next page, rel=next (RFC 8288)."`
	Body ContactList
}

func (s *server) contactList(ctx context.Context, in *contactListInput) (*contactListOutput, error) {
	rows, err := s.opt.Engine.Read().Contacts(ctx, sessionOf(ctx).token.CustomerID, registrar.Page{After: in.Cursor, Limit: in.Limit + 1})
	if err != nil {
		return nil, s.problem(ctx, fmt.Errorf("listing contacts: %w", err), fieldPaths{"after": "query.cursor"})
	}
	out := &contactListOutput{Body: ContactList{Contacts: make([]ContactEntry, 0, len(rows))}}
	for i, v := range rows {
		if i == in.Limit { // there is more: the extra row proves it
			out.Body.NextCursor = rows[i-1].ContactID
			next := url.Values{"cursor": {out.Body.NextCursor}, "limit": {fmt.Sprint(in.Limit)}}
			out.Link = fmt.Sprintf("<%s%s/contacts?%s>; rel=\"next\"", s.opt.PublicURL, basePath, next.Encode())
			break
		}
		data := registrantOf(v)
		out.Body.Contacts = append(out.Body.Contacts, ContactEntry{v.ContactID, v.Version, data.Name, data.Organization, data.Email})
	}
	return out, nil
}

func (s *server) contactListOp() huma.Operation {
	op := huma.Operation{
		OperationID: "list-contacts", Method: http.MethodGet, Path: "/contacts", Summary: "List contacts",
		Description: "The latest version of each, page by page: pass next_cursor of one page as cursor of the next.",
		Security:    needs(registrar.ScopeDomainsRead), Tags: []string{"Contacts"}, Errors: []int{401, 403, 429, 503},
	}
	c := exampleContact()
	return withExamples(op, nil, ContactList{Contacts: []ContactEntry{{c.ID, c.Version, c.Data.Name, c.Data.Organization, c.Data.Email}}})
}
