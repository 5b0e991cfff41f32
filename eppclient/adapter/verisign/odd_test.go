package verisign_test

import (
	"context"
	"errors"
	"testing"

	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/adapter/verisign"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	ext "github.com/indera/indera/eppclient/ext/verisign"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar"
)

// canned answers everything with the same data.
type canned struct{ data string }

func (c canned) Exchange(_ context.Context, _ pool.Priority, req session.Request) (*epp.Response, error) {
	if _, err := (epp.Codec{}).Encode(req.Command, "read-1", req.Extensions...); err != nil {
		return nil, &session.NotSent{Cause: err}
	}
	return epp.Codec{}.Decode([]byte(epptest.Response(1000, "read-1", c.data)))
}

func (c canned) Greeting() (epp.Greeting, bool) {
	s := epp.ServicesOf(append(epp.Core(), ext.Mappings()...))
	return epp.Greeting{Objects: s.Objects, Extensions: s.Extensions}, true
}

func (c canned) Greet(context.Context, pool.Priority) (epp.Greeting, error) {
	g, _ := c.Greeting()
	return g, nil
}

func answering(t *testing.T, data string) registrar.Registry {
	t.Helper()
	open, err := verisign.Dialect.Prepare(nil)
	if err != nil {
		t.Fatal(err)
	}
	reg, err := open(rfc.Config{Pool: canned{data}, ClientID: clientID})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// TestOddBalances: what can be spent is needed, the rest is for people.
func TestOddBalances(t *testing.T) {
	answer := func(limit, available, threshold string) string {
		return `<resData><b:infData xmlns:b="` + ext.BalanceNamespace + `"><b:creditLimit>` + limit + `</b:creditLimit><b:balance>1.00</b:balance><b:availableCredit>` +
			available + `</b:availableCredit><b:creditThreshold>` + threshold + `</b:creditThreshold></b:infData></resData>`
	}
	for name, data := range map[string]string{
		"no data": "", "another object": `<resData><x xmlns="urn:x"/></resData>`, "words": answer("10.00", "a lot", ""),
		"too fine": answer("10.00", "1.005", ""), "huge": answer("10.00", "99999999999999999999999.00", ""),
	} {
		_, err := answering(t, data).Balance(t.Context())
		var unknown *registrar.UnknownOutcomeError
		if !errors.As(err, &unknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, tt := range map[string]struct {
		data             string
		limit, threshold *registrar.Money
	}{
		"no limit":      {answer("none", "-5.00", ""), nil, nil},
		"no threshold":  {answer("10.00", "-5.00", "<b:percent>many</b:percent>"), ptr(usd(1000)), nil},
		"above all":     {answer("10.00", "-5.00", "<b:percent>101</b:percent>"), ptr(usd(1000)), nil},
		"a share":       {answer("10.01", "-5.00", "<b:percent>33</b:percent>"), ptr(usd(1001)), ptr(usd(330))},
		"a fixed one":   {answer("10.00", "-5.00", "<b:fixed>2.50</b:fixed>"), ptr(usd(1000)), ptr(usd(250))},
		"a large share": {answer("92233720368547758.07", "-5.00", "<b:percent>100</b:percent>"), ptr(usd(9223372036854775807)), ptr(usd(9223372036854775807))},
	} {
		b, err := answering(t, tt.data).Balance(t.Context())
		if err != nil || b.Available != usd(-500) || !equal(b.CreditLimit, tt.limit) || !equal(b.Threshold, tt.threshold) {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func equal(a, b *registrar.Money) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// TestOddPremiumAnswers: a price that can't be read is no price.
func TestOddPremiumAnswers(t *testing.T) {
	answer := func(cd string) string {
		return `<resData><d:chkData xmlns:d="` + epp.Standard.Domain + `"><d:cd><d:name avail="1">gold.com</d:name></d:cd></d:chkData></resData>` +
			`<extension><p:chkData xmlns:p="` + ext.PremiumNamespace + `"><p:cd>` + cd + `</p:cd></p:chkData></extension>`
	}
	for name, tt := range map[string]struct {
		cd      string
		premium bool
	}{
		"unreadable flag": {`<p:name premium="maybe">gold.com</p:name><p:price unit="USD">1.00</p:price>`, false},
		"no price":        {`<p:name premium="1">GOLD.com</p:name>`, true},
		"words":           {`<p:name premium="1">gold.com</p:name><p:price unit="USD">much</p:price>`, true},
		"no currency":     {`<p:name premium="1">gold.com</p:name><p:price>1.00</p:price>`, true},
		"below zero":      {`<p:name premium="1">gold.com</p:name><p:price unit="USD">-1.00</p:price>`, true},
		"another name":    {`<p:name premium="1">else.com</p:name><p:price unit="USD">1.00</p:price>`, false},
	} {
		reg := answering(t, answer(tt.cd))
		got, err := reg.Prices(t.Context(), []registrar.PriceQuery{{Name: "gold.com", Action: registrar.PriceCreate, Years: 1}})
		if err != nil || got[0].Known || got[0].Premium != tt.premium {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		checks, err := reg.CheckDomains(t.Context(), []string{"gold.com"})
		if err != nil || checks[0].Premium != tt.premium {
			t.Errorf("%s: %+v, %v", name, checks, err)
		}
	}
}
