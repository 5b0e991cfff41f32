package demo

import (
	"fmt"
	"time"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar"
)

// config is what somebody would write in a file to run the same by serve.
func (d *demo) config() (*config.Config, error) {
	c := &config.Config{
		Sandbox:  true,
		Drain:    20 * time.Second,
		Database: config.Database{Driver: "sqlite", Path: d.path("indera.db")},
		Registrar: config.Registrar{
			Name: "Indera Sandbox Registrar", IANAID: 9995, URL: "http://" + local(d.ports.HTTP),
			Brand: "Indera", Support: "support@demo.example", AbuseEmail: "abuse@demo.example", AbusePhone: "+1.5555550100", StaffEmail: d.creds.Staff.Email,
			Currency: currency, NameServers: []string{"ns1.indera.example", "ns2.indera.example"},
		},
		// By name and not by number: browsers bind passkeys to names.
		HTTP:  config.HTTP{Listen: local(d.ports.HTTP), PublicURL: fmt.Sprintf("http://localhost:%d", d.ports.HTTP), StaffPasswordAlone: true},
		RDAP:  config.RDAP{Listen: local(d.ports.RDAP), Rate: 100, Burst: 1000},
		WHOIS: config.WHOIS{Listen: local(d.ports.WHOIS), Rate: 100, Burst: 1000},
		Ops:   config.Ops{Listen: local(d.ports.Ops)},
		SMTP:  config.SMTP{Host: "127.0.0.1", Port: d.ports.SMTP, TLS: "none", From: "hello@demo.example"},
	}
	if err := d.sealKey(c); err != nil {
		return nil, err
	}
	for i, u := range d.up {
		password := d.path(u.spec.name + ".password")
		if err := writeFile(password, []byte(d.creds.Registries[u.spec.name]+"\n")); err != nil {
			return nil, err
		}
		c.Registry = append(c.Registry, config.Registry{
			Name: u.spec.name, Address: local(d.ports.EPP[i]), ServerName: "localhost", CAFile: u.caFile,
			CertFile: u.pair.CertFile, KeyFile: u.pair.KeyFile, ClientID: u.spec.client,
			Secret: config.Secret{PasswordFile: password}, Sessions: 4, SettleAfter: 5 * time.Second, ContactModel: "required",
			Quirks: map[string]string{"add_grace": "120h"},
		})
		c.Catalogue.TLDs = append(c.Catalogue.TLDs, tldsOf(u.spec)...)
		c.Catalogue.Prices = append(c.Catalogue.Prices, pricesOf(u.spec)...)
	}
	c.Engine.ConfirmAfter = 2 * time.Second
	c.Engine.FundsProbe = 5 * time.Second
	c.Engine.CatalogueTTL = time.Second
	if err := c.Finish(); err != nil {
		return nil, fmt.Errorf("the demo's configuration: %w", err)
	}
	return c, nil
}

func tldsOf(s spec) []config.TLD {
	var out []config.TLD
	for _, z := range s.zones {
		out = append(out, config.TLD{Name: z.name, Registry: s.name, IDNTables: idn[z.name].tables})
	}
	return out
}

func pricesOf(s spec) []config.Price {
	amount := func(minor int64) config.Decimal {
		return config.Decimal(registrar.Money{Minor: minor, Currency: currency}.Decimal())
	}
	var out []config.Price
	for _, z := range s.zones {
		out = append(out,
			config.Price{TLD: z.name, Action: "register", Years: 1, Currency: currency, Sale: amount(z.registerSale), Cost: amount(z.registerCost)},
			config.Price{TLD: z.name, Action: "renew", Years: 1, Currency: currency, Sale: amount(z.sale), Cost: amount(z.renew)})
	}
	return out
}
