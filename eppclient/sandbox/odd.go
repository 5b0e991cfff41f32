package sandbox

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
)

// oddForms are ways in which answers of real servers break the schemas or the
// RFCs, and in which they use what both allow but few expect. The command itself
// is executed as ever.
var oddForms = map[string]func([]byte) []byte{
	"no-result":          func(b []byte) []byte { return resultPattern.ReplaceAll(b, nil) },
	"unknown-code":       func(b []byte) []byte { return codePattern.ReplaceAll(b, []byte(`<result code="${1}998">`)) },
	"no-cltrid":          func(b []byte) []byte { return clTRIDPattern.ReplaceAll(b, nil) },
	"wrong-cltrid":       func(b []byte) []byte { return clTRIDPattern.ReplaceAll(b, []byte("<clTRID>somebody-elses</clTRID>")) },
	"words":              wordyBooleans,
	"long-reason":        func(b []byte) []byte { return reasonPattern.ReplaceAll(b, []byte("${1}"+longReason+"${2}")) },
	"vendor":             withVendorData,
	"wrong-object":       func(b []byte) []byte { return resDataPattern.ReplaceAll(b, []byte(otherObject)) },
	"local-time":         func(b []byte) []byte { return instantPattern.ReplaceAllFunc(b, localTime) },
	"default-namespaces": withoutPrefixes,
	"doctype":            func(b []byte) []byte { return bytes.Replace(b, []byte("<epp "), []byte("<!DOCTYPE epp []>\n<epp "), 1) },
}

var (
	resultPattern  = regexp.MustCompile(`(?s)<result .*</result>`)
	codePattern    = regexp.MustCompile(`<result code="(\d)\d{3}">`)
	clTRIDPattern  = regexp.MustCompile(`<clTRID>[^<]*</clTRID>`)
	booleanPattern = regexp.MustCompile(`( (?:avail|exists|paResult|standard|premium)=")([01])"`)
	reasonPattern  = regexp.MustCompile(`(<(?:\w+:)?reason[^>]*>)[^<]*(</(?:\w+:)?reason>)`)
	resDataPattern = regexp.MustCompile(`(?s)<resData>.*</resData>`)
	instantPattern = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)
)

const (
	longReason  = "This reason is far longer than the thirty-two characters that the schema grants to it"
	otherObject = `<resData><host:chkData xmlns:host="` + nsHost + `"><host:cd><host:name avail="1">ns1.example.net</host:name></host:cd></host:chkData></resData>`
	vendorData  = `<vendor:data xmlns:vendor="urn:example:vendor-1.0"><vendor:note>unknown</vendor:note></vendor:data>`
)

// OddForms lists what Fault.Form may name.
func OddForms() []string { return slices.Sorted(maps.Keys(oddForms)) }

func wordyBooleans(b []byte) []byte {
	return booleanPattern.ReplaceAllFunc(b, func(m []byte) []byte {
		word := "false"
		if bytes.HasSuffix(m, []byte(`1"`)) {
			word = "true"
		}
		return fmt.Appendf(nil, `%s%s"`, m[:len(m)-2], word)
	})
}

// withVendorData adds data, an extension and a status nobody knows.
func withVendorData(b []byte) []byte {
	b = bytes.Replace(b, []byte("</resData>"), []byte(vendorData+"</resData>"), 1)
	b = bytes.Replace(b, []byte("</domain:roid>"), []byte(`</domain:roid><domain:status s="vendorAuction">soon</domain:status>`), 1)
	if bytes.Contains(b, []byte("<extension>")) {
		return bytes.Replace(b, []byte("</extension>"), []byte(vendorData+"</extension>"), 1)
	}
	return bytes.Replace(b, []byte("<trID>"), []byte("<extension>"+vendorData+"</extension><trID>"), 1)
}

// localTime writes an instant with an offset and without fraction.
func localTime(m []byte) []byte {
	t, err := time.Parse(timeLayout, string(m))
	if err != nil {
		return m
	}
	return []byte(t.In(time.FixedZone("", 2*3600)).Format("2006-01-02T15:04:05-07:00"))
}

// withoutPrefixes writes the same document with a default namespace wherever it
// changes.
func withoutPrefixes(b []byte) []byte {
	root, err := parseTree(b)
	if err != nil {
		return b
	}
	w := &writer{}
	w.buf.WriteString(xmlHead)
	w.tree(root, "")
	return w.buf.Bytes()
}

func (w *writer) tree(n *node, space string) {
	var attrs []string
	if n.ns != space {
		attrs = append(attrs, "xmlns", n.ns)
	}
	for _, a := range n.attrs {
		attrs = append(attrs, a.Name.Local, a.Value)
	}
	w.start(n.name, attrs...)
	w.escape(n.text)
	for _, c := range n.children {
		w.tree(c, n.ns)
	}
	w.end(n.name)
}
