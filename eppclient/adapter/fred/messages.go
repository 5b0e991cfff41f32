package fred

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/indera/indera/eppclient/ext/fred"
	"github.com/indera/indera/eppclient/message"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar"
)

var errListChanged = errors.New("the registry's list changed while it was read")

// events reads the messages of FRED.
func (a *Adapter) events(u message.Unknown) []registrar.RegistryEvent {
	var e registrar.RegistryEvent
	switch m := fred.ReadMessage(u.Element).(type) {
	case fred.Transferred:
		e = about(registrar.ToldTransfer, m.Kind, m.ID)
		e.Transfer = &registrar.Transfer{
			Object: e.Object, Status: registrar.TransferServerApproved, Gaining: m.By, Losing: a.clientID, Acted: m.At.Time,
		}
	case fred.Expiring:
		e = expiring(m)
	case fred.Changed:
		e = about(registrar.ToldChange, m.Kind, m.ID)
		e.Change = &registrar.ObjectChange{Operation: "update", SvTRID: m.OpTRID}
	case fred.Dropped:
		e = about(registrar.ToldDeleted, m.Kind, m.ID)
	case fred.Tested:
		e = about(registrar.ToldText, m.Kind, m.ID)
		e.Text = tested(m)
	case fred.LowCredit:
		e = registrar.RegistryEvent{Kind: registrar.ToldLowBalance, LowBalance: &registrar.LowBalance{Available: m.Credit, Threshold: m.Limit}}
	case fred.Requests:
		e = registrar.RegistryEvent{Kind: registrar.ToldText, Text: fmt.Sprintf("%d of %d free requests used from %s to %s; each further one costs %s.",
			m.Used, m.Free, m.From.Raw, m.To.Raw, m.Price)}
	default:
		return nil
	}
	return []registrar.RegistryEvent{e}
}

func about(kind registrar.RegistryEventKind, k fred.Kind, id string) registrar.RegistryEvent {
	o := registrar.ObjectRef{Kind: registrar.ObjectOther, ID: id}
	switch k {
	case fred.Domain:
		o = registrar.ObjectRef{Kind: registrar.ObjectDomain, ID: hostKey(id)}
	case fred.Contact:
		o = registrar.ObjectRef{Kind: registrar.ObjectContact, ID: handle(id)}
	}
	return registrar.RegistryEvent{Kind: kind, Object: o}
}

// expiring tells what has happened to a name as a change, so that it is read anew, and
// what will happen as words.
func expiring(m fred.Expiring) registrar.RegistryEvent {
	switch m.Stage {
	case fred.Deleted:
		return about(registrar.ToldDeleted, fred.Domain, m.Name)
	case fred.ExpiresSoon, fred.ValidationSoon:
		e := about(registrar.ToldText, fred.Domain, m.Name)
		e.Text = fmt.Sprintf("%s expires on %s.", m.Name, m.Date.Raw)
		if m.Stage == fred.ValidationSoon {
			e.Text = fmt.Sprintf("The validation of %s ends on %s.", m.Name, m.Date.Raw)
		}
		return e
	}
	e := about(registrar.ToldChange, fred.Domain, m.Name)
	e.Change = &registrar.ObjectChange{Operation: map[fred.ExpiryStage]string{
		fred.Expired: "expire", fred.OutOfZone: "outzone", fred.ValidationOver: "validationExpire",
	}[m.Stage], At: m.Date.Time}
	return e
}

func tested(m fred.Tested) string {
	var failed []string
	for _, r := range m.Results {
		if !r.Passed {
			failed = append(failed, strings.TrimSpace(r.Name+" "+r.Note))
		}
	}
	if len(failed) == 0 {
		return fmt.Sprintf("The technical test of %s found nothing wrong.", m.ID)
	}
	return fmt.Sprintf("The technical test of %s failed: %s.", m.ID, strings.Join(failed, "; "))
}

// balance asks for the credit of the account's zone. FRED has one for each zone and
// tells no currency.
func (a *Adapter) balance(ctx context.Context) (registrar.Balance, error) {
	resp, err := a.Read(ctx, pool.Bulk, fred.CreditInfo{})
	if err != nil {
		return registrar.Balance{}, err
	}
	zones, err := readable(fred.Credit(resp))
	if err != nil {
		return registrar.Balance{}, err
	}
	for _, z := range zones {
		if a.own.zone == "" && len(zones) == 1 || strings.EqualFold(z.Zone, a.own.zone) {
			credit, err := readable(registrar.ParseMoney(z.Credit, a.own.currency))
			return registrar.Balance{Available: credit, Balance: &credit}, err
		}
	}
	return registrar.Balance{}, &registrar.UnknownOutcomeError{Cause: fmt.Errorf("the answer names %d zones, and %q is none of them", len(zones), a.own.zone)}
}
