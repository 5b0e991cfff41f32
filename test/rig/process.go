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
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Process is a child that dies with us.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// Run starts a program whose output is appended to logFile. The kernel kills
// it when this process ends, however that is; it ties this to the thread that
// forked, so a goroutine keeps that thread.
func Run(logFile, path string, args ...string) (*Process, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", filepath.Base(path), err)
	}
	p := &Process{cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended shows in its log; callers ask only whether
		}
		_ = log.Close() // the child had its own descriptor
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", filepath.Base(path), err)
	}
	return p, nil
}

// Exited reports whether the process has ended.
func (p *Process) Exited() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *Process) signal(sig os.Signal) error {
	err := p.cmd.Process.Signal(sig)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signalling process %d: %w", p.cmd.Process.Pid, err)
	}
	return nil
}

// Kill ends the process as a loss of power would (SIGKILL) and waits for it.
func (p *Process) Kill() error {
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.done
	return nil
}

// Pause stops the process where it stands (SIGSTOP); Resume lets it go on.
// It returns when the process stands still: the signal itself takes effect a
// little later.
func (p *Process) Pause() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for range 1000 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
		if err != nil {
			return fmt.Errorf("looking whether a process stands still: %w", err)
		}
		// The name in brackets may hold anything; the state follows it.
		if _, after, ok := strings.Cut(string(stat), ") "); ok && strings.HasPrefix(after, "T") {
			return nil
		}
		<-time.After(time.Millisecond)
	}
	return fmt.Errorf("process %d does not stand still", p.cmd.Process.Pid)
}

// Resume lets a paused process go on.
func (p *Process) Resume() error { return p.signal(syscall.SIGCONT) }

// Stop ends the process as its operator would (SIGTERM), by force after limit.
func (p *Process) Stop(limit time.Duration) error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
		return errors.Join(fmt.Errorf("process %d did not stop within %s", p.cmd.Process.Pid, limit), p.Kill())
	}
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
