-- +goose Up
-- The personal part of audit events: purged by retention class, salt included, while the chain
-- still verifies.
CREATE TABLE audit_payloads (
    event_id text NOT NULL CHECK (length(event_id) <= 40 AND event_id NOT GLOB '*[^ -~]*'),
    retention text NOT NULL CHECK (length(retention) <= 20 AND retention NOT GLOB '*[^ -~]*'),
    salt text NOT NULL CHECK (length(salt) <= 64 AND salt NOT GLOB '*[^ -~]*'),
    ip text NOT NULL CHECK (length(ip) <= 64 AND ip NOT GLOB '*[^ -~]*'),
    before_json text NULL,
    after_json text NULL,
    recorded_at datetime NOT NULL,
    PRIMARY KEY (event_id)
);
CREATE INDEX ix_audit_payloads_retention_recorded_at ON audit_payloads (retention, recorded_at);
