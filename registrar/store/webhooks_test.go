package store_test

import (
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func aWebhook(id, customer string) registrar.WebhookEndpoint {
	until, off := noon.Add(time.Hour).UTC(), noon.Add(2*time.Hour).UTC()
	return registrar.WebhookEndpoint{ID: id, CustomerID: customer, URL: "https://a.example/?x=1", Description: "Größe 😀", Kinds: []registrar.EventKind{"a.b", "c.d"},
		CreatedBy: registrar.Actor{Kind: registrar.ActorCustomer, ID: "usr_1"}, AddressBy: "usr_2", CreatedAt: noon.UTC(), OffAt: &off, OffWhy: registrar.OffByHand,
		Sealed: "v1.k.abc", PreviousSealed: "v1.k.def", PreviousUntil: &until, Failures: 3, FailingSince: &until, Revision: 4}
}

func aDelivery(id, endpoint, event string) registrar.EventDelivery {
	return registrar.EventDelivery{ID: id, EndpointID: endpoint, EventID: event, Kind: "a.b", State: registrar.DeliveryPending, CreatedAt: noon.UTC(), QueuedAt: noon.UTC()}
}

func TestWebhookEndpoints(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		one, two, staff := aWebhook("whk_1", "cus_1"), aWebhook("whk_2", "cus_1"), aWebhook("whk_3", "")
		two.Kinds, two.OffAt, two.OffWhy, two.PreviousSealed, two.PreviousUntil = nil, nil, "", "", nil
		write(t, s, func(tx registrar.Tx) error {
			for _, w := range []registrar.WebhookEndpoint{one, two, staff} {
				if err := tx.InsertWebhookEndpoint(ctx, w); err != nil {
					return err
				}
			}
			return nil
		})
		same(t, must[registrar.WebhookEndpoint](t)(s.WebhookEndpoint(ctx, "whk_1")), one)
		same(t, must[[]registrar.WebhookEndpoint](t)(s.WebhookEndpoints(ctx, "cus_1")), []registrar.WebhookEndpoint{two, one})
		same(t, must[[]registrar.WebhookEndpoint](t)(s.WebhookEndpoints(ctx, "")), []registrar.WebhookEndpoint{staff})

		changed := one
		changed.AddressBy = "usr_3"
		changed.URL, changed.Kinds, changed.OffAt, changed.OffWhy, changed.Failures, changed.FailingSince = "https://b.example/", nil, nil, "", 0, nil
		write(t, s, func(tx registrar.Tx) error { return tx.ChangeWebhookEndpoint(ctx, changed) })
		if err := s.InTx(ctx, func(tx registrar.Tx) error { return tx.ChangeWebhookEndpoint(ctx, one) }); registrar.KindOf(err) != registrar.KindConflict {
			t.Errorf("an old revision is written: %v", err)
		}
		changed.Revision++
		same(t, must[registrar.WebhookEndpoint](t)(s.WebhookEndpoint(ctx, "whk_1")), changed)

		write(t, s, func(tx registrar.Tx) error { return tx.ErasePreviousSecrets(ctx, noon.Add(59*time.Minute)) })
		same(t, must[registrar.WebhookEndpoint](t)(s.WebhookEndpoint(ctx, "whk_1")).PreviousSealed, "v1.k.def")
		write(t, s, func(tx registrar.Tx) error { return tx.ErasePreviousSecrets(ctx, noon.Add(time.Hour)) })
		same(t, must[registrar.WebhookEndpoint](t)(s.WebhookEndpoint(ctx, "whk_1")).PreviousSealed, "")

		remove := func(customer, id string) (n int) {
			t.Helper()
			write(t, s, func(tx registrar.Tx) (err error) {
				n, err = tx.RemoveWebhookEndpoints(ctx, customer, id, noon)
				return err
			})
			return n
		}
		same(t, remove("cus_2", "whk_1"), 0)
		same(t, remove("cus_1", "whk_1"), 1)
		same(t, remove("cus_1", ""), 1)
		if _, err := s.WebhookEndpoint(ctx, "whk_1"); !registrar.IsNotFound(err) {
			t.Errorf("a removed webhook is there: %v", err)
		}
		var sealed string
		if err := s.SQL().QueryRowContext(ctx, "SELECT sealed FROM webhook_endpoints WHERE id = 'whk_2'").Scan(&sealed); err != nil || sealed != "" {
			t.Errorf("the secret of a removed webhook is kept: %q, %v", sealed, err)
		}
		same(t, must[[]string](t)(s.RemovedWebhookEndpoints(ctx, 10)), []string{"whk_1", "whk_2"})
	})
}

