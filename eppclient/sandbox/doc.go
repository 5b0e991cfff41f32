// Package sandbox is a small, strict EPP registry: a server of our own that
// the demo, the tests and the chaos runs talk to as if it were a real one.
//
// It speaks EPP over TLS (RFC 5734) with client certificate and password,
// serves domain, contact and host objects (RFC 5730-5733) and the extensions it
// is configured to offer, keeps everything in a SQLite file, charges a prepaid
// account for what is billable, and can be told over a control port to act as a
// registry does (decide, change, announce) and to misbehave (delay, drop, cut,
// refuse, answer oddly).
//
// Layers inside the package, each knowing only the ones below it:
//
//	Server    listeners, sessions, login, faults, control port
//	registry  what a command does: rules of RFC 5731-5733, one SQL transaction each
//	decode    strict frames in: element order, cardinality and facets of the schemas
//	encode    frames out, always valid against the same schemas
//
// The package shares no type and no codec with the EPP client, so that a
// mistake there cannot be hidden by the same mistake here. The tables, the
// policies it picked where the RFCs leave a choice, and the control port are
// described in README.md beside this file.
package sandbox
