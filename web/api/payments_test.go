package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/api"
)

func TestPayments(t *testing.T) {
	w := newWorld(t, nil)
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	err := w.engine.Read().(registrar.Store).InTx(t.Context(), func(tx registrar.Tx) error {
		for i := range 5 {
			p := registrar.Payment{ID: fmt.Sprintf("pay_%d", i), CustomerID: w.user.CustomerID, Provider: "stripe", Ref: fmt.Sprintf("cs_secret_%d", i),
				Amount: registrar.Money{Minor: 12_50, Currency: "USD"}, State: registrar.PaymentStarted, Note: "for staff", Key: fmt.Sprint(i), CreatedAt: now, LookAt: now}
			if i == 4 {
				p.CustomerID = "cus_other"
			}
			if err := tx.InsertPayment(t.Context(), p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	target := "/payments?limit=3"
	for target != "" {
		var l api.PaymentList
		a := w.call("GET", target, nil).want(200, &l)
		if strings.Contains(a.Body.String(), "secret") || strings.Contains(a.Body.String(), "for staff") {
			t.Errorf("the answer shows too much: %s", a.Body)
		}
		for _, p := range l.Payments {
			got = append(got, p.ID+" "+p.State+" "+p.Amount.Amount)
		}
		target = ""
		if l.NextCursor != "" {
			target = "/payments?limit=3&cursor=" + l.NextCursor
			if !strings.Contains(a.Header().Get("Link"), l.NextCursor) {
				t.Errorf("Link %q", a.Header().Get("Link"))
			}
		}
	}
	if want := "pay_3 started 12.50,pay_2 started 12.50,pay_1 started 12.50,pay_0 started 12.50"; strings.Join(got, ",") != want {
		t.Errorf("payments %q", got)
	}
	for _, bad := range []string{"x", "cDE6", "cDE6Li4v", "ZDE6YS5zaG9w"} {
		w.call("GET", "/payments?cursor="+bad, nil).problem(422, "invalid", "bad_cursor")
	}
}