func TestEventDeliveries(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		on, off := aWebhook("whk_1", "cus_1"), aWebhook("whk_2", "cus_1")
		on.OffAt, on.OffWhy = nil, ""
		first, second, waits := aDelivery("whd_1", "whk_1", "evt_1"), aDelivery("whd_2", "whk_1", "evt_2"), aDelivery("whd_3", "whk_2", "evt_1")
		write(t, s, func(tx registrar.Tx) error {
			for _, w := range []registrar.WebhookEndpoint{on, off} {
				if err := tx.InsertWebhookEndpoint(ctx, w); err != nil {
					return err
				}
			}
			return tx.InsertDeliveries(ctx, []registrar.EventDelivery{first, second, waits})
		})
		if err := s.InTx(ctx, func(tx registrar.Tx) error {
			return tx.InsertDeliveries(ctx, []registrar.EventDelivery{aDelivery("whd_9", "whk_1", "evt_1")})
		}); registrar.KindOf(err) != registrar.KindConflict {
			t.Errorf("an event is queued twice for one endpoint: %v", err)
		}
		idsOf := func(list []registrar.EventDelivery) []string {
			return ids(list, func(d registrar.EventDelivery) string { return d.ID })
		}
		due := func() []string { return must[[]string](t)(s.DueWebhookEndpoints(ctx, 10)) }
		same(t, due(), []string{"whk_1"}) // the other one is off
		same(t, idsOf(must[[]registrar.EventDelivery](t)(s.DueDeliveries(ctx, "whk_1", 10))), []string{"whd_1", "whd_2"})
		backlog := must[registrar.WebhookBacklog](t)(s.WebhookBacklog(ctx, 10))
		same(t, backlog.Late, time.Duration(0)) // what is late is a failing endpoint's
		same(t, backlog, registrar.WebhookBacklog{Pending: 3, Failing: 1})
		same(t, must[registrar.WebhookBacklog](t)(s.WebhookBacklog(ctx, 2)).Pending, 2)

		claim := func(token string) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				ok, err = tx.ClaimWebhookEndpoint(ctx, "whk_1", "me", token, time.Minute)
				return err
			})
			return ok
		}
		working := on
		working.Failures, working.FailingSince = 0, nil
		write(t, s, func(tx registrar.Tx) error { return tx.ChangeWebhookEndpoint(ctx, working) })
		on.Revision++
		write(t, s, func(tx registrar.Tx) error { return tx.ChangeDelivery(ctx, second, -time.Hour) })
		if late := must[registrar.WebhookBacklog](t)(s.WebhookBacklog(ctx, 10)).Late; late < time.Hour || late > time.Hour+time.Minute {
			t.Errorf("%v late", late)
		}
		write(t, s, func(tx registrar.Tx) error { return tx.ChangeDelivery(ctx, second, 0) })
		same(t, []bool{claim("a"), claim("b")}, []bool{true, false})
		same(t, len(due()), 0)
		tried := first
		tried.State, tried.Attempt, tried.LastStatus, tried.FinishedAt = registrar.DeliveryDelivered, 1, 204, &on.CreatedAt
		try := registrar.DeliveryAttempt{ID: "wha_1", DeliveryID: "whd_1", At: noon.UTC(), Took: 42 * time.Millisecond, Status: 204, Note: "ü", Answer: "a\n·😀"}
		on.Failures, on.FailingSince = 0, nil
		write(t, s, func(tx registrar.Tx) error {
			if ok, err := tx.NoteWebhookTry(ctx, on, "b", 0); ok || err != nil {
				t.Errorf("noted without the lease: %v", err)
			}
			if ok, err := tx.NoteWebhookTry(ctx, on, "a", time.Hour); !ok || err != nil {
				t.Errorf("not noted: %v", err)
			}
			if err := tx.InsertDeliveryAttempt(ctx, try); err != nil {
				return err
			}
			return tx.ChangeDelivery(ctx, tried, 0)
		})
		got := must[registrar.EventDelivery](t)(s.EventDelivery(ctx, "whd_1"))
		got.DueAt = time.Time{}
		same(t, got, tried)
		same(t, must[[]registrar.DeliveryAttempt](t)(s.DeliveryAttempts(ctx, "whd_1", registrar.Page{})), []registrar.DeliveryAttempt{try})
		write(t, s, func(tx registrar.Tx) error { return tx.ReleaseWebhookEndpoint(ctx, "whk_1", "a") })
		same(t, len(due()), 0) // it rests for an hour
		if claim("c") {
			t.Error("a resting endpoint is claimed")
		}
		list := func(f registrar.DeliveryFilter, after string) []string {
			return idsOf(must[[]registrar.EventDelivery](t)(s.EventDeliveries(ctx, f, registrar.Page{After: after})))
		}
		same(t, list(registrar.DeliveryFilter{}, ""), []string{"whd_3", "whd_2", "whd_1"})
		same(t, list(registrar.DeliveryFilter{EndpointID: "whk_1"}, "whd_2"), []string{"whd_1"})
		same(t, list(registrar.DeliveryFilter{EndpointID: "whk_1", State: registrar.DeliveryPending}, ""), []string{"whd_2"})
		same(t, list(registrar.DeliveryFilter{State: registrar.DeliveryPending}, ""), []string{"whd_3", "whd_2"})

		var n int
		write(t, s, func(tx registrar.Tx) (err error) {
			n, err = tx.RequeueDeliveries(ctx, "whk_1", []string{"whd_1", "whd_3"}, noon.Add(time.Hour))
			return err
		})
		same(t, n, 1)
		got = must[registrar.EventDelivery](t)(s.EventDelivery(ctx, "whd_1"))
		if got.State != registrar.DeliveryPending || got.Attempt != 0 || got.FinishedAt != nil || !got.QueuedAt.Equal(noon.Add(time.Hour)) || !got.CreatedAt.Equal(noon) {
			t.Errorf("queued again: %+v", got)
		}
		write(t, s, func(tx registrar.Tx) (err error) {
			n, err = tx.PurgeDeliveries(ctx, noon.Add(time.Minute), 10)
			return err
		})
		same(t, n, 2)
		same(t, list(registrar.DeliveryFilter{}, ""), []string{"whd_1"})
		for _, left := range []bool{true, false} {
			write(t, s, func(tx registrar.Tx) error {
				if _, err := tx.RemoveWebhookEndpoints(ctx, "cus_1", "whk_1", noon); err != nil {
					return err
				}
				got, err := tx.PurgeRemovedWebhook(ctx, "whk_1", 10)
				if got != left {
					t.Errorf("left %v, want %v", got, left)
				}
				return err
			})
		}
		if tries := must[[]registrar.DeliveryAttempt](t)(s.DeliveryAttempts(ctx, "whd_1", registrar.Page{})); len(tries) != 0 {
			t.Errorf("tries are left: %+v", tries)
		}
		same(t, len(must[[]string](t)(s.RemovedWebhookEndpoints(ctx, 10))), 0)
	})
}
