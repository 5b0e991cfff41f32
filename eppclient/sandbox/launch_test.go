package sandbox_test

import (
	"fmt"
	"hash/crc32"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/sandbox"
)

const (
	launchNS = "urn:ietf:params:xml:ns:launch-1.0"
	claimKey = "2013041500/2/6/9/rJ1NrDO92vDsAzf7EQzgjX4R0000000001"
)

func launch(local, inner string) string {
	element, _, _ := strings.Cut(local, " ")
	return `<l:` + local + ` xmlns:l="` + launchNS + `">` + inner + `</l:` + element + `>`
}

const claimsPhase = "<l:phase>claims</l:phase>"

// notice builds a claims notice whose checksum is right for the label.
func notice(label string, notAfter, accepted time.Time) string {
	const number = "0000000000001000002"
	id := fmt.Sprintf("%08x%s", crc32.ChecksumIEEE(fmt.Appendf(nil, "%s%d%s", label, notAfter.Unix(), number)), number)
	return `<l:notice><l:noticeID validatorID="tmch">` + id + "</l:noticeID><l:notAfter>" + notAfter.Format(time.RFC3339) +
		"</l:notAfter><l:acceptedDate>" + accepted.Format(time.RFC3339) + "</l:acceptedDate></l:notice>"
}

func TestClaims(t *testing.T) {
	f := start(t, offering(launchNS), func(c *sandbox.Config) {
		c.TLDs[0].Launch = &sandbox.Launch{Phase: "claims", Marks: map[string]string{"brand": claimKey}}
	})
	c := f.loginExt("alpha", launchNS)
	check := func(ext string) string {
		return extended(named("check", domainNS, "brand.example", "free.example"), ext)
	}
	a := c.want(1000, check(launch("check type=\"claims\"", claimsPhase)))
	a.has(t, `<extension><launch:chkData xmlns:launch="`+launchNS+`"><launch:phase>claims</launch:phase><launch:cd><launch:name exists="1">brand.example</launch:name><launch:claimKey validatorID="tmch">`+claimKey+`</launch:claimKey></launch:cd><launch:cd><launch:name exists="0">free.example</launch:name></launch:cd>`)
	a.hasNot(t, "resData")
	c.want(1000, check(launch("check", claimsPhase))).has(t, "chkData") // claims is the default
	c.want(1000, check(launch("check type=\"trademark\"", ""))).has(t, `exists="1"`)
	c.want(1000, check(launch("check type=\"avail\"", claimsPhase))).has(t, `<domain:name avail="1">brand.example`)
	c.want(2306, check(launch("check", "<l:phase>sunrise</l:phase>")))
	c.want(2306, check(launch("check", `<l:phase name="late">claims</l:phase>`)))
	c.want(2003, check(launch("check", "")))
	c.want(2005, check(launch("check type=\"all\"", claimsPhase)))
	c.want(2306, extended(named("check", domainNS, "brand.thin"), launch("check", claimsPhase)))

	now := f.clock.Now()
	after, accepted := now.Add(24*time.Hour).Truncate(time.Second), now.Add(-time.Hour).Truncate(time.Second)
	create := func(notices string) string {
		return extended(createDomain("brand.example", ""), launch("create", claimsPhase+notices))
	}
	good := notice("brand", after, accepted)
	for name, tt := range map[string]struct {
		frame string
		code  int
	}{
		"without extension":   {createDomain("brand.example", ""), 2304},
		"without notice":      {create(""), 2304},
		"of another label":    {create(notice("other", after, accepted)), 2004},
		"of another end":      {create(strings.Replace(good, after.Format(time.RFC3339), after.Add(time.Hour).Format(time.RFC3339), 1)), 2004},
		"expired":             {create(notice("brand", now.Add(-time.Second).Truncate(time.Second), accepted)), 2004},
		"accepted too early":  {create(notice("brand", after, now.Add(-48*time.Hour-time.Second).Truncate(time.Second))), 2004},
		"accepted tomorrow":   {create(notice("brand", after, now.Add(time.Hour))), 2004},
		"validator":           {create(strings.Replace(good, `"tmch"`, `"other"`, 1)), 2306},
		"id":                  {create(strings.Replace(good, "0000000000001000002<", "1<", 1)), 2005},
		"two notices":         {create(good + good), 2306},
		"phase":               {extended(createDomain("brand.example", ""), launch("create", "<l:phase>open</l:phase>"+good)), 2306},
		"application":         {extended(createDomain("brand.example", ""), launch("create type=\"application\"", claimsPhase+good)), 2306},
		"mark in claims":      {create(encodedMark(t)), 2002},
		"notice without mark": {extended(createDomain("free.example", ""), launch("create", claimsPhase+notice("free", after, accepted))), 2304},
		"update":              {extended(updateDomain("brand.example", ""), launch("update", claimsPhase+"<l:applicationID>1</l:applicationID>")), 2102},
	} {
		t.Run(name, func(t *testing.T) { c.want(tt.code, tt.frame) })
	}
	c.want(1000, create(good))
	c.want(1000, createDomain("free.example", ""))
	c.want(1000, extended(createDomain("more.example", ""), launch("create type=\"registration\"", claimsPhase)))
}

