package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// sown is a name put into the database that is owed one notice now. No registry
// knows it: it takes part in nothing but the notices.
type sown struct{ ID, Name, Stage, Email string }

const sownPrefix = "owed-"

func isSown(name string) bool { return strings.HasPrefix(name, sownPrefix) }

// stages are the notices of policies/errp with an expiry date that owes each of
// them today, and no other to a name that came to us today.
var stages = []struct {
	name  string
	until time.Duration // from now to expiry
}{{"month", 30 * 24 * time.Hour}, {"week", 6 * 24 * time.Hour}, {"expired", -2 * 24 * time.Hour}}

// sowAtOnce stays below the brake's floor (policies.errp.brake_floor, 50).
const sowAtOnce = 12

// sow adds names that are owed a notice, each to a holder of its own.
func (s *storm) sow(ctx context.Context) (err error) {
	db, err := store.Open(ctx, s.w.StoreConfig())
	if err != nil {
		return fmt.Errorf("sowing names: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	now := time.Now().UTC()
	var fresh []sown
	err = db.InTx(ctx, func(tx registrar.Tx) error {
		fresh = nil
		for range sowAtOnce {
			n := len(s.sown) + len(fresh)
			stage := stages[n%len(stages)]
			one := sown{ID: fmt.Sprintf("dom_owed%04d", n), Name: fmt.Sprintf("%s%04d.one", sownPrefix, n), Stage: stage.name, Email: fmt.Sprintf("holder-%d@example.org", n)}
			fresh = append(fresh, one)
			if err := insertSown(ctx, tx, s.w.Customer.ID, one, now, now.Add(stage.until)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sowing names: %w", err)
	}
	s.sown = append(s.sown, fresh...)
	return nil
}

func insertSown(ctx context.Context, tx registrar.Tx, customer string, s sown, now, expires time.Time) error {
	holder := registrar.ContactRef{ContactID: "con_" + s.ID, Version: 1}
	err := tx.InsertContactVersion(ctx, registrar.ContactVersion{
		ContactID: holder.ContactID, Version: 1, CustomerID: customer, CreatedAt: now, ContactData: registrar.ContactData{
			Name: "Grace Hopper", Street: []string{"1 Road"}, City: "London", PostalCode: "SW1Y 4JH", CountryCode: "GB", Phone: "+44.2079460123", Email: s.Email,
		},
	})
	if err != nil {
		return err
	}
	return tx.InsertDomain(ctx, registrar.Domain{
		ID: s.ID, Name: s.Name, UName: s.Name, TLD: "one", Registry: "alpha", CustomerID: customer, OwnerSystem: registrar.OwnerEngine,
		State: registrar.DomainActive, OrderedAt: now, ExpiresAt: &expires, ExpiresRaw: expires.Format(time.RFC3339), Registrant: holder,
	})
}

// newSlot sows names, kills two replicas, ends the slots of the jobs and starts
// both again: each must run the jobs once, the second while the first is at it.
func (s *storm) newSlot(ctx context.Context, replica int) error {
	if err := s.sow(ctx); err != nil {
		return err
	}
	one, other := s.w.Serves[replica], s.w.Serves[(replica+1)%len(s.w.Serves)]
	s.tally.kills += 2
	s.tally.slots += 2
	if err := errors.Join(one.Kill(), other.Kill(), s.endSlots(ctx)); err != nil {
		return err
	}
	if err := one.Start(); err != nil {
		return err
	}
	s.until(ctx, s.slotTaken)
	if err := errors.Join(s.endSlots(ctx), other.Start()); err != nil {
		return err
	}
	for _, serve := range s.w.Serves {
		if err := serve.WaitServing(ctx, s.w.API(serve), startLimit); err != nil {
			return err
		}
	}
	return nil
}

// noticeJob is the job whose slots the storm ends; production's are minutes long.
const noticeJob = "errp-notices"

// endSlots lets the next start of a scheduler run the notices, and go through
// all open windows again, as it would some hours later.
func (s *storm) endSlots(ctx context.Context) error {
	s.slotEnds = append(s.slotEnds, time.Now())
	if _, err := s.w.ours.ExecContext(ctx, `UPDATE policy_marks SET swept_at = swept_at - INTERVAL 7 HOUR`); err != nil {
		return fmt.Errorf("ending the slots of jobs: %w", err)
	}
	if _, err := s.w.ours.ExecContext(ctx, `UPDATE leases SET lease_until = 0 WHERE name = ?`, "job/"+noticeJob); err != nil {
		return fmt.Errorf("ending the slots of jobs: %w", err)
	}
	return nil
}

func (s *storm) slotTaken(ctx context.Context) bool {
	var n int
	err := s.w.ours.QueryRowContext(ctx, `SELECT COUNT(*) FROM leases WHERE name = ? AND lease_until > 0`, "job/"+noticeJob).Scan(&n)
	return err == nil && n > 0 // an error: the database is busy, try again
}
