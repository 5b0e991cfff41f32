package registrar_test

import (
	"testing"

	"github.com/indera/indera/registrar"
)

// TestInvitationEndsWithInviter: who held an owner's login can't come back by an
// invitation sent from it, whichever way the login was taken from them.
func TestInvitationEndsWithInviter(t *testing.T) {
	for name, shut := range map[string]func(d *desk, bob registrar.User, thief registrar.Session) error{
		"removed": func(d *desk, bob registrar.User, _ registrar.Session) error {
			return d.engine.RemoveUser(d.t.Context(), d.by, d.customer.ID, bob.ID)
		},
		"another role": func(d *desk, bob registrar.User, _ registrar.Session) error {
			return d.engine.ChangeRole(d.t.Context(), d.by, d.customer.ID, bob.ID, registrar.RoleTechnical)
		},
		"another role and back": func(d *desk, bob registrar.User, _ registrar.Session) error {
			d.must(d.engine.ChangeRole(d.t.Context(), d.by, d.customer.ID, bob.ID, registrar.RoleTechnical))
			return d.engine.ChangeRole(d.t.Context(), d.by, d.customer.ID, bob.ID, registrar.RoleOwner)
		},
		"a role taken past the engine": func(d *desk, bob registrar.User, _ registrar.Session) error {
			return d.store.InTx(d.t.Context(), func(tx registrar.Tx) error { return tx.SetRole(d.t.Context(), bob.ID, registrar.RoleBills) })
		},
		"gone past the engine": func(d *desk, bob registrar.User, _ registrar.Session) error {
			return d.store.InTx(d.t.Context(), func(tx registrar.Tx) error { return tx.RemoveUser(d.t.Context(), bob.ID, d.engine.Now()) })
		},
		"reset of the password": func(d *desk, bob registrar.User, _ registrar.Session) error {
			d.must(d.engine.RequestReset(d.t.Context(), registrar.Actor{}, bob.Email))
			_, err := d.engine.ResetPassword(d.t.Context(), registrar.Actor{}, d.ticket("password_reset", bob.Email), "another horse battery")
			return err
		},
		"sign out everywhere": func(d *desk, bob registrar.User, _ registrar.Session) error {
			_, err := d.engine.EndOtherSessions(d.t.Context(), d.by, bob.ID, "")
			return err
		},
		"sign out that browser": func(d *desk, bob registrar.User, thief registrar.Session) error {
			return d.engine.EndSession(d.t.Context(), d.by, bob.ID, thief.ID, registrar.EndElsewhere)
		},
		"this was not me": func(d *desk, bob registrar.User, _ registrar.Session) error {
			d.must(d.engine.RequestEmailChange(d.t.Context(), d.by, bob, "mallory@example.net"))
			return d.engine.DenyEmailChange(d.t.Context(), registrar.Actor{}, d.ticket("email_change_asked", bob.Email))
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			ctx := t.Context()
			bob := d.join("bob@example.org", registrar.RoleOwner)
			thief, err := d.engine.StartSession(ctx, registrar.Actor{}, bob, registrar.SessionStart{Door: registrar.DoorPortal, Method: registrar.ByPassword, Device: "d", Life: life})
			d.must(err)
			d.must(d.engine.Invite(ctx, d.by, bob, "mallory@example.org", registrar.RoleOwner))
			d.must(d.engine.Invite(ctx, d.by, bob, "second@example.org", registrar.RoleOwner))
			d.must(d.engine.Invite(ctx, d.by, d.user, "carol@example.org", registrar.RoleReadOnly))
			d.must(shut(d, bob, thief))
			for _, address := range []string{"mallory@example.org", "second@example.org"} {
				_, err = d.engine.AcceptInvitation(ctx, registrar.Actor{}, d.ticket("invitation", address), "Mallory", "correct horse")
				wantKind(t, err, registrar.KindInvalid, "bad_ticket")
			}
			// That of another owner works on.
			_, err = d.engine.AcceptInvitation(ctx, registrar.Actor{}, d.ticket("invitation", "carol@example.org"), "Carol", "correct horse")
			d.must(err)
		})
	}
}

// TestInviterWentMeanwhile: a request that began while its sender was an owner
// sends nothing once that is over.
func TestInviterWentMeanwhile(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	bob := d.join("bob@example.org", registrar.RoleOwner)
	d.must(d.engine.ChangeRole(ctx, d.by, d.customer.ID, bob.ID, registrar.RoleTechnical))
	wantKind(t, d.engine.Invite(ctx, d.by, bob, "mallory@example.org", registrar.RoleOwner), registrar.KindForbidden, "role")
	d.must(d.engine.RemoveUser(ctx, d.by, d.customer.ID, bob.ID))
	wantKind(t, d.engine.Invite(ctx, d.by, bob, "mallory@example.org", registrar.RoleOwner), registrar.KindForbidden, "role")
}

// TestStaffInvitationEndsWithInviter is the same among staff, where every step
// takes two.
func TestStaffInvitationEndsWithInviter(t *testing.T) {
	for name, shut := range map[string]func(d *desk, hedy, grace registrar.Actor) error{
		"disabled": func(d *desk, hedy, grace registrar.Actor) error {
			a, err := d.engine.DisableStaff(d.t.Context(), grace, hedy.ID, "left us")
			d.must(err)
			_, err = d.engine.Approve(d.t.Context(), member(d.t, d.store, registrar.RoleStaffOwner, "third"), a.ID, "")
			return err
		},
		"another role": func(d *desk, hedy, grace registrar.Actor) error {
			a, err := d.engine.AskStaffRole(d.t.Context(), grace, hedy.ID, registrar.RoleStaffAuditor, "less to do")
			d.must(err)
			_, err = d.engine.Approve(d.t.Context(), member(d.t, d.store, registrar.RoleStaffOwner, "third"), a.ID, "")
			return err
		},
		"disabled past the engine": func(d *desk, hedy, _ registrar.Actor) error {
			return d.store.InTx(d.t.Context(), func(tx registrar.Tx) error { return tx.DisableUser(d.t.Context(), hedy.ID, d.engine.Now()) })
		},
		"sign out everywhere": func(d *desk, hedy, _ registrar.Actor) error {
			_, err := d.engine.EndOtherSessions(d.t.Context(), hedy, hedy.ID, "")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			ctx := t.Context()
			hedy, grace := member(t, d.store, registrar.RoleStaffOwner, "hedy"), member(t, d.store, registrar.RoleStaffOwner, "grace")
			for by, address := range map[registrar.Actor]string{hedy: "mallory@example.org", grace: "rosa@example.org"} {
				a, err := d.engine.AskStaffInvite(ctx, by, address, registrar.RoleStaffOwner, "a new colleague")
				d.must(err)
				other := grace
				if by == grace {
					other = hedy
				}
				_, err = d.engine.Approve(ctx, other, a.ID, "")
				d.must(err)
			}
			d.must(shut(d, hedy, grace))
			_, err := d.engine.AcceptStaffInvitation(ctx, registrar.Actor{}, d.ticket("staff_invitation", "mallory@example.org"), "Mallory", "correct horse")
			wantKind(t, err, registrar.KindInvalid, "bad_ticket")
			_, err = d.engine.AcceptStaffInvitation(ctx, registrar.Actor{}, d.ticket("staff_invitation", "rosa@example.org"), "Rosa", "correct horse")
			d.must(err)
		})
	}
}
