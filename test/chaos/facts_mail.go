package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sort"
	"time"
)

type mail struct{ ID, EventID, Template, To, State, Error string }

type event struct{ ID, Kind, OperationID string }

type duty struct{ ID, Subject, Stage, State string }

type notice struct{ ID, DutyID, MailID, To, State string }

// jobRun is the beginning of one run of a job on one replica.
type jobRun struct {
	Job, Replica string
	At           time.Time
	Every        time.Duration // a slot of the job
}

func loadMails(ctx context.Context, db *sql.DB, f *facts) error {
	err := each(ctx, db, `SELECT id, COALESCE(event_id, ''), template, to_address, state, last_error FROM mails ORDER BY id`, func(scan func(...any) error) error {
		var m mail
		err := scan(&m.ID, &m.EventID, &m.Template, &m.To, &m.State, &m.Error)
		f.mails = append(f.mails, m)
		return err
	})
	if err != nil {
		return err
	}
	return each(ctx, db, `SELECT id, kind, operation_id FROM events ORDER BY id`, func(scan func(...any) error) error {
		var e event
		err := scan(&e.ID, &e.Kind, &e.OperationID)
		f.events = append(f.events, e)
		return err
	})
}

func loadDuties(ctx context.Context, db *sql.DB, f *facts) error {
	err := each(ctx, db, `SELECT id, subject_id, stage, state FROM duties ORDER BY id`, func(scan func(...any) error) error {
		var d duty
		err := scan(&d.ID, &d.Subject, &d.Stage, &d.State)
		f.duties = append(f.duties, d)
		return err
	})
	if err != nil {
		return err
	}
	return each(ctx, db, `SELECT id, duty_id, mail_id, to_address, state FROM notices ORDER BY id`, func(scan func(...any) error) error {
		var n notice
		err := scan(&n.ID, &n.DutyID, &n.MailID, &n.To, &n.State)
		f.notices = append(f.notices, n)
		return err
	})
}

// jobRuns reads from the replicas' logs which job began when.
func (w *world) jobRuns() ([]jobRun, error) {
	var out []jobRun
	for i, s := range w.Serves {
		runs, err := readJobRuns(s.LogFile, fmt.Sprintf("serve-%d", i+1))
		if err != nil {
			return nil, fmt.Errorf("reading the log of serve-%d: %w", i+1, err)
		}
		out = append(out, runs...)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out, nil
}

func readJobRuns(path, replica string) (out []jobRun, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l struct {
			Time  time.Time
			Msg   string
			Job   string
			Every time.Duration
		}
		// A line that a kill cut short says nothing.
		if json.Unmarshal(lines.Bytes(), &l) == nil && l.Msg == "job begins" {
			out = append(out, jobRun{Job: l.Job, Replica: replica, At: l.Time, Every: l.Every})
		}
	}
	return out, lines.Err()
}
