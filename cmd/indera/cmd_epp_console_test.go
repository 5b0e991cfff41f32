package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// piped runs a command with lines on its standard input.
func piped(in string, args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	root := newRoot(&o, &e)
	root.SetIn(strings.NewReader(in))
	root.SetArgs(args)
	err := root.Execute()
	if err != nil {
		e.WriteString(err.Error())
	}
	return exitCode(err), o.String(), e.String()
}

func openStore(t *testing.T, database string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Driver: store.DriverSQLite, Path: database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConsoleOfPrograms(t *testing.T) {
	conf, database := install(t)
	accountIn(t, conf)
	run := func(want int, in string, args ...string) string {
		t.Helper()
		code, out, said := piped(in, append([]string{"epp", "console", "--config", conf}, args...)...)
		if code != want {
			t.Errorf("%v %q: exit code %d, want %d: %s%s", args, in, code, want, out, said)
		}
		if strings.Contains(out, "\x1b") || strings.Contains(out+said, "first-secret") {
			t.Errorf("%v %q: colours or the password in %q", args, in, out+said)
		}
		return out + said
	}
	has := func(text string, want ...string) {
		t.Helper()
		for _, s := range want {
			if !strings.Contains(text, s) {
				t.Errorf("lacks %q: %s", s, text)
			}
		}
	}
	has(run(exitOK, "check a.com\n\n# a comment\nexit\nfrobnicate\n", "a"), "a.com: available", "1000 ", "      <domain:chkData")
	has(run(exitOK, "", "a", "check", "Bücher.com"), "xn--bcher-kva.com: not available (IDN")
	has(run(exitOK, "capabilities", "a"), "contacts", "optional")
	has(run(exitFailed, "info none.com\ncheck a.com", "a"), "2303", "the registry refused with 2303")
	if out := run(exitFailed, "info none.com\nfrobnicate\ncheck a.com", "a", "--keep-going"); !strings.Contains(out, "a.com: available") {
		t.Errorf("does not go on: %s", out)
	}
	has(run(exitUsage, "frobnicate\ncheck a.com", "a"), "is no command")
	has(run(exitUsage, "delete domain a.com", "a"), "only looks", "--write with --reason")
	has(run(exitUsage, "info a.com auth", "a"), "--auth-file")
	has(run(exitUsage, "", "b"), "no registry of that name")
	has(run(exitUsage, "", "a", "--write"), "say why")
	has(run(exitUsage, "", "a", "--reason", "x"), "goes with --write")
	run(exitUsage, "")
	var one answered
	if err := json.Unmarshal([]byte(run(exitOK, "check a.com", "a", "--json")), &one); err != nil || one.Code != 1000 || one.Line != "check a.com" || one.Said[0] != "a.com: available" || one.ClTRID == "" {
		t.Errorf("JSON: %+v %v", one, err)
	}
	var refused answered
	if err := json.Unmarshal([]byte(strings.SplitN(run(exitUsage, "delete domain a.com", "a", "--json"), "\n", 2)[0]), &refused); err != nil || !strings.Contains(refused.Error, "only looks") {
		t.Errorf("JSON of a refusal: %+v %v", refused, err)
	}
	writesByHand(t, run, database)
}

// writesByHand creates and deletes a name, and looks for the evidence.
func writesByHand(t *testing.T, run func(want int, in string, args ...string) string, database string) {
	t.Helper()
	frame := filepath.Join(t.TempDir(), "create.xml")
	text := `<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><create><d:create xmlns:d="urn:ietf:params:xml:ns:domain-1.0"><d:name>mine.com</d:name><d:authInfo><d:pw>hidden-code-1</d:pw></d:authInfo></d:create></create></command></epp>`
	if err := os.WriteFile(frame, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := run(exitOK, "", "a", "--write", "--reason", "a name for us", "--sent", "raw", frame); strings.Contains(out, "hidden") || !strings.Contains(out, "<d:pw>***</d:pw>") {
		t.Errorf("the code shows: %s", out)
	}
	code := filepath.Join(t.TempDir(), "code")
	if err := os.WriteFile(code, []byte("hidden-code-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := run(exitOK, "info mine.com auth", "a", "--auth-file", code, "--sent"); strings.Contains(out, "hidden") {
		t.Errorf("the code shows: %s", out)
	}
	s := openStore(t, database)
	put := func(d registrar.Domain) {
		t.Helper()
		if err := s.InTx(t.Context(), func(tx registrar.Tx) error { return tx.InsertDomain(t.Context(), d) }); err != nil {
			t.Fatal(err)
		}
	}
	mirrored := registrar.Domain{ID: "dom_1", Name: "theirs.com", UName: "theirs.com", TLD: "com", Registry: "a", CustomerID: "cus_1", OwnerSystem: registrar.OwnerMirror("fossbilling"), State: registrar.DomainActive, OrderedAt: time.Now()}
	ours := mirrored
	ours.ID, ours.Name, ours.UName, ours.OwnerSystem = "dom_2", "mine.com", "mine.com", registrar.OwnerEngine
	put(mirrored)
	put(ours)
	if out := run(exitUsage, "delete domain theirs.com", "a", "--write", "--reason", "r"); !strings.Contains(out, "FOSSBilling") {
		t.Errorf("a name of another owner system: %s", out)
	}
	run(exitOK, "status add mine.com clientHold\nstatus remove mine.com clientHold", "a", "--write", "--reason", "a test of holds")
	if d, err := s.Domain(t.Context(), "dom_2"); err != nil || !d.NeedsInfo {
		t.Errorf("our picture of the name is not read anew: %+v %v", d, err)
	}
	trail, err := s.AuditOf(t.Context(), "domain", "dom_2", registrar.Page{})
	if err != nil || len(trail) != 4 {
		t.Fatalf("%d audit events, %v", len(trail), err)
	}
	for i, want := range []string{"registry.by_hand_result", "registry.by_hand", "registry.by_hand_result", "registry.by_hand"} {
		if e := trail[i]; e.Action != want || !strings.HasPrefix(e.By.ID, "epp console: ") || len(e.By.ID) < len("epp console: x") {
			t.Errorf("event %d: %s by %q", i, e.Action, e.By.ID)
		}
	}
	all, err := s.AuditOf(t.Context(), "registry", "a", registrar.Page{})
	if err != nil || len(all) != 2 {
		t.Errorf("%d audit events of the registry, %v", len(all), err)
	}
	said, err := s.TranscriptList(t.Context(), registrar.TranscriptFilter{Object: "mine.com"}, registrar.Page{})
	if err != nil || len(said) != 4 {
		t.Errorf("%d transcripts, %v", len(said), err)
	}
}

// screen is what a terminal has shown.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func watch(from io.Reader) *screen {
	s := &screen{more: make(chan struct{}, 1)}
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := from.Read(b)
			s.mu.Lock()
			s.text.Write(b[:n])
			s.mu.Unlock()
			select {
			case s.more <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return s
}

// shows waits for a text and forgets what came up to it.
func (s *screen) shows(t *testing.T, want string) string {
	t.Helper()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for {
		s.mu.Lock()
		before, rest, ok := strings.Cut(s.text.String(), want)
		if ok {
			s.text.Reset()
			s.text.WriteString(rest)
		}
		all := s.text.String()
		s.mu.Unlock()
		if ok {
			return before
		}
		select {
		case <-s.more:
		case <-limit.C:
			t.Fatalf("the terminal never shows %q, but %q", want, all)
		}
	}
}

func TestConsoleOfAPerson(t *testing.T) {
	conf, _ := install(t)
	accountIn(t, conf)
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	keyboard, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer keyboard.Close()
	if err := pty.Setsize(keyboard, &pty.Winsize{Rows: 50, Cols: 200}); err != nil {
		t.Fatal(err)
	}
	view := watch(keyboard)
	done := make(chan error, 1)
	start := func() {
		root := newRoot(tty, tty)
		root.SetIn(tty)
		root.SetArgs([]string{"epp", "console", "--config", conf, "a"})
		go func() { done <- root.ExecuteContext(context.Background()) }()
		view.shows(t, "exit leaves.")
		view.shows(t, "a> ")
	}
	types := func(keys string) {
		t.Helper()
		if _, err := io.WriteString(keyboard, keys); err != nil {
			t.Fatal(err)
		}
	}
	start()
	types("che\t")
	view.shows(t, "check ")
	types("free.com\r")
	if shown := view.shows(t, "free.com: available"); !strings.Contains(shown, "\x1b[36m<") || !strings.Contains(shown, "chkData") {
		t.Errorf("no coloured frame: %q", shown)
	}
	view.shows(t, "a> ")
	types("h\t")
	view.shows(t, "hel") // the common start of hello and help
	types("\t")
	view.shows(t, "hello  help")
	types("p\r")
	view.shows(t, "whether names can be had")
	view.shows(t, "a> ")
	types("info f\t") // a name of an earlier line
	view.shows(t, "free.com ")
	types("auth\r")
	view.shows(t, "transfer code: ")
	types("hidden-code-9\r")
	if shown := view.shows(t, "2303 "); strings.Contains(shown, "hidden") {
		t.Errorf("the code is seen: %q", shown)
	}
	view.shows(t, "a> ")
	types("hidden-code-8\r") // typed on the wrong line
	view.shows(t, "is no command")
	view.shows(t, "a> ")
	types("delete domain free.com\r")
	view.shows(t, "only looks")
	view.shows(t, "a> ")
	types("exit\r")
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	kept, err := os.ReadFile(filepath.Join(state, "indera", "epp_history"))
	if err != nil || string(kept) != "check free.com\nhelp\ninfo free.com auth\ndelete domain free.com\n" {
		t.Errorf("history %q, %v", kept, err)
	}
	if info, err := os.Stat(filepath.Join(state, "indera", "epp_history")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the history: %v %v", info.Mode(), err)
	}
	start()
	types("\x1b[A\x1b[A\x1b[A\x1b[A") // four lines back, from the file
	view.shows(t, "check free.com")
	types("\r")
	view.shows(t, "free.com: available")
	view.shows(t, "a> ")
	types("\x04")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path, err := historyPath()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("check a.com\n\n", historyLimit)+"help\nhelp poll\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := openHistory()
	if h.Len() != historyKeeps || h.At(0) != "help poll" || h.At(1) != "help" {
		t.Errorf("%d lines, the last %q", h.Len(), h.At(0))
	}
	if b, err := os.ReadFile(path); err != nil || strings.Count(string(b), "\n") != historyKeeps {
		t.Errorf("the file is not cut: %v", err)
	}
	if err := h.keep("help poll"); err != nil || h.Len() != historyKeeps {
		t.Errorf("a line that repeats: %v %d", err, h.Len())
	}
}
