package errp

import "time"

// Name is Duty.Policy of every duty planned here.
const Name = "errp"

// Stages.
const (
	StageMonth   = "month"   // about one month before expiry
	StageWeek    = "week"    // about one week before expiry
	StageExpired = "expired" // after expiry, with renewal instructions
)

const day = 24 * time.Hour

// stage is one notice that the policy asks for. All offsets count from the
// moment of expiry; negative ones lie before it.
type stage struct {
	name     string
	clause   string
	template string
	opens    time.Duration // first moment at which a notice counts
	due      time.Duration // when we send it
	closes   time.Duration // last moment at which a notice counts
	useful   time.Duration // a missed one is still sent, late, until then
}

// stages are the three notices of ERRP 2.1 (Expired Registration Recovery
// Policy, version of 21 February 2024). The windows are those that ICANN's notes
// on 2.1 call approximately one month and one week; we send early in them, so
// that a day of trouble is no breach.
var stages = []stage{
	{
		name: StageMonth, template: "errp_month",
		// ERRP 2.1.1 and its note: 26 to 35 days before expiry.
		clause: "ERRP 2.1.1: notice about one month before expiry (26 to 35 days)",
		opens:  -35 * day, due: -32 * day, closes: -26 * day,
		useful: -10 * day, // then the next notice takes over
	},
	{
		name: StageWeek, template: "errp_week",
		// ERRP 2.1.1 and its note: 4 to 10 days before expiry.
		clause: "ERRP 2.1.1: notice about one week before expiry (4 to 10 days)",
		opens:  -10 * day, due: -7 * day, closes: -4 * day,
		useful: 0,
	},
	{
		name: StageExpired, template: "errp_expired",
		// ERRP 2.1.2: within five days after expiry when the name was neither
		// renewed nor deleted. Its wording can also be read as "what is so on day
		// five"; a notice a day after expiry satisfies both readings.
		clause: "ERRP 2.1.2: notice within 5 days after expiry, with renewal instructions",
		opens:  0, due: 1 * day, closes: 5 * day,
		useful: 30 * day, // well inside the usual 45 days of auto-renew grace (RAA 3.7.5)
	},
}

func stageNamed(name string) (stage, bool) {
	for _, s := range stages {
		if s.name == name {
			return s, true
		}
	}
	return stage{}, false
}

// cycleOf names an expiry cycle by its day in UTC. Registries write the same
// moment with and without fractions of a second; the day is the same.
func cycleOf(expires time.Time) string { return expires.UTC().Format(time.DateOnly) }
