package house

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/plugins/webhook"
	"github.com/indera/indera/registrar"
)

// webhookSender is what events leave by.
func (h *house) webhookSender() (*webhook.Sender, error) {
	c := h.cfg.Webhooks
	opt := webhook.Options{AllowPrivate: c.AllowPrivate}
	if c.CAFile != "" {
		var err error
		if opt.RootCAs, err = config.ReadCA(c.CAFile); err != nil {
			return nil, fmt.Errorf("webhooks.ca_file: %w", err)
		}
	}
	return webhook.New(opt), nil
}

// sendWebhooks carries queued events in role worker.
func (h *house) sendWebhooks(ctx context.Context, group *errgroup.Group) {
	post := registrar.NewWebhookPost(h.engine, registrar.WebhookOptions{Observe: h.metrics.Webhooks.Tried})
	group.Go(func() error { return post.Run(ctx) })
}
