// Package demo runs the built program the way its README says and buys a
// domain: API, registry, RDAP, WHOIS and mailbox must agree, also after the
// plug was pulled.
package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// binary is the program, built once as a stranger builds it.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "indera-demo-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "indera")
		build := exec.Command("go", "build", "-o", binary, "github.com/indera/indera/cmd/indera")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// offsets of all ports that a demo takes (README).
var offsets = []int{25, 43, 80, 81, 90, 700, 701, 750, 751}

// freeBase returns a port base whose ports nobody has.
func freeBase(t *testing.T) int {
	t.Helper()
	for base := 20_000 + (os.Getpid()%100)*100; base < 60_000; base += 1000 {
		if allFree(base) {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

func allFree(base int) bool {
	for _, o := range offsets {
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+o))
		if err != nil {
			return false
		}
		if err := ln.Close(); err != nil {
			return false
		}
	}
	return true
}

// addresses is demo.json as a program reads it.
type addresses struct {
	Portal, API, RDAP, WHOIS, Mailbox, Metrics string
	Token                                      string `json:"api_token"`
	Customer, Staff                            struct{ Email, Password string }
	Registries                                 []struct {
		Name, EPP, Control string
		TLDs               []string
	}
}

// running is one started demo.
type running struct {
	t    *testing.T
	dir  string
	cmd  *exec.Cmd
	out  *bytes.Buffer
	done chan error
	at   addresses
}

// ready is how long a start may take on a busy machine.
const ready = 60 * time.Second

func start(t *testing.T, dir string, base int, flags ...string) *running {
	t.Helper()
	r := &running{t: t, dir: dir, out: &bytes.Buffer{}, done: make(chan error, 1)}
	// A killed demo leaves its addresses behind: wait for the new ones.
	if err := os.Remove(filepath.Join(dir, "demo.json")); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	args := append([]string{"demo", "--data", dir, "--port-base", fmt.Sprint(base)}, flags...)
	r.cmd = exec.Command(binary, args...)
	r.cmd.Stdout, r.cmd.Stderr = r.out, r.out
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.done <- r.cmd.Wait() }()
	t.Cleanup(func() { r.kill() })
	r.wait()
	return r
}

// wait polls for demo.json, which appears by rename.
func (r *running) wait() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), ready)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	path := filepath.Join(r.dir, "demo.json")
	for {
		raw, err := os.ReadFile(path)
		if err == nil {
			if err := json.Unmarshal(raw, &r.at); err != nil {
				r.t.Fatalf("demo.json: %v\n%s", err, raw)
			}
			return
		}
		select {
		case err := <-r.done:
			r.done <- err
			r.t.Fatalf("the demo ended: %v\n%s", err, r.out)
		case <-ctx.Done():
			r.t.Fatalf("not ready after %s", ready)
		case <-tick.C:
		}
	}
}

// kill pulls the plug; killing twice is no error.
func (r *running) kill() {
	if err := r.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		r.t.Error(err)
	}
	r.done <- <-r.done
}

// stop asks it to end and returns the exit code.
func (r *running) stop(sig os.Signal) int {
	r.t.Helper()
	if err := r.cmd.Process.Signal(sig); err != nil {
		r.t.Fatal(err)
	}
	select {
	case err := <-r.done:
		r.done <- err
	case <-time.After(30 * time.Second):
		r.t.Fatalf("still running 30 s after %s", sig)
	}
	return r.cmd.ProcessState.ExitCode()
}

// ask makes one request and decodes the JSON answer into out.
func (r *running) ask(method, url, body string, header map[string]string, out any) int {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	client := &http.Client{Timeout: 30 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			r.t.Fatalf("%s %s = %d %s: %v", method, url, resp.StatusCode, raw, err)
		}
	}
	return resp.StatusCode
}

func (r *running) api(method, path, body string, out any) int {
	r.t.Helper()
	return r.ask(method, r.at.API+path, body, map[string]string{
		"Authorization": "Bearer " + r.at.Token, "Content-Type": "application/json",
		"Idempotency-Key": fmt.Sprintf("%s-%d", r.t.Name(), time.Now().UnixNano()),
	}, out)
}

const registrant = `{"name":"Ada Example","street":["1 Main Street"],"city":"Springfield","postal_code":"12345",
"country_code":"US","phone":"+1.5555550123","email":"ada@example.com"}`

