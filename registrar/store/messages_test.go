package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func TestQueueMessages(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		message := func(id, registry, object string, state registrar.QueueMessageState) registrar.QueueMessage {
			return registrar.QueueMessage{
				ID: id, Registry: registry, MessageID: "q-" + id, QueuedAt: noon, ReceivedAt: noon, Text: "Привіт", SvTRID: "sv", Frame: []byte("<epp>\xff</epp>"),
				Object: object, Kinds: "text", Events: []registrar.RegistryEvent{{Kind: registrar.ToldText, Text: "Привіт"}}, State: state, DueAt: noon,
			}
		}
		insert := func(m registrar.QueueMessage) (fresh bool) {
			t.Helper()
			write(t, s, func(tx registrar.Tx) (err error) { fresh, err = tx.InsertQueueMessage(ctx, m); return err })
			return fresh
		}
		for i := range 6 {
			m := message(fmt.Sprintf("msg_%d", i), []string{"a", "b"}[i%2], fmt.Sprintf("n%d.shop", i%3), []registrar.QueueMessageState{registrar.MessageNew, registrar.MessageWaiting, registrar.MessageApplied}[i%3])
			if !insert(m) {
				t.Errorf("%s is not fresh", m.ID)
			}
			again := m
			again.ID = "msg_x"
			if insert(again) {
				t.Errorf("%s was kept twice", m.ID)
			}
		}
		got := must[registrar.QueueMessage](t)(s.QueueMessage(ctx, "msg_0"))
		want := message("msg_0", "a", "n0.shop", registrar.MessageNew)
		want.Revision = 1
		same(t, got, want)
		ids := func(f registrar.QueueMessageFilter) string {
			t.Helper()
			out := ""
			for _, m := range must[[]registrar.QueueMessage](t)(s.QueueMessages(ctx, f, registrar.Page{})) {
				out += m.ID[4:]
			}
			return out
		}
		same(t, ids(registrar.QueueMessageFilter{}), "543210")
		same(t, ids(registrar.QueueMessageFilter{State: registrar.MessageWaiting}), "41")
		same(t, ids(registrar.QueueMessageFilter{Registry: "a"}), "420")
		same(t, ids(registrar.QueueMessageFilter{Registry: "a", State: registrar.MessageWaiting}), "4")
		same(t, ids(registrar.QueueMessageFilter{Object: "n0.shop"}), "30")
		same(t, must[int](t)(s.CountQueueMessages(ctx, registrar.MessageWaiting, 10)), 2)
		due := must[[]registrar.QueueMessage](t)(s.DueQueueMessages(ctx, "b", noon, 10))
		if len(due) != 1 || due[0].ID != "msg_3" {
			t.Errorf("due %+v", due)
		}
		if early := must[[]registrar.QueueMessage](t)(s.DueQueueMessages(ctx, "b", noon.Add(-time.Second), 10)); len(early) != 0 {
			t.Errorf("due too early: %+v", early)
		}
		for _, ok := range []bool{true, false} { // the second has an old revision
			got.State, got.Note, got.Attempt, got.DueAt = registrar.MessageSettled, "read", 3, noon.Add(time.Hour)
			write(t, s, func(tx registrar.Tx) error {
				changed, err := tx.ChangeQueueMessage(ctx, got)
				if err == nil {
					same(t, changed, ok)
				}
				return err
			})
		}
		purge := func(before time.Time, want int) {
			t.Helper()
			write(t, s, func(tx registrar.Tx) error {
				n, err := tx.PurgeQueueMessages(ctx, before, 10)
				if err == nil {
					same(t, n, want)
				}
				return err
			})
		}
		purge(noon, 0)
		got.Revision = 2
		same(t, must[registrar.QueueMessage](t)(s.QueueMessage(ctx, "msg_0")), got)
		purge(noon.Add(time.Second), 3) // settled: 0; applied: 2 and 5
		same(t, ids(registrar.QueueMessageFilter{}), "431")
	})
}
