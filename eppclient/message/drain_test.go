package message

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/epp"
)

// queue plays a server's message queue.
type queue struct {
	ids      []string
	loseAcks int   // answers to an ack that get lost although it was done
	ackCode  int   // answered instead of taking the message off
	fails    error // of every exchange
}

var errLost = errors.New("connection lost")

func (q *queue) exchange(_ context.Context, cmd epp.Command) (*epp.Response, error) {
	if q.fails != nil {
		return nil, q.fails
	}
	answer := func(code int, rest string) (*epp.Response, error) {
		return epp.Codec{}.Decode(fmt.Appendf(nil, `<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="%d"><msg>x</msg></result>%s</response></epp>`, code, rest))
	}
	a, isAck := cmd.(epp.PollAck)
	switch {
	case isAck && q.ackCode != 0:
		return answer(q.ackCode, "")
	case isAck && (len(q.ids) == 0 || q.ids[0] != a.MessageID):
		return answer(2303, "")
	case isAck:
		q.ids = q.ids[1:]
		if q.loseAcks > 0 {
			q.loseAcks--
			return nil, errLost
		}
		return answer(1000, "")
	case len(q.ids) == 0:
		return answer(1300, "")
	}
	return answer(1301, fmt.Sprintf(`<msgQ count="%d" id="%s"><msg>text</msg></msgQ>`, len(q.ids), q.ids[0]))
}

func TestDrain(t *testing.T) {
	var kept []string
	keep := func(_ context.Context, m Message) error {
		if !strings.Contains(string(m.Raw), "<msg>text</msg>") || !slices.Contains(kept, m.ID) && m.ID == "poison" {
			return errors.New("cannot be stored")
		}
		kept = append(kept, m.ID)
		return nil
	}
	q := &queue{ids: []string{"a", "b", "c"}}
	if n, err := Drain(t.Context(), q.exchange, keep, 2); n != 2 || err != nil || !slices.Equal(kept, []string{"a", "b"}) {
		t.Errorf("%d, %v, kept %v", n, err, kept)
	}
	if n, err := Drain(t.Context(), q.exchange, keep, 100); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}

	// The answer to an ack is lost: the next run goes on behind the message.
	q = &queue{ids: []string{"d", "e"}, loseAcks: 1}
	if n, err := Drain(t.Context(), q.exchange, keep, 100); n != 0 || !errors.Is(err, errLost) {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := Drain(t.Context(), q.exchange, keep, 100); n != 1 || err != nil || !slices.Equal(kept, []string{"a", "b", "c", "d", "e"}) {
		t.Errorf("%d, %v, kept %v", n, err, kept)
	}

	// What could not be stored stays where it is.
	q = &queue{ids: []string{"poison"}}
	if n, err := Drain(t.Context(), q.exchange, keep, 100); n != 0 || err == nil || len(q.ids) != 1 {
		t.Errorf("%d, %v", n, err)
	}
}

func TestDrainRefusals(t *testing.T) {
	keep := func(context.Context, Message) error { return nil }
	var refused *epp.ResultError
	if _, err := Drain(t.Context(), (&queue{ids: []string{"a"}, ackCode: 2400}).exchange, keep, 9); !errors.As(err, &refused) || refused.Code != 2400 {
		t.Errorf("ack: %v", err)
	}
	// A server that claims the message is gone and shows it again.
	if n, err := Drain(t.Context(), (&queue{ids: []string{"a"}, ackCode: 2303}).exchange, keep, 9); !errors.Is(err, ErrStuck) || n != 1 {
		t.Errorf("stuck: %d, %v", n, err)
	}
	if _, err := Drain(t.Context(), (&queue{fails: errLost}).exchange, keep, 9); !errors.Is(err, errLost) {
		t.Errorf("lost: %v", err)
	}
	noPoll := func(context.Context, epp.Command) (*epp.Response, error) {
		return epp.Codec{}.Decode([]byte(`<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="2101"><msg>x</msg></result></response></epp>`))
	}
	if _, err := Drain(t.Context(), noPoll, keep, 9); !errors.As(err, &refused) || refused.Code != 2101 {
		t.Errorf("poll: %v", err)
	}
}
