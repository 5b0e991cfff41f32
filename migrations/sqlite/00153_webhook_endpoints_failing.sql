-- +goose Up
-- Which endpoints fail, or were turned off, is told without reading all of them.
CREATE INDEX ix_webhook_endpoints_off_why_failures_id ON webhook_endpoints (off_why, failures, id);
