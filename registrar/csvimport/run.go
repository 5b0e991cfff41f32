package csvimport

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sethvargo/go-retry"

	"github.com/indera/indera/registrar"
)

// Engine is what an import uses of the registrar; *registrar.Engine is one.
type Engine interface {
	PlanImports(ctx context.Context, rows []registrar.ImportRow, verify bool) ([]registrar.ImportPlan, error)
	NewProver() *registrar.Prover
	HoldImport(ctx context.Context, work func(ctx context.Context, lease string) error) error
	RecallImport(ctx context.Context, digest string, plans []*registrar.ImportPlan) error
	BeginImport(ctx context.Context, by registrar.Actor, run registrar.ImportRun) (registrar.ImportRun, error)
	ApplyImport(ctx context.Context, by registrar.Actor, run registrar.ImportRun, plans []*registrar.ImportPlan) (registrar.ImportRun, error)
	EndImport(ctx context.Context, by registrar.Actor, run registrar.ImportRun) (registrar.ImportRun, error)
}

// Progress is told how far a pass is; one pass after another.
type Progress interface {
	Begin(what string, bytes int64)
	At(bytes int64, rows int)
	End()
}

// Import is one file to be brought in.
type Import struct {
	Engine   Engine
	By       registrar.Actor
	Path     string
	Format   Format
	Report   string // path of the report; it is written anew by each pass
	Verify   bool   // ask the registry for each name
	Progress Progress
	// Retry is how long to wait before a registry that can't be asked is asked
	// again, doubled each time; 0 = one second.
	Retry time.Duration
}

// Summary is what a pass found.
type Summary struct {
	Rows         int
	Actions      map[registrar.ImportAction]int
	Examples     map[registrar.ImportAction][]string
	NewCustomers int
	Differing    int // rows that are taken although something differs
	Findings     map[string]int
}

const (
	chunkSize   = 500 // rows that are looked up together
	batchSize   = 50  // rows of one transaction
	maxExamples = 5
	tries       = 5 // of a registry that can't be asked
)

// Plan goes through the file and tells what would be done. With prove it asks
// the registries, too. It writes nothing but the report.
func (i *Import) Plan(ctx context.Context, prove bool) (Summary, error) {
	digest, err := digestOf(i.Path)
	if err != nil {
		return Summary{}, err
	}
	p := i.newPass("reading", digest)
	if prove {
		p.prover = i.Engine.NewProver()
	}
	err = p.run(ctx, i, func(context.Context, []*registrar.ImportPlan) error { return nil })
	return p.sum, err
}

// Apply goes through the file and does it. What was done before, by a run that
// was cut off, is found done. KindConflict "import_running" while another file is
// being brought in.
func (i *Import) Apply(ctx context.Context) (run registrar.ImportRun, sum Summary, err error) {
	err = i.Engine.HoldImport(ctx, func(ctx context.Context, lease string) error {
		run, sum, err = i.apply(ctx, lease)
		return err
	})
	return run, sum, err
}

func (i *Import) apply(ctx context.Context, lease string) (registrar.ImportRun, Summary, error) {
	digest, err := digestOf(i.Path)
	if err != nil {
		return registrar.ImportRun{}, Summary{}, err
	}
	run, err := i.Engine.BeginImport(ctx, i.By, registrar.ImportRun{File: base(i.Path), Digest: digest, Verify: i.Verify, Lease: lease})
	if err != nil {
		return run, Summary{}, err
	}
	p := i.newPass("importing", digest)
	if i.Verify {
		p.prover = i.Engine.NewProver()
	}
	err = p.run(ctx, i, func(ctx context.Context, plans []*registrar.ImportPlan) error {
		var err error
		run, err = i.Engine.ApplyImport(ctx, i.By, run, plans)
		return err
	})
	if err != nil {
		return run, p.sum, err
	}
	run, err = i.Engine.EndImport(ctx, i.By, run)
	return run, p.sum, err
}

// base is the file's name as it is kept: at most 255 characters.
func base(path string) string {
	name := []rune(filepath.Base(path))
	return string(name[max(0, len(name)-255):])
}

func digestOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("opening the file: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("reading the file: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// pass is one walk through the file.
type pass struct {
	what   string
	digest string // of the file
	prover *registrar.Prover
	sum    Summary
	report *report
	names  map[key]int  // of the file, with the line where each stands first
	people map[key]bool // addresses that get an account
}

// key stands for a name: a file may hold a million, and memory is bounded.
type key [16]byte

func keyOf(s string) key {
	sum := sha256.Sum256([]byte(s))
	return key(sum[:16])
}

func (i *Import) newPass(what, digest string) *pass {
	return &pass{what: what, digest: digest, names: make(map[key]int), people: make(map[key]bool), sum: Summary{
		Actions: make(map[registrar.ImportAction]int), Examples: make(map[registrar.ImportAction][]string), Findings: make(map[string]int),
	}}
}

// run reads, plans, proves, acts and reports in batches.
func (p *pass) run(ctx context.Context, i *Import, act func(context.Context, []*registrar.ImportPlan) error) (err error) {
	in, err := os.Open(i.Path)
	if err != nil {
		return fmt.Errorf("opening the file: %w", err)
	}
	defer in.Close() //nolint:errcheck // it was only read
	info, err := in.Stat()
	if err != nil {
		return fmt.Errorf("opening the file: %w", err)
	}
	out, err := os.OpenFile(i.Report, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the report: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if p.report, err = newReport(out); err != nil {
		return err
	}
	rows, err := NewReader(in, i.Format)
	if err != nil {
		return err
	}
	i.Progress.Begin(p.what, info.Size())
	defer i.Progress.End()
	for more := true; more; {
		var plans []*registrar.ImportPlan
		from := rows.csv.InputOffset()
		if plans, more, err = p.chunk(ctx, i, rows); err != nil {
			return errors.Join(err, p.report.flush())
		}
		done, size := 0, rows.csv.InputOffset()-from
		for batch := range slices.Chunk(plans, batchSize) {
			if err = p.finish(ctx, i, batch, act); err != nil {
				return errors.Join(err, p.report.flush())
			}
			done += len(batch)
			i.Progress.At(from+size*int64(done)/int64(len(plans)), p.sum.Rows)
		}
	}
	return nil
}

// chunk reads and plans the next rows; more is false at the end of the file.
func (p *pass) chunk(ctx context.Context, i *Import, rows *Reader) (plans []*registrar.ImportPlan, more bool, err error) {
	plans, read := make([]*registrar.ImportPlan, 0, chunkSize), make([]registrar.ImportRow, 0, chunkSize)
	for more = true; more && len(plans) < chunkSize; {
		row, flaw, err := rows.Next()
		switch {
		case errors.Is(err, io.EOF):
			more = false
		case err != nil:
			return nil, false, err
		case flaw != nil:
			plans = append(plans, &registrar.ImportPlan{Row: registrar.ImportRow{Line: flaw.Line}, Action: registrar.ImportRefuse,
				Findings: []registrar.ImportFinding{{Code: flaw.Code, Detail: flaw.Detail, Refuses: true}}})
		default:
			plans, read = append(plans, nil), append(read, row) // planned below
		}
	}
	planned, err := i.Engine.PlanImports(ctx, read, i.Verify)
	if err != nil {
		return nil, false, err
	}
	for n, plan := range plans {
		if plan == nil {
			plans[n], planned = &planned[0], planned[1:]
		}
		p.once(plans[n])
	}
	return plans, more, nil
}

// once refuses a name that stood in the file before.
func (p *pass) once(plan *registrar.ImportPlan) {
	if plan.Name.A == "" {
		return
	}
	k := keyOf(plan.Name.A)
	if first, twice := p.names[k]; twice {
		plan.Action = registrar.ImportRefuse
		plan.Findings = append(plan.Findings, registrar.ImportFinding{Column: "domain", Code: "twice", Refuses: true,
			Detail: fmt.Sprintf("The name stands in line %d, too; that row counts.", first)})
		return
	}
	p.names[k] = plan.Row.Line
}

// finish proves, acts and writes down what became of the rows.
func (p *pass) finish(ctx context.Context, i *Import, plans []*registrar.ImportPlan, act func(context.Context, []*registrar.ImportPlan) error) error {
	if p.prover != nil {
		if err := p.prove(ctx, i, plans); err != nil {
			return err
		}
	}
	if err := i.Engine.RecallImport(ctx, p.digest, plans); err != nil {
		return err
	}
	if err := act(ctx, plans); err != nil {
		return err
	}
	for _, plan := range plans {
		p.count(plan)
		if err := p.report.plan(plan); err != nil {
			return err
		}
	}
	return p.report.flush()
}

// prove asks again for a while when a registry can't be asked.
func (p *pass) prove(ctx context.Context, i *Import, plans []*registrar.ImportPlan) error {
	wait := i.Retry
	if wait <= 0 {
		wait = time.Second
	}
	err := retry.Do(ctx, retry.WithMaxRetries(tries-1, retry.NewExponential(wait)), func(ctx context.Context) error {
		return retry.RetryableError(p.prover.Prove(ctx, plans))
	})
	if err != nil {
		return fmt.Errorf("asking the registry: %w", err)
	}
	return nil
}

func (p *pass) count(plan *registrar.ImportPlan) {
	p.sum.Rows++
	p.sum.Actions[plan.Action]++
	if ex := p.sum.Examples[plan.Action]; len(ex) < maxExamples {
		p.sum.Examples[plan.Action] = append(ex, example(plan))
	}
	for _, f := range plan.Findings {
		p.sum.Findings[f.Code]++
	}
	if plan.Action == registrar.ImportRefuse {
		return
	}
	if len(plan.Findings) > 0 {
		p.sum.Differing++
	}
	if k := keyOf(plan.Email); plan.NewCustomer && !p.people[k] {
		p.people[k] = true
		p.sum.NewCustomers++
	}
}

// example tells a row in one line.
func example(plan *registrar.ImportPlan) string {
	name := plan.Name.U
	if name == "" {
		name = shorten(plan.Row.Domain)
	}
	text := fmt.Sprintf("line %d %s", plan.Row.Line, name)
	if plan.Action == registrar.ImportRefuse && len(plan.Findings) > 0 {
		text += ": " + plan.Findings[0].Detail
	}
	return text
}
