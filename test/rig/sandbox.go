package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/indera/indera/eppclient/sandbox/pki"
)

// SandboxRegistry is one process of indera sandbox, seen from both sides.
type SandboxRegistry struct {
	Name          string
	TLDs          []string
	ClientID      string
	Create, Renew int64  // what a year costs, in minor units
	EPP           string // host:port
	Control       *Control
	DatabasePath  string
	LogFile       string

	dir, passwordFile, controlAddr string
	command                        []string
	client                         pki.Pair
	caFile                         string
	proc                           *Process
}

// Sandbox is the set of upstream registries of a deployment.
type Sandbox struct{ Registries []*SandboxRegistry }

const (
	registryPassword = "rig-Password1"
	// manySessions: those of a killed process count until their leases expire.
	manySessions = 40
)

// NewSandbox prepares two registries with two endings each; ports stay the
// same over restarts.
func NewSandbox(ctx context.Context, binary, dir string) (*Sandbox, error) {
	s := &Sandbox{Registries: []*SandboxRegistry{
		{Name: "alpha", TLDs: []string{"one", "two"}, ClientID: "rig-alpha", Create: 850, Renew: 850},
		{Name: "beta", TLDs: []string{"three", "four"}, ClientID: "rig-beta", Create: 1130, Renew: 990},
	}}
	for _, r := range s.Registries {
		if err := r.prepare(ctx, binary, filepath.Join(dir, "registry-"+r.Name)); err != nil {
			return nil, fmt.Errorf("preparing registry %s: %w", r.Name, err)
		}
	}
	return s, nil
}

func (r *SandboxRegistry) prepare(ctx context.Context, binary, dir string) error {
	r.dir, r.LogFile, r.passwordFile = dir, dir+".log", dir+".password"
	r.DatabasePath = filepath.Join(dir, r.Name+".db")
	if err := os.WriteFile(r.passwordFile, []byte(registryPassword+"\n"), 0o600); err != nil {
		return err
	}
	// The process uses these certificates when it finds them.
	bundle, err := pki.Ensure(filepath.Join(dir, "pki"), time.Now(), r.ClientID)
	if err != nil {
		return err
	}
	r.caFile, r.client = bundle.CAFile, bundle.Clients[r.ClientID]
	ports, err := FreePorts(ctx, 2)
	if err != nil {
		return err
	}
	r.EPP, r.controlAddr = fmt.Sprintf("127.0.0.1:%d", ports[0]), fmt.Sprintf("127.0.0.1:%d", ports[1])
	r.Control = NewControl("http://" + r.controlAddr)
	r.command = []string{binary, "sandbox", "--name", r.Name, "--data", dir, "--listen", r.EPP, "--control", r.controlAddr,
		"--client-id", r.ClientID, "--password-file", r.passwordFile, "--tld", strings.Join(r.TLDs, ","),
		"--price-create", strconv.FormatInt(r.Create, 10), "--price-renew", strconv.FormatInt(r.Renew, 10), "--sessions", strconv.Itoa(2 * manySessions)}
	return nil
}

// Accounts are the registries as serve is told of them.
func (s *Sandbox) Accounts() []Registry {
	var out []Registry
	for _, r := range s.Registries {
		out = append(out, Registry{
			Name: r.Name, Address: r.EPP, CAFile: r.caFile, CertFile: r.client.CertFile, KeyFile: r.client.KeyFile,
			ClientID: r.ClientID, PasswordFile: r.passwordFile, TLDs: r.TLDs, Sessions: manySessions,
			RegisterCost: decimal(r.Create), RenewCost: decimal(r.Renew), Register: decimal(r.Create * 3 / 2), RenewSale: decimal(r.Renew * 3 / 2),
		})
	}
	return out
}

func decimal(minor int64) string { return fmt.Sprintf("%d.%02d", minor/100, minor%100) }

// Start runs the process and waits until its control port answers.
func (r *SandboxRegistry) Start(ctx context.Context) error {
	p, err := Run(r.LogFile, r.command[0], r.command[1:]...)
	if err != nil {
		return err
	}
	r.proc = p
	up := Poll(ctx, StartLimit, func(ctx context.Context) bool {
		_, err := r.Control.Faults(ctx)
		return err == nil || p.Exited()
	})
	if !up || p.Exited() {
		return fmt.Errorf("registry %s did not start; its log is %s", r.Name, r.LogFile)
	}
	return nil
}

// Kill ends it as a loss of power would.
func (r *SandboxRegistry) Kill() error {
	if r.proc == nil {
		return nil
	}
	return r.proc.Kill()
}

// Start runs all registries.
func (s *Sandbox) Start(ctx context.Context) error {
	for _, r := range s.Registries {
		if err := r.Start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Kill ends all of them.
func (s *Sandbox) Kill() error {
	return s.all((*SandboxRegistry).Kill)
}

// Pause freezes all of them: connections stay open and nothing is answered.
func (s *Sandbox) Pause() error {
	return s.all(func(r *SandboxRegistry) error { return r.proc.Pause() })
}

// Resume lets them go on.
func (s *Sandbox) Resume() error {
	return s.all(func(r *SandboxRegistry) error { return r.proc.Resume() })
}

func (s *Sandbox) all(do func(*SandboxRegistry) error) error {
	var errs []error
	for _, r := range s.Registries {
		errs = append(errs, do(r))
	}
	return errors.Join(errs...)
}
