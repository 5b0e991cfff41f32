package main

import (
	"strings"
	"testing"
)

func TestNamesIn(t *testing.T) {
	for file, want := range map[string]string{
		"\ufeffDomain Name,Expiry\nA.shop,2027\n\"Bücher.shop\",x\n": "a.shop xn--bcher-kva.shop ",
		"id,domain\n1,a.shop\n2\n":                                   "a.shop ! line 3",
		"name\nnot a name!\n":                                        "! line 2",
		"expiry,who\n":                                               "no column",
		"":                                                           "reading the first line",
	} {
		got := ""
		list, err := namesIn(strings.NewReader(file))
		if err != nil {
			got = err.Error()
		} else {
			for name, err := range list {
				if err != nil {
					name = "! " + err.Error()
				}
				got += name + " "
			}
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", file, got, want)
		}
	}
}
