package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func TestFindTranscripts(t *testing.T) {
	conf, database := install(t)
	s, err := store.Open(t.Context(), store.Config{Driver: store.DriverSQLite, Path: database})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)
	var first string
	err = s.InTx(t.Context(), func(tx registrar.Tx) error {
		for i := range 1203 { // more than two pages
			at := began.Add(time.Duration(i) * time.Minute)
			tr := registrar.Transcript{ID: registrar.NewTranscriptID(at), Registry: "one", SessionID: "s-1", ClTRID: fmt.Sprintf("IND-%d", i), SvTRID: "SV-1\x1b[2J", Verb: "domain:info",
				Object: "b\u009b.shop", Code: 1000, StartedAt: at, Duration: 23 * time.Millisecond, Request: "<epp><pw>***</pw></epp>", Response: "<epp><x>y</x></epp>"}
			if i == 0 {
				tr.Code, tr.Error, tr.Response, first = 0, "cut", "", tr.ID
			}
			if err := tx.InsertTranscript(t.Context(), tr); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	list := func(want int, args ...string) string {
		t.Helper()
		code, out, said := indera(t, append([]string{"epp", "transcripts", "--config", conf}, args...)...)
		if code != want {
			t.Errorf("%v: exit code %d, want %d: %s", args, code, want, said)
		}
		if !strings.HasPrefix(out, "{") && strings.ContainsAny(out, "\x1b\u009b") {
			t.Errorf("%v prints what steers a terminal", args)
		}
		return out + said
	}
	lines := func(s string) int { return strings.Count(s, "\n") }
	if out := list(exitOK); lines(out) != 51 || !strings.Contains(out, "domain:info") {
		t.Errorf("a list of 50: %d lines", lines(out))
	}
	if out := list(exitOK, "--limit", "0", "--json"); lines(out) != 1203 {
		t.Errorf("all: %d lines", lines(out))
	}
	if out := list(exitOK, "--limit", "601"); lines(out) != 602 {
		t.Errorf("601: %d lines", lines(out))
	}
	if out := list(exitOK, "--code", "none"); lines(out) != 2 || !strings.Contains(out, first) {
		t.Errorf("no answer: %s", out)
	}
	if out := list(exitOK, "--since", "2026-03-29", "--until", "2026-03-29T12:02"); lines(out) != 3 {
		t.Errorf("two minutes: %s", out)
	}
	var one said
	if err := json.Unmarshal([]byte(list(exitOK, "--cltrid", "IND-7", "--json")), &one); err != nil || !one.At.Equal(began.Add(7*time.Minute)) || one.Micros != 23000 {
		t.Errorf("one as JSON: %+v, %v", one, err)
	}
	if out := list(exitOK, "--after", first); lines(out) != 0 {
		t.Errorf("behind the first: %s", out)
	}
	if out := list(exitUsage, "--code", "x"); !strings.Contains(out, "four digits") {
		t.Errorf("a bad code: %s", out)
	}
	list(exitUsage, "--limit", "-1")
	list(exitUsage, "more")

	code, out, _ := indera(t, "epp", "transcripts", "show", "--config", conf, one.ID)
	if code != exitOK || !strings.Contains(out, "# we sent\n<epp>\n  <pw>***</pw>\n</epp>") || !strings.Contains(out, "# the registry answered") || strings.Contains(out, "\x1b") {
		t.Errorf("one: %d %q", code, out)
	}
	if code, out, _ := indera(t, "epp", "transcripts", "show", "--config", conf, first); code != exitOK || strings.Contains(out, "the registry answered") || !strings.Contains(out, "cut") {
		t.Errorf("one without an answer: %d %q", code, out)
	}
	if code, _, _ := indera(t, "epp", "transcripts", "show", "--config", conf, "tsc_none"); code != exitFailed {
		t.Errorf("an unknown id: exit code %d", code)
	}
	if code, _, _ := indera(t, "epp", "transcripts", "show", "--config", conf); code != exitUsage {
		t.Errorf("no id: exit code %d", code)
	}
}
