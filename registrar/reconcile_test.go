package registrar

import (
	"encoding/json"
	"testing"
	"time"
)

func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func wish(t *testing.T, v any) json.RawMessage {
	t.Helper()
	b, err := encodeSpec(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLookRenewed judges a renew whose answer was lost by the registry's exDate.
func TestLookRenewed(t *testing.T) {
	for name, x := range map[string]struct {
		cur   string
		years int
		now   string // exDate as the registry writes it; "" = no longer ours
		want  verdict
	}{
		"unchanged":                       {"2027-03-01", 1, "2027-03-01T00:30:00+02:00", verdictAbsent},
		"a year":                          {"2027-03-01", 1, "2028-03-01T00:00:00Z", verdictHappened},
		"ten years":                       {"2027-03-01", 10, "2037-03-01T00:00:00Z", verdictHappened},
		"leap day, kept in February":      {"2028-02-29", 1, "2029-02-28T00:00:00Z", verdictHappened},
		"leap day, moved to March":        {"2028-02-29", 1, "2029-03-01T00:00:00Z", verdictHappened},
		"leap day to leap day":            {"2028-02-29", 4, "2032-02-29T00:00:00Z", verdictHappened},
		"renewed by somebody else":        {"2027-03-01", 2, "2028-03-01T00:00:00Z", verdictReview},
		"renewed twice":                   {"2027-03-01", 1, "2029-03-01T00:00:00Z", verdictReview},
		"auto-renewed and renewed":        {"2027-03-01", 3, "2031-03-01T00:00:00Z", verdictReview},
		"taken back":                      {"2027-03-01", 1, "2026-03-01T00:00:00Z", verdictReview},
		"expiry in no form that we know":  {"2027-03-01", 1, "soon", verdictReview},
		"expiry not told":                 {"2027-03-01", 1, " ", verdictReview},
		"gone, or with another registrar": {"2027-03-01", 1, "", verdictUnseen},
	} {
		c := Command{Verb: VerbDomainRenew, Spec: wish(t, DomainRenewSpec{Name: "a.shop", CurExpiry: x.cur, Years: x.years})}
		f, err := lookRenewed(c, DomainInfo{Ours: x.now != "", ExpiresRaw: x.now}, false)
		if err != nil || f.verdict != x.want {
			t.Errorf("%s: %s, %v; want %s", name, f.verdict, err, x.want)
		}
	}
	pending := DomainInfo{Ours: true, ExpiresRaw: "2027-03-01T00:00:00Z", Statuses: []string{"ok", "pendingRenew"}}
	c := Command{Verb: VerbDomainRenew, Spec: wish(t, DomainRenewSpec{CurExpiry: "2027-03-01", Years: 1})}
	if f, err := lookRenewed(c, pending, false); err != nil || f.verdict != verdictPending {
		t.Errorf("pending: %s, %v", f.verdict, err)
	}
}

// TestLookCreated judges a create whose answer was lost.
func TestLookCreated(t *testing.T) {
	e := &Engine{opt: Options{SettleAfter: 5 * time.Minute, ClockSkew: 2 * time.Minute}}
	sent := date("2027-03-01").Add(12 * time.Hour)
	until := sent.Add(30 * time.Second)
	c := Command{Verb: VerbDomainCreate, SentAt: &sent, SentUntil: &until, Spec: wish(t, DomainCreateSpec{Name: "a.shop", Registrant: "iabc"})}
	ours := func(created time.Time) DomainInfo {
		return DomainInfo{Ours: true, Registrant: "IABC", Created: created}
	}
	other := ours(sent)
	other.Registrant = "ixyz"
	accepted, never := c, c
	accepted.ResultCode = CodePending
	never.SentAt = nil
	for name, x := range map[string]struct {
		c       Command
		info    DomainInfo
		missing bool
		want    verdict
	}{
		"missing":                      {c, DomainInfo{}, true, verdictAbsent},
		"with somebody else":           {c, DomainInfo{Created: sent}, false, verdictRefused},
		"pending":                      {c, DomainInfo{Ours: true, Statuses: []string{"pendingCreate"}}, false, verdictPending},
		"in the window":                {c, ours(sent.Add(time.Second)), false, verdictHappened},
		"their clock is late":          {c, ours(sent.Add(-119 * time.Second)), false, verdictHappened},
		"executed late":                {c, ours(until.Add(6 * time.Minute)), false, verdictHappened},
		"before us":                    {c, ours(sent.Add(-3 * time.Minute)), false, verdictReview},
		"long after us":                {c, ours(until.Add(8 * time.Minute)), false, verdictReview},
		"long after us, but accepted":  {accepted, ours(until.Add(48 * time.Hour)), false, verdictHappened},
		"before us, and accepted":      {accepted, ours(sent.Add(-time.Hour)), false, verdictReview},
		"another registrant":           {c, other, false, verdictReview},
		"never sent":                   {never, ours(sent), false, verdictReview},
		"no crDate":                    {c, ours(time.Time{}), false, verdictReview},
		"no contacts at this registry": {c, DomainInfo{Ours: true, Created: sent}, false, verdictHappened},
	} {
		f, err := e.lookCreated(x.c, x.info, x.missing)
		if err != nil || f.verdict != x.want {
			t.Errorf("%s: %s (%s), %v; want %s", name, f.verdict, f.note, err, x.want)
		}
	}
}

// TestLookUpdated takes a delegation for ours only when the registry changed the
// name since we sent it: there and back again may be seen late.
func TestLookUpdated(t *testing.T) {
	e := &Engine{opt: Options{ClockSkew: 2 * time.Minute}}
	sent := date("2027-03-01")
	c := Command{Verb: VerbDomainUpdate, SentAt: &sent, Spec: wish(t, NameServersSpec{Name: "a.shop", Want: []string{"ns1.example.net"}})}
	wanted := DomainInfo{Ours: true, NameServers: []string{"NS1.example.net"}, Updated: sent.Add(time.Second)}
	older, untouched, different, pending := wanted, wanted, wanted, wanted
	older.Updated, untouched.Updated = sent.Add(-time.Hour), time.Time{}
	different.NameServers, pending.NameServers = []string{"ns2.example.net"}, nil
	pending.Statuses = []string{"pendingUpdate"}
	for name, x := range map[string]struct {
		info    DomainInfo
		missing bool
		want    verdict
	}{
		"as wished":            {wanted, false, verdictHappened},
		"as wished before":     {older, false, verdictAbsent},
		"as wished since ever": {untouched, false, verdictAbsent},
		"otherwise":            {different, false, verdictAbsent},
		"pending":              {pending, false, verdictPending},
		"missing":              {DomainInfo{}, true, verdictUnseen},
		"not ours":             {DomainInfo{NameServers: wanted.NameServers}, false, verdictUnseen},
	} {
		f, err := e.lookUpdated(t.Context(), nil, c, x.info, x.missing)
		if err != nil || f.verdict != x.want {
			t.Errorf("%s: %s, %v; want %s", name, f.verdict, err, x.want)
		}
	}
}
