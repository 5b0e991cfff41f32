package portal

import (
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/web/ratelimit"
)

// TestHundredTries: of one account at most a hundred passwords or codes can be
// tried in an hour by somebody who never stops (ASVS 2.2.1), even when two
// processes serve pages.
func TestHundredTries(t *testing.T) {
	for name, rule := range map[string]ratelimit.Rule{"sign-in": DefaultLimits().SignInAccount, "proof": DefaultLimits().Prove} {
		clock := clockwork.NewFakeClock()
		l := ratelimit.New(rule, 0, clock)
		tries := 0
		for range 3600 {
			if l.Take("ada@example.org").OK {
				tries++
			}
			clock.Advance(time.Second)
		}
		if 2*tries > 100 || tries < 20 {
			t.Errorf("%s: %d tries in an hour", name, tries)
		}
	}
}
