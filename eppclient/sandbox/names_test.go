package sandbox

import "testing"

func TestValidHostname(t *testing.T) {
	for name, want := range map[string]bool{
		"ns1.example.net": true, "1.example": true, "ns1.xn--bcher-kva.example": true, "a.b--c.example": true,
		"1.2.3.4": false, "ns1.example.7": false, "example": false, "ns1..example": false, "ns_1.example": false,
		"-a.example": false, "ab--c.example": false, "": false,
	} {
		if got := validHostname(name, 2); got != want {
			t.Errorf("%q: %t, want %t", name, got, want)
		}
	}
}
