package demo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/sandbox/pki"
)

// currency of prices, deposits and the demo customer.
const currency = "USD"

// deposit is what our account at each registry holds at first, in minor units.
const deposit = 100_000_00

// zone is one ending with what the registry takes and what we ask, per year, in
// minor units.
type zone struct {
	name                string
	registerCost, renew int64 // what the registry takes
	registerSale, sale  int64 // what the customer pays to register, to renew
}

// spec is one sandbox registry. The first ending of the first one is a plain
// gTLD. None of them is an ending that name servers usually live under (com, net,
// org): those hosts would be internal to the registry and could not be created
// without glue (RFC 5732 §1.1).
type spec struct {
	name   string
	client string // clID, also the common name of our certificate
	zones  []zone
}

var registries = []spec{
	{name: "sandbox-a", client: "indera-a", zones: []zone{
		{"shop", 897, 897, 1199, 1199}, {"store", 599, 2800, 899, 3299}, {"blog", 1026, 1026, 1349, 1349},
	}},
	{name: "sandbox-b", client: "indera-b", zones: []zone{
		{"app", 1200, 1200, 1599, 1599}, {"dev", 1011, 1011, 1299, 1299},
	}},
}

// idn are the endings that take names beyond a to z: the scripts as the registry
// and as our catalogue call them.
var idn = map[string]struct{ unicode, tables []string }{
	"shop": {[]string{"Latin", "Cyrillic"}, []string{"Latn", "Cyrl"}},
}

// words that no one can register, to show what that looks like.
var (
	reservedLabels = []string{"nic", "whois", "reserved"}
	premiumLabels  = []string{"gold", "casino"}
)

func (s spec) tlds() []string {
	var out []string
	for _, z := range s.zones {
		out = append(out, z.name)
	}
	return out
}

// upstream is one running sandbox registry.
type upstream struct {
	spec   spec
	server *sandbox.Server
	pair   pki.Pair
	caFile string
}

// startRegistries runs the sandbox registries.
func (d *demo) startRegistries(ctx context.Context) error {
	var clients []string
	for _, r := range registries {
		clients = append(clients, r.client)
	}
	bundle, err := pki.Ensure(d.path("pki"), time.Now(), clients...)
	if err != nil {
		return fmt.Errorf("making certificates: %w", err)
	}
	for i, r := range registries {
		s, err := sandbox.New(d.sandboxConfig(i, r, bundle))
		if err != nil {
			return fmt.Errorf("opening registry %s: %w", r.name, err)
		}
		d.up = append(d.up, &upstream{spec: r, server: s, pair: bundle.Clients[r.client], caFile: bundle.CAFile})
		if err := s.Start(ctx); err != nil {
			return fmt.Errorf("starting registry %s: %w", r.name, err)
		}
	}
	return nil
}

func (d *demo) sandboxConfig(i int, r spec, bundle *pki.Bundle) sandbox.Config {
	cfg := sandbox.Config{
		Name: r.name, Listen: local(d.ports.EPP[i]), ControlListen: local(d.ports.Control[i]), TLS: bundle.ServerTLS(),
		DatabasePath: filepath.Join(d.dir, r.name+".db"), Logger: d.log.With("registry", r.name),
		Accounts: []sandbox.Account{{
			ClientID: r.client, Password: d.creds.Registries[r.name], ClientCertSHA256: bundle.Clients[r.client].SHA256(),
			OpeningBalanceMinor: deposit, Currency: currency,
		}},
	}
	for _, z := range r.zones {
		t := sandbox.TLD{Name: z.name, Currency: currency, Contacts: sandbox.ContactsRequired, IDN: idn[z.name].unicode,
			Prices: map[sandbox.Action]int64{sandbox.ActionCreate: z.registerCost, sandbox.ActionRenew: z.renew}}
		for _, label := range reservedLabels {
			t.Reserved = append(t.Reserved, label+"."+z.name)
		}
		for _, label := range premiumLabels {
			t.Premium = append(t.Premium, label+"."+z.name)
		}
		cfg.TLDs = append(cfg.TLDs, t)
	}
	return cfg
}

func (d *demo) stopRegistries() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var errs []error
	for _, u := range d.up {
		if err := u.server.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stopping registry %s: %w", u.spec.name, err))
		}
	}
	return errors.Join(errs...)
}
