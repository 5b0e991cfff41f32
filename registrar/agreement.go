package registrar

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// AgreementText is a registration agreement as people have read it.
type AgreementText struct {
	Digest   string // hex SHA-256 over version, language and body
	Version  string
	Language string // RFC 5646
	Body     string // HTML of ours, safe to show
	KeptAt   time.Time
}

// KeepAgreement keeps the text that is about to be accepted, once, so that it can
// be shown when the version in force is another (RAA 3.7.7). A text that changed
// under the same version is kept beside the one before.
func (e *Engine) KeepAgreement(ctx context.Context, version, language, body string) error {
	sum := sha256.Sum256([]byte(version + "\x00" + language + "\x00" + body))
	digest := hex.EncodeToString(sum[:])
	e.agreementMu.Lock()
	defer e.agreementMu.Unlock()
	if e.agreementKept == digest {
		return nil
	}
	text := AgreementText{Digest: digest, Version: version, Language: language, Body: body, KeptAt: e.Now()}
	err := e.store.InTx(ctx, func(tx Tx) error {
		_, err := tx.InsertAgreementText(ctx, text)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping the agreement: %w", err)
	}
	e.agreementKept = digest
	return nil
}

// AcceptedAgreement returns the text that was accepted with an order.
func (e *Engine) AcceptedAgreement(ctx context.Context, a Agreement) (AgreementText, error) {
	text, err := e.store.AgreementText(ctx, a.Version, a.Language, a.At)
	if IsNotFound(err) {
		return text, Errorf(KindNotFound, "no_such_text", "The text of version %s is not kept here: it was accepted through the API, or before texts were kept.", a.Version)
	}
	if err != nil {
		return text, fmt.Errorf("reading the agreement: %w", err)
	}
	return text, nil
}
