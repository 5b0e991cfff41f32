package registrar

import "context"

// inviterMay refuses an invitation whose inviter could not send it today: it
// stands for the rights of that person and ends with them. It is cancelled when
// they go; this holds whatever way they went.
func inviterMay(ctx context.Context, r Reader, t Ticket, p Permission) error {
	if t.UserID == "" {
		return errTicket
	}
	inviter, err := r.User(ctx, t.UserID)
	if IsNotFound(err) {
		return errTicket
	}
	if err != nil {
		return err
	}
	team := inviter.CustomerID
	if inviter.IsStaff() {
		team = staffTeam
	}
	if inviter.DisabledAt != nil || team != t.CustomerID || !inviter.Role.May(p) {
		return errTicket
	}
	return nil
}

// endInvitations cancels what a user invited others to and nobody accepted yet.
// Whoever held that login, even for a moment, would come back by one.
func (e *Engine) endInvitations(ctx context.Context, tx Tx, userID string) error {
	return e.cancelTickets(ctx, tx, userID, TicketInvite, TicketStaff)
}