func encodedMark(t *testing.T) string {
	t.Helper()
	file, err := os.ReadFile("testdata/mark.smd")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(file), "-----BEGIN ENCODED SMD-----")
	body, _, _ := strings.Cut(rest, "-----END")
	return `<s:encodedSignedMark xmlns:s="urn:ietf:params:xml:ns:signedMark-1.0">` + strings.TrimSpace(body) + `</s:encodedSignedMark>`
}

// markLabel is one of the labels of testdata/mark.smd.
const markLabel = "test---validate"

func TestSunrise(t *testing.T) {
	for _, applications := range []bool{false, true} {
		f := start(t, offering(launchNS, unhandledNS), func(c *sandbox.Config) {
			c.TLDs[0].Launch = &sandbox.Launch{Phase: "sunrise", Applications: applications}
		})
		c := f.loginExt("alpha", launchNS)
		mark := encodedMark(t)
		name := markLabel + ".example"
		create := func(name, local, inner string) string {
			return extended(createDomain(name, ""), launch(local, "<l:phase>sunrise</l:phase>"+inner))
		}
		kind, wrong := "registration", "application"
		if applications {
			kind, wrong = wrong, kind
		}
		for what, tt := range map[string]struct {
			frame string
			code  int
		}{
			"nothing":     {createDomain(name, ""), 2002},
			"no mark":     {create(name, "create", ""), 2002},
			"two marks":   {create(name, "create", mark+mark), 2306},
			"other label": {create("other.example", "create", mark), 2003},
			"broken":      {create(name, "create", strings.Replace(mark, ">", ">!", 1)), 2005},
			"cut":         {create(name, "create", mark[:strings.Index(mark, "</s:")-40]+"</s:encodedSignedMark>"), 2005},
			"code":        {create(name, "create", "<l:codeMark><l:code>x</l:code></l:codeMark>"), 2306},
			"notice":      {create(name, "create", mark+notice(markLabel, f.clock.Now().Add(time.Hour), f.clock.Now())), 2304},
			"kind":        {create(name, "create type=\""+wrong+"\"", mark), 2306},
		} {
			t.Run(fmt.Sprint(applications, " ", what), func(t *testing.T) { c.want(tt.code, tt.frame) })
		}
		good := create(name, "create type=\""+kind+"\"", mark)
		if !applications {
			c.want(1000, good).hasNot(t, "launch:")
			f.clock.Advance(10 * 365 * day)
			continue
		}
		a := c.want(1001, good)
		a.has(t, "<launch:creData", "<launch:phase>sunrise</launch:phase><launch:applicationID>app-")
		_, rest, _ := strings.Cut(a.xml, "<launch:applicationID>")
		id, _, _ := strings.Cut(rest, "<")
		info := func(id string) string {
			return extended(named("info", domainNS, name), launch("info", "<l:phase>sunrise</l:phase><l:applicationID>"+id+"</l:applicationID>"))
		}
		c.want(1000, info(id)).has(t, `s="pendingCreate"`, `<launch:infData`, id, `<launch:status s="pendingAllocation"/>`)
		c.want(2303, info("app-x"))
		f.loginExt("beta", launchNS).want(2201, info(id))
		c.want(2302, good)
		if done, err := f.srv.Decide(t.Context(), sandbox.Decision{Object: "domain", Name: name, Approve: true}); err != nil || !done {
			t.Fatal(done, err)
		}
		c.next(`<domain:panData`, `paResult="1"`, `<launch:infData`, id, `<launch:status s="allocated"/>`)
		c.want(1000, named("info", domainNS, name)).hasNot(t, "pendingCreate")
	}
}

// TestSunriseTooLate: a mark that is no longer valid is refused.
func TestSunriseTooLate(t *testing.T) {
	f := start(t, offering(launchNS), func(c *sandbox.Config) { c.TLDs[0].Launch = &sandbox.Launch{Phase: "sunrise"} })
	c := f.loginExt("alpha", launchNS)
	f.clock.Advance(5 * 365 * day)
	c.want(2306, extended(createDomain(markLabel+".example", ""), launch("create", "<l:phase>sunrise</l:phase>"+encodedMark(t)))).has(t, "not valid now")
}
