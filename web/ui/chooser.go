package ui

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/indera/indera/registrar"
)

// Chooser is one page of the contacts that a form offers. The form shows another
// page by sending itself, as it was filled in, to a path that only shows it
// again; so nothing typed is lost, and it takes no script.
type Chooser struct {
	Contacts []registrar.ContactVersion // those to keep, then those of the page
	After    string                     // where the page begins, "" at the start
	Next     string                     // where the next one begins, "" when there is none
}

// chooserSize is how many contacts are offered at once.
const chooserSize = 20

// Fields of the form.
const (
	chooserPage  = "contacts_page"  // hidden: the page that is shown
	chooserAfter = "contacts_after" // buttons: the page that is asked for
)

// ContactReader is what a chooser reads.
type ContactReader interface {
	Contacts(ctx context.Context, customerID string, page registrar.Page) ([]registrar.ContactVersion, error)
	ContactVersion(ctx context.Context, ref registrar.ContactRef) (registrar.ContactVersion, error)
}

// ChooserPage returns which page of contacts a form asks for, or shows.
func ChooserPage(form url.Values) string {
	if form.Has(chooserAfter) {
		return form.Get(chooserAfter)
	}
	return form.Get(chooserPage)
}

// NewChooser reads the page behind a contact id. Contacts of the customer whose
// ids are in keep are offered on every page: one that is chosen must not get out
// of sight.
func NewChooser(ctx context.Context, r ContactReader, customerID, after string, keep ...string) (Chooser, error) {
	out := Chooser{After: after}
	rows, err := r.Contacts(ctx, customerID, registrar.Page{After: after, Limit: chooserSize + 1})
	if err != nil {
		return out, fmt.Errorf("reading contacts: %w", err)
	}
	if len(rows) > chooserSize {
		rows = rows[:chooserSize]
		out.Next = rows[chooserSize-1].ContactID
	}
	for _, id := range keep {
		if id == "" || slices.ContainsFunc(out.Contacts, is(id)) {
			continue
		}
		v, err := r.ContactVersion(ctx, registrar.ContactRef{ContactID: id})
		switch {
		case registrar.IsNotFound(err), err == nil && v.CustomerID != customerID:
			continue
		case err != nil:
			return out, fmt.Errorf("reading contact: %w", err)
		}
		out.Contacts = append(out.Contacts, v)
	}
	for _, v := range rows {
		if !slices.ContainsFunc(out.Contacts, is(v.ContactID)) {
			out.Contacts = append(out.Contacts, v)
		}
	}
	return out, nil
}

func is(id string) func(registrar.ContactVersion) bool {
	return func(v registrar.ContactVersion) bool { return v.ContactID == id }
}
