// Command chaos runs replicas of the registrar on one MariaDB against sandbox
// registries and a mail relay, lets customers order, renew and delegate over all
// of them, and meanwhile kills processes, cuts and delays connections, takes
// funds and the relay away and ends the slots of the jobs. When all is calm it
// compares the databases of both sides by SQL: every paid wish must have
// happened exactly once, every cent must be where it belongs, every notice that
// was owed was written once, and every mail arrived.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/indera/indera/test/rig"
)

// options of one run.
type options struct {
	short, keep bool
	seed        uint64
	asks        int
	atOnce      int
	replicas    int
	limit       time.Duration // of the run, once everything stands
	calmLimit   time.Duration // until nothing is open, once nothing disturbs
}

var errFindings = errors.New("promises were broken")

func main() {
	var o options
	flag.BoolVar(&o.short, "short", false, "60 asks instead of 300; neither registry nor database is killed")
	flag.BoolVar(&o.keep, "keep", false, "keep all data, also when nothing is wrong")
	flag.Uint64Var(&o.seed, "seed", 0, "of a run to be played again; 0 = a new one")
	flag.IntVar(&o.asks, "asks", 0, "how many; 0 = as the form says")
	flag.Parse()
	_ = mysql.SetLogger(&mysql.NopLogger{}) // only nil is refused; a database that was killed is no news
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o.withDefaults(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		stop()
		os.Exit(1)
	}
}

func (o options) withDefaults() options {
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano()) % 1_000_000_007
	}
	asks := 300
	o.atOnce, o.replicas, o.limit, o.calmLimit = 12, 3, 20*time.Minute, 2*time.Minute
	if o.short {
		asks = 60
		o.atOnce, o.replicas, o.limit, o.calmLimit = 8, 3, 220*time.Second, 90*time.Second
	}
	if o.asks == 0 {
		o.asks = asks
	}
	return o
}

func run(ctx context.Context, o options, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "indera-chaos-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	fmt.Fprintf(out, "chaos: seed %d, %d asks, data in %s\n", o.seed, o.asks, dir)
	start := time.Now()
	w, err := build(ctx, dir, o.replicas)
	if err != nil {
		return fmt.Errorf("%w (data in %s)", err, dir)
	}
	fmt.Fprintf(out, "chaos: everything runs after %.1f s\n", time.Since(start).Seconds())
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	err = play(ctx, o, w, out)
	fmt.Fprintf(out, "chaos: %.1f s in all\n", time.Since(start).Seconds())
	if err != nil || o.keep {
		return errors.Join(err, keep(dir, w, out), w.close())
	}
	return errors.Join(w.close(), os.RemoveAll(dir))
}

// buildLimit bounds compiling the program and starting everything.
const buildLimit = 5 * time.Minute

func build(ctx context.Context, dir string, replicas int) (*world, error) {
	ctx, cancel := context.WithTimeout(ctx, buildLimit)
	defer cancel()
	return newWorld(ctx, dir, replicas)
}

// play lets customers and storm loose, waits for calm and judges.
func play(ctx context.Context, o options, w *world, out io.Writer) error {
	var tlds []string
	for _, r := range w.Sandbox.Accounts() {
		tlds = append(tlds, r.TLDs...)
	}
	lives := makePlan(o.seed, o.asks, tlds)
	g := newGate()
	c := &customers{seed: o.seed, gate: g}
	for _, s := range w.Serves {
		c.apis = append(c.apis, w.API(s))
	}
	s := &storm{w: w, deck: makeDeck(o.seed, !o.short, len(w.registries), o.replicas), asks: o.asks, gate: g, out: out}
	asking, stopAsking := context.WithCancel(ctx)
	defer stopAsking()
	asked := make(chan struct{})
	go func() { defer close(asked); c.live(asking, lives, o.atOnce) }()
	reporting := tell(asking, o, c, s, out)
	if err := s.rage(ctx); err != nil {
		stopAsking()
		<-asked
		<-reporting
		return err
	}
	patience(ctx, o, w, c, asked)
	stopAsking()
	<-asked
	<-reporting
	return conclude(ctx, o, w, c, s, lives, out)
}

// hopeless is how long nothing may move before the customers give up.
const hopeless = 20 * time.Second

// patience waits until all asks are answered, or until no answer can come any
// more: then the verdict must not be held up.
func patience(ctx context.Context, o options, w *world, c *customers, asked <-chan struct{}) {
	answered, moved := c.done.Load(), time.Now()
	rig.Poll(ctx, o.calmLimit, func(ctx context.Context) bool {
		select {
		case <-asked:
			return true
		default:
		}
		f, err := loadFacts(ctx, w.ours)
		if n := c.done.Load(); err != nil || f.moving() || n != answered {
			answered, moved = n, time.Now()
		}
		return time.Since(moved) > hopeless
	})
}

// conclude waits until nothing is open, judges and prints.
func conclude(ctx context.Context, o options, w *world, c *customers, s *storm, lives []life, out io.Writer) error {
	calm := time.Now()
	if err := w.hurryMail(ctx); err != nil {
		return err
	}
	rig.Poll(ctx, o.calmLimit, func(ctx context.Context) bool {
		f, err := loadFacts(ctx, w.ours)
		return err == nil && !f.moving() && f.noticed() >= len(s.sown)
	})
	fmt.Fprintf(out, "chaos: calm after another %.1f s\n", time.Since(calm).Seconds())
	told := &verdict{}
	c.replay(ctx, told)
	f, v, err := w.judge(ctx)
	if err != nil {
		return err
	}
	v.findings = append(v.findings, told.findings...)
	judgeClients(v, c.results, lives, f)
	judgeMail(v, f, w.relay.Taken(), s.mayRepeat())
	judgeNotices(v, f, s.sown)
	judgeJobs(v, f.jobRuns, s.slotEnds)
	report(out, c, s, f, v)
	if !v.clean() {
		return errFindings
	}
	return nil
}

// tell prints a line of progress now and then.
func tell(ctx context.Context, o options, c *customers, s *storm, out io.Writer) <-chan struct{} {
	done := make(chan struct{})
	start := time.Now()
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			n := c.done.Load()
			fmt.Fprintf(out, "chaos: %4.0f s  step %d of %d, %d of %d asks done, %d requests, %d repeated\n", time.Since(start).Seconds(),
				s.at.Load(), len(s.deck), n, o.asks, c.requests.Load(), c.retries.Load())
			if int(n) == o.asks {
				return
			}
		}
	}()
	return done
}

// keep leaves a dump of the registrar's database beside the files of the run.
func keep(dir string, w *world, out io.Writer) error {
	dump := filepath.Join(dir, "indera.sql")
	f, err := os.OpenFile(dump, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keeping the database: %w", err)
	}
	host, port, err := net.SplitHostPort(w.Database.Addr())
	if err != nil {
		return errors.Join(fmt.Errorf("keeping the database: %w", err), f.Close())
	}
	cmd := exec.Command("mariadb-dump", "--host="+host, "--port="+port, "--protocol=tcp", "--user=root", rig.DatabaseName)
	cmd.Stdout, cmd.Stderr = f, os.Stderr
	err = errors.Join(cmd.Run(), f.Close())
	if err != nil {
		return fmt.Errorf("keeping the database: %w", err)
	}
	fmt.Fprintf(out, "chaos: logs, configuration, the registries' databases and %s are kept\n", dump)
	return nil
}
