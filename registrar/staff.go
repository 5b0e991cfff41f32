package registrar

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// StaffRoleName returns a role of staff in words: "compliance".
func StaffRoleName(r Role) string { return strings.TrimPrefix(string(r), "staff_") }

// ParseStaffRole reads a role by its name, for example "support".
func ParseStaffRole(name string) (Role, error) {
	role := Role("staff_" + strings.TrimSpace(name))
	return role, checkStaffRole(role)
}

func checkStaffRole(role Role) error {
	if slices.Contains(StaffRoles, role) {
		return nil
	}
	names := make([]string, 0, len(StaffRoles))
	for _, r := range StaffRoles {
		names = append(names, StaffRoleName(r))
	}
	return InvalidField("role", "unknown_role", "Please choose a role: %s.", strings.Join(names, ", "))
}

// staffMay returns the staff user behind an actor whose role allows an act.
// KindForbidden for everybody else, also for staff who act as a customer.
func (e *Engine) staffMay(ctx context.Context, r Reader, by Actor, p Permission) (User, error) {
	refused := Errorf(KindForbidden, "not_staff", "Only staff may do this.")
	if by.Kind != ActorStaff || by.ID == "" || by.For != "" {
		return User{}, refused
	}
	u, err := r.User(ctx, by.ID)
	if IsNotFound(err) || err == nil && (!u.IsStaff() || u.DisabledAt != nil) {
		return User{}, refused
	}
	if err != nil {
		return User{}, fmt.Errorf("reading staff user: %w", err)
	}
	if !u.Role.May(p) {
		return User{}, Errorf(KindForbidden, "role", "Your role (%s) does not allow this.", StaffRoleName(u.Role))
	}
	return u, nil
}

// staffOrSystem checks what staff do on a page and the operator does by a
// command on the machine itself.
func (e *Engine) staffOrSystem(ctx context.Context, by Actor, p Permission) error {
	if by.Kind == ActorSystem {
		return nil
	}
	_, err := e.staffMay(ctx, e.store, by, p)
	return err
}

// CreateStaff makes a login for one of us. It is for the command line, where the
// first ones come from; on the pages staff invite each other, which takes two.
func (e *Engine) CreateStaff(ctx context.Context, by Actor, name, email, password string, role Role) (User, error) {
	if by.Kind != ActorSystem {
		return User{}, Errorf(KindForbidden, "not_system", "Staff are invited by staff.")
	}
	if err := checkStaffRole(role); err != nil {
		return User{}, err
	}
	name, email, hash, err := e.credentials(name, email, password)
	if err != nil {
		return User{}, err
	}
	usr := User{ID: e.id(PrefixUser), Email: email, Name: name, Role: role, PasswordHash: hash, CreatedAt: e.Now()}
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := tx.InsertUser(ctx, usr); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "staff.create", "user", usr.ID, "", nil, map[string]any{"name": name, "email": email, "role": role}))
	})
	if err != nil {
		return User{}, fmt.Errorf("creating staff user: %w", err)
	}
	return usr, nil
}
