package registrar

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Taking messages of a registry's queue is one process's work at a time: two
// would read the same one. The lease outlives the longest round.
const (
	messagesTTL   = 5 * time.Minute
	messagesRound = 4 * time.Minute // one round, well within the lease
	messagesBatch = 200
)

// listen takes messages until ctx ends.
func (d *desk) listen(ctx context.Context) {
	tick := time.NewTicker(d.opt.Messages)
	defer tick.Stop()
	for {
		if err := d.e.TakeMessages(ctx, d.name); err != nil && ctx.Err() == nil {
			d.e.log.WarnContext(ctx, "taking messages of a registry failed", "registry", d.name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// TakeMessages empties the message queue of a registry account (RFC 5730
// §2.9.2.3) and acts upon what came. Each message is stored before it is
// acknowledged. It does nothing where the account has no queue for us, while
// another process is at it, after a restore, and while names of the account are
// kept by another owner system: that system reads the queue.
func (e *Engine) TakeMessages(ctx context.Context, registry string) error {
	reg := e.opt.Registries[registry]
	if reg == nil || !reg.Capabilities().Messages {
		return nil
	}
	if restoring, err := e.Restoring(ctx); err != nil || restoring {
		return err
	}
	lease := "messages/" + registry
	token, ok, err := e.store.TryLease(ctx, lease, e.opt.Holder, messagesTTL)
	if err != nil || !ok {
		return err
	}
	within, cancel := context.WithTimeout(ctx, messagesRound)
	defer cancel()
	err = errors.Join(e.drainMessages(within, registry, reg), e.applyMessages(within, registry, reg))
	done := context.WithoutCancel(ctx)
	if released := e.store.ReleaseLease(done, lease, token); released != nil {
		err = errors.Join(err, fmt.Errorf("giving the lease of a message queue back: %w", released))
	}
	return err
}

func (e *Engine) drainMessages(ctx context.Context, registry string, reg Registry) error {
	elsewhere, err := e.store.ServedElsewhere(ctx, registry)
	if err != nil || elsewhere {
		return err
	}
	_, err = reg.PollMessages(ctx, func(ctx context.Context, m RegistryMessage) error { return e.keepMessage(ctx, registry, m) }, messagesBatch)
	if err != nil {
		return fmt.Errorf("reading the message queue of %s: %w", registry, err)
	}
	return nil
}

// keepMessage stores a message; one that is known already stays as it is.
func (e *Engine) keepMessage(ctx context.Context, registry string, m RegistryMessage) error {
	now := e.Now()
	row := QueueMessage{
		ID: e.id(PrefixMessage), Registry: registry, MessageID: clip(m.ID, 255), QueuedAt: m.Queued.UTC().Truncate(time.Microsecond), ReceivedAt: now,
		Text: clip(m.Text, 2000), SvTRID: clip(m.SvTRID, maxTRID), Frame: m.Raw, Events: m.Events, State: MessageNew, DueAt: now,
	}
	var kinds []string
	for _, ev := range m.Events {
		if kinds = append(kinds, string(ev.Kind)); row.Object == "" {
			row.Object = clip(ev.Object.ID, 255)
		}
	}
	row.Kinds = clip(strings.Join(kinds, " "), 255)
	if len(m.Moved) > 0 {
		e.log.WarnContext(ctx, "a registry sends data of namespaces that our sessions do not use", "registry", registry, "namespaces", m.Moved)
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		_, err := tx.InsertQueueMessage(ctx, row)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping a message: %w", err)
	}
	return nil
}

// applyMessages acts upon the messages that are due, oldest first. One that fails
// is put off and never holds up those behind it.
func (e *Engine) applyMessages(ctx context.Context, registry string, reg Registry) error {
	var all error
	for ctx.Err() == nil {
		due, err := e.store.DueQueueMessages(ctx, registry, e.Now(), messagesBatch)
		if err != nil {
			return errors.Join(all, fmt.Errorf("listing messages: %w", err))
		}
		for _, m := range due {
			if err := e.applyMessage(ctx, reg, m); err != nil {
				all = errors.Join(all, err)
			}
		}
		if len(due) < messagesBatch || all != nil {
			break // what could not be written would be due again at once
		}
	}
	e.notice.publish()
	return errors.Join(all, ctx.Err())
}

// maxMessageTries is how often acting upon a message is tried, each time after
// twice the time: for about a day. Then a person reads it.
const maxMessageTries = 10

// heeded is what acting upon a message came to.
type heeded struct {
	notes []string         // why a person must read it
	tell  []func(Tx) error // what is told to others, with the message's end and never twice
}

func (e *Engine) applyMessage(ctx context.Context, reg Registry, m QueueMessage) error {
	var all heeded
	var failed error
	for _, ev := range m.Events { // one that fails keeps no other from being heeded
		if err := e.heed(ctx, reg, m, ev, &all); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	if failed != nil {
		return e.messageFailed(ctx, m, all, failed)
	}
	m.State, m.Note = MessageApplied, ""
	if len(all.notes) > 0 {
		m.State, m.Note = MessageWaiting, clip(strings.Join(all.notes, " "), 1000)
	}
	return e.writeMessage(ctx, m, all.tell...)
}

// messageFailed puts a message off; the last time a person gets it, and what could
// be told is told.
func (e *Engine) messageFailed(ctx context.Context, m QueueMessage, all heeded, cause error) error {
	if ctx.Err() != nil {
		return cause // our own end, no fault of the message
	}
	m.DueAt = e.Now().Add(time.Minute << m.Attempt)
	m.Note = clip("It could not be acted upon: "+cause.Error(), 1000)
	var tell []func(Tx) error
	if m.Attempt++; m.Attempt >= maxMessageTries {
		m.State, tell = MessageWaiting, all.tell
	}
	return errors.Join(fmt.Errorf("acting upon message %s: %w", m.ID, cause), e.writeMessage(ctx, m, tell...))
}

// writeMessage writes how far a message came; also runs in the same transaction.
func (e *Engine) writeMessage(ctx context.Context, m QueueMessage, also ...func(Tx) error) error {
	err := e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.ChangeQueueMessage(ctx, m)
		if err != nil {
			return err
		}
		if !ok {
			return Errorf(KindConflict, "message_changed", "Somebody else has dealt with this message.")
		}
		for _, do := range also {
			if err := do(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("writing message %s: %w", m.ID, err)
	}
	return nil
}

// PurgeMessages removes messages of registries whose story is over after the time
// of operational data.
func (e *Engine) PurgeMessages(ctx context.Context) error {
	const batch = 500
	for ctx.Err() == nil {
		var n int
		err := e.store.InTx(ctx, func(tx Tx) (err error) {
			n, err = tx.PurgeQueueMessages(ctx, e.Now().Add(-e.opt.Retention.Operational), batch)
			return err
		})
		if err != nil {
			return fmt.Errorf("purging messages of registries: %w", err)
		}
		if n < batch {
			return nil
		}
	}
	return ctx.Err()
}

// SettleMessage notes that staff read a message that waited for a person, and what
// they did.
func (e *Engine) SettleMessage(ctx context.Context, by Actor, id, note string) error {
	if err := e.staffOrSystem(ctx, by, StaffCommands); err != nil {
		return err
	}
	if note = strings.TrimSpace(note); note == "" {
		return InvalidField("note", "required", "Say what was done, or why nothing has to be.")
	}
	m, err := e.store.QueueMessage(ctx, id)
	if err != nil {
		return err
	}
	if m.State != MessageWaiting {
		return Errorf(KindConflict, "not_waiting", "This message does not wait for anybody.")
	}
	was := m
	m.State, m.Note = MessageSettled, clip(note, 1000)
	return e.writeMessage(ctx, m, func(tx Tx) error {
		return tx.InsertAudit(ctx, e.audit(by, "registry.message_settled", "registry_message", m.ID, m.Object,
			map[string]string{"state": string(was.State), "note": was.Note}, map[string]string{"state": string(m.State), "note": m.Note}))
	})
}
