package main

import (
	"testing"
	"time"

	"github.com/indera/indera/test/rig"
)

// told is the mail side of a sound run: one operation told of, one name that was
// owed a notice.
func told() (facts, []rig.Delivery, []sown) {
	return facts{
			operations: []operation{{"op1", "register", "a.one", "succeeded"}},
			events:     []event{{"ev1", "domain.registered", "op1"}},
			mails: []mail{
				{ID: "m1", EventID: "ev1", Template: "domain_registered", State: "sent"},
				{ID: "m2", EventID: "n1", Template: "errp_month", State: "sent"},
			},
			duties:  []duty{{"d1", "dom_1", "month", "done"}},
			notices: []notice{{"n1", "d1", "m2", "holder@example.org", "sent"}},
		}, []rig.Delivery{{ID: "m1"}, {ID: "m2"}},
		[]sown{{"dom_1", "owed-1.one", "month", "holder@example.org"}}
}

func TestJudgeSeesEachMail(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fault  fault
		amount int64
		do     func(f *facts, taken *[]rig.Delivery)
	}{
		{"sound", faultMail, 0, func(*facts, *[]rig.Delivery) {}},
		{"a copy that is explained", faultMail, 0, func(_ *facts, d *[]rig.Delivery) { *d = append(*d, rig.Delivery{ID: "m1"}) }},
		{"a copy too many", faultMail, 1, func(_ *facts, d *[]rig.Delivery) { *d = append(*d, rig.Delivery{ID: "m1"}, rig.Delivery{ID: "m2"}) }},
		{"never taken", faultMail, 1, func(_ *facts, d *[]rig.Delivery) { *d = (*d)[:1] }},
		{"still queued", faultMail, 1, func(f *facts, _ *[]rig.Delivery) { f.mails[0].State = "queued" }},
		{"given up", faultMail, 1, func(f *facts, _ *[]rig.Delivery) { f.mails[0].State = "failed" }},
		{"queued by nobody", faultMail, 1, func(_ *facts, d *[]rig.Delivery) { *d = append(*d, rig.Delivery{ID: "m9"}) }},
		{"no event", faultMail, 1, func(f *facts, _ *[]rig.Delivery) { f.events = nil }},
		{"two events", faultMail, 1, func(f *facts, _ *[]rig.Delivery) { f.events = append(f.events, event{"ev2", "domain.renewed", "op1"}) }},
		{"told by no mail", faultMail, 1, func(f *facts, d *[]rig.Delivery) { f.mails, *d = f.mails[1:], (*d)[1:] }},
		{"told twice", faultMail, 1, func(f *facts, d *[]rig.Delivery) {
			f.mails = append(f.mails, mail{ID: "m3", EventID: "ev1", State: "sent"})
			*d = append(*d, rig.Delivery{ID: "m3"})
		}},
		{"no duty", faultNotice, 1, func(f *facts, _ *[]rig.Delivery) { f.duties = nil }},
		{"another stage", faultNotice, 1, func(f *facts, _ *[]rig.Delivery) { f.duties[0].Stage = "week" }},
		{"missed", faultNotice, 1, func(f *facts, _ *[]rig.Delivery) { f.duties[0].State = "breached" }},
		{"two duties", faultNotice, 1, func(f *facts, _ *[]rig.Delivery) { f.duties = append(f.duties, duty{"d2", "dom_1", "week", "done"}) }},
		{"two notices", faultNotice, 1, func(f *facts, _ *[]rig.Delivery) {
			f.notices = append(f.notices, notice{"n2", "d1", "m4", "holder@example.org", "sent"})
		}},
		{"to somebody else", faultNotice, 1, func(f *facts, _ *[]rig.Delivery) { f.notices[0].To = "x@example.org" }},
		{"a duty for nobody", faultNotice, 1, func(f *facts, _ *[]rig.Delivery) { f.duties = append(f.duties, duty{"d2", "dom_2", "week", "done"}) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, taken, owed := told()
			tt.do(&f, &taken)
			v := &verdict{}
			judgeMail(v, f, taken, 1)
			judgeNotices(v, f, owed)
			if v.figure(tt.fault) != tt.amount || int64(len(v.findings)) != tt.amount {
				t.Errorf("%s is %d, want %d: %+v", tt.fault, v.figure(tt.fault), tt.amount, v.findings)
			}
		})
	}
}

func TestJudgeSeesEachSlot(t *testing.T) {
	at := func(d time.Duration, job, replica string) jobRun {
		return jobRun{job, replica, born.Add(d), 30 * time.Second}
	}
	for _, tt := range []struct {
		name string
		runs []jobRun
		ends []time.Time
		want int64
	}{
		{"two slots", []jobRun{at(0, "audit-chain", "a"), at(30*time.Second, "audit-chain", "b")}, nil, 0},
		{"two jobs", []jobRun{at(0, "audit-chain", "a"), at(time.Second, noticeJob, "b")}, nil, 0},
		{"one slot twice", []jobRun{at(0, "audit-chain", "a"), at(20*time.Second, "audit-chain", "b")}, nil, 1},
		{"ended in between", []jobRun{at(0, noticeJob, "a"), at(9*time.Second, noticeJob, "b")}, []time.Time{born.Add(5 * time.Second)}, 0},
		{"ended afterwards", []jobRun{at(0, noticeJob, "a"), at(9*time.Second, noticeJob, "b")}, []time.Time{born.Add(10 * time.Second)}, 1},
		{"another job's slot ended", []jobRun{at(0, "audit-chain", "a"), at(9*time.Second, "audit-chain", "b")}, []time.Time{born.Add(5 * time.Second)}, 1},
	} {
		v := &verdict{}
		if judgeJobs(v, tt.runs, tt.ends); v.figure(faultJob) != tt.want {
			t.Errorf("%s: %+v", tt.name, v.findings)
		}
	}
}
