package webhooksign

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The example of the specification.
const (
	specSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	specID     = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	specBody   = `{"test": 2432232314}`
	specSign   = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

var specTime = time.Unix(1614265330, 0)

func headers(h map[string]string) func(string) string {
	return func(name string) string { return h[name] }
}

func TestSpecificationExample(t *testing.T) {
	got, err := Sign(specID, specTime, []byte(specBody), specSecret)
	if err != nil || got != specSign {
		t.Fatalf("signed %q, %v", got, err)
	}
}

func TestVerify(t *testing.T) {
	secret, err := NewSecret()
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewSecret()
	if err != nil || other == secret || !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("secrets: %v", err)
	}
	now := time.Date(2026, 11, 23, 10, 20, 30, 0, time.UTC)
	both, err := Sign("evt_1", now, []byte("{}"), other, secret)
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]string{HeaderID: "evt_1", HeaderTimestamp: "1795429230", HeaderSignature: both}
	for name, c := range map[string]struct {
		change func(map[string]string)
		body   string
		now    time.Time
		want   error
	}{
		"as sent":           {nil, "{}", now, nil},
		"in time":           {nil, "{}", now.Add(Tolerance), nil},
		"replayed later":    {nil, "{}", now.Add(Tolerance + time.Second), ErrStale},
		"from the future":   {nil, "{}", now.Add(-Tolerance - time.Second), ErrStale},
		"another body":      {nil, "{ }", now, ErrSignature},
		"another id":        {func(h map[string]string) { h[HeaderID] = "evt_2" }, "{}", now, ErrSignature},
		"another time":      {func(h map[string]string) { h[HeaderTimestamp] = "1795429231" }, "{}", now, ErrSignature},
		"no id":             {func(h map[string]string) { h[HeaderID] = "" }, "{}", now, ErrIncomplete},
		"no time":           {func(h map[string]string) { h[HeaderTimestamp] = "soon" }, "{}", now, ErrIncomplete},
		"no signature":      {func(h map[string]string) { h[HeaderSignature] = "" }, "{}", now, ErrIncomplete},
		"another version":   {func(h map[string]string) { h[HeaderSignature] = strings.ReplaceAll(both, "v1,", "v1a,") }, "{}", now, ErrSignature},
		"another's alone":   {func(h map[string]string) { h[HeaderSignature] = strings.Fields(both)[0] }, "{}", now, ErrSignature},
		"cut":               {func(h map[string]string) { h[HeaderSignature] = both[:len(both)-6] }, "{}", now, ErrSignature},
		"ours behind noise": {func(h map[string]string) { h[HeaderSignature] = "x v1, v9,abc " + both }, "{}", now, nil},
	} {
		h := map[string]string{}
		for k, v := range good {
			h[k] = v
		}
		if c.change != nil {
			c.change(h)
		}
		if err := Verify(headers(h), []byte(c.body), secret, c.now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for _, bad := range []string{"", "whsec_", "whsec_!!", "whsec_c2hvcnQ=", strings.TrimPrefix(secret, "whsec_")} {
		if err := Verify(headers(good), []byte("{}"), bad, now); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("secret %q: %v", bad, err)
		}
		if s, err := Sign("evt_1", now, nil, bad); err == nil || s != "" {
			t.Errorf("signed with %q", bad)
		}
	}
	if _, err := Sign("evt_1", now, nil); err == nil {
		t.Error("signed with no secret")
	}
}

// TestShellExample runs the example of docs/webhooks.md as it stands there.
func TestShellExample(t *testing.T) {
	for _, tool := range []string{"bash", "openssl", "od"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "webhooks.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(doc), "```bash\n")
	script, _, ends := strings.Cut(rest, "```")
	if !ok || !ends {
		t.Fatal("docs/webhooks.md has no shell example")
	}
	run := func(signature string) string {
		cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
		cmd.Env = append(os.Environ(), "SECRET="+specSecret, "ID="+specID, "TIMESTAMP=1614265330", "SIGNATURE="+signature)
		cmd.Stdin = strings.NewReader(specBody)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if got := run("v1,bm90IHRoaXMgb25l " + specSign); got != "good" {
		t.Errorf("a right signature is called %q", got)
	}
	if got := run("v1,bm90IHRoaXMgb25l"); got != "bad" {
		t.Errorf("a wrong signature is called %q", got)
	}
}
