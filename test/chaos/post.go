package main

import (
	"context"
	"fmt"

	"github.com/indera/indera/test/rig"
)

const startLimit = rig.StartLimit

// relayAway is for how many steps the relay stays down.
const relayAway = 4

// upsetRelay stops the mail relay or tells it to misbehave.
func (s *storm) upsetRelay(i int, st step) error {
	switch st.Deed {
	case relayDown:
		s.tally.relayStops++
		s.relayBack = i + relayAway
		return s.w.relay.Stop()
	case relayBusy:
		s.w.relay.Be(rig.MoodBusy, rig.MoodFull)
	case relayCuts:
		s.w.relay.Be(rig.MoodHangUp)
	default:
		s.w.relay.Be(rig.MoodSilent)
	}
	return nil
}

func (s *storm) returnRelay(ctx context.Context, i int) error {
	if s.relayBack == 0 || i < s.relayBack {
		return nil
	}
	s.relayBack = 0
	return s.w.relay.Start(ctx)
}

// calmMail lets the relay take everything, has the notices that were cut short
// written in one more slot, and takes the queue's pauses away as staff would.
// The lease of a mail whose sender was killed is respected: it runs out.
func (s *storm) calmMail(ctx context.Context) error {
	if s.relayBack > 0 {
		s.relayBack = 0
		if err := s.w.relay.Start(ctx); err != nil {
			return err
		}
	}
	s.w.relay.Calm()
	s.tally.silent = s.w.relay.Did(rig.MoodSilent)
	if err := s.endSlots(ctx); err != nil {
		return err
	}
	s.tally.slots++
	if err := s.restart(ctx, s.w.Serves[0], s.w.Serves[0].Stop); err != nil {
		return err
	}
	s.until(ctx, s.slotTaken)
	return nil
}

// hurryMail makes everything due that waits for its next try.
func (w *world) hurryMail(ctx context.Context) error {
	if _, err := w.ours.ExecContext(ctx, `UPDATE mails SET due_at = 0 WHERE state = 'queued'`); err != nil {
		return fmt.Errorf("hurrying mail: %w", err)
	}
	return nil
}

// mayRepeat is how many mails may have been handed over without a note of it: a
// sender was killed or frozen between the relay's answer and its commit, the
// relay hung up after it had taken the mail, or the database went away. SMTP has
// no way to ask, so such a mail is sent again, under the same Message-ID.
func (s *storm) mayRepeat() int {
	t := s.tally
	// A stop of the relay may cut one conversation of each replica.
	return t.kills + t.freezes + t.silent + t.databaseKills*len(s.w.Serves) + t.relayStops*len(s.w.Serves)
}

// copies counts what the relay took beyond one of each mail.
func copies(taken []rig.Delivery) int64 {
	seen := map[string]bool{}
	for _, d := range taken {
		seen[d.ID] = true
	}
	return int64(len(taken) - len(seen))
}
