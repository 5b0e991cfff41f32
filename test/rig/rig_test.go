package rig

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	for _, tt := range []struct {
		amount string
		n      int
		want   string
	}{{"12.75", 2, "25.50"}, {"0.05", 1, "0.05"}, {"9.99", 10, "99.90"}} {
		if got, err := times(tt.amount, tt.n); err != nil || got != tt.want {
			t.Errorf("%d times %s is %q, %v", tt.n, tt.amount, got, err)
		}
	}
	if got, err := times("twelve", 1); err == nil {
		t.Errorf("nonsense is %q", got)
	}
	if got := decimal(1205); got != "12.05" {
		t.Errorf("1205 is %q", got)
	}
}

// TestProcess starts a process that never ends by itself, freezes and kills it.
func TestProcess(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	p, err := Run(log, "sh", "-c", "echo hello; while :; do read -r line || exec sleep 1000; done")
	if err != nil {
		t.Fatal(err)
	}
	hello := func(context.Context) bool {
		b, err := os.ReadFile(log)
		return err == nil && strings.Contains(string(b), "hello")
	}
	if !Poll(t.Context(), 10*time.Second, hello) {
		t.Error("its output is not in the log")
	}
	if err := p.Pause(); err != nil || p.Exited() {
		t.Errorf("frozen: %v, ended %v", err, p.Exited())
	}
	if err := p.Resume(); err != nil {
		t.Error(err)
	}
	if err := p.Kill(); err != nil || !p.Exited() {
		t.Errorf("killed: %v, ended %v", err, p.Exited())
	}
	if err := p.Stop(time.Second); err != nil {
		t.Errorf("stopping what has ended: %v", err)
	}
	if _, err := Run(log, filepath.Join(t.TempDir(), "nothing")); err == nil {
		t.Error("a program that is not there starts")
	}
}

func TestPollGivesUp(t *testing.T) {
	asked := 0
	if Poll(t.Context(), 50*time.Millisecond, func(context.Context) bool { asked++; return false }) || asked < 2 {
		t.Errorf("asked %d times", asked)
	}
}

func TestFreePorts(t *testing.T) {
	ports, err := FreePorts(t.Context(), 5)
	seen := map[int]bool{}
	for _, p := range ports {
		seen[p] = true
	}
	if err != nil || len(seen) != 5 {
		t.Errorf("ports %v, %v", ports, err)
	}
}
