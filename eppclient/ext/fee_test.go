package ext_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/ext/fee"
)

// feeAnswer is the answer to a check for one premium and one standard name, in
// the form of one version.
func feeAnswer(v fee.Version) string {
	const fees = `<fee:fee description="Registration Fee" refundable="1" grace-period="P5D">100.00</fee:fee>`
	year := `<fee:period unit="y">1</fee:period>`
	var b strings.Builder
	fmt.Fprintf(&b, `<fee:chkData xmlns:fee="%s">`, v)
	switch v {
	case fee.V05, fee.V06, fee.V07, fee.V08:
		b.WriteString(`<fee:cd><fee:name>gold.test</fee:name><fee:currency>USD</fee:currency><fee:command phase="open">create</fee:command>` + year + fees + `<fee:class>premium-tier1</fee:class></fee:cd>
			<fee:cd><fee:name>gold.test</fee:name><fee:currency>USD</fee:currency><fee:command>renew</fee:command>` + year + `<fee:fee>10</fee:fee><fee:class>premium-tier1</fee:class></fee:cd>
			<fee:cd><fee:name>b.test</fee:name><fee:currency>USD</fee:currency><fee:command>create</fee:command>` + year + `<fee:fee>5.00</fee:fee></fee:cd>`)
	case fee.V09, fee.V010:
		b.WriteString(`<fee:cd><fee:objID>gold.test</fee:objID><fee:currency>USD</fee:currency><fee:command phase="open">create</fee:command>` + year + fees + `<fee:class>premium-tier1</fee:class></fee:cd>
			<fee:cd><fee:objID element="name">gold.test</fee:objID><fee:currency>USD</fee:currency><fee:command>renew</fee:command>` + year + `<fee:fee>10</fee:fee></fee:cd>
			<fee:cd><fee:objID>b.test</fee:objID><fee:currency>USD</fee:currency><fee:command>create</fee:command>` + year + `<fee:fee>5.00</fee:fee></fee:cd>`)
	case fee.V011:
		object := func(name string) string {
			return `<fee:object><d:name xmlns:d="urn:ietf:params:xml:ns:domain-1.0">` + name + `</d:name></fee:object>`
		}
		b.WriteString(`<fee:cd avail="1">` + object("gold.test") + `<fee:command phase="open">create</fee:command><fee:currency>USD</fee:currency>` + year + fees + `<fee:class>premium-tier1</fee:class></fee:cd>
			<fee:cd avail="1">` + object("gold.test") + `<fee:command>renew</fee:command><fee:currency>USD</fee:currency>` + year + `<fee:fee>10</fee:fee></fee:cd>
			<fee:cd avail="1">` + object("b.test") + `<fee:command>create</fee:command><fee:currency>USD</fee:currency>` + year + `<fee:fee>5.00</fee:fee></fee:cd>
			<fee:cd avail="0">` + object("c.test") + `<fee:command>create</fee:command><fee:currency>USD</fee:currency>` + year + `<fee:reason>minimum period is 2 years.</fee:reason></fee:cd>`)
	case fee.V012:
		b.WriteString(`<fee:currency>USD</fee:currency><fee:cd><fee:object><d:name xmlns:d="urn:ietf:params:xml:ns:domain-1.0">gold.test</d:name></fee:object><fee:command name="create" phase="open">` + year + fees + `<fee:class>premium-tier1</fee:class><fee:notAfter>2027-01-01T00:00:00Z</fee:notAfter></fee:command>
			<fee:command name="renew">` + year + `<fee:fee>10</fee:fee></fee:command></fee:cd>
			<fee:cd><fee:object><d:name xmlns:d="urn:ietf:params:xml:ns:domain-1.0">b.test</d:name></fee:object><fee:command name="create">` + year + `<fee:fee>5.00</fee:fee></fee:command></fee:cd>
			<fee:cd><fee:object><d:name xmlns:d="urn:ietf:params:xml:ns:domain-1.0">c.test</d:name></fee:object><fee:command avail="0" name="create"><fee:reason>minimum period is 2 years.</fee:reason></fee:command></fee:cd>`)
	case fee.V021, fee.V023:
		b.WriteString(`<fee:currency>USD</fee:currency><fee:cd avail="1"><fee:objID>gold.test</fee:objID><fee:command name="create" phase="open">` + year + fees + `<fee:class>premium-tier1</fee:class></fee:command>
			<fee:command name="renew">` + year + `<fee:fee>10</fee:fee></fee:command></fee:cd>
			<fee:cd><fee:objID>b.test</fee:objID><fee:command name="create">` + year + `<fee:fee>5.00</fee:fee></fee:command></fee:cd>
			<fee:cd avail="0"><fee:objID>c.test</fee:objID><fee:reason>minimum period is 2 years.</fee:reason></fee:cd>`)
	case fee.V1:
		b.WriteString(`<fee:currency>USD</fee:currency><fee:cd avail="1"><fee:objID>gold.test</fee:objID><fee:class>premium-tier1</fee:class><fee:command name="create" phase="open">` + year + fees + `</fee:command>
			<fee:command name="renew">` + year + `<fee:fee>10</fee:fee></fee:command><fee:command name="transfer" standard="0"><fee:reason lang="en">not transferable</fee:reason></fee:command></fee:cd>
			<fee:cd><fee:objID>b.test</fee:objID><fee:class>Standard</fee:class><fee:command name="create" standard="true">` + year + `<fee:fee>5.00</fee:fee></fee:command></fee:cd>
			<fee:cd avail="0"><fee:objID>c.test</fee:objID><fee:reason>minimum period is 2 years.</fee:reason></fee:cd>`)
	}
	return b.String() + "</fee:chkData>"
}

