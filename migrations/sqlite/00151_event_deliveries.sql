-- +goose Up
-- One row per event and endpoint: the outgoing queue of webhooks and its log.
CREATE TABLE event_deliveries (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    endpoint_id text NOT NULL CHECK (length(endpoint_id) <= 40 AND endpoint_id NOT GLOB '*[^ -~]*'),
    event_id text NOT NULL CHECK (length(event_id) <= 40 AND event_id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 40 AND kind NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    attempt integer NOT NULL,
    due_at integer NOT NULL CHECK (typeof(due_at) = 'integer'),
    last_status integer NOT NULL,
    last_error text NOT NULL CHECK (length(last_error) <= 20 AND last_error NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    queued_at datetime NOT NULL,
    finished_at datetime NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_event_deliveries_endpoint_id_event_id ON event_deliveries (endpoint_id, event_id);
CREATE INDEX ix_event_deliveries_state_endpoint_id_due_at_id ON event_deliveries (state, endpoint_id, due_at, id);
CREATE INDEX ix_event_deliveries_endpoint_id_id ON event_deliveries (endpoint_id, id);
CREATE INDEX ix_event_deliveries_endpoint_id_state_id ON event_deliveries (endpoint_id, state, id);
CREATE INDEX ix_event_deliveries_state_id ON event_deliveries (state, id);
CREATE INDEX ix_event_deliveries_queued_at_id ON event_deliveries (queued_at, id);
