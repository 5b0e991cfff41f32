package registrar

import (
	"errors"
	"fmt"
)

// Kind classifies an error once, so that each face (HTTP problem, page, CLI
// exit code) translates kinds and never texts.
type Kind string

// Kinds of errors. The zero value is unknown: faces hide its text.
const (
	KindUnknown           Kind = ""
	KindInvalid           Kind = "invalid"            // bad input; Field names it
	KindNotFound          Kind = "not_found"          // no such object, or not the asker's
	KindConflict          Kind = "conflict"           // state or a parallel change forbids it now
	KindProhibited        Kind = "prohibited"         // a status or policy forbids it
	KindInsufficientFunds Kind = "insufficient_funds" // balance minus holds is too small
	KindPriceChanged      Kind = "price_changed"      // the price shown is not today's price
	KindUnsupported       Kind = "unsupported"        // TLD or feature not sold here
	KindUnauthenticated   Kind = "unauthenticated"    // no or wrong credentials
	KindForbidden         Kind = "forbidden"          // known, but not allowed
	KindRateLimited       Kind = "rate_limited"       // try later
	KindUnavailable       Kind = "unavailable"        // a part we need is gone; nothing was done
	KindIdempotencyReuse  Kind = "idempotency_reuse"  // same key, other body
)

// Error is the engine's one error type. Detail is safe to show to the person
// who asked; the wrapped cause is for the log only.
type Error struct {
	Kind   Kind
	Code   string   // stable word for programs, for example "domain_not_active"
	Field  string   // the offending input field, or ""
	Detail string   // one sentence, safe to show
	Others []*Error // KindInvalid: what else is wrong with the same input
	cause  error
}

// Error returns the safe sentence and, for logs, the cause.
func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %v", e.Detail, e.cause)
	}
	return e.Detail
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Errorf builds an Error with a safe detail.
func Errorf(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// InvalidField builds a KindInvalid error about one input field.
func InvalidField(field, code, format string, args ...any) *Error {
	e := Errorf(KindInvalid, code, format, args...)
	e.Field = field
	return e
}

// findings collects what is wrong with one input, so that a person learns all of
// it at once.
type findings []*Error

// add notes a finding; it returns any other error, which ends the search.
func (f *findings) add(err error) error {
	var e *Error
	if err == nil {
		return nil
	}
	if !errors.As(err, &e) || e.Kind != KindInvalid {
		return err
	}
	*f = append(append(*f, e), e.Others...)
	return nil
}

// err returns the first finding, which carries the others; nil when there is none.
func (f findings) err() error {
	if len(f) == 0 {
		return nil
	}
	first := *f[0]
	first.Others = f[1:]
	return &first
}

// Because attaches a cause that only logs may show.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// KindOf returns the kind of err, KindUnknown when it is not ours.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindUnknown
}

// IsNotFound reports whether err says that an object does not exist.
func IsNotFound(err error) bool { return KindOf(err) == KindNotFound }

// codeOf returns the stable word of an error of ours, "" for any other.
func codeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// detailOf returns the safe sentence of err, or a plain one.
func detailOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Detail
	}
	return "This could not be done."
}
