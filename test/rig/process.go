// Package rig runs the product as its operator would: the built program, its
// own processes, a database server, sandbox registries, and a client of the
// API. The chaos run and the tests of bad days share it.
package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/indera/indera/test/child"
)

// Process is a child that dies with us.
type Process = child.Process

// Run starts a program whose output is appended to logFile.
func Run(logFile, path string, args ...string) (*Process, error) {
	return child.Run(logFile, path, args...)
}

// Poll asks every 20 ms until the condition holds or the limit is over; it
// returns whether it holds.
func Poll(ctx context.Context, limit time.Duration, holds func(context.Context) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if holds(ctx) {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// FreePorts returns n different TCP ports of loopback that nobody listens on.
func FreePorts(ctx context.Context, n int) ([]int, error) {
	var lc net.ListenConfig
	var held []net.Listener
	var ports []int
	var errs []error
	for range n {
		l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			errs = append(errs, err)
			break
		}
		held = append(held, l)
		ports = append(ports, l.Addr().(*net.TCPAddr).Port) // a TCP listener has a TCP address
	}
	for _, l := range held {
		errs = append(errs, l.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("finding free ports: %w", err)
	}
	return ports, nil
}

// Build compiles the program into dir and returns its path. It must run inside
// the module.
func Build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "indera")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/indera/indera/cmd/indera")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w: %s", err, out)
	}
	return path, nil
}
