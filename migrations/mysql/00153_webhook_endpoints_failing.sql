-- +goose Up
-- Which endpoints fail, or were turned off, is told without reading all of them.
ALTER TABLE webhook_endpoints ADD KEY ix_webhook_endpoints_off_why_failures_id (off_why, failures, id);
