package main

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/registrar/store"
)

// configFlag adds --config and returns where its value will be.
func configFlag(cmd *cobra.Command) *string {
	path := cmd.Flags().String("config", "", "configuration file (docs/configuration.md)")
	return path
}

func loadConfig(path string) (*config.Config, error) {
	if path == "" {
		return nil, usage(errors.New("--config FILE is needed"))
	}
	c, err := config.Load(path)
	return c, usage(err)
}

// newLogger writes to w as configured.
func newLogger(c config.Log, w io.Writer) *slog.Logger {
	level := map[string]slog.Level{"debug": slog.LevelDebug, "warn": slog.LevelWarn, "error": slog.LevelError}[c.Level]
	opt := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Value.Kind() == slog.KindTime { // all times are UTC, whatever the machine's zone
			a.Value = slog.TimeValue(a.Value.Time().UTC())
		}
		return a
	}}
	if c.Format == "text" {
		return slog.New(slog.NewTextHandler(w, opt))
	}
	return slog.New(slog.NewJSONHandler(w, opt))
}

// withStore opens the configured database, runs fn and closes it.
func withStore(ctx context.Context, path string, fn func(c *config.Config, s *store.Store) error) error {
	c, err := loadConfig(path)
	if err != nil {
		return err
	}
	sc, err := house.StoreConfig(c.Database)
	if err != nil {
		return usage(err)
	}
	s, err := store.Open(ctx, sc)
	if err != nil {
		return err
	}
	return errors.Join(fn(c, s), s.Close())
}

// withCurrentStore is withStore for commands that need today's schema.
func withCurrentStore(ctx context.Context, path string, fn func(c *config.Config, s *store.Store) error) error {
	return withStore(ctx, path, func(c *config.Config, s *store.Store) error {
		pending, err := s.Pending(ctx)
		if err != nil {
			return err
		}
		if pending > 0 {
			return house.ErrPending
		}
		return fn(c, s)
	})
}
