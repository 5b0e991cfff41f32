-- +goose Up
-- Messages of registries' queues, stored before they are acknowledged; known_by tells one that comes twice.
CREATE TABLE registry_messages (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    message_id text NOT NULL CHECK (length(message_id) <= 255),
    known_by text NOT NULL CHECK (length(known_by) <= 64 AND known_by NOT GLOB '*[^ -~]*'),
    queued_at datetime NOT NULL,
    received_at datetime NOT NULL,
    text text NOT NULL CHECK (length(text) <= 2000),
    sv_trid text NOT NULL CHECK (length(sv_trid) <= 64),
    frame blob NOT NULL,
    object text NOT NULL CHECK (length(object) <= 255),
    kinds text NOT NULL CHECK (length(kinds) <= 255 AND kinds NOT GLOB '*[^ -~]*'),
    events text NOT NULL,
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    attempt integer NOT NULL CHECK (typeof(attempt) = 'integer'),
    due_at datetime NOT NULL,
    note text NOT NULL CHECK (length(note) <= 1000),
    revision integer NOT NULL CHECK (typeof(revision) = 'integer'),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_registry_messages_known_by ON registry_messages (known_by);
CREATE INDEX ix_registry_messages_registry_id ON registry_messages (registry, id);
CREATE INDEX ix_registry_messages_registry_state_id ON registry_messages (registry, state, id);
CREATE INDEX ix_registry_messages_registry_state_due_at_id ON registry_messages (registry, state, due_at, id);
CREATE INDEX ix_registry_messages_state_id ON registry_messages (state, id);
CREATE INDEX ix_registry_messages_object_id ON registry_messages (object, id);