// domain is what the API tells of a name.
type domain struct {
	Name        string    `json:"name"`
	State       string    `json:"state"`
	NameServers []string  `json:"nameservers"`
	ExpiresAt   time.Time `json:"expires_at"`
}

func (r *running) buy(name string, hosts ...string) domain {
	r.t.Helper()
	ns, err := json.Marshal(hosts)
	if err != nil {
		r.t.Fatal(err)
	}
	var d domain
	body := fmt.Sprintf(`{"name":%q,"period_years":1,"agreement_version":"2026-12","nameservers":%s,"registrant":%s}`, name, ns, registrant)
	if code := r.api("POST", "/domains", body, &d); code != http.StatusCreated {
		r.t.Fatalf("buying %s = %d %+v", name, code, d)
	}
	return d
}

// whois asks port 43 in plain text (RFC 3912).
func (r *running) whois(name string) string {
	r.t.Helper()
	conn, err := net.DialTimeout("tcp", r.at.WHOIS, 5*time.Second)
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		r.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, name+"\r\n"); err != nil {
		r.t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(answer)
}

// everywhere proves that registry, RDAP, WHOIS and API agree on a name.
func (r *running) everywhere(name string, expires time.Time, hosts ...string) {
	r.t.Helper()
	var at struct {
		ExDate string   `json:"ex_date"`
		Hosts  []string `json:"hosts"`
	}
	if code := r.ask("GET", r.at.Registries[0].Control+"/domains/"+name, "", nil, &at); code != 200 {
		r.t.Fatalf("%s is not at the registry: %d", name, code)
	}
	exDate, err := time.Parse(time.RFC3339, at.ExDate)
	if err != nil || !exDate.Equal(expires) {
		r.t.Errorf("registry says %s expires %s, the API said %s", name, at.ExDate, expires)
	}
	if strings.Join(at.Hosts, " ") != strings.Join(hosts, " ") {
		r.t.Errorf("registry has name servers %v, want %v", at.Hosts, hosts)
	}
	var rdap struct {
		Name   string `json:"ldhName"`
		Events []struct {
			Action string    `json:"eventAction"`
			Date   time.Time `json:"eventDate"`
		} `json:"events"`
	}
	if code := r.ask("GET", r.at.RDAP+"/domain/"+name, "", nil, &rdap); code != 200 || !strings.EqualFold(rdap.Name, name) {
		r.t.Errorf("RDAP = %d %+v", code, rdap)
	}
	if text := r.whois(name); !strings.Contains(text, "Domain Name: "+name) {
		r.t.Errorf("WHOIS does not show %s:\n%s", name, text)
	}
	var d domain
	if code := r.api("GET", "/domains/"+name, "", &d); code != 200 || d.State != "active" || !d.ExpiresAt.Equal(expires) {
		r.t.Errorf("API = %d %+v", code, d)
	}
}

func TestBuyPullThePlugFindAgain(t *testing.T) {
	dir, base := filepath.Join(t.TempDir(), "data"), freeBase(t)
	r := start(t, dir, base)
	checkAddresses(t, r, base)
	name := "pulled-plug." + r.at.Registries[0].TLDs[0]
	bought := r.buy(name, "ns1.indera.example", "ns2.indera.example")
	r.everywhere(name, bought.ExpiresAt, "ns1.indera.example", "ns2.indera.example")
	r.confirmed(name)

	r.kill()
	again := start(t, dir, base)
	if again.at.Token != r.at.Token || again.at.Customer != r.at.Customer || again.at.Staff != r.at.Staff {
		t.Error("the second start has other credentials")
	}
	again.everywhere(name, bought.ExpiresAt, "ns1.indera.example", "ns2.indera.example")
	other := "after-the-plug." + r.at.Registries[0].TLDs[0]
	again.everywhere(other, again.buy(other).ExpiresAt)
	if code := again.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code after SIGTERM = %d\n%s", code, again.out)
	}
	if _, err := os.Stat(filepath.Join(dir, "demo.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("demo.json stays after a clean stop: %v", err)
	}
	fresh := start(t, dir, base, "--fresh")
	var list struct{ Domains []domain }
	if code := fresh.api("GET", "/domains", "", &list); code != 200 || len(list.Domains) != 0 {
		t.Errorf("--fresh kept %v (%d)", list.Domains, code)
	}
	if code := fresh.stop(os.Interrupt); code != 0 {
		t.Errorf("exit code after SIGINT = %d", code)
	}
}

