package registrar

import (
	"crypto/rand"
	"strings"

	"github.com/jonboulle/clockwork"
	"github.com/oklog/ulid/v2"
)

// Prefixes of ids: a reader of a log or a page sees what an id names.
const (
	PrefixCustomer   = "cus"
	PrefixUser       = "usr"
	PrefixToken      = "tok"
	PrefixSession    = "ses"
	PrefixPasskey    = "pky"
	PrefixContact    = "con"
	PrefixDomain     = "dom"
	PrefixOrder      = "ord"
	PrefixOrderLine  = "lin"
	PrefixOperation  = "op"
	PrefixCommand    = "cmd"
	PrefixAccount    = "acc"
	PrefixHold       = "hld"
	PrefixPosting    = "pst"
	PrefixEntry      = "ent"
	PrefixAudit      = "aud"
	PrefixEvent      = "evt"
	PrefixTranscript = "tsc"
	PrefixMail       = "mail"
	PrefixRestore    = "rst"
	PrefixFinding    = "fnd"
	PrefixWebhook    = "whk"
	PrefixDelivery   = "whd"
	PrefixAttempt    = "wha"
	PrefixApproval   = "apr"
	PrefixMessage    = "msg"
	PrefixDifference = "dif"
)

// NewID returns prefix, underscore and a ULID in lower case, for example
// "dom_01k9zq3v1c7p0e4v8n5j2x6r3w": unique across replicas, roughly sorted by
// time, never relied on for order.
func NewID(clock clockwork.Clock, prefix string) string {
	id := ulid.MustNew(ulid.Timestamp(clock.Now()), rand.Reader)
	return prefix + "_" + strings.ToLower(id.String())
}