// TestFeeQuotes: every version gives the same facts.
func TestFeeQuotes(t *testing.T) {
	frames := map[string][]byte{}
	for _, v := range fee.Versions {
		frame := response("", feeAnswer(v))
		frames["quote-"+string(v[len(v)-5:])] = frame
		r, err := epp.Codec{}.Decode(frame)
		if err != nil {
			t.Fatal(err)
		}
		quotes := v.CheckData(r)
		gold, ok := quotes.For("GOLD.test.")
		year := epp.Period{Value: 1, Unit: "y"}
		create, found := gold.Price(fee.Create, year)
		renew, also := gold.Price(fee.Renew, year)
		if !ok || !found || !also || gold.Class != "premium-tier1" || !gold.Premium() || gold.Currency != "USD" || !gold.Available {
			t.Errorf("%s: %+v", v, gold)
			continue
		}
		if create.Command.Phase != "open" || create.Fees[0].Amount != "100.00" || create.Fees[0].GracePeriod != "P5D" || create.Fees[0].Refundable == nil || renew.Fees[0].Amount != "10" {
			t.Errorf("%s: create %+v renew %+v", v, create, renew)
		}
		if b, ok := quotes.For("b.test"); !ok || b.Premium() || b.Prices[0].Fees[0].Amount != "5.00" {
			t.Errorf("%s: %+v", v, b)
		}
		if c, ok := quotes.For("c.test"); ok != (v.PerName() == false) || ok && pricedAnyhow(c) {
			t.Errorf("%s: %+v", v, c)
		}
	}
	epptest.Valid(t, frames, feeSchema)
}

func pricedAnyhow(q fee.Quote) bool {
	p, ok := q.Price(fee.Create, epp.Period{})
	return ok && p.Available || q.Available && !ok
}

