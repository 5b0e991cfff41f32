package registrar

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/indera/indera/registrar/agreement"
)

// AgreementText is a registration agreement as people have read it.
type AgreementText struct {
	Digest string // hex SHA-256 over version, language, format and body
	agreement.Text
	KeptAt time.Time
}

func agreementDigest(t agreement.Text) string {
	sum := sha256.Sum256([]byte(t.Version + "\x00" + t.Language + "\x00" + string(t.Format) + "\x00" + t.Body))
	return hex.EncodeToString(sum[:])
}

// checkAgreements looks at the texts an engine is given; none means the sample.
func (o *Options) checkAgreements() error {
	if len(o.Agreements) == 0 {
		o.Agreements = []agreement.Text{agreement.Sample()}
	}
	seen := map[string]bool{}
	for _, t := range o.Agreements {
		if err := t.Check(); err != nil {
			return fmt.Errorf("registration agreement in %q: %w", t.Language, err)
		}
		if t.Version != o.Agreements[0].Version {
			return errors.New("the texts of the registration agreement have different versions")
		}
		key := strings.ToLower(t.Language)
		if seen[key] {
			return fmt.Errorf("the registration agreement is given twice in %q", t.Language)
		}
		seen[key] = true
	}
	return nil
}

// AgreementVersion returns the registration agreement in force.
func (e *Engine) AgreementVersion() string { return e.opt.Agreements[0].Version }

// Agreements returns the texts in force, one per language, the default first.
func (e *Engine) Agreements() []agreement.Text {
	return append([]agreement.Text(nil), e.opt.Agreements...)
}

// AgreementIn returns the text in force in a language (RFC 5646), else in its
// base language (de for de-AT, or the first of that base), else in the default one.
func (e *Engine) AgreementIn(language string) agreement.Text {
	base, _, _ := strings.Cut(language, "-")
	best, found := e.opt.Agreements[0], false
	for _, t := range e.opt.Agreements {
		if strings.EqualFold(t.Language, language) {
			return t
		}
		if b, _, _ := strings.Cut(t.Language, "-"); strings.EqualFold(b, base) && (!found || strings.EqualFold(t.Language, base)) {
			best, found = t, true
		}
	}
	return best
}

// agreementShown returns the text that an order says was shown; no language
// means the one that the customer would be shown.
func (e *Engine) agreementShown(a Agreement, c Customer) (agreement.Text, error) {
	t := e.AgreementIn(c.Language)
	if a.Version != t.Version {
		return t, InvalidField("agreement", "agreement_not_accepted", "Please accept the registration agreement, version %s.", t.Version)
	}
	if a.Language == "" {
		return t, nil
	}
	if t = e.AgreementIn(a.Language); !strings.EqualFold(t.Language, a.Language) {
		return t, InvalidField("agreement_language", "no_such_language", "The registration agreement is not given in this language.")
	}
	return t, nil
}

// OpenAgreements keeps the texts in force, so that each can be shown when another
// version is (RAA 3.7.7). A text that differs from the one kept under the same
// version and language is a conflict: what people have accepted under that name
// was other words. It is called at start, and no order is taken before it has
// succeeded.
func (e *Engine) OpenAgreements(ctx context.Context) error {
	e.agreementMu.Lock()
	defer e.agreementMu.Unlock()
	if e.agreementsKept {
		return nil
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		for _, t := range e.opt.Agreements {
			if err := e.keepAgreement(ctx, tx, t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keeping the agreement: %w", err)
	}
	e.agreementsKept = true
	return nil
}

// endOfTime asks for whatever was kept, also by a process whose clock is ahead.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

func (e *Engine) keepAgreement(ctx context.Context, tx Tx, t agreement.Text) error {
	text := AgreementText{Digest: agreementDigest(t), Text: t, KeptAt: e.Now()}
	kept, err := tx.AgreementText(ctx, t.Version, t.Language, endOfTime)
	if IsNotFound(err) {
		fresh, err := tx.InsertAgreementText(ctx, text)
		if err == nil && !fresh {
			err = Errorf(KindUnavailable, "agreement_busy", "Another process is keeping the registration agreement.")
		}
		return err
	}
	if err != nil {
		return err
	}
	if kept.Digest != text.Digest {
		return Errorf(KindConflict, "agreement_changed", "The text of the registration agreement in %q is not the one that version %s has had since %s. A changed text needs a new version.",
			t.Language, t.Version, kept.KeptAt.Format(time.DateOnly))
	}
	return nil
}

// AcceptedAgreement returns the text that was accepted with an order.
func (e *Engine) AcceptedAgreement(ctx context.Context, a Agreement) (AgreementText, error) {
	text, err := e.store.AgreementText(ctx, a.Version, a.Language, a.At)
	if IsNotFound(err) {
		return text, Errorf(KindNotFound, "no_such_text", "The text of version %s is not kept here: it was accepted before texts were kept.", a.Version)
	}
	if err != nil {
		return text, fmt.Errorf("reading the agreement: %w", err)
	}
	return text, nil
}
