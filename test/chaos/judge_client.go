package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/indera/indera/test/rig"
)

// replay sends every request that succeeded once more: it must be answered
// with that success. What it must not do, the count of operations shows.
func (c *customers) replay(ctx context.Context, v *verdict) {
	for _, r := range c.results {
		if r.state != "succeeded" || ctx.Err() != nil {
			continue
		}
		method, path, body := r.ask.request()
		answer, err := c.patiently(ctx, func() (rig.Answer, error) {
			return c.apis[0].Do(ctx, 15*time.Second, method, path, r.ask.key(c.seed), body)
		})
		subject := fmt.Sprintf("ask %d", r.ask.ID)
		switch {
		case err != nil:
			v.add(faultClient, 1, subject, "%s %s: repeating a success: %v", r.ask.Kind, r.ask.Name, err)
		case answer.Status != http.StatusOK && answer.Status != http.StatusCreated:
			v.add(faultClient, 1, subject, "%s %s: repeating a success is answered %d %s", r.ask.Kind, r.ask.Name, answer.Status, answer.Problem.Code)
		}
	}
}

// patiently asks again, a second later, as long as the API says that there were
// too many requests: each of several replicas grants its share of the limit.
func (c *customers) patiently(ctx context.Context, ask func() (rig.Answer, error)) (rig.Answer, error) {
	for tries := 0; ; tries++ {
		answer, err := ask()
		if err != nil || answer.Status != http.StatusTooManyRequests || tries == 30 {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return answer, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// judgeClients compares what the clients were told with the operations that the
// database holds: each ask ended as it should, none caused a second operation.
func judgeClients(v *verdict, results map[int]result, lives []life, f facts) {
	type wish struct{ kind, name string }
	wanted, refused := map[wish]int{}, map[wish]bool{}
	for _, l := range lives {
		for _, a := range l.Asks {
			r, w := results[a.ID], wish{string(a.Kind), a.Name}
			want := "succeeded"
			if a.WantFailure {
				want, refused[w] = "failed", true
			} else {
				wanted[w]++
			}
			if r.state != want {
				v.add(faultClient, 1, fmt.Sprintf("ask %d", a.ID), "%s %s: ended as %q after %d requests, want %q: %s", a.Kind, a.Name, r.state, r.requests, want, r.detail)
			}
		}
	}
	had := map[wish]int{}
	for _, o := range f.operations {
		w := wish{o.Kind, o.Domain}
		switch {
		case o.State != "failed":
			had[w]++
		case !refused[w]:
			v.add(faultClient, 1, "operation "+o.ID, "%s %s failed although nothing was wrong with it", o.Kind, o.Domain)
		}
	}
	for w, n := range had {
		if n > wanted[w] {
			v.add(faultClient, int64(n-wanted[w]), w.name, "%d operations %s for %d asks", n, w.kind, wanted[w])
		}
	}
	for w, n := range wanted {
		if had[w] < n {
			v.add(faultClient, int64(n-had[w]), w.name, "%d operations %s for %d asks", had[w], w.kind, n)
		}
	}
}