// checkAddresses compares demo.json with what the documentation promises.
func checkAddresses(t *testing.T, r *running, base int) {
	t.Helper()
	info, err := os.Stat(filepath.Join(r.dir, "demo.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("demo.json: %v %v", info, err)
	}
	local := func(o int) string { return fmt.Sprintf("127.0.0.1:%d", base+o) }
	portal := fmt.Sprintf("http://localhost:%d", base+80) // passkeys need a name
	for what, pair := range map[string][2]string{
		"portal": {r.at.Portal, portal}, "api": {r.at.API, portal + "/api/v1"},
		"rdap": {r.at.RDAP, "http://" + local(81)}, "whois": {r.at.WHOIS, local(43)},
		"metrics": {r.at.Metrics, "http://" + local(90) + "/metrics"}, "epp": {r.at.Registries[0].EPP, local(700)},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s = %q, want %q", what, pair[0], pair[1])
		}
	}
	tlds := 0
	for _, reg := range r.at.Registries {
		tlds += len(reg.TLDs)
	}
	if len(r.at.Registries) != 2 || tlds < 4 {
		t.Errorf("registries = %+v, want two with at least four TLDs", r.at.Registries)
	}
	for _, word := range []string{"SANDBOX", r.at.Portal, r.at.Customer.Password, r.at.Token, "Three things to try"} {
		if !strings.Contains(r.out.String(), word) {
			t.Errorf("the screen does not show %q", word)
		}
	}
	if strings.Contains(r.out.String(), `"level"`) {
		t.Error("log lines are on the screen")
	}
	if code := r.ask("GET", fmt.Sprintf("http://%s/readyz", local(90)), "", nil, nil); code != 200 {
		t.Errorf("readyz = %d", code)
	}
	if code := r.ask("GET", r.at.Portal+"/", "", nil, nil); code != 200 {
		t.Errorf("portal = %d", code)
	}
}

// confirmed waits for the mail about a purchase.
func (r *running) confirmed(name string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var box struct {
			Mails []struct{ Subject, To string }
		}
		if code := r.ask("GET", r.at.Mailbox+"mails.json", "", nil, &box); code != 200 {
			r.t.Fatalf("mailbox = %d", code)
		}
		for _, m := range box.Mails {
			if strings.Contains(m.Subject, name) && m.To == r.at.Customer.Email {
				return
			}
		}
		select {
		case <-ctx.Done():
			r.t.Fatalf("no mail about %s: %+v", name, box)
		case <-tick.C:
		}
	}
}

func TestTwoSideBySideAndRefusals(t *testing.T) {
	dirA, baseA := filepath.Join(t.TempDir(), "a"), freeBase(t)
	a := start(t, dirA, baseA)
	baseB := freeBase(t)
	b := start(t, filepath.Join(t.TempDir(), "b"), baseB)
	name := "side-by-side." + a.at.Registries[0].TLDs[0]
	a.buy(name)
	b.buy(name) // another registrar with registries of its own

	for what, tc := range map[string]struct {
		args []string
		code int
		want string
	}{
		"same folder":   {[]string{"--data", dirA, "--port-base", fmt.Sprint(freeBase(t))}, 2, "another demo uses this folder"},
		"same ports":    {[]string{"--data", filepath.Join(t.TempDir(), "c"), "--port-base", fmt.Sprint(baseA)}, 1, "--port-base N moves all ports"},
		"foreign dir":   {[]string{"--data", ".", "--fresh"}, 1, "was not made by a demo"},
		"port too high": {[]string{"--data", filepath.Join(t.TempDir(), "d"), "--port-base", "65000"}, 2, "out of range, want 1000 to 64000"},
		"wrong flag":    {[]string{"--nonsense"}, 2, "nonsense"},
	} {
		out, err := exec.CommandContext(t.Context(), binary, append([]string{"demo"}, tc.args...)...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != tc.code || !strings.Contains(string(out), tc.want) {
			t.Errorf("%s: %v, want code %d with %q:\n%s", what, err, tc.code, tc.want, out)
		}
		if strings.Count(strings.TrimSpace(string(out)), "\n") > 0 {
			t.Errorf("%s: more than one line:\n%s", what, out)
		}
	}
	if code := b.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code = %d\n%s", code, b.out)
	}
	a.everywhere(name, a.expiry(name))
}

func (r *running) expiry(name string) time.Time {
	r.t.Helper()
	var d domain
	if code := r.api("GET", "/domains/"+name, "", &d); code != 200 {
		r.t.Fatalf("%s = %d", name, code)
	}
	return d.ExpiresAt
}
