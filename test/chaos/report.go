package main

import (
	"fmt"
	"io"
)

// maxShown bounds how many findings are printed; the rest is in the data.
const maxShown = 40

// report prints the figures of a run and what is wrong.
func report(out io.Writer, c *customers, s *storm, f facts, v *verdict) {
	t := s.tally
	done, failed, again := 0, 0, 0
	for _, l := range f.lines {
		switch l.State {
		case "done":
			done++
		case "failed":
			failed++
		}
	}
	attempts := 0
	for _, cmd := range f.commands {
		attempts += cmd.Attempt
		if cmd.Attempt > 1 {
			again++
		}
	}
	for _, row := range []struct {
		name  string
		value int64
	}{
		{"orders", int64(len(f.orders))}, {"order lines done", int64(done)}, {"order lines refused", int64(failed)},
		{"operations", int64(len(f.operations))}, {"commands", int64(len(f.commands))}, {"commands sent", int64(attempts)}, {"commands sent again", int64(again)},
		{"requests", c.requests.Load()}, {"requests repeated", c.retries.Load()}, {"requests answered 500", c.internal.Load()}, {"requests answered 502-504", c.unavailable.Load()},
		{"kills", int64(t.kills)}, {"kills with a command sent", int64(t.killsSent)}, {"kills after execution", int64(t.killsExecuted)},
		{"gentle stops", int64(t.stops)}, {"freezes", int64(t.freezes)}, {"registry kills", int64(t.registryKills)}, {"database kills", int64(t.databaseKills)},
		{"cuts", int64(t.cuts)}, {"sessions closed", int64(t.closed)}, {"delays", int64(t.delays)}, {"answers 2400, 2500, 2502", int64(t.answered)},
		{"mails", int64(len(f.mails))}, {"times without relay", int64(t.relayStops)}, {"mails taken in silence", int64(t.silent)}, {"copies of mails", copies(s.w.relay.Taken())},
		{"names owed a notice", int64(len(s.sown))}, {"new slots", int64(t.slots)}, {"job runs", int64(len(f.jobRuns))},
		{"times without funds", int64(t.fundsGone)}, {"2104s", int64(f.noFunds)},
	} {
		fmt.Fprintf(out, "%-28s %8d\n", row.name, row.value)
	}
	for _, kind := range allFaults {
		fmt.Fprintf(out, "%-28s %8d\n", kind, v.figure(kind))
	}
	for i, one := range v.findings {
		if i == maxShown {
			fmt.Fprintf(out, "… and %d more\n", len(v.findings)-i)
			break
		}
		fmt.Fprintf(out, "%s: %s: %s\n", one.Fault, one.Subject, one.Detail)
	}
}
