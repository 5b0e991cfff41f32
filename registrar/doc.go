// Package registrar is the engine: the words of the field as types, the use
// cases that change them, and the small ports they need (Store, Registry,
// Mailer). It keeps one promise above all: a billable EPP transform happens
// exactly once per paid order line, whatever crashes.
//
// How a registration flows:
//
//	PlaceOrder  one transaction: order paid, ledger hold, commands journalled
//	Worker      claims a command, marks it sent (committed), sends the frame
//	settle      one transaction: result, domain state, ledger, cost, audit
//	Reconciler  decides a sent command whose reply never came, by <info>
//
// The package imports no adapter, no database and no face; cmd joins them.
package registrar
