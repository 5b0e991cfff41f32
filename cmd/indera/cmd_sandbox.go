package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/sandbox/pki"
)

const sandboxHelp = `Runs one sandbox registry as its own process: strict EPP over TLS, on loopback only.
When it listens it prints one line of JSON: addresses, and what a client needs to
log in. The control port orders faults and funds (eppclient/sandbox/README.md).`

// sandboxFlags are the settings of one sandbox registry.
type sandboxFlags struct {
	name, data, listen, control, client, passwordFile, currency, contacts string
	dialect                                                               string
	tlds, reserved, premium, idn                                          []string
	create, renew, funds                                                  int64
	sessions                                                              int
	latency                                                               time.Duration
}

func newSandboxCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "sandbox", Short: "Run one sandbox registry", Long: sandboxHelp, Args: noArgs}
	var f sandboxFlags
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "sandbox", "svID of the greeting")
	flags.StringVar(&f.data, "data", "", "folder of database and certificates (required)")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "EPP address, loopback")
	flags.StringVar(&f.control, "control", "127.0.0.1:0", "control address, loopback")
	flags.StringVar(&f.client, "client-id", "registrar-a", "clID of the one account, also the name of its certificate")
	flags.StringVar(&f.passwordFile, "password-file", "", "file that holds the account's password (required)")
	flags.StringSliceVar(&f.tlds, "tld", []string{"com"}, "endings served")
	flags.StringSliceVar(&f.reserved, "reserved", nil, "names that nobody can register")
	flags.StringSliceVar(&f.premium, "premium", nil, "names that need the fee extension")
	flags.StringSliceVar(&f.idn, "idn", nil, "Unicode scripts that labels beyond a to z may be written in, such as Latin")
	flags.StringVar(&f.dialect, "dialect", "", "empty, or fred")
	flags.StringVar(&f.currency, "currency", "USD", "of prices and deposit")
	flags.StringVar(&f.contacts, "contacts", "required", "required, optional or prohibited")
	flags.Int64Var(&f.create, "price-create", 800, "one year, in minor units")
	flags.Int64Var(&f.renew, "price-renew", 800, "one year, in minor units")
	flags.Int64Var(&f.funds, "funds", 1_000_000, "deposit at the first start, in minor units")
	flags.IntVar(&f.sessions, "sessions", 10, "most sessions of the account")
	flags.DurationVar(&f.latency, "latency", 0, "delay of every answer")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return runSandbox(cmd, f) }
	return cmd
}

// sandboxAddress is the line that a sandbox prints.
type sandboxAddress struct {
	Name         string   `json:"name"`
	EPP          string   `json:"epp"`
	Control      string   `json:"control"`
	ServerName   string   `json:"server_name"`
	CAFile       string   `json:"ca_file"`
	CertFile     string   `json:"cert_file"`
	KeyFile      string   `json:"key_file"`
	ClientID     string   `json:"client_id"`
	PasswordFile string   `json:"password_file"`
	TLDs         []string `json:"tlds"`
}

// sandboxStop bounds the end of running commands.
const sandboxStop = 10 * time.Second

func runSandbox(cmd *cobra.Command, f sandboxFlags) error {
	if f.data == "" || f.passwordFile == "" {
		return usage(errors.New("--data and --password-file are needed"))
	}
	password, err := config.Secret{PasswordFile: f.passwordFile}.Password("")
	if err != nil {
		return usage(err)
	}
	if err := os.MkdirAll(f.data, 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	bundle, err := pki.Ensure(filepath.Join(f.data, "pki"), time.Now(), f.client)
	if err != nil {
		return fmt.Errorf("making certificates: %w", err)
	}
	cfg := f.config(bundle, password)
	cfg.Logger = newLogger(config.Log{Level: "info"}, cmd.ErrOrStderr())
	server, err := sandbox.New(cfg)
	if err != nil {
		return usage(err)
	}
	if err := server.Start(context.WithoutCancel(cmd.Context())); err != nil {
		return errors.Join(err, server.Close())
	}
	pair := bundle.Clients[f.client]
	line, err := json.Marshal(sandboxAddress{
		Name: f.name, EPP: server.Addr(), Control: "http://" + server.ControlAddr(), ServerName: "localhost", CAFile: bundle.CAFile,
		CertFile: pair.CertFile, KeyFile: pair.KeyFile, ClientID: f.client, PasswordFile: f.passwordFile, TLDs: f.tlds,
	})
	if err == nil {
		_, err = fmt.Fprintln(cmd.OutOrStdout(), string(line))
	}
	if err != nil {
		return errors.Join(err, server.Close())
	}
	<-cmd.Context().Done()
	ctx, cancel := context.WithTimeout(context.Background(), sandboxStop)
	defer cancel()
	return server.Shutdown(ctx)
}

func (f sandboxFlags) config(bundle *pki.Bundle, password string) sandbox.Config {
	cfg := sandbox.Config{
		Name: f.name, Listen: f.listen, ControlListen: f.control, TLS: bundle.ServerTLS(), MaxSessions: f.sessions,
		DatabasePath: filepath.Join(f.data, f.name+".db"), Dialect: f.dialect,
		Accounts: []sandbox.Account{{
			ClientID: f.client, Password: password, ClientCertSHA256: bundle.Clients[f.client].SHA256(),
			OpeningBalanceMinor: f.funds, Currency: f.currency,
		}},
	}
	if f.latency > 0 {
		cfg.Latency = map[string]time.Duration{"*": f.latency}
	}
	for _, name := range f.tlds {
		cfg.TLDs = append(cfg.TLDs, sandbox.TLD{
			Name: name, Currency: f.currency, Contacts: sandbox.ContactPolicy(f.contacts), Reserved: under(f.reserved, name), Premium: under(f.premium, name), IDN: f.idn,
			Prices: map[sandbox.Action]int64{sandbox.ActionCreate: f.create, sandbox.ActionRenew: f.renew},
		})
	}
	return cfg
}

// under returns the names that lie below an ending.
func under(names []string, tld string) []string {
	var out []string
	for _, n := range names {
		if strings.HasSuffix(n, "."+tld) {
			out = append(out, n)
		}
	}
	return out
}
