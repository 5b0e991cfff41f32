package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// saidAt is an exchange begun n seconds after noon.
func saidAt(n int, change func(*registrar.Transcript)) registrar.Transcript {
	began := noon.UTC().Add(time.Duration(n) * time.Second)
	t := registrar.Transcript{ID: registrar.NewTranscriptID(began), Registry: "mem", SessionID: "s1", ClTRID: fmt.Sprintf("IND-%d", n), SvTRID: fmt.Sprintf("SV-%d", n),
		Verb: "domain:info", Object: "a.shop", Code: 1000, StartedAt: began, Request: "<epp/>", Response: "<epp/>"}
	if change != nil {
		change(&t)
	}
	return t
}

func TestTranscriptSearch(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		write(t, s, func(tx registrar.Tx) error {
			for _, tr := range []registrar.Transcript{
				saidAt(0, nil),
				saidAt(1, func(t *registrar.Transcript) { t.Verb, t.Code = "domain:create", 2302 }),
				saidAt(2, func(t *registrar.Transcript) {
					t.Verb, t.Object, t.Objects = "domain:check", "a.shop,b.shop,b.shop", []string{"a.shop", "b.shop", "b.shop", ""}
				}),
				saidAt(3, func(t *registrar.Transcript) { t.Registry, t.Verb, t.Object = "other", "poll", "" }),
				saidAt(4, func(t *registrar.Transcript) { t.CommandID, t.Object, t.Code = "cmd_1", "c.shop", 0 }),
				saidAt(5, func(t *registrar.Transcript) { t.CommandID, t.Object, t.Verb = "cmd_2", "c.shop", "domain:create" }),
			} {
				if err := tx.InsertTranscript(ctx, tr); err != nil {
					return err
				}
			}
			return nil
		})
		second := func(n int) time.Time { return noon.UTC().Add(time.Duration(n) * time.Second) }
		type F = registrar.TranscriptFilter
		for _, c := range []struct {
			name   string
			filter F
			want   string
		}{
			{"all", F{}, "5 4 3 2 1 0"},
			{"object, also among others", F{Object: "a.shop"}, "2 1 0"},
			{"object that was only among others", F{Object: "b.shop"}, "2"},
			{"object and verb", F{Object: "a.shop", Verb: "domain:check"}, "2"},
			{"object and code", F{Object: "a.shop", Code: new(2302)}, "1"},
			{"object and registry", F{Object: "a.shop", Registry: "other"}, ""},
			{"object and svTRID", F{Object: "b.shop", SvTRID: "SV-2"}, "2"},
			{"another object's svTRID", F{Object: "c.shop", SvTRID: "SV-2"}, ""},
			{"svTRID", F{SvTRID: "SV-3"}, "3"},
			{"clTRID", F{ClTRID: "IND-4"}, "4"},
			{"commands of an operation", F{CommandIDs: []string{"cmd_1", "cmd_2", "cmd_3"}}, "5 4"},
			{"an operation without commands", F{CommandIDs: []string{}}, ""},
			{"command and code", F{CommandID: "cmd_1", Code: new(1000)}, ""},
			{"registry", F{Registry: "other"}, "3"},
			{"registry and verb", F{Registry: "mem", Verb: "domain:create"}, "5 1"},
			{"registry, verb and code", F{Registry: "mem", Verb: "domain:create", Code: new(2302)}, "1"},
			{"verb, any registry", F{Verb: "poll"}, "3"},
			{"code, any registry", F{Code: new(1000)}, "5 3 2 0"},
			{"no answer", F{Registry: "mem", Code: new(0)}, "4"},
			{"since", F{Since: second(4)}, "5 4"},
			{"until", F{Until: second(2)}, "1 0"},
			{"within", F{Registry: "mem", Since: second(1), Until: second(5)}, "4 2 1"},
			{"object within", F{Object: "a.shop", Since: second(1), Until: second(2)}, "1"},
			{"not ASCII", F{Registry: "größer"}, ""},
			{"not ASCII", F{Verb: "größer"}, ""},
		} {
			got := walk(t, 2, func(p registrar.Page) ([]registrar.Transcript, error) { return s.TranscriptList(ctx, c.filter, p) },
				func(t registrar.Transcript) string { return t.ID })
			var numbers []string
			for _, id := range got {
				tr := must[registrar.Transcript](t)(s.Transcript(ctx, id))
				numbers = append(numbers, strings.TrimPrefix(tr.ClTRID, "IND-"))
			}
			if said := strings.Join(numbers, " "); said != c.want {
				t.Errorf("%s: %q, want %q", c.name, said, c.want)
			}
		}
		for _, tr := range must[[]registrar.Transcript](t)(s.TranscriptList(ctx, F{ClTRID: "IND-0"}, registrar.Page{})) {
			if tr.Request != "" || tr.Response != "" || tr.Object != "a.shop" || !tr.StartedAt.Equal(noon) {
				t.Errorf("a line carries its frames, or lacks the rest: %+v", tr)
			}
		}
		_, err := s.Transcript(ctx, "tsc_none")
		if !registrar.IsNotFound(err) {
			t.Errorf("an unknown id: %v", err)
		}
	})
}

// TestTranscriptsOfOddRegistries keeps what is longer than it may be: the
// recorder would else try the same exchange for ever.
func TestTranscriptsOfOddRegistries(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx, long := t.Context(), strings.Repeat("ü", 300)
		var names []string
		for i := range 40 {
			names = append(names, fmt.Sprintf("a-rather-long-name-%02d.shop", i))
		}
		write(t, s, func(tx registrar.Tx) error {
			return tx.InsertTranscript(ctx, saidAt(0, func(t *registrar.Transcript) {
				t.SvTRID, t.ClTRID, t.Object, t.Objects = long, long, strings.Join(names, ","), append(names, long)
			}))
		})
		for _, name := range []string{names[0], names[39]} {
			got := must[[]registrar.Transcript](t)(s.TranscriptList(ctx, registrar.TranscriptFilter{Object: name}, registrar.Page{}))
			if len(got) != 1 || !strings.HasSuffix(got[0].Object, "…") {
				t.Errorf("%s finds %+v", name, got)
			}
		}
	})
}
