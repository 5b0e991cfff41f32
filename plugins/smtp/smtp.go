// Package smtp hands outgoing mail to a relay: the implementation of
// registrar.Mailer on go-mail.
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/indera/indera/registrar"
)

// TLSMode says how the way to the relay is protected.
type TLSMode string

// TLS modes.
const (
	StartTLS TLSMode = "starttls" // required: no STARTTLS, no mail
	Implicit TLSMode = "implicit" // RFC 8314 §3.3
	NoTLS    TLSMode = "none"
)

// Options names the relay and the sender.
type Options struct {
	Host     string
	Port     int
	TLS      TLSMode
	User     string // "" = no login
	Password string
	From     string // address
	FromName string
	Hello    string        // our name in EHLO; "" = the machine's
	Timeout  time.Duration // one delivery, all together; 0 = 30 s
	TLSConf  *tls.Config   // nil = system roots and Host as name
}

// Mailer hands mail to one relay, one connection per mail.
type Mailer struct {
	opt    Options
	domain string // of From; right side of Message-ID
}

var _ registrar.Mailer = (*Mailer)(nil)

// New checks the options; it does not connect.
func New(opt Options) (*Mailer, error) {
	if opt.Timeout <= 0 {
		opt.Timeout = 30 * time.Second
	}
	if opt.Host == "" || opt.Port == 0 {
		return nil, errors.New("mail relay has no host or port")
	}
	switch opt.TLS {
	case StartTLS, Implicit, NoTLS:
	default:
		return nil, fmt.Errorf("%q is no TLS mode", opt.TLS)
	}
	_, domain, ok := strings.Cut(opt.From, "@")
	if !ok || domain == "" {
		return nil, errors.New("sender address has no domain")
	}
	return &Mailer{opt: opt, domain: domain}, nil
}

// Send returns when the relay has taken the mail. A recipient or content that
// the relay refuses for good (5xx) is KindInvalid; everything else, a refused
// login or sender included, may be tried again: it is ours to mend. Errors
// carry the reply code, never the recipient's address.
func (m *Mailer) Send(ctx context.Context, out registrar.Mail) error {
	msg, err := m.message(out)
	if err != nil {
		return registrar.Errorf(registrar.KindInvalid, "bad_mail", "The mail can't be addressed.").Because(hide(err, out.To))
	}
	client, err := m.client(ctx)
	if err != nil {
		return err
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("reaching the mail relay: %w", hide(err, out.To))
	}
	sendErr := client.SendWithSMTPClient(conn, msg)
	// After the relay said 250 the mail is its own: a failing QUIT must not make
	// us send it again. After an error the connection is of no use anyway.
	_ = client.CloseWithSMTPClient(conn)
	if sendErr == nil {
		return nil
	}
	if refusedForGood(sendErr) {
		return registrar.Errorf(registrar.KindInvalid, "mail_refused", "The mail was refused by the next hop.").Because(hide(sendErr, out.To))
	}
	return fmt.Errorf("handing over mail: %w", hide(sendErr, out.To))
}

// client returns a client whose time limit ends with ctx at the latest.
func (m *Mailer) client(ctx context.Context) (*mail.Client, error) {
	limit := m.opt.Timeout
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline))
	}
	if limit <= 0 {
		return nil, fmt.Errorf("handing over mail: %w", context.DeadlineExceeded)
	}
	opts := []mail.Option{mail.WithPort(m.opt.Port), mail.WithTimeout(limit), mail.WithoutNoop()}
	switch m.opt.TLS {
	case StartTLS:
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
	case Implicit:
		opts = append(opts, mail.WithSSL())
	case NoTLS:
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	}
	if m.opt.TLSConf != nil {
		opts = append(opts, mail.WithTLSConfig(m.opt.TLSConf.Clone()))
	}
	if m.opt.Hello != "" {
		opts = append(opts, mail.WithHELO(m.opt.Hello))
	}
	if m.opt.User != "" {
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.opt.User), mail.WithPassword(m.opt.Password))
	}
	client, err := mail.NewClient(m.opt.Host, opts...)
	if err != nil {
		return nil, fmt.Errorf("configuring the mail relay: %w", err)
	}
	return client, nil
}

// message builds the MIME message. The Message-ID is made of the mail's id, so
// that a mail handed over twice (killed between hand-over and noting it) can
// be recognised as one.
func (m *Mailer) message(out registrar.Mail) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(m.opt.FromName, m.opt.From); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := msg.AddToFormat(out.ToName, out.To); err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	msg.Subject(out.Subject)
	msg.SetDateWithValue(out.CreatedAt)
	msg.SetMessageIDWithValue(out.ID + "@" + m.domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: no vacation answers, please
	msg.SetBodyString(mail.TypeTextPlain, out.Text)
	if out.HTML != "" {
		msg.AddAlternativeString(mail.TypeTextHTML, out.HTML)
	}
	return msg, nil
}

// refusedForGood reports a 5xx about the recipient or the content. A 5xx to
// MAIL FROM is about us, and ours to mend.
func refusedForGood(err error) bool {
	var se *mail.SendError
	if !errors.As(err, &se) || se.ErrorCode() < 500 {
		return false
	}
	switch se.Reason {
	case mail.ErrSMTPRcptTo, mail.ErrSMTPData, mail.ErrSMTPDataClose:
		return true
	}
	return false
}

// hide rewrites an error without the recipient: logs carry ids, no contact data.
func hide(err error, to string) error {
	text := err.Error()
	if to != "" {
		text = strings.ReplaceAll(text, to, "[recipient]")
	}
	return errors.New(text)
}
