package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// commandTimeout bounds one command's database work, waiting for the writer included.
const commandTimeout = 30 * time.Second

// registry is the server without its network side: the objects, the rules and
// the money. It is safe for concurrent use.
type registry struct {
	cfg      Config
	db       *database
	tlds     map[string]*TLD
	premium  map[string]bool
	reserved map[string]bool

	boot     int64 // how often this database was opened; part of every svTRID
	sequence atomic.Int64
	nextDue  atomic.Int64 // Unix ms of the earliest thing that happens by itself; MaxInt64 when none
	reviews  reviews
	memory   fredMemory
	offers   []extension // what the greeting announces beside the core
}

func newRegistry(ctx context.Context, cfg Config) (*registry, error) {
	r := &registry{cfg: cfg, tlds: map[string]*TLD{}, premium: map[string]bool{}, reserved: map[string]bool{}}
	for i, t := range cfg.TLDs {
		r.tlds[t.Name] = &cfg.TLDs[i]
		for _, name := range t.Premium {
			r.premium[fold(name)] = true
		}
		for _, name := range t.Reserved {
			r.reserved[fold(name)] = true
		}
	}
	r.offers = offered(cfg.Extensions)
	if r.fred() {
		r.offers = fredOffers
	}
	if r.ua() {
		r.offers = uaOffers
	}
	db, err := openDatabase(ctx, cfg.DatabasePath)
	if err != nil {
		return nil, err
	}
	r.db = db
	if err := r.start(ctx); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return r, nil
}

func (r *registry) start(ctx context.Context) error {
	err := r.db.writer.QueryRowContext(ctx,
		`UPDATE sequences SET value = value + 1 WHERE name = 'boot' RETURNING value`).Scan(&r.boot)
	if err != nil {
		return fmt.Errorf("counting the start: %w", err)
	}
	if err := r.seedAccounts(ctx); err != nil {
		return fmt.Errorf("seeding accounts: %w", err)
	}
	return inTx(ctx, r.db.writer, func(tx *sql.Tx) error {
		return r.findNextDue(r.work(ctx, tx, caller{}, "", r.newSvTRID()))
	})
}

// newSvTRID is unique over restarts, for example "sandbox-a-3-1017".
func (r *registry) newSvTRID() string {
	return fmt.Sprintf("%s-%d-%d", r.cfg.Name, r.boot, r.sequence.Add(1))
}

// now is the business time to the millisecond, as it is stored.
func (r *registry) now() time.Time {
	return r.cfg.Clock.Now().UTC().Truncate(time.Millisecond)
}

func (r *registry) work(ctx context.Context, tx *sql.Tx, who caller, clTRID, svTRID string) *work {
	return &work{ctx: ctx, tx: tx, reg: r, now: formatTime(r.now()), caller: who, clTRID: clTRID, svTRID: svTRID}
}

// caller is who gives a command: the account and the namespaces of its session.
type caller struct {
	clientID   string
	objects    []string
	extensions []string
}

// uses reports whether the session logged in with an extension.
func (c caller) uses(uri string) bool { return slices.Contains(c.extensions, uri) }

// execute runs one decoded command for a logged-in client. Transforms run in
// one writing transaction: all of it happens or nothing. The error is a
// *refusal for everything the client is to blame for.
func (r *registry) execute(ctx context.Context, who caller, clTRID, svTRID string, req *request) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	if err := r.runDue(ctx); err != nil {
		return reply{}, err
	}
	reads, writes := r.handlers()
	pool, handle, transform := r.db.reader, reads[req.kind()], false
	if handle == nil {
		pool, handle, transform = r.db.writer, writes[req.kind()], true
	}
	if handle == nil {
		return reply{}, refuse(2101, "%s %s", req.object, req.verb)
	}
	review := transform && !r.fred() && r.reviews.wants(req)
	var out reply
	err := inTx(ctx, pool, func(tx *sql.Tx) error {
		w := r.work(ctx, tx, who, clTRID, svTRID)
		var err error
		if review {
			out, err = w.forReview(req, handle)
		} else {
			out, err = handle(w, req)
		}
		echoSubProduct(&out, req)
		if err != nil || !transform || req.verb == "poll" {
			return err
		}
		return w.exec(`INSERT INTO transforms (at, account, cl_trid, sv_trid, verb, object, name, code)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			w.now, who.clientID, clTRID, svTRID, req.verb, req.object, req.keys[0], out.code)
	})
	if err != nil && transform {
		r.nextDue.Store(0) // whatever was lowered may be rolled back: look again
	}
	if err != nil && review {
		r.reviews.giveBack(req)
	}
	return out, err
}

// kind names the handler of a request: "domain create", "domain transfer query"
// or "poll ack".
func (req *request) kind() string {
	switch req.verb {
	case "transfer":
		if req.op == "query" {
			return req.object + " transfer query"
		}
	case "poll":
		return "poll " + req.body.(*pollCmd).op
	}
	return req.object + " " + req.verb
}

type handler func(*work, *request) (reply, error)

// queries only read and may run side by side.
var queries = map[string]handler{
	"poll req": pollRequest,

	"domain check":          checkDomains,
	"domain info":           infoDomain,
	"domain transfer query": queryTransfer,

	"contact check":          checkContacts,
	"contact info":           infoContact,
	"contact transfer query": queryTransfer,

	"host check": checkHosts,
	"host info":  infoHost,

	"maintenance info": infoMaintenance,
	"balance info":     infoBalance,
	"uabalance info":   infoContract,
}

// transforms change objects and are recorded, all but the ack of a message.
var transforms = map[string]handler{
	"poll ack": pollAck,

	"domain create":   createDomain,
	"domain update":   updateDomain,
	"domain renew":    renewDomain,
	"domain delete":   deleteDomain,
	"domain transfer": transferDomain,

	"contact create":   createContact,
	"contact update":   updateContact,
	"contact delete":   deleteContact,
	"contact transfer": transferContact,

	"host create": createHost,
	"host update": updateHost,
	"host delete": deleteHost,
}

// checkBatch refuses a check of too many objects.
func (w *work) checkBatch(req *request) error {
	if limit := w.reg.cfg.MaxCheckNames; len(req.keys) > limit {
		return refuse(2306, "at most %d objects in one check", limit)
	}
	return nil
}
