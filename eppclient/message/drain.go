package message

import (
	"context"
	"errors"
	"fmt"

	"github.com/indera/indera/eppclient/epp"
)

// Exchange runs one command on a session of the account, for example through its
// pool. Its error means that no answer came.
type Exchange func(ctx context.Context, cmd epp.Command) (*epp.Response, error)

// Keep stores a message for good, before it is acknowledged: afterwards nobody can
// see it again. It may be called again with the same message when the answer to
// the ack was lost, and must then do nothing. It keeps what it does not
// understand; its error ends the draining and leaves the message where it is.
type Keep func(ctx context.Context, m Message) error

// ErrStuck says that a queue shows the same message again after its ack: there is
// no way to reach what is behind it.
var ErrStuck = errors.New("the message at the head of the queue stays there after its ack")

// Drain takes messages off a queue until it is empty, limit messages are done or
// ctx ends, and returns how many were acknowledged. There must be one drainer for
// each account: two would read the same message.
//
// Errors: the exchange's and keep's, wrapped; *epp.ResultError when the server
// refuses to poll; ErrStuck.
func Drain(ctx context.Context, exchange Exchange, keep Keep, limit int) (done int, err error) {
	last := ""
	for done < limit {
		resp, err := exchange(ctx, epp.PollRequest{})
		if err != nil {
			return done, fmt.Errorf("polling: %w", err)
		}
		if err := resp.Err(); err != nil {
			return done, fmt.Errorf("polling: %w", err)
		}
		m, ok := Read(resp)
		if !ok {
			return done, nil
		}
		if m.ID == last {
			return done, fmt.Errorf("%w: %q", ErrStuck, m.ID)
		}
		if err := keep(ctx, m); err != nil {
			return done, fmt.Errorf("keeping message %q: %w", m.ID, err)
		}
		if err := ack(ctx, exchange, m.ID); err != nil {
			return done, err
		}
		last, done = m.ID, done+1
	}
	return done, nil
}

// ack takes a kept message off. 2303 means that it is gone already: an earlier ack
// whose answer was lost.
func ack(ctx context.Context, exchange Exchange, id string) error {
	resp, err := exchange(ctx, epp.PollAck{MessageID: id})
	if err == nil {
		err = resp.Err()
	}
	var refused *epp.ResultError
	if err == nil || errors.As(err, &refused) && refused.Code == epp.CodeObjectDoesNotExist {
		return nil
	}
	return fmt.Errorf("acknowledging message %q: %w", id, err)
}
