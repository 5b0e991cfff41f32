package sandbox_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// recorder keeps every frame the server sent and every one it accepted, from
// all tests of the package, and has them validated at the end.
type recorder struct {
	schema string // file of the folder
	mu     sync.Mutex
	frames []string
	seen   map[string]bool
}

var (
	recorded     = &recorder{schema: "all.xsd", seen: map[string]bool{}}
	recordedFRED = &recorder{schema: filepath.Join("fred", "all-2.4.3.xsd"), seen: map[string]bool{}}
)

// maxRecorded bounds the work when benchmarks run.
const maxRecorded = 5000

func (r *recorder) add(xml string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.seen[xml] && len(r.frames) < maxRecorded {
		r.seen[xml] = true
		r.frames = append(r.frames, xml)
	}
}

var (
	errNoSchemas = errors.New("EPP schemas not found (../shared/epp/xsd beside the repository, or INDERA_SHARED): frames are not validated")
	errNoXmllint = errors.New("xmllint not found: frames are not validated")
)

// schemaFile finds the umbrella schema in the shared folder.
func schemaFile(name string) (string, error) {
	shared := os.Getenv("INDERA_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared") // package → repository → its sibling
	}
	file := filepath.Join(shared, "epp", "xsd", name)
	if _, err := os.Stat(file); err != nil {
		return "", errNoSchemas
	}
	return filepath.Abs(file)
}

// validate runs all frames through xmllint, many files a call.
func validate(dir, name string, frames []string) error {
	schema, err := schemaFile(name)
	if err != nil {
		return err
	}
	if _, err := exec.LookPath("xmllint"); err != nil {
		return errNoXmllint
	}
	const batch = 200
	for from := 0; from < len(frames); from += batch {
		args := []string{"--nonet", "--noout", "--schema", schema}
		for i, frame := range frames[from:min(from+batch, len(frames))] {
			file := filepath.Join(dir, fmt.Sprintf("frame-%04d.xml", from+i))
			if err := os.WriteFile(file, []byte(frame), 0o600); err != nil {
				return err
			}
			args = append(args, file)
		}
		out, err := exec.Command("xmllint", args...).CombinedOutput()
		if err != nil {
			return complaints(string(out), frames)
		}
	}
	return nil
}

// complaints shows xmllint's errors with the frames they are about.
func complaints(output string, frames []string) error {
	var b strings.Builder
	for _, line := range strings.Split(output, "\n") {
		if strings.HasSuffix(line, " validates") || line == "" {
			continue
		}
		b.WriteString(line + "\n")
		var n int
		if _, after, ok := strings.Cut(line, "frame-"); ok && strings.HasSuffix(line, "fails to validate") {
			if _, err := fmt.Sscanf(after, "%d", &n); err == nil {
				b.WriteString("  " + frames[n] + "\n")
			}
		}
	}
	return errors.New(b.String())
}

// verdict validates everything recorded and gives the exit code of the test run.
func (r *recorder) verdict() int {
	dir, err := os.MkdirTemp("", "sandbox-frames-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	err = validate(dir, r.schema, r.frames)
	switch {
	case err == nil:
		return 0
	case missing(err) && os.Getenv("CI") != "true":
		fmt.Fprintln(os.Stderr, err)
		return 0
	}
	fmt.Fprintf(os.Stderr, "schema check of %d frames: %v\n", len(r.frames), err)
	return 1
}

func missing(err error) bool {
	return errors.Is(err, errNoSchemas) || errors.Is(err, errNoXmllint)
}

// TestValidatorRefuses proves that the schema check above can fail, and skips
// or fails by the same rule.
func TestValidatorRefuses(t *testing.T) {
	good := epp("<hello/>")
	bad := epp("<hello/><hello/>")
	err := validate(t.TempDir(), recorded.schema, []string{good})
	if missing(err) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(t.TempDir(), recorded.schema, []string{good, bad}); err == nil || !strings.Contains(err.Error(), bad) {
		t.Fatalf("a frame with two hellos: %v", err)
	}
}
