package sandbox

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"
)

// FuzzReadFrame: no header makes the reader allocate or read beyond the limit,
// and what buildFrame wrote, readFrame returns.
func FuzzReadFrame(f *testing.F) {
	f.Add([]byte{0, 0, 0, 5, 'x'})
	f.Add([]byte{0, 0, 0, 4})
	f.Add([]byte{255, 255, 255, 255, 'x'})
	f.Add([]byte{0, 0})
	f.Add(buildFrame([]byte("<epp/>")))
	const limit = 1024
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		xml, err := readFrame(r, limit)
		if err == nil {
			if len(xml) == 0 || len(xml) > limit-headerSize || !bytes.HasPrefix(data, buildFrame(xml)) {
				t.Fatalf("%d octets out of %x", len(xml), data)
			}
			return
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, errFrameSize) {
			t.Fatalf("error of another kind: %v", err)
		}
	})
}

// FuzzDecode: whatever comes in, decoding ends without a panic, and what it
// leads to is either a request with its keys or a refusal whose answer is
// well-formed and has a code of RFC 5730.
func FuzzDecode(f *testing.F) {
	command := func(body string) []byte {
		return []byte(`<epp xmlns="` + nsEPP + `"><command>` + body + `<clTRID>ABC-1</clTRID></command></epp>`)
	}
	object := func(verb, ns, inner string) []byte {
		return command(`<` + verb + `><o:` + verb + ` xmlns:o="` + ns + `">` + inner + `</o:` + verb + `></` + verb + `>`)
	}
	auth := `<o:authInfo><o:pw roid="C1-REP">2fooBAR</o:pw></o:authInfo>`
	f.Add([]byte(`<?xml version="1.0"?><epp xmlns="` + nsEPP + `"><hello/></epp>`))
	f.Add([]byte(`<!DOCTYPE epp [<!ENTITY a "b">]><epp/>`))
	f.Add(command(`<poll op="ack" msgID="1"/>`))
	f.Add(command(`<login><clID>alpha</clID><pw>secret-1</pw><newPW>secret-2</newPW><options><version>1.0</version><lang>en</lang></options>` +
		`<svcs><objURI>` + nsDomain + `</objURI><svcExtension><extURI>urn:x</extURI></svcExtension></svcs></login>`))
	f.Add(object("check", nsDomain, `<o:name>a.example</o:name><o:name>b.example</o:name>`))
	f.Add(object("info", nsDomain, `<o:name hosts="sub">a.example</o:name>`+auth))
	f.Add(object("create", nsDomain, `<o:name>a.example</o:name><o:period unit="y">2</o:period><o:ns><o:hostObj>ns.a.example</o:hostObj></o:ns>`+
		`<o:registrant>abc</o:registrant><o:contact type="tech">abc</o:contact>`+auth))
	f.Add(object("create", nsDomain, `<o:name>a.example</o:name><o:ns><o:hostAttr><o:hostName>ns.a.example</o:hostName><o:hostAddr ip="v6">2001:db8::1</o:hostAddr></o:hostAttr></o:ns>`+auth))
	f.Add(object("renew", nsDomain, `<o:name>a.example</o:name><o:curExpDate>2027-01-01Z</o:curExpDate><o:period unit="m">12</o:period>`))
	f.Add(object("update", nsDomain, `<o:name>a.example</o:name><o:add><o:status s="clientHold" lang="en">x</o:status></o:add><o:rem/><o:chg><o:registrant/><o:authInfo><o:null/></o:authInfo></o:chg>`))
	f.Add(object("create", nsContact, `<o:id>abc</o:id><o:postalInfo type="int"><o:name>A</o:name><o:addr><o:street>S</o:street><o:city>C</o:city><o:cc>IE</o:cc></o:addr></o:postalInfo>`+
		`<o:voice x="1">+1.2</o:voice><o:email>a@b.c</o:email>`+auth+`<o:disclose flag="1"><o:name type="int"/><o:voice/></o:disclose>`))
	f.Add(object("update", nsHost, `<o:name>ns.a.example</o:name><o:add><o:addr>192.0.2.1</o:addr></o:add><o:chg><o:name>ns2.a.example</o:name></o:chg>`))
	extended := func(frame []byte, ext string) []byte {
		return bytes.Replace(frame, []byte("<clTRID>"), []byte("<extension>"+ext+"</extension><clTRID>"), 1)
	}
	create := object("create", nsDomain, `<o:name>a.example</o:name>`+auth)
	change := object("update", nsDomain, `<o:name>a.example</o:name><o:chg/>`)
	f.Add(object("transfer", nsDomain, `<o:name>a.example</o:name><o:period unit="y">1</o:period>`+auth))
	f.Add(command(`<transfer op="request"><o:transfer xmlns:o="` + nsContact + `"><o:id>abc</o:id>` + auth + `</o:transfer></transfer>`))
	f.Add(command(`<info><m:info xmlns:m="` + nsMaintenance + `"><m:id lang="en">x</m:id></m:info></info>`))
	f.Add(extended(create, `<s:create xmlns:s="`+nsSecDNS+`"><s:dsData><s:keyTag>1</s:keyTag><s:alg>8</s:alg><s:digestType>1</s:digestType><s:digest>49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC</s:digest></s:dsData></s:create>`))
	f.Add(extended(change, `<s:update xmlns:s="`+nsSecDNS+`" urgent="0"><s:rem><s:all>true</s:all></s:rem><s:add><s:keyData><s:flags>257</s:flags><s:protocol>3</s:protocol><s:alg>8</s:alg><s:pubKey>AQPJ</s:pubKey></s:keyData></s:add></s:update>`))
	f.Add(extended(change, `<r:update xmlns:r="`+nsRGP+`"><r:restore op="report"><r:report><r:preData>a</r:preData><r:postData>b</r:postData><r:delTime>2026-01-01T00:00:00Z</r:delTime><r:resTime>2026-01-01T00:00:00Z</r:resTime><r:resReason>c</r:resReason><r:statement>d</r:statement><r:statement lang="en">e</r:statement></r:report></r:restore></r:update>`))
	f.Add(extended(object("check", nsDomain, `<o:name>a.example</o:name>`), `<f:check xmlns:f="`+nsFee1+`"><f:currency>USD</f:currency><f:command name="create" phase="open"><f:period unit="y">1</f:period></f:command></f:check>`))
	f.Add(extended(object("check", nsDomain, `<o:name>a.example</o:name>`), `<f:check xmlns:f="`+nsFee07+`"><f:domain><f:name>a.example</f:name><f:command>create</f:command></f:domain></f:check>`))
	f.Add(extended(create, `<f:create xmlns:f="`+nsFee1+`"><f:fee>1.00</f:fee><f:credit>-.5</f:credit></f:create><a:allocationToken xmlns:a="`+nsToken+`">x</a:allocationToken><i:data xmlns:i="`+nsIDN+`"><i:table>uk</i:table></i:data>`))
	f.Add(extended(create, `<l:create xmlns:l="`+nsLaunch+`" type="application"><l:phase name="x">sunrise</l:phase><s:encodedSignedMark xmlns:s="`+nsSMD+`">AAAA</s:encodedSignedMark><l:notice><l:noticeID validatorID="tmch">1c0a9e800000000000001000002</l:noticeID><l:notAfter>2026-01-01T00:00:00Z</l:notAfter><l:acceptedDate>2026-01-01T00:00:00Z</l:acceptedDate></l:notice></l:create>`))
	reg := &registry{offers: offered(Extensions())}
	who := caller{clientID: "alpha", objects: reg.objectURIs(), extensions: reg.extensionURIs()}
	f.Fuzz(func(t *testing.T, frame []byte) {
		env, bad := decodeEnvelope(frame)
		if bad == nil && !env.hello {
			switch env.verb {
			case "login":
				_, bad = reg.decodeLogin(env)
			case "logout":
			default:
				var req *request
				if req, bad = reg.decodeRequest(env, who); bad == nil {
					checkRequest(t, req)
				}
			}
		}
		if bad != nil {
			checkAnswer(t, bad, env.clTRID)
		}
	})
}

