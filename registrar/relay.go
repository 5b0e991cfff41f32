package registrar

import (
	"context"
	"fmt"
	"strings"
)

// RelayMessage is what a stranger writes to the holder of a name through us.
type RelayMessage struct {
	From string // the stranger's e-mail address: the only way the holder can answer
	Text string
}

// relayText bounds a relayed message, in characters.
const relayText = 4000

// Relay hands a message to the registrant of an active name without telling the
// sender the address (the contact-uri of our directory answers leads here;
// Registration Data Policy §10.2: an e-mail address or a web form). The text is
// in the mail alone; the audit trail records that a message went, not what it
// said. Callers limit the rate.
func (e *Engine) Relay(ctx context.Context, by Actor, input string, m RelayMessage) error {
	from, err := NormalizeEmail(m.From)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(strings.ReplaceAll(m.Text, "\r\n", "\n"))
	if n := len([]rune(text)); n < 10 || n > relayText {
		return InvalidField("message", "bad_length", "Please write 10 to %d characters.", relayText)
	}
	name, err := ParseName(input)
	if err != nil {
		return err
	}
	reg, err := e.store.Registration(ctx, name.A)
	if err != nil {
		return err
	}
	if reg.Registrant.Email == "" || e.opt.Letters == nil {
		return Errorf(KindUnavailable, "no_relay", "Messages to the holder of %s can't be passed on.", name.U)
	}
	data := map[string]any{"Domain": name.U, "From": from, "Message": text}
	ev := Event{ID: e.id(PrefixEvent)}
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := e.insertMail(ctx, tx, ev, "contact_message", "en", reg.Registrant.Email, reg.Registrant.Name, data); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "domain.relay", "domain", reg.Domain.ID, reg.Domain.Name, nil, nil))
	})
	if err != nil {
		return fmt.Errorf("relaying a message: %w", err)
	}
	e.notice.publish()
	return nil
}
