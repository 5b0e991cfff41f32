package ext_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/alloctoken"
	"github.com/indera/indera/eppclient/ext/changepoll"
	"github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/eppclient/ext/idn"
	"github.com/indera/indera/eppclient/ext/launch"
	"github.com/indera/indera/eppclient/ext/loginsec"
	"github.com/indera/indera/eppclient/ext/maintenance"
	"github.com/indera/indera/eppclient/ext/org"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/eppclient/ext/smd"
	"github.com/indera/indera/eppclient/ext/ttl"
	"github.com/indera/indera/eppclient/ext/verisign"
)

// FuzzDecoders: whatever a server sends, no reader panics, all errors are typed,
// and what a reader calls readable can be sent back.
func FuzzDecoders(f *testing.F) {
	for _, a := range answers {
		f.Add(a)
	}
	for _, v := range fee.Versions {
		f.Add(response("", feeAnswer(v)))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		r, err := epp.Codec{}.Decode(frame)
		if err != nil {
			return // package epp fuzzes that
		}
		var missing *epp.MissingError
		typed := func(err error) {
			if err != nil && !errors.As(err, &missing) {
				t.Fatalf("untyped error %v", err)
			}
		}
		if data, _, ok := secdns.Info(r); ok && !data.Empty() && (len(data.DS) == 0 || len(data.Keys) == 0) {
			if _, err := (epp.Codec{}).Encode(create, "CL-1", secdns.Create{Data: data}); err != nil {
				t.Fatalf("what was read cannot be sent: %v", err)
			}
		}
		rgp.Info(r)
		rgp.UpdateData(r)
		loginsec.Events(r)
		alloctoken.Info(r)
		idn.Info(r)
		ttl.Info(r)
		org.Links(r)
		changepoll.Info(r)
		for _, v := range fee.Versions {
			for _, q := range v.CheckData(r) {
				if q.Name == "" {
					t.Fatal("a quote without name")
				}
				for _, p := range q.Prices {
					_, _ = fee.Total(p.Fees, p.Credits, 2)
				}
			}
			v.Result(r)
		}
		_, err = launch.CheckData(r)
		typed(err)
		launch.CreateData(r)
		launch.InfData(r)
		_, err = maintenance.Data(r)
		typed(err)
		_, err = org.InfData(r)
		typed(err)
		_, err = org.PendingData(r)
		typed(err)
		_, err = verisign.BalanceData(r)
		typed(err)
		verisign.LowBalanceData(r)
		verisign.RestoreDueData(r)
		verisign.PremiumData(r)
		verisign.RelatedInfoData(r)
		verisign.RelatedResults(r)
		verisign.COAInfo(r)
		verisign.WhoisInfo(r)
	})
}

// FuzzSMD: a file is read or refused, and what was read goes into a frame as it
// is.
func FuzzSMD(f *testing.F) {
	file, err := os.ReadFile("testdata/mark.smd")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte("-----BEGIN ENCODED SMD-----\r\nAAAA\r\n-----END ENCODED SMD-----"))
	f.Fuzz(func(t *testing.T, file []byte) {
		encoded, err := smd.ReadFile(file)
		if err != nil {
			if !errors.Is(err, smd.ErrFile) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		out, err := epp.Codec{}.Encode(create, "CL-1", launch.Create{Phase: launch.Phase{Name: launch.Sunrise}, EncodedSignedMarks: []smd.Encoded{encoded}})
		if err != nil || !strings.Contains(string(out), ">"+string(encoded)+"<") {
			t.Fatalf("%v\n%s", err, out)
		}
		if _, err := epp.ParseElement(out); err != nil {
			t.Fatalf("own frame unreadable: %v", err)
		}
		doc, err := encoded.XML()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := smd.Inspect(doc); err != nil && !errors.Is(err, smd.ErrFile) {
			t.Fatalf("untyped error %v", err)
		}
	})
}
