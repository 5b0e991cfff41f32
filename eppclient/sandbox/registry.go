package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
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

	boot      int64 // how often this database was opened; part of every svTRID
	sequence  atomic.Int64
	nextPurge atomic.Int64 // Unix ms of the earliest purge_at; MaxInt64 when none
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
		return r.findNextPurge(r.work(ctx, tx, "", "", r.newSvTRID()))
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

func (r *registry) work(ctx context.Context, tx *sql.Tx, clientID, clTRID, svTRID string) *work {
	return &work{ctx: ctx, tx: tx, reg: r, now: formatTime(r.now()), clientID: clientID,
		clTRID: clTRID, svTRID: svTRID}
}

// execute runs one decoded command for a logged-in client. Transforms run in
// one writing transaction: all of it happens or nothing. The error is a
// *refusal for everything the client is to blame for.
func (r *registry) execute(ctx context.Context, clientID, clTRID, svTRID string, req *request) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	if err := r.purgeDue(ctx); err != nil {
		return reply{}, err
	}
	pool, handle, transform := r.db.reader, queries[req.object+" "+req.verb], false
	if handle == nil {
		pool, handle, transform = r.db.writer, transforms[req.object+" "+req.verb], true
	}
	if handle == nil {
		return reply{}, refuse(2101, "%s %s", req.object, req.verb)
	}
	var out reply
	err := inTx(ctx, pool, func(tx *sql.Tx) error {
		w := r.work(ctx, tx, clientID, clTRID, svTRID)
		var err error
		if out, err = handle(w, req); err != nil || !transform {
			return err
		}
		return w.exec(`INSERT INTO transforms (at, account, cl_trid, sv_trid, verb, object, name, code)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			w.now, clientID, clTRID, svTRID, req.verb, req.object, req.keys[0], out.code)
	})
	return out, err
}

type handler func(*work, *request) (reply, error)

// queries only read and may run side by side.
var queries = map[string]handler{
	" poll":           poll,
	"domain check":    checkDomains,
	"domain info":     infoDomain,
	"domain transfer": transferDomain,

	"contact check":    checkContacts,
	"contact info":     infoContact,
	"contact transfer": transferContact,

	"host check": checkHosts,
	"host info":  infoHost,
}

// transforms change objects and are recorded.
var transforms = map[string]handler{
	"domain create": createDomain,
	"domain update": updateDomain,
	"domain renew":  renewDomain,
	"domain delete": deleteDomain,

	"contact create": createContact,
	"contact update": updateContact,
	"contact delete": deleteContact,

	"host create": createHost,
	"host update": updateHost,
	"host delete": deleteHost,
}

// poll serves a queue that is always empty: nothing in this registry happens
// behind the client's back.
func poll(_ *work, req *request) (reply, error) {
	c := req.body.(*pollCmd)
	switch {
	case c.op == "req":
		return reply{code: 1300}, nil
	case c.msgID == "":
		return reply{}, refuse(2003, "attribute msgID is missing").at(nsEPP, "poll", "")
	default:
		return reply{}, refuse(2303, "no such message").at(nsEPP, "poll", "")
	}
}

// purgeDue removes domains whose pendingDelete is over, before anything looks
// at them. Between due dates it costs one comparison.
func (r *registry) purgeDue(ctx context.Context) error {
	if r.nextPurge.Load() > r.now().UnixMilli() {
		return nil
	}
	err := inTx(ctx, r.db.writer, func(tx *sql.Tx) error {
		w := r.work(ctx, tx, "", "", r.newSvTRID())
		due, err := w.texts(`SELECT name FROM domains WHERE purge_at <= ?`, w.now)
		if err != nil {
			return err
		}
		for _, name := range due {
			if err := w.purgeDomain(name); err != nil {
				return fmt.Errorf("purging %s: %w", name, err)
			}
		}
		return r.findNextPurge(w)
	})
	if err != nil {
		r.nextPurge.Store(0) // whatever was found may be rolled back: look again
	}
	return err
}

// findNextPurge is called while the writing connection is held, so no delete
// can slip between the query and the store.
func (r *registry) findNextPurge(w *work) error {
	at, found, err := value[string](w, `SELECT purge_at FROM domains WHERE purge_at IS NOT NULL ORDER BY purge_at LIMIT 1`)
	if err != nil {
		return err
	}
	next := int64(math.MaxInt64)
	if found {
		t, err := time.Parse(timeLayout, at)
		if err != nil {
			return err
		}
		next = t.UnixMilli()
	}
	r.nextPurge.Store(next)
	return nil
}

// checkBatch refuses a check of too many objects.
func (w *work) checkBatch(req *request) error {
	if limit := w.reg.cfg.MaxCheckNames; len(req.keys) > limit {
		return refuse(2306, "at most %d objects in one check", limit)
	}
	return nil
}
