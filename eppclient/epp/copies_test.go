package epp

import (
	"strings"
	"testing"
)

// TestCopies: the extensions of a registry with namespaces of its own are those of
// the RFCs to whoever reads and writes them.
func TestCopies(t *testing.T) {
	objects := Objects{Domain: "urn:d", Host: "urn:h", Contact: "urn:c", RGP: "urn:r"}
	if got := objects.Own(standardRGP); got != "urn:r" {
		t.Errorf("own rgp %q", got)
	}
	for _, uri := range []string{standardSecDNS, "urn:other"} { // has none of its own
		if got := objects.Own(uri); got != uri {
			t.Errorf("own of %s is %s", uri, got)
		}
	}
	frame, err := Codec{Objects: objects}.Encode(DomainUpdate{Name: "a.test", Chg: &DomainChange{}}, "CL-1", within(standardRGP))
	if err != nil || !strings.Contains(string(frame), `xmlns:x="urn:r"`) {
		t.Errorf("%s, %v", frame, err)
	}
	doc := `<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="1000"><msg>x</msg></result><extension>` +
		`<r:upData xmlns:r="urn:r"><r:rgpStatus s="pendingRestore"/></r:upData><plain xmlns=""/></extension></response></epp>`
	r, err := Codec{Objects: objects}.Decode([]byte(doc))
	if err != nil || r.Extension(standardRGP, "upData").Child(standardRGP, "rgpStatus") == nil || r.Extensions[1].Space != "" {
		t.Errorf("%+v, %v", r, err)
	}
}

type within string

func (w within) EncodeExtension(e *Encoder) { e.Within("x", string(w), "update", nil) }
