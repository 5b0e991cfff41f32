-- +goose Up
-- Evidence of changes, without personal data. unchained_since (microseconds, clock of the
-- database) is NULL once the event is in the chain.
CREATE TABLE audit_events (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    occurred_at datetime NOT NULL,
    by_kind text NOT NULL CHECK (length(by_kind) <= 20 AND by_kind NOT GLOB '*[^ -~]*'),
    by_id text NOT NULL CHECK (length(by_id) <= 100 AND by_id NOT GLOB '*[^ -~]*'),
    by_request_id text NOT NULL CHECK (length(by_request_id) <= 64 AND by_request_id NOT GLOB '*[^ -~]*'),
    action text NOT NULL CHECK (length(action) <= 64 AND action NOT GLOB '*[^ -~]*'),
    object_kind text NOT NULL CHECK (length(object_kind) <= 32 AND object_kind NOT GLOB '*[^ -~]*'),
    object_id text NOT NULL CHECK (length(object_id) <= 64 AND object_id NOT GLOB '*[^ -~]*'),
    object_name text NOT NULL CHECK (length(object_name) <= 255),
    retention text NOT NULL CHECK (length(retention) <= 20 AND retention NOT GLOB '*[^ -~]*'),
    payload_digest text NOT NULL CHECK (length(payload_digest) <= 64 AND payload_digest NOT GLOB '*[^ -~]*'),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    unchained_since integer NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_audit_events_object_kind_object_id_id ON audit_events (object_kind, object_id, id);
CREATE INDEX ix_audit_events_unchained_since_id ON audit_events (unchained_since, id);
