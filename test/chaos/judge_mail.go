package main

import (
	"time"

	"github.com/indera/indera/test/rig"
)

// judgeMail proves that every operation that ended was told of by one event and
// one mail, that the relay took every mail, and took no more copies than there
// were moments in which a sender could not know that it had.
func judgeMail(v *verdict, f facts, taken []rig.Delivery, mayRepeat int) {
	events := map[string][]event{} // by operation
	for _, e := range f.events {
		events[e.OperationID] = append(events[e.OperationID], e)
	}
	mails := map[string]int{} // by event
	for _, m := range f.mails {
		mails[m.EventID]++
	}
	for _, o := range f.operations {
		of := events[o.ID]
		if len(of) != 1 {
			v.add(faultMail, 1, "operation "+o.ID, "%s %s is %s and has %d events", o.Kind, o.Domain, o.State, len(of))
			continue
		}
		if n := mails[of[0].ID]; n != 1 {
			v.add(faultMail, 1, "event "+of[0].ID, "%s of %s was told of by %d mails", of[0].Kind, o.Domain, n)
		}
	}
	judgeDeliveries(v, f, taken, mayRepeat)
}

func judgeDeliveries(v *verdict, f facts, taken []rig.Delivery, mayRepeat int) {
	got := map[string]int{}
	for _, d := range taken {
		got[d.ID]++
	}
	repeated := 0
	for _, m := range f.mails {
		n := got[m.ID]
		delete(got, m.ID)
		switch {
		case m.State != "sent":
			v.add(faultMail, 1, "mail "+m.ID, "%s is %s, and the relay took it %d times: %s", m.Template, m.State, n, m.Error)
		case n == 0:
			v.add(faultMail, 1, "mail "+m.ID, "%s counts as sent, and the relay never took it", m.Template)
		default:
			repeated += n - 1
		}
	}
	for id, n := range got {
		v.add(faultMail, int64(n), "mail "+id, "the relay took it %d times, and nobody queued it", n)
	}
	if repeated > mayRepeat {
		v.add(faultMail, int64(repeated-mayRepeat), "copies", "%d mails were sent again, %d times a sender could not know that it had", repeated, mayRepeat)
	}
}

// judgeNotices proves that each name that was owed a notice got that one and no
// other, whoever of the schedulers wrote it.
func judgeNotices(v *verdict, f facts, owed []sown) {
	duties := map[string][]duty{}
	for _, d := range f.duties {
		duties[d.Subject] = append(duties[d.Subject], d)
	}
	notices := map[string][]notice{}
	for _, n := range f.notices {
		notices[n.DutyID] = append(notices[n.DutyID], n)
	}
	for _, s := range owed {
		of := duties[s.ID]
		delete(duties, s.ID)
		if len(of) != 1 || of[0].Stage != s.Stage || of[0].State != "done" {
			v.add(faultNotice, 1, s.Name, "is owed the notice %s, its duties are %+v", s.Stage, of)
			continue
		}
		if ns := notices[of[0].ID]; len(ns) != 1 || ns[0].State != "sent" || ns[0].To != s.Email {
			v.add(faultNotice, 1, s.Name, "is owed one notice %s, it got %+v", s.Stage, ns)
		}
	}
	for subject, of := range duties {
		v.add(faultNotice, int64(len(of)), subject, "is owed nothing and has duties: %+v", of)
	}
}

// noticed counts the duties that were done.
func (f facts) noticed() int {
	n := 0
	for _, d := range f.duties {
		if d.State == "done" {
			n++
		}
	}
	return n
}

// judgeJobs proves that no slot of a job was run by two replicas. runs are in
// the order of time; ends is when the storm ended the slots of noticeJob.
func judgeJobs(v *verdict, runs []jobRun, ends []time.Time) {
	last := map[string]jobRun{}
	for _, r := range runs {
		was, again := last[r.Job]
		last[r.Job] = r
		// A slot's lease is nine tenths of it; logs and database may differ a little.
		if !again || r.At.Sub(was.At) >= r.Every*9/10-time.Second {
			continue
		}
		// A run is logged a moment after its slot was taken, which is what the storm waits for.
		if r.Job == noticeJob && endedBetween(ends, was.At.Add(-time.Second), r.At) {
			continue
		}
		v.add(faultJob, 1, r.Job, "began on %s and %s later on %s", was.Replica, r.At.Sub(was.At), r.Replica)
	}
}

func endedBetween(ends []time.Time, from, to time.Time) bool {
	for _, e := range ends {
		if e.After(from) && e.Before(to) {
			return true
		}
	}
	return false
}