func checkRequest(t *testing.T, req *request) {
	if req.verb == "poll" {
		return
	}
	if req.object == "" || len(req.keys) == 0 {
		t.Fatalf("accepted without object or key: %+v", req)
	}
	for _, key := range req.keys {
		if key == "" {
			t.Fatalf("accepted an empty key: %+v", req)
		}
	}
	if queries[req.kind()] == nil && transforms[req.kind()] == nil {
		t.Fatalf("decoded but not implemented: %s %s", req.object, req.verb)
	}
}

func checkAnswer(t *testing.T, bad *refusal, clTRID string) {
	if messages[bad.code] == "" || bad.code < 2000 {
		t.Fatalf("code %d", bad.code)
	}
	root, err := parseTree(encodeRefusal(bad, clTRID, "sv-1"))
	if err != nil {
		t.Fatalf("own answer is not well-formed: %v\n%s", err, encodeRefusal(bad, clTRID, "sv-1"))
	}
	result := root.child(nsEPP, "response").child(nsEPP, "result")
	if result == nil || result.child(nsEPP, "msg") == nil {
		t.Fatal("answer without result")
	}
}

func TestAddYears(t *testing.T) {
	for _, tc := range []struct {
		from  string
		years int
		want  string
	}{
		{"2026-01-15T10:30:00.123Z", 1, "2027-01-15T10:30:00.123Z"},
		{"2028-02-29T23:59:59.999Z", 1, "2029-02-28T23:59:59.999Z"},
		{"2028-02-29T00:00:00.000Z", 4, "2032-02-29T00:00:00.000Z"},
		{"2096-02-29T00:00:00.000Z", 4, "2100-02-28T00:00:00.000Z"}, // 2100 is no leap year
		{"2027-02-28T12:00:00.000Z", 1, "2028-02-28T12:00:00.000Z"},
		{"2027-12-31T23:00:00.000Z", 10, "2037-12-31T23:00:00.000Z"},
	} {
		from, err := parseStored(tc.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := formatTime(addYears(from, tc.years)); got != tc.want {
			t.Errorf("%s + %d = %s, want %s", tc.from, tc.years, got, tc.want)
		}
		// A clock in another zone gives the same instant.
		zone := from.In(time.FixedZone("", 13*3600))
		if got := formatTime(addYears(zone, tc.years)); got != tc.want {
			t.Errorf("in another zone: %s, want %s", got, tc.want)
		}
	}
}

func TestRepositoryFromName(t *testing.T) {
	for name, want := range map[string]string{"sandbox-a": "SANDBOXA", "reg.one": "REGONE", "a-very-long-registry": "AVERYLON"} {
		if got := repositoryFromName(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
