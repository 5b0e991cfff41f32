package registrar

import "context"

// exportWebhooks lists the customer's endpoints without their secrets. What is
// sent to them is told by the rest of the export.
func (e *Engine) exportWebhooks(ctx context.Context, x *exporter, cus Customer) error {
	hooks, err := e.store.WebhookEndpoints(ctx, cus.ID)
	if err != nil {
		return err
	}
	out := make([]map[string]any, 0, len(hooks))
	for _, w := range hooks {
		out = append(out, map[string]any{"id": w.ID, "url": w.URL, "description": w.Description, "events": w.Kinds, "created_at": w.CreatedAt,
			"created_by": w.CreatedBy.ID, "off_at": w.OffAt, "off_reason": w.OffWhy, "previous_secret_until": w.PreviousUntil,
			"failures": w.Failures, "failing_since": w.FailingSince})
	}
	x.field("webhooks", out)
	return x.err
}
