package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/cmd/indera/config"
)

const installed = "/usr/local/bin/indera"

// unit reads the values of a key in a unit file, in order.
func unit(t *testing.T, text, key string) []string {
	t.Helper()
	var out []string
	for _, line := range strings.Split(text, "\n") {
		if v, ok := strings.CutPrefix(line, key+"="); ok {
			out = append(out, v)
		}
	}
	return out
}

func units(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"systemd/*.service", "systemd/*.timer"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.Base(f)] = string(raw)
		}
	}
	if len(out) != 4 {
		t.Fatalf("%d units, want 4", len(out))
	}
	return out
}

// TestUnitsRunWhatThereIs proves that the units start existing subcommands with
// existing flags, give up their rights and wait for the drain.
func TestUnitsRunWhatThereIs(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "indera")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/indera").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	cfg, err := config.Load("indera.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range units(t) {
		if strings.HasSuffix(name, ".timer") {
			continue
		}
		for _, line := range unit(t, text, "ExecStart") {
			args := strings.Fields(line)
			if args[0] != installed {
				t.Errorf("%s runs %s", name, args[0])
			}
			// With --help flags are parsed and nothing is run.
			if out, err := exec.Command(binary, append(args[1:], "--help")...).CombinedOutput(); err != nil {
				t.Errorf("%s: %s: %v: %s", name, line, err, out)
			}
		}
		if u := unit(t, text, "User"); len(u) != 1 || u[0] == "root" {
			t.Errorf("%s runs as %v", name, u)
		}
		for _, key := range []string{"NoNewPrivileges", "PrivateTmp", "ProtectHome"} {
			if v := unit(t, text, key); len(v) != 1 || v[0] != "yes" {
				t.Errorf("%s: %s is %v", name, key, v)
			}
		}
		if stop := unit(t, text, "TimeoutStopSec"); len(stop) == 1 {
			if limit, err := time.ParseDuration(stop[0]); err != nil || limit <= cfg.Drain {
				t.Errorf("%s: TimeoutStopSec %s is not longer than drain_timeout %s", name, stop[0], cfg.Drain)
			}
		} else if strings.Contains(text, " serve ") {
			t.Errorf("%s has no TimeoutStopSec", name)
		}
	}
}

func TestUnitsVerify(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("skipped: systemd-analyze is not installed")
	}
	dir := t.TempDir()
	here, err := os.Executable() // stands in for the program, which is not installed here
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for name, text := range units(t) {
		file := filepath.Join(dir, strings.Replace(name, "@.", "@worker.", 1))
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, installed, here)), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	out, err := exec.Command(tool, append([]string{"verify", "--man=no"}, files...)...).CombinedOutput()
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		if strings.Contains(line, dir) || strings.Contains(line, "indera") { // about our units, not the machine's own
			t.Errorf("systemd-analyze: %s", line)
		}
	}
	if err != nil {
		t.Errorf("systemd-analyze verify: %v", err)
	}
}