func TestFeeStandardAndReason(t *testing.T) {
	r, err := epp.Codec{}.Decode(response("", feeAnswer(fee.V1)))
	if err != nil {
		t.Fatal(err)
	}
	quotes := fee.V1.CheckData(r)
	b, _ := quotes.For("b.test")
	gold, _ := quotes.For("gold.test")
	p, ok := gold.Price(fee.Transfer, epp.Period{})
	if b.Prices[0].Standard == nil || !*b.Prices[0].Standard || !ok || p.Available || p.Reason != "not transferable" {
		t.Errorf("%+v %+v", b, p)
	}
	if fee.V023.CheckData(r) != nil {
		t.Error("read with another version")
	}
}

func TestFeeResult(t *testing.T) {
	frames := map[string][]byte{}
	for _, v := range fee.Versions {
		for _, local := range []string{"creData", "renData", "trnData", "updData", "delData"} {
			money := `<fee:currency>USD</fee:currency>`
			if local != "delData" || v == fee.V1 {
				money += `<fee:fee description="x">5.00</fee:fee>`
			}
			if v != fee.V05 && v != fee.V06 || local == "delData" {
				money += `<fee:credit description="AGP Credit">-5.00</fee:credit>`
			}
			// 0.8 and 0.11 took the balance out of the transfer's answer.
			balance := local != "trnData" || v != fee.V08 && v != fee.V09 && v != fee.V010 && v != fee.V011
			if balance {
				money += `<fee:balance>-15.00</fee:balance><fee:creditLimit>1000.00</fee:creditLimit>`
			}
			frame := response("", fmt.Sprintf(`<fee:%s xmlns:fee="%s">%s</fee:%s>`, local, v, money, local))
			frames[local+string(v[len(v)-5:])] = frame
			r, err := epp.Codec{}.Decode(frame)
			if err != nil {
				t.Fatal(err)
			}
			res, ok := v.Result(r)
			if !ok || res.Currency != "USD" || balance && (res.Balance != "-15.00" || res.CreditLimit != "1000.00") {
				t.Errorf("%s %s: %+v", v, local, res)
			}
		}
	}
	epptest.Valid(t, frames, feeSchema)
}

func TestAmounts(t *testing.T) {
	for text, want := range map[string]int64{"10": 1000, "10.5": 1050, " 0.07": 7, "-2.50": -250, "+1": 100, ".5": 50, "10.500": 1050} {
		if got, err := fee.Amount(text).Minor(2); err != nil || got != want {
			t.Errorf("%q = %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1e3", "1/2", "0x10", "1.005", "1,5", "--1", "99999999999999999999", strings.Repeat("1", 50), "Inf", "."} {
		if got, err := fee.Amount(text).Minor(2); err == nil {
			t.Errorf("%q = %d", text, got)
		}
	}
	if fee.FromMinor(1050, 2) != "10.50" || fee.FromMinor(-7, 2) != "-0.07" || fee.FromMinor(15, 0) != "15" || fee.FromMinor(1, 3) != "0.001" {
		t.Error(fee.FromMinor(1050, 2), fee.FromMinor(-7, 2))
	}
	total, err := fee.Total([]fee.Fee{{Amount: "5.00"}, {Amount: "100"}}, []fee.Credit{{Amount: "-3"}}, 2)
	if err != nil || total != 10200 {
		t.Errorf("%d, %v", total, err)
	}
	if _, err := fee.Total(nil, []fee.Credit{{Amount: "3"}}, 2); err == nil {
		t.Error("a positive credit counts")
	}
	if _, err := fee.Total([]fee.Fee{{Amount: "x"}}, nil, 2); err == nil {
		t.Error("an unreadable fee counts")
	}
}

func TestFeeChoose(t *testing.T) {
	if v := fee.Choose(epp.Services{Extensions: []string{string(fee.V05), string(fee.V023)}}); v != fee.V023 {
		t.Error(v)
	}
	if v := fee.Choose(epp.Services{Extensions: []string{"urn:ietf:params:xml:ns:fee-1.0"}}); v != "" {
		t.Error("the namespace that is often mistaken for fee-1.0 is chosen")
	}
}
