package sandbox

import "testing"

// FuzzFREDFrames: whatever a client sends to a FRED server, decoding ends in a
// request that somebody handles or in a refusal that can be encoded.
func FuzzFREDFrames(f *testing.F) {
	object := func(verb, ns, inner, ext string) []byte {
		return []byte(`<epp xmlns="` + nsEPP + `"><command><` + verb + `><o:` + verb + ` xmlns:o="` + ns + `">` + inner + `</o:` + verb + `></` + verb + `>` + ext + `<clTRID>ABC-1</clTRID></command></epp>`)
	}
	protocol := func(inner string) []byte {
		return []byte(`<epp xmlns="` + nsEPP + `"><extension><f:extcommand xmlns:f="` + nsFred + `">` + inner + `<f:clTRID>ABC-1</f:clTRID></f:extcommand></extension></epp>`)
	}
	f.Add(object("check", nsFredDomain, `<o:name>a.cz</o:name>`, ""))
	f.Add(object("info", nsFredContact, `<o:id>a</o:id><o:authInfo>x</o:authInfo>`, ""))
	f.Add(object("create", nsFredDomain, `<o:name>a.cz</o:name><o:period unit="y">1</o:period><o:nsset>N</o:nsset><o:keyset>K</o:keyset><o:registrant>A</o:registrant><o:admin>B</o:admin><o:authInfo>x</o:authInfo>`,
		`<extension><e:create xmlns:e="`+nsEnumval+`"><e:valExDate>2027-01-01</e:valExDate><e:publish>1</e:publish></e:create></extension>`))
	f.Add(object("update", nsFredDomain, `<o:name>a.cz</o:name><o:add><o:admin>A</o:admin></o:add><o:rem><o:admin>B</o:admin><o:tempcontact>C</o:tempcontact></o:rem><o:chg><o:nsset/></o:chg>`, ""))
	f.Add(object("renew", nsFredDomain, `<o:name>a.cz</o:name><o:curExpDate>2027-01-01</o:curExpDate>`, ""))
	f.Add(object("create", nsFredContact, `<o:id>A</o:id><o:postalInfo><o:name>A</o:name><o:addr><o:street>B</o:street><o:city>C</o:city><o:pc>1</o:pc><o:cc>CZ</o:cc></o:addr></o:postalInfo><o:email>a@b.cz</o:email><o:disclose flag="0"><o:vat/></o:disclose><o:ident type="ico">1</o:ident>`,
		`<extension><x:create xmlns:x="`+nsExtraAddr+`"><x:mailing><x:addr><x:street>B</x:street><x:city>C</x:city><x:pc>1</x:pc><x:cc>CZ</x:cc></x:addr></x:mailing></x:create></extension>`))
	f.Add(object("update", nsFredContact, `<o:id>A</o:id><o:chg><o:postalInfo><o:org/></o:postalInfo><o:voice/><o:ident/></o:chg>`, `<extension><x:update xmlns:x="`+nsExtraAddr+`"><x:rem><x:mailing/></x:rem></x:update></extension>`))
	f.Add(object("create", nsFredNsset, `<o:id>N</o:id><o:ns><o:name>ns.a.cz</o:name><o:addr>192.0.2.1</o:addr></o:ns><o:tech>A</o:tech><o:reportlevel>4</o:reportlevel>`, ""))
	f.Add(object("update", nsFredKeyset, `<o:id>K</o:id><o:add><o:dnskey><o:flags>257</o:flags><o:protocol>3</o:protocol><o:alg>13</o:alg><o:pubKey>AQ==</o:pubKey></o:dnskey></o:add><o:rem><o:tech>A</o:tech></o:rem>`, ""))
	f.Add(protocol("<f:creditInfo/>"))
	f.Add(protocol("<f:domainsByNsset><f:id>N</f:id></f:domainsByNsset>"))
	f.Add(protocol(`<f:test><n:test xmlns:n="` + nsFredNsset + `"><n:id>N</n:id><n:level>1</n:level><n:name>a.cz</n:name></n:test></f:test>`))
	reg := &registry{cfg: Config{Dialect: DialectFRED}, offers: fredOffers}
	who := caller{clientID: "alpha", objects: reg.objectURIs(), extensions: reg.extensionURIs()}
	f.Fuzz(func(t *testing.T, frame []byte) {
		env, bad := reg.decodeFrame(frame)
		if bad == nil && isObjectVerb(env.verb) {
			var req *request
			if req, bad = reg.decodeRequest(env, who); bad == nil {
				reads, writes := reg.handlers()
				if reads[req.kind()] == nil && writes[req.kind()] == nil && req.verb != "poll" {
					t.Fatalf("nobody handles %q", req.kind())
				}
				if req.verb != "poll" && (len(req.keys) == 0 || req.keys[0] == "") {
					t.Fatalf("accepted without object: %+v", req)
				}
			}
		}
		if bad != nil {
			checkAnswer(t, bad, env.clTRID)
		}
	})
}
