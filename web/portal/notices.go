package portal

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// sentNotice is a policy mail that went out about a domain.
type sentNotice struct {
	At      time.Time
	What    string
	To      string
	Subject string
	Text    string
}

// noticesOf lists the notices about a domain that were sent while it was in this
// account, newest first. What an earlier account's holder got is not shown.
func (p *Portal) noticesOf(ctx context.Context, d registrar.Domain) ([]sentNotice, error) {
	read := p.engine.Read()
	duties, err := read.Duties(ctx, registrar.DutyFilter{SubjectID: d.ID}, registrar.Page{Limit: 20})
	if err != nil {
		return nil, fmt.Errorf("reading duties: %w", err)
	}
	stages, ids := make(map[string]string), make([]string, 0, len(duties))
	for _, duty := range duties {
		if duty.CustomerID == d.CustomerID {
			stages[duty.ID] = ui.StageWord(duty.Policy, duty.Stage)
			ids = append(ids, duty.ID)
		}
	}
	notices, err := read.Notices(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("reading notices: %w", err)
	}
	var out []sentNotice
	for _, n := range notices {
		if n.State == registrar.NoticeSent && n.EndedAt != nil {
			out = append(out, sentNotice{At: *n.EndedAt, What: stages[n.DutyID], To: n.To, Subject: n.Subject, Text: n.Text})
		}
	}
	slices.SortStableFunc(out, func(a, b sentNotice) int { return b.At.Compare(a.At) })
	return out, nil
}
