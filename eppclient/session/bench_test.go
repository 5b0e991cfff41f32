package session

import (
	"testing"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/transcript"
)

// BenchmarkOwnWork is what an exchange costs beside the wire: encode, mask the
// request, decode, mask the answer.
func BenchmarkOwnWork(b *testing.B) {
	codec := epp.Codec{}
	answer := []byte(epptest.Response(1000, "cl-1", `<resData><domain:chkData xmlns:domain="urn:ietf:params:xml:ns:domain-1.0"><domain:cd><domain:name avail="1">a.test</domain:name></domain:cd></domain:chkData></resData>`))
	for b.Loop() {
		out, err := codec.Encode(check, "cl-1")
		if err != nil {
			b.Fatal(err)
		}
		_, secrets := transcript.Secrets(out)
		if _, err := codec.Decode(answer); err != nil {
			b.Fatal(err)
		}
		transcript.MaskAnswer(answer, secrets)
	}
}
