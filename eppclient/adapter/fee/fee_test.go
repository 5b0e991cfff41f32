package fee_test

import (
	"path/filepath"
	"testing"

	"github.com/indera/indera/eppclient/adapter/fee"
	ext "github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/test/conformance"
)

func TestConformance(t *testing.T) {
	for frames, v := range map[string]ext.Version{"fee-1.0": ext.V1, "fee-0.7": ext.V07} {
		t.Run(string(v), func(t *testing.T) {
			conformance.Run(t, conformance.Case{Dialect: fee.Dialect, TLD: "example", Premium: "gold.example", Frames: filepath.Join("testdata", "frames", frames), Server: func(c *sandbox.Config) {
				c.Extensions = []string{string(v), secdns.Namespace, rgp.Namespace}
				c.TLDs[0].Tiers = []sandbox.Tier{{Class: "premium-1", Names: []string{"gold.example"}, Prices: map[sandbox.Action]int64{
					sandbox.ActionCreate: 99_900, sandbox.ActionRenew: 9_900,
				}}}
			}})
		})
	}
	t.Run("not offered", func(t *testing.T) {
		conformance.Run(t, conformance.Case{Dialect: fee.Dialect, TLD: "example"})
	})
}
