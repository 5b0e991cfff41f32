package sandbox

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
)

// entry is one movement on a prepaid account. Charges are negative.
type entry struct {
	account, verb string
	domain, roid  string
	years         int
	amount        int64
}

// book changes the balance and writes the ledger row. A charge the balance
// does not cover is 2104 and changes nothing (the transaction rolls back).
func (w *work) book(e entry) error {
	var balance int64
	var currency string
	err := w.tx.QueryRowContext(w.ctx, `UPDATE accounts SET balance_minor = balance_minor + ?1
		WHERE client_id = ?2 AND balance_minor + ?1 >= 0 RETURNING balance_minor, currency`,
		e.amount, e.account).Scan(&balance, &currency)
	if err == sql.ErrNoRows {
		return refuse(2104, "the prepaid balance does not cover this command")
	}
	if err != nil {
		return err
	}
	if err := w.warnLowBalance(e.account, balance-e.amount, balance); err != nil {
		return err
	}
	return w.exec(`INSERT INTO ledger (at, account, cl_trid, sv_trid, verb, domain, domain_roid, years,
		amount_minor, currency, balance_minor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		w.now, e.account, w.clTRID, w.svTRID, e.verb, e.domain, e.roid, e.years, e.amount, currency, balance)
}

// seedAccounts adds accounts of the configuration that the file does not have
// yet, with their opening balance, and follows a changed configured password.
// Accounts no longer configured keep their rows and objects but cannot log in.
func (r *registry) seedAccounts(ctx context.Context) error {
	return inTx(ctx, r.db.writer, func(tx *sql.Tx) error {
		w := r.work(ctx, tx, caller{}, "", r.newSvTRID())
		for _, a := range r.cfg.Accounts {
			if err := w.seedAccount(a); err != nil {
				return fmt.Errorf("%s: %w", a, err)
			}
		}
		return nil
	})
}

func (w *work) seedAccount(a Account) error {
	seed, found, err := value[string](w, `SELECT seed FROM accounts WHERE client_id = ?`, a.ClientID)
	if err != nil {
		return err
	}
	if found && checkPassword(seed, a.Password) {
		return nil
	}
	digest, err := hashPassword(a.Password)
	if err != nil {
		return err
	}
	if found {
		return w.exec(`UPDATE accounts SET password = ?1, seed = ?1 WHERE client_id = ?2`, digest, a.ClientID)
	}
	if err := w.exec(`INSERT INTO accounts (client_id, currency, balance_minor, password, seed, created_at)
		VALUES (?, ?, 0, ?, ?, ?)`, a.ClientID, a.Currency, digest, digest, w.now); err != nil {
		return err
	}
	if a.OpeningBalanceMinor == 0 {
		return nil
	}
	return w.book(entry{account: a.ClientID, verb: "topup", amount: a.OpeningBalanceMinor})
}

// passwordRounds is low on purpose: the demo opens many sessions, and the
// passwords of a sandbox guard nothing.
const passwordRounds = 4096

// hashPassword gives "salt$digest" in hex, PBKDF2-SHA256.
func hashPassword(password string) (string, error) {
	salt := make([]byte, 16)
	rand.Read(salt) // never fails, crypto/rand since Go 1.24
	digest, err := pbkdf2.Key(sha256.New, password, salt, passwordRounds, sha256.Size)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(salt) + "$" + hex.EncodeToString(digest), nil
}

// checkPassword compares in constant time; a damaged record matches nothing.
func checkPassword(record, password string) bool {
	saltHex, digestHex, _ := strings.Cut(record, "$")
	salt, err := hex.DecodeString(saltHex)
	if err != nil {
		return false
	}
	digest, err := pbkdf2.Key(sha256.New, password, salt, passwordRounds, sha256.Size)
	if err != nil {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(hex.EncodeToString(digest)), []byte(digestHex)) == 1
}

func (r *registry) passwordMatches(ctx context.Context, clientID, password string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	var record string
	err := r.db.reader.QueryRowContext(ctx, `SELECT password FROM accounts WHERE client_id = ?`, clientID).Scan(&record)
	if err != nil {
		return false, fmt.Errorf("reading account: %w", err)
	}
	return checkPassword(record, password), nil
}

// setPassword is <newPW>: it holds for the next login and for every restart.
func (r *registry) setPassword(ctx context.Context, clientID, password string) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	digest, err := hashPassword(password)
	if err != nil {
		return err
	}
	_, err = r.db.writer.ExecContext(ctx, `UPDATE accounts SET password = ? WHERE client_id = ?`, digest, clientID)
	if err != nil {
		return fmt.Errorf("storing the new password: %w", err)
	}
	return nil
}
