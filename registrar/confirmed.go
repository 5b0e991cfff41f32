package registrar

import "context"

// errNotConfirmed is what users are told who have not proved their address yet.
var errNotConfirmed = Errorf(KindForbidden, "address_not_confirmed", "Please confirm your own e-mail address first: open the link in the mail that we sent, or have it sent again under Security.")

// AddressConfirmed refuses what would outlive a session (second factors,
// passkeys, API tokens, webhooks, invitations) to a user who has not proved to
// read the mail of the address: the way back into the account leads there, and
// who typed another's address must not lock that other out. KindForbidden
// address_not_confirmed.
//
// Logins of staff are made by the operator or by a mailed ticket. Where no mail
// with secrets can be sent, nobody could prove an address, so nobody is asked to.
func (e *Engine) AddressConfirmed(user User) error {
	if user.EmailVerifiedAt != nil || user.CustomerID == "" || e.canMailSecrets() != nil {
		return nil
	}
	return errNotConfirmed
}

// addressConfirmed is AddressConfirmed for what the database says of a user now.
func (e *Engine) addressConfirmed(ctx context.Context, tx Tx, userID string) error {
	user, err := tx.User(ctx, userID)
	if err != nil {
		return err
	}
	return e.AddressConfirmed(user)
}

// makerConfirmed is addressConfirmed for who makes something of a customer: a
// token stands for its user, the operator needs no address.
func (e *Engine) makerConfirmed(ctx context.Context, tx Tx, by Actor, customerID string) error {
	userID := by.ID
	switch by.Kind {
	case ActorCustomer:
	case ActorToken:
		tokens, err := tx.TokensOf(ctx, customerID)
		if err != nil {
			return err
		}
		for _, t := range tokens {
			if t.ID == by.ID {
				userID = t.UserID
			}
		}
	default:
		return nil
	}
	return e.addressConfirmed(ctx, tx, userID)
}
